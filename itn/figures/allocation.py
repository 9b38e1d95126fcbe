"""Maps of a plan: who is served, partly served, not reached, left out, unknown. Each a class of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.classes import NO_CLASS, Classes, classify
from analysis.figures.map_svg import Drawing, draw_map
from itn.core.plan import FILLED, UNREACHED
from itn.core.totals import with_lga_names

FULL = "All it needs"
PER_PERSON_DECIMALS = 3
PARTIAL = (75, 50, 25, 0)
# Beside the blue-green of coverage: warm = people without nets, violet = by rule, pale = nobody there.
NOT_REACHED, LEFT_OUT, NO_RANK, NOBODY = "#e08a4f", "#b9a9d3", "#d9c5a0", "#f4f2ec"
OTHERS = (
    (UNREACHED, "Not reached", NOT_REACHED),
    (("excluded_urban",), "Left out: urban", LEFT_OUT),
    (("no_rank",), "No rank, no nets", NO_RANK),
    (("zero_need",), "Nobody lives there", NOBODY),
)
MEASURES = {
    "coverage": ("coverage_percent", "Coverage", "% of people"),
    "nets": ("nets_allocated", "Nets", "nets"),
    "nets_per_person": ("nets_per_person", "Nets per person", "nets"),
}


@dataclass(frozen=True)
class _Legend:
    """Classes while they are put together."""

    of_ward: NDArray[np.int64]
    colours: list[str]
    labels: list[str]

    def add(self, members: pd.Series, label: str, colour: str) -> None:
        if members.any():
            self.of_ward[members.to_numpy(dtype=bool)] = len(self.labels)
            self.labels.append(label)
            self.colours.append(colour)


def allocation_classes(wards: pd.DataFrame, measure: str) -> Classes:
    """Sort the wards of a plan into legend classes.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        `NetPlan.wards`.
    measure : {"coverage", "nets", "nets_per_person"}
        What colours the wards that get nets; all others have the class of their reason.

    Returns
    -------
    Classes
        Darkest first; wards of unknown population have no class and are hatched.
    """
    column, label, unit = MEASURES[measure]
    legend = _Legend(np.full(len(wards), NO_CLASS, dtype=np.int64), [], [])
    served = wards["nets_allocated"] > 0
    # Rounding within wards must not look like a difference between them.
    per_person = (wards["nets_allocated"] / wards["population"].astype("float64")).round(PER_PERSON_DECIMALS)
    values = wards.assign(nets_per_person=per_person)[column]
    if measure == "coverage":
        shades = palette.scale(palette.COVERAGE, len(PARTIAL) + 2)[::-1]
        legend.add(wards["reason"] == "served_full", FULL, shades[0])
        partial, above = served & (wards["reason"] != "served_full"), 100.01
        for low, colour in zip(PARTIAL, shades[1:], strict=False):
            text = f"{low} – {min(above, 100):.0f} %" if low else f"less than {above:.0f} %"
            legend.add(partial & (values >= low) & (values < above), text, colour)
            above = low
    else:
        found = classify(values[served].astype("float64"), "variable", unit)
        colours = palette.scale(palette.COVERAGE, len(found.labels) + 1)[::-1]
        for k, text in enumerate(found.labels):
            members = pd.Series(False, index=wards.index)
            members[served] = found.of_ward == k
            legend.add(members, text, colours[k])
    for reasons, text, colour in OTHERS:
        legend.add(wards["reason"].isin(reasons), text, colour)
    counts = np.bincount(legend.of_ward[legend.of_ward >= 0], minlength=len(legend.labels))
    return Classes(
        legend.of_ward, tuple(legend.colours), tuple(legend.labels), tuple(counts.tolist()),
        int((legend.of_ward < 0).sum()), f"{label} ({unit})", "Population unknown", "most covered first",
    )  # fmt: skip


def ward_tips(wards: pd.DataFrame) -> list[str]:
    """Return what is said about each ward on a map."""
    names = wards["ward_name"].fillna(wards["ward_code"]).tolist()
    lgas = with_lga_names(wards)["lga_name"].fillna("").tolist()
    rows = zip(
        names, lgas, wards["nets_allocated"].tolist(), wards["need"].tolist(), wards["coverage_percent"].tolist(),
        wards["population_source"].tolist(), strict=True,
    )  # fmt: skip
    return [_tip(*row) for row in rows]


def _tip(name: str, lga: str, nets: int, need: Any, coverage: float, source: Any) -> str:
    place = f"{name}{f', {lga}' if lga else ''}"
    if need is None or need is pd.NA or need != need:
        return f"{place}: population unknown"
    share = "" if coverage != coverage else f", {coverage:.0f} % of people covered"
    told = f"{place}: {nets:,} of {need:,} nets{share}"
    return f"{told}; population filled: {source}" if source in FILLED else told


def draw_allocation(
    shapes: gpd.GeoDataFrame, wards: pd.DataFrame, measure: str, *, source: str, drawing: Drawing
) -> str:
    """Return a map of a plan as an SVG document.

    Parameters
    ----------
    shapes : GeoDataFrame
        The wards with their shapes, in the order of `wards`.
    """
    column, label, _ = MEASURES[measure]
    return draw_map(
        shapes, column, title=f"Net plan: {label.lower()} by ward", label=label, source=source, drawing=drawing,
        classes=allocation_classes(wards, measure), tips=ward_tips(wards),
    )  # fmt: skip
