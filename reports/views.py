"""The reports page: what there is, what is being written, and a button for another."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_noop
from django.views.decorators.http import require_http_methods

from reports import selectors as written
from reports.actions import request_report
from reports.params import MOST_AGAINST
from sessions_app import selectors
from sessions_app.models import AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session

LANGUAGES = (("en", "English"), ("fr", "Français"))
KINDS = {
    "risk": gettext_noop("Ranking"),
    "itn_plan": gettext_noop("Net plan"),
    "comparison": gettext_noop("Plans compared"),
}
FORMATS = {
    ".pdf": gettext_noop("PDF"),
    ".docx": gettext_noop("Word"),
    ".html": gettext_noop("HTML"),
    ".zip": gettext_noop("Data package"),
}


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_reports(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Sent by POST it asks for a report: `of` one result, `against` plans beside it, in a `language`."""
    session = own_session(request, session_id)
    problem, status = None, 200
    if request.method == "POST":
        # One more than can be compared is refused with the rest, not left out.
        chosen = [text[:80] for text in request.POST.getlist("of")[: MOST_AGAINST + 2]]
        with Refusal() as refusal:
            request_report(
                by=request.user,
                session=session,
                of=chosen[0] if chosen else "",
                against=chosen[1:],
                language=request.POST.get("language", _page_language()),
            )
            return redirect("session_reports", session.pk)
        problem, status = refusal.problem, 422
    context = _context(session) | {"problem": problem}
    return render(request, "reports/session_reports.html", context, status=status)


def _context(session: AnalysisSession) -> dict[str, Any]:
    newest = selectors.newest_of(session)
    last = newest.results.get("report")
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    reports = [report for report in written.reports_of(session) if report.status == "succeeded"]
    files = written.files_of_reports(reports)
    return session_frame(session, "report", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "languages": LANGUAGES,
        "language": _page_language(),
        "describable": written.describable(session, newest),
        "reports": [
            {
                "report": report,
                "kind": KINDS[report.summary["of_kind"]],
                "about": report.summary["about"],
                "language": dict(LANGUAGES)[report.summary["language"]],
                "stale": selectors.stale(report, newest),
                "files": [{"file": file, "label": _label(file.name)} for file in files[str(report.pk)]],
            }
            for report in reports
        ],
    }


def _page_language() -> str:
    """What a new report is offered in: the language of the page, if reports exist in it."""
    language = get_language() or ""
    return language if language in dict(LANGUAGES) else LANGUAGES[0][0]


def _label(name: str) -> str:
    return FORMATS[name[name.rindex(".") :]]
