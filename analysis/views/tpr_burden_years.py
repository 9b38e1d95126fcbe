"""The burden of complete years on the trends page: how it rises and falls, and which wards are hotspots."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from analysis import frames, trend_words
from analysis.tpr_kinds import BURDEN_LGA_TRENDS, BURDEN_TREND_MAP, BURDEN_TRENDS
from sessions_app.models import AnalysisResult

MOST_ROWS = 200
DOWNLOADS = {
    BURDEN_TRENDS: gettext_noop("Burden of the wards, year by year"),
    BURDEN_LGA_TRENDS: gettext_noop("Burden of the LGAs, year by year"),
    BURDEN_TREND_MAP: gettext_noop("Map of rise and fall of the burden"),
}
DIRECTIONS = {
    "worsening": gettext_noop("rises, more than chance would explain"),
    "improving": gettext_noop("falls, more than chance would explain"),
    "unclear": gettext_noop("that may well be chance"),
    "change": gettext_noop("two years only"),
    "": gettext_noop("too few years"),
}
HOTSPOTS = {
    "lasting": gettext_noop("hotspot in every year"),
    "emerging": gettext_noop("has become a hotspot"),
    "resolving": gettext_noop("no longer a hotspot"),
    "returning": gettext_noop("a hotspot again"),
}
TEXTS = ("ward_code", "ward_name", "lga_name", "state_name", "label", "hotspot")
Row = dict[str, Any]


def burden_years(result: AnalysisResult, files: Mapping[str, Any], lga: Row | None) -> Row:
    """Nothing of a result without a population, without two complete years, or from before they were kept."""
    if BURDEN_LGA_TRENDS not in files:
        return {}
    lgas = frames.csv_table(result, BURDEN_LGA_TRENDS, TEXTS).to_pylist()
    wards = frames.csv_table(result, BURDEN_TRENDS, TEXTS).to_pylist()
    near = [row for row in wards if lga is None or _place(row) == _place(lga)]
    years = [name.removeprefix("burden_") for name in wards[0] if name.startswith("burden_")]
    return {
        "burden": {
            "years": years,
            "lgas": _told(lgas, years)[:MOST_ROWS],
            "lgas_count": len(lgas),
            "wards": _told(near, years)[:MOST_ROWS],
            "wards_count": len(near),
            "tally": [(count, words) for code, words in HOTSPOTS.items() if (count := _count(wards, code))],
            "legend": trend_words.slope_legend(
                [{"sen_slope": row["sen_slope"]} for row in wards], few=trend_words.TOO_FEW_YEARS
            ),
            "map": files.get(BURDEN_TREND_MAP),
            "among": result.summary["burden"]["among"],
            "downloads": [(words, files[name]) for name, words in DOWNLOADS.items() if name in files],
        }
    }


def _place(row: Row) -> tuple[str | None, str | None]:
    return row["state_name"], row["lga_name"]


def _count(wards: list[Row], code: str) -> int:
    return sum(row["hotspot"] == code for row in wards)


def _told(rows: list[Row], years: list[str]) -> list[Row]:
    """With the years and their values in a list and the codes in words, steepest rise first."""
    steep = sorted(rows, key=lambda row: (row["sen_slope"] is None, -(row["sen_slope"] or 0.0)))
    return [
        row
        | {
            "values": [(year, row[f"burden_{year}"]) for year in years],
            "direction": DIRECTIONS[row["label"] or ""],
            "spot": HOTSPOTS.get(row.get("hotspot") or "", ""),
        }
        for row in steep
    ]
