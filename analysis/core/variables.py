"""The registry of variables: what a column means, its unit, and which way it points to risk.

Automatic choices use exact aliases only; likeness of names is used for suggestions, because
``ndwi`` and ``ndmi`` are alike and are different things.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rapidfuzz import fuzz, process

from .names import canonical_column, fold_header

Direction = Literal["direct", "inverse"]
Role = Literal["outcome", "covariate", "support"]


@dataclass(frozen=True)
class Variable:
    """One variable a ward table may carry.

    `direction` is "direct" when a higher value means more risk. `valid_range` is in `unit`;
    values outside are warned of, never changed. `usual_range` is what columns in this `unit` have
    in the middle; without it, the valid range. `role`: an "outcome" measures malaria itself
    and is not filled unless asked; "support" columns are never chosen automatically and never
    filled.
    """

    id: str
    label: str
    unit: str
    aliases: tuple[str, ...]
    direction: Direction
    valid_range: tuple[float, float] | None
    role: Role = "covariate"
    usual_range: tuple[float, float] | None = None


_INF = float("inf")
VARIABLES: tuple[Variable, ...] = (
    Variable("u5_tpr_rdt", "Test positivity rate", "%",
             ("tpr", "tpr_pct", "tpr_percent", "u5_tpr", "tpr_u5", "tpr_u5_new", "test_positivity_rate",
              "test_positivity", "tpr_rdt"), "direct", (0, 100), "outcome"),
    Variable("burden", "Malaria burden", "cases per 1,000 people",
             ("malaria_burden", "cases_per_1000", "burden_per_1000", "burden_per_1000_per_year", "incidence"),
             "direct", (0, 1000), "outcome"),
    Variable("pfpr", "P. falciparum parasite rate", "proportion",
             ("pf_parasite_rate", "pfpr2_10", "mean_pfpr", "pfpr_mean"), "direct", (0, 1), "outcome"),
    Variable("rainfall", "Rainfall", "mm per year",
             ("avg_rainfall", "mean_rainfall", "rainfall_mean", "precipitation", "annual_rainfall"),
             "direct", (0, 6000), usual_range=(200, 6000)),
    Variable("temp", "Temperature", "°C",
             ("temperature", "mean_temperature", "temp_mean", "mean_temp", "avg_temperature"),
             "direct", (-50, 60)),
    Variable("humidity", "Relative humidity", "%",
             ("rh_mean", "mean_rh", "relative_humidity", "mean_humidity", "rh"), "direct", (0, 100)),
    Variable("evi", "Enhanced vegetation index", "index",
             ("mean_evi", "evi_mean", "enhanced_vegetation_index"), "direct", (-1, 1)),
    Variable("ndvi", "Normalised difference vegetation index", "index",
             ("mean_ndvi", "ndvi_mean", "ndvi_score"), "direct", (-1, 1)),
    Variable("ndwi", "Normalised difference water index", "index",
             ("mean_ndwi", "ndwi_mean"), "direct", (-1, 1)),
    Variable("ndmi", "Normalised difference moisture index", "index",
             ("mean_ndmi", "ndmi_mean"), "direct", (-1, 1)),
    Variable("soil_wetness", "Surface soil wetness", "fraction",
             ("mean_soil_wetness", "surface_soil_wetness", "soil_wetness_mean", "gwettop", "soil_moisture"),
             "direct", (0, 1)),
    Variable("flood", "Flood extent", "share",
             ("flood_extent", "mean_flood", "flood_mean"), "direct", None),
    Variable("distance_to_waterbodies", "Distance to water bodies", "m",
             ("distance", "distance_to_water_bodies", "distance_to_water", "dist_to_water",
              "mean_distance_to_water"), "inverse", (0, _INF)),
    Variable("elevation", "Elevation", "m", ("mean_elevation", "elevation_mean", "altitude"),
             "inverse", (-500, 9000)),
    Variable("housing_quality", "Improved housing", "proportion",
             ("val_housing_15", "housing", "mean_housing_quality", "improved_housing"), "inverse", (0, 1)),
    Variable("nighttime_lights", "Night-time lights", "nW/cm²/sr",
             ("ntl", "avgrad", "avg_rad", "night_lights", "nightlights", "night_time_lights",
              "nighttimelights_mean", "viirs"), "inverse", (-2, _INF)),
    Variable("urban_percentage", "Urban share", "%",
             ("urbanpercentage", "urbanpercent", "urbanperce", "percent_urban", "urban_extent",
              "urban_pct"), "inverse", (0, 100)),
    Variable("distance_to_clinic", "Distance to a clinic", "m or km",
             ("dist_to_clinic", "access_to_clinic", "distance_to_health_facility", "distance_to_facility"),
             "direct", (0, _INF)),
    Variable("settlement_type", "Settlement type", "share or class",
             ("settlement_type_poor", "poor_settlement"), "direct", None),
    Variable("dumpsites", "Dumpsites", "count", ("dumpsite", "dump_sites"), "direct", (0, _INF)),
    Variable("nets_per_capita", "Nets per person", "nets/person", ("nets_per_person",), "inverse", (0, _INF)),
    Variable("building_height", "Building height", "m", ("mean_building_height",), "inverse", (0, _INF)),
    Variable("population", "Population", "people",
             ("pop", "total_pop", "total_population", "totalpopulation", "population_total", "pop_total"),
             "direct", (0, _INF), "support"),
    Variable("population_u5", "Children under five", "people", (), "direct", (0, _INF), "support"),
    Variable("population_o5", "People of five and over", "people", (), "direct", (0, _INF), "support"),
    Variable("population_women_15_49", "Women of 15 to 49", "people", (), "direct", (0, _INF), "support"),
    Variable("population_density", "Population density", "people/km²", ("pop_density",), "direct",
             (0, _INF), "support"),
    Variable("total_positive", "Positive tests", "tests", ("positive", "positives", "totalpositive"),
             "direct", (0, _INF), "support"),
    Variable("total_tested", "Tests", "tests", ("tested", "totaltested"), "direct", (0, _INF), "support"),
    Variable("area_km2", "Area", "km²", ("area", "area_sqkm"), "direct", (0, _INF), "support"),
    Variable("total_area", "Total area", "m²", ("totalarea",), "direct", (0, _INF), "support"),
    Variable("urban_area", "Urban area", "m²", ("urbanarea",), "direct", (0, _INF), "support"),
    Variable("latitude", "Latitude", "°", ("lat", "centroid_lat", "y_coord"), "direct", (-90, 90), "support"),
    Variable("longitude", "Longitude", "°", ("lon", "long", "lng", "centroid_lon", "x_coord"), "direct",
             (-180, 180), "support"),
)  # fmt: skip

_BY_FOLDED: Mapping[str, Variable] = MappingProxyType(
    {fold_header(name): variable for variable in VARIABLES for name in (variable.id, *variable.aliases)}
)

# Of people and tests.
_COUNTS = frozenset(
    (
        "population",
        "population_u5",
        "population_o5",
        "population_women_15_49",
        "total_positive",
        "total_tested",
    )
)

_IDENTIFIERS = frozenset(
    fold_header(name)
    for name in [
        "index",
        "id",
        "fid",
        "ogc_fid",
        "objectid",
        "country",
        "country_na",
        "country_co",
        "country_name",
        "country_code",
        "state",
        "lga",
        "ward",
        "global_id",
        "globalid",
        "source",
        "source_dat",
        "source_date",
        "timestamp",
        "properties",
        "geometry",
        "shape_area",
        "shape_leng",
        "shape_length",
        "amapcode",
        "table_row",
        "urban",
        "period",
        "periodname",
        "year",
        "month",
        "date",
        "table_name",
        "uuid",
        "zone",
        "row",
        "s/n",
        "sn",
        "serial",
        "serial_no",
        "no",
    ]
)
_IDENTIFIER_PATTERN = re.compile(
    r"(unnamed: \d+(_level_\d+)?|x(\.\d+)?|\d*|.*[_ ](code|id|name)|.*[a-z](Code|ID|Id|Name))"
)


def lookup(header: object) -> Variable | None:
    """Return the registry entry of a header by exact alias (case and punctuation aside)."""
    return _BY_FOLDED.get(fold_header(header))


def is_identifier(header: object) -> bool:
    """Return whether a column names or numbers the record and is never analysed.

    Whole names and patterns such as ``X.1``, ``Unnamed: 0``, ``*_code``; never parts of names.
    """
    text = str(header).strip()
    if canonical_column(text) is not None or fold_header(text) in _IDENTIFIERS:
        return True
    return bool(_IDENTIFIER_PATTERN.fullmatch(text) or _IDENTIFIER_PATTERN.fullmatch(text.casefold()))


def is_support(header: object) -> bool:
    """Return whether a column is selectable but never chosen or filled automatically."""
    variable = lookup(header)
    return variable is not None and variable.role == "support"


def is_count(header: object) -> bool:
    """Return whether a column counts people or tests, which is never imputed."""
    variable = lookup(header)
    return variable is not None and variable.id in _COUNTS


def default_direction(header: object) -> Direction:
    """Return the direction of a column: the registry's, else direct."""
    variable = lookup(header)
    return variable.direction if variable else "direct"


