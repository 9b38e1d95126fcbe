"""What a command is about: how many, of which wards, by which variable, under which conditions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from analysis.core.variables import default_direction, is_count, lookup
from assistant.core.bounds import SCORE, bounds, conditions
from assistant.core.named import figure_slots, report_slots, table_slots, tpr_slots
from assistant.core.net_numbers import FEWEST_NETS
from assistant.core.net_slots import NET_INTENTS, PERCENT, Slots, plan_slots
from assistant.core.reading import Item, Reading
from assistant.core.units import PERIODS

FUNCTIONS = {"MEAN": "mean", "SUM": "sum", "MEDIAN": "median", "MIN": "min", "MAX": "max", "STD": "stddev"}
ENDS = {"TOP": "max", "LOW": "min"}
# Of how much rather than of which end: "most urban", "les plus urbains".
OF_DEGREE = frozenset({"most", "least", "plus", "moins"})
TIERS = {"HIGH": "High", "MEDIUM": "Medium", "LOWTIER": "Low"}
RANK, TIER = "composite_rank", "composite_tier"
# Words of an end that judge: "worst housing" is the lowest value of what is good to have.
_BAD_TEXT = "worst worse bad pires worst_off worse_off critical severe toughest"
BAD = frozenset(word.replace("_", " ") for word in _BAD_TEXT.split())
# Percent of a ward's area.
MOSTLY_URBAN = 50.0
# Around variables that are only to be shown beside the wards.
SHOWN_BESIDE = frozenset(
    {"variable", "lga", "number", "WARD", "WHAT", "SHOW", "LIST", "VALUES", "BY", "RANKING", "TOP", "LOW", "ABOVE", "BELOW", "ATLEAST",
     "ATMOST", "BETWEEN", "URBAN", "RURAL"}
)  # fmt: skip
# What stands for the measured outcome where it is set beside a variable.
MALARIA = frozenset({"malaria", "paludisme"})
ORDINALS = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "deuxieme": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5,
}  # fmt: skip


def slots_of(reading: Reading, intent: str) -> Slots:
    """Return what the message says besides its intent.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    intent : str
        As the grammar named it.

    Returns
    -------
    dict
        Only what was said: `limit`, `lga`, `ward`, `wards`, `rank`, `by`, `ascending`, `show`, `where` (list of variable, operator,
        values), `tier`, `measure`, `function`, `share`, `x`, `y`, `outcome`, `other`, `variable`, `nets`, `household_size`,
        `urban_rule`, `threshold`, `strategy`, `cap_percent`, the same of another plan with `other_` in front, `more`, `bale`,
        `pallet`, `subject`, `of_lgas`, `per_lga`,
        `follow`; of reports and test positivity what `named` says.
    """
    slots: Slots = {}
    wards, lgas = reading.values("ward"), reading.values("lga")
    if wards:
        slots["ward"] = wards[0]
    if lgas:
        slots["lga"] = lgas[0]
    if intent in NET_INTENTS:
        return slots | plan_slots(reading, intent)
    if intent == "report":
        return slots | report_slots(reading)
    if intent == "reports":
        return slots | table_slots(reading)
    if intent == "tpr":
        slots |= tpr_slots(reading)
    where, used = conditions(reading.items)
    weight = weighing(reading.items)
    used |= set() if weight is None else {weight}
    compared = used | {number for bound in bounds(reading.items) for number in bound.numbers}
    free = [item for place, item in enumerate(reading.items) if place not in compared]
    variables = list(dict.fromkeys(item.value for item in free if item.kind == "variable"))
    is_ordered = intent in ("rank", "list") and not variables and bool(urban_end(reading))
    where += [] if is_ordered else _surroundings(reading, where, intent)
    where += _first_wards(reading, used, intent)
    if where:
        slots["where"] = where
    tier = tier_said(reading) if intent in ("list", "count", "aggregate", "rank_lgas") else None
    # "LGAs whose TPR is high" are ordered by it; of a tier the wards are counted where no variable is named.
    if tier and not (intent == "rank_lgas" and variables):
        slots["tier"] = tier
    slots |= _ordering(free, variables, reading, intent)
    more = [] if "BY" in reading.tags else variables[1:] if intent == "rank" else variables
    if intent in ("rank", "list") and more and reading.tags <= SHOWN_BESIDE and _ends_said(free) < 2:
        slots["show"] = more
    if intent == "correlate" and len(variables) == 1 and _is_about_urban(reading):
        variables.append("urban_percentage")
    if intent == "correlate":
        slots |= dict(zip("xy", variables or [SCORE], strict=False))
        if len(variables) == 1 and any(item.words in MALARIA for item in reading.items):
            slots["outcome"] = True
    elif intent == "map" and "URBAN" in reading.tags:
        return slots | _urban_map(reading)
    elif intent in ("map", "chart") and variables:
        slots["variable"] = variables[0]
        if intent == "chart" and len(variables) == 2 and not {"BY", "HIST", "BOX", "LGA"} & reading.tags:
            slots["other"] = variables[1]
    elif intent in ("aggregate", "value"):
        slots |= _measure(reading, variables)
    elif intent == "tpr_trend" and variables == ["burden"]:
        slots["measure"] = "burden"
    elif intent == "missing" and variables:
        slots["variable"] = variables[0]
    elif intent == "compare":
        slots["places"] = list(
            dict.fromkeys(item.value for item in reading.items if item.kind in ("ward", "lga"))
        )
        if len(variables) == 1:
            slots["variable"] = variables[0]
    of_each = intent == "count" and of_each_lga(reading) and not slots
    if of_each or (
        intent in ("list", "count") and "LGA" in reading.tags and "WARD" not in reading.tags and not lgas
    ):
        slots["of_lgas"] = True
    if "AND_" in reading.tags:
        slots["follow"] = True
    if intent == "explain_figure":
        return slots | figure_slots(reading, variables)
    if intent == "explain" and not wards:
        slots |= place_in_ranking(reading)
    if intent in ("count", "aggregate") and "SHARE" in reading.tags:
        slots["share"] = True
    if intent == "methods" and variables:
        slots["by"] = variables[0]
    subject = next((tag for tag in SUBJECTS if tag in reading.tags), None)
    if subject:
        slots["subject"] = SUBJECTS[subject]
    if intent == "methods" and "EXPLAIN" in reading.tags:
        slots |= {name: value for name, value in figure_slots(reading, []).items() if name == "language"}
        slots["explains"] = slots.get("subject", "")
    return slots


# What a question for a method, a chart or a map is about, most particular first.
SUBJECTS = {
    "KMO": "pca", "PCA": "pca", "SCREE": "scree", "LOADINGS": "loadings", "BOX": "stability", "HIST": "histogram",
    "TOPIC_IMPUTE": "imputation", "FILLED": "imputation", "MISSING": "imputation", "TOPIC_NORM": "normalisation",
    "MATCH": "matching", "TIER": "ranks", "STABLE": "stability", "TOPIC_SCORE": "composite", "COMPOSITE": "composite",
    "SCORE": "composite", "RANKING": "ranks", "NET": "nets", "LGA": "lga", "MODELS": "stability",
}  # fmt: skip


# Before an LGA: of each of them.
OF_EACH = frozenset({"each", "every", "chaque", "per"})


def weighing(items: Sequence[Item]) -> int | None:
    """Return where the population stands that a mean is weighted by: "population-weighted", "weighted by population"."""
    for place, item in enumerate(items):
        if item.value != "WEIGHTED":
            continue
        near = (place - 1, place + 1, place + 2)
        found = [at for at in near if 0 <= at < len(items) and items[at].value == "population"]
        if found and (found[0] != place + 2 or items[place + 1].value == "BY"):
            return found[0]
    return None


def _surroundings(reading: Reading, where: Sequence[Sequence[Any]], intent: str) -> list[list[Any]]:
    """ "Rural wards" are those with less than half of their area urban; the answer says so."""
    compared = any(name == "urban_percentage" for name, *_ in where)
    if compared or intent not in ("rank", "list", "count", "aggregate") or {"URBAN", "RURAL"} <= reading.tags:
        return []
    if "RURAL" in reading.tags:
        return [["urban_percentage", "<", MOSTLY_URBAN]]
    return [["urban_percentage", ">=", MOSTLY_URBAN]] if "URBAN" in reading.tags else []


def urban_end(reading: Reading) -> str:
    """ "The most urban wards" and "the least rural wards" are ordered by their urban share: TOP or LOW, else nothing."""
    for end, surroundings in pairwise(reading.items):
        if (
            end.value in ENDS
            and end.words.split(" ")[-1] in OF_DEGREE
            and surroundings.value in ("URBAN", "RURAL")
        ):
            return end.value if surroundings.value == "URBAN" else {"TOP": "LOW", "LOW": "TOP"}[end.value]
    return ""


def _first_wards(reading: Reading, used: set[int], intent: str) -> list[list[Any]]:
    """ "The people of the top 20 wards" is a condition on the rank."""
    if intent != "aggregate" or not {"TOP", "WARD"} <= reading.tags or "BY" in reading.tags:
        return []
    counts = [
        item.amount
        for place, item in enumerate(reading.items)
        if item.kind == "number" and place not in used and not item.percent
    ]
    return [[RANK, "<=", counts[0]]] if len(counts) == 1 else []


def _is_about_urban(reading: Reading) -> bool:
    """ "Urban and TPR" sets the share of a ward's area beside positivity; "in urban wards" doesn't."""
    after = {one.value: other.value for one, other in pairwise((*reading.items, Item("unknown", "")))}
    return "URBAN" in after and after["URBAN"] != "WARD"


def _urban_map(reading: Reading) -> Slots:
    """The tiers with urban wards apart, from the share that is said; a number beyond any share stays unread."""
    shares = [
        item.amount
        for item in reading.items
        if item.kind == "number" and (item.percent or item.amount <= PERCENT)
    ]
    other_way = {"BELOW", "ATMOST", "BETWEEN"} & reading.tags
    return {"subject": "urban"} | ({"urban_from": shares[0]} if len(shares) == 1 and not other_way else {})


def place_in_ranking(reading: Reading) -> Slots:
    """ "Why is the second ward second" and "who is number 20": the ward is named by its rank."""
    said = [
        int(item.amount)
        for before, item in pairwise(reading.items)
        if before.value == "RANKING" and item.kind == "number" and item.amount == int(item.amount) >= 1
    ]
    said += [ORDINALS[one.word] for one in reading.heard if one.word in ORDINALS]
    return {"rank": said[0]} if said else {}


def _is_a_time(reading: Reading) -> bool:
    """ "Within 3 days": no number of wards, and with any beside it nobody knows which is."""
    return any(one.tag == "number" and after.word in PERIODS for one, after in pairwise(reading.heard))


def _is_an_amount(reading: Reading, number: float) -> bool:
    """ "Wards with TPR 40": right behind a variable, and no wards behind it."""
    around = zip(reading.items, reading.items[1:], (*reading.items[2:], Item("unknown", "")), strict=False)
    return any(
        before.kind == "variable"
        and one.kind == "number"
        and one.amount == number
        and after.value not in ("WARD", "LGA")
        for before, one, after in around
    )


def _asks_for_all(concepts: Collection[str], reading: Reading, intent: str) -> bool:
    """ "Which ward has a TPR above 50" asks for every one that has; "which ward has the highest" for one."""
    is_filtered = intent == "list" or bool(bounds(reading.items))
    return is_filtered and not {*ENDS} & {*concepts}


def _names_one(free: Sequence[Item]) -> bool:
    return any(item.value in ("WARD", "LGA") and item.amount for item in free)


def _ends_said(free: Sequence[Item]) -> int:
    return sum(item.kind == "concept" and item.value in ENDS for item in free)


def tier_said(reading: Reading) -> str | None:
    named = {item.value for item in reading.items if item.kind == "concept"}
    if "WARD" not in named and "TIER" not in named and "RISK" not in named and "LGA" not in named:
        return None
    said = next((tier for concept, tier in TIERS.items() if concept in named), None)
    if said is None and "TIER" in named and len({"TOP", "LOW"} & named) == 1:
        return "High" if "TOP" in named else "Low"
    return said


def of_each_lga(reading: Reading) -> bool:
    return any(before.word in OF_EACH and after.tag == "LGA" for before, after in pairwise(reading.heard))


def in_each_lga(reading: Reading) -> bool:
    """ "The highest ward in each LGA" is an order in each of them, and none of them."""
    return of_each_lga(reading) and "WARD" in reading.tags and len({"TOP", "LOW"} & reading.tags) == 1


def _ordering(free: Sequence[Item], variables: Sequence[str], reading: Reading, intent: str) -> Slots:
    if intent not in ("rank", "rank_lgas", "list", "follow"):
        return {}
    concepts = {item.value for item in free if item.kind == "concept"}
    slots: Slots = {}
    counts = [
        item.amount
        for item in free
        if item.kind == "number" and not (item.percent or item.unit) and item.amount == int(item.amount)
    ]
    if counts and _is_a_time(reading):
        counts = []
    if counts and not concepts & {*ENDS, "BY", "RANKING"} and _is_an_amount(reading, counts[0]):
        counts = []
    if counts and 1 <= counts[0] <= FEWEST_NETS:
        slots["limit"] = int(counts[0])
    elif "WHAT" in concepts and _names_one(free) and not _asks_for_all(concepts, reading, intent):
        slots["limit"] = 1
    if intent == "rank" and in_each_lga(reading):
        slots["of_each"] = True
    if variables:
        slots["by"] = variables[0]
    elif end := urban_end(reading):
        return slots | {"by": "urban_percentage"} | ({"ascending": True} if end == "LOW" else {})
    elif concepts & {"SCORE", "TOPIC_SCORE", "COMPOSITE"}:
        slots["by"] = SCORE
    if ("LOW" in concepts and "TOP" not in concepts) or (
        intent == "rank_lgas" and variables and "LOWTIER" in concepts
    ):
        slots["ascending"] = True
    if (
        any(item.words.startswith("near") for item in free if item.value == slots.get("by"))
        and "TOP" in concepts
    ):
        slots["ascending"] = True  # "near water pass"
    judged = any(item.value == "TOP" and item.words in BAD for item in free if item.kind == "concept")
    if judged and default_direction(slots.get("by", "")) == "inverse":
        slots["ascending"] = True
    function = next((FUNCTIONS[name] for name in FUNCTIONS if name in concepts), None)
    if function == "mean" and "WEIGHTED" in concepts:
        function = None  # as the tool weights it of itself
    if function and intent == "rank_lgas" and (function != "sum" or _adds_up(slots.get("by", SCORE))):
        slots["function"] = function
    if ("TIER" in concepts or "HIGH" in concepts) and not (intent == "rank_lgas" and variables):
        slots.setdefault("tier", tier_said(reading) or "High")
    return slots


def _measure(reading: Reading, variables: Sequence[str]) -> Slots:
    slots: Slots = {}
    if variables:
        slots["measure"] = variables[0]
    elif {"SCORE", "TOPIC_SCORE"} & reading.tags:
        slots["measure"] = SCORE
    elif "RANKING" in reading.tags:
        slots["measure"] = RANK
    elif {"TIER", "HIGH", "MEDIUM", "LOWTIER"} & reading.tags:
        slots["measure"] = TIER if "ward" in reading.tags else RANK
    said = [FUNCTIONS[name] for name in FUNCTIONS if name in reading.tags]
    ends = [
        ENDS[name] for name in ENDS if name in reading.tags and not _first_wards(reading, set(), "aggregate")
    ]
    # Of several the answer gives all that it has.
    function = said[0] if len(said) == 1 else ends[0] if not said and len(ends) == 1 else None
    if {"HOWMANY", "SHARE"} & reading.tags and not said:
        function = "sum"
    if function == "sum" and not _adds_up(slots.get("measure", "")):
        function = None
    if function:
        slots["function"] = function
    if "LGA" in reading.tags and "lga" not in reading.tags:
        slots["per_lga"] = True
    return slots


def _adds_up(variable: str) -> bool:
    """Whether a sum over wards says something: of what counts, and of columns that nobody knows; of no rate or index."""
    return is_count(variable) or (lookup(variable) is None and variable not in (RANK, SCORE))
