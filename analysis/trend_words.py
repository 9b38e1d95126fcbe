"""A place's trend in plain words."""

from collections.abc import Mapping
from typing import Any

CLEAR = 0.05
HARDLY = 1.0
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December")  # fmt: skip


def slope_of(row: Mapping[str, Any]) -> float | None:
    """Points a year: of equal months where there are any, else of the years."""
    slope = row.get("monthly_slope")
    return row.get("sen_slope") if slope is None else slope


def chance_of(row: Mapping[str, Any]) -> float | None:
    """The p value that belongs to `slope_of`."""
    return row.get("mk_p") if row.get("monthly_slope") is None else row.get("monthly_p")


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
