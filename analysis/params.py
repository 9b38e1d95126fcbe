"""What a client may ask of the ward analysis."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analysis.core.variables import find_column
from analysis.core.zones import ZONES
from analysis.covariate_params import MOST_RASTERS, RasterParams, refuse_doubles
from analysis.known_params import KnownNames, with_known_names
from analysis.tpr_kinds import HANDED_OVER
from sessions_app.kinds import ARTIFACT
from sessions_app.models import StoredFile
from sessions_app.params import FileField, ParentField, StrictSerializer

# Those of the computation, written out: it loads too much for a web process. A test compares them.
METHODS = ("recommended", "mrpt-legacy", "mrpt-legacy-truncated")
# It computes a few of the combinations only.
WITHOUT_LIMIT = "mrpt-legacy-truncated"
IMPUTATION = ("spatial", "spatial_or_mean", "lga_mean", "state_mean", "mean", "median", "mode", "none")
DUPLICATES = ("refuse", "average", "first")
CUTS = ("thirds", "quartiles", "quintiles")
MOST_VARIABLES = 8
MAX_NAMES = 100


class ConfirmedPair(StrictSerializer):
    """What a person said about one row of the ward table: this ward, or none (null)."""

    table_row = serializers.IntegerField(min_value=1)
    ward_code = serializers.CharField(max_length=200, allow_null=True)


class DatasetParams(StrictSerializer):
    """`tpr` follows from the ward table: the result it was made from, if it is one that a result left.

    Each of `rasters` becomes a column of the dataset.
    """

    ward_table = FileField(kind="ward_table")
    boundaries = FileField(kind="boundaries")
    tpr = ParentField(kind="tpr", required=False)
    confirmed = ConfirmedPair(many=True, required=False, default=list)
    duplicates = serializers.ChoiceField(choices=DUPLICATES, default="refuse")
    rasters = RasterParams(many=True, required=False)
    known_names = KnownNames()

    def validate_rasters(self, rasters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rasters) > MOST_RASTERS:
            raise serializers.ValidationError(f"At most {MOST_RASTERS} rasters are read for one dataset.")
        return rasters

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        refuse_doubles(params.get("rasters", ()), params["ward_table"])
        same = StoredFile.objects.filter(
            session_id=self.context["session"].pk,
            kind=ARTIFACT,
            name=HANDED_OVER,
            sha256=params["ward_table"].sha256,
            result__kind="tpr",
        )
        if "tpr" in params and not same.filter(result_id=params["tpr"].pk).exists():
            raise serializers.ValidationError({"tpr": ["The ward table was not made from this result."]})
        made = same.select_related("result").order_by("-created_at").first()
        if made and "tpr" not in params:
            params["tpr"] = made.result
        return with_known_names(params, self)

    def validate_confirmed(self, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [pair["table_row"] for pair in pairs]
        if len(set(rows)) < len(rows):
            raise serializers.ValidationError("A row of the table is named twice.")
        codes = [pair["ward_code"] for pair in pairs if pair["ward_code"] is not None]
        if len(set(codes)) < len(codes):
            raise serializers.ValidationError("A ward is given to two rows of the table.")
        return pairs


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": list(CUTS)},
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        ],
        "description": "Where the tiers are cut: by name, or the shares (0–1) of the wards that are High and Low.",
    }
)
class CutField(serializers.Field):
    """A name of `CUTS`, or two shares."""

    def to_internal_value(self, data: Any) -> str | list[float]:
        if isinstance(data, str) and data in CUTS:
            return data
        try:
            high, low = (float(share) for share in data)
        except (TypeError, ValueError):
            high = low = 0.0
        if isinstance(data, str) or not (high > 0 and low > 0 and high + low <= 1 + 1e-9):
            raise serializers.ValidationError(
                "The tiers are cut by thirds, quartiles, quintiles, or by two shares above 0 that are together 100 % at most."
            )
        return [high, low]


class RiskParams(StrictSerializer):
    """At most eight `variables`, but for the method mrpt-legacy-truncated; without them they are proposed as on the page.

    `inverse` names the variables for which a lower value means a higher risk; it replaces all directions.

    `pca_without` names variables of the ranking that the principal component analysis leaves out.
    `require_outcome`: a ward whose malaria outcome is missing and not filled has no rank. Always so where the outcome is a
    test positivity computed here.
    `zone` stands in for that of the wards' states when variables are proposed; `outcome` names the variable that measures
    malaria itself; `cut` says where the tiers are cut. `force_pca` ranks by PCA although its tests fail.
    `period` says which year the ranking is for, where the names of its variables do not; it changes no number.
    """

    dataset = ParentField(kind="dataset")
    variables = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, min_length=2, max_length=MAX_NAMES
    )
    inverse = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MAX_NAMES
    )
    method = serializers.ChoiceField(choices=METHODS, default="recommended")
    imputation = serializers.DictField(child=serializers.ChoiceField(choices=IMPUTATION), required=False)
    pca_without = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MAX_NAMES
    )
    require_outcome = serializers.BooleanField(required=False)
    zone = serializers.ChoiceField(choices=ZONES, required=False)
    outcome = serializers.CharField(max_length=200, required=False)
    cut = CutField(required=False)
    force_pca = serializers.BooleanField(required=False)
    period = serializers.CharField(max_length=20, required=False, allow_blank=True)

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        summary = params["dataset"].summary
        if not summary["accepted"]:
            raise serializers.ValidationError(
                {"dataset": ["No ward has data yet: confirm pairs of names first."]}
            )
        known = [row["variable"] for row in summary["variables"]]
        for field in ("variables", "inverse", "imputation", "pca_without"):
            unknown = [name for name in params.get(field, ()) if find_column(name, known) is None]
            if unknown:
                names = ", ".join(sorted(unknown)[:20])
                raise serializers.ValidationError({field: [f"Not a variable of the dataset: {names}."]})
        asked = [find_column(name, known) for name in params.get("variables", ())]
        if len(set(asked)) < len(asked):
            raise serializers.ValidationError({"variables": ["A variable is named twice."]})
        if len(asked) > MOST_VARIABLES and params["method"] != WITHOUT_LIMIT:
            raise serializers.ValidationError(
                {"variables": [f"{len(asked)} variables are chosen; a ranking has {MOST_VARIABLES} at most."]}
            )
        outcome = params.get("outcome")
        if outcome and (
            find_column(outcome, known) is None or (asked and find_column(outcome, known) not in asked)
        ):
            raise serializers.ValidationError({"outcome": [f"Not one of the variables: {outcome}."]})
        if params["dataset"].params.get("tpr"):
            params["require_outcome"] = True
        # What is the default anyway is the same request as without it.
        usual = {"cut": "thirds", "force_pca": False, "period": ""}
        return {name: value for name, value in params.items() if name not in usual or value != usual[name]}
