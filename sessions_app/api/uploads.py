"""Files in parts: begin, ask which parts are there, send the others in any order, finish.

No transaction is open while a part is read, or while the file is joined, checked and stored.
"""

import base64
import binascii
import re
from typing import Any

from django.db import transaction
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app import resumable, selectors
from sessions_app.api.files import FileWithReport, NamedPart
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.models import ResumableUpload, UploadPart
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.throttles import UploadThrottle, UserThrottle

SHA256 = r"^[0-9a-f]{64}$"
DIGEST = re.compile(r"\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*")
CONTENT_DIGEST = OpenApiParameter(
    "Content-Digest",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="`sha-256=:<base64>:`, the checksum of this part (RFC 9530).",
)


class BytesParser(BaseParser):
    """The body as it comes, unread."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream


class ResumableIn(StrictSerializer):
    kind = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=1000, trim_whitespace=False)
    size_bytes = serializers.IntegerField(min_value=0, max_value=2**53)
    head_sha256 = serializers.RegexField(
        SHA256,
        help_text=f"SHA-256, in hex, of the first {resumable.HEAD_BYTES} bytes, or of the file if it is smaller.",
    )


class FinishIn(NamedPart):
    parts_sha256 = serializers.RegexField(
        SHA256,
        help_text="SHA-256, in hex, of the SHA-256s of all parts in hex, in their order and without separators.",
    )


class PartOut(serializers.ModelSerializer):
    class Meta:
        model = UploadPart
        fields = ("number", "size_bytes", "sha256")
        read_only_fields = fields


class ResumableOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")
    file = serializers.UUIDField(
        source="file_id", allow_null=True, help_text="What the upload became, once it is finished."
    )
    part_count = serializers.IntegerField()

    class Meta:
        model = ResumableUpload
        fields = (
            "id",
            "session",
            "kind",
            "name",
            "size_bytes",
            "part_bytes",
            "part_count",
            "head_sha256",
            "file",
            "created_at",
            "expires_at",
        )
        read_only_fields = fields


class ResumableWithParts(ResumableOut):
    received = PartOut(source="parts", many=True, help_text="The parts that are safely stored.")

    class Meta(ResumableOut.Meta):
        fields = (*ResumableOut.Meta.fields, "received")
        read_only_fields = fields


class SessionUploads(APIView):
    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, UploadThrottle()] if self.request.method == "POST" else throttles

    @extend_schema(responses=page_of(ResumableOut), parameters=PAGING, operation_id="uploads_list")
    def get(self, request: Request, session_id: Any) -> Response:
        """Uploads that can be gone on with."""
        pages = NewestFirst()
        session = get_own(selectors.sessions_of(request.user), session_id)
        page = pages.paginate_queryset(resumable.unfinished_of(session), request, view=self)
        return pages.get_paginated_response(ResumableOut(page, many=True).data)

    @extend_schema(
        request=ResumableIn,
        responses={201: ResumableWithParts, 200: ResumableWithParts},
        operation_id="uploads_begin",
    )
    def post(self, request: Request, session_id: Any) -> Response:
        """Begin to send a file in parts. The same file begun before is found again, with the parts that arrived."""
        session = get_own(selectors.sessions_of(request.user), session_id)
        sent = ResumableIn(data=request.data)
        sent.is_valid(raise_exception=True)
        upload, new = resumable.begin(by=request.user, session=session, **sent.validated_data)
        return Response(ResumableWithParts(upload).data, status=201 if new else 200)


class UploadDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=ResumableWithParts, operation_id="uploads_read")
    def get(self, request: Request, upload_id: Any) -> Response:
        """Which parts are there, and what the upload became."""
        return Response(ResumableWithParts(get_own(resumable.uploads_of(request.user), upload_id)).data)

    @extend_schema(responses={204: None}, operation_id="uploads_discard")
    def delete(self, request: Request, upload_id: Any) -> Response:
        """Forget an upload and its parts; a file that it became stays."""
        resumable.discard(by=request.user, upload=get_own(resumable.uploads_of(request.user), upload_id))
        return Response(status=204)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class UploadPartDetail(APIView):
    parser_classes = (BytesParser,)
    throttle_classes = (UserThrottle,)

    @extend_schema(
        request={BytesParser.media_type: OpenApiTypes.BINARY},
        parameters=[CONTENT_DIGEST],
        responses={201: PartOut, 200: PartOut},
        operation_id="uploads_put_part",
    )
    def put(self, request: Request, upload_id: Any, number: int) -> Response:
        """Store one part, in any order. The answer means that it is kept; a part sent twice is kept once."""
        with transaction.atomic():  # a stranger learns of no other mistake before this one
            get_own(resumable.uploads_of(request.user), upload_id)
        body = request.data  # refuses another content type; nothing is read yet
        part, new = resumable.put_part(
            by=request.user,
            upload_id=upload_id,
            number=number,
            sha256=_announced(request),
            body=body,
            length=_length(request),
        )
        return Response(PartOut(part).data, status=201 if new else 200)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class UploadFinish(APIView):
    throttle_classes = (UserThrottle, UploadThrottle)

    @extend_schema(request=FinishIn, responses={201: FileWithReport}, operation_id="uploads_finish")
    def post(self, request: Request, upload_id: Any) -> Response:
        """Join the parts, check the file and store it. Asked again, it answers with the same file.

        A file of several sheets or layers is refused with their names and its parts stay: ask again and name one.
        """
        with transaction.atomic():
            get_own(resumable.uploads_of(request.user), upload_id)
        sent = FinishIn(data=request.data)
        sent.is_valid(raise_exception=True)
        named = dict(sent.validated_data)
        sums = named.pop("parts_sha256")
        file = resumable.finish(by=request.user, upload_id=upload_id, parts_sha256=sums, named=named)
        return Response(FileWithReport(file).data, status=201)


def _announced(request: Request) -> str:
    """The checksum in the header, in hex."""
    match = DIGEST.fullmatch(request.headers.get("Content-Digest", ""))
    try:
        return base64.b64decode(match[1], validate=True).hex() if match else _refuse_digest()
    except binascii.Error:
        return _refuse_digest()


def _refuse_digest() -> str:
    raise Problem(
        "invalid_request",
        "The checksum of the part is missing or not readable.",
        fix="Send the header Content-Digest: sha-256=:<base64 of the SHA-256>:",
        where="Content-Digest",
    )


def _length(request: Request) -> int:
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Problem("malformed_body", where="Content-Length") from None
