"""What a client may ask of test positivity."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from analysis import remembered
from analysis.core.tpr.fields import parse_field
from analysis.core.tpr.spans import PART, read_span
from analysis.covariate_params import RasterParams, refuse_values, variable_of
from analysis.known_params import KnownNames, with_known_names
from analysis.params import ConfirmedPair
from analysis.tpr_people import PEOPLE_OF, RASTER_OF, Adjustment, raster_fault
from reference.fields import ReferenceField
from sessions_app.params import FileField, StrictSerializer

# Those of the computation, written out: it loads too much for a web process. A test compares them.
AGE_GROUPS = ("u5", "o5", "pw", "all_ages")
LEVELS = ("primary", "secondary", "tertiary", "all")
METHODS = ("pooled", "rdt", "microscopy", "legacy_max")
ABOVE_TESTED = ("exclude", "cap", "keep")
UNKNOWN_WARDS = ("leave", "share")
OUTLIERS = ("keep", "median")
TOTALS = ("keep", "drop")
DATES = ("auto", "day_first", "month_first")
FIELDS = (
    "state", "lga", "ward", "ward_code", "facility", "period", "year", "month", "facility_level", "outpatients",
    "outpatients_u5", "outpatients_o5", "outpatients_pw",
)  # fmt: skip
URBAN = "urban_percentage"
PERIOD = rf"^(all|{PART}(\.\.{PART})?)$"
YEAR = re.compile(r"^\d{4}$")
# The sheet is named with the upload.
TAKEN_NO_MORE = frozenset({"sheet"})
ADJUSTED = ("growth_percent", "growth_source", "pregnancy_factor", "pregnancy_factor_source")


def asked_before(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an earlier run, without those that a run took once and takes no more."""
    return {name: value for name, value in params.items() if name not in TAKEN_NO_MORE}


class PeopleRaster(StrictSerializer):
    """An uploaded raster of people per cell, those that the cases of the age group are counted among.

    `variable` may say whom it counts: then a run of other persons is refused. Of several bands, `band` is the one meant.
    """

    file = FileField(kind="raster")
    band = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    variable = serializers.ChoiceField(choices=sorted(RASTER_OF.values()), required=False)


