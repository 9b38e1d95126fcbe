"""What an answer's tables don't hold, or hold in one order only: facility reports and their months, nets, neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from assistant.core.reading import Heard, Reading
from assistant.core.taken import PICTURES

SIGNS = frozenset({"ABOVE", "ATLEAST", "BELOW", "ATMOST", "BETWEEN"})
# What the ward table and its ranking know nothing of: facility reports, their months, and what lies beside a ward.
_ELSEWHERE_TEXT = "QUALITY TREND FACILITY TESTED POSITIVES MONTH UNUSUAL SPOTS NEIGHBOUR SERVED CANDIDATE NOURBAN RURALFIRST URBANFIRST REPORT"
ELSEWHERE = frozenset(_ELSEWHERE_TEXT.split())
# Words of these that are said of anything.
_SAID_OF_ANYTHING_TEXT = "quality how_good going_down month"
SAID_OF_ANYTHING = frozenset(word.replace("_", " ") for word in _SAID_OF_ANYTHING_TEXT.split())
OF_THE_TABLE = frozenset({"rank", "list", "count", "aggregate", "value", "rank_lgas"})
# The same for other questions, whose messages hold more of what was only the reason for them.
_ASKED = frozenset({"SERVED", "CANDIDATE", "TESTED", "POSITIVES", "QUALITY", "UNUSUAL", "MONTH"})
ASKED_ELSEWHERE: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(OF_THE_TABLE, ELSEWHERE)
    | dict.fromkeys(("stability", "neighbours"), _ASKED)
    | {"correlate": _ASKED | {"FACILITY"}}
    | {"explain": _ASKED | {"TREND"}, "compare": _ASKED | {"TREND", "FACILITY"}}
    | dict.fromkeys(PICTURES, _ASKED | {"TREND", "FACILITY", "COVERED"})
)
# "The people covered by this analysis" are counted; those covered by nets stand in a plan.
COVERING = frozenset({"ANALYSIS", "DATA", "FILES", "RANKING", "RESULTS"})
# Of months these are an order in time.
FIRST_AND_LAST = frozenset({"first", "last", "dernier", "derniere", "derniers", "dernieres"})

# Wards that no ranking and no list has: "which wards are left out", "which wards were excluded from the ranking".
_LEFT_AWAY_TEXT = (
    "excluded omitted unranked skipped forgotten neglected exclus exclues ecartes ecartees oublies oubliees"
)
LEFT_AWAY = frozenset(_LEFT_AWAY_TEXT.split())
EXCLUDING = frozenset({"exclude", "leave", "omit", "skip"})
NOTHING = frozenset({"nothing", "none", "nobody", "not"})
OUT_OF = frozenset({"from", "de", "du"})


def left_behind(reading: Reading) -> Iterator[str]:
    """Yield the words by which wards are asked for that something was done without."""
    words = ["", *(one.word for one in reading.heard)]
    for before, (one, after) in zip(words, pairwise((*reading.heard, Heard("from"))), strict=False):
        if one.word in LEFT_AWAY or (one.word in EXCLUDING and after.word in OUT_OF):
            yield one.word
        elif (one.word, after.word) in (("left", "out"), ("left", "behind")) and before not in NOTHING:
            yield f"{one.word} {after.word}"


def elsewhere(reading: Reading, intent: str) -> Iterator[str]:
    """Yield the words of what the tables behind an answer know nothing of."""
    asked = ASKED_ELSEWHERE.get(intent, frozenset())
    if intent == "correlate" and len(reading.values("variable")) > 1:
        asked = frozenset()  # both are named; "when people are tested" is said around them
    counted = intent in ("aggregate", "value") and "population" in reading.values("variable")
    if counted and not COVERING & reading.tags:
        asked |= {"COVERED"}
    if "NET" in reading.tags:
        asked -= {"COVERED"}  # the map of nets shows it
    for item in reading.items:
        one_facility = item.value == "FACILITY" and intent not in OF_THE_TABLE and item.amount
        if item.value in asked and item.words not in SAID_OF_ANYTHING and not one_facility:
            yield item.words


def orders(reading: Reading, taken: Mapping[str, Any]) -> Iterator[str]:
    """A table of reports is in one order: of two ends, or of an end beside a condition or a trend, one would be dropped."""
    ends = [item for item in reading.items if item.value in ("TOP", "LOW") and item.kind == "concept"]
    kinds = {item.value for item in ends}
    measures = {"QUALITY", "TESTED", "POSITIVES", "variable"} & reading.tags
    others = (
        SIGNS & reading.tags
        if taken.get("where")
        else {"QUALITY", "TESTED"} & reading.tags
        if "moving" in taken
        else ()
    )
    in_time = taken.get("of") == "month" and any(item.words in FIRST_AND_LAST for item in ends)
    if in_time or len(kinds) == 2 or (ends and others) or min(len(ends), len(measures)) > 1:
        yield from (item.words for item in ends)
