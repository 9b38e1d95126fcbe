"""Read-only links: what they show, to whom, for how long, and what they never show."""

import json
import secrets
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant import actions, sharing, tasks
from assistant.models import SharedLink
from assistant.tests.test_conversations import said
from sessions_app import actions as accounts
from sessions_app.isolation.scope import scope
from sessions_app.problems import Problem
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem

JSON = "application/json"
HOSTILE = "<script>alert(1)</script> & =1+1"


def stranger() -> Client:
    address = ".".join(["127", *(str(secrets.randbelow(250) + 2) for _ in range(3))])
    return Client(REMOTE_ADDR=address)


def shared(person, conversation, days=7):
    with scope(person.user.pk):
        link, secret = sharing.share(by=person.user, conversation=conversation, days=days)
    return link, reverse("shared_conversation", args=[secret])


def row(person, link):
    with scope(person.user.pk), transaction.atomic():
        return SharedLink.objects.get(pk=link.pk)


def test_whoever_has_the_link_sees_the_frozen_copy_and_nothing_of_its_owner(alice):
    session = alice.session("Secret project name")
    talk = said(alice, session, HOSTILE)
    link, place = shared(alice, talk)
    with scope(alice.user.pk):
        actions.begin_turn(by=alice.user, conversation=talk, text="said after sharing")
        actions.change_conversation(by=alice.user, conversation=talk, title="Renamed after sharing")
    answer = stranger().get(place)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "&lt;script&gt;alert(1)" in page
    assert "re: &lt;script" in page
    for hidden in ("after sharing", "Secret project", alice.user.email, str(alice.user.pk), str(session.pk),
                   str(talk.pk), "<form", "<script", "href=\"/sessions", "href=\"/files"):  # fmt: skip
        assert hidden not in page, hidden
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex' in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "script-src" not in answer["Content-Security-Policy"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert not answer.cookies
    assert row(alice, link).opened_count == 1


def test_a_signed_in_reader_gets_the_same_page(alice, bob):
    _, place = shared(alice, said(alice, alice.session(), "words"))
    one, other = text_of(stranger().get(place)), text_of(browse(bob).get(place))
    assert one == other
    assert bob.user.email not in other


def test_only_the_hash_of_the_link_is_stored(alice):
    link, place = shared(alice, said(alice, alice.session(), "words"))
    secret = place.rstrip("/").rpartition("/")[2]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(l)::text FROM assistant_sharedlink l WHERE id = %s", [link.pk])
        assert secret not in cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(string_agg(e::text, ''), '') FROM sessions_app_event e")
        assert secret not in cursor.fetchone()[0]
    assert len(secret) >= 43


def test_the_same_answer_for_a_link_that_ended_was_revoked_or_never_was(alice):
    talk = said(alice, alice.session(), "words")
    (ended, first), (revoked, second) = shared(alice, talk), shared(alice, talk)
    with scope(alice.user.pk):
        sharing.revoke(by=alice.user, link=revoked)
        with transaction.atomic():
            SharedLink.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    never = reverse("shared_conversation", args=[secrets.token_urlsafe(32)])
    answers = [stranger().get(place) for place in (first, second, never)]
    assert [answer.status_code for answer in answers] == [410] * 3
    assert len({answer.content for answer in answers}) == 1
    assert {"noindex" in answer["X-Robots-Tag"] for answer in answers} == {True}
    assert row(alice, revoked).snapshot is None
    with scope(alice.user.pk), pytest.raises(Problem) as refused:
        sharing.revoke(by=alice.user, link=revoked)
    assert refused.value.code == "link_over"


def test_links_go_with_the_conversation_with_the_account_and_with_a_closed_one(person):
    for end in ("conversation", "account", "closed"):
        one = person(end)
        talk = said(one, one.session(), "words")
        _, place = shared(one, talk)
        assert stranger().get(place).status_code == 200
        with scope(one.user.pk):
            if end == "conversation":
                actions.delete_conversation(by=one.user, conversation=talk)
            elif end == "account":
                accounts.delete_account(by=one.user)
            else:
                with transaction.atomic():
                    type(one.user).objects.filter(pk=one.user.pk).update(is_active=False)
        assert stranger().get(place).status_code == 410, end


