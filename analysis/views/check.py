"""The check page: which row of the table became which ward, and what a person says about the doubtful ones."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from analysis import matches
from analysis.forms import Decisions, read_decisions
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.views import own_session

SHOWN_DECISIONS = 100
SHOWN_PAIRS = 500


@require_http_methods(["GET", "POST"])
@login_required
def session_check(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    newest = selectors.newest_of(session)
    shown = _shown(session, newest)
    if request.method == "GET":
        return render(request, "check/session_check.html", _context(session, newest, shown))
    decisions = Decisions()
    params = _files(newest)
    if request.POST.get("action") == "decide" and shown is not None:
        decisions = read_decisions(request.POST, shown.open_rows[:SHOWN_DECISIONS], shown.free_wards)
        params["confirmed"] = _joined(shown.result.params.get("confirmed", ()), decisions.pairs)
    if not decisions.refusals:
        with Refusal() as refusal:
            actions.request_result(by=request.user, session=session, kind="dataset", params=params)
            return redirect("session_check", session.pk)
        problem = refusal.problem
    else:
        problem = None
    context = _context(session, newest, shown, sent=request.POST, refusals=decisions.refusals)
    return render(request, "check/session_check.html", context | {"problem": problem}, status=422)


def _files(newest: selectors.Newest) -> dict[str, Any]:
    return {kind: str(newest.files[kind].pk) for kind in ("ward_table", "boundaries") if kind in newest.files}


def _joined(earlier: Any, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Earlier decisions with the new ones in front of them; the last word on a row counts."""
    said = {pair["table_row"]: pair["ward_code"] for pair in [*earlier, *pairs]}
    return [{"table_row": row, "ward_code": code} for row, code in sorted(said.items())]


def _shown(session: AnalysisSession, newest: selectors.Newest) -> matches.MatchReport | None:
    """The newest match that succeeded, if no newer one is running."""
    if _running(newest) or "dataset" not in newest.succeeded:
        return None
    return matches.match_report(AnalysisResult.objects.get(pk=newest.succeeded["dataset"].pk))


def _running(newest: selectors.Newest) -> AnalysisResult | None:
    result = newest.results.get("dataset")
    return result if result and result.status in selectors.ACTIVE else None


def _context(
    session: AnalysisSession,
    newest: selectors.Newest,
    shown: matches.MatchReport | None,
    sent: Mapping[str, str] | None = None,
    refusals: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    context = session_frame(session, "dataset", newest)
    last, running = newest.results.get("dataset"), _running(newest)
    ended = last if last and last.status in ("failed", "cancelled") else None
    missing = [f"the {kind.label}" for kind in matches.file_kinds() if kind.name not in newest.files]
    context |= {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "can_match": not missing,
        "missing": f"Upload {' and '.join(missing)} first." if missing else "",
        "report": None,
    }
    return context | _report_context(session, newest, shown, sent or {}, refusals or {}) if shown else context


def _report_context(
    session: AnalysisSession,
    newest: selectors.Newest,
    shown: matches.MatchReport,
    sent: Mapping[str, str],
    refusals: Mapping[int, str],
) -> dict[str, Any]:
    open_rows = shown.open_rows[:SHOWN_DECISIONS]
    for row in open_rows:
        number = row["table_row"]
        row["decision"], row["other"] = sent.get(f"row-{number}", ""), sent.get(f"other-{number}", "")
        row["refusal"] = refusals.get(number, "")
    return {
        "result": shown.result,
        "report": shown.counts,
        "open_rows": open_rows,
        "review_rows": [row for row in open_rows if row["status"] == "review"],
        "unmatched_rows": [row for row in open_rows if row["status"] == "unmatched"],
        "more_rows": len(shown.open_rows) - len(open_rows),
        "free_wards": shown.free_wards if open_rows else [],
        "unmatched_wards": shown.unmatched_wards[:SHOWN_PAIRS],
        "pairs": shown.pairs[:SHOWN_PAIRS],
        "pairs_left_out": max(0, len(shown.pairs) - SHOWN_PAIRS),
        "matches_file": selectors.artifacts_of(shown.result).filter(name="matches.csv").first(),
        "stale": selectors.stale(shown.result, newest),
    }
