"""What a message says of nets: how many, for whom first, shared how, and of which plan."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from assistant.core.denial import is_denied
from assistant.core.named import served_as
from assistant.core.net_numbers import (
    FEWEST_NETS,
    added,
    counts_people,
    households,
    is_bales,
    is_beside_nets,
    is_replaced,
)
from assistant.core.net_rules import (
    PLANNING,
    is_rural_below,
    riskiest_first,
    rules_said,
    surroundings_said,
    urban_left_out,
    urban_rule,
)
from assistant.core.once import once
from assistant.core.reading import Reading, Said

NET_INTENTS = frozenset(
    {"nets", "net_store", "net_more", "net_ward", "net_delivery", "net_candidates", "net_served"}
)
# Tell what a plan gives.
TELLING = NET_INTENTS - PLANNING - {"net_store"}
# With one of these a share is that of the area from which a ward is urban; signs alone are of anything.
URBAN_SHARE = frozenset({"URBAN", "RURAL", "RURALFIRST", "URBANFIRST", "NOURBAN", "COMPARE"})
# Behind a share, before the wards or people that it is of.
_SHARE_OF_TEXT = "of in for per each any every a one the par de dans chaque <variable>"
SHARE_OF = frozenset(_SHARE_OF_TEXT.split())
EACH_WARD = frozenset({"per", "par", "each", "any", "every", "chaque"})
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
COVER, COVER_REACH = ("cover", "couvr", "couvert"), 4
PERCENT = 100
Slots = dict[str, Any]


def plan_slots(reading: Reading, intent: str) -> Slots:
    """The stock, how it is shared, and who comes first."""
    slots: Slots = {}
    named: dict[str, list[Any]] = {}
    compares = "COMPARE" in reading.tags and intent != "net_more"
    if strategies := strategies_said(reading):
        named["strategy"] = list(dict.fromkeys(strategies.values()))
    if rules := rules_said(reading) | (urban_left_out(reading) if compares else {}):
        named["urban_rule"] = [rules[place] for place in sorted(rules)]
    told = _told_thresholds(reading)
    # Of two plans each may be told its own way; else what is told as the threshold is the only one.
    may_share = not told or "COMPARE" in reading.tags
    of_towns = URBAN_SHARE & reading.tags or surroundings_said(reading)
    of_houses = [said.place for said in households(reading)]
    more = added(reading)
    stocks: list[Said] = []
    for number, said in enumerate(reading.said):
        item, place = said.item, said.place
        if is_replaced(reading, said) and "COMPARE" not in reading.tags:
            continue
        near = {other.value for other in reading.items[max(0, place - 2) : place + 4]}
        before = {other.value for other in reading.items[max(0, place - 2) : place]}
        is_share = (item.percent and of_towns) or (item.amount <= PERCENT and "URBAN" in before)
        if intent == "net_candidates" and (item.percent or item.amount <= PERCENT):
            slots["urban_share"] = item.amount
        elif item.percent and ("CAPPED" in near or _is_cap(reading, said)):
            named.setdefault("cap_percent", []).append(item.amount)
        elif item.percent and _is_of_people(reading, said):
            continue
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
            stocks.append(said)
    if "COMPARE" not in reading.tags:
        stocks.sort(key=lambda said: not is_beside_nets(reading, said))
    if stocks:
        named["nets"] = [int(said.item.amount) for said in stocks]
    if intent == "net_candidates":
        return slots  # "exclude urban wards" says who are candidates, not how the plan is made
    if intent == "net_served":
        slots["served"] = served_as(reading)
    if "urban_rule" not in named and (rule := urban_rule(reading, intent)):
        named["urban_rule"] = [rule]
    elif "urban_rule" not in named and "threshold" in named and is_rural_below(reading):
        named["urban_rule"] = ["rural_first"]
    if compares:
        return slots | _two_plans(named) | {"compare": True}
    return slots | {name: values[0] for name, values in named.items()}


def _is_cap(reading: Reading, said: Said) -> bool:
    """Whether a share of the stock is the most that a ward may get: "up to 20 % per ward", "not exceed 20 % in any ward"."""
    sign = said.word - 1
    tag = reading.heard[sign].tag if sign >= 0 else ""
    is_most = tag in ("ATMOST", "BELOW") or (tag == "ABOVE" and is_denied(reading, sign))
    return is_most and _is_of_each_ward(reading, said) and not _is_of_people(reading, said)


def _is_of_each_ward(reading: Reading, said: Said) -> bool:
    behind = said.word + 1
    while behind < len(reading.heard) and reading.words[behind] in SHARE_OF:
        behind += 1
    between = set(reading.words[said.word + 1 : behind])
    return bool(EACH_WARD & between) and [one.tag for one in reading.heard[behind : behind + 1]] == ["WARD"]


def _is_of_people(reading: Reading, said: Said) -> bool:
    """Whether a share is of a ward's people or need, and neither of its area nor of the stock: "cover 70 % of each ward"."""
    behind = reading.words[said.word + 1 : said.word + 3]
    near = (*reading.words[max(0, said.word - COVER_REACH) : said.word], *behind[:1])
    return (
        any(word.startswith(COVER) for word in near)
        or (behind[:1] in (("of",), ("de",)) and _is_of_each_ward(reading, said))
        or (behind[1:] == ("<variable>",) and reading.items[said.place + 1].value == "population")
    )


