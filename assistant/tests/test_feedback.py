"""Verdicts on answers, and asking again."""

from django.db import transaction
from django.urls import reverse

from assistant.models import Feedback
from assistant.tests.test_conversations import said
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem

JSON = "application/json"


def turn_of(person, conversation):
    with scope(person.user.pk), transaction.atomic():
        return conversation.turns.get(number=1)


def verdicts(person):
    with scope(person.user.pk), transaction.atomic():
        return list(Feedback.objects.values_list("verdict", "reason"))


def test_one_verdict_for_each_turn_that_can_be_changed_and_taken_back(alice):
    browser, session = browse(alice), alice.session()
    talk = said(alice, session, "hello")
    turn = turn_of(alice, talk)
    place = reverse("turn_feedback", args=[session.pk, talk.pk, turn.pk])
    sent = browser.post(place, {"verdict": "up"})
    assert sent["Location"] == f"{talk.get_absolute_url()}#turn-1"
    assert 'aria-pressed="true"' in text_of(browser.get(talk.get_absolute_url()))
    browser.post(place, {"verdict": "up", "reason": " it names <b>wards</b> "})
    assert verdicts(alice) == [("up", "it names <b>wards</b>")]
    assert "&lt;b&gt;wards" in text_of(browser.get(talk.get_absolute_url()))
    browser.post(place, {"verdict": "down"})
    assert verdicts(alice) == [("down", "")]
    row = browser.post(place, {"verdict": "none"}, headers={"X-Fragment": "1"})
    assert row.content.lstrip().startswith(b'<div class="judged"')
    assert verdicts(alice) == []
    refused = browser.post(place, {"verdict": "sideways"})
    assert (refused.status_code, verdicts(alice)) == (400, [])
    given = alice.events("feedback.given")
    assert [event.data for event in given] == [
        {"verdict": "up", "with_reason": False},
        {"verdict": "up", "with_reason": True},
        {"verdict": "down", "with_reason": False},
    ]
    assert len(alice.events("feedback.withdrawn")) == 1


def test_a_stranger_judges_nothing(alice, bob):
    session = alice.session()
    talk = said(alice, session, "hello")
    turn = turn_of(alice, talk)
    place = reverse("turn_feedback", args=[session.pk, talk.pk, turn.pk])
    assert browse(bob).post(place, {"verdict": "up"}).status_code == 404
    answer = bob.browser().put(f"/api/turns/{turn.pk}/feedback/", {"verdict": "up"}, content_type=JSON)
    problem(answer, 404, "not_found")
    assert verdicts(alice) == []
    assert verdicts(bob) == []


def test_the_api_judges_and_shows_the_verdict_with_the_turn(alice):
    client, talk = alice.browser(), said(alice, alice.session(), "hello")
    place = f"/api/turns/{turn_of(alice, talk).pk}/"
    assert client.get(place).json()["feedback"] is None
    sent = {"verdict": "down", "reason": "too short"}
    assert client.put(f"{place}feedback/", sent, content_type=JSON).status_code == 200
    assert client.get(place).json()["feedback"]["reason"] == "too short"
    for wrong in (
        {},
        {"verdict": "x"},
        {"verdict": "up", "owner": "x"},
        {"verdict": "up", "reason": "x" * 501},
    ):
        problem(client.put(f"{place}feedback/", wrong, content_type=JSON), 400, "invalid_request")
    assert client.delete(f"{place}feedback/").status_code == 204
    assert client.get(place).json()["feedback"] is None


def test_a_verdict_on_an_answer_that_is_not_there_yet_is_refused(alice):
    from assistant import actions

    session = alice.session()
    with scope(alice.user.pk):
        talk = actions.start_conversation(by=alice.user, session=session)
        turn = actions.begin_turn(by=alice.user, conversation=talk, text="hello")
    answer = alice.browser().put(f"/api/turns/{turn.pk}/feedback/", {"verdict": "up"}, content_type=JSON)
    problem(answer, 409, "no_answer_yet")


def test_asking_again_and_editing_make_new_turns_without_scripts(alice):
    browser, session = browse(alice), alice.session()
    browser.post(reverse("session_chat", args=[session.pk]), {"text": "status"})
    with scope(alice.user.pk), transaction.atomic():
        talk = session.conversations.get()
    page = text_of(browser.get(talk.get_absolute_url()))
    assert 'name="how" value="retry"' in page
    browser.post(talk.get_absolute_url(), {"text": "status", "how": "retry"})
    edited = text_of(browser.get(f"{talk.get_absolute_url()}?edit=2"))
    assert ">status</textarea>" in edited
    assert 'name="how" value="edit"' in edited
    browser.post(talk.get_absolute_url(), {"text": "help", "how": "edit"})
    browser.post(talk.get_absolute_url(), {"text": "help", "how": "<script>"})
    hows = [event.data["how"] for event in alice.events("turn.started")]
    assert hows == ["new", "retry", "edit", "new"]
