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
}


@register.filter
def tpr_marks(flags: str | None) -> str:
    return ", ".join(MARKS.get(flag, flag) for flag in (flags or "").split(";") if flag)


@register.filter
def tpr_age(code: str) -> str:
    return AGE_WORDS.get(code, code)
