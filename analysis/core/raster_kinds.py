"""What a covariate's raster may hold. Light: web processes read it, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class RasterKind:
    """What a covariate's raster holds: unit, possible values and how its months are put together."""

    variable: str
    unit: str
    valid_range: tuple[float, float]
    temporal: Literal["static", "month", "annual_sum", "annual_mean"] = "static"


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
        )
    }
)
