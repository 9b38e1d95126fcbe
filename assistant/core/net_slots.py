"""What a message says of nets: how many, for whom first, shared how, and of which plan."""

from __future__ import annotations

from typing import Any

from assistant.core.named import served_as
from assistant.core.reading import Item, Reading

# Fewer than this are a household or a count of wards, never a stock of nets.
FEWEST_NETS = 1_000
LARGEST_HOUSEHOLD = 30
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
    {"exclude", "excluding", "excluant", "exclure", "leave", "leaving", "without", "sans", "no", "skip", "omit", "omitting", "remove"}
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
_LEADING_TEXT = "with to by the from in at for of par aux les des de a zones areas area side"
_FOLLOWING_TEXT = """
    people ward wards area areas zones side dem collect get receive net nets milda must be are is should come served go the theirs <variable>
"""
LEADING, FOLLOWING = frozenset(_LEADING_TEXT.split()), frozenset(_FOLLOWING_TEXT.split())
DENYING = frozenset(
    {"not", "no", "dont", "don", "doesnt", "never", "without", "sans", "pas", "ne", "neither", "nor"}
)
EXISTING = frozenset({"are", "is", "have", "has", "be", "get"})
# Behind "urban" these are of a plan's rule, and no wards.
OF_THE_RULE = frozenset(
    {"threshold", "share", "percentage", "cutoff", "cut", "seuil", "rule", "preference", "extent", "percent"}
)
STRATEGIES = {
    "INTURN": "sequential", "PROPORTION": "proportional", "WEIGHTED": "weighted", "CAPPED": "capped",
}  # fmt: skip
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
    told = _told_thresholds(reading)
    # Of two plans each may be told its own way; else what is told as the threshold is the only one.
    may_share = not told or "COMPARE" in reading.tags
    numbers = -1
    for place, item in enumerate(reading.items):
        if item.kind == "concept":
            for slot, names in (("urban_rule", URBAN_RULES), ("strategy", STRATEGIES)):
                if item.value in names:
                    named.setdefault(slot, []).append(names[item.value])
        if item.kind != "number":
            continue
        numbers += 1
        near = {other.value for other in reading.items[max(0, place - 2) : place + 4]}
        before = {other.value for other in reading.items[max(0, place - 2) : place]}
        in_bales = any(is_bales(other) for other in reading.items[place + 1 : place + 2])
        if intent == "net_candidates" and (item.percent or item.amount <= PERCENT):
            slots["urban_share"] = item.amount
        elif item.percent and "CAPPED" in near:
            named.setdefault("cap_percent", []).append(item.amount)
        elif numbers in told or (
            may_share
            and (
                (item.percent and URBAN_SHARE & reading.tags)
                or (item.amount <= PERCENT and "URBAN" in before)
            )
        ):
            named.setdefault("threshold", []).append(item.amount)
        elif item.percent:
            continue
        elif "HOUSEHOLD" in near and item.amount <= LARGEST_HOUSEHOLD:
            slots["household_size"] = item.amount
        elif intent == "net_delivery" and item.amount < FEWEST_NETS:
            slots.setdefault("pallet" if "PALLET" in near and "bale" in slots else "bale", int(item.amount))
        elif intent == "net_more":
            slots["more"] = int(item.amount)
        elif item.amount >= FEWEST_NETS and not in_bales:
            named.setdefault("nets", []).append(int(item.amount))
    if intent == "net_candidates":
        return slots  # "exclude urban wards" says who are candidates, not how the plan is made
    if intent == "net_served":
        slots["served"] = served_as(reading)
    if "threshold" in named and "urban_rule" not in named and "RURAL" in reading.tags:
        named["urban_rule"] = ["rural_first"]
    if _is_denied(reading):
        named.pop("urban_rule", None)
    elif "urban_rule" not in named and (rule := _urban_rule(reading)):
        named["urban_rule"] = [rule]
    if "COMPARE" in reading.tags:
        return slots | _two_plans(named) | {"compare": True}
    return slots | {name: values[0] for name, values in named.items()}


def _is_denied(reading: Reading) -> bool:
    """ "Do not exclude urban wards", "don't serve rural wards first" by the words of the rule itself."""
    place = next((at for at, one in enumerate(reading.heard) if one.tag in URBAN_RULES), 0)
    return bool(DENYING & {one.word for one in reading.heard[max(0, place - 3) : place]})


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
    above = {place for place, one in enumerate(reading.heard) if one.tag in ("ABOVE", "ATLEAST")}
    said = {
        place: kind
        for place, kind in surroundings_said(reading).items()
        if not OF_THE_RULE & set(words[place + 1 : place + 2])
    }
    if any(kind == "URBAN" and _is_left_out(words, place, above) for place, kind in said.items()):
        return "exclude"
    if {"or", "ou"} & set(words[min(said, default=0) : max(said, default=0)]):
        return ""  # who comes first is asked
    foremost = {kind for place, kind in said.items() if _comes_first(words, place)}
    kinds = list(dict.fromkeys(said.values()))
    if len(foremost) == 1:
        return f"{foremost.pop().lower()}_first"
    if len(kinds) == 2 and not foremost:
        last, then = (
            max(at for at, kind in said.items() if kind == kinds[0]),
            min(at for at, kind in said.items() if kind == kinds[1]),
        )
        between = set(words[last:then])
        if BEFORE & between and not DENYING & between:
            return f"{kinds[0].lower()}_first"
    return ""


def _is_left_out(words: list[str], place: int, above: set[int]) -> bool:
    """Whether nothing goes to the urban wards that are named there."""
    at = place - 1
    while at >= 0 and (words[at] in REACHING or at in above):
        at -= 1
    if at < 0 or words[at] not in LEFT_OUT:
        return False
    verb, before = words[at], words[max(0, at - 3) : at]
    if DENYING & set(before) or (verb == "no" and (EXISTING & set(before[-1:]) or at + 1 in above)):
        return False
    return verb not in ("leave", "leaving") or "out" in (words[at + 1], *words[place + 1 : place + 3])


def _comes_first(words: list[str], place: int) -> bool:
    """Whether the wards that are named there are to be served first."""
    if DENYING & set(words[max(0, place - 4) : place]):
        return False
    behind = place + 1
    while behind < len(words) and words[behind] in FOLLOWING:
        behind += 1
    if behind < len(words) and words[behind] in BEFORE and OTHERS & set(words[behind + 1 : behind + 3]):
        return True
    if behind < len(words) and (words[behind] in FOREMOST or words[place + 1] in ("priority", "priorite")):
        return True
    at = place - 1
    while at >= 0 and words[at] in LEADING:
        at -= 1
    return at >= 0 and words[at] in BEGINNING and not DENYING & set(words[max(0, at - 3) : at])


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


def is_bales(item: Item) -> bool:
    """Return whether nets are counted in bales here."""
    return item.words in ("bale", "bales", "balle", "balles")


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