def _is_stock(reading: Reading, said: Said) -> bool:
    """Whether a number is of nets to share, and of no bales or people."""
    return said.item.amount >= FEWEST_NETS and not (
        counts_people(reading, said) or any(map(is_bales, reading.items[said.place + 1 : said.place + 2]))
    )


@once
def strategies_said(reading: Reading) -> dict[int, str]:
    """Return who gets how much by where that is said, in order: by a strategy's name, or by what it goes by: "by risk"."""
    found = {
        begins: STRATEGIES[item.value]
        for item, begins in zip(reading.items, reading.begins, strict=True)
        if item.kind == "concept" and item.value in STRATEGIES
    }
    # Beside the name of a strategy "by risk" is its order, where no two plans are compared.
    if found and "COMPARE" not in reading.tags:
        return found
    for (one, after), begins in zip(pairwise(reading.items), reading.begins, strict=False):
        if one.value == "BY" and after.value in RISK and after.words not in ("malaria", "paludisme"):
            found[begins] = "sequential"
        elif one.value == "BY" and one.words not in FOR_EACH and after.value == "population":
            found[begins] = "proportional"
    found |= dict.fromkeys(riskiest_first(reading), "sequential")
    return dict(sorted(found.items()))


def _told_thresholds(reading: Reading) -> set[int]:
    """Which of the numbers stand directly behind the word: "the threshold to 50, 30 is too low" tells 50."""
    amounts = [item.amount for item in reading.items if item.kind == "number"]
    words = ["", "", *reading.words]
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


def nets_followed(slots: Slots, last: Slots, intent: str = "nets") -> Slots:
    """Complete what is said about nets by the plan that was spoken of before.

    Parameters
    ----------
    slots, last : dict
        Of this message, and of the last one about nets.
    intent : str
        Of this message.

    Returns
    -------
    dict
        A new stock is a new plan, but of a plan that still waits for one it is the answer; one to compare with stands
        beside the last. What a plan gives is not asked of one that has no stock.
    """
    if intent in TELLING and not {"nets"} & {*last, *slots}:
        return slots
    kept = {key: value for key, value in last.items() if key in PLAN_SLOTS}
    if "code" in last and "ward" not in last:
        kept["chosen"] = last["code"]
    both = any(name in slots and f"other_{name}" in slots for name in PLAN_SLOTS)
    if slots.get("compare") and "nets" in slots and not both:
        slots = slots | {"other_nets": slots["nets"], "nets": kept.get("nets", 0)}
    elif "nets" in slots and "nets" in last:
        kept = {key: value for key, value in kept.items() if key in ("population", "chosen")}
    return kept | slots
