"""Votes, and that nothing tells whose an answer is before the last of them.

What an earlier system got wrong, and the test that would fail if this one did:

A1 a new question overwrote an open battle      test_a_new_question_leaves_an_open_battle_as_it_was
A2 names were in the payload                    test_before_the_last_vote_nothing_that_is_sent_tells_a_model
A3 votes without sign-in and ownership          test_arena_isolation: a stranger, and who is not signed in
A4 workers lost each other's rating updates     test_two_workers_that_rank_at_once_lose_nothing
A5 votes were written to no table               test_every_choice_is_stored_as_itself
A6 rounds, ties and the end were shown wrong    test_rounds_are_counted_and_a_tie_names_no_winner
A7 one side's text was kept                     test_both_texts_of_every_round_stay_readable
A8 voting and exporting lived in dead code      test_url_access: each address is asked; test_arena_export
A9 who did not vote could not go on             test_nobody_has_to_vote_to_go_on
A10 there was no ranking page                   test_arena_ranking, test_arena_pages
A11 a double click counted twice                test_a_double_click_counts_once
"""

import json
import zipfile
from threading import Barrier, Thread

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connections, transaction
from django.urls import reverse

from assistant.arena import actions, ranking
from assistant.core.arena_matches import CHOICES
from assistant.models import Battle, Entry, Round, Standing, Vote
from assistant.tests.arena import (
    TEXTS,
    VERSIONS,
    entries_of,
    fought,
    models,
    start,
    stored,
    told,
    vote,
    vote_all,
    worked,
)
from assistant.tests.niger import ask, conversation_of
from assistant.tests.scripted import TOKENS, Say
from sessions_app.isolation.scope import scope
from sessions_app.models import DataExport
from sessions_app.privacy import archive, exports
from sessions_app.problems import Problem
from sessions_app.tests.browsing import browse

JSON = "application/json"


@pytest.fixture
def open_battle(alice, settings):
    """Alice before the first vote on three answers."""
    with models(settings):
        yield alice, worked(alice, start(alice))


def test_the_winner_meets_the_next_and_the_end_tells_the_names(open_battle):
    alice, battle = open_battle
    first = told(alice, battle)["rounds"][0]
    vote(alice, battle, 1, "left")
    second = told(alice, battle)
    assert (second["status"], second["round"], second["of_rounds"]) == ("voting", 2, 2)
    sides = {second["rounds"][1][side]["text"] for side in ("side_a", "side_b")}
    assert first["side_a"]["text"] in sides
    assert first["side_b"]["text"] not in sides
    champion = "left" if second["rounds"][1]["side_a"]["text"] == first["side_a"]["text"] else "right"
    vote(alice, battle, 2, champion)
    over = told(alice, battle)
    assert over["status"] == "over"
    ranking = [one["model"] for one in over["ranking"]]
    assert sorted(ranking) == sorted(TEXTS)
    assert TEXTS[ranking[0]] == first["side_a"]["text"]
    # The last to leave comes next.
    assert TEXTS[ranking[2]] == first["side_b"]["text"]
    for one in over["rounds"]:
        for side in ("side_a", "side_b"):
            assert TEXTS[one[side]["model"]] == one[side]["text"]


@pytest.mark.parametrize("choice", ["tie", "both_bad"])
def test_when_nobody_wins_the_champion_stays_as_the_round_says(open_battle, choice):
    alice, battle = open_battle
    with scope(alice.user.pk), transaction.atomic():
        stays = Round.objects.get(battle=battle).stays
    first = told(alice, battle)["rounds"][0]
    vote(alice, battle, 1, choice)
    second = told(alice, battle)["rounds"][1]
    assert first[f"side_{stays}"]["text"] in (second["side_a"]["text"], second["side_b"]["text"])
    vote(alice, battle, 2, choice)
    over = told(alice, battle)
    assert TEXTS[over["ranking"][0]["model"]] == first[f"side_{stays}"]["text"]
    assert [one["vote"]["choice"] for one in over["rounds"]] == [choice, choice]


