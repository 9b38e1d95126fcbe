"""Uploads and downloads. No transaction is open while a body is read, a file stored or one sent."""

from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app import actions, downloads, kinds, selectors
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.kinds import ARTIFACT
from sessions_app.models import StoredFile
from sessions_app.params import StrictSerializer
from sessions_app.throttles import ComputeThrottle, UploadThrottle, UserThrottle


class NamedPart(StrictSerializer):
    """Which sheet of a workbook or layer of a map file is meant, where it holds several."""

    sheet = serializers.CharField(required=False, max_length=200, trim_whitespace=False)
    layer = serializers.CharField(required=False, max_length=200, trim_whitespace=False)


class UploadIn(NamedPart):
    file = serializers.FileField(allow_empty_file=True, max_length=1000, required=False)
    again = serializers.UUIDField(
        required=False,
        help_text="Instead of a file: an upload of this session and kind, to be read by another sheet or layer.",
    )
    kind = serializers.CharField(max_length=40)

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if ("file" in sent) == ("again" in sent):
            raise serializers.ValidationError({"file": ["Send a file, or name one that is here already."]})
        return sent


class DeleteQuery(StrictSerializer):
    confirm = serializers.BooleanField(
        default=False, help_text="Delete the file although results were calculated from it."
    )


class FileOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")
    result = serializers.UUIDField(source="result_id", allow_null=True)
    download = serializers.SerializerMethodField()
    png = serializers.SerializerMethodField(
        help_text="Where a figure can be had as PNG; null for other files."
    )

    class Meta:
        model = StoredFile
        fields = (
            "id",
            "session",
            "result",
            "kind",
            "name",
            "media_type",
            "size_bytes",
            "sha256",
            "status",
            "created_at",
            "download",
            "png",
        )
        read_only_fields = fields

    def get_download(self, stored: StoredFile) -> str:
        return reverse("api-file-download", kwargs={"file_id": stored.pk})

    def get_png(self, stored: StoredFile) -> str | None:
        figure = stored.kind == ARTIFACT and stored.media_type == downloads.SVG
        return f"{self.get_download(stored)}?as=png" if figure else None


class FileWithReport(FileOut):
    class Meta(FileOut.Meta):
        fields = (*FileOut.Meta.fields, "report")
        read_only_fields = fields


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SessionFiles(APIView):
    parser_classes = (MultiPartParser,)

    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, UploadThrottle()] if self.request.method == "POST" else throttles

    def _session(self, session_id: Any) -> Any:
        return get_own(selectors.sessions_of(self.request.user), session_id)

    @extend_schema(responses=page_of(FileOut), parameters=PAGING, operation_id="files_list")
    def get(self, request: Request, session_id: Any) -> Response:
        pages = NewestFirst()
        with transaction.atomic():
            files = selectors.files_of(self._session(session_id)).defer("report")
            page = pages.paginate_queryset(files, request, view=self)
            shown = FileOut(page, many=True).data
        return pages.get_paginated_response(shown)

    @extend_schema(request=UploadIn, responses={201: FileWithReport}, operation_id="files_upload")
    def post(self, request: Request, session_id: Any) -> Response:
        with transaction.atomic():
            session = self._session(session_id)
        sent = UploadIn(data=request.data)
        sent.is_valid(raise_exception=True)
        kind = sent.validated_data["kind"]
        part = kinds.named_part(kinds.file_kind(kind), sent.validated_data)
        if again := sent.validated_data.get("again"):
            with transaction.atomic():
                file = get_own(selectors.files_of(session).filter(kind=kind), again)
            stored = actions.store_again(by=request.user, session=session, file=file, part=part)
        else:
            upload = sent.validated_data["file"]
            stored = actions.store_file(by=request.user, session=session, kind=kind, upload=upload, part=part)
        return Response(FileWithReport(stored).data, status=201)


class FileDetail(APIView):
    throttle_classes = (UserThrottle,)

    def _file(self, file_id: Any) -> StoredFile:
        return get_own(selectors.all_files_of(self.request.user), file_id)

    @extend_schema(responses=FileWithReport, operation_id="files_read")
    def get(self, request: Request, file_id: Any) -> Response:
        return Response(FileWithReport(self._file(file_id)).data)

    @extend_schema(parameters=[DeleteQuery], responses={204: None}, operation_id="files_delete")
    def delete(self, request: Request, file_id: Any) -> Response:
        """A file that results were calculated from answers 409 and names them, unless `confirm` is true."""
        asked = DeleteQuery(data=request.query_params.dict())
        file = self._file(file_id)
        asked.is_valid(raise_exception=True)
        actions.delete_file(by=request.user, file=file, confirmed=asked.validated_data["confirm"])
        return Response(status=204)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class FileDownload(APIView):
    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if "as" in self.request.GET else throttles

    @extend_schema(
        responses={(200, "*/*"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("as", str, enum=["png"], description="A figure, drawn as PNG.")],
        operation_id="files_download",
    )
    def get(self, request: Request, file_id: Any) -> HttpResponseBase:
        with transaction.atomic():
            stored = get_own(selectors.all_files_of(request.user), file_id)
        as_png = request.query_params.get("as") == "png"
        answer = downloads.send(stored, as_png=as_png)
        actions.note_download(file=stored, form="png" if as_png else "")
        return answer
