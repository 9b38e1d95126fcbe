"""The facilities page: columns, repairs and choices in front of a run; the wards, their quality and what comes next after it."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from analysis import frames, remembered, tpr_forms
from analysis.covariate_forms import raster_choices, read_rasters
from analysis.covariate_params import kept_rasters
from analysis.forms import Decisions, read_decisions
from analysis.tpr_kinds import BURDEN_LGA_TRENDS, HANDED_OVER, HOTSPOT_MAP, HOTSPOTS
from analysis.tpr_params import ADJUSTED, asked_before
from analysis.views.tpr_page import opened
from analysis.views.tpr_reporting import BY_LGA, BY_MONTH, lga_heat, ward_heat
from reference.selectors import newest_version
from reference.selectors import offered as offered_sets
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_result, own_session

SHOWN_DECISIONS = 100
PAGE = "tpr/session_tpr.html"


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_tpr(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The choice before a run, the box while it runs, and the way to what it found."""
    session = own_session(request, session_id)
    newest = selectors.newest_of(session)
    if request.method == "GET":
        return render(request, PAGE, _context(session, newest))
    problem: dict[str, Any] | None = None
    if not {"facilities", "boundaries"} <= set(newest.files):
        problem = Problem("invalid_request", _missing(newest), where="files").problem()
        return render(request, PAGE, _context(session, newest) | {"problem": problem}, status=422)
    params = tpr_forms.read_tpr(request.POST, newest.files["facilities"].report, _files(newest))
    with Refusal() as refusal:
        actions.request_result(by=request.user, session=session, kind="tpr", params=params)
        return redirect("session_tpr", session.pk)
    context = _context(session, newest, sent=params) | {"problem": refusal.problem}
    return render(request, PAGE, context, status=422)


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("compute")
def tpr_result(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """One finished run. POST takes decisions on doubtful wards and computes anew; what was stays as it was."""
    with transaction.atomic():
        found = opened(request, session_id, result_id)
        if found is None:
            return redirect("session_tpr", session_id)
        result, newest, files = found.result, found.newest, found.files
    wards = frames.csv_rows(result, frames.WARDS_CSV)
    lga, page = request.GET.get("reporting", ""), request.GET.get("lgas", "1")
    near = ward_heat(result, lga) if lga else None
    heat = lga_heat(result, int(page) if page.isdecimal() and len(page) < 5 else 0, has_more=BY_LGA in files)
    decisions, status = Decisions(), 200
    if request.method == "POST":
        rows = _doubtful(result)[:SHOWN_DECISIONS]
        decisions = read_decisions(request.POST, rows, wards)
        if not decisions.refusals:
            with transaction.atomic():
                joined = _joined(result.params["confirmed"], decisions.pairs)
                params = asked_before(result.params) | {"confirmed": joined}
                actions.request_result(by=request.user, session=result.session, kind="tpr", params=params)
            return redirect("session_tpr", session_id)
        status = 422
    with transaction.atomic():
        context = found.frame() | _result_context(result, wards, files, decisions)
        context |= {
            "ward_heat": near,
            "heat": heat,
            "rasters": raster_choices(result.session, kept_rasters(newest)),
        }
    return render(request, "tpr/tpr_result.html", context, status=status)


@require_POST
@transaction.non_atomic_requests
@login_required
@limited("upload", "compute")
def tpr_hand_over(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """Make the ward table of a run the session's ward table, and match it; rankings of an earlier one become stale."""
    with transaction.atomic():
        result = own_result(request, session_id, result_id)
        newest = selectors.newest_of(result.session)
    if result.kind != "tpr" or result.status != AnalysisResult.Status.SUCCEEDED or result.summary["blocked"]:
        return redirect("session_tpr", session_id)
    content = ContentFile(
        frames.artifact_bytes(result, HANDED_OVER),
        name=f"test-positivity-{result.created_at:%Y%m%d-%H%M}.csv",
    )
    with Refusal() as refusal:
        # Those of the run: a map that was uploaded since may have other wards.
        with transaction.atomic():
            boundaries = selectors.files_of(result.session).filter(pk=result.params["boundaries"]).first()
        if boundaries is None:
            raise Problem("file_gone", where="boundaries")
        table = actions.store_file(by=request.user, session=result.session, kind="ward_table", upload=content)
        with transaction.atomic():
            params = {
                "ward_table": str(table.pk),
                "boundaries": str(boundaries.pk),
                "rasters": read_rasters(request.POST) if "rasters" in request.POST else kept_rasters(newest),
            }
            actions.request_result(by=request.user, session=result.session, kind="dataset", params=params)
        return redirect("session_check", session_id)
    with transaction.atomic():
        context = _context(result.session, newest) | {"problem": refusal.problem}
    return render(request, PAGE, context, status=refusal.status)


def _files(newest: selectors.Newest) -> dict[str, str]:
    return {kind: str(newest.files[kind].pk) for kind in ("facilities", "boundaries")}


def _missing(newest: selectors.Newest) -> str:
    names = {"facilities": gettext("the facility reports"), "boundaries": gettext("the ward boundaries")}
    lacking = [words for kind, words in names.items() if kind not in newest.files]
    return gettext("Upload %(files)s first.") % {"files": gettext(" and ").join(lacking)} if lacking else ""


def _context(
    session: AnalysisSession, newest: selectors.Newest, sent: dict[str, Any] | None = None
) -> dict[str, Any]:
    last = newest.results.get("tpr")
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    context = session_frame(session, "tpr", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "missing": _missing(newest),
        "finished": newest.succeeded.get("tpr"),
    }
    if running or "facilities" not in newest.files:
        return context
    file = newest.files["facilities"]
    # What was chosen last time for this file is offered again.
    earlier = last.params if last and last.params["facilities"] == str(file.pk) else {}
    report = file.report
    recalled = {} if sent or earlier else remembered.known_columns(session.owner_id, report)
    chosen = sent or earlier or {"mapping": recalled}
    offered = tpr_forms.choices(report)
    rasters = raster_choices(session, ())
    picked = {name: chosen.get(name) or _recommended(offered[group]) for name, group in
              (("age_group", "ages"), ("level", "levels"), ("method", "methods"))}  # fmt: skip
    return context | {
        "file": file,
        "report": report,
        "sheets": tpr_forms.sheet_choices(report),
        "rows": tpr_forms.mapping_rows(report, chosen.get("mapping", {})),
        "recalled": bool(recalled),
        "share_unknown": chosen.get("unknown_wards") == "share",
        "outpatient": bool(chosen.get("outpatient")),
        "urbans": tpr_forms.urban_choices(rasters, chosen.get("urban") or {}),
        "register": newest.files.get("facility_register"),
        "use_register": "register" in chosen or not (sent or earlier),
        "undone": set(chosen.get("undo", ())),
        "offered": offered,
        "picked": picked
        | {"above": chosen.get("positive_above_tested", "exclude"), "period": chosen.get("period", "all")}
        | {name: chosen.get(name, "keep") for name in ("outliers", "totals")}
        | {"dates": chosen.get("dates", "auto")},
        "state": chosen.get("state", _recommended(offered["states"]) if len(offered["states"]) > 1 else ""),
        "populations": [row.cited() for row in offered_sets("population")],
        "own_population": newest.files.get("population"),
        "people_rasters": tpr_forms.people_rasters(rasters),
        "population": _population_of(chosen, newer=not sent),
        "adjusted": {name: chosen.get(name) for name in ("population_year", *ADJUSTED)},
    }


def _population_of(chosen: dict[str, Any], *, newer: bool) -> str:
    """What was chosen, of a reference set in its newest version."""
    if own := chosen.get("population_file"):
        return f"{tpr_forms.OWN}{own}"
    if raster := chosen.get("population_raster"):
        return tpr_forms.own_raster(raster)
    if not newer or not chosen.get("population"):
        return str(chosen.get("population", ""))
    newest = newest_version(chosen["population"])
    return str(newest.pk) if newest else ""


def _recommended(rows: list[dict[str, Any]]) -> str:
    return next((row["value"] for row in rows if row.get("recommended")), rows[0]["value"])


def _doubtful(result: AnalysisResult) -> list[dict[str, Any]]:
    summary = result.summary
    return [*summary["review_rows"], *summary["unmatched_rows"]]


def _joined(earlier: Any, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Earlier decisions with the new ones over them; the last word on a row counts."""
    said = {pair["table_row"]: pair["ward_code"] for pair in [*earlier, *pairs]}
    return [{"table_row": row, "ward_code": code} for row, code in sorted(said.items())]


def _result_context(
    result: AnalysisResult, wards: list[dict[str, Any]], files: dict[str, Any], decisions: Decisions
) -> dict[str, Any]:
    decided = {pair["table_row"] for pair in result.params["confirmed"]}
    open_rows = [row for row in _doubtful(result) if row["table_row"] not in decided][:SHOWN_DECISIONS]
    for row in open_rows:
        row["likeness"] = (
            "" if row["score"] is None or row["status"] == "unmatched" else f"{100 * row['score']:.0f}"
        )
        row["refusal"] = decisions.refusals.get(row["table_row"], "")
    ranked = sorted(
        wards, key=lambda ward: (ward["tpr_percent"] is None, -(ward["tpr_percent"] or 0), ward["ward_code"])
    )
    return {
        "summary": result.summary,
        "files": files,
        "map_file": files.get("map.svg"),
        "burden_map": files.get("burden.svg"),
        "hotspot_map": files.get(HOTSPOT_MAP),
        "hotspot_file": files.get(HOTSPOTS),
        "spots": _spots(result) if HOTSPOTS in files else [],
        "burden_file": files.get("burden.csv"),
        "burden_moves": BURDEN_LGA_TRENDS in files,
        "wards": ranked,
        # A ward that has reports may be the one: then the row is another spelling of it.
        "free_wards": wards if open_rows else [],
        "open_rows": open_rows,
        "combinations": _combinations(result),
        "missing_map": files.get("missing_reports.svg"),
        "reporting_file": files.get(BY_MONTH),
        "outliers_file": files.get("outliers.csv"),
        "outpatients_file": files.get("outpatients.csv"),
        "age_words": tpr_forms.AGE_WORDS,
        "downloads": [files[name] for name in sorted(files)],
    }


def _spots(result: AnalysisResult) -> list[dict[str, Any]]:
    """The wards that stand out, the hottest first."""
    rows = [row for row in frames.csv_rows(result, HOTSPOTS) if row["hotspot"]]
    return sorted(rows, key=lambda row: -row["gi_z"])


def _combinations(result: AnalysisResult) -> list[dict[str, Any]]:
    """Those of the tests and time of this result; the others stand on the page of all combinations."""
    rows: list[dict[str, Any]] = result.summary["combinations"]
    for name, usual in (("method", "pooled"), ("period", "all")):
        wanted = result.params[name]
        wanted = wanted if any(row[name] == wanted for row in rows) else usual
        rows = [row for row in rows if row[name] == wanted]
    return rows