class TprParams(StrictSerializer):
    """`mapping` corrects which column is what; an empty column means there is none. `undo` takes merges back.

    `outpatient` asks for the positive among outpatients of urban wards, too; how urban they are says the raster `urban`,
    else the boundaries. Several rows may be `confirmed` for one ward: they are spellings of it.
    """

    facilities = FileField(kind="facilities")
    boundaries = FileField(kind="boundaries")
    age_group = serializers.ChoiceField(choices=AGE_GROUPS, default="u5")
    level = serializers.ChoiceField(choices=LEVELS, default="all")
    method = serializers.ChoiceField(choices=METHODS, default="pooled")
    period = serializers.RegexField(PERIOD, default="all", max_length=20)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    mapping = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )
    undo = serializers.ListField(
        child=serializers.CharField(max_length=500), required=False, default=list, max_length=200
    )
    positive_above_tested = serializers.ChoiceField(choices=ABOVE_TESTED, default="exclude")
    unknown_wards = serializers.ChoiceField(choices=UNKNOWN_WARDS, default="leave")
    outliers = serializers.ChoiceField(choices=OUTLIERS, default="keep")
    totals = serializers.ChoiceField(
        choices=TOTALS,
        default="keep",
        help_text="Rows that look like the total of a ward, LGA or state: counted, or left out.",
    )
    dates = serializers.ChoiceField(
        choices=DATES,
        default="auto",
        help_text="What comes first in dates such as 03/01/2024; auto: as the column tells, else the day.",
    )
    outpatient = serializers.BooleanField(default=False)
    urban = RasterParams(required=False)
    register = FileField(
        kind="facility_register",
        required=False,
        help_text="Where to look up the ward of reports that name none.",
    )
    population = ReferenceField(
        kind="population",
        or_kind="raster",
        required=False,
        help_text="Whom the cases are counted among, for the burden: a population, or a raster that counts these people.",
    )
    population_file = FileField(
        kind="population",
        required=False,
        help_text="An uploaded population table instead of a reference set.",
    )
    population_raster = PeopleRaster(
        required=False, help_text="An uploaded raster of these people per cell instead of a reference set."
    )
    population_year = serializers.RegexField(
        YEAR.pattern, required=False, help_text="The year that the uploaded population is of."
    )
    growth_percent = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Yearly growth by which the population is projected to the middle of the reports. Needs its source.",
    )
    growth_source = serializers.CharField(required=False, allow_blank=True, max_length=200)
    pregnancy_factor = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Expected pregnancies for each woman of 15 to 49 and year; used for pregnant women. Needs its source.",
    )
    pregnancy_factor_source = serializers.CharField(required=False, allow_blank=True, max_length=200)
    confirmed = ConfirmedPair(many=True, required=False, default=list)
    known_names = KnownNames()

    def validate_period(self, period: str) -> str:
        if period != "all" and read_span(period) is None:
            raise serializers.ValidationError("The span ends before it begins.")
        return period

    def validate_confirmed(self, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [pair["table_row"] for pair in pairs]
        if len(set(rows)) < len(rows):
            raise serializers.ValidationError("A row of the table is named twice.")
        return pairs

    def validate_urban(self, asked: dict[str, Any]) -> dict[str, Any]:
        if variable_of(asked) != URBAN:
            raise serializers.ValidationError(f"Name a raster of {URBAN}.")
        return asked

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """Without a word on columns, those count that were corrected last for a file of the same ones."""
        if "mapping" not in self.initial_data:
            owner_id = self.context["session"].owner_id
            params["mapping"] = remembered.known_columns(owner_id, params["facilities"].report)
        refuse_population(params)
        return with_known_names(params, self)

    def validate_mapping(self, mapping: Mapping[str, str]) -> Mapping[str, Any]:
        unknown = [name for name in mapping if name not in FIELDS and parse_field(name) is None]
        if unknown:
            raise serializers.ValidationError(f"Not a field: {', '.join(sorted(unknown)[:20])}.")
        return mapping


def refuse_population(params: Mapping[str, Any]) -> None:
    """Refuse what is asked of a population that is not there, or that is not known to be of one year."""
    wanted, raster = params.get("population"), params.get("population_raster")
    own = params.get("population_file") or raster
    given = {name: params[name] for name in ADJUSTED if params.get(name) not in (None, "")}
    fault: tuple[str, str] | None
    group = PEOPLE_OF[params["age_group"]]
    if raster and params.get("population_file"):
        fault = "population_raster", "Choose an uploaded table or an uploaded raster, not both."
    elif wanted and own:
        fault = "population_file", "Choose a reference population or an uploaded one, not both."
    elif own and not params.get("population_year"):
        fault = "population_year", "Say which year the uploaded population is of."
    elif params.get("population_year") and not own:
        fault = "population_year", "Only an uploaded population needs its year said."
    elif given and not (wanted or own):
        fault = next(iter(given)), "There is no population to adjust."
    else:
        fault = Adjustment(**given).fault(wanted.year if wanted else params.get("population_year", ""))
    if not fault and wanted and wanted.kind == "raster":
        held = wanted.facts["variable"], wanted.facts.get("statistic", "mean")
        fault = ("population", other) if (other := raster_fault(wanted.name, *held, group)) else None
    if not fault and raster:
        held = raster.get("variable", RASTER_OF[group]), "sum"
        other = raster_fault(raster["file"].name, *held, group)
        fault = ("population_raster", other) if other else None
    if fault:
        raise serializers.ValidationError({fault[0]: [fault[1]]})
    if raster:
        refuse_values({**raster, "variable": RASTER_OF[group]})
