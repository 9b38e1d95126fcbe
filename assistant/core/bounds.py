"""Bounds on variables: "above 30 %", "1,000 mm of rain or more", "within 2 km of water", "20 to 40 % TPR"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.core.variables import lookup
from assistant.core.reading import Item
from assistant.core.units import SHARES, converted

OPERATORS = {"ABOVE": ">", "ATLEAST": ">=", "BELOW": "<", "ATMOST": "<="}
BETWEEN = "between"
LOWER, UPPER = frozenset({">", ">="}), frozenset({"<", "<="})
# A sign that stands behind its number, unless one stands right behind it: "30 and below", "above 20 and below 40".
BEHIND = ("or ", "and ", "ou ", "et ")
BESIDE = ("and ", "et ")
# "More than 20 but less than 40"
BUT = frozenset({"but", "mais"})
STRICT = {"ATLEAST": ">", "ATMOST": "<"}
# So many things on, a number still belongs to a sign.
REACH = 3
SCORE, URBAN = "composite_score", "urban_percentage"
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Where the sign and the numbers of a bound stand, how they compare, and where all of it begins."""

    sign: int
    numbers: tuple[int, ...]
    operator: str
    begin: int

    @property
    def end(self) -> int:
        return max(self.sign, *self.numbers)

    def goes_on_from(self, before: Bound) -> bool:
        """Whether both are the ends of one span: "above 20 % and below 40 %"."""
        ends = {self.operator, before.operator}
        return self.begin == before.end + 1 and bool(ends & LOWER) and bool(ends & UPPER)


def bounds(items: Sequence[Item]) -> list[Bound]:
    """Return all signs of comparison that have a number, or two of "between", whatever they are of."""
    found: list[Bound] = []
    taken: set[int] = set()
    for place, item in enumerate(items):
        if item.kind != "concept" or item.value not in (*OPERATORS, "BETWEEN"):
            continue
        numbers, operator = _numbers_of(items, place, taken)
        if numbers:
            begin = min(place, *numbers)
            joined = begin > 0 and items[begin - 1].kind == "unknown" and items[begin - 1].value in BUT
            found.append(Bound(place, numbers, operator, begin - joined))
            taken |= set(numbers)
    return found


def _numbers_of(items: Sequence[Item], sign: int, taken: set[int]) -> tuple[tuple[int, ...], str]:
    item = items[sign]
    ahead = [at for at in range(sign + 1, min(sign + 1 + REACH, len(items))) if items[at].kind == "number"]
    if item.value == "BETWEEN":
        return tuple(ahead[:2]) if len(ahead) > 1 else (), BETWEEN
    if not item.words.startswith(BEHIND):
        return tuple(ahead[:1]), OPERATORS[item.value]
    if ahead[:1] == [sign + 1]:
        return (sign + 1,), STRICT[item.value]
    of_another = item.words.startswith(BESIDE) and is_measured_at(items, sign + 1)
    number = sign - 2 if is_measured_at(items, sign - 1) or items[sign - 1].value == "URBAN" else sign - 1
    if number < 0 or items[number].kind != "number" or number in taken or of_another:
        return (), ""  # "rainfall 1200 and more TPR" compares nothing
    return (number,), OPERATORS[item.value]


def conditions(items: Sequence[Item]) -> tuple[list[list[Any]], set[int]]:
    """Return the comparisons with numbers, each with its variable, and the places of all that they are made of.

    The variable stands between sign and number, before the sign or behind the number; the two ends of one span have the same.
    """
    said = bounds(items)
    of = _variables(items, said)
    found: list[list[Any]] = []
    used: set[int] = set()
    for place, (bound, at) in enumerate(zip(said, of, strict=True)):
        joined = place + 1 < len(said) and said[place + 1].goes_on_from(bound) and of[place + 1] == at
        last = items[said[place + joined].numbers[-1]]  # "500 to 1000 feet": feet hold for both
        measured = items[at] if at is not None else None
        values = [_in_unit(_as_given(items[number], last), measured) for number in bound.numbers]
        if None in values:
            continue
        if at is not None:
            found.append(
                [items[at].value if items[at].kind == "variable" else SCORE, bound.operator, *values]
            )
            used |= {at, bound.sign, *bound.numbers}
        elif any(one.value == "URBAN" for one in items) or items[bound.numbers[0]].percent:
            found.append([URBAN, bound.operator, *values])
            used |= {bound.sign, *bound.numbers}
    return found, used


def _variables(items: Sequence[Item], said: Sequence[Bound]) -> list[int | None]:
    """Where the variable of each bound stands."""
    of: list[int | None] = []
    for place, bound in enumerate(said):
        goes_on = place > 0 and bound.goes_on_from(said[place - 1])
        at = _measured_near(items, bound, {one for one in of if one is not None}, goes_on)
        if goes_on and at is None:
            at = of[-1]
        elif goes_on and of[-1] is None:
            of[-1] = at
        of.append(at)
    return of


def is_measured(item: Item) -> bool:
    """Return whether a bound can be of it."""
    return item.kind == "variable" or (item.kind == "concept" and item.value in ("SCORE", "TOPIC_SCORE"))


def is_measured_at(items: Sequence[Item], place: int) -> bool:
    return 0 <= place < len(items) and is_measured(items[place])


def _measured_near(items: Sequence[Item], bound: Bound, used: set[int], goes_on: bool) -> int | None:
    """What a comparison is of: named between sign and number, before them, or behind them; of a span's second end not before."""
    sign, number = bound.sign, bound.numbers[-1]
    if items[bound.numbers[0]].percent and any(item.value == "URBAN" for item in items):
        return None
    before = range(sign - 1, -1, -1) if number > sign else range(number - 1, max(-1, number - 3), -1)
    between = range(min(sign, number) + 1, max(sign, number))
    behind = [bound.end + 1]
    if goes_on:
        before = range(0)
        behind = [] if _begins_another(items, bound.end + 1) else behind
    return next(
        (at for at in (*between, *before, *behind) if is_measured_at(items, at) and at not in used), None
    )


def _begins_another(items: Sequence[Item], place: int) -> bool:
    behind = items[place + 1 : place + 3]
    return len(behind) == 2 and behind[0].value in OPERATORS and behind[1].kind == "number"


def _as_given(number: Item, last: Item) -> Item:
    """A number with the unit or the percent sign of the last one where it has none."""
    if number.unit or number.percent:
        return number
    return replace(number, unit=last.unit, percent=last.percent)


def _in_unit(number: Item, measured: Item | None) -> float | None:
    """The number in the unit of what it is compared with; None when the one it was given in doesn't fit that."""
    known = lookup(measured.value) if measured else None
    unit = known.unit if known else ""
    if number.percent:
        if unit in SHARES:
            return number.amount / PERCENT
        is_score = measured is not None and measured.kind == "concept"
        return number.amount if unit in ("%", "") and not is_score else None
    return converted(number.amount, number.unit, unit)
