"""What a figure or table of a result says, in plain words: as a page, or as a part of the page it stands on."""

import uuid

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from assistant import actions
from assistant.explained import facts_of, lines_of, spoken
from assistant.language.configured import first_name
from sessions_app import selectors
from sessions_app.session_frame import run_of, session_frame
from sessions_app.views import own_result

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
    language = spoken(request.GET.get("language", ""))
    context = {
        "result": result, "session": result.session, "facts": facts, "lines": lines_of(facts, language),
        "language": language, "languages": LANGUAGES, "query": _query(request),
    }  # fmt: skip
    actions.note_explanation(by=request.user, result=result, figure=figure, where="page")
    if request.htmx:
        answer = render(request, "explain/_explained.html", context)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    with transaction.atomic():
        drawn = selectors.artifacts_of(result).filter(name=f"{figure}.svg").exists()
        context |= session_frame(result.session, HERE.get(result.kind, result.kind))
        context |= {
            "drawn": f"{figure}.svg" if drawn else "",
            "back": run_of(result)["done_url"],
            "model": first_name(),
        }
        context["told"] = [
            (name, value) for name, value in facts.items() if name not in ("say", "figure", "title")
        ]
        return render(request, "explain/explain_figure.html", context)


def _query(request: HttpRequest) -> str:
    """What was asked besides the language, to be asked again."""
    kept = request.GET.copy()
    kept.pop("language", None)
    return kept.urlencode()
