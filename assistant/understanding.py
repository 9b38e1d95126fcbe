"""What a person is told of how a message was understood, when no rule was exact about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from analysis.core.variables import lookup
from assistant.core.net_slots import NET_INTENTS
from assistant.core.routing import Decision
from assistant.plurals import each, ours

MOST_WORDS = 5
# What is asked of a plan about a place.
OF_ONE_PLACE = frozenset({"net_ward", "net_delivery", "net_served"})
# Intent -> what the message was taken for. No number stands in these.
READ_AS: Mapping[str, str] = MappingProxyType(
    {
        "describe": "what is in the data", "variables": "which variables there are", "missing": "which values are missing",
        "filled": "which values were filled in", "matches": "how the rows found their wards", "upload": "how to add files",
        "results": "the main results", "status": "how far the work is", "rank": "the wards in order",
        "rank_lgas": "the LGAs in order", "list": "which wards fit", "count": "how many fit",
        "value": "a value of a single place", "aggregate": "a figure over several wards",
        "correlate": "how variables go together", "explain": "why a ward has its rank", "compare": "a comparison",
        "map": "a map", "chart": "a chart", "stability": "how firm the ranks are", "pca": "the principal components",
        "methods": "what something means or how it is calculated", "nets": "sharing out nets",
        "run_risk": "a wish to run the risk analysis", "tpr": "test positivity from facility reports",
        "report": "a wish for a report", "download": "the files to download",
    }
)  # fmt: skip
# Intent -> a message that a rule knows, in every language that there are pages in.
OFFERS: Mapping[str, str] = MappingProxyType(
    {
        "describe": "Describe the data", "variables": "List the variables", "missing": "Missing values",
        "filled": "Which cells were filled?", "matches": "Match report", "status": "Status", "rank": "Top 10 wards",
        "rank_lgas": "Rank the LGAs", "list": "List all wards", "count": "How many wards are there?",
        "explain": "Why is the top ward ranked first?", "map": "Show the map", "stability": "How stable is the ranking?",
        "pca": "Explain the PCA", "methods": "How is the score calculated?", "run_risk": "Run the risk analysis",
        "tpr": "Start the TPR workflow", "report": "Make the report", "download": "Download the results",
        "cancel": "Cancel", "help": "What can you do?",
    }
)  # fmt: skip


def told(decision: Decision) -> list[str]:
    """Lines that come before an answer: what was read, where only likeness says so, and what the answer leaves out."""
    lines = []
    if decision.route == "likeness" and decision.intent in READ_AS:
        lines.append(f"Read as: {ours(READ_AS[decision.intent])}.")
    if decision.aside:
        lines.append(_left_aside(decision))
    return lines


def _left_aside(decision: Decision) -> str:
    """What an answer is not of, in words that can't be taken for "it was left out as you asked"."""
    if decision.intent in NET_INTENTS:
        return f"The plan is for all wards of your data; “{each(_words(decision.aside))}” was not taken into account."
    return f"This is not in the answer: {each(_words(decision.aside))}."


def not_known(decision: Decision) -> str:
    """That a message was not understood, and why, as far as that can be said."""
    if not decision.unknown:
        return "I can't answer that."
    if decision.is_narrower and decision.offered in OF_ONE_PLACE:
        return f"What a plan gives can be told of one place at a time, and of nothing but that place, so not with “{each(_words(decision.unknown))}”. Ask for one LGA or one ward, or for the delivery list of all LGAs."
    if decision.is_narrower and decision.offered in NET_INTENTS:
        return f"A plan is for all wards of your data, by their need or their risk. It can't take “{each(_words(decision.unknown))}” into account, so there is none. Ask again without it, then for what one LGA or one ward gets; rural wards can come first, and urban ones be left out."
    if decision.is_narrower:
        return f"I can't answer that without leaving something out: {each(_words(decision.unknown))}."
    return f"I can't answer that. I don't know: {', '.join(decision.unknown[:MOST_WORDS])}."


def offer(decision: Decision) -> list[str]:
    """What the message may have meant; the first chip says the same."""
    text = OFFERS.get(decision.offered, "")
    return [f"Did you mean this? {ours(text)}"] if text else []


def chips(decision: Decision) -> list[dict[str, Any]]:
    text = OFFERS.get(decision.offered, "")
    return [{"label": text, "text": text}] if text else []


def _words(words: tuple[str, ...]) -> list[str]:
    known = [(lookup(word), word) for word in words[:MOST_WORDS]]
    return [variable.label if variable else word for variable, word in known]
