"""What the answer to each command takes up of a message, by slot; what was said beside it is refused or told.

Each set is no more than the command's tool may be told, or what decides which tool that is; a test holds both.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Slots = Mapping[str, Any]
# What the answer to each question of the data takes up, by slot.
TAKEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        intent: frozenset(names.split())
        for intent, names in {
            "rank": "limit lga by ascending where tier show of_each", "list": "limit lga where tier of_lgas show",
            "count": "lga where tier of_lgas", "rank_lgas": "limit by ascending function tier",
            "value": "ward lga measure", "aggregate": "lga measure function where tier per_lga",
            "correlate": "x y lga", "explain": "ward lga rank", "compare": "places variable", "stability": "ward lga",
            "neighbours": "ward lga", "tests": "ward lga",
            "reports": "ascending by level limit lga measured moving of spot ward where",
        }.items()
    }
)  # fmt: skip
# What is shown of everything there is, whatever was named.
OF_EVERYTHING = frozenset({"describe", "variables", "missing", "filled", "pca", "results"})
PICTURES = frozenset({"map", "chart"})
# As `TAKEN`, for what is shown of everything there is or drawn, and says what it leaves out.
SHOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(OF_EVERYTHING, frozenset[str]())
    | {
        "map": frozenset({"variable", "subject", "urban_from"}), "chart": frozenset({"variable", "subject", "other"}),
        "missing": frozenset({"variable"}),
    }
    | dict.fromkeys(("download", "matches", "share", "transcript", "history"), frozenset())
    | {
        "tpr_quality": frozenset({"lga"}), "tpr_trend": frozenset({"ward", "lga", "measure"}), "about_lga": frozenset({"lga"}),
        "explain_figure": frozenset({"picture", "subject", "variable", "of", "language"}),
    }
)  # fmt: skip
# Test positivity is chosen by facilities and persons, or told of a place.
TPR_CHOICE, TPR_TOLD = frozenset({"level", "age_group"}), frozenset({"ward", "lga"})
# What decides which tool is called, and is told to none, or is read into another argument.
DECIDING = frozenset({"of_lgas", "of_each", "per_lga", "measured", "other"})
# The same for LGAs that fit.
OF_LGAS = frozenset({"of_lgas", "where"})
# And for a figure of each of them.
PER_LGA = frozenset({"measure", "function", "per_lga"})


def taken_by(intent: str, slots: Slots) -> frozenset[str]:
    """Return the slots that the answer to a question of the data takes up; what is said beside them is left out of it.

    What goes on from the question before takes all: that question's tool says what fits it.
    """
    if intent == "follow":
        return frozenset(slots)
    if intent == "tpr":
        chosen = {*TPR_CHOICE, "start", "switch", "combinations"} & set(slots)
        return TPR_TOLD if not chosen else frozenset() if "combinations" in slots else TPR_CHOICE
    if slots.get("per_lga"):
        return PER_LGA
    return OF_LGAS if slots.get("of_lgas") else TAKEN.get(intent) or SHOWN.get(intent, frozenset())