def test_a_second_vote_is_409_with_what_is_stored_and_counts_once(open_battle):
    alice, battle = open_battle
    client = alice.browser()
    address = reverse("api-battle-vote", args=[battle.pk, 1])
    assert client.post(address, {"choice": "left", "reason": "clear"}, JSON).status_code == 200
    for second in ("left", "right"):
        again = client.post(address, {"choice": second}, JSON)
        assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
        body = again.json()
        assert body["code"] == "vote_stands"
        assert body["battle"]["rounds"][0]["vote"]["choice"] == "left"
        assert body["battle"]["rounds"][0]["vote"]["reason"] == "clear"
    with scope(alice.user.pk), transaction.atomic():
        assert Vote.objects.get().choice == "left"


def test_a_double_click_counts_once(open_battle):
    alice, battle = open_battle
    together, outcomes = Barrier(2), []

    def click(choice):
        together.wait(10)
        try:
            vote(alice, battle, 1, choice)
            outcomes.append("stored")
        except Problem as refused:
            outcomes.append(refused.code)
        finally:
            connections.close_all()

    threads = [Thread(target=click, args=[choice]) for choice in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["stored", "vote_stands"]
    assert stored(alice, battle).status == "voting"
    assert len(alice.events("battle.voted")) == 1


def test_the_database_itself_takes_one_vote_a_round_and_changes_none(open_battle):
    alice, battle = open_battle
    vote(alice, battle, 1, "left")
    with scope(alice.user.pk), transaction.atomic():
        stored_vote = Vote.objects.get()
    with pytest.raises(IntegrityError, match="vote_once_a_round"), scope(alice.user.pk), transaction.atomic():
        Vote.objects.create(owner_id=alice.user.pk, round_id=stored_vote.round_id, choice="right")
    with pytest.raises(Exception, match="permission denied"), scope(alice.user.pk), transaction.atomic():
        Vote.objects.filter(pk=stored_vote.pk).update(choice="right")


def test_a_round_to_come_is_404_and_an_unknown_choice_is_400(open_battle):
    alice, battle = open_battle
    client = alice.browser()
    assert (
        client.post(reverse("api-battle-vote", args=[battle.pk, 2]), {"choice": "left"}, JSON).status_code
        == 404
    )
    first = reverse("api-battle-vote", args=[battle.pk, 1])
    for body in (
        {"choice": "middle"},
        {},
        {"choice": "left", "owner": "x"},
        {"choice": "left", "reason": "x" * 501},
    ):
        assert client.post(first, body, JSON).status_code == 400
    browser = browse(alice)
    assert browser.post(reverse("battle_vote", args=[battle.pk, 1]), {"choice": "middle"}).status_code == 400
    long = {"choice": "left", "reason": "x" * 501}
    assert browser.post(reverse("battle_vote", args=[battle.pk, 1]), long).status_code == 400
    with scope(alice.user.pk), transaction.atomic():
        assert not Vote.objects.exists()


def test_votes_wait_for_the_answers(alice, settings):
    with models(settings):
        battle = start(alice)
        answer = alice.browser().post(
            reverse("api-battle-vote", args=[battle.pk, 1]), {"choice": "left"}, JSON
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "battle_not_ready")


def test_a_new_question_leaves_an_open_battle_as_it_was(open_battle, settings):
    """Each battle has an id of its own, so an old card votes on the old battle."""
    alice, old = open_battle
    before = told(alice, old)
    new = worked(alice, start(alice, "What else protects children?"))
    assert new.pk != old.pk
    assert told(alice, old) == before
    vote(alice, old, 1, "left")
    assert told(alice, new)["round"] == 1
    with scope(alice.user.pk), transaction.atomic():
        assert list(Vote.objects.values_list("round__battle_id", flat=True)) == [old.pk]


def test_both_texts_of_every_round_stay_readable(open_battle):
    alice, battle = open_battle
    vote_all(alice, battle, "tie")
    page = browse(alice).get(battle.get_absolute_url()).content.decode()
    for text in TEXTS.values():
        assert text in page
    listed = browse(alice).get(reverse("arena")).content.decode()
    assert battle.get_absolute_url() in listed


def test_rounds_are_counted_and_a_tie_names_no_winner(open_battle):
    alice, battle = open_battle
    browser = browse(alice)
    assert "Round 1 of 2" in browser.get(battle.get_absolute_url()).content.decode()
    vote(alice, battle, 1, "tie")
    page = browser.get(battle.get_absolute_url()).content.decode()
    assert "Round 2 of 2" in page
    assert "Round 1: Equally good" in page
    vote(alice, battle, 2, "tie")
    page = browser.get(battle.get_absolute_url()).content.decode()
    assert "Who answered" in page
    assert 'name="choice"' not in page


def secrets_of(alice, battle) -> list[str]:
    """Everything by which an answer could be told to be a model's."""
    words = [
        "milliseconds",
        "input_tokens",
        "output_tokens",
        "tokens read",
        '"model"',
        '"version"',
        "lease",
        '"place"',
    ]
    ids = [str(entry.pk) for entry in entries_of(alice, battle)]
    seed = str(stored(alice, battle).seed)
    return [*VERSIONS, *VERSIONS.values(), "cedar", "birch", "rowan", "127.0.0.1:", *words, *ids, seed]


def everything_sent(alice, battle) -> list[tuple[str, str]]:
    """Each address that shows a battle, by every way of asking: bodies and headers."""
    api, browser = alice.browser(), browse(alice)
    detail, api_detail = reverse("battle_detail", args=[battle.pk]), reverse("api-battle", args=[battle.pk])
    answers = {
        "page": browser.get(detail),
        "page by htmx": browser.get(detail, headers={"HX-Request": "true"}),
        "list": browser.get(reverse("arena")),
        "api": api.get(api_detail),
        "api list": api.get(reverse("api-battles")),
        "vote too early": api.post(reverse("api-battle-vote", args=[battle.pk, 9]), {"choice": "left"}, JSON),
        "wrong vote": browser.post(reverse("battle_vote", args=[battle.pk, 1]), {"choice": "none"}),
        "again": api.post(reverse("api-battle-again", args=[battle.pk])),
        "again by page": browser.post(reverse("battle_again", args=[battle.pk])),
        "sessions": browser.get(reverse("session_list")),
    }
    return [(name, f"{dict(answer.headers)} {answer.content.decode()}") for name, answer in answers.items()]


def test_before_the_last_vote_nothing_that_is_sent_tells_a_model(alice, settings):
    scripts = {"cedarname": [Say("I am Cedar-7b-instruct. Ask Qwen3 or GPT-4o.")]}
    with models(settings, scripts):
        battle = start(alice)
        states = [
            ("answering", lambda: worked(alice, battle)),
            ("voting", lambda: vote(alice, battle, 1, "right")),
        ]
        states.append(("second round", lambda: vote(alice, battle, 2, "left")))
        seen = []
        for state, go_on in states:
            for name, sent in everything_sent(alice, battle):
                lower = sent.casefold()
                for secret in (
                    *secrets_of(alice, battle),
                    "qwen",
                    "gpt-4",
                    f'"{TOKENS[0]}"',
                    f": {TOKENS[0]},",
                ):
                    assert secret.casefold() not in lower, f"{secret} in {name}, {state}"
                for word in ("side_a", "side_b"):
                    seen += [word] if word in sent else []
            go_on()
        assert {"side_a", "side_b"} <= set(seen), "the sides themselves are told"
        # The search finds what it looks for once it may be there.
        over = " ".join(sent for _, sent in everything_sent(alice, battle))
    for secret in (*VERSIONS, *VERSIONS.values(), "Ask Qwen3"):
        assert secret in over


def test_a_copy_of_ones_own_data_tells_nothing_before_the_end(open_battle):
    alice, battle = open_battle

    def copy() -> str:
        with scope(alice.user.pk):
            export = exports.request_export(by=alice.user)[0]
        archive.write(alice.user.pk, export.pk)
        with scope(alice.user.pk), transaction.atomic():
            export.refresh_from_db()
        with default_storage.open(export.storage_key) as stored_file, zipfile.ZipFile(stored_file) as opened:
            return " ".join(opened.read(name).decode() for name in opened.namelist())

    secrets = (*VERSIONS, *VERSIONS.values(), *TEXTS.values(), str(battle.seed))
    before = copy()
    assert [secret for secret in secrets if secret in before] == []
    vote_all(alice, battle)
    with scope(alice.user.pk), transaction.atomic():
        DataExport.objects.all().delete()
    after = copy()
    assert [secret for secret in secrets if secret not in after] == []


def test_a_failed_battle_tells_no_model_either(alice, settings):
    from assistant.tests.scripted import Refuse

    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    with models(settings, {"birchname": [Refuse(401)]}):
        battle = worked(alice, start(alice))
        settings.ARENA = settings.ARENA | {"most_tries": 0}
        for name, sent in everything_sent(alice, battle):
            for secret in secrets_of(alice, battle):
                assert secret.casefold() not in sent.casefold(), f"{secret} in {name}"


def test_the_order_of_sides_follows_neither_settings_nor_answers(alice, settings):
    """Who stands left in the first round changes from battle to battle."""
    lefts = set()
    with models(settings):
        for _ in range(12):
            battle = worked(alice, start(alice))
            lefts.add(told(alice, battle)["rounds"][0]["side_a"]["text"])
    assert len(lefts) > 1


def test_a_ranking_never_counts_an_open_battle(open_battle):
    """Whoever watches the ranking while they vote must not learn from it who they voted for."""
    from assistant.arena.ranking import counted_votes

    alice, battle = open_battle
    vote(alice, battle, 1, "left")
    assert not counted_votes("system").filter(owner_id=alice.user.pk).exists()
    vote(alice, battle, 2, "left")
    assert counted_votes("system").filter(owner_id=alice.user.pk).count() == 2


def test_nobody_has_to_vote_to_go_on(open_battle, settings):
    alice, battle = open_battle
    servers = settings.LANGUAGE_MODELS
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation_of(alice, alice.session()), "hello")
    settings.LANGUAGE_MODELS = servers
    assert turn.status == "done"
    assert worked(alice, start(alice, "What else?")).status == "voting"
    assert stored(alice, battle).status == "voting"


