"""Reference boundaries as a session's own file, for programs."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.reference_use import use_boundaries
from reference.fields import ReferenceField
from sessions_app import selectors
from sessions_app.api.files import FileWithReport
from sessions_app.isolation.lookup import get_own
from sessions_app.params import StrictSerializer
from sessions_app.throttles import UploadThrottle, UserThrottle


class BoundariesIn(StrictSerializer):
    reference = ReferenceField(kind="boundaries")
    state = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="One of its states; empty for all of them."
    )


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SessionReferenceFiles(APIView):
    throttle_classes = (UserThrottle, UploadThrottle)

    @extend_schema(
        request=BoundariesIn, responses={201: FileWithReport}, operation_id="files_from_reference",
        description="Copies a state of reference boundaries into the session as its ward boundaries.",
    )  # fmt: skip
    def post(self, request: Request, session_id: Any) -> Response:
        with transaction.atomic():
            session = get_own(selectors.sessions_of(request.user), session_id)
            asked = BoundariesIn(data=request.data)
            asked.is_valid(raise_exception=True)
        said = asked.validated_data
        stored = use_boundaries(
            by=request.user, session=session, boundaries=said["reference"], state=said["state"]
        )
        return Response(FileWithReport(stored).data, status=201)


urlpatterns = [
    path(
        "sessions/<uuid:session_id>/files/reference/",
        SessionReferenceFiles.as_view(),
        name="api-session-reference-files",
    ),
]
