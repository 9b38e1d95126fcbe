"""How a comparison of models is started and answered, over real connections to servers that speak the protocol."""

import json

import pytest
from django.db import DatabaseError, transaction

from assistant import tasks as turn_tasks
from assistant.arena import actions, starting, tasks
from assistant.models import Battle, Entry
from assistant.tests.arena import (
    QUESTION,
    TEXTS,
    VERSIONS,
    calls_of,
    entries_of,
    fought,
    models,
    start,
    stored,
    told,
    worked,
)
from assistant.tests.niger import ask, conversation_of
from assistant.tests.scripted import TOKENS, Raw, Refuse, Say, Scripted
from sessions_app.isolation.scope import scope
from sessions_app.problems import Problem
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people
from tests import work


@pytest.fixture(scope="module")
def ranked(django_db_setup, django_db_blocker):
    """Alice with a session of ranked made-up wards, for all tests of this module."""
    with django_db_blocker.unblock(), people() as make:
        alice = make("alice")
        yield alice, work.finished_work(alice.user)


def test_every_model_is_asked_the_same_and_all_answers_come_at_once(alice, settings):
    with models(settings) as servers:
        battle = start(alice)
        first, *rest = entries_of(alice, battle)
        with scope(alice.user.pk):
            tasks.answer_entry.run(str(first.pk))
        # One has answered: nobody sees it, or waiting would tell them apart.
        waiting = told(alice, battle)
        assert (waiting["status"], waiting["rounds"]) == ("answering", [])
        battle = worked(alice, battle)
        asked = [server.asked for server in servers.values()]
    assert [len(one) for one in asked] == [1, 1, 1]
    assert len({json.dumps(one[0]["messages"]) for one in asked}) == 1
    assert not any("tools" in one[0] for one in asked)
    assert battle.status == "voting"
    assert {entry.model: entry.text for entry in entries_of(alice, battle)} == TEXTS
    calls = calls_of(alice)
    assert sorted(call.model for call in calls) == sorted(TEXTS)
    assert {(call.outcome, call.input_tokens, call.output_tokens) for call in calls} == {
        ("answered", *TOKENS)
    }
    assert {event.verb for event in alice.events()} >= {"battle.started", "battle.answered", "model.called"}
    assert rest


def test_a_general_question_carries_nothing_of_the_users_data(ranked, committed, settings):
    alice, kept = ranked
    with models(settings) as servers:
        battle = worked(alice, start(alice))
        sent = json.dumps([server.asked for server in servers.values()])
    for secret in (kept.belongings.canary, alice.user.email, alice.user.pk, battle.pk, kept.session.pk):
        assert str(secret) not in sent
    assert not stored(alice, battle).uses_data


def test_a_battle_on_own_results_gives_everybody_the_same_facts_and_no_ids(ranked, committed, settings):
    alice, kept = ranked
    with models(settings) as servers:
        with scope(alice.user.pk):
            battle = starting.start_on_results(
                by=alice.user, session=kept.session, question="What stands out?"
            )
        worked(alice, battle)
        asked = [server.asked[0]["messages"] for server in servers.values()]
    assert len({json.dumps(one) for one in asked}) == 1
    sent = json.dumps(asked[0])
    assert "<data>" in sent
    assert kept.belongings.canary in sent, "the facts hold the names of the first wards"
    for secret in (kept.session.pk, kept.risk.pk, alice.user.pk, alice.user.email):
        assert str(secret) not in sent
    battle = stored(alice, battle)
    assert (battle.kind, battle.uses_data, battle.session_id) == ("results", True, kept.session.pk)


def test_a_number_that_stands_in_no_fact_is_withheld_and_those_that_do_are_shown(ranked, committed, settings):
    alice, kept = ranked
    scripts = {"cedarname": [Say("There are 20 wards.")], "birchname": [Say("There are 97,531 wards. Fine.")]}
    with models(settings, scripts):
        with scope(alice.user.pk):
            battle = starting.start_on_results(by=alice.user, session=kept.session, question="How many?")
        worked(alice, battle)
    found = {entry.model: entry for entry in entries_of(alice, battle)}
    assert not found["cedarname"].withheld
    assert found["birchname"].withheld
    shown = json.dumps(told(alice, battle), default=str)
    assert "97,531" not in shown
    outcomes = {call.model: call.outcome for call in calls_of(alice)[-3:]}
    assert (outcomes["cedarname"], outcomes["birchname"]) == ("answered", "refused")


def test_a_turns_question_is_compared_with_what_its_tools_found(ranked, committed, settings):
    alice, kept = ranked
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation_of(alice, kept.session), "how many wards are there")
    assert turn.status == "done"
    with models(settings) as servers:
        with scope(alice.user.pk):
            battle = starting.start_on_turn(by=alice.user, turn=turn)
        worked(alice, battle)
        sent = json.dumps(servers["cedarname"].asked[0]["messages"])
    battle = stored(alice, battle)
    assert (battle.question, battle.kind, battle.uses_data) == ("how many wards are there", "results", True)
    assert battle.facts == turn.results
    assert '\\"n\\": 20' in sent


