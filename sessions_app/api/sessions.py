"""/api/sessions/: the lines of work of the one who asks."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app import actions, selectors
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisSession
from sessions_app.params import StrictSerializer
from sessions_app.throttles import UserThrottle
from sessions_app.versions import ChangedMeanwhile, seen_version

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `version` you saw; an old one is answered 409."
)


class SessionIn(StrictSerializer):
    name = serializers.CharField(max_length=200)
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class SessionChange(SessionIn):
    version = serializers.IntegerField(
        min_value=0, required=False, help_text="The version you saw; 409 with the current state if it is old."
    )


class SessionOut(serializers.ModelSerializer):
    class Meta:
        model = AnalysisSession
        fields = ("id", "name", "note", "is_demo", "created_at", "updated_at", "archived_at", "version")
        read_only_fields = fields


class SessionList(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=page_of(SessionOut), parameters=PAGING, operation_id="sessions_list")
    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(selectors.sessions_of(request.user), request, view=self)
        return pages.get_paginated_response(SessionOut(page, many=True).data)

    @extend_schema(request=SessionIn, responses={201: SessionOut}, operation_id="sessions_create")
    def post(self, request: Request) -> Response:
        sent = SessionIn(data=request.data)
        sent.is_valid(raise_exception=True)
        session = actions.create_session(by=request.user, **sent.validated_data)
        return Response(SessionOut(session).data, status=201)


class SessionDetail(APIView):
    throttle_classes = (UserThrottle,)

    def _session(self, session_id: Any) -> AnalysisSession:
        return get_own(selectors.sessions_of(self.request.user), session_id)

    @extend_schema(responses=SessionOut, operation_id="sessions_read")
    def get(self, request: Request, session_id: Any) -> Response:
        session = self._session(session_id)
        return Response(SessionOut(session).data)

    @extend_schema(
        request=SessionChange(partial=True),
        parameters=[IF_MATCH],
        responses=SessionOut,
        operation_id="sessions_change",
    )
    def patch(self, request: Request, session_id: Any) -> Response:
        session = self._session(session_id)
        sent = SessionChange(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        asked = dict(sent.validated_data)
        seen = seen_version(request, asked.pop("version", None))
        try:
            session = actions.rename_session(by=request.user, session=session, seen=seen, **asked)
        except ChangedMeanwhile as refusal:
            refusal.current = SessionOut(refusal.row).data
            raise
        return Response(SessionOut(session).data)

    @extend_schema(responses={204: None}, operation_id="sessions_delete")
    def delete(self, request: Request, session_id: Any) -> Response:
        actions.delete_session(by=request.user, session=self._session(session_id))
        return Response(status=204)
