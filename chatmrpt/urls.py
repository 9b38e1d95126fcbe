"""Every address of the system starts here."""

from django.contrib import admin
from django.urls import path

from chatmrpt import health

urlpatterns = [
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
]
