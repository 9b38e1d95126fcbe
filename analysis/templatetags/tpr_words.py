"""Codes of test positivity in words, for templates."""

from django import template
from django.utils.translation import gettext, gettext_noop

from analysis.tpr_forms import AGE_WORDS, METHOD_WORDS
from sessions_app.localised import decimal

register = template.Library()
MARKS = {
    "no_data": gettext_noop("no reports"),
    "no_tests": gettext_noop("nobody tested"),
    "small_numbers": gettext_noop("small numbers"),
    "above_100": gettext_noop("above 100 %"),
    "positive_above_tested": gettext_noop("a report with more positive than tested"),
    "low_reporting": gettext_noop("few reports"),
    "unknown_shared": gettext_noop("with a part of its LGA's reports without a ward"),
}


@register.filter
def tpr_marks(flags: str | None) -> str:
    return ", ".join(gettext(MARKS.get(flag, flag)) for flag in (flags or "").split(";") if flag)


@register.filter
def tpr_age(code: str) -> str:
    return gettext(AGE_WORDS.get(code, code))


@register.filter
def tpr_method(code: str) -> str:
    return gettext(METHOD_WORDS.get(code, code))


@register.filter
def trend_slope(value: float | None) -> str:
    """Points a year with their sign; a change too small to show has none."""
    if value is None:
        return "–"
    size = decimal(abs(value), 1)
    if round(value, 1) == 0:
        return size
    return f"+{size}" if value > 0 else f"−{size}"


@register.filter
def trend_chance(p: float) -> str:
    if p < 0.001:
        return gettext("below %(limit)s") % {"limit": decimal(0.001, 3)}
    return decimal(p, 3 if p < 0.1 else 2)


@register.filter
def trend_rate(value: float | None) -> str:
    return gettext("nobody tested") if value is None else decimal(value, 1)