def test_two_workers_that_rank_at_once_lose_nothing(alice, bob, person, settings):
    settings.ARENA = settings.ARENA | {"least_voters": 3}
    people = [alice, bob, person("third")]
    with models(settings, names=tuple(VERSIONS)[:2]):
        for one in people:
            fought(one)
    together = Barrier(2)

    def rank() -> None:
        together.wait(10)
        ranking.rank_models()
        connections.close_all()

    threads = [Thread(target=rank) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    try:
        rows = list(Standing.objects.using("owner").filter(category="all"))
        assert sorted(row.comparisons for row in rows) == [3, 3]
        assert sum(row.wins for row in rows) == 3
    finally:
        Standing.objects.using("owner").all().delete()


def test_battles_stand_in_rows_alone(alice, settings):
    """Asked again by another process: the same sides in the same order, however often the page is loaded."""
    with models(settings):
        battle = worked(alice, start(alice))
        first = told(alice, battle)
        settings.LANGUAGE_MODELS = {}
        assert told(alice, battle) == first
        vote_all(alice, battle)
    assert told(alice, battle)["status"] == "over"


def test_every_choice_is_stored_as_itself(alice, settings):
    with models(settings, names=tuple(VERSIONS)[:2]):
        for choice in CHOICES:
            battle = fought(alice, choice=choice)
            assert told(alice, battle)["rounds"][0]["vote"]["choice"] == choice
    with scope(alice.user.pk), transaction.atomic():
        assert sorted(Vote.objects.values_list("choice", flat=True)) == sorted(CHOICES)
        assert Battle.objects.filter(status="over").count() == 4
        assert Entry.objects.count() == 8


def test_nothing_is_voted_twice_after_the_end(alice, settings):
    with models(settings):
        battle = fought(alice)
    with pytest.raises(Problem) as refused, scope(alice.user.pk):
        actions.cast_vote(by=alice.user, battle=battle, number=2, choice="right")
    assert refused.value.code == "vote_stands"
    assert json.dumps(told(alice, battle)["rounds"], default=str).count('"left"') == 2
