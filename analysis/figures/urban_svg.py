"""Tiers with urban wards apart, from whichever share of its area a ward is called urban."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.classes import NO_CLASS, Classes
from analysis.figures.map_svg import Drawing, draw_map
from analysis.figures.vega import Figure

# Shares of a ward's area from which it may be called urban; there is no agreed one. These are drawn with every ranking.
THRESHOLDS = (30, 50, 75)
URBAN = "urban_percentage"
# Tiers of urban wards beside the warm colours of the others: as dark, another hue.
URBAN_TIERS = {"High": "#4b3a80", "Medium": "#8f77b5", "Low": "#d5cbe6"}


@dataclass(frozen=True)
class UrbanMap:
    """`rows`: tier, wards that are not urban, wards that are. `unknown`: wards without a share or a tier."""

    figure: Figure
    rows: tuple[tuple[str, int, int], ...]
    unknown: int
    urban: NDArray[np.bool_]


def urban_map(wards: gpd.GeoDataFrame, share_from: float, drawing: Drawing, source: str) -> UrbanMap:
    """Set urban wards apart on the map of the tiers.

    Parameters
    ----------
    wards : GeoDataFrame of n wards
        ``ward_name, lga_name, composite_tier`` and ``urban_percentage`` [% of area]; a missing share stays unknown.
    share_from : float
        A ward is urban from this share on, 0 to 100. [% of area]
    """
    share = wards[URBAN].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        urban = share >= share_from
    tiers = wards["composite_tier"]
    of_ward = np.full(len(share), NO_CLASS, dtype=np.int64)
    for place, (is_urban, tier) in enumerate((u, t) for u in (False, True) for t in palette.TIERS):
        of_ward[
            (tiers == tier).to_numpy(dtype=bool, na_value=False) & (urban == is_urban) & ~np.isnan(share)
        ] = place
    counts = np.bincount(of_ward[of_ward >= 0], minlength=2 * len(palette.TIERS)).tolist()
    unknown = int((of_ward < 0).sum())
    threshold = f"{share_from:g}"
    title = f"Tiers, wards of at least {threshold} % urban area apart"

    def draw() -> str:
        labels = [f"{kind}, {tier.lower()}" for kind in ("Not urban", "Urban") for tier in palette.TIERS]
        found = Classes(
            of_ward, (*palette.TIERS.values(), *URBAN_TIERS.values()), tuple(labels), tuple(counts), unknown,
            f"Urban from {threshold} % of the area", "No rank or share",
        )  # fmt: skip
        return draw_map(
            wards, URBAN, title=title, label="Tier and urban area", source=source, drawing=drawing, classes=found,
            tips=_tips(wards, share),
        )  # fmt: skip

    rows = zip(palette.TIERS, counts[:3], counts[3:], strict=True)
    return UrbanMap(Figure(title, f"Map: {title}.", draw), tuple(rows), unknown, urban)


def _tips(wards: gpd.GeoDataFrame, share: NDArray[np.float64]) -> list[str]:
    return [
        f"{name}{f', {lga}' if isinstance(lga, str) else ''}: "
        f"{'urban share unknown' if value != value else f'{value:.1f} % urban'}"
        for name, lga, value in zip(
            wards["ward_name"].fillna("no name"), wards["lga_name"], share.tolist(), strict=True
        )
    ]
