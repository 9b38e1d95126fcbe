"""/api/sessions/…/plans/compare/: stored net plans side by side, for programs."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from itn.compared import ComparisonQuery, chosen, compared
from itn.rows import records
from itn.selectors import title_of
from sessions_app import selectors
from sessions_app.isolation.lookup import get_own
from sessions_app.throttles import UserThrottle


class ComparedPlan(serializers.Serializer):
    """One plan of a comparison. A share or cost that can't be told is null; currencies are not converted."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    nets = serializers.IntegerField(help_text="In stock.")
    nets_allocated = serializers.IntegerField()
    nets_remaining = serializers.IntegerField()
    people_covered = serializers.IntegerField()
    coverage_percent = serializers.FloatField(allow_null=True)
    high_risk_covered = serializers.IntegerField(help_text="People covered in wards of the highest tier.")
    coverage_high = serializers.FloatField(allow_null=True, help_text="% of the people of the tier.")
    coverage_medium = serializers.FloatField(allow_null=True)
    coverage_low = serializers.FloatField(allow_null=True)
    wards_served = serializers.IntegerField()
    wards_full = serializers.IntegerField()
    currency = serializers.CharField(allow_blank=True)
    cost_nets = serializers.FloatField(allow_null=True)
    cost_delivery = serializers.FloatField(allow_null=True)
    cost_total = serializers.FloatField(allow_null=True, help_text="Of what has a price.")
    cost_per_person = serializers.FloatField(allow_null=True, help_text="Total ÷ people covered.")
    budget = serializers.FloatField(allow_null=True)
    budget_left = serializers.FloatField(allow_null=True, help_text="Negative above the budget.")
    split_gap = serializers.FloatField(
        allow_null=True,
        help_text="Of a solver's split: how far it may be from the best, as a share of it; else null.",
    )
    split_proven = serializers.BooleanField(
        allow_null=True, help_text="Of a solver's split: false when time ran out before the best was proven."
    )


class LgaCoverage(serializers.Serializer):
    lga_name = serializers.CharField(allow_null=True)
    coverage = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="% of people, in the order of the plans."
    )


class WardChange(serializers.Serializer):
    ward_code = serializers.CharField()
    ward_name = serializers.CharField(allow_null=True)
    lga_name = serializers.CharField(allow_null=True)
    rank = serializers.FloatField(allow_null=True)
    nets_first = serializers.IntegerField()
    nets_second = serializers.IntegerField()
    nets_change = serializers.IntegerField()
    coverage_first = serializers.FloatField(allow_null=True)
    coverage_second = serializers.FloatField(allow_null=True)
    coverage_change = serializers.FloatField(allow_null=True, help_text="Percentage points.")
    reason_first = serializers.CharField()
    reason_second = serializers.CharField()


class CountedDifferently(serializers.Serializer):
    what = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(), help_text="In the order of the plans.")


class PlanComparison(serializers.Serializer):
    """Plans in the order asked for, those that changes are told of in front."""

    first = serializers.UUIDField()
    second = serializers.UUIDField()
    plans = ComparedPlan(many=True)
    lgas = LgaCoverage(many=True)
    wards_with_more = serializers.IntegerField()
    wards_with_fewer = serializers.IntegerField()
    changes = WardChange(many=True, help_text="The largest first; wards that keep their nets are left out.")
    counted_differently = CountedDifferently(
        many=True,
        help_text="In what plans count people or needs differently: what changes is not the sharing alone.",
    )
    rankings = serializers.IntegerField(help_text="On how many rankings the plans rest.")


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class PlansCompared(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(
        operation_id="plans_compare",
        description="Stored net plans of the same wards side by side, and what changes from one of them to another.",
        parameters=[ComparisonQuery],
        responses=PlanComparison,
    )
    def get(self, request: Request, session_id: Any) -> Response:
        asked = ComparisonQuery(
            data=request.query_params.dict() | {"plan": request.query_params.getlist("plan")}
        )
        with transaction.atomic():
            session = get_own(selectors.sessions_of(request.user), session_id)
            asked.is_valid(raise_exception=True)
            said = dict(asked.validated_data)
            most = said.pop("changes")
            found = chosen(session, said.pop("plan"), **said)
        comparison = compared(found)
        rows = [
            row | {"id": plan.pk, "name": title_of(plan)}
            for row, plan in zip(records(comparison.table), found, strict=True)
        ]
        told = {
            "first": found[0].pk,
            "second": found[1].pk,
            "plans": rows,
            "lgas": comparison.lgas,
            "wards_with_more": comparison.more,
            "wards_with_fewer": comparison.fewer,
            "changes": records(comparison.changes.head(most)),
            "counted_differently": [{"what": what, "values": values} for what, values in comparison.counted],
            "rankings": comparison.rankings,
        }
        return Response(PlanComparison(told).data)


urlpatterns = [
    path("sessions/<uuid:session_id>/plans/compare/", PlansCompared.as_view(), name="api-plans-compare"),
]
