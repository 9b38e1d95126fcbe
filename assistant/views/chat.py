"""The conversation page: the turns of one conversation beside the list of all."""

import hashlib
import secrets
import uuid
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assistant import actions, selectors
from assistant.context import build_context, next_chips
from assistant.language.configured import first_name
from assistant.models import Conversation, Turn
from assistant.shown import shown_turn, shown_turns
from assistant.turns import take_turn, usable
from sessions_app.isolation.lookup import Missed, get_own
from sessions_app.models import AnalysisSession
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.selectors import newest_of, sessions_of
from sessions_app.session_frame import session_frame
from sessions_app.throttles import limited
from sessions_app.versions import version_of_form
from sessions_app.views import own_session

TURNS_SHOWN = 50
LISTED = 10
# What a form may name as the list that it stands in.
BACK = MappingProxyType({"history": "conversation_history", "session": "session_history"})


def own_conversation(request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID) -> Conversation:
    """The conversation of the address if it is the reader's and of this session; 404 otherwise."""
    found = selectors.all_conversations_of(request.user).filter(session_id=session_id)
    return get_own(found.select_related("session"), conversation_id)


def _gone(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """An old page of a conversation that its reader has deleted since."""
    with transaction.atomic():
        left = sessions_of(request.user).filter(pk=session_id).exists()
    context = {
        "problem": Problem("conversation_deleted").problem(),
        "back": reverse("session_chat", args=[session_id]) if left else reverse("session_list"),
    }
    return render(request, "assistant/refused.html", context, status=410)


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("compute")
def session_chat(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Opens the newest conversation, or an empty one; the first message makes it."""
    with transaction.atomic():
        session = own_session(request, session_id)
        newest = None if "new" in request.GET else selectors.newest_conversation(session)
    if request.method == "POST":
        return _said(request, session, None)
    return _page(request, session, newest)


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("compute")
def conversation_detail(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID
) -> HttpResponse:
    try:
        with transaction.atomic():
            conversation = own_conversation(request, session_id, conversation_id)
    except Missed:
        with transaction.atomic():
            known = selectors.was_own(request.user, conversation_id)
        if known:
            return _gone(request, session_id)
        raise
    if request.method == "POST":
        return _said(request, conversation.session, conversation)
    return _page(request, conversation.session, conversation)


def _said(request: HttpRequest, session: AnalysisSession, conversation: Conversation | None) -> HttpResponse:
    """Takes one turn; htmx gets the turn alone, a plain form is sent to it."""
    text = request.POST.get("text", "")
    with Refusal() as refusal:
        usable(text)
        key = _key(request.POST.get("key", ""), text)
        conversation = conversation or actions.start_conversation(by=request.user, session=session, key=key)
        how = request.POST.get("how", "")
        turn = take_turn(by=request.user, conversation=conversation, text=text, how=how, key=key)
        if request.htmx and request.POST.get("known"):
            return _fragment(request, conversation, turn)
        return redirect(f"{conversation.get_absolute_url()}#turn-{turn.number}")
    if refusal.problem and refusal.problem["code"] == "conversation_deleted":
        return _gone(request, session.pk)
    return _page(
        request, session, conversation, status=refusal.status, problem=refusal.problem, text=text[:2_000]
    )


def _key(sent: str, text: str) -> str:
    """Of one form and its words: sent twice they are one turn, changed words are another."""
    return hashlib.sha256(f"{sent} {usable(text)}".encode()).hexdigest() if sent else ""


def _fragment(request: HttpRequest, conversation: Conversation, turn: Turn) -> HttpResponse:
    with transaction.atomic():
        context = {"shown": shown_turn(turn), "newest_turn": True, "conversation": conversation}
        return render(request, "assistant/_turn.html", context)


def _page(
    request: HttpRequest, session: AnalysisSession, conversation: Conversation | None, status: int = 200, **rest: Any
) -> HttpResponse:  # fmt: skip
    with transaction.atomic():
        newest = newest_of(session)
        search = request.GET.get("search", "")[:200]
        turns = list(selectors.turns_of(conversation)) if conversation else []
        shown = shown_turns(turns[-TURNS_SHOWN:])
        context = session_frame(session, "chat", newest) | {
            "conversation": conversation,
            "turns": shown,
            "running": any(one["running"] or _is_watched(one) for one in shown),
            "model": first_name(),
            "earlier": max(0, len(turns) - TURNS_SHOWN),
            "chips": next_chips(session, build_context(session, newest)),
            "history": selectors.by_day(selectors.conversations_of(session, search)[:LISTED]),
            "search": search,
            "text": _edited(request, shown),
            "key": secrets.token_urlsafe(9),
        }
        return render(request, "assistant/session_chat.html", context | rest, status=status)


def _edited(request: HttpRequest, shown: list[dict[str, Any]]) -> str:
    """The words of the turn that `edit` names, to be changed and asked anew."""
    wanted = request.GET.get("edit", "")
    return next((one["question"] for one in shown if str(one["turn"].number) == wanted), "")


def _is_watched(shown: dict[str, Any]) -> bool:
    return any(not one["result"].is_final for one in shown["started"])


def own_turn(conversation: Conversation, turn_id: uuid.UUID) -> Turn:
    turns = Turn.objects.filter(owner_id=conversation.owner_id, conversation_id=conversation.pk)
    return get_own(turns, turn_id)


@require_GET
@login_required
def conversation_turn(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID, turn_id: uuid.UUID
) -> HttpResponse:
    """One turn as it is stored now: for whoever waits for its answer, and after a stream has ended."""
    conversation = own_conversation(request, session_id, conversation_id)
    turn = own_turn(conversation, turn_id)
    newest = turn.number == conversation.turn_count
    context = {"shown": shown_turn(turn), "newest_turn": newest, "conversation": conversation}
    answer = render(request, "assistant/_turn.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@login_required
def turn_stop(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID, turn_id: uuid.UUID
) -> HttpResponse:
    """Stops a language model that is still at work; a turn that has ended meanwhile stays as it is."""
    conversation = own_conversation(request, session_id, conversation_id)
    turn = own_turn(conversation, turn_id)
    with Refusal():
        actions.stop_turn(by=request.user, turn=turn)
    return redirect(f"{conversation.get_absolute_url()}#turn-{turn.number}")


@require_POST
@transaction.non_atomic_requests
@login_required
def conversation_change(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID
) -> HttpResponse:
    """Renames, pins or archives; a form that was made from an older state is shown the newer one."""
    with transaction.atomic():
        conversation = own_conversation(request, session_id, conversation_id)
    asked: dict[str, Any] = {}
    if title := request.POST.get("title", "").replace("\x00", "").strip():
        asked["title"] = title
    if request.POST.get("pinned") in ("yes", "no"):
        asked["pinned"] = request.POST["pinned"] == "yes"
    if request.POST.get("archived") in ("yes", "no"):
        asked["archived"] = request.POST["archived"] == "yes"
    if not asked:
        return _back(request, conversation)
    with Refusal() as refusal:
        changed = actions.change_conversation(
            by=request.user, conversation=conversation, seen=version_of_form(request), **asked
        )
        if changed.archived_at and request.POST.get("back") not in BACK:
            return redirect("session_chat", session_id)
        return _back(request, changed)
    with transaction.atomic():
        conversation = own_conversation(request, session_id, conversation_id)
    return _page(request, conversation.session, conversation, status=refusal.status, problem=refusal.problem)


def _back(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """To the list that the form stood in, named by a word of ours; else to the conversation."""
    listed = BACK.get(request.POST.get("back", ""))
    if listed is None:
        return redirect(conversation)
    return redirect(listed, conversation.session_id) if listed == "session_history" else redirect(listed)


@require_POST
@login_required
def conversation_delete(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID
) -> HttpResponse:
    conversation = own_conversation(request, session_id, conversation_id)
    if "sure" not in request.POST:
        messages.warning(request, gettext("Tick the box to delete the conversation."))
        return redirect(conversation)
    actions.delete_conversation(by=request.user, conversation=conversation)
    messages.success(request, gettext("The conversation is deleted."))
    if request.POST.get("back") in BACK:
        return _back(request, conversation)
    return redirect("session_chat", session_id)
