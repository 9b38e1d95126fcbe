"""Every address of the system starts here."""

from django.urls import include, path

from chatmrpt import health
from sessions_app.admin import site as staff_site

urlpatterns = [
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("admin/", staff_site.urls),
    path("", include("sessions_app.accounts.urls")),
    path("", include("sessions_app.urls")),
    path("", include("analysis.urls")),
    path("api/", include("sessions_app.accounts.api_urls")),
    path("api/", include("sessions_app.api.urls")),
    path("api/", include("analysis.api")),
]

handler500 = "chatmrpt.faults.server_error"
