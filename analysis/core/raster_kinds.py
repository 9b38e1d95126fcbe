"""What a covariate's raster may hold. Light: web processes read it, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, cast

from .errors import BadInput

Temporal = Literal["static", "month", "annual_sum", "annual_mean"]
Statistic = Literal["mean", "sum"]
YEARLY = ("annual_sum", "annual_mean")
MONTHS = 12
# More people than live in a cell of any raster.
MOST_PEOPLE = 10_000_000


@dataclass(frozen=True)
class RasterKind:
    """What a covariate's raster holds: unit, possible values and how its months are put together.

    `statistic`: what a ward gets of its cells. A "sum" is of cells that each count, such as people per cell.
    """

    variable: str
    unit: str
    valid_range: tuple[float, float]
    temporal: Temporal = "static"
    statistic: Statistic = "mean"


def _people(variable: str) -> RasterKind:
    return RasterKind(variable, "people", (0, MOST_PEOPLE), statistic="sum")


RASTER_KINDS: Mapping[str, RasterKind] = MappingProxyType(
    {
        kind.variable: kind
        for kind in (
            RasterKind("rainfall", "mm", (0, 6000), "annual_sum"),
            # Files of the whole globe hold Antarctica.
            RasterKind("temp", "°C", (-95, 60), "annual_mean"),
            RasterKind("evi", "index", (-1, 1), "annual_mean"),
            RasterKind("ndvi", "index", (-1, 1), "annual_mean"),
            RasterKind("ndmi", "index", (-1, 1)),
            RasterKind("ndwi", "index", (-1, 1)),
            RasterKind("elevation", "m", (-500, 9000)),
            RasterKind("distance_to_waterbodies", "m", (0, 1_000_000)),
            RasterKind("nighttime_lights", "nW/cm²/sr", (-2, 100_000)),
            RasterKind("housing_quality", "proportion", (0, 1)),
            RasterKind("urban_percentage", "%", (0, 100)),
            RasterKind("pfpr", "proportion", (0, 1)),
            RasterKind("soil_wetness", "fraction", (0, 1)),
            RasterKind("flood", "share", (0, 1)),
            _people("population"),
            _people("population_u5"),
            _people("population_o5"),
            _people("population_women_15_49"),
        )
    }
)


def as_stated(
    kind: RasterKind, temporal: str, filename: str, *, bands: int, band: int | None = None
) -> RasterKind:
    """Return the kind with the time that a person says a file of their own is of.

    Parameters
    ----------
    temporal : str
        "month", or what the kind is in time; empty where nothing was said.
    bands : int
        Of the file. Twelve of a variable of a year are its months, unless one `band` is named.

    Raises
    ------
    BadInput
        For one band of a variable of a year of which it is not said, or that is said to be what the variable is
        not: a single month would pass for a year.
    """
    whole = kind.temporal in YEARLY and bands == MONTHS and band is None
    one_of = (kind.temporal,) if whole or kind.temporal not in YEARLY else ("month", kind.temporal)
    if not temporal and len(one_of) > 1:
        what = "sum" if kind.temporal == "annual_sum" else "mean"
        raise BadInput("raster_time_not_stated", "One month or a whole year?", f"{filename} is read by one band, and {kind.variable} "
                       f"is the {what} of a year; a single month is not.", f"Say what it is of: month or {kind.temporal}; or give "
                       "the twelve months as bands of one file.", where=filename, examples=one_of)  # fmt: skip
    if temporal and temporal not in one_of:
        raise BadInput("bad_temporal", "The time can't be that", f"{filename} can't be {temporal}: {kind.variable} read like "
                       f"this is {' or '.join(one_of)}.", "Say one of the examples, or nothing where there is only one.",
                       where=filename, examples=one_of)  # fmt: skip
    return replace(kind, temporal=cast(Temporal, temporal or kind.temporal))
