"""Signs on maps: wards whose rank rests on less than that of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.svg_paths import UNITS, Projection

# By the code in `flags`; the lists and the interactive map use the same signs.
SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"partial": ("†", "a value is missing"), "outcome_imputed": ("*", "outcome was filled")}
)


@dataclass(frozen=True)
class Signs:
    """`places`: x, y in tenths of a pixel and what stands there. `rows`: sign, meaning, how many wards."""

    places: tuple[tuple[int, int, str], ...] = ()
    rows: tuple[tuple[str, str, int], ...] = ()


def signs_of(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_], projection: Projection) -> Signs:
    """Return the signs of the wards that have a shape; none when `frame` has no ``flags``."""
    if "flags" not in frame:
        return Signs()
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    texts = np.full(len(frame), "", dtype=object)
    rows = []
    for code, (sign, meaning) in SIGNS.items():
        held = frame["flags"].astype("str").str.contains(rf"(?:^|;){code}(?:;|$)", na=False)
        flagged = held.to_numpy(dtype=bool) & here
        if flagged.any():
            texts[flagged] += sign
            rows.append((sign, meaning, int(flagged.sum())))
    marked = np.flatnonzero(texts != "")
    points = projection.apply(shapely.get_coordinates(shapely.point_on_surface(shapes[marked])))
    places = zip(*points.T.tolist(), texts[marked].tolist(), strict=True)
    return Signs(tuple(places), tuple(rows))


def draw_signs(signs: Signs, wards: int) -> list[str]:
    """Return the signs as SVG, smaller on a map of very many wards."""
    if not signs.places:
        return []
    size = (8 if wards > 2_000 else 15) * UNITS
    return [
        f'<g id="signs" font-size="{size}" font-weight="600" text-anchor="middle" pointer-events="none" '
        f'fill="{palette.INK}" stroke="{palette.PAPER}" stroke-width="{size / 5:.0f}" stroke-linejoin="round" '
        'paint-order="stroke">',
        *(f'<text x="{x}" y="{y + size // 3}">{text}</text>' for x, y, text in signs.places),
        "</g>",
    ]
