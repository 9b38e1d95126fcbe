"""What a message says of nets: how many, for whom first, shared how, and of which plan."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from assistant.core.denial import EXISTING, LAST, LEAVE, is_denied, is_objected_to, leaves_nothing_out
from assistant.core.named import served_as
from assistant.core.narrowing import OF_THE_RULE, ONLY, is_excepted, is_of_the_plan, is_only, is_within
from assistant.core.net_numbers import (
    FEWEST_NETS,
    Said,
    added,
    counts_people,
    households,
    is_bales,
    is_replaced,
    numbers_said,
)
from assistant.core.reading import Reading

NET_INTENTS = frozenset(
    {"nets", "net_store", "net_more", "net_ward", "net_delivery", "net_candidates", "net_served"}
)
# With one of these a share is that of the area from which a ward is urban.
URBAN_SHARE = frozenset(
    {"URBAN", "RURAL", "RURALFIRST", "URBANFIRST", "NOURBAN", "COMPARE", "ABOVE", "BELOW", "ATLEAST", "ATMOST"}
)  # fmt: skip
URBAN_RULES = {"RURALFIRST": "rural_first", "URBANFIRST": "urban_first", "NOURBAN": "exclude"}
# Beside "urban" and "rural", in a message about nets.
TOWNS = frozenset({"town", "towns", "city", "cities", "township", "townships", "ville", "villes"})
VILLAGES = frozenset({"village", "villages", "countryside", "hinterland", "campagne", "campagnes"})
LEFT_OUT = frozenset(
    {"exclude", "excluding", "excluant", "exclure", "leave", "leaving", "without", "sans", "no", "skip", "skipping", "omit", "omitting", "remove"}
)  # fmt: skip
# What may stand between these and the wards that get nothing: "leave out any ward above 40 % urban", "no nets for towns".
_REACHING_TEXT = """
    out the any anything all in of for to from les des de aux a ward wards areas zones that are is which wey with net nets put <percent> <number>
"""
REACHING = frozenset(_REACHING_TEXT.split())
OTHERS = frozenset({"rest", "others", "other", "everybody", "everyone", "reste", "autres"})
FOREMOST, BEFORE = frozenset({"first", "abord"}), frozenset({"before", "avant"})
BEGINNING = frozenset(
    {"first", "abord", "begin", "start", "commencer", "commencez", "commencant", "priority", "prioritise", "prioritize", "prioritising",
     "prioritizing", "priorite"}
)  # fmt: skip
# Between a beginning and who comes first, and between these and "first".
_LEADING_TEXT = "with to by the from in at for of par au aux les des de a en dans zones areas area side ward wards quartiers milieu"
_FOLLOWING_TEXT = """
    people ward wards area areas zones side dem collect get receive net nets milda must be are is should come served go the theirs d <variable>
