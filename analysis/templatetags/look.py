"""How numbers and tiers look on every page: scores to 3 places, ranks whole, a missing value says so."""

import math
from typing import Any

from django import template
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop

from sessions_app.localised import decimal
from sessions_app.localised import whole as whole_words

register = template.Library()
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

# The tiers as results store them; `tier` says them in the language of the page.
TIERS = (gettext_noop("High"), gettext_noop("Medium"), gettext_noop("Low"))


def no_data() -> SafeString:
    return format_html('<span class="nodata">{}</span>', gettext("no data"))


def is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


@register.filter
def score(value: Any) -> str:
    return no_data() if is_missing(value) else decimal(value, 3)


@register.filter
def whole(value: Any) -> str:
    """A rank or a count; half ranks (medians of an even number of models) keep their half."""
    if is_missing(value):
        return no_data()
    number = float(value)
    return whole_words(number) if number == int(number) else decimal(number, 1)


@register.filter
def amount(value: Any) -> str:
    """A sum of money with its hundredths; – where none was stated."""
    return "–" if is_missing(value) else decimal(value, 2)


@register.filter
def percent(share: Any) -> str:
    """A share of 0 to 1 as a percentage."""
    return no_data() if is_missing(share) else f"{decimal(100 * float(share), 1)} %"


@register.filter
def quantity(value: Any) -> str:
    """A value of any variable, to about four digits."""
    if is_missing(value):
        return no_data()
    if isinstance(value, str):
        return value
    number = float(value)
    size = abs(number)
    if size >= 1e9:
        return _power_of_ten(number)
    if number == int(number):
        return whole_words(number)
    if size >= 1000:
        return whole_words(round(number))
    if size >= 10:
        return decimal(number, 1)
    if size >= 1:
        return decimal(number, 2)
    if 0 < size < 0.001:
        return f"{number:.3g}".replace(".", get_format("DECIMAL_SEPARATOR"))
    return decimal(number, 3)


def _power_of_ten(number: float) -> str:
    digits, power = f"{number:.1e}".split("e")
    digits = digits.replace(".", get_format("DECIMAL_SEPARATOR"))
    return f"{digits}×10{str(int(power)).translate(SUPERSCRIPTS)}"


@register.filter
def words(value: Any) -> str:
    return no_data() if is_missing(value) else str(value)


@register.simple_tag
def tier(name: Any) -> str:
    """A tier as a letter on its colour and as a word."""
    if is_missing(name):
        return no_data()
    shown = gettext(name)
    return format_html(
        '<span class="tier tier-{}"><b aria-hidden="true">{}</b>{}</span>', name.lower(), shown[0], shown
    )
