"""Every address of the system starts here."""

from django.urls import include, path

from chatmrpt import health, metrics
from sessions_app.admin import site as staff_site

urlpatterns = [
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("metrics/", metrics.metrics, name="metrics"),
    path("admin/", staff_site.urls),
    path("", include("sessions_app.accounts.urls")),
    path("", include("sessions_app.privacy.urls")),
    path("", include("sessions_app.urls")),
    path("", include("analysis.urls")),
    path("", include("itn.urls")),
    path("", include("reports.urls")),
    path("", include("assistant.urls")),
    path("", include("assistant.arena.urls")),
    path("api/", include("sessions_app.accounts.api_urls")),
    path("api/", include("sessions_app.privacy.api_urls")),
    path("api/", include("sessions_app.api.urls")),
    path("api/", include("reference.api")),
    path("api/", include("analysis.api")),
    path("api/", include("analysis.reference_api")),
    path("api/", include("analysis.dhis2_api")),
    path("api/", include("itn.api")),
    path("api/", include("assistant.api")),
    path("api/", include("assistant.arena.api")),
    path("api/", include("assistant.sharing_api")),
    path("api/", include("assistant.explain_api")),
]

handler404 = "chatmrpt.faults.not_found"
handler500 = "chatmrpt.faults.server_error"
