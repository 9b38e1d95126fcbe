"""What a figure or table says, in plain words: as a page, or as a part of the page it stands on."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from assistant import actions
from assistant.explained import facts_of, lines_of, spoken
from assistant.language.configured import first_name
from itn import selectors as plans
from itn.explained import TRIED, tried_facts
from itn.forms import read_plan
from itn.preview import preview
from itn.sources import population_columns
from sessions_app import selectors
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.views import own_result, own_session

LANGUAGES = (("en", "English"), ("fr", "Français"))
HERE = {"risk": "risk_result"}


@require_GET
@transaction.non_atomic_requests
@login_required
def explain_figure(
    request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, figure: str
) -> HttpResponse:
    """`ward`, `lga` or `to` say more about which part; `language` chooses the sentences."""
    with transaction.atomic():
        result = own_result(request, session_id, result_id)
    facts = facts_of(result, figure, request.GET)
    if facts is None:
        raise Http404
    actions.note_explanation(by=request.user, result=result, figure=figure, where="page")
    if request.htmx:
        return _part(request, facts)
    with transaction.atomic():
        drawn = selectors.artifacts_of(result).filter(name=f"{figure}.svg").exists()
        context = session_frame(result.session, HERE.get(result.kind, result.kind)) | {
            "result": result,
            "drawn": f"{figure}.svg" if drawn else "",
            "back": run_of(result)["done_url"],
            "model": first_name(),
        }
        return _page(request, facts, context)


@require_GET
@transaction.non_atomic_requests
@login_required
def explain_tried(request: HttpRequest, session_id: uuid.UUID, table: str) -> HttpResponse:
    """A table of the plan that the address says, computed once more as its preview was.

    Where there is no such plan the preview says why.
    """
    with transaction.atomic():
        session = own_session(request, session_id)
        newest = selectors.newest_of(session)
        base = plans.base_of(newest)
        frame = session_frame(session, "itn_plan", newest)
    back = f"{reverse('session_nets', args=[session.pk])}?{_query(request)}"
    if base is None or "nets" not in request.GET:
        return redirect(back)
    if table not in TRIED:
        raise Http404
    with Refusal() as refusal:
        tried = preview(base, read_plan(request.GET, base, population_columns(base.dataset)))
    if refusal.problem:
        return redirect(back)
    facts = tried_facts(tried, table)
    if facts is None:
        raise Http404
    actions.note_tried_explanation(by=request.user, session=session, table=table)
    return _part(request, facts) if request.htmx else _page(request, facts, frame | {"back": back})


def _part(request: HttpRequest, facts: dict[str, Any]) -> HttpResponse:
    answer = render(request, "explain/_explained.html", _said(request, facts))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _page(request: HttpRequest, facts: dict[str, Any], context: dict[str, Any]) -> HttpResponse:
    told = [(name, value) for name, value in facts.items() if name not in ("say", "figure", "title")]
    return render(request, "explain/explain_figure.html", context | _said(request, facts) | {"told": told})


def _said(request: HttpRequest, facts: dict[str, Any]) -> dict[str, Any]:
    language = spoken(request.GET.get("language", ""))
    return {
        "facts": facts, "lines": lines_of(facts, language), "language": language, "languages": LANGUAGES,
        "query": _query(request),
    }  # fmt: skip


def _query(request: HttpRequest) -> str:
    """What was asked besides the language, to be asked again."""
    kept = request.GET.copy()
    kept.pop("language", None)
    return kept.urlencode()
