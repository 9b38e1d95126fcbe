"""The nets page: the form of a plan with its preview, and the plans that are stored."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from itn import selectors as plans
from itn.core.settings import PEOPLE_PER_NET, RISK_RATIO
from itn.forms import FIELDS, read_plan
from itn.labels import POPULATION_RULES, QUANTITIES, STRATEGIES, URBAN_RULES
from itn.preview import Preview, preview
from itn.sources import population_columns, summed_columns
from reference.selectors import offered
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("compute")
def session_nets(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Rows are read in short transactions, so that none is open while the storage is read for the preview.

    The form is sent by GET to try a plan and by POST to store it; nothing is stored by trying.
    """
    with transaction.atomic():
        session = own_session(request, session_id)
        newest = selectors.newest_of(session)
        base = plans.base_of(newest)
        context = _context(session, newest)
    if base is None:
        return render(request, "itn/session_nets.html", context)
    columns = population_columns(base.dataset)
    with transaction.atomic():
        populations = [row.cited() for row in offered("population")]
    sent = request.POST if request.method == "POST" else request.GET
    params = read_plan(sent, base, columns) if "nets" in sent else None
    problem, status = None, 200
    if request.method == "POST" and params is not None:
        with Refusal() as refusal:
            actions.request_result(by=request.user, session=session, kind="itn_plan", params=params)
            return redirect("session_nets", session.pk)
        problem, status = refusal.problem, 422
    tried: Preview | None = None
    if params is not None and problem is None:
        with Refusal() as refusal:
            tried = preview(base, params)
        problem = refusal.problem
    context |= (
        _form(base, columns, sent)
        | {"populations": populations}
        | {"tried": tried, "tried_query": _query(sent), "problem": problem, "asked": params is not None}
    )
    template = "itn/_tried.html" if getattr(request, "htmx", False) else "itn/session_nets.html"
    answer = render(request, template, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _query(sent: Mapping[str, str]) -> str:
    """The plan that was asked for, as part of an address."""
    return urlencode({name: sent[name] for name in FIELDS if sent.get(name)})


def _context(session: AnalysisSession, newest: selectors.Newest) -> dict[str, Any]:
    last = newest.results.get("itn_plan")
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    return session_frame(session, "itn_plan", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "base": None,
        "plans": [_listed(plan, newest) for plan in plans.plans_of(session)],
    }


def _listed(plan: AnalysisResult, newest: selectors.Newest) -> dict[str, Any]:
    return {
        "result": plan,
        "title": plans.title_of(plan),
        "stale": selectors.stale(plan, newest),
    } | plan.summary


def _form(base: plans.Base, columns: list[str], sent: Mapping[str, Any]) -> dict[str, Any]:
    usual = {
        "people_per_net": PEOPLE_PER_NET,
        "buffer_percent": "0",
        "risk_ratio": RISK_RATIO,
        "strategy": "proportional",
        "urban_rule": "off",
        "quantity": "people_per_net",
        "ranking": "composite",
        "rule": "leave",
        "population": f"column:{columns[0]}" if columns and columns[0] == "population" else "",
    }
    summed = summed_columns(base.dataset)
    return {
        "base": base,
        "values": {name: sent.get(name, usual.get(name, "")) for name in FIELDS},
        "strategies": STRATEGIES,
        "urban_rules": URBAN_RULES,
        "quantities": QUANTITIES,
        "rules": POPULATION_RULES,
        "columns": [(name, summed.get(name)) for name in columns],
        "registration": base.registration,
        "has_pca": bool(base.risk.summary["pca_ranked"]),
        "pca_forced": base.risk.summary.get("pca_forced"),
        "has_urban": base.has_urban,
    }
