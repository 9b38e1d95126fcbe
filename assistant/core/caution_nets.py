"""What was said about nets and is no part of any plan: some wards only, another order, a reserve, nets counted in bales.

A plan is of all wards of the data, by their rank or their need. What would make it another one is refused; what is said
besides is named in words that nobody takes for its being followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from assistant.core.denial import LAST, leaves_nothing_out
from assistant.core.narrowing import (
    ENDS,
    LONGEST_RUN,
    REACH,
    TARGETING,
    WITHIN,
    exception_of,
    is_excepted,
    is_of_an_order,
    is_only,
    is_targeted,
    is_within,
)
from assistant.core.net_numbers import (
    FEWEST_NETS,
    OF_COMPARISONS,
    PEOPLE,
    added,
    counts_people,
    households,
    is_bales,
    is_of_each_house,
    is_replaced,
    is_to_a_net,
)
from assistant.core.net_rules import (
    BEGINNING,
    FOREMOST,
    PLANNING,
    URBAN_RULES,
    is_of_the_share,
    riskiest_first,
    rules_said,
    surroundings_said,
)
from assistant.core.net_slots import NET_INTENTS, strategies_said
from assistant.core.reading import Heard, Reading, Said
from assistant.core.slots import TIERS

# Their numbers have to come back.
COUNTED = PLANNING | {"net_delivery"}
# "Bosso should get nothing" is a wish for another plan; what this one gives is asked otherwise.
WISHING = frozenset({"should", "must", "doit", "doivent"})
# The places that the answer to each of these is of; a plan itself is of all wards.
OF_A_PLACE: Mapping[str, tuple[str, ...]] = {
    "net_ward": ("ward", "lga"), "net_delivery": ("lga",), "net_served": ("lga",),
}  # fmt: skip
PLACES = frozenset({"ward", "lga"})
# What takes something from a stock or adds to it, or shares it in a way that no strategy has.
_CHANGING_TEXT = "less fewer minus moins more plus extra additional reserve reserved reserver buffer equally evenly equitablement egalement negative"
CHANGING = frozenset(_CHANGING_TEXT.split())
# Who would get nets, where a plan is for everybody.
_PERSONS_TEXT = """
    children child kids kid babies infants women woman mothers mother girls boys men schools school pupils refugees idps displaced elderly
    enfants enfant bebes femmes femme meres filles ecoles ecole eleves refugies deplaces
"""
PERSONS = frozenset(_PERSONS_TEXT.split())
_LEAVING_TEXT = """
    except excepte excluding exclude excludes excluant exclure without sans sauf hors hormis skip skipping omit omitting remove
    removing ignore ignoring
