"""What was said about nets and is no part of any plan: some wards only, a reserve, nets counted in bales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from assistant.core.net_slots import FEWEST_NETS, is_bales, surroundings_said
from assistant.core.reading import Heard, Item, Reading
from assistant.core.slots import TIERS

# A plan is of all wards of a ranking; a list of what to deliver tells each LGA.
PLANNED = frozenset({"nets", "net_delivery"})
PLACES = frozenset({"ward", "lga"})
# What takes something from a stock, or shares it in a way that no strategy has.
_CHANGING_TEXT = (
    "less fewer minus moins reserve reserved reserver buffer equally evenly equitablement egalement"
)
CHANGING = frozenset(_CHANGING_TEXT.split())
# "Less than 30 % urban" is a comparison, "no less" is another.
OF_COMPARISONS = frozenset({"than", "then", "de", "que"})
# "40k instead of 100k": what was before is no part of what is asked.
INSTEAD = frozenset({"instead of", "rather than", "not", "au lieu de"})
# One net for 1.8 persons is what a plan stands on anyway.
PEOPLE_PER_NET = 1.8
# A year beside a stock says when, and every plan is for now.
YEARS = range(2000, 2100)


def unplanned(reading: Reading, intent: str, slots: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was said and the plan would not be made by, in the words of the message.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    intent : str
        One about nets.
    slots : mapping
        As `slots_of` returns them for it.
    """
    if intent not in PLANNED:
        return
    yield from _of_another_stock(reading, slots)
    if intent == "nets" and not {"urban_rule", "other_urban_rule"} & set(slots):
        # An urban threshold goes with the rule of the plan that was spoken of.
        kinds = {"RURAL"} if "threshold" in slots else {"RURAL", "URBAN"}
        yield from (
            reading.heard[place].word for place, kind in surroundings_said(reading).items() if kind in kinds
        )
    amounts = {item.amount for item in reading.items if item.kind == "number"}
    held = {value for value in slots.values() if isinstance(value, (int, float))}
    held |= _replaced(reading) | ({1.0, PEOPLE_PER_NET} if PEOPLE_PER_NET in amounts else set())
    for item in reading.items:
        if item.kind == "number" and item.amount not in held and not _is_year(item, held):
            yield item.value.strip()
        elif intent == "nets" and (item.kind in PLACES or item.value in TIERS):
            yield item.words or item.value


def is_of_another_stock(reading: Reading, intent: str, slots: Mapping[str, Any]) -> bool:
    """Return whether the nets to plan are others than the number that was read: less some, or bales of them."""
    return intent in PLANNED and any(_of_another_stock(reading, slots))


def _of_another_stock(reading: Reading, slots: Mapping[str, Any]) -> Iterator[str]:
    if not any(item.kind == "number" for item in reading.items):
        return
    for one, after in pairwise((*reading.heard, Heard(""))):
        if one.word in CHANGING and after.word not in OF_COMPARISONS:
            yield one.word
    for item, counted in pairwise(reading.items):
        if item.kind == "number" and item.amount >= FEWEST_NETS and is_bales(counted):
            yield f"{item.value.strip()} {counted.words}"


def _replaced(reading: Reading) -> set[float]:
    """Numbers that another one stands in place of."""
    numbers = iter([item.amount for item in reading.items if item.kind == "number"])
    found = set()
    words = [one.word for one in reading.heard]
    for place, one in enumerate(reading.heard):
        if one.tag != "number":
            continue
        amount = next(numbers, 0.0)
        if any(" ".join(words[max(0, place - count) : place]) in INSTEAD for count in (1, 2, 3)):
            found.add(amount)
    return found


def _is_year(item: Item, held: set[float]) -> bool:
    return item.amount in YEARS and "," not in item.value and any(value not in YEARS for value in held)
