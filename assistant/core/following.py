"""What goes on from the question before: "and the lowest?", "and in Kawo?", "and rainfall?"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.core.slots import RANK, TIER
from assistant.core.taken import taken_by

Slots = dict[str, Any]
FOLLOWED = frozenset(
    {"rank", "list", "count", "aggregate", "rank_lgas", "correlate", "explain", "value", "map", "chart"}
)
# What a variable that is said now stands for in the question before.
NAMED: Mapping[str, str] = {
    "aggregate": "measure",
    "value": "measure",
    "map": "variable",
    "chart": "variable",
}
# What has to come back in the answer when it is said now.
SAID = frozenset({"ward", "lga", "limit", "ascending", "by", "where", "tier", "measure", "variable"})
PLACES = frozenset({"ward", "lga"})


def followed(intent: str, slots: Mapping[str, Any], focus: Mapping[str, Any]) -> tuple[str, Slots]:
    """Return the question that a message goes on to: what is said now replaces what was said then.

    Parameters
    ----------
    intent : str
        Of the message itself; ``follow`` where it is none without the question before.
    slots : mapping
        As they were read; `follow` marks what goes on.
    focus : mapping
        `intent` and `slots` of the last question that was answered; empty when there is none.

    Returns
    -------
    (str, dict)
        A place that the answer to the last question knows nothing of is asked for its own value. What can't be taken up
        at all stays ``follow``, which nothing answers, or the question that the message is by itself. "Explain the map" is about the one that was shown last.
    """
    last = dict(focus.get("slots", {}))
    if (
        intent == "explain_figure"
        and focus.get("intent") == slots.get("picture")
        and not {"subject", "variable", "of"} & set(slots)
    ):
        return intent, last | dict(slots)
    now = {key: value for key, value in slots.items() if key != "follow"}
    if not (slots.get("follow") or intent == "follow") or focus.get("intent") not in FOLLOWED:
        return intent, now
    before = focus["intent"]
    kept = {key: value for key, value in last.items() if key not in ("ascending", "code")}
    if "ward" in now:
        kept.pop("lga", None)
    said = {NAMED.get(before, "by") if key == "by" else key: value for key, value in now.items()}
    merged = kept | said
    lost = SAID & set(said) - taken_by(before, merged)
    if not lost:
        return before, merged
    measure = _measured(before, merged)
    if intent == "follow" and lost <= PLACES and measure:
        return "value", {key: said[key] for key in PLACES & set(said)} | {"measure": measure}
    return intent, now


def _measured(intent: str, slots: Mapping[str, Any]) -> str:
    """The one thing that a question asks of wards; empty where it asks none, or several."""
    if intent in ("rank", "rank_lgas"):
        return str(slots.get("by", RANK))
    if intent in ("list", "count"):
        asked = [
            *dict.fromkeys(name for name, *_ in slots.get("where", ())),
            *([TIER] if "tier" in slots else []),
        ]
        asked = asked or list(slots.get("show", ()))
        return asked[0] if len(asked) == 1 else ""
    return str(slots.get("measure") or slots.get("variable") or "")
