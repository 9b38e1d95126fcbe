"""The covariates page: which rasters become columns of the ward table, and what each ward got from them."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from analysis.core.raster_kinds import RASTER_KINDS
from analysis.core.variables import find_column
from analysis.covariate_forms import TEMPORAL_WORDS, label_of, raster_choices, read_rasters
from analysis.covariate_params import kept_rasters
from analysis.views.check import as_last_time
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session

PAGE = "covariates/session_covariates.html"


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_covariates(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    newest = selectors.newest_of(session)
    if request.method == "GET":
        return render(request, PAGE, _context(session, newest, kept_rasters(newest)))
    chosen = read_rasters(request.POST)
    params = as_last_time(newest) | {"rasters": chosen}
    with Refusal() as refusal:
        actions.request_result(by=request.user, session=session, kind="dataset", params=params)
        return redirect("session_covariates", session.pk)
    context = _context(session, newest, chosen) | {"problem": refusal.problem}
    return render(request, PAGE, context, status=422)


def _context(
    session: AnalysisSession, newest: selectors.Newest, chosen: list[dict[str, Any]]
) -> dict[str, Any]:
    last = newest.results.get("dataset")
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    lacking = [words for kind, words in (("ward_table", gettext("a ward table")), ("boundaries", gettext("ward boundaries")))
               if kind not in newest.files]  # fmt: skip
    context = session_frame(session, "dataset", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "lacking": " and ".join(lacking),
        "rasters": raster_choices(session, chosen),
        "covariates": [],
    }
    if running or "dataset" not in newest.succeeded:
        return context
    result = AnalysisResult.objects.get(pk=newest.succeeded["dataset"].pk)
    files = {file.name: file for file in selectors.artifacts_of(result).defer("report")}
    found = [_shown(row, files) for row in result.summary.get("covariates", ())]
    return context | {
        "dataset": result,
        "stale": selectors.stale(result, newest),
        "covariates": found,
        "table_file": files.get("covariates.csv"),
        "not_available": _not_available(result, found),
    }


def _shown(row: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "label": label_of(row["variable"]),
        "time": TEMPORAL_WORDS[row["temporal"]],
        "map_file": files.get(row.get("map", "")),
    }


def _not_available(result: AnalysisResult, found: list[dict[str, Any]]) -> list[str]:
    """Known variables that neither the ward table nor a raster has."""
    columns = [row["variable"] for row in result.summary["variables"]]
    read = {row["variable"] for row in found if row["with_value"]}
    return [
        label_of(name)
        for name in sorted(RASTER_KINDS)
        if name not in read and find_column(name, columns) is None
    ]
