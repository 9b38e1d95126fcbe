"""Conversations belong to one user and to one session."""

import pytest
from django.db import DatabaseError, transaction

from assistant import actions, selectors
from assistant.models import Conversation, Message, Turn
from sessions_app.isolation.scope import scope
from sessions_app.problems import Problem


def said(person, session, *texts):
    with scope(person.user.pk), transaction.atomic():
        conversation = actions.start_conversation(by=person.user, session=session)
        for text in texts:
            turn = actions.begin_turn(by=person.user, conversation=conversation, text=text)
            actions.finish_turn(by=person.user, turn=turn, text=f"re: {text}", pending={}, focus={})
        return Conversation.objects.get(pk=conversation.pk)


def test_a_conversation_keeps_order_title_and_both_sides(alice):
    conversation = said(alice, alice.session(), "how many wards", "and the lowest?")
    assert conversation.title == "how many wards"
    with scope(alice.user.pk), transaction.atomic():
        turns = list(selectors.turns_of(conversation))
        assert [turn.number for turn in turns] == [1, 2]
        assert [[m.text for m in turn.messages.all()] for turn in turns] == [
            ["how many wards", "re: how many wards"],
            ["and the lowest?", "re: and the lowest?"],
        ]


def test_another_user_reads_changes_and_adds_nothing(alice, bob):
    hers = said(alice, alice.session(), "private words")
    with scope(bob.user.pk), transaction.atomic():
        assert not Conversation.objects.exists()
        assert not Turn.objects.exists()
        assert not Message.objects.filter(text__icontains="private").exists()
        assert Conversation.objects.filter(pk=hers.pk).update(title="taken") == 0
    with pytest.raises(DatabaseError), scope(bob.user.pk), transaction.atomic():
        Turn.objects.create(owner_id=bob.user.pk, conversation=hers, number=9)
    with pytest.raises(DatabaseError), scope(bob.user.pk), transaction.atomic():
        Turn.objects.create(owner_id=alice.user.pk, conversation=hers, number=9)


def test_two_sessions_of_one_user_do_not_mix(alice):
    first, second = alice.session("first"), alice.session("second")
    said(alice, first, "about the first")
    with scope(alice.user.pk), transaction.atomic():
        assert selectors.conversations_of(second).count() == 0
        assert selectors.conversations_of(first, "ABOUT").count() == 1
        assert selectors.conversations_of(first, "second").count() == 0


def test_deleting_leaves_no_row_and_no_word_in_the_events(alice):
    conversation = said(alice, alice.session(), "secret plan")
    with scope(alice.user.pk):
        actions.delete_conversation(by=alice.user, conversation=conversation)
        with transaction.atomic():
            assert (Conversation.objects.count(), Turn.objects.count(), Message.objects.count()) == (0, 0, 0)
    events = [event for event in alice.events() if event.verb.startswith(("conversation", "turn"))]
    assert [event.verb for event in events] == [
        "conversation.started", "turn.started", "turn.finished", "conversation.deleted",
    ]  # fmt: skip
    assert "secret" not in str([event.data for event in events])


def test_an_archived_conversation_takes_no_turn(alice):
    conversation = said(alice, alice.session(), "one")
    with scope(alice.user.pk):
        actions.change_conversation(by=alice.user, conversation=conversation, archived=True)
        with pytest.raises(Problem) as refused:
            actions.begin_turn(by=alice.user, conversation=conversation, text="two")
    assert (refused.value.code, refused.value.status) == ("conversation_archived", 410)
