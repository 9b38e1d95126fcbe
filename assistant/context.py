"""How far a session has come, from rows and nothing else: for the chips, the tools on offer and the resumed page."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from sessions_app import kinds, selectors
from sessions_app.models import AnalysisSession

Chip = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """`done`: kinds of result that exist, `active`: kinds being computed, `stale`: kinds made from older data."""

    files: frozenset[str]
    done: frozenset[str]
    active: frozenset[str]
    stale: frozenset[str]


def build_context(session: AnalysisSession, newest: selectors.Newest | None = None) -> Context:
    """Two queries; the same rows give the same context on every machine and after every restart."""
    newest = newest or selectors.newest_of(session)
    return Context(
        files=frozenset(newest.files),
        done=frozenset(newest.succeeded),
        active=frozenset(kind for kind, result in newest.results.items() if not result.is_final),
        stale=frozenset(kind for kind, result in newest.succeeded.items() if selectors.stale(result, newest)),
    )


def next_chips(session: AnalysisSession, context: Context, intent: str = "") -> list[Chip]:
    """What to do next: messages to send, and pages to go to. There is always at least one."""
    if not {"ward_table", "boundaries"} <= context.files:
        return [_page(session, "session_data", "Upload your files"), _say("What can you do?")]
    if "dataset" not in context.done:
        return [_page(session, "session_check", "Match the wards"), _say("Describe the data")]
    if "risk" in context.active:
        return [_page(session, "session_variables", "Watch the ranking"), _say("Status")]
    if "risk" not in context.done:
        return [_say("Run the risk analysis"), _say("List the variables"), _say("Missing values")]
    chips = [_say("Run the risk analysis")] if context.stale & {"risk", "dataset"} else []
    chips += [_say(text) for text in FOLLOWING.get(intent, FOLLOWING[""])]
    nets = next((kind for kind in kinds.result_kinds() if kind.name == "itn_plan"), None)
    return [*chips, *([_page(session, nets.url_name, "Plan nets")] if nets else [])]


FOLLOWING = {
    "": ("Top 10 wards", "Why is the top ward ranked first?", "Show the map", "Download the results"),
    "rank": ("And the lowest?", "Why is the top ward ranked first?", "Show the map"),
    "explain": ("How stable is the ranking?", "Top 10 wards", "Show the map"),
    "rank_lgas": ("Top 10 wards", "List the LGAs", "Show the map"),
    "correlate": ("List the variables", "Top 10 wards"),
    "map": ("Explain the map", "Top 10 wards", "Download the results"),
    "chart": ("Explain the chart", "Top 10 wards", "Download the results"),
    "pca": ("Explain the PCA", "Show the map", "Top 10 wards"),
    "report": ("Download the results", "Show the map"),
    "explain_figure": ("Show the map", "Explain the PCA", "Top 10 wards"),
    "nets": ("Store this plan", "What would 50,000 more nets do?", "Delivery list"),
    "net_store": ("Delivery list", "Show the map"),
    "net_more": ("Delivery list", "Store this plan"),
    "net_ward": ("Store this plan", "Delivery list", "What would 50,000 more nets do?"),
    "net_delivery": ("Store this plan", "What would 50,000 more nets do?"),
    "download": ("Show the map", "How is the score calculated?"),
}


def _say(text: str) -> Chip:
    return {"label": text, "text": text}


def _page(session: AnalysisSession, name: str, label: str) -> Chip:
    try:
        return {"label": label, "url": reverse(name, args=[session.pk])}
    except NoReverseMatch:
        return _say("Help")
