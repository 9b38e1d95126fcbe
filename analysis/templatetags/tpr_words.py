"""Codes of test positivity in words, for templates."""

from django import template

from analysis.tpr_forms import AGE_WORDS

register = template.Library()
MARKS = {
    "no_data": "no reports",
    "no_tests": "nobody tested",
    "small_numbers": "small numbers",
    "above_100": "above 100 %",
    "positive_above_tested": "a report with more positive than tested",
    "low_reporting": "few reports",
    "unknown_shared": "with a part of its LGA's reports without a ward",
}


@register.filter
def tpr_marks(flags: str | None) -> str:
    return ", ".join(MARKS.get(flag, flag) for flag in (flags or "").split(";") if flag)


@register.filter
def tpr_age(code: str) -> str:
    return AGE_WORDS.get(code, code)


@register.filter
def trend_slope(value: float | None) -> str:
    """Points a year with their sign; a change too small to show has none."""
    if value is None:
        return "–"
    shown = f"{value:+.1f}".replace("-", "−")
    return "0.0" if shown in ("+0.0", "−0.0") else shown


@register.filter
def trend_chance(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


@register.filter
def trend_rate(value: float | None) -> str:
    return "nobody tested" if value is None else f"{value:.1f}"