"""
LEAVING = frozenset(_LEAVING_TEXT.split())
# What stands for wards that would be left out.
WARDS = frozenset({"WARD", "LGA", "TOP", "LOW", "variable", "FACILITY"})
# What stands for wards behind one end of their ranking, and ends that are of an order.
AREAS = frozenset({"area", "areas", "zone", "zones", "communities"})
OF_ORDER = BEGINNING | FOREMOST | LAST | TARGETING
# What an answer about a plan doesn't hold.
BESIDE_A_PLAN = frozenset({"LEVELS", "MONTH", "MAP", "CHART"})
# Between the two plans that are compared.
SIDES = frozenset({"with", "to", "versus", "vs", "against", "and", "avec", "et", "a", "or"})
# So many items lie between a net and the people that share it.
TO_ITS_PEOPLE = 3
SURROUNDINGS = frozenset({"URBAN", "RURAL"})
# Before what a plan would be made by.
BASES = frozenset({"using", "use", "based", "basis", "on", "utilisant", "base"})
OF_EVERYBODY = frozenset({"population", "urban_percentage"})
# By these no ward has a place in the order.
CASES = frozenset(
    {"malaria", "paludisme", "cases", "case", "cas", "deaths", "deces", "incidence", "poverty", "pauvrete"}
)
# A share for each of these is no strategy.
FOR_EACH = frozenset({"each", "apiece", "chacun", "chacune"})
# One net for 1.8 persons is what a plan stands on anyway.
PEOPLE_PER_NET = 1.8
# A year beside a stock says when, and every plan is for now.
YEARS = range(2000, 2100)
Slots = Mapping[str, Any]


def unplanned(reading: Reading, intent: str, slots: Slots) -> Iterator[str]:
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
    yield from _of_another_plan(reading, intent, slots)
    if intent in PLANNING:
        yield from (
            reading.heard[place].word
            for place in _unruled(reading, slots)
            # An urban threshold goes with the rule of the plan that was spoken of.
            if not ("threshold" in slots and is_of_the_share(reading, place))
        )
        yield from _rules_left(reading, slots)
        yield from (_phrase(reading, place) for place in sorted(_tiers(reading)))
        for item in reading.items:
            named = item.kind == "variable" and item.value not in OF_EVERYBODY
            if named or item.value in BESIDE_A_PLAN:
                yield item.words or item.value
        yield from _strategies_left(reading, slots)
    if intent in COUNTED:
        yield from _uncounted(reading, slots)


def is_of_another_plan(reading: Reading, intent: str, slots: Slots) -> bool:
    """Return whether what was asked for is a plan that can't be made, or of places that the answer isn't of."""
    return intent in NET_INTENTS and any(_of_another_plan(reading, intent, slots))


def _of_another_plan(reading: Reading, intent: str, slots: Slots) -> Iterator[str]:
    yield from _elsewhere(reading, intent, slots)
    if intent == "net_served":
        yield from (one.word for one in reading.heard if one.word in WISHING)
    if intent in COUNTED:
        yield from _of_another_stock(reading, intent)
    if intent in PLANNING:
        yield from _of_some_wards(reading, slots)
        yield from _left_out(reading, slots)
        yield from _of_some_people(reading, slots)
        yield from _in_another_order(reading)
        yield from _of_other_houses(reading, slots)
        yield from _of_a_third_plan(reading, slots)


def _elsewhere(reading: Reading, intent: str, slots: Slots) -> Iterator[str]:
    """Places beside those that the answer is of, and those that are to be left out of it."""
    of = {slots.get(kind) for kind in OF_A_PLACE.get(intent, ())}
    named = iter([item.value for item in reading.items if item.kind in PLACES])
    for place, one in enumerate(reading.heard):
        if one.tag in PLACES:
            name = next(named, "")
            excepted = exception_of(reading, place) if intent != "net_ward" else None
            # "Wards without nets in Bosso" leaves nothing of Bosso out.
            of_nets = (
                intent == "net_served" and excepted is not None and reading.heard[excepted].tag == "SERVED"
            )
            if name not in of or (excepted is not None and not of_nets):
                yield name


def _tiers(reading: Reading) -> set[int]:
    """Where tiers or an end of the ranking are named, and not as the wards that come first, which is a strategy."""
    first = {_phrase(reading, place) for place in riskiest_first(reading)}
    named = {
        place for place, one in enumerate(reading.heard) if one.tag in TIERS or _is_an_end(reading, place)
    }
    return {place for place in named if _phrase(reading, place) not in first}


def _is_an_end(reading: Reading, place: int) -> bool:
    """Whether wards of one end of the ranking are meant: "to the worst wards", "the highest risk areas"."""
    if reading.heard[place].tag not in ("TOP", "LOW") or reading.words[place] in OF_ORDER:
        return False
    ahead = reading.heard[place + 1 : place + 1 + REACH]
    behind = next(
        (one for one in ahead if one.tag not in ("TOP", "LOW", "RISK") or one.word in OF_ORDER), None
    )
    is_within_them = is_within(reading, place) or is_only(reading, place) or is_targeted(reading, place)
    return behind is not None and (behind.tag == "WARD" or behind.word in AREAS) and is_within_them


def _of_another_stock(reading: Reading, intent: str) -> Iterator[str]:
    numbers = reading.said
    if not numbers:
        return
    more = added(reading) if intent == "net_more" else None
    excepting = {exception_of(reading, place) for place in surroundings_said(reading)}
    for place, (one, after) in enumerate(pairwise((*reading.heard, Heard("")))):
        if place in excepting:
            continue  # "minus the urban wards"
        of_more = more is not None and abs(place - more.word) <= REACH
        if _changes(reading, place) and after.word not in OF_COMPARISONS and not of_more:
            yield one.word
    for said in numbers:
        counted = reading.items[said.place + 1 : said.place + 2]
        if said.item.amount < 0:
            yield _with_noun(reading, said)
        elif said.item.amount >= FEWEST_NETS and any(map(is_bales, counted)):
            yield f"{said.item.value.strip()} {counted[0].words}"


def _changes(reading: Reading, place: int) -> bool:
    """Whether a word takes from a stock or adds to it; "more" alone does beside nets or numbers, or before whom they are for."""
    one = reading.heard[place]
    if one.word not in CHANGING or one.tag not in ("", "unknown", "EXTRA", "LOW"):
        return False
    beside = reading.heard[max(0, place - 1) : place] + reading.heard[place + 1 : place + 2]
    after = reading.heard[place + 1 : place + 2]
    return (
        one.word != "more"
        or any(other.tag in ("number", "NET", "EXTRA") for other in beside)
        or any(other.word in WITHIN for other in after)
    )


def _of_some_wards(reading: Reading, slots: Slots) -> Iterator[str]:
    """Tiers, surroundings and numbers of wards that a plan would be for, or without."""
    asks = "HOWMANY" in reading.tags and "nets" not in slots
    unruled = _unruled(reading, slots)
    # "For towns and villages" is for all wards.
    of_all = {place for place in unruled if len(set(unruled.values())) == len(SURROUNDINGS)}
    for place in sorted({*_tiers(reading), *unruled}):
        is_for = (
            not asks and place not in of_all and (is_within(reading, place) or is_targeted(reading, place))
        )
        if is_excepted(reading, place) or is_only(reading, place) or is_for:
            yield _phrase(reading, place)
    rules = {slots[name] for name in ("urban_rule", "other_urban_rule") if name in slots}
    if rules and "exclude" not in rules:
        for place in surroundings_said(reading):
            if is_excepted(reading, place):
                yield _phrase(reading, place)
    for said in reading.said:
        near = (
            reading.items[max(0, said.place - 1) : said.place]
            + reading.items[said.place + 1 : said.place + 3]
        )
        wards = {item.value for item in near} & {"WARD", "LGA"}
        ends = ENDS & {item.value for item in near}
        picked = ends or (is_within(reading, said.word) and not _counts_all(reading, said))
        if wards and picked and said.item.amount < FEWEST_NETS and not said.item.percent:
            yield _with_noun(reading, said)


def _counts_all(reading: Reading, said: Said) -> bool:
    """Whether so many wards or LGAs are all that the data have: "100,000 nets for 274 wards"."""
    behind = reading.items[said.place + 1 : said.place + 2]
    return any((item.value, int(said.item.amount)) in reading.of_all for item in behind)


def _left_out(reading: Reading, slots: Slots) -> Iterator[str]:
    """Exceptions that are no rule of a plan: "excluding the wards with poor housing"."""
    if {"urban_rule", "other_urban_rule"} & set(slots):
        return
    for place, one in enumerate(reading.heard):
        behind = reading.heard[place + 1 : place + 1 + REACH]
        if one.word not in LEAVING or leaves_nothing_out(reading, place) or is_of_an_order(reading, place):
            continue
        if any(other.tag in WARDS for other in behind):
            yield one.word


def _of_some_people(reading: Reading, slots: Slots) -> Iterator[str]:
    for item in reading.items:
        if item.value == "AGES" or (item.kind == "unknown" and item.value in PERSONS):
            yield item.words or item.value
    if "nets" in slots:
        return  # beside a stock so many people are only told
    for said in reading.said:
        if said.item.amount >= FEWEST_NETS and counts_people(reading, said):
            yield _with_noun(reading, said)


def _in_another_order(reading: Reading) -> Iterator[str]:
    """Variables that a plan would be made by, and shares for each house; wards have one order, that of the ranking."""
    ordered = {one.word for one in reading.heard} & BASES
    for place, item in enumerate(reading.items):
        before = {other.value for other in reading.items[max(0, place - 2) : place]}
        beside = before | {other.value for other in reading.items[place + 1 : place + 2]}
        named = item.kind == "variable" and item.value not in OF_EVERYBODY
        is_cases = bool(CASES & {item.value, item.words}) and "BY" in before
        if item.value == "PCA" or is_cases or (named and ("BY" in before or ENDS & beside or ordered)):
            yield item.words or item.value
    to_a_net = [said.place for said in reading.said if is_to_a_net(reading, said)]
    for said in reading.said:
        if said.item.amount == 1 and any(0 < place - said.place <= TO_ITS_PEOPLE for place in to_a_net):
            continue  # "1 net for every 2 people"
        ahead = [one.word for one in reading.heard[said.word + 1 : said.word + 4]]
        of_nets = any(item.value == "NET" for item in reading.items[said.place + 1 : said.place + 2])
        houses = reading.items[said.place + 2 : said.place + 4]
        for_houses = any(item.value in ("HOUSEHOLD", "population", "WARD", "LGA") for item in houses)
        if of_nets and said.item.amount < FEWEST_NETS and (for_houses or FOR_EACH & set(ahead)):
            yield _with_noun(reading, said)


def _of_a_third_plan(reading: Reading, slots: Slots) -> Iterator[str]:
    """Of two plans that are compared: rules and strategies that neither has, and one kind of them on each side."""
    if "compare" not in slots:
        return
    rules, ways = rules_said(reading), strategies_said(reading)
    held = {slots.get(name) for name in ("urban_rule", "other_urban_rule", "strategy", "other_strategy")}
    for place, value in (rules | ways).items():
        if value not in held:
            yield _phrase(reading, place)
    for place, one in enumerate(reading.heard):
        begins = place == 0 or reading.heard[place - 1].tag != one.tag
        if one.tag in URBAN_RULES and begins and place not in rules:
            yield _phrase(reading, place)
    if rules and ways and not {"urban_rule", "strategy"} & set(slots):
        first, last = min(*rules, *ways), max(*rules, *ways)
        # "Compare with weighted and rural first" is one other plan.
        if SIDES & set(reading.words[first:last]) and not SIDES & set(reading.words[:first]):
            yield _phrase(reading, last)


def _strategies_left(reading: Reading, slots: Slots) -> Iterator[str]:
    """Another way of sharing than the plan's: "by risk and by population"."""
    if "compare" in slots or "strategy" not in slots:
        return
    for place, way in strategies_said(reading).items():
        if way != slots["strategy"]:
            yield _phrase(reading, place)


