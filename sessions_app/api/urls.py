"""The API's addresses that need nothing of the apps above."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from sessions_app.api import files, results, sessions, uploads

urlpatterns = [
    path("sessions/", sessions.SessionList.as_view(), name="api-sessions"),
    path("sessions/<uuid:session_id>/", sessions.SessionDetail.as_view(), name="api-session"),
    path("sessions/<uuid:session_id>/files/", files.SessionFiles.as_view(), name="api-session-files"),
    path("sessions/<uuid:session_id>/uploads/", uploads.SessionUploads.as_view(), name="api-session-uploads"),
    path("uploads/<uuid:upload_id>/", uploads.UploadDetail.as_view(), name="api-upload"),
    path(
        "uploads/<uuid:upload_id>/parts/<int:number>/",
        uploads.UploadPartDetail.as_view(),
        name="api-upload-part",
    ),
    path("uploads/<uuid:upload_id>/finish/", uploads.UploadFinish.as_view(), name="api-upload-finish"),
    path("sessions/<uuid:session_id>/results/", results.SessionResults.as_view(), name="api-session-results"),
    path("files/<uuid:file_id>/", files.FileDetail.as_view(), name="api-file"),
    path("files/<uuid:file_id>/download/", files.FileDownload.as_view(), name="api-file-download"),
    path("results/<uuid:result_id>/", results.ResultDetail.as_view(), name="api-result"),
    path("results/<uuid:result_id>/cancel/", results.ResultCancel.as_view(), name="api-result-cancel"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
