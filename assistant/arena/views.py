"""The arena's pages: start a comparison, read and vote, and the ranking."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assistant import selectors as conversations
from assistant.arena import actions, selectors, starting
from assistant.models import Battle
from assistant.wording import SAYINGS, sentences
from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.selectors import sessions_of
from sessions_app.throttles import limited

BATTLES_PER_PAGE = 20


def own_battle(request: HttpRequest, battle_id: uuid.UUID) -> Battle:
    """The battle of the address if it is the reader's; 404 otherwise."""
    return get_own(selectors.battles_of(request.user), battle_id)


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("compute")
def arena(request: HttpRequest) -> HttpResponse:
    """What was compared so far, and a form to begin: on a question, or on the results of the session in the address."""
    with transaction.atomic():
        session = _session(request)
    if request.method != "POST":
        return _arena_page(request, session)
    question = request.POST.get("question", "")
    with Refusal() as refusal:
        return redirect(_started(request, session, question))
    told = {"problem": refusal.problem, "question": question[:2_000]}
    return _arena_page(request, session, status=refusal.status, **told)


def _session(request: HttpRequest) -> AnalysisSession | None:
    asked = (request.POST if request.method == "POST" else request.GET).get("session", "")
    return get_own(sessions_of(request.user), asked) if asked else None


def _started(request: HttpRequest, session: AnalysisSession | None, question: str) -> Battle:
    if asked := request.POST.get("turn", ""):
        with transaction.atomic():
            turn = get_own(conversations.all_turns_of(request.user), asked)
        return starting.start_on_turn(by=request.user, turn=turn)
    if session is not None:
        return starting.start_on_results(by=request.user, session=session, question=question)
    return starting.start_on_question(by=request.user, question=question)


def _arena_page(
    request: HttpRequest, session: AnalysisSession | None, status: int = 200, **rest: Any
) -> HttpResponse:
    with transaction.atomic():
        battles = Paginator(selectors.battles_of(request.user), BATTLES_PER_PAGE)
        page = battles.get_page(request.GET.get("page"))
        question = starting.ABOUT_RESULTS if session else ""
        context = {"nav": "arena", "about": session, "question": question, "battles": page, "page": page}
        return render(request, "arena/arena.html", context | rest, status=status)


@require_GET
@login_required
def battle_detail(request: HttpRequest, battle_id: uuid.UUID) -> HttpResponse:
    return _battle_page(request, own_battle(request, battle_id))


def _battle_page(request: HttpRequest, battle: Battle, status: int = 200, **rest: Any) -> HttpResponse:
    told = selectors.told(battle)
    current = told["rounds"][-1] if told["status"] == Battle.Status.VOTING else None
    past = [one for one in told["rounds"] if one is not current]
    names = {choice.value: choice.label for choice in actions.Vote.Choice}
    for one in past:
        one["words"] = names[one["vote"]["choice"]]
    context = {
        "nav": "arena", "battle": told, "current": current, "past": past, "choices": names.items(),
        "facts": _facts_told(battle),
    }  # fmt: skip
    answer = render(request, "arena/battle_detail.html", context | rest, status=status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _facts_told(battle: Battle) -> list[str]:
    """In our sentences what the models were told. A kind of finding that no tool has any more is left out."""
    return [line for found in battle.facts if found.get("say") in SAYINGS for line in sentences(found)]


@require_POST
@login_required
def battle_vote(request: HttpRequest, battle_id: uuid.UUID, number: int) -> HttpResponse:
    battle = own_battle(request, battle_id)
    with Refusal() as refusal:
        said = {name: request.POST.get(name, "") for name in ("choice", "reason")}
        actions.cast_vote(by=request.user, battle=battle, number=number, **said)
        return redirect(battle)
    return _battle_page(request, own_battle(request, battle_id), refusal.status, problem=refusal.problem)


@require_POST
@transaction.non_atomic_requests
@login_required
@limited("compute")
def battle_again(request: HttpRequest, battle_id: uuid.UUID) -> HttpResponse:
    with transaction.atomic():
        battle = own_battle(request, battle_id)
    with Refusal() as refusal:
        return redirect(starting.try_again(by=request.user, battle=battle))
    with transaction.atomic():
        return _battle_page(request, own_battle(request, battle_id), refusal.status, problem=refusal.problem)


@require_POST
@login_required
def battle_delete(request: HttpRequest, battle_id: uuid.UUID) -> HttpResponse:
    battle = own_battle(request, battle_id)
    if "sure" not in request.POST:
        messages.warning(request, _("Tick the box to delete the comparison."))
        return redirect(battle)
    actions.delete_battle(by=request.user, battle=battle)
    messages.success(request, _("The comparison is deleted."))
    return redirect("arena")


@require_GET
@login_required
def leaderboard(request: HttpRequest) -> HttpResponse:
    return render(request, "arena/leaderboard.html", {"nav": "arena", "board": selectors.leaderboard()})