def _of_other_houses(reading: Reading, slots: Slots) -> Iterator[str]:
    """Two sizes of a household; or another one to compare with, where only stocks and rules are compared."""
    sizes = {said.item.amount: said.item.value.strip() for said in households(reading)}
    compared = (
        "compare" in slots
        and not {"nets"} & set(slots)
        and not any(name.startswith("other_") for name in slots)
    )
    if len(sizes) > 1 or (sizes and compared):
        yield from sizes.values()


def _unruled(reading: Reading, slots: Slots) -> dict[int, str]:
    """Town or country by the place of the word, where no rule of the plan follows from them."""
    return {} if {"urban_rule", "other_urban_rule"} & set(slots) else surroundings_said(reading)


def _rules_left(reading: Reading, slots: Slots) -> Iterator[str]:
    """Words of a rule that the plan doesn't have, since something denies them or another one was said before."""
    said = rules_said(reading)
    for place, one in enumerate(reading.heard):
        if place and reading.heard[place - 1].tag == one.tag:
            continue
        is_denied = place not in said and "urban_rule" not in slots and not any(said.values())
        is_second = said.get(place, slots.get("urban_rule")) != slots.get("urban_rule")
        if one.tag in URBAN_RULES and "compare" not in slots and (is_denied or is_second):
            yield _phrase(reading, place)


