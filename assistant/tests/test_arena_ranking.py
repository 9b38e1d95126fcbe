"""The ranking over all users: from votes alone, the same each time, and with nobody in it."""

import json

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from assistant.arena import actions, ranking
from assistant.arena.ranking import counted_votes
from assistant.core.arena_ratings import Comparison, standings
from assistant.models import Battle, Entry, Round, Standing, Vote
from sessions_app.isolation.scope import scope
from sessions_app.models import User
from sessions_app.tests.browsing import browse, text_of


@pytest.fixture
def empty_ranking(committed):
    Standing.objects.using("owner").all().delete()
    yield
    Standing.objects.using("owner").all().delete()


def voted(person, choice="left", kind="general", status="over", left="elm", right="fir", **battle) -> Vote:
    """A battle of two models as it stands in the rows when it is over."""
    fields = {"question": "why", "uses_data": kind == "results", "seed": 1} | battle
    with scope(person.user.pk), transaction.atomic():
        owner = {"owner_id": person.user.pk}
        row = Battle.objects.create(kind=kind, status=status, **fields, **owner)
        sides = [
            Entry.objects.create(
                battle=row,
                place=place,
                model=name,
                version=f"{name}-1",
                text=f"words of {name}",
                status="done",
                **owner,
            )
            for place, name in enumerate((left, right))
        ]
        here = Round.objects.create(
            battle=row, number=1, side_a=sides[0], side_b=sides[1], stays="a", **owner
        )
        return Vote.objects.create(round=here, choice=choice, **owner)


def only(people, found):
    owners = {one.user.pk for one in people}
    return [vote for vote in found if vote.owner_id in owners]


def test_below_the_least_number_of_voters_nothing_is_stored_or_shown(person, empty_ranking, settings):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [person(f"p{n}") for n in range(3)]
    for one in people[:2]:
        for _ in range(4):
            voted(one)
    assert ranking.rank_models() == 0
    assert not Standing.objects.using("owner").exists()
    shown = text_of(browse(people[0]).get(reverse("leaderboard")))
    assert shown.count("Too few votes: a table is calculated when at least 3 people have voted here.") == 3
    assert "elm" not in shown
    voted(people[2], "right")
    # In two tables: all questions, and general ones. Nobody voted on results.
    assert ranking.rank_models() == 4
    body = people[0].browser().get(reverse("api-leaderboard")).json()
    assert [one["enough"] for one in body["categories"]] == [True, True, False]
    first, second = body["categories"][0]["models"]
    assert (first["model"], first["wins"], first["losses"], first["comparisons"]) == ("elm (elm-1)", 8, 1, 9)
    assert (second["model"], second["place"], second["wins"]) == ("fir (fir-1)", 2, 1)
    assert first["low"] <= first["rating"] <= first["high"]


def test_the_stored_table_is_what_the_votes_give(person, empty_ranking, settings):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [person(f"p{n}") for n in range(3)]
    choices = ["left", "tie", "both_bad"]
    for one, choice in zip(people, choices, strict=True):
        voted(one, choice, kind="results")
        voted(one, "right", left="fir", right="oak")
    ranking.rank_models()
    rows = Standing.objects.using("owner").filter(category="all")
    votes = [
        Comparison(one.user.pk, "elm (elm-1)", "fir (fir-1)", choice)
        for one, choice in zip(people, choices, strict=True)
    ]
    votes += [Comparison(one.user.pk, "fir (fir-1)", "oak (oak-1)", "right") for one in people]
    expected = {one.model: one for one in standings(votes, seed=ranking.SEED)}
    assert {row.model for row in rows} == set(expected)
    for row in rows:
        assert row.rating == pytest.approx(expected[row.model].rating)
        assert (row.ties, row.both_bad) == (expected[row.model].ties, expected[row.model].both_bad)
    results = Standing.objects.using("owner").filter(category="results")
    assert {row.model for row in results} == {"elm (elm-1)", "fir (fir-1)"}


def test_false_certainty_and_groups_are_said(person, empty_ranking, settings):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [person(f"p{n}") for n in range(3)]
    for one in people:
        voted(one, "tie")
        voted(one, "left", left="ash", right="oak")
    ranking.rank_models()
    (table, *_) = people[0].browser().get(reverse("api-leaderboard")).json()["categories"]
    assert table["groups"] == 2
    assert {row["model"][:3]: row["group"] for row in table["models"]} == {
        "ash": 1,
        "oak": 1,
        "elm": 2,
        "fir": 2,
    }
    assert {(row["low"], row["high"]) for row in table["models"]} == {(None, None)}
    shown = text_of(browse(people[0]).get(reverse("leaderboard")))
    assert "The models fall into 2 groups" in shown
    assert "1500–1500" not in shown
    assert "not known" in shown


def test_computing_again_changes_nothing_and_deleting_a_battle_takes_its_vote_away(
    person, empty_ranking, settings
):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [person(f"p{n}") for n in range(3)]
    votes = [voted(one, "left") for one in people]
    numbers = ("category", "model", "rating", "low", "high", "comparisons")

    def table():
        ranking.rank_models()
        return list(Standing.objects.using("owner").order_by("category", "model").values(*numbers))

    first = table()
    assert len(first) == 4
    assert table() == first
    with scope(people[0].user.pk), transaction.atomic():
        battle = Battle.objects.get(rounds__votes=votes[0].pk)
    with scope(people[0].user.pk):
        actions.delete_battle(by=people[0].user, battle=battle)
    assert table() == []


def test_open_battles_and_demo_accounts_are_not_counted(person):
    alice, demo = person("alice"), person("demo")
    User.objects.using("owner").filter(pk=demo.user.pk).update(is_demo=True)
    counted, _, _ = voted(alice), voted(alice, status="voting"), voted(demo)
    assert only([alice, demo], counted_votes("system")) == [counted]


def test_nobody_stands_in_the_table(person, empty_ranking, settings):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [person(f"p{n}") for n in range(3)]
    for one in people:
        voted(one, question="words of mine")
    ranking.rank_models()
    rows = list(Standing.objects.using("owner").values())
    assert rows
    names = {field.name for field in Standing._meta.fields}
    assert not any("owner" in name or "user" in name or "voter" in name for name in names)
    stored = json.dumps(rows, default=str)
    stranger = person("stranger")
    shown = text_of(browse(stranger).get(reverse("leaderboard")))
    for one in people:
        for secret in (one.user.pk, one.user.email, "words of mine"):
            assert str(secret) not in stored
            assert str(secret) not in shown
    assert "elm" in shown


@pytest.mark.parametrize(
    "write",
    [
        lambda: Standing.objects.all().delete(),
        lambda: Standing.objects.update(rating=2_000),
        lambda: Standing.objects.create(
            category="all", model="mine", rating=1, low=1, high=1, comparisons=1, wins=1, losses=0, ties=0,
            both_bad=0, computed_at="2026-01-01T00:00:00Z",
        ),
    ],
    ids=["delete", "change", "add"],
)  # fmt: skip
def test_no_user_writes_the_ranking(alice, write):
    with pytest.raises(DatabaseError, match="permission denied"), scope(alice.user.pk), transaction.atomic():
        write()
