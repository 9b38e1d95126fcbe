"""What was said is read by who has stated a reason, for a while, and the owner's ledger tells of it first."""

import uuid
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistant import actions
from assistant.models import Message
from sessions_app import actions as sessions
from sessions_app.isolation.scope import scope
from sessions_app.models import Event
from sessions_app.staff.tests.conftest import (  # noqa: F401 - fixtures are found by their name
    alice,
    bob,
    browser,
    chief,
    committed,
    person,
    study,
    support,
)

LIST = "/admin/assistant/conversation/"
CANARY = "how many nets does Wudil canary need"
REASON = {"reason": "Alice reported a wrong number in this answer."}


@pytest.fixture
def talk(alice):  # noqa: F811
    with scope(alice.user.pk):
        session = sessions.create_session(by=alice.user, name="Kano")
        conversation = actions.start_conversation(by=alice.user, session=session)
        actions.begin_turn(by=alice.user, conversation=conversation, text=CANARY)
    return conversation


def page(conversation):
    return f"{LIST}{conversation.pk}/change/"


def test_lists_and_searches_know_no_words(support, alice, talk):  # noqa: F811
    listed = support.client.get(LIST, {"q": alice.email}).content.decode()
    assert str(talk.pk) in listed
    assert "canary" not in listed
    for words in ("canary", "nets", CANARY):
        assert str(talk.pk) not in support.client.get(LIST, {"q": words}).content.decode()
    for lookup in (
        "title__startswith=how",
        "messages__text__contains=canary",
        "turns__intent=x",
        "focus__a=1",
    ):
        assert support.client.get(f"{LIST}?{lookup}").status_code == 400


def test_without_a_reason_nothing_of_it_is_shown(support, talk):  # noqa: F811
    shown = support.client.get(page(talk)).content.decode()
    assert "Why do you need to read this conversation?" in shown
    assert "canary" not in shown


@pytest.mark.parametrize("reason", ["", "   ", "because", "x" * 501])
def test_a_reason_says_something(support, alice, talk, reason):  # noqa: F811
    answer = support.client.post(page(talk), {"reason": reason})
    assert answer.status_code == 422
    assert "canary" not in answer.content.decode()
    assert alice.events("staff.conversation_opened") == []
    assert "canary" not in support.client.get(page(talk)).content.decode()


def test_the_event_stands_before_anything_is_shown(support, alice, talk):  # noqa: F811
    answer = support.client.post(page(talk), REASON)
    assert answer.status_code == 302 and b"canary" not in answer.content
    [event] = alice.events("staff.conversation_opened")
    assert (event.actor, event.object_id, event.data) == (support.user.pk, talk.pk, REASON)
    assert alice.events("staff.conversation_read") == []
    shown = support.client.get(page(talk)).content.decode()
    assert "canary" in shown
    assert len(alice.events("staff.conversation_read")) == 1


def test_it_holds_for_one_conversation_and_one_person(support, chief, alice, talk):  # noqa: F811
    with scope(alice.user.pk), transaction.atomic():
        session = talk.session
    with scope(alice.user.pk):
        other = actions.start_conversation(by=alice.user, session=session)
        actions.begin_turn(by=alice.user, conversation=other, text=CANARY)
    support.client.post(page(talk), REASON)
    assert "canary" in support.client.get(page(talk)).content.decode()
    assert "canary" not in support.client.get(page(other)).content.decode()
    assert "canary" not in chief.client.get(page(talk)).content.decode()


def test_it_ends_after_a_quarter_of_an_hour(support, alice, talk):  # noqa: F811
    support.client.post(page(talk), REASON)
    opened = Event.objects.using("owner").filter(owner_id=alice.user.pk, verb="staff.conversation_opened")
    opened.update(at=timezone.now() - timedelta(minutes=14))
    assert "canary" in support.client.get(page(talk)).content.decode()
    opened.update(at=timezone.now() - timedelta(minutes=16))
    assert "canary" not in support.client.get(page(talk)).content.decode()


def test_nobody_without_the_right_reads_it(study, alice, bob, talk):  # noqa: F811
    assert study.client.get(page(talk)).status_code == 403
    assert study.client.post(page(talk), REASON).status_code == 403
    assert bob.client.post(page(talk), REASON).status_code == 404
    assert alice.client.get(page(talk)).status_code == 404
    assert alice.events("staff.conversation_opened") == []
    assert alice.events("staff.read") == []


def test_users_cannot_write_themselves_a_permit_that_counts(support, alice, talk):  # noqa: F811
    """The event is the permit; a user may write events of their own, and so could open nothing but their own words."""
    with scope(alice.user.pk), transaction.atomic():
        Event.objects.create(
            owner_id=alice.user.pk, actor=alice.user.pk, verb="staff.conversation_opened", object_id=talk.pk
        )
    assert "canary" not in support.client.get(page(talk)).content.decode()


def test_ones_own_conversation_needs_a_reason_too(support):  # noqa: F811
    with scope(support.user.pk):
        session = sessions.create_session(by=support.user, name="Own")
        own = actions.start_conversation(by=support.user, session=session)
        actions.begin_turn(by=support.user, conversation=own, text=CANARY)
    assert "canary" not in support.client.get(page(own)).content.decode()
    support.client.post(page(own), REASON)
    assert "canary" in support.client.get(page(own)).content.decode()
    assert len(support.events("staff.conversation_opened")) == 1


def test_what_was_said_is_shown_as_text(support, alice, talk):  # noqa: F811
    Message.objects.using("owner").filter(conversation_id=talk.pk).update(
        text="<script>alert(1)</script> canary"
    )
    support.client.post(page(talk), REASON)
    shown = support.client.get(page(talk)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; canary" in shown


def test_an_unknown_conversation_leads_back(support):  # noqa: F811
    assert support.client.get(f"{LIST}{uuid.uuid4()}/change/").status_code == 302
    assert support.client.get(f"{LIST}no-such/change/").status_code == 302


def test_nothing_of_it_can_be_changed_or_deleted(support, talk):  # noqa: F811
    assert support.client.get(f"{LIST}add/").status_code == 403
    assert support.client.post(f"{LIST}{talk.pk}/delete/", {"post": "yes"}).status_code == 403


def test_queries_do_not_grow_with_turns(support, alice, talk):  # noqa: F811
    def count() -> int:
        with CaptureQueriesContext(connections["staff"]) as seen:
            assert "canary" in support.client.get(page(talk)).content.decode()
        return len(seen)

    support.client.post(page(talk), REASON)
    few = count()
    with scope(alice.user.pk):
        for _ in range(5):
            actions.begin_turn(by=alice.user, conversation=talk, text=CANARY)
    assert count() == few
