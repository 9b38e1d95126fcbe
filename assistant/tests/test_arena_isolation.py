"""Battles are their owner's alone."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from assistant.models import Battle, Entry, Round, Vote
from assistant.tests.arena import models, start, told, worked
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse

JSON = "application/json"


@pytest.fixture
def hers(alice, settings):
    with models(settings):
        yield worked(alice, start(alice, "a private question"))


def test_a_stranger_reads_votes_and_changes_nothing(alice, bob, hers):
    before = told(alice, hers)
    api, browser = bob.browser(), browse(bob)
    one = [hers.pk]
    answers = [
        api.get(reverse("api-battle", args=one)),
        api.delete(reverse("api-battle", args=one)),
        api.post(reverse("api-battle-vote", args=[hers.pk, 1]), {"choice": "left"}, JSON),
        api.post(reverse("api-battle-again", args=one)),
        browser.get(reverse("battle_detail", args=one)),
        browser.post(reverse("battle_vote", args=[hers.pk, 1]), {"choice": "left"}),
        browser.post(reverse("battle_again", args=one)),
        browser.post(reverse("battle_delete", args=one), {"sure": "1"}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert not any(b"private question" in answer.content for answer in answers)
    assert b"private question" not in browser.get(reverse("arena")).content
    assert api.get(reverse("api-battles")).json()["results"] == []
    assert told(alice, hers) == before


def test_anothers_turn_and_session_start_nothing(alice, bob, hers):
    session = alice.session()
    for body in ({"session": str(session.pk)}, {"turn": str(session.pk)}):
        assert bob.browser().post(reverse("api-battles"), body, JSON).status_code == 404
    browser = browse(bob)
    for sent in (
        {"session": session.pk, "question": "why"},
        {"turn": session.pk},
        {"session": "x", "question": "why"},
    ):
        assert browser.post(reverse("arena"), sent).status_code == 404
    assert browser.get(reverse("arena"), {"session": session.pk}).status_code == 404
    with scope(bob.user.pk), transaction.atomic():
        assert not Battle.objects.exists()


def test_owners_and_sides_in_a_body_are_refused(alice, committed, settings):
    with models(settings):
        for planted in ("owner", "models", "seed", "uses_data", "facts", "side_a", "kind"):
            answer = alice.browser().post(reverse("api-battles"), {"question": "why", planted: "x"}, JSON)
            assert answer.status_code == 400
            assert planted in answer.json()["errors"]
        both = {"question": "why", "turn": str(alice.user.pk)}
        assert alice.browser().post(reverse("api-battles"), both, JSON).status_code == 400
        assert alice.browser().post(reverse("api-battles"), {}, JSON).status_code == 400


def test_no_row_can_point_into_anothers_battle(alice, bob, hers):
    with scope(alice.user.pk), transaction.atomic():
        entries = list(Entry.objects.filter(battle=hers))
        here = Round.objects.get(battle=hers)
    owner = {"owner_id": bob.user.pk}
    tries = [
        lambda: Vote.objects.create(round_id=here.pk, choice="left", **owner),
        lambda: Entry.objects.create(battle_id=hers.pk, place=9, model="m", version="m", **owner),
        lambda: Round.objects.create(
            battle_id=hers.pk, number=9, side_a=entries[0], side_b=entries[1], stays="a", **owner
        ),
        lambda: Vote.objects.create(round_id=here.pk, choice="left", owner_id=alice.user.pk),
    ]
    for attempt in tries:
        with pytest.raises(DatabaseError), scope(bob.user.pk), transaction.atomic():
            attempt()
    with scope(bob.user.pk), transaction.atomic():
        assert Battle.objects.filter(pk=hers.pk).update(status="over") == 0
        assert not Vote.objects.exists()


def test_who_is_not_signed_in_compares_nothing(client, hers):
    vote = client.post(reverse("api-battle-vote", args=[hers.pk, 1]), {"choice": "left"}, JSON)
    assert vote.status_code == 401
    by_form = client.post(reverse("battle_vote", args=[hers.pk, 1]), {"choice": "left"})
    assert by_form["Location"].startswith(reverse("sign_in"))
    assert client.post(reverse("api-battles"), {"question": "why"}, JSON).status_code == 401
    assert client.get(reverse("api-leaderboard")).status_code == 401
    for name in ("arena", "leaderboard"):
        assert client.get(reverse(name)).status_code == 302
