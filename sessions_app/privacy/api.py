"""/api/account/ and /api/exports/: one's account, the privacy notice it has accepted, and copies of one's data."""

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app import downloads, quotas
from sessions_app.isolation.lookup import get_own
from sessions_app.models import DataExport, User
from sessions_app.params import StrictSerializer
from sessions_app.privacy import consent, exports
from sessions_app.privacy.notice import current_version
from sessions_app.throttles import ComputeThrottle, UserThrottle


class PrivacyOut(serializers.Serializer):
    current = serializers.CharField(help_text="The version of the notice at /privacy/.")
    accepted = serializers.CharField(allow_blank=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    must_accept = serializers.BooleanField(
        help_text="Whether somebody should read the notice and accept it; nothing is refused meanwhile."
    )


class StorageOut(serializers.Serializer):
    used_bytes = serializers.IntegerField()
    quota_bytes = serializers.IntegerField()


class AccountOut(serializers.Serializer):
    email = serializers.EmailField()
    display_name = serializers.CharField(allow_blank=True)
    storage = StorageOut()
    privacy = PrivacyOut()


class AcceptIn(StrictSerializer):
    version = serializers.CharField(max_length=40)


class ExportOut(serializers.ModelSerializer):
    download = serializers.SerializerMethodField(
        help_text="Where the archive is, once it is ready; else null."
    )

    class Meta:
        model = DataExport
        fields = (
            "id", "status", "percent", "archive_bytes", "sha256", "error_code", "created_at", "finished_at",
            "expires_at", "download",
        )  # fmt: skip
        read_only_fields = fields

    def get_download(self, export: DataExport) -> str | None:
        ready = export.status == DataExport.Status.READY
        return reverse("api-export-download", args=[export.pk]) if ready else None


def _account(user: User) -> dict[str, Any]:
    room = quotas.room_of(user)
    return {
        "email": user.email,
        "display_name": user.display_name,
        "storage": {"used_bytes": room.used, "quota_bytes": room.quota},
        "privacy": {
            "current": current_version(),
            "accepted": user.privacy_version,
            "accepted_at": user.privacy_accepted_at,
            "must_accept": consent.must_accept(user),
        },
    }


class Account(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=AccountOut, operation_id="account_read")
    def get(self, request: Request) -> Response:
        """The caller's account: room for files, and which privacy notice it has accepted."""
        return Response(AccountOut(_account(request.user)).data)


class AccountPrivacy(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(request=AcceptIn, responses=AccountOut, operation_id="account_accept_privacy")
    def post(self, request: Request) -> Response:
        """Accept the privacy notice for the person who has read it. Another than the current version answers 409."""
        sent = AcceptIn(data=request.data)
        sent.is_valid(raise_exception=True)
        consent.accept(by=request.user, version=sent.validated_data["version"])
        return Response(AccountOut(_account(request.user)).data)


class Exports(APIView):
    def get_throttles(self) -> list[Any]:
        throttles: list[Any] = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    @extend_schema(responses=ExportOut(many=True), operation_id="exports_list")
    def get(self, request: Request) -> Response:
        """The caller's copies of all their data: none or one."""
        export = exports.export_of(request.user)
        return Response(ExportOut([export] if export else [], many=True).data)

    @extend_schema(request=None, responses={202: ExportOut, 200: ExportOut}, operation_id="exports_request")
    def post(self, request: Request) -> Response:
        """Ask for a copy of all data. While one is being made, that one is answered; a finished one is replaced."""
        export, new = exports.request_export(by=request.user)
        return Response(ExportOut(export).data, status=202 if new else 200)


class ExportDetail(APIView):
    throttle_classes = (UserThrottle,)

    def _export(self, export_id: uuid.UUID) -> DataExport:
        return get_own(exports.exports_of(self.request.user), export_id)

    @extend_schema(responses=ExportOut, operation_id="exports_read")
    def get(self, request: Request, export_id: uuid.UUID) -> Response:
        return Response(ExportOut(self._export(export_id)).data)

    @extend_schema(responses={204: None}, operation_id="exports_discard")
    def delete(self, request: Request, export_id: uuid.UUID) -> Response:
        """Delete a copy; one that is being made stops."""
        exports.discard(by=request.user, export=self._export(export_id))
        return Response(status=204)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ExportDownload(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, operation_id="exports_download")
    def get(self, request: Request, export_id: uuid.UUID) -> HttpResponseBase:
        with transaction.atomic():
            export = get_own(exports.exports_of(request.user), export_id)
        return downloads.send(exports.as_file(export))