def test_ended_copies_are_emptied_by_the_scheduled_task(alice, bob):
    talk = said(alice, alice.session(), "words")
    (ended, _), (open_one, place) = shared(alice, talk), shared(alice, talk)
    his, _ = shared(bob, said(bob, bob.session(), "his"))
    with scope(alice.user.pk), transaction.atomic():
        SharedLink.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    tasks.remove_old_words()
    assert row(alice, ended).snapshot is None
    assert row(alice, open_one).snapshot is not None
    assert row(bob, his).snapshot is not None
    assert stranger().get(place).status_code == 200
    assert [event.object_id for event in alice.events("share.ended")] == [ended.pk]
    tasks.remove_old_words()
    assert len(alice.events("share.ended")) == 1


def said_days_ago(person, talk, *days):
    with scope(person.user.pk), transaction.atomic():
        for turn, ago in zip(talk.turns.order_by("number"), days, strict=True):
            talk.turns.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(days=ago))


def test_a_link_never_outlives_the_oldest_words_in_it(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 365}
    browser, session = browse(alice), alice.session()
    talk = said(alice, session, "old words", "younger words")
    said_days_ago(alice, talk, 364, 3)
    page = reverse("conversation_share", args=[session.pk, talk.pk])
    assert "at the latest, when the oldest words in it are removed" in text_of(browser.get(page))
    link, place = shared(alice, talk, days=90)
    assert link.expires_at - timezone.now() < timedelta(days=1, minutes=1)
    sent = (
        alice.browser().post(f"/api/conversations/{talk.pk}/links/", {"days": 90}, content_type=JSON).json()
    )
    assert datetime.fromisoformat(sent["expires_at"]) == link.expires_at
    week, _ = shared(alice, said(alice, session, "today"), days=7)
    assert week.expires_at - timezone.now() > timedelta(days=6, hours=23)
    # Past the limit but not removed yet: no link that is over from the start.
    said_days_ago(alice, talk, 366, 3)
    answer = alice.browser().post(f"/api/conversations/{talk.pk}/links/", {"days": 90}, content_type=JSON)
    problem(answer, 409, "words_ending")
    assert browser.post(page, {"days": "90"}).status_code == 409
    tasks.remove_old_words()
    assert stranger().get(place).status_code == 410
    assert row(alice, link).snapshot is None
    younger, place = shared(alice, talk, days=90)
    assert younger.expires_at - timezone.now() > timedelta(days=89)
    tasks.remove_old_words()
    assert "younger words" in text_of(stranger().get(place))


def test_links_end_with_words_that_a_shorter_limit_removes(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 0}
    session = alice.session()
    talk, other = said(alice, session, "old words"), said(alice, session, "other words")
    said_days_ago(alice, talk, 100)
    (link, place), (stays, _) = shared(alice, talk, days=90), shared(alice, other)
    assert link.expires_at - timezone.now() > timedelta(days=89)
    settings.CHAT = settings.CHAT | {"words_days": 30}
    tasks.remove_old_words()
    assert stranger().get(place).status_code == 410
    ended = row(alice, link)
    assert (ended.snapshot, ended.is_open) == (None, False)
    assert row(alice, stays).snapshot is not None
    assert [event.object_id for event in alice.events("share.ended")] == [link.pk]


def test_every_step_is_in_the_events_without_a_word(alice):
    talk = said(alice, alice.session(), "secret words")
    link, place = shared(alice, talk, days=30)
    stranger().get(place)
    with scope(alice.user.pk):
        sharing.revoke(by=alice.user, link=link)
    stranger().get(place)
    events = [event for event in alice.events() if event.verb.startswith("share.")]
    assert [(event.verb, event.object_id) for event in events] == [
        ("share.made", link.pk), ("share.opened", link.pk), ("share.revoked", link.pk),
    ]  # fmt: skip
    assert events[0].data == {"days": 30, "turns": 1}
    assert events[1].actor is None
    assert "secret" not in json.dumps([event.data for event in events])


