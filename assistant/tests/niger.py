"""A session with the published wards of Niger State, ranked by the recommended method, made as users make it."""

from pathlib import Path

from assistant import actions
from assistant.models import Conversation, Turn
from assistant.turns import take_turn
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession
from tests import work


def ranked_session(person, folder: Path) -> AnalysisSession:
    session = person.session("Niger")
    table = work.upload(
        person.user, session, "ward_table", "Niger_plus.csv", (folder / "Niger_plus.csv").read_bytes()
    )
    shapes = work.upload(
        person.user, session, "boundaries", "Niger_State.zip", (folder / "Niger_State.zip").read_bytes()
    )
    files = {"ward_table": str(table.pk), "boundaries": str(shapes.pk)}
    dataset = work.computed(person.user, work.ask_for(person.user, session, "dataset", **files))
    assert dataset.status == "succeeded", dataset.error
    risk = work.computed(person.user, work.ask_for(person.user, session, "risk", dataset=str(dataset.pk)))
    assert risk.status == "succeeded", risk.error
    return session


def conversation_of(person, session) -> Conversation:
    with scope(person.user.pk):
        return actions.start_conversation(by=person.user, session=session)


def ask(person, conversation: Conversation, text: str) -> Turn:
    with scope(person.user.pk):
        return take_turn(by=person.user, conversation=conversation, text=text)


def words_of(person, turn: Turn) -> str:
    from django.db import transaction

    with scope(person.user.pk), transaction.atomic():
        return turn.messages.get(role="assistant").text
