"""Addresses of the privacy notice and of copies of one's data."""

from django.urls import path

from sessions_app.privacy import views

urlpatterns = [
    path("privacy/", views.privacy_notice, name="privacy_notice"),
    path("privacy/accept/", views.privacy_accept, name="privacy_accept"),
    path("accounts/data/", views.my_data, name="my_data"),
    path("accounts/data/<uuid:export_id>/download/", views.my_data_download, name="my_data_download"),
    path("accounts/data/<uuid:export_id>/discard/", views.my_data_discard, name="my_data_discard"),
]