# What the predecessor went by: any of these words in the header means inverse.
LEGACY_INVERSE_WORDS = (
    "distance", "elevation", "altitude", "slope", "housing", "quality", "income", "education", "access",
    "urban", "facility",
)  # fmt: skip


def legacy_direction(header: object) -> Direction:
    """Return the direction the predecessor gave a column, by words in its name."""
    text = str(header).casefold()
    return "inverse" if any(word in text for word in LEGACY_INVERSE_WORDS) else "direct"


def find_column(name: str, headers: Iterable[str]) -> str | None:
    """Return the header a user means by `name`: itself, another spelling, or the one alias present."""
    present = list(headers)
    if name in present:
        return name
    same = [header for header in present if fold_header(header) == fold_header(name)]
    if len(same) == 1:
        return same[0]
    variable = lookup(name)
    if variable is None:
        return None
    aliased = [header for header in present if lookup(header) is variable]
    return aliased[0] if len(aliased) == 1 else None


def suggest(name: str, headers: Iterable[str], limit: int = 5) -> list[str]:
    """Return headers that look like `name`, best first; for suggestions only."""
    found = process.extract(
        name, list(headers), scorer=fuzz.WRatio, processor=fold_header, limit=limit, score_cutoff=60
    )
    return [str(match[0]) for match in found]
