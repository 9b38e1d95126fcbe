"""A turn that a language model is at work on, as page and API show it to its owner and to nobody else."""

import uuid

import pytest
from django.db import transaction
from django.urls import reverse

from assistant import actions
from assistant.models import Turn
from assistant.streams import tickets
from assistant.tests.niger import ask, conversation_of
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse
from sessions_app.tests.people import problem

QUESTION = "please tell the story behind everything"


@pytest.fixture
def waiting(alice, settings):
    """Alice, her conversation, and a turn that waits for a worker."""
    settings.LANGUAGE_MODELS = {"tried": {"model": "m-1", "url": "https://models.example"}}
    conversation = conversation_of(alice, alice.session())
    return alice, conversation, ask(alice, conversation, QUESTION)


def test_the_page_shows_it_with_a_stop_button_and_refreshes_without_scripts(waiting):
    alice, conversation, turn = waiting
    page = browse(alice).get(conversation.get_absolute_url()).content.decode()
    # Without the turn's anchor: the way to an anchor of the same page is no reload.
    refresh = (
        f'<noscript><meta http-equiv="refresh" content="3;url={conversation.get_absolute_url()}"></noscript>'
    )
    assert refresh in page
    assert "The language model is being asked…" in page
    place = [conversation.session_id, conversation.pk, turn.pk]
    assert f'data-running="{reverse("conversation_turn", args=place)}"' in page
    assert f'action="{reverse("turn_stop", args=place)}"' in page
    address = page.split('data-events="')[1].split('"')[0]
    assert address.startswith(f"/stream/{turn.pk}/?ticket=")
    assert tickets.owner_in(address.split("ticket=")[1], turn.pk) == alice.user.pk


def test_stopping_ends_it_at_once_and_a_second_time_changes_nothing(waiting):
    alice, conversation, turn = waiting
    browser, place = browse(alice), [conversation.session_id, conversation.pk, turn.pk]
    for _ in range(2):
        assert browser.post(reverse("turn_stop", args=place)).status_code == 302
    part = browser.get(reverse("conversation_turn", args=place))
    assert "no-store" in part["Cache-Control"]
    assert "Stopped." in part.content.decode()
    assert "data-running" not in part.content.decode()
    assert "refresh" not in browser.get(conversation.get_absolute_url()).content.decode().split("</head>")[0]


def test_the_api_says_202_and_where_the_events_are(waiting):
    alice, conversation, _ = waiting
    client = alice.browser()
    sent = client.post(
        f"/api/conversations/{conversation.pk}/turns/", {"text": QUESTION}, content_type="application/json"
    )
    assert sent.status_code == 202, sent.content
    body = sent.json()
    assert (body["status"], body["route"], body["model"]) == ("running", "model", "tried")
    ticket = body["events"].split("ticket=")[1]
    assert tickets.owner_in(ticket, uuid.UUID(body["id"])) == alice.user.pk
    place = f"/api/turns/{body['id']}/"
    assert client.get(place).json()["status"] == "running"
    stopped = client.post(f"{place}stop/")
    assert (stopped.status_code, stopped.json()["status"], stopped.json()["events"]) == (200, "cancelled", "")
    problem(client.post(f"{place}stop/"), 409, "turn_over")


def test_a_stranger_gets_no_turn_no_ticket_and_stops_nothing(waiting, bob):
    alice, conversation, turn = waiting
    stranger, api = browse(bob), bob.browser()
    own = conversation_of(bob, bob.session())
    for place in (
        [conversation.session_id, conversation.pk, turn.pk],
        [own.session_id, own.pk, turn.pk],
        [own.session_id, conversation.pk, turn.pk],
    ):
        assert stranger.get(reverse("conversation_turn", args=place)).status_code == 404
        assert stranger.post(reverse("turn_stop", args=place)).status_code == 404
    assert api.get(f"/api/turns/{turn.pk}/").status_code == 404
    assert api.post(f"/api/turns/{turn.pk}/stop/").status_code == 404
    with scope(alice.user.pk), transaction.atomic():
        assert Turn.objects.get(pk=turn.pk).status == "running"


def test_a_turn_is_found_in_its_own_conversation_only(waiting):
    alice, _, turn = waiting
    other = conversation_of(alice, alice.session())
    place = [other.session_id, other.pk, turn.pk]
    assert browse(alice).get(reverse("conversation_turn", args=place)).status_code == 404


def test_the_words_of_a_model_are_marked_as_such_and_escaped(waiting):
    alice, conversation, turn = waiting
    with scope(alice.user.pk):
        actions.finish_model_turn(
            by=alice.user, turn=turn, text="Found by us.\n<b>Said</b> by the model.",
            slots={"found_lines": 1, "withheld": False},
        )  # fmt: skip
    page = browse(alice).get(conversation.get_absolute_url()).content.decode()
    ours, theirs = page.split('<div class="comment">')
    assert "Found by us." in ours
    assert "In the words of the language model “tried”" in theirs
    assert "&lt;b&gt;Said&lt;/b&gt; by the model." in theirs
