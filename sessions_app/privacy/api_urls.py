"""Addresses of the account and of copies of one's data in the API, below /api/."""

from django.urls import path

from sessions_app.privacy import api

urlpatterns = [
    path("account/", api.Account.as_view(), name="api-account"),
    path("account/privacy/", api.AccountPrivacy.as_view(), name="api-account-privacy"),
    path("exports/", api.Exports.as_view(), name="api-exports"),
    path("exports/<uuid:export_id>/", api.ExportDetail.as_view(), name="api-export"),
    path("exports/<uuid:export_id>/download/", api.ExportDownload.as_view(), name="api-export-download"),
]
