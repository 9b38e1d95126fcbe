"""Numbers and conditions of a question in words, for every kind of table."""

from collections.abc import Mapping
from typing import Any

from analysis.templatetags.look import quantity
from assistant.plurals import ours

Facts = Mapping[str, Any]


def number(value: Any) -> str:
    """As the tables show it."""
    return "no data" if value is None else str(quantity(value))


def condition(one: Facts) -> str:
    """One comparison of a question: `label`, `operator` and `values`."""
    label, first = one["label"], number(one["values"][0])
    if one["operator"] == "between":
        return f"with {ours(label)} between {first} and {number(one['values'][1])}"
    return {
        "<": f"with {ours(label)} below {first}",
        "<=": f"with {ours(label)} at most {first}",
        ">": f"with {ours(label)} above {first}",
        ">=": f"with {ours(label)} at least {first}",
        "=": f"with {ours(label)} equal to {first}",
        "!=": f"with {ours(label)} other than {first}",
    }[one["operator"]]