def _uncounted(reading: Reading, slots: Slots) -> Iterator[str]:
    """Numbers that are no part of what is planned."""
    numbers = reading.said
    held = {value for value in slots.values() if isinstance(value, (int, float))}
    held |= {said.item.amount for said in numbers if is_replaced(reading, said)}
    if any(said.item.amount == PEOPLE_PER_NET for said in numbers):
        held |= {1.0, PEOPLE_PER_NET}
    for said in numbers:
        if _counts_all(reading, said):
            continue
        if said.item.amount not in held and not _is_year(said.item.amount, said.item.value, held):
            yield _with_noun(reading, said)


def _with_noun(reading: Reading, said: Said) -> str:
    """A number as it was written, with the nets or people that it counts."""
    number, behind = said.item.value.strip(), reading.items[said.place + 1 : said.place + 2]
    counts = bool(behind) and (
        behind[0].value in ("NET", "WARD", "LGA", "population") or behind[0].words in PEOPLE
    )
    after = said.word + 1
    is_next = after < len(reading.heard) and after not in reading.breaks and reading.heard[after].tag != ""
    if is_of_each_house(reading, said):
        ahead = reading.items[said.place + 1 : said.place + 3]
        house = next((at for at, item in enumerate(ahead, start=1) if item.value == "HOUSEHOLD"), 0)
        return " ".join([number, *(item.words for item in ahead[:house])])
    return f"{number} {behind[0].words}".strip() if counts and is_next else number


def _phrase(reading: Reading, place: int) -> str:
    """The words of one concept around a place."""
    heard, first, last = reading.heard, place, place
    if heard[place].tag in ("", "unknown"):
        return heard[place].word
    while first > max(0, place - LONGEST_RUN) and heard[first - 1].tag == heard[place].tag:
        first -= 1
    while last + 1 < min(len(heard), place + LONGEST_RUN) and heard[last + 1].tag == heard[place].tag:
        last += 1
    return " ".join(one.word for one in heard[first : last + 1])


def _is_year(amount: float, written: str, held: set[float]) -> bool:
    return _may_be_a_year(amount) and "," not in written and not all(map(_may_be_a_year, held))


def _may_be_a_year(amount: float) -> bool:
    return YEARS.start <= amount < YEARS.stop
