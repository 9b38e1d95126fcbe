"""What a finished ranking gives to programs: its wards, page by page, and its map."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis import frames, remembered_api
from analysis.own_charts import FORMS, ChartQuery, drawn
from sessions_app import selectors
from sessions_app.api.pagination import WardPages
from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisResult
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.throttles import ComputeThrottle, UserThrottle

PAGE_OF_WARDS = inline_serializer(
    "PageOfWards",
    {
        "count": serializers.IntegerField(),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": serializers.ListField(child=serializers.DictField()),
    },
)


class WardsQuery(StrictSerializer):
    """What may be asked of a ward table; anything else is refused, so that no misspelt filter shows too much."""

    ordering = serializers.CharField(
        default="", allow_blank=True, help_text="A column; with - in front, largest first."
    )
    lga = serializers.CharField(default="", allow_blank=True, help_text="Only this LGA, by its name.")
    search = serializers.CharField(
        default="", allow_blank=True, help_text="Part of a ward's name, LGA or code."
    )
    limit = serializers.IntegerField(
        default=WardPages.default_limit, min_value=1, max_value=WardPages.max_limit
    )
    offset = serializers.IntegerField(default=0, min_value=0)


class RankingView(APIView):
    """Finds the result in a short transaction; the storage is read after it."""

    throttle_classes = (UserThrottle,)

    def ranking(self, result_id: Any) -> AnalysisResult:
        with transaction.atomic():
            result = get_own(selectors.all_results_of(self.request.user), result_id)
        if result.kind != "risk":
            raise Problem("not_found", "Only a ranking has this.")
        return result

    def with_wards(self, result_id: Any) -> AnalysisResult:
        """A ranking, or another kind of result that lists wards."""
        with transaction.atomic():
            result = get_own(selectors.all_results_of(self.request.user), result_id)
        if result.kind != "risk" and "ward_columns" not in result.summary:
            raise Problem("not_found", "This result lists no wards.")
        return result


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ResultWards(RankingView):
    @extend_schema(
        operation_id="results_wards",
        description="One row per ward of a ranking (as wards.csv) or of a net plan; missing values as null.",
        responses=PAGE_OF_WARDS,
        parameters=[WardsQuery],
    )
    def get(self, request: Request, result_id: Any) -> Response:
        result = self.with_wards(result_id)
        query = WardsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        pages = WardPages()
        pages.take(request, limit=asked["limit"], offset=asked["offset"])
        pages.count, rows = frames.ward_rows(
            result,
            ordering=asked["ordering"] or result.summary.get("first_column", frames.FIRST),
            lga=asked["lga"],
            search=asked["search"],
            limit=pages.limit,
            offset=pages.offset,
        )
        return pages.get_paginated_response(rows)


@method_decorator((transaction.non_atomic_requests, gzip_page), name="dispatch")
class ResultMap(RankingView):
    @extend_schema(
        operation_id="results_map",
        description="Simplified ward shapes with scores, ranks, tiers and variables.",
        responses={(200, "application/geo+json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, result_id: Any) -> HttpResponse:
        content = frames.artifact_bytes(self.ranking(result_id), frames.MAP)
        headers = {"Cache-Control": "private, no-store"}
        return HttpResponse(content, content_type="application/geo+json", headers=headers)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ResultChart(RankingView):
    throttle_classes = (UserThrottle, ComputeThrottle)

    @extend_schema(
        operation_id="results_chart",
        description="A histogram, scatter plot, bar chart or box plots of a ranking's variables and scores.",
        responses={
            (200, "image/svg+xml"): OpenApiTypes.BINARY,
            (200, "image/png"): OpenApiTypes.BINARY,
            (200, "text/csv"): OpenApiTypes.STR,
        },
        parameters=[
            ChartQuery,
            OpenApiParameter(
                "as", str, enum=list(FORMS), description="`csv` gives the numbers in the chart."
            ),
        ],
    )
    def get(self, request: Request, result_id: Any) -> HttpResponse:
        result = self.ranking(result_id)
        frames.refuse_unfinished(result)
        sent = request.query_params.dict()
        return drawn(result, sent, sent.pop("as", "svg"), attachment=False)


urlpatterns = [
    path("results/<uuid:result_id>/wards/", ResultWards.as_view(), name="api-result-wards"),
    path("results/<uuid:result_id>/chart/", ResultChart.as_view(), name="api-result-chart"),
    path("remembered/names/", remembered_api.RememberedNames.as_view(), name="api-remembered-names"),
    path(
        "remembered/names/<uuid:name_id>/",
        remembered_api.RememberedNameDetail.as_view(),
        name="api-remembered-name",
    ),
    path("remembered/columns/", remembered_api.RememberedLayouts.as_view(), name="api-remembered-layouts"),
    path(
        "remembered/columns/<uuid:columns_id>/",
        remembered_api.RememberedLayoutDetail.as_view(),
        name="api-remembered-layout",
    ),
    path("results/<uuid:result_id>/map.geojson", ResultMap.as_view(), name="api-result-map"),
]
