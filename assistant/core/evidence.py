"""The numbers of a tool's result with what they are: a rank, a share, a length of a list, and whose they are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from assistant.core.explaining import shares_of
from assistant.core.telling import rows_told


class Kind(Enum):
    """What a number may be said as."""

    RANK = "rank"
    PLACE = "the place of a ward or LGA in a list"
    LINE = "the place of something else in a list"
    SHARE = "a share"
    OPEN = "of a column without a stated unit"
    PART = "so many from the top of a list"
    LENGTH = "how long a list was asked to be"
    BOUND = "what a condition compares with"
    BOUND_SHARE = "a share that a condition compares with"
    COUNT = "a whole number of things"
    OTHER = "a measurement"


class Change(Enum):
    """Whether a number is one."""

    NONE = "a level"
    SLOPE = "goes up above 0 and down below"
    DIFFERENCE = "of two things, in either order"
    GAINED = "how many more, or how many get more"
    LOST = "how many fewer, or how many get fewer"


class Moment(Enum):
    """Where in time a number stands."""

    BEGAN = "at the beginning"
    ENDED = "at the end"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number. It belongs to a ward, an LGA, both, or to nothing that has a name.

    A length is one `of` things ("ward", "lga", ...); what a condition compares with has its operator and words. A change
    may be said as one, and a ratio as one; of a slope the sign tells the way, and so it does of one that `compares` a second
    with a first. One of several values of the same thing is called by its `statistic`.
    """

    value: float
    kind: Kind
    ward: str = ""
    lga: str = ""
    of: str = ""
    operator: str = ""
    words: str = ""
    change: Change = Change.NONE
    ratio: bool = False
    compares: bool = False
    moment: Moment | None = None
    statistic: str = ""


RANK = re.compile(r"(?:^|_|\b)rank(?:_|\b|$)", re.IGNORECASE)
SHARE = re.compile(
    r"percent|share(?!d)|^tpr|threshold|low_limit|^reporting|coverage|positivity|%", re.IGNORECASE
)
# By its first column that stands here, what a list is of.
THINGS = (
    ("facility", "facility"), ("facility_name", "facility"), ("period", "month"), ("variable", "variable"), ("ward_name", "ward"),
    ("lga_name", "lga"),
)  # fmt: skip
# Columns without a unit that are known to hold no share.
NO_SHARE = re.compile(
    r"rank|score|count|^n$|wards|year|people|population|nets|tested|positive$|expected|scaled|spearman|pearson|facilities",
    re.IGNORECASE,
)
# Parts of one, which are said in per cent.
OF_ONE = re.compile(r"^share_top_third$")
SLOPE = re.compile(r"(?:^|_|\b)(?:slope|change)(?:_|\b|$)", re.IGNORECASE)
# A "normalised difference" index is a level.
DIFFERENCE = re.compile(r"(?:^|_|\b)(?:(?<!normali[sz]ed[ _])difference|gain)(?:_|\b|$)", re.IGNORECASE)
GAINED = re.compile(r"(?:^|_|\b)more(?:_|\b|$)", re.IGNORECASE)
LOST = re.compile(r"(?:^|_|\b)fewer(?:_|\b|$)", re.IGNORECASE)
MOMENTS = {"began": Moment.BEGAN, "ended": Moment.ENDED}
STATISTICS = frozenset({"mean", "median", "min", "max"})
# Of wards that have no value.
MISSING = "missing"
# Told of so many `more` nets.
SERVED = frozenset({"people", "high_risk_people"})
RATIO = re.compile(r"(?:^|_)(?:ratio|factor|times)(?:_|$)")
# What sets two things side by side.
PAIRS = {"correlate": "variable", "compare_places": "place", "compare_plans": "plan"}
OF_VALUES = re.compile(r"value|^mean|^sum|^median|^min|^max|^stddev|^total$")


def evidence_of(found: Mapping[str, Any]) -> Iterator[Evidence]:
    """Return the numbers that one result supports in a model's words.

    Parameters
    ----------
    found : mapping
        What a tool returned: `say`, `facts`, `columns`, `rows`.

    Notes
    -----
    Rows that the model was not told support nothing. The conditions of the question and the length asked for are what
    the caller said, and count as nothing else.
    """
    facts = found["facts"]
    things = _things(found)
    for one in _facts(facts, shares_of(str(facts.get("say", "")))):
        yield replace(one, of=things) if one.kind is Kind.LENGTH else one
    if (
        found["say"] == "aggregate"
        and isinstance(facts.get("n"), int)
        and isinstance(facts.get("wards"), int)
    ):
        yield Evidence(facts["wards"] - facts["n"], Kind.COUNT, of=MISSING)
    rows = rows_told(found)
    for length in {len(rows), len(found["rows"])}:
        yield Evidence(length, Kind.LENGTH, of=things)
    yield from (Evidence(part, Kind.PART, of=things) for part in range(2, len(rows)))
    if found["say"] in PAIRS:
        yield Evidence(2, Kind.LENGTH, of=PAIRS[found["say"]])
        yield Evidence(2, Kind.LINE)
    several = _several(column["key"] for column in found["columns"])
    titles = [facts.get("first"), facts.get("second")]
    for place, row in enumerate(rows, 1):
        ward, lga = names_of(row)
        yield Evidence(place, Kind.PLACE if ward or lga else Kind.LINE, ward, lga)
        for column in found["columns"]:
            side = column["title"] if column["title"] in titles else ""
            kind = _kind_of(column, str(row.get("variable", "")), row.get("unit"))
            change = _change_of(
                f"{column['key']} {column['title']} {row.get('variable', '')}", column["unit"]
            )
            for one in _evidence(row.get(column["key"]), kind, ward, lga or side):
                statistic = column["key"] if column["key"] in several else ""
                yield replace(
                    one, change=change, ratio=bool(RATIO.search(column["key"])), statistic=statistic
                )
            if OF_ONE.search(column["key"]):
                yield from _in_percent(row.get(column["key"]), ward, lga)


