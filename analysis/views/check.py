"""The check page: which row of the table became which ward, and what a person says about the doubtful ones."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from analysis import matches
from analysis.covariate_params import kept_rasters
from analysis.forms import Decisions, join_decisions, read_decisions
from analysis.labels import DUPLICATES
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session

SHOWN_DECISIONS = 100
SHOWN_PAIRS = 500
FILES_CHANGED = {
    "code": "files_changed",
    "title": gettext_noop("The files have changed"),
    "detail": gettext_noop(
        "Your decisions were about files that have been replaced since. Nothing was saved."
    ),
    "fix": gettext_noop("Match the new files first, then decide."),
    "where": "",
    "examples": [],
}


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_check(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    newest = selectors.newest_of(session)
    shown = _shown(session, newest)
    asked = request.GET.get("change", "")
    if request.method == "GET":
        return render(request, "check/session_check.html", _context(session, newest, shown, asked))
    decisions, problem = Decisions(), None
    params = as_last_time(newest) | {"duplicates": _rule(request, newest)}
    if request.POST.get("action") == "decide" and shown is not None:
        if selectors.stale(shown.result, newest, sets=False):
            problem = FILES_CHANGED
        decisions = read_decisions(request.POST, shown.pairs, shown.choosable_wards)
        params["confirmed"] = join_decisions(params["confirmed"], decisions)
    elif "forget" in request.POST:
        params["confirmed"] = []
    if not decisions.refusals and problem is None:
        with Refusal() as refusal:
            actions.request_result(by=request.user, session=session, kind="dataset", params=params)
            return redirect("session_check", session.pk)
        problem = refusal.problem
    context = _context(session, newest, shown, asked, sent=request.POST, refusals=decisions.refusals)
    return render(request, "check/session_check.html", context | {"problem": problem}, status=422)


def kept_decisions(newest: selectors.Newest) -> list[dict[str, Any]]:
    """What a person decided on these two files; lines and codes of other files mean something else."""
    last = newest.succeeded.get("dataset")
    gone = last is None or selectors.stale(last, newest, sets=False)
    return [] if gone else list(last.params.get("confirmed", ()))


def as_last_time(newest: selectors.Newest) -> dict[str, Any]:
    """The parameters of a match of the newest files, with what was decided and chosen for the last one."""
    chosen = {"confirmed": kept_decisions(newest), "duplicates": _last_rule(newest)}
    return _files(newest) | chosen | {"rasters": kept_rasters(newest)}


def _rule(request: HttpRequest, newest: selectors.Newest) -> str:
    """What to do with rows that can't be told apart: as asked now, else as asked last for this table."""
    return request.POST.get("duplicates") or _last_rule(newest)


def _last_rule(newest: selectors.Newest) -> str:
    last, table = newest.results.get("dataset"), newest.files.get("ward_table")
    same = last is not None and table is not None and last.params.get("ward_table") == str(table.pk)
    return str(last.params.get("duplicates", "refuse")) if same else "refuse"


def _files(newest: selectors.Newest) -> dict[str, Any]:
    return {kind: str(newest.files[kind].pk) for kind in ("ward_table", "boundaries") if kind in newest.files}


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
    asked: str = "",
    sent: Mapping[str, str] | None = None,
    refusals: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    context = session_frame(session, "dataset", newest)
    last, running = newest.results.get("dataset"), _running(newest)
    ended = last if last and last.status in ("failed", "cancelled") else None
    missing = [kind.noun for kind in matches.file_kinds() if kind.name not in newest.files]
    context |= {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "can_match": not missing,
        "missing": gettext("Upload %(files)s first.") % {"files": gettext(" and ").join(missing)}
        if missing
        else "",
        "report": None,
        "duplicate_rules": DUPLICATES,
        "rule": _last_rule(newest),
        "has_duplicates": bool(ended and ended.error and ended.error.get("code") == "duplicate_wards"),
    }
    if shown is None:
        return context
    return context | _report_context(newest, shown, asked, sent or {}, refusals or {})


def _report_context(
    newest: selectors.Newest,
    shown: matches.MatchReport,
    asked: str,
    sent: Mapping[str, str],
    refusals: Mapping[int, str],
) -> dict[str, Any]:
    settled_rows = shown.settled_rows[:SHOWN_DECISIONS]
    open_rows = shown.open_rows[:SHOWN_DECISIONS]
    listed = {row["table_row"] for row in [*open_rows, *settled_rows]}
    # Any other row of the table can be asked for by its line.
    changing = [
        row
        for row in shown.pairs
        if str(row["table_row"]) == asked.strip() and row["table_row"] not in listed
    ]
    for row in [*changing, *open_rows, *settled_rows]:
        number = row["table_row"]
        row["decision"], row["other"] = (
            sent.get(f"row-{number}", row["said"]),
            sent.get(f"other-{number}", ""),
        )
        row["refusal"] = refusals.get(number, "")
    return {
        "result": shown.result,
        "report": shown.counts,
        "asked": asked,
        "changing": changing,
        "settled_rows": settled_rows,
        "settled_open": any(row["refusal"] or str(row["table_row"]) == asked for row in settled_rows),
        "more_settled": len(shown.settled_rows) - len(settled_rows),
        "decisions": len(shown.result.params.get("confirmed", ())),
        "review_rows": [row for row in open_rows if row["status"] == "review"],
        "unmatched_rows": [row for row in open_rows if row["status"] == "unmatched"],
        "open_rows": open_rows,
        "more_rows": len(shown.open_rows) - len(open_rows),
        "choosable_wards": shown.choosable_wards,
        "rows_without": shown.rows_without[:SHOWN_PAIRS],
        "unmatched_wards": shown.unmatched_wards[:SHOWN_PAIRS],
        "pairs": shown.pairs[:SHOWN_PAIRS],
        "pairs_left_out": max(0, len(shown.pairs) - SHOWN_PAIRS),
        "matches_file": selectors.artifacts_of(shown.result).filter(name="matches.csv").first(),
        "stale": selectors.stale(shown.result, newest),
        "files_changed": selectors.stale(shown.result, newest, sets=False),
        "made_of_earlier": _is_made_of_earlier(shown.result, newest),
    }


def _is_made_of_earlier(result: AnalysisResult, newest: selectors.Newest) -> bool:
    """Is the ward table, still the newest, from a test positivity that was replaced or is out of date?"""
    made_from, table = result.params.get("tpr"), newest.files.get("ward_table")
    if not made_from or table is None or result.params["ward_table"] != str(table.pk):
        return False
    latest = newest.succeeded.get("tpr")
    return latest is None or str(latest.pk) != made_from or selectors.stale(latest, newest)
