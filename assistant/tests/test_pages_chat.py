"""The conversation page without scripts and with htmx, and the same through the API."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assistant import actions, tasks
from assistant.models import Conversation, Turn
from assistant.views.chat import _key
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse
from sessions_app.tests.people import problem

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def at_home(alice):
    return alice, browse(alice), alice.session("Work")


def conversations(person) -> list[Conversation]:
    with scope(person.user.pk), transaction.atomic():
        return list(Conversation.objects.all())


def test_a_plain_form_asks_and_is_led_to_its_turn(at_home):
    alice, browser, session = at_home
    page = browser.get(reverse("session_chat", args=[session.pk]))
    assert page.status_code == 200
    assert "Upload your files" in page.content.decode()
    sent = browser.post(reverse("session_chat", args=[session.pk]), {"text": HOSTILE})
    (conversation,) = conversations(alice)
    assert sent.status_code == 302
    assert sent["Location"] == f"{conversation.get_absolute_url()}#turn-1"
    shown = browser.get(conversation.get_absolute_url()).content.decode()
    assert HOSTILE not in shown
    assert "&lt;img src=x" in shown
    assert 'role="log" aria-live="polite"' in shown
    assert "I can&#x27;t answer that" in shown


def test_htmx_gets_the_turn_alone(at_home):
    alice, browser, session = at_home
    browser.post(reverse("session_chat", args=[session.pk]), {"text": "hello"})
    (conversation,) = conversations(alice)
    answer = browser.post(
        conversation.get_absolute_url(), {"text": "status", "known": "1"}, headers={"HX-Request": "true"}
    )
    body = answer.content.decode()
    assert answer.status_code == 200
    assert body.lstrip().startswith('<article class="turn" id="turn-2"')
    assert "Files are still missing" in body
    assert "no-store" in answer["Cache-Control"]
    # Field offices have 2G: what one turn costs without artefacts.
    assert len(answer.content) < 4_000


def test_a_form_that_is_sent_again_after_a_broken_link_makes_no_second_turn(at_home):
    alice, browser, session = at_home
    place = reverse("session_chat", args=[session.pk])
    page = browser.get(place).content.decode()
    key = re.search(r'name="key" value="([^"]+)" data-key', page)[1]
    first, again = (browser.post(place, {"text": "hello", "key": key}) for _ in range(2))
    assert first["Location"] == again["Location"]
    (conversation,) = conversations(alice)
    htmx = {"headers": {"HX-Request": "true"}}
    sent = [
        browser.post(conversation.get_absolute_url(), {"text": text, "known": "1", "key": key}, **htmx)
        for text in ("status", "status", "help", "status")
    ]
    # Changed words under the same key are another question.
    assert [re.search(r'id="turn-(\d)"', answer.content.decode())[1] for answer in sent] == list("2232")
    assert conversations(alice)[0].turn_count == 3


def test_a_question_that_is_sent_again_while_it_is_being_answered_says_so_until_it_is(at_home):
    alice, browser, session = at_home
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)
        turn = actions.begin_turn(
            by=alice.user, conversation=conversation, text="status", key=_key("once", "status")
        )
    sent = browser.post(
        conversation.get_absolute_url(), {"text": "status", "known": "1", "key": "once"}, headers={"HX-Request": "true"}
    )  # fmt: skip
    waiting = sent.content.decode()
    assert "This question is being answered…" in waiting
    assert "data-copy" not in waiting
    place = re.search(r'data-running="([^"]+)" data-events=""', waiting)[1]
    assert 'http-equiv="refresh"' in browser.get(conversation.get_absolute_url()).content.decode()
    with scope(alice.user.pk), transaction.atomic():
        long_ago = timezone.now() - timedelta(seconds=settings.CHAT["cut_after_seconds"] + 1)
        Turn.objects.filter(pk=turn.pk).update(created_at=long_ago)
    tasks.requeue_turns()
    ended = browser.get(place).content.decode()
    assert "data-running" not in ended
    assert "being answered" not in ended
    assert "cut off" in ended
    assert 'http-equiv="refresh"' not in browser.get(conversation.get_absolute_url()).content.decode()


def test_nothing_is_kept_of_an_empty_or_endless_message(at_home):
    alice, browser, session = at_home
    for text in ("", "  ", "x" * 2001, "\x00"):
        answer = browser.post(reverse("session_chat", args=[session.pk]), {"text": text})
        assert answer.status_code == 400
    assert conversations(alice) == []


def test_rename_pin_archive_delete_and_search(at_home):
    alice, browser, session = at_home
    browser.post(reverse("session_chat", args=[session.pk]), {"text": "bonjour"})
    (conversation,) = conversations(alice)
    place = [session.pk, conversation.pk]
    browser.post(reverse("conversation_change", args=place), {"title": "First talk", "pinned": "yes"})
    listed = browser.get(reverse("session_chat", args=[session.pk]) + "?new=1&search=bonj").content.decode()
    assert "First talk" in listed
    assert "Pinned" in listed
    assert (
        "First talk"
        not in browser.get(reverse("session_chat", args=[session.pk]) + "?new=1&search=zzz").content.decode()
    )
    text = browser.get(reverse("conversation_transcript", args=place)).content.decode()
    assert "You: bonjour" in text
    browser.post(reverse("conversation_change", args=place), {"archived": "yes"})
    assert browser.post(conversation.get_absolute_url(), {"text": "hi"}).status_code == 410
    browser.post(reverse("conversation_delete", args=place))
    assert len(conversations(alice)) == 1
    browser.post(reverse("conversation_delete", args=place), {"sure": "1"})
    assert conversations(alice) == []


def test_another_user_gets_404_everywhere(at_home, bob):
    alice, browser, session = at_home
    browser.post(reverse("session_chat", args=[session.pk]), {"text": "hello"})
    (conversation,) = conversations(alice)
    stranger, place = browse(bob), [session.pk, conversation.pk]
    assert stranger.get(conversation.get_absolute_url()).status_code == 404
    assert stranger.post(conversation.get_absolute_url(), {"text": "hello"}).status_code == 404
    assert stranger.get(reverse("conversation_transcript", args=place)).status_code == 404
    assert stranger.post(reverse("conversation_delete", args=place), {"sure": "1"}).status_code == 404
    # Through a session of one's own, too.
    own = bob.session("Mine")
    assert stranger.get(reverse("conversation_detail", args=[own.pk, conversation.pk])).status_code == 404
    assert len(conversations(alice)) == 1


def test_the_api_answers_with_data_and_refuses_ids_in_the_body(alice):
    client, session = alice.browser(), alice.session("Work")
    made = client.post(f"/api/sessions/{session.pk}/conversations/")
    assert made.status_code == 201
    place = f"/api/conversations/{made.json()['id']}/"
    turn = client.post(f"{place}turns/", {"text": "describe my data"}, content_type="application/json")
    assert turn.status_code == 201, turn.content
    body = turn.json()
    assert (body["intent"], body["results"][0]["tool"]) == ("describe", "describe_data")
    assert body["answer"].startswith("There are no data yet.")
    for planted in ("session_id", "owner", "conversation"):
        sent = {"text": "hi", planted: str(session.pk)}
        assert client.post(f"{place}turns/", sent, content_type="application/json").status_code == 400
    assert client.patch(place, {"title": "T"}, content_type="application/json").json()["title"] == "T"
    assert len(client.get(f"{place}turns/").json()) == 1
    once = {"content_type": "application/json", "headers": {"Idempotency-Key": "k-1"}}
    first, again = (client.post(f"{place}turns/", {"text": "hello"}, **once) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    assert len(client.get(f"{place}turns/").json()) == 2
    problem(client.post(f"{place}turns/", {"text": "other"}, **once), 409, "idempotency_key_reused")
    talks = f"/api/sessions/{session.pk}/conversations/"
    assert (
        client.post(talks, **once).json()["id"]
        == client.post(talks, **once).json()["id"]
        != made.json()["id"]
    )
    assert client.delete(place).status_code == 204
