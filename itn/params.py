"""What a client may ask of a net plan."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from itn.core.costs import costs_of
from itn.core.population import RULES
from itn.core.settings import (
    PEOPLE_PER_NET,
    QUANTITY_MODES,
    RISK_RATIO,
    STRATEGIES,
    URBAN_RULES,
    PlanSettings,
    checked_decimal,
)
from itn.core.split_rules import Limits
from reference.fields import ReferenceField
from sessions_app.params import FileField, ParentField, StrictSerializer

RANKINGS = ("composite", "pca")
BEST_SPLIT = "best_split"
"""Found by the solver under limits; all other strategies are rules."""

SETTINGS = (
    "nets", "strategy", "urban_rule", "threshold", "people_per_net", "buffer_percent", "quantity",
    "household_size", "cap_percent", "risk_ratio", "parity",
)  # fmt: skip


class NumberText(serializers.CharField):
    """A decimal number, kept as the text that was sent so that it stays exact; bounds are checked by the plan."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            finite = Decimal(text).is_finite()
        except ArithmeticError:
            finite = False
        if not finite:
            raise serializers.ValidationError("This is not a number.")
        return text


class CodeField(serializers.ChoiceField):
    """One of some codes, with hyphens or underscores."""

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data.replace("-", "_") if isinstance(data, str) else data))


class PopulationParams(StrictSerializer):
    """Where the people come from: a column of the ward table, an uploaded registration list, or a reference set."""

    source = serializers.ChoiceField(choices=("column", "registration", "reference"))
    column = serializers.CharField(max_length=200, required=False)
    file = FileField(kind="registration", required=False)
    reference = ReferenceField(kind="population", required=False)
    year = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    rule = serializers.ChoiceField(choices=RULES, default="leave")

    def validate(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        needed = {"column": "column", "registration": "file", "reference": "reference"}[asked["source"]]
        if needed not in asked:
            raise serializers.ValidationError({needed: ["Say which."]})
        if asked["source"] == "column" and "file" in asked:
            raise serializers.ValidationError({"file": ["It would be ignored with a column."]})
        ignored = {"reference"} if asked["source"] != "reference" else {"column", "file"}
        if more := sorted(ignored & set(asked)):
            raise serializers.ValidationError({more[0]: [f"It would be ignored with a {asked['source']}."]})
        if asked["source"] == "reference" and asked.get("year"):
            raise serializers.ValidationError({"year": ["The reference set states its year itself."]})
        return asked


class CostParams(StrictSerializer):
    currency = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    per_net = NumberText(default="0")
    per_lga = NumberText(default="0")
    of_lga = serializers.DictField(child=NumberText(), required=False, default=dict)
    budget = NumberText(required=False, allow_null=True)


class LimitParams(StrictSerializer):
    """What a best split must keep, in % of the need; the budget stands with the costs."""

    lga_minimum = NumberText(default="0")
    ward_floor = NumberText(default="0")


class PlanParams(StrictSerializer):
    risk = ParentField(kind="risk")
    name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    ranking = serializers.ChoiceField(choices=RANKINGS, default="composite")
    nets = serializers.IntegerField()
    strategy = CodeField(choices=(*STRATEGIES, BEST_SPLIT), default="proportional")
    urban_rule = CodeField(choices=URBAN_RULES, default="off")
    threshold = NumberText(required=False, allow_null=True)
    people_per_net = NumberText(default=PEOPLE_PER_NET)
    buffer_percent = NumberText(default="0")
    quantity = serializers.ChoiceField(choices=QUANTITY_MODES, default="people_per_net")
    household_size = NumberText(required=False, allow_null=True)
    cap_percent = NumberText(required=False, allow_null=True)
    risk_ratio = NumberText(default=RISK_RATIO)
    candidate_threshold = NumberText(required=False, allow_null=True)
    parity = serializers.BooleanField(default=False)
    population = PopulationParams()
    costs = CostParams(required=False)
    limits = LimitParams(required=False)

    def validate(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        settings_of(params)
        limits_of(params)
        candidate_threshold_of(params)
        if "limits" in params and params["strategy"] != BEST_SPLIT:
            raise serializers.ValidationError({"limits": ["They only count with the strategy best_split."]})
        if "costs" in params:
            costs_of(params["costs"])
        if params["ranking"] == "pca" and not params["risk"].summary["pca_ranked"]:
            raise serializers.ValidationError({"ranking": ["This result has no PCA ranking."]})
        return params


def settings_of(params: Mapping[str, Any]) -> PlanSettings:
    """The plan's own settings; raises `BadInput` for what can't be used."""
    asked = {name: params[name] for name in SETTINGS if name in params}
    if asked.get("strategy") == BEST_SPLIT:
        del asked["strategy"]  # the solver uses none of the rules
    return PlanSettings(**asked)


def limits_of(params: Mapping[str, Any]) -> Limits:
    asked = params.get("limits", {})
    shares = {name: Decimal(asked.get(name, "0")) for name in ("lga_minimum", "ward_floor")}
    return Limits(**shares, costs=costs_of(params.get("costs", {})))


def candidate_threshold_of(params: Mapping[str, Any]) -> Decimal | None:
    """From which urban share a ward can be a candidate for re-prioritisation: its own, else that of the urban rule. [%]"""
    asked = params.get("candidate_threshold")
    if asked in (None, ""):
        asked = params.get("threshold")
    return None if asked in (None, "") else checked_decimal("candidate_threshold", asked, 0, 100, 6)
