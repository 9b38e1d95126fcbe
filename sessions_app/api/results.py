"""/api/results/: asking for a computation, watching it, cancelling it."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app import actions, selectors
from sessions_app.api.files import FileOut
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisResult
from sessions_app.params import StrictSerializer
from sessions_app.throttles import ComputeThrottle, UserThrottle

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A repeated request with the same key answers with the result of the first.",
)


class ResultIn(StrictSerializer):
    kind = serializers.CharField(max_length=40)
    params = serializers.DictField()


class KeyIn(serializers.Serializer):
    key = serializers.RegexField(r"^[\x21-\x7e]{1,200}$", required=False)


class StepOut(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=("waiting", "running", "done", "failed"))
    seconds = serializers.FloatField(allow_null=True)


class ProgressOut(serializers.Serializer):
    step = serializers.CharField()
    percent = serializers.FloatField()
    steps = StepOut(many=True)


class ResultOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")
    progress = ProgressOut(source="*")
    error = serializers.DictField(allow_null=True)

    class Meta:
        model = AnalysisResult
        fields = (
            "id",
            "session",
            "kind",
            "status",
            "params",
            "progress",
            "error",
            "code_version",
            "attempt",
            "cancel_requested_at",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    def to_representation(self, result: AnalysisResult) -> dict[str, Any]:
        shown = super().to_representation(result)
        return shown | {"error": result.error or None}


class ResultWithSummary(ResultOut):
    """One result in full; its artefacts, parents and staleness cost a fixed number of queries."""

    parents = serializers.SerializerMethodField()
    stale = serializers.SerializerMethodField()
    artifacts = serializers.SerializerMethodField()

    class Meta(ResultOut.Meta):
        fields = (*ResultOut.Meta.fields, "input_hashes", "parents", "stale", "summary", "artifacts")
        read_only_fields = fields

    def get_parents(self, result: AnalysisResult) -> list[str]:
        return [str(parent) for parent in selectors.parent_ids(result)]

    def get_stale(self, result: AnalysisResult) -> bool:
        return result.status == AnalysisResult.Status.SUCCEEDED and selectors.stale(result)

    @extend_schema(responses=FileOut(many=True))
    def get_artifacts(self, result: AnalysisResult) -> list[dict[str, Any]]:
        return FileOut(selectors.artifacts_of(result).defer("report"), many=True).data


class SessionResults(APIView):
    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    def _session(self, session_id: Any) -> Any:
        return get_own(selectors.sessions_of(self.request.user), session_id)

    @extend_schema(responses=page_of(ResultOut), parameters=PAGING, operation_id="results_list")
    def get(self, request: Request, session_id: Any) -> Response:
        pages = NewestFirst()
        results = selectors.results_of(self._session(session_id)).defer("summary", "input_hashes")
        page = pages.paginate_queryset(results, request, view=self)
        return pages.get_paginated_response(ResultOut(page, many=True).data)

    @extend_schema(
        request=ResultIn,
        responses={202: ResultWithSummary},
        parameters=[IDEMPOTENCY_KEY],
        operation_id="results_request",
    )
    def post(self, request: Request, session_id: Any) -> Response:
        """Asking again for what is waiting or running already answers with that result; nothing is computed twice."""
        session = self._session(session_id)
        sent = ResultIn(data=request.data)
        sent.is_valid(raise_exception=True)
        result = actions.request_result(
            by=request.user,
            session=session,
            kind=sent.validated_data["kind"],
            params=sent.validated_data["params"],
            idempotency_key=idempotency_key(request),
        )
        place = reverse("api-result", kwargs={"result_id": result.pk})
        return Response(ResultWithSummary(result).data, status=202, headers={"Location": place})


def idempotency_key(request: Request) -> str:
    """The key that was sent along, or none; raises a ValidationError for one that is no key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    sent = KeyIn(data={"key": key})
    if not sent.is_valid():
        raise serializers.ValidationError({"Idempotency-Key": ["Send 1 to 200 visible ASCII characters."]})
    return key


class ResultDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=ResultWithSummary, operation_id="results_read")
    def get(self, request: Request, result_id: Any) -> Response:
        result = get_own(selectors.all_results_of(request.user), result_id)
        wait = result.ask_again_seconds
        return Response(ResultWithSummary(result).data, headers={"Retry-After": str(wait)} if wait else None)


class ResultCancel(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(request=None, responses={202: ResultOut}, operation_id="results_cancel")
    def post(self, request: Request, result_id: Any) -> Response:
        result = get_own(selectors.all_results_of(request.user), result_id)
        result = actions.cancel_result(by=request.user, result=result)
        return Response(ResultOut(result).data, status=202)
