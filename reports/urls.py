"""Address of the reports of a session."""

from django.urls import path

from reports import views

urlpatterns = [
    path("sessions/<uuid:session_id>/reports/", views.session_reports, name="session_reports"),
]
