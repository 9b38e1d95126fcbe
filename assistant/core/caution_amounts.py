"""What was said of an amount and its number alone would lose: a unit, a part of a list, how a mean is weighted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from analysis.core.variables import lookup
from assistant.core.bounds import BETWEEN, BUT, bounds
from assistant.core.reading import Heard, Item, Reading
from assistant.core.units import PERIODS, unit_at

SIGNS = frozenset({"ABOVE", "ATLEAST", "BELOW", "ATMOST", "BETWEEN"})
# Behind the number of a bound these make another bound of it: "2 standard deviations", "900 mm a month".
OF_THE_BOUND = frozenset({"STD", "MONTH", "MODELS", "RANKING"})
# Behind a number these are only what it is: "below the 1,000 mm mark".
OF_THE_NUMBER = frozenset({"mark", "dem", "limit", "line", "seriously", "tho", *BUT})
EACH = frozenset({"per", "par", "a", "an", "each", "every", "chaque", "by"})
YEARS = frozenset({"year", "yearly", "annum", "annually", "annual", "an", "annee"})
PER_YEAR = "per year"
# A part of a list, whose length nobody said.
_PARTS_TEXT = """
    half halves third thirds quarter quarters quartile quartiles quintile quintiles decile deciles tercile terciles tertile tertiles
    percentile percentiles centile centiles moitie quart quarts majority majorite
"""
PARTS = frozenset(_PARTS_TEXT.split())
OF_A_LIST = frozenset({"rank", "list", "count", "aggregate", "rank_lgas", "reports", "tests", "correlate"})
# Which end of a list a part is, and what it is of: "top half", "half of the wards".
ENDS = frozenset({"TOP", "LOW", "HIGH", "LOWTIER"})
OF_ROWS = ENDS | {"WARD", "LGA", "FACILITY"}
UPPER = frozenset(
    {"first", "second", "third", "fourth", "upper", "lower", "premier", "premiere", "deuxieme", "dernier"}
)
# Behind these French "tiers" are thirds, and no tiers.
THIRDS = UPPER | {"le", "un", "deux"}
UNWEIGHTED = frozenset({"unweighted", "simple", "arithmetic"})
WEIGHTED = frozenset({"weighted", "pondere", "ponderee", "ponderes", "ponderees"})
DENYING = frozenset({"not", "non", "no", "without", "sans", "pas"})
# Before a variable these are of another table: a ward has one value of each.
_QUALIFIERS_TEXT = """
    peak extreme seasonal daily weekly day daytime night nighttime nocturnal morning afternoon evening indoor outdoor future forecast
    forecasted predicted projected expected historical previous adult male female extremes saisonniere saisonnieres journaliere
    journalieres quotidienne nocturne diurne future prevue prevues
"""
QUALIFIERS = frozenset(_QUALIFIERS_TEXT.split())
OF_A_MEASURE = frozenset({"of", "the", "de", "des", "la", "le"})
EXTREMES = frozenset({"MAX", "MIN", "MEDIAN", "STD"})
OVER_WARDS = frozenset({"rank_lgas", "aggregate", "value", "list", "count", "rank", "compare"})


def amounts_lost(reading: Reading, intent: str, taken: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would be lost of amounts that an answer takes up, in the words of the message.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    intent : str
        One that is answered from tables.
    taken : mapping
        The slots that the answer takes up.
    """
    if taken.get("where"):
        yield from _of_bounds(reading, taken["where"])
    yield from qualified(reading, taken)
    if intent in OF_A_LIST:
        yield from _parts(reading)
    if intent in OVER_WARDS:
        yield from _weights(reading, intent, taken)


def qualified(reading: Reading, taken: Mapping[str, Any]) -> Iterator[str]:
    """Yield what makes another measure of a variable: "peak rainfall", "night temperature"; in a bound "maximum", too."""
    for place, one in enumerate(reading.heard):
        if one.tag != "variable":
            continue
        before = place - 1
        while before >= 0 and reading.heard[before].word in OF_A_MEASURE:
            before -= 1
        if before < 0 or reading.breaks & set(range(before + 1, place + 1)):
            continue
        said = reading.heard[before]
        qualifies = said.word in QUALIFIERS and said.tag in ("", "unknown")
        if qualifies or (taken.get("where") and said.tag in EXTREMES):
            yield said.word


def _of_bounds(reading: Reading, where: Sequence[Sequence[Any]]) -> Iterator[str]:
    """What stands behind the number of a bound and is no unit that was converted."""
    yearly = any(PER_YEAR in known.unit for known in (lookup(name) for name, *_ in where) if known)
    numbers = iter([item for item in reading.items if item.kind == "number"])
    joined = {id(reading.items[one.numbers[0]]) for one in bounds(reading.items) if one.operator == BETWEEN}
    behind_sign = False
    for place, one in enumerate(reading.heard):
        if one.tag in SIGNS:
            behind_sign = True
        if one.tag != "number":
            continue
        number = next(numbers, Item("number", ""))
        behind = [*reading.heard[place + 1 :], Heard(""), Heard(""), Heard("")]
        behind = behind[unit_at([other.word for other in behind[:2]])[1] :]
        if number.ends or behind[0].word == number.value or id(number) in joined:
            continue  # another clause begins, "half half", or "de 20 à 40"
        if behind_sign or behind[0].tag in SIGNS:
            yield from (f"{number.value.strip()} {word}" for word in _changing(behind, yearly))


def _changing(behind: Sequence[Heard], yearly: bool) -> Iterator[str]:
    """The words right behind a number and its unit that make it another amount."""
    first, second = behind[:2]
    said = second if first.word in EACH else first
    if said.word in PERIODS or (first.word in EACH and first.word != "by" and said.tag == "number"):
        if not (yearly and said.word in YEARS):
            yield said.word if said is first else f"{first.word} {said.word}"
    elif first.tag in OF_THE_BOUND or (
        first.tag == "unknown" and not first.word.startswith("<") and first.word not in OF_THE_NUMBER
    ):
        yield first.word


def _parts(reading: Reading) -> Iterator[str]:
    for before, one in pairwise((Heard(""), *reading.heard)):
        if one.word == "tiers" and before.word in THIRDS:
            yield one.word
    heard = [one for one in reading.heard if one.tag or one.word in UPPER]
    for before, one, after in zip([Heard(""), *heard], heard, [*heard[1:], Heard("")], strict=False):
        if one.word not in PARTS or one.tag == "number":
            continue
        if before.tag in ENDS or before.word in UPPER or after.tag in OF_ROWS:
            yield one.word


def _weights(reading: Reading, intent: str, taken: Mapping[str, Any]) -> Iterator[str]:
    """ "Weighted" where the answer counts each ward alike, and "unweighted" where it weights by population."""
    by_lga = intent == "rank_lgas" or "per_lga" in taken
    averaged = taken.get("function", "mean") == "mean"
    weighs = by_lga and averaged and is_weighted(str(taken.get("measure") or taken.get("by") or ""))
    yield from (item.words for item in reading.items if item.value == "WEIGHTED" and "risk" in item.words)
    for before, one in pairwise((Heard(""), *reading.heard)):
        denied = before.word in DENYING
        if (one.word in WEIGHTED and weighs == denied) or (one.word in UNWEIGHTED and weighs):
            yield one.word


def is_weighted(variable: str) -> bool:
    """Return whether LGAs are ordered by a mean of it that is weighted by population: of rates, and of the score."""
    known = lookup(variable)
    return variable in ("", "composite_score") or (known is not None and known.role == "outcome")