def test_an_answer_that_names_its_model_is_not_compared(alice, settings):
    """Whoever reads it knows how that model writes."""
    with Scripted([Say("A tale of fields and rain.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        conversation = conversation_of(alice, alice.session())
        turn = ask(alice, conversation, "please tell the story behind everything")
        with scope(alice.user.pk):
            turn_tasks.answer_turn.run(str(turn.pk))
    with models(settings):
        assert 'name="turn"' not in text_of(browse(alice).get(conversation.get_absolute_url()))
        with scope(alice.user.pk), pytest.raises(Problem) as refused:
            starting.start_on_turn(by=alice.user, turn=turn)
    assert (refused.value.code, refused.value.status) == ("answered_by_a_model", 409)


def test_a_turn_without_findings_is_general_and_still_never_exported(alice, settings):
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation_of(alice, alice.session()), "hello")
    with models(settings), scope(alice.user.pk):
        battle = starting.start_on_turn(by=alice.user, turn=turn)
    assert (battle.kind, battle.facts, battle.uses_data) == ("general", [], True)


@pytest.mark.parametrize("configured", [0, 1])
def test_with_fewer_than_two_models_nothing_starts(alice, settings, configured):
    with models(settings, names=tuple(VERSIONS)[:configured]), pytest.raises(Problem) as refused:
        start(alice)
    assert (refused.value.code, refused.value.status) == ("arena_closed", 409)
    with scope(alice.user.pk), transaction.atomic():
        assert not Battle.objects.exists()


def test_own_results_need_a_ranking(alice, settings):
    session = alice.session()
    with models(settings), scope(alice.user.pk), pytest.raises(Problem) as refused:
        starting.start_on_results(by=alice.user, session=session, question="What stands out?")
    assert refused.value.code == "result_not_finished"


FAILING = {
    "429": ([Refuse(429, headers={"retry-after-ms": "10"})], "model_busy"),
    "500": ([Refuse(500, headers={"retry-after-ms": "10"})], "model_away"),
    "a wrong key": ([Refuse(401)], "model_not_set_up"),
    "cut in the middle": ([Raw(b'data: {"id": "c1", "object": "chat.compl')], "model_broke_off"),
    "silence": ([Raw(b": nothing yet\n\n", hang=5)], "model_slow"),
    "no words": ([Say("  ")], "model_broke_off"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_failing_provider_is_said_never_a_vote_and_can_be_tried_again(alice, settings, kind):
    script, code = FAILING[kind]
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"silence_seconds": 1, "retries": 0}
    with models(settings, {"birchname": [*script, Say(TEXTS["birchname"])]}) as servers:
        battle = worked(alice, start(alice))
        assert battle.status == "failed"
        shown = told(alice, battle)
        assert (shown["problem"]["code"], shown["rounds"], shown["ranking"]) == (code, [], [])
        for secret in ("birch", "cedar", "rowan", "secret-host", "127.0.0.1", "key-not"):
            assert secret not in json.dumps(shown, default=str)
        with scope(alice.user.pk):
            with pytest.raises(Problem) as refused:
                actions.cast_vote(by=alice.user, battle=battle, number=1, choice="left")
            assert refused.value.code == "battle_not_ready"
            starting.try_again(by=alice.user, battle=battle)
        assert worked(alice, battle).status == "voting"
        # Only the one that failed was asked again.
        assert [len(server.asked) for server in servers.values()] == [1, 2, 1]
    assert stored(alice, battle).tries == 2


def test_trying_again_has_an_end_and_needs_a_failure(alice, settings):
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    settings.ARENA = settings.ARENA | {"most_tries": 2}
    with models(settings, {"birchname": [Refuse(401)]}):
        battle = start(alice)
        with scope(alice.user.pk):
            with pytest.raises(Problem, match="not failed"):
                starting.try_again(by=alice.user, battle=battle)
            worked(alice, battle)
            starting.try_again(by=alice.user, battle=battle)
            worked(alice, battle)
            with pytest.raises(Problem) as refused:
                starting.try_again(by=alice.user, battle=battle)
    assert refused.value.code == "battle_tries_used"


def test_a_model_that_was_exchanged_meanwhile_is_not_asked_under_its_old_name(alice, settings):
    with models(settings) as servers:
        battle = start(alice)
        settings.LANGUAGE_MODELS["birchname"]["model"] = "another-model"
        assert worked(alice, battle).status == "failed"
        assert servers["birchname"].asked == []
    assert told(alice, battle)["problem"]["code"] == "model_not_set_up"


def test_one_comparison_is_answered_at_a_time(alice, bob, settings):
    with models(settings):
        battle = start(alice)
        with pytest.raises(Problem) as refused:
            start(alice)
        assert refused.value.code == "battle_under_way"
        start(bob)
        worked(alice, battle)
        start(alice)


def test_a_day_has_so_many_battles_and_deleting_gives_none_back(alice, bob, settings):
    settings.ARENA = settings.ARENA | {"battles_per_day": 2}
    with models(settings):
        for _ in range(2):
            battle = worked(alice, start(alice))
            with scope(alice.user.pk):
                actions.delete_battle(by=alice.user, battle=battle)
        with pytest.raises(Problem) as refused:
            start(alice)
        assert (refused.value.code, refused.value.status) == ("too_many_battles", 429)
        assert 86_000 < refused.value.wait <= 86_400
        start(bob)


def test_no_battle_a_day_means_none(alice, settings):
    settings.ARENA = settings.ARENA | {"battles_per_day": 0}
    with models(settings), pytest.raises(Problem) as refused:
        start(alice)
    assert refused.value.code == "too_many_battles"


def test_the_token_budget_holds_for_battles_too(alice, settings):
    with models(settings) as servers:
        worked(alice, start(alice))
        settings.LANGUAGE_BUDGET = settings.LANGUAGE_BUDGET | {"user_tokens": 10}
        with pytest.raises(Problem) as refused:
            start(alice)
        assert refused.value.code == "model_budget_used"
        assert [len(server.asked) for server in servers.values()] == [1, 1, 1]


def test_a_budget_that_runs_out_on_the_way_fails_the_battle(alice, settings):
    with models(settings):
        battle = start(alice)
        settings.LANGUAGE_BUDGET = settings.LANGUAGE_BUDGET | {"user_tokens": sum(TOKENS)}
        assert worked(alice, battle).status == "failed"
    assert told(alice, battle)["problem"]["code"] == "model_budget_used"


def test_an_answer_that_no_worker_takes_is_given_up(alice, settings):
    limits = {"lease_seconds": 0, "patience_seconds": 0, "answer_seconds": 0}
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | limits
    with models(settings):
        battle = start(alice)
        tasks.requeue_entries()
    assert stored(alice, battle).status == "failed"
    assert told(alice, battle)["problem"]["code"] == "model_away"


def test_of_two_workers_one_answers(alice, settings):
    from assistant.arena import answering

    with models(settings) as servers:
        battle = start(alice)
        first = entries_of(alice, battle)[0]
        with scope(alice.user.pk):
            held = answering.claim(first.pk)
            assert held is not None
            assert answering.claim(first.pk) is None
            answering.answer_claimed(alice.user.pk, held)
            tasks.answer_entry.run(str(first.pk))
            with pytest.raises(actions.EntryOver):
                actions.finish_entry(entry=held, status="done", text="late")
        assert len(servers[first.model].asked) == 1
    assert entries_of(alice, battle)[0].text == TEXTS[first.model]


def test_deleting_stops_the_work(alice, settings):
    with models(settings, {name: [Say("Slow words. " * 40, 0.1)] for name in TEXTS}) as servers:
        from threading import Thread

        from django.db import connections

        battle = start(alice)
        first = entries_of(alice, battle)[0]

        def work() -> None:
            with scope(alice.user.pk):
                tasks.answer_entry.run(str(first.pk))
            connections.close_all()

        thread = Thread(target=work)
        thread.start()
        assert servers[first.model].begun.wait(60)
        with scope(alice.user.pk):
            actions.delete_battle(by=alice.user, battle=battle)
        assert servers[first.model].left_early.wait(10), "the connection to the model is still open"
        thread.join(20)
        assert not thread.is_alive()
    assert [call.outcome for call in calls_of(alice)] == ["cancelled"]


def test_more_models_than_take_part_are_drawn_from(alice, settings):
    settings.ARENA = settings.ARENA | {"most_models": 2}
    with models(settings):
        battle = start(alice)
    assert len(entries_of(alice, battle)) == 2
    assert told(alice, battle)["of_rounds"] == 1


def test_no_word_and_no_model_stands_in_the_events(alice, settings):
    with models(settings):
        fought(alice, reason="because of birchname")
    data = json.dumps([[event.verb, event.data] for event in alice.events()])
    for secret in (*TEXTS, *VERSIONS.values(), *TEXTS.values(), QUESTION, "because"):
        assert secret not in data


def test_the_web_role_cant_change_what_was_decided_at_the_start(alice, settings):
    with models(settings):
        battle = start(alice)
    for change in ({"uses_data": True}, {"seed": 1}, {"question": "x"}, {"kind": "results"}):
        with pytest.raises(DatabaseError), scope(alice.user.pk), transaction.atomic():
            Battle.objects.filter(pk=battle.pk).update(**change)
    with pytest.raises(DatabaseError), scope(alice.user.pk), transaction.atomic():
        Battle.objects.create(owner_id=alice.user.pk, kind="results", uses_data=False, seed=1, question="x")


def test_deleting_leaves_no_row(alice, settings):
    with models(settings):
        battle = fought(alice)
    with scope(alice.user.pk):
        actions.delete_battle(by=alice.user, battle=battle)
        with transaction.atomic():
            assert (Battle.objects.count(), Entry.objects.count()) == (0, 0)
            assert actions.Round.objects.count() == actions.Vote.objects.count() == 0
