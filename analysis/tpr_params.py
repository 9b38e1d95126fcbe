"""What a client may ask of test positivity."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from analysis import remembered
from analysis.core.tpr.fields import parse_field
from analysis.known_params import KnownNames, with_known_names
from analysis.params import ConfirmedPair, DatasetParams
from reference.fields import ReferenceField
from sessions_app.params import FileField, StrictSerializer

# Those of the computation, written out: it loads too much for a web process. A test compares them.
AGE_GROUPS = ("u5", "o5", "pw", "all_ages")
LEVELS = ("primary", "secondary", "tertiary", "all")
METHODS = ("pooled", "rdt", "microscopy", "legacy_max")
ABOVE_TESTED = ("exclude", "cap", "keep")
UNKNOWN_WARDS = ("leave", "share")
FIELDS = (
    "state", "lga", "ward", "ward_code", "facility", "period", "year", "month", "facility_level", "outpatients",
    "outpatients_u5", "outpatients_o5", "outpatients_pw",
)  # fmt: skip
PERIOD = re.compile(r"all|\d{4}(-\d{2})?(\.\.\d{4}(-\d{2})?)?")


def sheet_report(report: Mapping[str, Any], sheet: str) -> Mapping[str, Any]:
    """What one sheet of an upload holds; the first that has counts, when none is named."""
    found: Mapping[str, Any] = report.get("by_sheet", {}).get(sheet, report)
    return found


def _sheet(report: Mapping[str, Any], sheet: str) -> str:
    """The sheet that is meant: it must be said only where several hold counts."""
    sheets = report.get("sheets") or [report.get("sheet", "")]
    if not sheet and len(sheets) > 1:
        raise serializers.ValidationError(
            {"sheet": [f"Several sheets hold test counts; name one of {', '.join(sheets)}."]}
        )
    if sheet and sheet not in sheets:
        raise serializers.ValidationError(
            {"sheet": [f"No sheet with test counts has this name; there is {', '.join(sheets)}."]}
        )
    return sheet or (sheets[0] if "sheets" in report else "")


class TprParams(StrictSerializer):
    """`mapping` corrects which column is what; an empty column means there is none. `undo` takes merges back."""

    facilities = FileField(kind="facilities")
    boundaries = FileField(kind="boundaries")
    sheet = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    age_group = serializers.ChoiceField(choices=AGE_GROUPS, default="u5")
    level = serializers.ChoiceField(choices=LEVELS, default="all")
    method = serializers.ChoiceField(choices=METHODS, default="pooled")
    period = serializers.RegexField(PERIOD.pattern.join(("^(", ")$")), default="all", max_length=20)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    mapping = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )
    undo = serializers.ListField(
        child=serializers.CharField(max_length=500), required=False, default=list, max_length=200
    )
    positive_above_tested = serializers.ChoiceField(choices=ABOVE_TESTED, default="exclude")
    unknown_wards = serializers.ChoiceField(choices=UNKNOWN_WARDS, default="leave")
    register = FileField(
        kind="facility_register",
        required=False,
        help_text="Where to look up the ward of reports that name none.",
    )
    population = ReferenceField(
        kind="population", required=False, help_text="Whom the cases are counted among, for the burden."
    )
    confirmed = ConfirmedPair(many=True, required=False, default=list)
    known_names = KnownNames()

    validate_confirmed = DatasetParams.validate_confirmed

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """Without a word on columns, those count that were corrected last for a file of the same ones."""
        report = params["facilities"].report
        params["sheet"] = _sheet(report, params["sheet"])
        if "mapping" not in self.initial_data:
            owner_id = self.context["session"].owner_id
            params["mapping"] = remembered.known_columns(owner_id, sheet_report(report, params["sheet"]))
        return with_known_names(params, self)

    def validate_mapping(self, mapping: Mapping[str, str]) -> Mapping[str, Any]:
        unknown = [name for name in mapping if name not in FIELDS and parse_field(name) is None]
        if unknown:
            raise serializers.ValidationError(f"Not a field: {', '.join(sorted(unknown)[:20])}.")
        return mapping