def test_the_pages_make_list_and_revoke(alice):
    browser, session = browse(alice), alice.session()
    talk = said(alice, session, "words")
    place = reverse("conversation_share", args=[session.pk, talk.pk])
    assert "Whoever has the link" in text_of(browser.get(place))
    for days in ("0", "8", "x", "", "9999999999999999999999"):
        assert browser.post(place, {"days": days}).status_code == 400
    made = text_of(browser.post(place, {"days": "1"}))
    address = made.split('readonly value="')[1].split('"')[0]
    token_path = "/shared/" + address.split("/shared/")[1]
    assert stranger().get(token_path).status_code == 200
    listed = text_of(browser.get(reverse("shared_links")))
    assert "opened 1 time" in listed
    assert token_path not in listed
    with scope(alice.user.pk), transaction.atomic():
        (link,) = SharedLink.objects.all()
    assert browser.post(reverse("shared_link_revoke", args=[link.pk])).status_code == 302
    assert "revoked" in text_of(browser.get(reverse("shared_links")))
    assert stranger().get(token_path).status_code == 410


def test_an_empty_conversation_and_too_many_links_are_refused(alice, settings):
    session = alice.session()
    with scope(alice.user.pk):
        empty = actions.start_conversation(by=alice.user, session=session)
        with pytest.raises(Problem) as refused:
            sharing.share(by=alice.user, conversation=empty, days=7)
    assert refused.value.code == "nothing_to_share"
    talk = said(alice, session, "words")
    settings.CHAT = settings.CHAT | {"max_links_per_user": 1}
    link, _ = shared(alice, talk)
    with scope(alice.user.pk):
        with pytest.raises(Problem) as refused:
            sharing.share(by=alice.user, conversation=talk, days=7)
        sharing.revoke(by=alice.user, link=link)
    assert refused.value.code == "too_many_links"
    shared(alice, talk)


def test_a_stranger_shares_lists_and_revokes_nothing(alice, bob):
    session = alice.session()
    talk = said(alice, session, "words")
    link, place = shared(alice, talk)
    browser, client = browse(bob), bob.browser()
    assert browser.get(reverse("conversation_share", args=[session.pk, talk.pk])).status_code == 404
    share = browser.post(reverse("conversation_share", args=[session.pk, talk.pk]), {"days": "7"})
    assert share.status_code == 404
    assert browser.post(reverse("shared_link_revoke", args=[link.pk])).status_code == 404
    assert client.get("/api/shared-links/").json()["results"] == []
    problem(client.post(f"/api/shared-links/{link.pk}/revoke/"), 404, "not_found")
    problem(client.post(f"/api/conversations/{talk.pk}/links/"), 404, "not_found")
    assert stranger().get(place).status_code == 200


def test_the_api_makes_and_revokes(alice):
    client, talk = alice.browser(), said(alice, alice.session(), "words")
    made = client.post(f"/api/conversations/{talk.pk}/links/", {"days": 30}, content_type=JSON)
    assert made.status_code == 201
    place = "/shared/" + made.json()["url"].split("/shared/")[1]
    assert stranger().get(place).status_code == 200
    (listed,) = client.get("/api/shared-links/").json()["results"]
    assert (listed["opened_count"], listed["is_open"]) == (1, True)
    assert "url" not in listed
    problem(
        client.post(f"/api/conversations/{talk.pk}/links/", {"days": 3}, content_type=JSON),
        400,
        "invalid_request",
    )
    revoked = client.post(f"/api/shared-links/{listed['id']}/revoke/")
    assert revoked.json()["is_open"] is False
    problem(client.post(f"/api/shared-links/{listed['id']}/revoke/"), 409, "link_over")
    assert stranger().get(place).status_code == 410


def test_whoever_asks_too_often_waits(alice, monkeypatch):
    from assistant.views import sharing as pages
    from sessions_app.accounts.throttles import Limit

    _, place = shared(alice, said(alice, alice.session(), "words"))
    monkeypatch.setattr(pages, "BY_ADDRESS", Limit("shared-address-test", 3, 600))
    client = stranger()
    statuses = [client.get(place).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert stranger().get(place).status_code == 200
