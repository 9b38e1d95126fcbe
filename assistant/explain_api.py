"""/api/results/…/explain/…/: what a figure or table of a result says, as facts and as sentences."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.own_charts import ASKED as CHART
from assistant import actions
from assistant.explained import explained_figures, facts_of, lines_of
from reports.core.language import LANGUAGES
from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisResult
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.throttles import UserThrottle


class ExplainIn(StrictSerializer):
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, help_text="Of the sentences.")
    ward = serializers.CharField(
        max_length=200, required=False, help_text="Code, for `table_ward` and `place`."
    )
    lga = serializers.CharField(
        max_length=10, required=False, help_text="Line of the LGA in lga_trends.csv, for `place`."
    )
    to = serializers.UUIDField(required=False, help_text="Another stored plan, for `comparison`.")
    of = serializers.CharField(
        max_length=10, required=False, help_text="Number of the series in `summary.years`, for `table_years`."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Of `chart` and `urban` all that a chart's address says, as `/chart/` takes it."""
        return super().get_fields() | {
            name: serializers.CharField(
                max_length=200, required=False, help_text="Of a `chart`, as its own address says it."
            )
            for name in CHART
        }


class ExplanationOut(serializers.Serializer):
    """`facts` are computed from the result's own rows; every number of `text` is one of them."""

    figure = serializers.CharField()
    title = serializers.CharField()
    facts = serializers.DictField()
    text = serializers.ListField(child=serializers.CharField())


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ResultExplanation(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(
        parameters=[ExplainIn, OpenApiParameter("figure", str, OpenApiParameter.PATH, description="As in the summary's `figures`, or a table.")],
        responses=ExplanationOut,
        operation_id="results_explain",
    )  # fmt: skip
    def get(self, request: Request, result_id: Any, figure: str) -> Response:
        with transaction.atomic():
            result = get_own(AnalysisResult.objects.filter(owner_id=request.user.pk), result_id)
        if result.status != AnalysisResult.Status.SUCCEEDED:
            raise Problem("result_not_finished", f"The result is {result.status}.", where=str(result.pk))
        asked = ExplainIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        said = {name: str(value) for name, value in asked.validated_data.items()}
        facts = facts_of(result, figure, said)
        if facts is None:
            known = explained_figures(result)
            raise Problem(
                "not_found",
                f"This result has no figure or table “{figure[:60]}” to explain.",
                where=figure[:60],
                examples=known,
            )
        actions.note_explanation(by=request.user, result=result, figure=figure, where="api")
        shown = {
            "figure": figure,
            "title": facts["title"],
            "facts": facts,
            "text": lines_of(facts, said.get("language", "")),
        }
        return Response(ExplanationOut(shown).data)


urlpatterns = [
    path(
        "results/<uuid:result_id>/explain/<str:figure>/",
        ResultExplanation.as_view(),
        name="api-result-explain",
    ),
]
