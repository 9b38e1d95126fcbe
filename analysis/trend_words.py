"""A place's trend in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.figures import palette

# Classes of points a year; a change within the inner edges is no change to speak of.
SLOPE_EDGES = (5.0, 1.0, -1.0, -5.0)
SLOPE_WORDS = (
    "rises by 5 or more", "rises by 1 to 5", "between −1 and +1", "falls by 1 to 5", "falls by 5 or more",
)  # fmt: skip
SLOPE_COLOURS = tuple(palette.DIFFERENCE[k] for k in (6, 4, 3, 2, 0))
# The label of a trend has the same one; a test compares them.
CLEAR = 0.05
HARDLY = 1.0
YEARS_FOR_A_TEST = 3
TOO_FEW, TOO_FEW_YEARS = "too few months", "too few years"
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December")  # fmt: skip


def slope_of(row: Mapping[str, Any]) -> float | None:
    """Points a year: of equal months where there are any, else of the years."""
    slope = row.get("monthly_slope")
    return row.get("sen_slope") if slope is None else slope


def slope_legend(rows: Iterable[Mapping[str, Any]], few: str = TOO_FEW) -> list[dict[str, Any]]:
    """How many wards are in each class of the map of rise and fall, for those who can't read its own legend."""
    first, second, third, fourth = SLOPE_EDGES
    counts = dict.fromkeys((*SLOPE_WORDS, few), 0)
    for row in rows:
        slope = slope_of(row)
        if slope is None:
            counts[few] += 1
        else:
            at = (
                0
                if slope >= first
                else 1
                if slope >= second
                else 2
                if slope > third
                else 3
                if slope > fourth
                else 4
            )
            counts[SLOPE_WORDS[at]] += 1
    colours = (*SLOPE_COLOURS, palette.NO_DATA)
    return [
        {"words": words, "count": count, "colour": colour}
        for (words, count), colour in zip(counts.items(), colours, strict=True)
    ]


def chance_of(row: Mapping[str, Any]) -> float | None:
    """The p value that belongs to `slope_of`."""
    return row.get("mk_p") if row.get("monthly_slope") is None else row.get("monthly_p")


def years_of(row: Mapping[str, Any]) -> float:
    """The years that `slope_of` compares."""
    years = row.get("points") if row.get("monthly_slope") is None else row.get("month_years")
    return years or 0


def direction(row: Mapping[str, Any]) -> str:
    """One of rises, falls, unclear and unknown."""
    slope, p = slope_of(row), chance_of(row)
    if slope is None:
        return "unknown"
    if p is None or p >= CLEAR or slope == 0:
        return "unclear"
    return "rises" if slope > 0 else "falls"


def sentence(row: Mapping[str, Any]) -> str:
    """How the positivity of a place moves, and whether that may be chance."""
    slope, p = slope_of(row), chance_of(row)
    if slope is None:
        return "Too few months to tell."
    if abs(slope) < HARDLY:
        shown = f"{slope:+.1f}".replace("-", "−")
        moved = f"Hardly changes ({'0.0' if shown in ('+0.0', '−0.0') else shown} points a year)"
    else:
        moved = f"{'Rises' if slope > 0 else 'Falls'} by about {abs(slope):.1f} points a year"
    if p is None and years_of(row) >= YEARS_FOR_A_TEST:
        return f"{moved}; it is the same throughout."
    if p is None:
        return f"{moved}; too few years to say whether that is more than chance."
    number = "below 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    if p < CLEAR:
        return f"{moved}; more than chance would explain (Mann–Kendall p {number})."
    return f"{moved}; that may well be chance (Mann–Kendall p {number})."


def peak(row: Mapping[str, Any]) -> str:
    """The month with most cases, and how much of the year it holds."""
    month = row.get("peak_month")
    if month is None:
        return ""
    share = max(shares(row))
    return f"{MONTH_NAMES[int(month) - 1]} has most cases: {100 * share:.0f} % of the year's (an even year has 8 % in each month)."


def shares(row: Mapping[str, Any]) -> list[float]:
    """The share of a year's cases in each month; empty without a complete year."""
    found = [row.get(name[:3].lower()) for name in MONTH_NAMES]
    return [] if any(share is None for share in found) else [float(share) for share in found]
