"""What an answer used is entered whatever becomes of it, and answers side by side don't spend what is left for one."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from assistant import model_turns, tasks
from assistant.language import ledger
from assistant.models import ModelCall, ModelReservation, Turn
from assistant.tests.niger import ask, conversation_of
from assistant.tests.scripted import (
    TOKENS,
    Call,
    Raw,
    Refuse,
    Say,
    Scripted,
    anthropic_events,
    openai_events,
)
from assistant.tests.test_language_models import (
    QUESTION,
    answered,
    at_work,
    beginning,
    calls_of,
    ranked,
    worked,
)
from sessions_app.isolation.scope import scope

__all__ = ["at_work", "beginning", "ranked"]
SPEAK = {"openai": openai_events, "anthropic": anthropic_events}
LONG = "word " * 900


def reservations_of(person) -> list[ModelReservation]:
    with scope(person.user.pk), transaction.atomic():
        return list(ModelReservation.objects.all())


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_response_that_is_cut_off_is_estimated_beside_what_was_told(at_work, settings, protocol, before):
    alice, _, conversation = at_work
    cut = "".join(list(SPEAK[protocol](Say(LONG)))[:600]).encode()
    with Scripted([*[Call("count_wards")] * before, Raw(cut)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured(protocol)
        turn = answered(alice, conversation)
    (call,) = calls_of(alice, turn)
    assert (call.requests, call.estimated) == (before + 1, True)
    # 598 pieces of seven characters or so, three to a token.
    assert 1_300 < call.output_tokens - before * TOKENS[1] < 1_500
    told = (
        TOKENS[0]
        if protocol == "anthropic"
        else len(json.dumps(server.asked[-1], separators=(",", ":"))) // 3
    )
    assert call.input_tokens == pytest.approx(told + before * TOKENS[0], rel=0.05)
    assert reservations_of(alice) == []


def test_a_request_that_was_refused_costs_nothing(at_work, settings):
    alice, _, conversation = at_work
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    with Scripted([Refuse(500)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = answered(alice, conversation)
    (call,) = calls_of(alice, turn)
    assert (call.requests, call.input_tokens, call.output_tokens, call.estimated) == (1, 0, 0, False)


def test_a_provider_that_tells_no_numbers_is_asked_no_more_than_others(at_work, settings):
    alice, _, conversation = at_work
    silent = "".join(event for event in openai_events(Call("count_wards")) if '"usage"' not in event).encode()
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"turn_tokens": 12_000}
    with Scripted([Raw(silent)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = answered(alice, conversation)
    assert turn.error["code"] == "model_too_long"
    assert len(server.asked) == 2


def test_two_answers_at_once_don_t_both_spend_what_is_left_for_one(beginning, settings):
    alice, conversation = beginning
    settings.LANGUAGE_BUDGET = {"user_tokens": 150, "all_tokens": 10**9}
    with Scripted([Say("All is well.", seconds=0.3)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turns = [ask(alice, conversation, QUESTION) for _ in range(2)]

        def work(turn: Turn) -> None:
            try:
                worked(alice, turn)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(turn,)) for turn in turns]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert [call.outcome for call in calls_of(alice)] == ["answered"]
    with scope(alice.user.pk), transaction.atomic():
        refused = Turn.objects.get(conversation=conversation, status="failed")
    assert refused.error["code"] == "model_budget_used"
    assert refused.error["fix"] == "Wait until they are there, then ask again."
    assert reservations_of(alice) == []


def test_what_one_sets_aside_counts_for_everybody(beginning, bob, settings):
    alice, conversation = beginning
    used = sum(call.input_tokens + call.output_tokens for call in ModelCall.objects.using("system"))
    settings.LANGUAGE_BUDGET = {"user_tokens": 10**9, "all_tokens": used + 100}
    settings.LANGUAGE_MODELS = {"tried": {}}
    turn = ask(alice, conversation, QUESTION)
    his = ask(bob, conversation_of(bob, bob.session()), QUESTION)
    with scope(alice.user.pk):
        ledger.reserve(turn=turn, session_id=None, tokens=100)
    with scope(bob.user.pk), pytest.raises(ledger.Problem) as refused:
        ledger.reserve(turn=his, session_id=None, tokens=100)
    assert refused.value.code == "model_budget_used"


def test_what_a_dead_worker_had_used_is_entered_and_the_rest_is_free(beginning, settings):
    alice, conversation = beginning
    settings.LANGUAGE_BUDGET = {"user_tokens": 1_000, "all_tokens": 10**9}
    settings.LANGUAGE_MODELS = {"tried": {"prices": None, "protocol": "", "url": "", "model": "m", "key": ""}}
    turn = ask(alice, conversation, QUESTION)
    with scope(alice.user.pk):
        held = ledger.reserve(turn=turn, session_id=None, tokens=60_000)
        used = {
            "requests": 1,
            "input_tokens": 500,
            "output_tokens": 20,
            "estimated": False,
            "milliseconds": 9,
        }
        assert ledger.note(held, used)
        with pytest.raises(ledger.Problem):
            ledger.refuse_over_budget(alice.user.pk)
    ledger.enter_lost()
    assert len(reservations_of(alice)) == 1, "it is still at work"
    with scope(alice.user.pk), transaction.atomic():
        ModelReservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    tasks.requeue_turns()
    assert reservations_of(alice) == []
    with scope(alice.user.pk):
        # It was only slow: what it says now is too late, and is not entered twice.
        assert not ledger.note(held, used)
        ledger.enter(held, outcome="answered", used=used)
        ledger.refuse_over_budget(alice.user.pk)
    (call,) = calls_of(alice, turn)
    assert (call.outcome, call.error_code, call.estimated) == ("failed", "worker_lost", True)
    assert (call.input_tokens, call.output_tokens) == (500, 20)
    assert len(alice.events("model.called")) == 1


def test_what_was_used_is_noted_while_the_model_talks(beginning, settings):
    alice, conversation = beginning
    noted = []
    with Scripted([Say("All is well. " * 8, seconds=0.2)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        thread = threading.Thread(target=lambda: (worked(alice, turn), connections.close_all()))
        thread.start()
        assert server.begun.wait(20)
        while thread.is_alive():
            noted += [held.used for held in reservations_of(alice) if held.used]
            thread.join(0.2)
    assert noted[-1]["requests"] == 1
    assert noted[-1]["input_tokens"] > 0
    assert noted[-1]["output_tokens"] > 0


def test_no_tool_begins_after_stop(at_work, settings, monkeypatch):
    """Not even within the second in which the worker looks whether its answer is still wanted."""
    alice, _, conversation = at_work
    ran = []
    monkeypatch.setattr(model_turns.Toolbox, "call", lambda *_, **__: ran.append(1))
    with Scripted([Call("count_wards")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        stopped = server.step

        def step(messages):
            with scope(alice.user.pk), transaction.atomic():
                Turn.objects.filter(pk=turn.pk).update(status="cancelled")
            connections.close_all()
            return stopped(messages)

        server.step = step
        done = worked(alice, turn)
    assert (done.status, ran) == ("cancelled", [])
    assert [call.outcome for call in calls_of(alice, turn)] == ["cancelled"]


def test_a_provider_that_nobody_reaches_costs_nothing(at_work, settings):
    alice, _, conversation = at_work
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    with Scripted([]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
    turn = answered(alice, conversation)
    (call,) = calls_of(alice, turn)
    assert (call.outcome, call.input_tokens, call.output_tokens, call.estimated) == ("failed", 0, 0, False)


def _lost(person, conversation) -> ModelReservation:
    turn = ask(person, conversation, QUESTION)
    with scope(person.user.pk):
        held = ledger.reserve(turn=turn, session_id=None, tokens=100)
        with transaction.atomic():
            ModelReservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    return held


def test_one_that_cannot_be_entered_keeps_no_other(beginning, bob, settings):
    alice, conversation = beginning
    settings.LANGUAGE_MODELS = {"tried": {"prices": None, "protocol": "", "url": "", "model": "m", "key": ""}}
    broken = _lost(alice, conversation)
    with scope(alice.user.pk), transaction.atomic():
        ModelReservation.objects.filter(pk=broken.pk).update(
            used={"requests": "many"}, until=timezone.now() - timedelta(seconds=9)
        )
    _lost(bob, conversation_of(bob, bob.session()))
    assert ledger.enter_lost() == 1
    assert reservations_of(bob) == []
    assert len(reservations_of(alice)) == 1


def test_one_that_was_renewed_meanwhile_is_not_taken_for_lost(beginning, settings):
    alice, conversation = beginning
    settings.LANGUAGE_MODELS = {"tried": {"prices": None, "protocol": "", "url": "", "model": "m", "key": ""}}
    held = _lost(alice, conversation)
    used = {"requests": 1, "input_tokens": 5, "output_tokens": 2, "estimated": False, "milliseconds": 9}
    with scope(alice.user.pk):
        assert ledger.note(held, used)
        ledger.enter(held, outcome="failed", used=used, only_lost=True)
    assert len(reservations_of(alice)) == 1


def test_an_answer_that_is_entered_while_the_sums_are_taken_is_counted(beginning, settings, monkeypatch):
    alice, conversation = beginning
    settings.LANGUAGE_BUDGET = {"user_tokens": 1_000, "all_tokens": 10**9}
    settings.LANGUAGE_MODELS = {"tried": {"prices": None, "protocol": "", "url": "", "model": "m", "key": ""}}
    turn = ask(alice, conversation, QUESTION)
    used = {"requests": 1, "input_tokens": 900, "output_tokens": 200, "estimated": False, "milliseconds": 9}
    sums = []
    with scope(alice.user.pk):
        held = ledger.reserve(turn=turn, session_id=None, tokens=60_000)
    for name in ("_used", "_held"):
        monkeypatch.setattr(ledger, name, _between(getattr(ledger, name), held, used, sums))
    with scope(alice.user.pk), pytest.raises(ledger.Problem):
        ledger.refuse_over_budget(alice.user.pk)


def _between(take, held, used, sums):
    """The first sum is taken, then the answer is entered."""

    def taken(rows):
        found = take(rows)
        sums.append(found)
        if len(sums) == 1:
            ledger.enter(held, outcome="answered", used=used)
        return found

    return taken