"""
LEADING, FOLLOWING = frozenset(_LEADING_TEXT.split()), frozenset(_FOLLOWING_TEXT.split())
DENYING = frozenset(
    {"not", "no", "dont", "doesnt", "never", "without", "sans", "pas", "ne", "neither", "nor"}
)
PRIORITY = frozenset({"priority", "priorite"})
PUT_FIRST = PRIORITY | {"first", "before"}
# "Low priority to villages".
_LITTLE_TEXT = "low lower lowest less least last faible moins moindre second"
LITTLE = frozenset(_LITTLE_TEXT.split())
# "Do not give towns too many nets" gives them some.
_OF_MANY_TEXT = "more too many much all most everything twice extra same until unless yet alone only plus trop autant toutes"
OF_MANY = frozenset(_OF_MANY_TEXT.split())
ORDERED_BEHIND = 4
SERVING = frozenset({"serve", "give", "cover", "reach", "supply", "servir", "couvrir", "donner"})
STRATEGIES = {
    "INTURN": "sequential", "PROPORTION": "proportional", "WEIGHTED": "weighted", "CAPPED": "capped",
}  # fmt: skip
# By one of these wards come in the order of their risk.
RISK = frozenset({"RISK", "RANKING", "SCORE", "TOPIC_SCORE"})
# "Per person" is no strategy.
FOR_EACH = frozenset({"per", "for each", "par"})
# What makes a plan; the rest of a message about nets is asked of it.
PLAN_SLOTS = frozenset(
    {"nets", "strategy", "urban_rule", "threshold", "household_size", "cap_percent", "population", "chosen"}
)
# The word for it, and what may stand between it and its number.
THRESHOLD = frozenset({"threshold", "cutoff", "seuil"})
LEADING_TO = frozenset({"to", "at", "of", "is", "a", "de"})
PERCENT = 100
Slots = dict[str, Any]


def plan_slots(reading: Reading, intent: str) -> Slots:
    """The stock, how it is shared, and who comes first."""
    slots: Slots = {}
    named: dict[str, list[Any]] = {}
    for item in reading.items:
        if item.kind == "concept" and item.value in STRATEGIES:
            named.setdefault("strategy", []).append(STRATEGIES[item.value])
    if rules := rules_said(reading):
        named["urban_rule"] = list(rules.values())
    told = _told_thresholds(reading)
    # Of two plans each may be told its own way; else what is told as the threshold is the only one.
    may_share = not told or "COMPARE" in reading.tags
    of_houses = [said.place for said in households(reading)]
    more = added(reading)
    for number, said in enumerate(numbers_said(reading)):
        item, place = said.item, said.place
        if is_replaced(reading, said) and "COMPARE" not in reading.tags:
            continue
        near = {other.value for other in reading.items[max(0, place - 2) : place + 4]}
        before = {other.value for other in reading.items[max(0, place - 2) : place]}
        is_share = (item.percent and URBAN_SHARE & reading.tags) or (
            item.amount <= PERCENT and "URBAN" in before
        )
        if intent == "net_candidates" and (item.percent or item.amount <= PERCENT):
            slots["urban_share"] = item.amount
        elif item.percent and ("CAPPED" in near or _is_of_each_ward(reading, said)):
            named.setdefault("cap_percent", []).append(item.amount)
        elif number in told or (may_share and is_share):
            named.setdefault("threshold", []).append(item.amount)
        elif item.percent:
            continue
        elif place in of_houses:
            slots.setdefault("household_size", item.amount)
        elif (
            intent == "net_delivery"
            and {"DELIVERY", "PALLET"} & reading.tags
            and 0 < item.amount < FEWEST_NETS
        ):
            slots.setdefault("pallet" if "PALLET" in near and "bale" in slots else "bale", int(item.amount))
        elif intent == "net_more" and said == (more or said) and "more" not in slots:
            slots["more"] = int(item.amount)
        elif _is_stock(reading, said):
            named.setdefault("nets", []).append(int(item.amount))
    if intent == "net_candidates":
        return slots  # "exclude urban wards" says who are candidates, not how the plan is made
    if intent == "net_served":
        slots["served"] = served_as(reading)
    if "urban_rule" not in named and (rule := _urban_rule(reading)):
        named["urban_rule"] = [rule]
    elif "urban_rule" not in named and "threshold" in named and _is_rural_below(reading):
        named["urban_rule"] = ["rural_first"]
    if "strategy" not in named and (strategy := _strategy(reading)):
        named["strategy"] = [strategy]
    if "COMPARE" in reading.tags and intent != "net_more":
        return slots | _two_plans(named) | {"compare": True}
    return slots | {name: values[0] for name, values in named.items()}


def _is_of_each_ward(reading: Reading, said: Said) -> bool:
    """Whether a share is the most that a ward may get: "up to 20 % per ward"."""
    before = {item.value for item in reading.items[max(0, said.place - 1) : said.place]}
    behind = [item.value for item in reading.items[said.place + 1 : said.place + 3]]
    return bool({"ATMOST", "BELOW"} & before) and behind == ["BY", "WARD"]


def _is_stock(reading: Reading, said: Said) -> bool:
    """Whether a number is of nets to share, and of no bales or people."""
    return said.item.amount >= FEWEST_NETS and not (
        counts_people(reading, said) or any(map(is_bales, reading.items[said.place + 1 : said.place + 2]))
    )


def rules_said(reading: Reading) -> dict[int, str]:
    """Return the rules that have words of their own by where these begin: "rural first", where nothing denies it."""
    found, heard = {}, reading.heard
    for place, one in enumerate(heard):
        if one.tag not in URBAN_RULES or (place and heard[place - 1].tag == one.tag):
            continue
        end = place
        while end + 1 < len(heard) and heard[end + 1].tag == one.tag:
            end += 1
        if not (is_denied(reading, place) or is_objected_to(reading, end)):
            found[place] = "exclude" if heard[end].word in ONLY else URBAN_RULES[one.tag]
    return found


def _is_rural_below(reading: Reading) -> bool:
    """Whether the country is named beside a threshold, as whom a rule is for: "rural below 30 %"."""
    rural = [place for place, one in enumerate(reading.heard) if one.tag == "RURAL"]
    return bool(rural) and not any(
        is_denied(reading, place) or is_excepted(reading, place) or _is_last(reading, place)
        for place in rural
    )


def surroundings_said(reading: Reading) -> dict[int, str]:
    """Where a message speaks of town or country: URBAN or RURAL by the place of the word."""
    return {
        place: "URBAN" if one.tag == "URBAN" or one.word in TOWNS else "RURAL"
        for place, one in enumerate(reading.heard)
        if one.tag in ("URBAN", "RURAL") or one.word in TOWNS | VILLAGES
    }


def _urban_rule(reading: Reading) -> str:
    """Who comes first or gets nothing, where the words of a rule stand apart; nothing where it is denied or not clear.

    "Leave out any urban ward", "begin with the villages", "villages first, then the towns", "villages before towns".
    """
    words = [one.word for one in reading.heard]
    said = {
        place: kind
        for place, kind in surroundings_said(reading).items()
        if not OF_THE_RULE - PUT_FIRST & set(words[place + 1 : place + 2])
    }
    if any(kind == "URBAN" and _is_left_out(reading, place) for place, kind in said.items()):
        return "exclude"
    if {"or", "ou"} & set(words[min(said, default=0) : max(said, default=0)]):
        return ""  # who comes first is asked
    foremost = {kind for place, kind in said.items() if _comes_first(reading, place)}
    kinds = list(dict.fromkeys(said.values()))
    if len(foremost) == 1:
        return f"{foremost.pop().lower()}_first"
    if len(kinds) == 2 and not foremost:
        last, then = (
            max(at for at, kind in said.items() if kind == kinds[0]),
            min(at for at, kind in said.items() if kind == kinds[1]),
        )
        between = set(words[last:then])
        if BEFORE & between and not DENYING & between and not is_denied(reading, last):
            return f"{kinds[0].lower()}_first"
    is_for_rural = "HOWMANY" not in reading.tags and any(
        (is_only(reading, place) or is_within(reading, place))
        and is_of_the_plan(reading, place)
        and not is_excepted(reading, place)
        for place in said
    )
    return "exclude" if kinds == ["RURAL"] and is_for_rural else ""


def _strategy(reading: Reading) -> str:
    """Who gets how much, where it is told by what: "by risk", "by rank", "by population"."""
    for one, after in pairwise(reading.items):
        if one.value == "BY" and after.value in RISK and after.words not in ("malaria", "paludisme"):
            return "sequential"
        if one.value == "BY" and one.words not in FOR_EACH and after.value == "population":
            return "proportional"
    return "sequential" if riskiest_first(reading) else ""


def riskiest_first(reading: Reading) -> set[int]:
    """Return where the wards of most risk are said to come first: "high-risk wards first", "starting with the riskiest"."""
    return {
        place
        for place, one in enumerate(reading.heard)
        if one.tag in ("TOP", "HIGH", "RISK")
        and one.word not in BEGINNING | FOREMOST
        and _comes_first(reading, place)
    }


def _is_left_out(reading: Reading, place: int) -> bool:
    """Whether nothing goes to the urban wards that are named there."""
    heard, words = reading.heard, [one.word for one in reading.heard]
    if OF_THE_RULE & set(words[place + 1 : place + 2]) or _is_last(reading, place):
        return False
    at = place - 1
    while at >= 0 and (words[at] in REACHING or heard[at].tag in ("ABOVE", "ATLEAST")):
        at -= 1
    if at < 0:
        return False
    if words[at] in SERVING:
        return is_denied(reading, at) and not _is_ordered(reading, place)
    if words[at] not in LEFT_OUT or is_denied(reading, at):
        return False
    is_what_there_is = EXISTING & set(words[max(0, at - 1) : at])
    if words[at] == "no" and (is_what_there_is or heard[at + 1].tag in ("ABOVE", "ATLEAST")):
        return False
    if words[at] not in ("no", "without", "sans") and leaves_nothing_out(reading, at):
        return False
    return words[at] not in LEAVE or "out" in (words[at + 1], *words[place + 1 : place + 3])


def _is_ordered(reading: Reading, place: int) -> bool:
    """Whether not all nets are denied to the wards named there, but a place in an order or some more of them."""
    behind = {one.word for one in reading.heard[place + 1 : place + 1 + ORDERED_BEHIND]}
    return bool((PUT_FIRST | FOREMOST | BEFORE | LAST | OF_MANY) & behind)


def _is_last(reading: Reading, place: int) -> bool:
    """Whether the wards that are named there are to be served at the end."""
    behind = place + 1
    words = [one.word for one in reading.heard]
    while behind < len(words) and behind not in reading.breaks and words[behind] in FOLLOWING:
        behind += 1
    return behind < len(words) and words[behind] in LAST


def _comes_first(reading: Reading, place: int) -> bool:
    """Whether the wards that are named there are to be served first."""
    words = [one.word for one in reading.heard]
    if is_denied(reading, place) or _is_last(reading, place):
        return False
    behind = place + 1
    while behind < len(words) and words[behind] in FOLLOWING:
        behind += 1
    if behind < len(words) and words[behind] in BEFORE and OTHERS & set(words[behind + 1 : behind + 3]):
        return True
    if behind < len(words) and (words[behind] in FOREMOST or words[place + 1] in PRIORITY):
        return not is_objected_to(reading, max(behind, place + 1))
    at = place - 1
    while at >= 0 and words[at] in LEADING:
        at -= 1
    is_little = bool(LITTLE & set(words[max(0, at - 1) : at]))
    return at >= 0 and words[at] in BEGINNING and not is_little and not is_denied(reading, at)


def _told_thresholds(reading: Reading) -> set[int]:
    """Which of the numbers stand directly behind the word: "the threshold to 50, 30 is too low" tells 50."""
    amounts = [item.amount for item in reading.items if item.kind == "number"]
    words = ["", "", *(one.word for one in reading.heard)]
    places = [place for place, one in enumerate(reading.heard, start=2) if one.tag == "number"]
    return {
        number
        for number, (place, amount) in enumerate(zip(places, amounts, strict=False))
        if amount <= PERCENT
        and words[place - 2 if words[place - 1] in LEADING_TO else place - 1] in THRESHOLD
    }


def _two_plans(named: dict[str, list[Any]]) -> Slots:
    """Of what is named twice the second is the other plan's; where nothing is, all that is named is."""
    twice = any(len(values) > 1 for values in named.values())
    if not twice:
        # A stock alone keeps its name here; `nets_followed` knows the plan that it stands beside.
        return {name if name == "nets" else f"other_{name}": values[0] for name, values in named.items()}
    first = {name: values[0] for name, values in named.items()}
    if named.get("strategy", [])[1:] == ["capped"] and len(named.get("cap_percent", ())) == 1:
        first["other_cap_percent"] = first.pop("cap_percent")
    return first | {f"other_{name}": values[1] for name, values in named.items() if len(values) > 1}


def nets_followed(slots: Slots, last: Slots) -> Slots:
    """Complete what is said about nets by the plan that was spoken of before.

    Parameters
    ----------
    slots, last : dict
        Of this message, and of the last one about nets.

    Returns
    -------
    dict
        A new stock is a new plan; one to compare with stands beside the last.
    """
    kept = {key: value for key, value in last.items() if key in PLAN_SLOTS}
    if "code" in last and "ward" not in last:
        kept["chosen"] = last["code"]
    both = any(name in slots and f"other_{name}" in slots for name in PLAN_SLOTS)
    if slots.get("compare") and "nets" in slots and not both:
        slots = slots | {"other_nets": slots["nets"], "nets": kept.get("nets", 0)}
    elif "nets" in slots:
        kept = {key: value for key, value in kept.items() if key in ("population", "chosen")}
    return kept | slots
