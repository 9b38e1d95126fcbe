"""Addresses of the pages that every kind of analysis shares."""

from django.urls import path

from sessions_app import file_pages as files
from sessions_app import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", views.help_page, name="help"),
    path("sessions/", views.session_list, name="session_list"),
    path("sessions/new/", views.session_create, name="session_create"),
    path("sessions/<uuid:session_id>/", views.session_detail, name="session_detail"),
    path("sessions/<uuid:session_id>/settings/", views.session_settings, name="session_settings"),
    path("sessions/<uuid:session_id>/delete/", views.session_delete, name="session_delete"),
    path("sessions/<uuid:session_id>/data/", views.session_data, name="session_data"),
    path("sessions/<uuid:session_id>/data/upload/", views.session_upload, name="session_upload"),
    path(
        "sessions/<uuid:session_id>/data/uploads/<uuid:upload_id>/finish/",
        views.upload_finish,
        name="upload_finish",
    ),
    path(
        "sessions/<uuid:session_id>/data/uploads/<uuid:upload_id>/discard/",
        views.upload_discard,
        name="upload_discard",
    ),
    path("sessions/<uuid:session_id>/files/", files.session_files, name="session_files"),
    path("sessions/<uuid:session_id>/files/<uuid:file_id>/delete/", files.file_delete, name="file_delete"),
    path(
        "sessions/<uuid:session_id>/results/<uuid:result_id>/cancel/",
        views.result_cancel,
        name="result_cancel",
    ),
    path(
        "sessions/<uuid:session_id>/results/<uuid:result_id>/progress/",
        views.result_progress,
        name="result_progress",
    ),
    path("files/<uuid:file_id>/download/", views.file_download, name="file_download"),
]
