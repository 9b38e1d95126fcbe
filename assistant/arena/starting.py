"""How a comparison begins: on a question, on an answered turn, or on a session's own results."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import Http404

from assistant.arena import actions, tasks
from assistant.arena.opening import is_open
from assistant.arena.own_words import repeats_own_data
from assistant.language import ledger
from assistant.models import Battle, Message, Turn
from assistant.toolbox import Toolbox
from assistant.turns import usable
from sessions_app.models import AnalysisSession, User
from sessions_app.problems import Problem

ABOUT_RESULTS = "What should a malaria programme notice in these results, and how sure can it be of them?"


@dataclass(frozen=True)
class Asked:
    """What a battle is about, as the server sees it; nothing of it is taken from the client but the question."""

    question: str
    kind: str = Battle.Kind.GENERAL
    uses_data: bool = True
    facts: list[dict[str, Any]] = field(default_factory=list)
    session_id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None


def start_on_question(*, by: User, question: str) -> Battle:
    """Compare models on a question; no data goes to them. Call it, like the other two, outside a transaction."""
    said = _usable(question)
    return _started(by, Asked(said, uses_data=repeats_own_data(by, said)))


def start_on_turn(*, by: User, turn: Turn) -> Battle:
    """Compare models on a question of a conversation, with what the tools found for it then."""
    refuse_closed()
    with transaction.atomic():
        found = Turn.objects.select_related("conversation").filter(pk=turn.pk).first()
        if found is None:  # deleted in another tab meanwhile
            raise Http404
        turn = found
        if turn.model:
            # Who answered it is told there, and would answer much the same here.
            raise Problem("answered_by_a_model", where=str(turn.pk))
        if turn.status == Turn.Status.RUNNING:
            raise Problem("turn_under_way", where=str(turn.pk))
        asked = turn.messages.filter(role=Message.Role.USER).first()
        if asked is None:
            raise Problem("words_removed", where=str(turn.pk))
    kind = Battle.Kind.RESULTS if turn.results else Battle.Kind.GENERAL
    place = {"session_id": turn.conversation.session_id, "conversation_id": turn.conversation_id}
    # Asked in a session, so it may be about the session, whatever its words are.
    return _started(by, Asked(asked.text, kind=kind, facts=turn.results, **place))


def start_on_results(*, by: User, session: AnalysisSession, question: str) -> Battle:
    """Compare models on the ranking of a session: each is told the same facts."""
    said = _usable(question)
    toolbox = Toolbox(by=by, session=session, turn_key="arena")
    toolbox.call("results_summary")
    toolbox.call("stability")
    for row in toolbox.results[0]["rows"][:1]:
        toolbox.call("explain_ward", ward=row["ward_name"], lga=row["lga_name"] or "")
    found = [result for result in toolbox.results if not result["choices"]]
    return _started(by, Asked(said, kind=Battle.Kind.RESULTS, facts=found, session_id=session.pk))


def try_again(*, by: User, battle: Battle) -> Battle:
    """Ask those models again that failed."""
    ledger.refuse_over_budget(by.pk)
    battle, entries = actions.ask_again(by=by, battle=battle)
    tasks.publish_all(by.pk, entries)
    return battle


def refuse_closed() -> None:
    if not is_open():
        raise Problem("arena_closed")


def _usable(question: str) -> str:
    refuse_closed()
    return usable(question)


def _started(by: User, asked: Asked) -> Battle:
    ledger.refuse_over_budget(by.pk)
    battle, entries = actions.start_battle(by=by, asked=asked)
    tasks.publish_all(by.pk, entries)
    return battle
