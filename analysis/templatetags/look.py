"""How numbers and tiers look on every page: scores to 3 places, ranks whole, a missing value says so."""

import math
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

NO_DATA: SafeString = mark_safe('<span class="nodata">no data</span>')  # nosec B308


def is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


@register.filter
def score(value: Any) -> str:
    return NO_DATA if is_missing(value) else f"{float(value):.3f}"


@register.filter
def whole(value: Any) -> str:
    """A rank or a count; half ranks (medians of an even number of models) keep their half."""
    if is_missing(value):
        return NO_DATA
    number = float(value)
    return f"{int(number):,}" if number == int(number) else f"{number:,.1f}"


@register.filter
def percent(share: Any) -> str:
    """A share of 0 to 1 as a percentage."""
    return NO_DATA if is_missing(share) else f"{100 * float(share):.1f} %"


@register.filter
def quantity(value: Any) -> str:
    """A value of any variable, to about four digits."""
    if is_missing(value):
        return NO_DATA
    if isinstance(value, str):
        return value
    number = float(value)
    size = abs(number)
    if size >= 1e9:
        return _power_of_ten(number)
    if number == int(number):
        return intcomma(int(number))
    if size >= 1000:
        return f"{number:,.0f}"
    if size >= 10:
        return f"{number:.1f}"
    if size >= 1:
        return f"{number:.2f}"
    return f"{number:.3g}" if 0 < size < 0.001 else f"{number:.3f}"


def _power_of_ten(number: float) -> str:
    digits, power = f"{number:.1e}".split("e")
    return f"{digits}×10{str(int(power)).translate(SUPERSCRIPTS)}"


@register.filter
def words(value: Any) -> str:
    return NO_DATA if is_missing(value) else str(value)


@register.simple_tag
def tier(name: Any) -> str:
    """A tier as a letter on its colour and as a word."""
    if is_missing(name):
        return NO_DATA
    return format_html(
        '<span class="tier tier-{}"><b aria-hidden="true">{}</b>{}</span>', name.lower(), name[0], name
    )
