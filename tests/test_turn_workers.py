"""Turns of a language model in real workers: they survive kills, and stopping one really stops the work."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from django_redis import get_redis_connection

from assistant import actions, tasks
from assistant.arena import starting
from assistant.arena import tasks as arena_tasks
from assistant.models import Battle, Entry, Message, ModelCall, Turn
from assistant.streams.names import log_key
from assistant.tests.niger import ask, conversation_of
from assistant.tests.scripted import Raw, Refuse, Say, Scripted
from chatmrpt.stack.processes import Child
from sessions_app.isolation.scope import scope
from sessions_app.tests.people import Person, alice, committed, person
from tests import turn_worker_settings

__all__ = ["alice", "committed", "person"]
QUESTION = "please tell the story behind everything"


@pytest.fixture(scope="module", autouse=True)
def clients_of_models() -> None:
    """Loaded before anything is timed, and not where tests are gathered: they take seconds on a busy machine."""
    from assistant import model_turns

    assert model_turns


@pytest.fixture(autouse=True)
def short_leases(settings):
    settings.LANGUAGE_LIMITS = turn_worker_settings.LANGUAGE_LIMITS


def configured(server: Scripted) -> dict[str, str]:
    return {
        "LANGUAGE_MODELS": "tried",
        "LANGUAGE_MODEL_TRIED_PROTOCOL": "openai",
        "LANGUAGE_MODEL_TRIED_URL": f"{server.address}/v1",
        "LANGUAGE_MODEL_TRIED_MODEL": "m-1",
        "DJANGO_SETTINGS_MODULE": "tests.turn_worker_settings",
    }


@pytest.fixture
def worker_of(stack, tmp_path) -> Iterator[Callable[..., Child]]:
    started: list[Child] = []

    def start(server: Scripted, **more: str) -> Child:
        child = Child(
            name="turns",
            command=[
                *[sys.executable, "-m", "celery", "-A", "chatmrpt", "worker", "--queues", "turns"],
                *[
                    "--pool",
                    "threads",
                    "--concurrency",
                    "4",
                    "--loglevel",
                    "INFO",
                    "--include",
                    "assistant.model_turns",
                ],
            ],
            log=tmp_path / "turns.log",
            environment=os.environ | configured(server) | more,
            cwd=Path(__file__).resolve().parent.parent,
            stop_signals=((signal.SIGQUIT, 3.0),),
            death_signal=signal.SIGKILL,
        )
        child.start()
        started.append(child)
        return child

    yield start
    for child in started:
        child.stop()


def turn_of(owner: Person, turn: Turn) -> Turn:
    with scope(owner.user.pk), transaction.atomic():
        return Turn.objects.get(pk=turn.pk)


def wait_until(
    true: Callable[[], bool], told: Callable[[], str] = str, requeue: Callable[[], int] = tasks.requeue_turns,
    seconds: float = 120,
) -> None:  # fmt: skip
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, told()
        requeue()
        time.sleep(0.1)


def test_a_turn_survives_a_killed_worker_and_is_answered_once(alice: Person, worker_of, settings):
    def script(_, number: int):
        return Say("Slow words without end. " * 40, 0.5) if number == 0 else Say("All is well.")

    conversation = conversation_of(alice, alice.session())
    with Scripted(script).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        worker = worker_of(server)
        assert server.begun.wait(120), worker.last_lines()
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        assert turn_of(alice, turn).status == "running"
        worker.start()
        wait_until(lambda: turn_of(alice, turn).status != "running", told=worker.last_lines)
    done = turn_of(alice, turn)
    assert (done.status, done.attempt) == ("done", 2)
    with scope(alice.user.pk), transaction.atomic():
        assert Message.objects.get(turn=turn, role="assistant").text == "All is well."
    assert len(alice.events("turn.finished")) == 1


SECOND = {
    "LANGUAGE_MODELS": "tried,second",
    "LANGUAGE_MODEL_SECOND_PROTOCOL": "openai",
    "LANGUAGE_MODEL_SECOND_MODEL": "m-2",
}


@pytest.mark.slow
def test_a_comparison_survives_a_killed_worker_and_every_model_answers_once(
    alice: Person, worker_of, settings
):
    killed = threading.Event()

    def script(*_):
        return Say("All is well.") if killed.is_set() else Say("Slow words without end. " * 40, 0.5)

    with Scripted(script).running() as server:
        two = server.configured() | {"second": server.configured(model="m-2")["tried"]}
        settings.LANGUAGE_MODELS = two
        with scope(alice.user.pk):
            battle = starting.start_on_question(by=alice.user, question="Who should sleep under a net?")
        worker = worker_of(server, LANGUAGE_MODEL_SECOND_URL=two["second"]["url"], **SECOND)
        assert server.begun.wait(120), worker.last_lines()
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        killed.set()
        assert battle_of(alice, battle).status == "answering"
        worker.start()
        wait_until(
            lambda: battle_of(alice, battle).status != "answering",
            worker.last_lines,
            arena_tasks.requeue_entries,
        )
    assert battle_of(alice, battle).status == "voting"
    with scope(alice.user.pk), transaction.atomic():
        entries = list(Entry.objects.filter(battle=battle))
    assert {entry.text for entry in entries} == {"All is well."}
    assert max(entry.attempt for entry in entries) >= 2
    assert len(alice.events("battle.answered")) == 1


def battle_of(owner: Person, battle: Battle) -> Battle:
    with scope(owner.user.pk), transaction.atomic():
        return Battle.objects.get(pk=battle.pk)


def worked_in_a_thread(owner: Person, turn: Turn) -> threading.Thread:
    def work() -> None:
        with scope(owner.user.pk):
            tasks.answer_turn.run(str(turn.pk))
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_stopping_drops_the_model_and_keeps_nothing_of_its_words(alice: Person, committed, settings):
    conversation = conversation_of(alice, alice.session())
    with Scripted([Say("Slow words without end. " * 40, 0.2)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        thread = worked_in_a_thread(alice, turn)
        assert server.begun.wait(60)
        with scope(alice.user.pk):
            actions.stop_turn(by=alice.user, turn=turn)
        assert server.left_early.wait(5), "the connection to the model is still open"
        thread.join(10)
        assert not thread.is_alive()
    done = turn_of(alice, turn)
    assert (done.status, done.results) == ("cancelled", [])
    with scope(alice.user.pk), transaction.atomic():
        assert Message.objects.get(turn=turn, role="assistant").text == "Stopped."
        assert ModelCall.objects.get(turn_id=turn.pk).outcome == "cancelled"
    assert len(alice.events("turn.cancelled")) == 1


def test_a_worker_whose_turn_is_anothers_by_now_ends_no_events(alice: Person, committed, settings):
    conversation = conversation_of(alice, alice.session())
    with Scripted([Say("Slow words without end. " * 40, 0.2)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        thread = worked_in_a_thread(alice, turn)
        assert server.begun.wait(60)
        with (
            scope(alice.user.pk),
            transaction.atomic(),
        ):  # what another worker does after the lease has run out
            Turn.objects.filter(pk=turn.pk).update(attempt=2)
        thread.join(20)
    assert turn_of(alice, turn).status == "running"
    lines = get_redis_connection("default").xrange(log_key(alice.user.pk, turn.pk))
    events = [json.loads(line[b"line"])["event"] for _, line in lines]
    assert events[:2] == ["turn.queued", "turn.started"]
    assert "turn.cancelled" not in events


def test_no_transaction_is_open_while_a_model_is_waited_for(alice: Person, committed, stack, settings):
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"silence_seconds": 3, "retries": 0}
    conversation = conversation_of(alice, alice.session())
    with Scripted([Raw(b": nothing yet\n\n", hang=6)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation, QUESTION)
        thread = worked_in_a_thread(alice, turn)
        assert server.begun.wait(60)
        seen = []
        with stack.services.superuser() as cursor:
            for _ in range(15):
                rows = cursor.execute(
                    "SELECT state, extract(epoch FROM now() - xact_start) FROM pg_stat_activity "
                    "WHERE usename = 'chatmrpt_web' AND xact_start IS NOT NULL"
                ).fetchall()
                seen += [row for row in rows if row[1] > 0.2]
                time.sleep(0.1)
        thread.join(20)
    assert seen == []
    assert turn_of(alice, turn).error["code"] == "model_slow"


def test_a_turn_that_no_worker_takes_ends_with_a_sentence(alice: Person, committed, settings):
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {
        "lease_seconds": 0, "patience_seconds": 0, "answer_seconds": 0,
    }  # fmt: skip
    settings.LANGUAGE_MODELS = {"tried": {}}
    turn = ask(alice, conversation_of(alice, alice.session()), QUESTION)
    tasks.requeue_turns()
    done = turn_of(alice, turn)
    assert (done.status, done.error["code"]) == ("failed", "model_away")


def test_only_these_workers_load_the_clients_of_the_models(stack):
    script = (
        "import sys, django\ndjango.setup()\nimport chatmrpt.wsgi, chatmrpt.urls, assistant.tasks\n"
        "print(*[name for name in ('pydantic_ai', 'openai', 'anthropic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_log_tells_what_happened_and_nothing_that_a_provider_said(
    alice: Person, committed, settings, caplog
):
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    with Scripted(
        [Refuse(500, body='{"error": {"message": "cnry-echo of the prompt"}}')]
    ).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(alice, conversation_of(alice, alice.session()), QUESTION)
        with scope(alice.user.pk):
            tasks.answer_turn.run(str(turn.pk))
    assert "the model failed: " in caplog.text
    assert "(500)" in caplog.text
    assert "cnry-echo" not in caplog.text
    assert "key-not-to-be-told" not in caplog.text


def test_one_user_waits_for_two_answers_at_most(alice: Person, committed, settings):
    settings.LANGUAGE_MODELS = {"tried": {}}
    conversation = conversation_of(alice, alice.session())
    turns = [ask(alice, conversation, QUESTION) for _ in range(3)]
    assert [turn.status for turn in turns] == ["running", "running", "failed"]
    assert turns[2].error["code"] == "too_many_turns"
    # Commands are answered meanwhile.
    assert ask(alice, conversation, "help").status == "done"
