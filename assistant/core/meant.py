"""What a message means where a rule, or likeness, goes by words that another question has, too."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from analysis.core.variables import is_count
from assistant.core.bounds import conditions
from assistant.core.narrowing import GETTING
from assistant.core.net_numbers import added
from assistant.core.reading import Reading
from assistant.core.slots import in_each_lga, place_in_ranking, tier_said

# What a question for the people of some wards is made of.
PEOPLE_IN_WARDS = frozenset(
    {"variable", "lga", "number", "WARD", "WHAT", "SHOW", "SUM", "HOWMANY", "SHARE", "HIGH", "MEDIUM", "LOWTIER", "TIER", "RISK",
     "TOP", "URBAN", "RURAL", "ABOVE", "BELOW", "ATLEAST", "ATMOST", "BETWEEN"}
)  # fmt: skip
# "Does Bosso have more rain than Bida?"
MORE = frozenset({"more", "higher", "lower", "less", "fewer", "greater", "or", "plus", "moins"})
SIDE_BY_SIDE = frozenset(
    {"variable", "ward", "lga", "TOP", "LOW", "ABOVE", "BELOW", "WHAT", "LGA", "WARD", "COMPARE"}
)
OVER_WARDS = frozenset({"MEAN", "MEDIAN", "SUM", "MAX", "MIN", "STD", "HOWMANY", "SHARE", "lga", "ward"})
# "How many people", "how many wards": no question for nets.
COUNTED_OTHERWISE = frozenset(
    {"population", "WARD", "LGA", "HOUSEHOLD", "FACILITY", "MONTH", "EXTRA", "DELIVERY"}
)
# The mean of a variable is asked for, and not what a mean is.
ASKING_HOW = frozenset({"METHOD", "HOW", "EXPLAIN", "RUN"})
FIGURES = frozenset({"MEAN", "MEDIAN", "SUM", "MAX", "MIN", "STD"})
# Without one of these, wards that fit a bound are in no order that was asked for.
ORDERING = frozenset({"TOP", "LOW", "BY", "RANKING", "RISK", "SCORE", "TOPIC_SCORE", "COMPOSITE", "HIGH", "MEDIUM", "LOWTIER", "TIER"})  # fmt: skip
USING = frozenset({"using", "with", "by", "avec", "use", "on"})
WITHOUT = frozenset({"without", "sans"})
RISKS = frozenset({"RISK", "RANKING", "SCORE", "TOPIC_SCORE", "COMPOSITE", "PCA", "TIER"})
RATES = frozenset({"u5_tpr_rdt", "test_positivity_rate"})
AUXILIARIES = frozenset({"does", "do", "did", "will", "would", "can", "could"})
EVERY = frozenset({"each", "every", "all", "chaque", "tous"})


def meant(reading: Reading, intent: str) -> str:
    """Return the intent of a message whose words are those of another.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    intent : str
        As the grammar or likeness named it.

    Returns
    -------
    str
        ``aggregate`` where people are counted and not the wards that they live in, ``rank_lgas`` where wards of a tier
        are counted in each LGA, ``rank`` where the first wards of each LGA are asked for, ``correlate`` where what drives the risk is asked of no ward, ``explain`` where a rank is
        asked for by its number, ``neighbours`` where a ward's are, ``list`` where wards fit a bound and no order was said, ``tpr`` where the run is one of test positivity,
        ``missing`` where values are lacking, ``net_served`` where wards are left out of a plan, ``net_more`` where nets are added, ``net_ward`` or ``net_delivery``
        where nets are asked of a place; else as it was.
    """
    tags, kinds = (
        reading.tags,
        [item.value if item.kind == "concept" else item.kind for item in reading.items],
    )
    if "NEIGHBOUR" in tags and "ward" in tags and not {"WHY", "EXPLAIN", "unknown"} & tags:
        return "neighbours"
    if intent == "run_risk" and _runs_positivity(reading):
        return "tpr"
    if intent == "methods" and _is_a_figure(reading):
        return "aggregate"
    if intent in ("rank", "rank_lgas") and conditions(reading.items)[0] and not ORDERING & tags:
        return "list"
    if intent in ("list", "cant") and _is_left_out_of_plan(reading):
        return "net_served"
    if intent in ("count", "list", "rank") and _counts_people(reading, kinds):
        return "aggregate"
    if intent in ("cant", "list", "aggregate") and _shows_values(reading):
        return "list"
    if intent == "list" and {"LGA", "variable"} <= tags <= {"LGA", "variable", "LIST", "SHOW", "WHAT"}:
        return "rank_lgas"
    if intent in ("cant", "count", "list") and _lacks_values(reading):
        return "missing"
    if intent == "nets":
        return _asked_of_nets(reading)
    if intent in ("cant", "value", "aggregate", "correlate") and _sets_side_by_side(reading):
        return "compare"
    if intent == "cant" and tags <= PEOPLE_IN_WARDS and _counts_people(reading, kinds):
        return "aggregate"
    if intent in ("count", "list") and {"SHARE", "WARD"} <= tags and not _free_variables(reading):
        return "count"
    if intent in ("count", "list") and "lga" not in tags and {"LGA", "WARD"} <= tags and tier_said(reading):
        return "rank_lgas" if "BY" in tags or kinds.index("LGA") > kinds.index("WARD") else intent
    if intent in ("rank", "rank_lgas", "list", "cant") and in_each_lga(reading) and not OVER_WARDS & tags:
        return "rank"
    if intent in ("rank", "list", "cant") and "RANKING" in tags and not {"ward", "lga", "variable"} & tags:
        alone = tags <= {"RANKING", "number", "WARD", "WHAT", "SHOW", "RISK"}
        return "explain" if alone and place_in_ranking(reading).get("rank", 1) > 1 else intent
    if intent == "explain" and not {"ward", "lga", "WARD", "number", "RANKING", "THISONE"} & tags:
        return "correlate" if {"RISK", "SCORE"} & tags else intent
    return intent


def _runs_positivity(reading: Reading) -> bool:
    """ "Start the TPR analysis" starts with the facility reports."""
    heard = reading.heard
    by_means_of = any(one.word in USING and other.tag == "variable" for one, other in pairwise(heard))
    return (
        not (RISKS & reading.tags or by_means_of)
        and set(reading.values("variable")) <= RATES
        and "variable" in reading.tags
    )


def _is_a_figure(reading: Reading) -> bool:
    """ "Unweighted mean TPR" is a figure; "wetin TPR mean" asks what it is."""
    figured = any(one.value in FIGURES and other.kind == "variable" for one, other in pairwise(reading.items))
    asks_what = any(one.tag == "WHAT" and other.tag == "MEAN" for one, other in pairwise(reading.heard))
    return figured and not asks_what and not ASKING_HOW & reading.tags


def _is_left_out_of_plan(reading: Reading) -> bool:
    """ "Which wards are left out of the plan" are those that get no nets."""
    tags = reading.tags
    if (
        not {"WARD"} <= tags <= {"WARD", "WHAT", "LIST", "SHOW", "PLAN", "NET", "unknown"}
        or not {"PLAN", "NET"} & tags
    ):
        return False
    return any((one.word, after.word) == ("left", "out") for one, after in pairwise(reading.heard))


def _asked_of_nets(reading: Reading) -> str:
    """More nets are none to plan, and "how many nets for Bosso" is a question for what a plan gives one place."""
    if added(reading) is not None:
        return "net_more"
    places = {item.kind for item in reading.items if item.kind in ("ward", "lga")}
    counted = {other.value for one, other in pairwise(reading.items) if one.value == "HOWMANY"}
    of_nets = ("HOWMANY" in reading.tags and not counted & COUNTED_OTHERWISE) or _asks_of_a_place(reading)
    if places and of_nets and "COMPARE" not in reading.tags:
        return "net_ward" if "ward" in places else "net_delivery"
    return "nets"


def _asks_of_a_place(reading: Reading) -> bool:
    """ "Does Manta get any?" """
    words, heard = reading.words, reading.heard
    return any(
        heard[place].tag in ("ward", "lga")
        and words[place - 1] in AUXILIARIES
        and words[place + 1] in GETTING
        for place in range(1, len(heard) - 1)
    )


def _free_variables(reading: Reading) -> list[str]:
    _, used = conditions(reading.items)
    return [
        item.value
        for place, item in enumerate(reading.items)
        if place not in used and item.kind == "variable"
    ]


def _lacks_values(reading: Reading) -> bool:
    """ "How many wards have no TPR", "wards without rainfall"; "wards not far from water" lack nothing."""
    without = any(one.word in WITHOUT and after.tag == "variable" for one, after in pairwise(reading.heard))
    if any(one.word == "not" and after.tag == "variable" for one, after in pairwise(reading.heard)):
        return False
    said = {item.value for item in reading.items if item.kind == "unknown"}
    tags = reading.tags - ({"unknown"} if said <= WITHOUT else set())
    if (
        not {"WARD"}
        <= tags
        <= {"WARD", "variable", "NO", "NOT", "HOWMANY", "LIST", "SHOW", "WHAT", "VALUES", "DATA"}
    ):
        return False
    return (without or bool({"NO", "NOT"} & tags)) and (
        len(reading.values("variable")) == 1 or ("DATA" in tags and "variable" not in tags)
    )


def _sets_side_by_side(reading: Reading) -> bool:
    """ "Does Bosso have more rain than Bida?": two places of a kind, one variable, and a word that compares."""
    tags = reading.tags - {"unknown"}
    more = {item.value for item in reading.items if item.kind == "unknown"}
    if more - MORE or not {"variable"} < tags <= SIDE_BY_SIDE:
        return False
    places = sorted(len(reading.values(kind)) for kind in ("ward", "lga"))  # type: ignore[arg-type]
    compared = bool(more or {"TOP", "LOW", "ABOVE", "BELOW", "COMPARE"} & tags)
    return places == [0, 2] and compared and len(reading.values("variable")) == 1


def _shows_values(reading: Reading) -> bool:
    """ "TPR of each ward in Bosso" and "list the wards with their rainfall": a table of values, without an order."""
    tags = reading.tags
    if not {"WARD", "variable"} <= tags <= {"WARD", "variable", "lga", "LIST", "SHOW", "WHAT", "VALUES"}:
        return False
    return bool({"LIST", "SHOW"} & tags) or any(one.word in EVERY for one in reading.heard)


def _counts_people(reading: Reading, kinds: Sequence[str]) -> bool:
    """ "How many people live in high-risk wards": a count stands free beside the conditions, before the wards."""
    if "WARD" not in kinds or {"LIST", "BY"} & reading.tags:
        return False
    _, used = conditions(reading.items)
    free = [place for place, item in enumerate(reading.items) if place not in used and is_count(item.value)]
    before = kinds[: min(kinds.index(end) for end in ("TOP", "LOW", "HIGH", "WARD") if end in kinds)]
    asked = {"HOWMANY", "SHARE"} & set(before) or set(
        before[: before.index("variable")] if "variable" in before else "?"
    ) <= {"WHAT", "SHOW", "SUM"}
    return len(free) == 1 and bool(asked) and free[0] < len(before)
