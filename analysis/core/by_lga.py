"""The value of a variable in an LGA, made of those of its wards: one rule for maps and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeGuard

from .variables import lookup

Way = Literal["summed", "by_people", "alike"]


def lga_values(
    name: str, keys: Iterable[Any], values: Iterable[Any], people: Iterable[Any]
) -> tuple[Way, dict[str, float]]:
    """Sum or mean over the wards of each LGA.

    Parameters
    ----------
    keys : iterable of W
        The LGA of each ward, such that two LGAs of one name differ; None or NaN where it is unknown.
    values : iterable of W
        Of the variable `name`; None or NaN is missing and takes no part.
    people : iterable of W
        People of each ward. [people]

    Returns
    -------
    Way
        "summed" for counts of people; "by_people", the mean weighted by the people, where those are known of every
        ward with a value; else "alike", the plain mean.
    dict
        LGA to value, without the LGAs that have none.
    """
    known = [
        (str(key), float(value), weight)
        for key, value, weight in zip(keys, values, people, strict=True)
        if _there(key) and _there(value)
    ]
    variable = lookup(name)
    if variable is not None and variable.unit in ("people", "persons"):
        way: Way = "summed"
    else:
        way = "by_people" if known and all(_there(w) and w > 0 for *_, w in known) else "alike"
    totals: dict[str, tuple[float, float]] = {}
    for key, value, weight in known:
        share = float(weight) if way == "by_people" else 1.0
        total, shares = totals.get(key, (0.0, 0.0))
        totals[key] = (total + share * value, shares + share)
    return way, {key: total if way == "summed" else total / shares for key, (total, shares) in totals.items()}


def lga_key(row: Mapping[str, Any]) -> str | None:
    """Tell the LGA of a ward apart from its namesakes in other states; None where the ward names none."""
    if not row.get("lga_name"):
        return None
    state = row.get("state_code") or row.get("state_name") or ""
    return f"{state}\x1f{row.get('lga_code') or row['lga_name']}"


def _there(value: Any) -> TypeGuard[Any]:
    return value is not None and value == value
