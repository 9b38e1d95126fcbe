"""The maps of a test positivity run. Needs no Django."""

from __future__ import annotations

from pathlib import Path

from analysis.core.tpr.positivity import Choice
from analysis.figures.map_svg import draw_map
from analysis.tpr_burden import Burden
from analysis.tpr_burden_years import burden_slope_map
from analysis.tpr_compute import WardPositivity

MAP, BURDEN_MAP, BURDEN_TREND_MAP = "map.svg", "burden.svg", "burden_trend_map.svg"


def positivity_map(result: WardPositivity, choice: Choice) -> str:
    """Return the map of test positivity; wards without a rate are hatched."""
    return draw_map(
        result.wards, "tpr_percent", kind="variable", title="Malaria test positivity", label="Positive tests",
        unit="%", source=choice.label(),
    )  # fmt: skip


def burden_map(result: WardPositivity, counted: Burden) -> str:
    """Return the map of cases per 1,000 people and year, at most 1,000."""
    drawn = result.wards.assign(burden_shown=counted.wards["burden_shown"].to_numpy())
    return draw_map(
        drawn, "burden_shown", kind="variable", title="Malaria burden", label="Cases", unit="per 1,000 a year",
        source=f"Among {counted.facts['among']}: {counted.wards['population_from'].iloc[0]}",
    )  # fmt: skip


def write_burden_maps(result: WardPositivity, counted: Burden, folder: Path) -> list[Path]:
    """Write the map of the burden and, where it is known of two years, of how it moves."""
    drawn = {BURDEN_MAP: burden_map(result, counted)}
    if counted.years.move:
        drawn[BURDEN_TREND_MAP] = burden_slope_map(result, counted.years)
    for name, svg in drawn.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return [folder / name for name in drawn]
