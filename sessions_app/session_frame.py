"""What surrounds each page of a session: its steps in words, and a computation while it runs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from sessions_app import kinds, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.stored_words import translated

# The state of a step as a CSS class and in words; a running one shows its percentage instead.
CLASSES = {
    "blocked": "nothing",
    "ready": "needs",
    "running": "running",
    "failed": "failed",
    "stale": "stale",
    "done": "done",
    "offered": "offered",
}
WORDS = {
    "blocked": gettext_noop("later"),
    "ready": gettext_noop("needs you"),
    "failed": gettext_noop("did not work"),
    "stale": gettext_noop("out of date"),
    "done": gettext_noop("done"),
    "offered": gettext_noop("when you like"),
}
RUN_STEP_WORDS = {
    "waiting": gettext_noop("later"),
    "running": gettext_noop("now"),
    "done": gettext_noop("done"),
    "failed": gettext_noop("stopped here"),
}


@dataclass(frozen=True)
class ShownStep:
    code: str
    title: str
    state: str
    words: str
    url: str
    waiting: int = 0
    offered: bool = False


def session_frame(
    session: AnalysisSession, here: str, newest: selectors.Newest | None = None
) -> dict[str, Any]:
    """The template context of a session page; `here` is the code of its step."""
    newest = newest or selectors.newest_of(session)
    states = selectors.step_states(session, newest)
    steps = [_shown(session, step) for step in states]
    return {
        "session": session,
        "steps": steps,
        "here": here,
        "nav": "sessions",
        "newest": newest,
        "next_url": _next_url(session, steps),
    }


def _shown(session: AnalysisSession, step: selectors.Step) -> ShownStep:
    words = f"{step.percent or 0:.0f} %" if step.state == "running" else gettext(WORDS[step.state])
    state = CLASSES[step.state]
    if step.waiting:
        state, words = CLASSES["ready"], gettext(WORDS["ready"])
    if step.offered:
        state, words = CLASSES["offered"], gettext(WORDS["offered"])
    title = translated(step.title)
    return ShownStep(step.code, title, state, words, _url(session, step), step.waiting, step.offered)


def _url(session: AnalysisSession, step: selectors.Step) -> str:
    """Where a step leads: nowhere as long as there is nothing to see."""
    if step.url_name == "result_detail":
        return reverse(step.url_name, args=[session.pk, step.result_id]) if step.result_id else ""
    return "" if step.state == "blocked" else reverse(step.url_name, args=[session.pk])


def _next_url(session: AnalysisSession, steps: list[ShownStep]) -> str:
    """The first step that wants somebody, else the last that has something to show.

    Who went on without deciding on what waits is not led back to it; what is only offered hides no finished result.
    """
    reachable = [step for step in steps if step.url and not step.offered]
    went_on = any(step.state == "done" and not step.waiting for step in reachable[2:])
    waiting = [step for step in reachable if step.state != "done" and not (step.waiting and went_on)]
    return (waiting or reachable[-1:])[0].url


def run_of(result: AnalysisResult) -> dict[str, Any]:
    """A computation as the running box shows it, and where its page is."""
    kind = kinds.result_kind(result.kind)
    page_url = reverse(kind.url_name, args=[result.session_id])
    succeeded = result.status == AnalysisResult.Status.SUCCEEDED
    done_url = page_url
    if succeeded and kind.result_url_name:
        done_url = reverse(kind.result_url_name, args=[result.session_id, result.pk])
    steps = [
        step | {"words": gettext(RUN_STEP_WORDS[step["state"]]), "title": translated(step["title"])}
        for step in result.steps
    ]
    now = next((step["title"] for step in steps if step["state"] in ("running", "failed")), "")
    return {
        "title": translated(kind.label),
        "steps": steps,
        "silent": _silent(result),
        "words": now or gettext("Waiting for its turn"),
        "failed_step": now or gettext("start"),
        "elapsed": _elapsed(result),
        "page_url": page_url,
        "done_url": done_url,
        "in_bar": not (kind.describes or kind.fetches),
    }


def _silent(result: AnalysisResult) -> bool:
    """Whether the worker has missed a renewal of its lease: every third of the lease is due one.

    A slow machine is forgiven half a turn; once the lease is over another worker takes up the result.
    """
    if result.status != AnalysisResult.Status.RUNNING or result.lease_until is None:
        return False
    return result.lease_until < timezone.now() + timedelta(seconds=settings.RESULTS["lease_seconds"] / 2)


def _elapsed(result: AnalysisResult) -> str:
    if result.started_at is None:
        return gettext("not started yet")
    seconds = int(((result.finished_at or timezone.now()) - result.started_at).total_seconds())
    if seconds < 60:
        return gettext("%(seconds)s s so far") % {"seconds": seconds}
    return gettext("%(minutes)s min %(seconds)s s so far") % {
        "minutes": seconds // 60,
        "seconds": seconds % 60,
    }
