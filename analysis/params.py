"""What a client may ask of the ward analysis."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from sessions_app.params import FileField, ParentField, StrictSerializer

METHODS = ("recommended", "mrpt-legacy")
IMPUTATION_METHODS = ("neighbour_mean", "lga_mean", "mean", "median", "none")
MAX_NAMES = 100


class ConfirmedPair(StrictSerializer):
    """What a person said about one row of the ward table: this ward, or none (null)."""

    table_row = serializers.IntegerField(min_value=1)
    ward_code = serializers.CharField(max_length=200, allow_null=True)


class DatasetParams(StrictSerializer):
    ward_table = FileField(kind="ward_table")
    boundaries = FileField(kind="boundaries")
    confirmed = ConfirmedPair(many=True, required=False, default=list)

    def validate_confirmed(self, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [pair["table_row"] for pair in pairs]
        if len(set(rows)) < len(rows):
            raise serializers.ValidationError("A row of the table is named twice.")
        codes = [pair["ward_code"] for pair in pairs if pair["ward_code"] is not None]
        if len(set(codes)) < len(codes):
            raise serializers.ValidationError("A ward is given to two rows of the table.")
        return pairs


class RiskParams(StrictSerializer):
    """`inverse` names the variables for which a lower value means a higher risk; it replaces all directions."""

    dataset = ParentField(kind="dataset")
    variables = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, min_length=2, max_length=MAX_NAMES
    )
    inverse = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MAX_NAMES
    )
    method = serializers.ChoiceField(choices=METHODS, default="recommended")
    imputation = serializers.DictField(
        child=serializers.ChoiceField(choices=IMPUTATION_METHODS), required=False
    )

    def validate(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {row["variable"] for row in params["dataset"].summary.get("variables", ())}
        for field in ("variables", "inverse", "imputation"):
            unknown = sorted(set(params.get(field, ())) - known)
            if unknown:
                raise serializers.ValidationError(
                    {field: [f"Not a variable of the dataset: {', '.join(unknown[:20])}."]}
                )
        if len(set(params.get("variables", ()))) < len(params.get("variables", ())):
            raise serializers.ValidationError({"variables": ["A variable is named twice."]})
        return params