def _several(names: Iterable[str]) -> frozenset[str]:
    """The statistics among names, where there is more than one."""
    found = STATISTICS.intersection(names)
    return found if len(found) > 1 else frozenset()


def _things(found: Mapping[str, Any]) -> str:
    """What the rows of a result are; empty where its columns don't tell."""
    keys = {column["key"] for column in found["columns"]}
    for key, things in THINGS:
        if key in keys:
            return things
    return ""


def names_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return a row's ward and LGA; empty where it has none."""
    return str(row.get("ward_name") or ""), str(row.get("lga_name") or "")


def _kind_of(column: Mapping[str, Any], variable: str, row_unit: Any) -> Kind:
    unit = column["unit"] or (row_unit if column["key"] == "value" else "") or ""
    called = f"{column['key']} {column['title']}"
    if RANK.search(column["key"]) or RANK.search(variable):
        return Kind.RANK
    if OF_ONE.search(column["key"]):
        return Kind.OTHER
    if "%" in unit or SHARE.search(called):
        return Kind.SHARE
    return Kind.OTHER if unit or NO_SHARE.search(column["key"]) or NO_SHARE.search(variable) else Kind.OPEN


def _facts(facts: Mapping[str, Any], shares: frozenset[str], unit: str | None = None) -> Iterator[Evidence]:
    unit = facts.get("unit", unit)
    ward, lga = names_of(facts) if "composite_rank" in facts and "ranked" not in facts else ("", "")
    several, compares = _several(facts), "first" in facts and "second" in facts
    for key, value in facts.items():
        if key == "conditions":
            yield from _bounds(value)
        elif isinstance(value, Mapping):
            change = _change_of(key)
            for one in _facts(value, shares, unit):
                yield one if change is Change.NONE else replace(one, change=change, compares=compares)
        elif (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and value
            and isinstance(value[0], Mapping)
        ):
            for inner in value:
                yield from _facts(inner, shares, unit)
        else:
            kind = _kind_of_fact(key, facts, shares, unit)
            owner = (ward, lga) if ward or lga else _owner(key, facts)
            change = _change_of_fact(key, value, facts, unit)
            for one in _evidence(value, kind, *owner):
                yield replace(
                    one,
                    change=change,
                    ratio=bool(RATIO.search(key)),
                    compares=compares and "used" not in facts,
                    moment=MOMENTS.get(key),
                    statistic=key if key in several else "",
                )
            if OF_ONE.search(key):
                yield from _in_percent(value, *owner)


def _in_percent(value: Any, ward: str, lga: str) -> Iterator[Evidence]:
    if isinstance(value, float) and 0 <= value <= 1:
        yield Evidence(100 * value, Kind.SHARE, ward, lga)


def _kind_of_fact(key: str, facts: Mapping[str, Any], shares: frozenset[str], unit: str | None) -> Kind:
    named = str(facts.get("label") or facts.get("by") or facts.get("column") or facts.get("variable") or "")
    is_value = bool(OF_VALUES.search(key))
    if RANK.search(key) or (is_value and RANK.search(named)):
        return Kind.RANK
    if key in ("limit", "shown") or (key == "n" and "of" in facts):
        return Kind.LENGTH
    if OF_ONE.search(key):
        return Kind.OTHER
    if key in shares or SHARE.search(key) or (is_value and ("%" in (unit or "") or SHARE.search(named))):
        return Kind.SHARE
    return Kind.OPEN if is_value and unit == "" and not NO_SHARE.search(named) else Kind.OTHER


def _change_of_fact(key: str, value: Any, facts: Mapping[str, Any], unit: str | None) -> Change:
    if OF_VALUES.search(key):
        named = f"{facts.get('label') or ''} {facts.get('by') or ''} {facts.get('column') or ''}"
        return _change_of(named, unit or "")
    if key in SERVED and "more" in facts:
        return Change.GAINED
    # A whole number under this name counts places whose years are too few for a direction.
    return Change.NONE if key == "change" and isinstance(value, int) else _change_of(key)


def _change_of(called: str, unit: str = "") -> Change:
    if SLOPE.search(called) or unit.startswith("points"):
        return Change.SLOPE
    named = ((GAINED, Change.GAINED), (LOST, Change.LOST), (DIFFERENCE, Change.DIFFERENCE))
    return next((change for pattern, change in named if pattern.search(called)), Change.NONE)


def _owner(key: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Whose a fact such as `first_value` is: of `first`, where that has a name."""
    first = facts.get("first")
    if key != "first_value" or first is None:
        return "", ""
    return names_of(first) if isinstance(first, Mapping) else ("", str(first))


def _bounds(conditions: Sequence[Mapping[str, Any]]) -> Iterator[Evidence]:
    for one in conditions:
        is_share = "%" in one.get("unit", "") or bool(SHARE.search(str(one["label"])))
        words = f"{one['label']} {one.get('unit', '')}"
        for bound in _evidence(one["values"], Kind.BOUND_SHARE if is_share else Kind.BOUND):
            yield replace(
                bound,
                operator=str(one.get("operator", "")),
                words=words,
                change=_change_of(words, one.get("unit", "")),
            )


def _evidence(value: Any, kind: Kind, ward: str = "", lga: str = "") -> Iterator[Evidence]:
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _evidence(inner, kind, ward, lga)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        whole = kind is Kind.OTHER and isinstance(value, int)
        yield Evidence(float(value), Kind.COUNT if whole else kind, ward, lga)
