"""The history of conversations: by day, searched, changed from two tabs, and what an old tab is told."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistant import actions, selectors
from assistant.models import Conversation
from assistant.tests.test_conversations import said
from sessions_app import actions as sessions
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem

JSON = "application/json"


@pytest.fixture
def at_home(alice):
    return alice, browse(alice), alice.session("Work")


def aged(person, conversation, **age):
    with scope(person.user.pk), transaction.atomic():
        then = timezone.now() - timedelta(**age)
        Conversation.objects.filter(pk=conversation.pk).update(updated_at=then)


def test_conversations_of_all_sessions_stand_under_their_days(at_home):
    alice, browser, session = at_home
    other = alice.session("Other work")
    places = {"Today": {}, "Yesterday": {"days": 1}, "Last 7 days": {"days": 5}, "Older": {"days": 40}}
    for number, (day, age) in enumerate(places.items()):
        made = said(alice, session if number % 2 else other, f"asked {day}")
        aged(alice, made, **age)
    pinned = said(alice, session, "kept on top")
    aged(alice, pinned, days=90)
    with scope(alice.user.pk):
        actions.change_conversation(by=alice.user, conversation=pinned, pinned=True)
    page = text_of(browser.get(reverse("conversation_history")))
    order = [
        page.index(f"<h2>{day}</h2>") for day in ("Pinned", "Today", "Yesterday", "Last 7 days", "Older")
    ]
    assert order == sorted(order)
    assert page.index("kept on top") < page.index("<h2>Today</h2>") < page.index("asked Today")
    assert "Other work" in page
    one = text_of(browser.get(reverse("session_history", args=[session.pk])))
    assert "asked Yesterday" in one
    assert "asked Today" not in one


def test_a_day_ends_at_midnight_where_the_people_are():
    noon = timezone.make_aware(datetime(2026, 3, 10, 0, 30))
    rows = [Conversation(updated_at=noon - timedelta(minutes=minutes)) for minutes in (10, 60)]
    assert [title for title, _ in selectors.by_day(rows, noon)] == ["Today", "Yesterday"]


def test_a_search_finds_titles_and_words_of_both_sides_and_of_nobody_else(at_home, bob):
    alice, browser, session = at_home
    said(alice, session, "rainfall in Bosso", "and in Minna?")
    said(alice, session, "100% of the wards")
    said(bob, bob.session("His"), "rainfall of Bob")

    def found(words, **more):
        page = text_of(browser.get(reverse("conversation_history"), {"search": words, **more}))
        assert "of Bob" not in page
        return [
            title for title in ("rainfall in Bosso", "100% of the wards") if f">{title}</bdi></a>" in page
        ]

    assert found("RAIN bosso") == ["rainfall in Bosso"]
    assert found("minna") == ["rainfall in Bosso"]
    assert found("re: 100") == ["100% of the wards"]
    assert found("100%") == ["100% of the wards"]
    assert found("%") == ["100% of the wards"]
    assert found("minna wards") == []
    assert found("\x00") == ["rainfall in Bosso", "100% of the wards"]
    assert found("minna", archived="1") == []


def test_the_number_of_queries_does_not_grow(at_home):
    alice, browser, session = at_home

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            browser.get(reverse("conversation_history"), {"search": "wards"})
        return len(seen)

    said(alice, session, "wards 0")
    few = queries()
    for number in range(1, 9):
        said(alice, alice.session(f"S{number}"), f"wards {number}", "more")
    assert queries() == few


def test_the_archive_stands_apart_and_pages_turn(at_home):
    alice, browser, session = at_home
    with scope(alice.user.pk), transaction.atomic():
        for number in range(30):
            Conversation.objects.create(owner=alice.user, session=session, title=f"talk {number}")
        Conversation.objects.create(
            owner=alice.user, session=session, title="put away", archived_at=timezone.now()
        )
    first = text_of(browser.get(reverse("conversation_history")))
    assert "Page 1 of 2" in first
    assert "put away" not in first
    second = text_of(browser.get(reverse("conversation_history"), {"page": "2"}))
    assert first.count("/talk") == 0
    assert len([n for n in range(30) if f">talk {n}<" in first + second]) == 30
    assert "put away" in text_of(browser.get(reverse("conversation_history"), {"archived": "1"}))


def test_forms_in_the_list_lead_back_to_it_and_to_nowhere_else(at_home):
    alice, browser, session = at_home
    talk = said(alice, session, "one")
    place = [session.pk, talk.pk]
    change = reverse("conversation_change", args=place)
    sent = browser.post(change, {"pinned": "yes", "back": "history", "version": talk.version})
    assert sent["Location"] == reverse("conversation_history")
    sent = browser.post(change, {"archived": "yes", "back": "session"})
    assert sent["Location"] == reverse("session_history", args=[session.pk])
    sent = browser.post(change, {"archived": "no", "back": "//evil.example"})
    assert sent["Location"] == talk.get_absolute_url()
    deleted = browser.post(reverse("conversation_delete", args=place), {"sure": "1", "back": "history"})
    assert deleted["Location"] == reverse("conversation_history")


def test_of_two_tabs_the_second_change_of_a_conversation_is_refused_with_what_it_is_now(at_home):
    alice, browser, session = at_home
    talk = said(alice, session, "one")
    change = reverse("conversation_change", args=[session.pk, talk.pk])
    assert browser.post(change, {"title": "First", "version": "0"}).status_code == 302
    refused = browser.post(change, {"title": "Second", "version": "0"})
    assert refused.status_code == 409
    assert "It is now called “First”" in text_of(refused)
    assert 'name="version" value="1"' in text_of(refused)
    assert browser.post(change, {"pinned": "yes", "version": "0"}).status_code == 409
    assert browser.post(change, {"title": "Second", "version": "1"}).status_code == 302


def test_the_api_refuses_an_old_version_with_the_current_state(alice):
    client = alice.browser()
    talk = said(alice, alice.session(), "one")
    place = f"/api/conversations/{talk.pk}/"
    assert client.get(place).json()["version"] == 0
    changed = client.patch(place, {"title": "First"}, content_type=JSON, headers={"If-Match": '"0"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 1)
    for kwargs in ({"headers": {"If-Match": '"0"'}}, {}):
        sent = {"pinned": True} | ({} if kwargs else {"version": 0})
        body = problem(client.patch(place, sent, content_type=JSON, **kwargs), 409, "changed_meanwhile")
        assert body["current"]["title"] == "First"
        assert (body["current"]["version"], body["current"]["pinned"]) == (1, False)
    for wrong in ("soon", '"-1"', '"1x"'):
        answer = client.patch(place, {"pinned": True}, content_type=JSON, headers={"If-Match": wrong})
        problem(answer, 400, "invalid_request")
    assert client.patch(place, {"title": "Last"}, content_type=JSON).status_code == 200


def test_the_settings_of_a_session_are_held_to_their_version_too(at_home):
    alice, browser, session = at_home
    place = reverse("session_settings", args=[session.pk])
    assert browser.post(place, {"name": "First", "version": "0"}).status_code == 302
    refused = browser.post(place, {"name": "Second", "version": "0"})
    assert refused.status_code == 409
    assert "The session is now called “First”" in text_of(refused)
    assert 'value="Second"' in text_of(refused), "what was typed is kept"
    client = alice.browser()
    answer = client.patch(f"/api/sessions/{session.pk}/", {"name": "Third", "version": 0}, content_type=JSON)
    assert problem(answer, 409, "changed_meanwhile")["current"]["name"] == "First"
    answer = client.patch(f"/api/sessions/{session.pk}/", {"note": "n", "version": 1}, content_type=JSON)
    assert answer.json()["version"] == 2
    assert len(alice.events("session.changed")) == 2


def test_an_old_tab_is_told_that_its_conversation_is_deleted_or_archived_and_a_stranger_nothing(at_home, bob):
    alice, browser, session = at_home
    talk, kept = said(alice, session, "one"), said(alice, session, "two")
    with scope(alice.user.pk):
        actions.delete_conversation(by=alice.user, conversation=talk)
        actions.change_conversation(by=alice.user, conversation=kept, archived=True)
    old = reverse("conversation_detail", args=[session.pk, talk.pk])
    for headers in ({}, {"HX-Request": "true"}):
        told = browser.post(old, {"text": "hello", "known": "1"}, headers=headers)
        assert told.status_code == 410
        assert "You have deleted this conversation" in text_of(told)
        archived = browser.post(kept.get_absolute_url(), {"text": "hello", "known": "1"}, headers=headers)
        assert archived.status_code == 410
        assert "Take it out of the archive to go on" in text_of(archived)
    client = alice.browser()
    for number, code in ((talk.pk, "conversation_deleted"), (kept.pk, "conversation_archived")):
        answer = client.post(f"/api/conversations/{number}/turns/", {"text": "hello"}, content_type=JSON)
        problem(answer, 410, code)
    for number in (talk.pk, kept.pk):
        place = reverse("conversation_detail", args=[session.pk, number])
        assert browse(bob).post(place, {"text": "hello"}).status_code == 404
        answer = bob.browser().post(
            f"/api/conversations/{number}/turns/", {"text": "hello"}, content_type=JSON
        )
        problem(answer, 404, "not_found")


def test_a_conversation_that_went_with_its_session_is_told_too(at_home):
    alice, browser, session = at_home
    talk = said(alice, session, "one")
    with scope(alice.user.pk):
        sessions.delete_session(by=alice.user, session=session)
    told = browser.post(talk.get_absolute_url(), {"text": "hello"})
    assert told.status_code == 410
    assert reverse("session_list") in text_of(told)


def test_the_api_lists_searches_and_pages_all_sessions(alice, bob):
    first, second = said(alice, alice.session("A"), "alpha words"), said(alice, alice.session("B"), "beta")
    client = alice.browser()

    def titles(address):
        return [one["title"] for one in client.get(address).json()["results"]]

    assert titles("/api/conversations/") == ["beta", "alpha words"]
    assert titles("/api/conversations/?search=WORDS") == ["alpha words"]
    assert titles(f"/api/sessions/{second.session_id}/conversations/") == ["beta"]
    client.patch(f"/api/conversations/{first.pk}/", {"archived": True}, content_type=JSON)
    assert titles("/api/conversations/?archived=true") == ["alpha words"]
    assert client.get("/api/conversations/?limit=1").json()["next"] is None
    problem(client.get("/api/conversations/?owner=x"), 400, "invalid_request")
    assert bob.browser().get("/api/conversations/").json()["results"] == []
