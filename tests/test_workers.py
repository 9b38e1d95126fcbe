"""Real workers that are killed in the middle: every result is computed to its end, and ends once."""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from chatmrpt.stack.processes import Child
from sessions_app import tasks
from sessions_app.orphans import remove_orphans
from sessions_app.tests.people import Person, alice, committed, counting, person

__all__ = ["alice", "committed", "counting", "person"]
pytestmark = pytest.mark.usefixtures("counting", "short_leases")
KILLS = 10


@pytest.fixture
def short_leases(settings):
    from tests import worker_settings

    settings.RESULTS = worker_settings.RESULTS


@pytest.fixture
def worker(stack, tmp_path) -> Iterator[Child]:
    """A Celery worker as the real stack starts it, with the tests' settings."""
    child = Child(
        name="worker",
        command=[
            sys.executable,
            *["-m", "celery", "-A", "chatmrpt", "worker", "--concurrency", "2", "--loglevel", "INFO"],
        ],
        log=tmp_path / "worker.log",
        environment=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.worker_settings"},
        cwd=Path(__file__).resolve().parent.parent,
        stop_signals=((signal.SIGQUIT, 3.0),),
        death_signal=signal.SIGKILL,
    )
    child.start()
    yield child
    child.stop()


def kill(child: Child) -> None:
    """As the kernel does when memory runs out: the worker and its pool, without a last word."""
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def wait_until(true: Callable[[], bool], child: Child, seconds: float = 30) -> None:
    """Beat, in these tests, is this loop."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, child.last_lines()
        tasks.requeue_expired()
        time.sleep(0.2)


def test_a_killed_workers_result_is_taken_up_by_another_and_ends_once(alice: Person, worker: Child):
    session = alice.session()
    words = str(alice.upload(session).pk)
    result = alice.request(session, "count", words=words, trouble="slow_once")
    tasks.publish(alice.user.pk, result.pk)
    wait_until(lambda: alice.result(result).percent >= 40, worker)
    kill(worker)
    left = alice.result(result)
    assert (left.status, left.attempt) == ("running", 1)

    worker.start()
    wait_until(lambda: alice.result(result).status == "succeeded", worker)
    done = alice.result(result)
    assert (done.attempt, done.summary) == (2, {"words": 3})
    assert [file.name for file in alice.files()] == ["words.csv", "words.txt"]
    assert len(alice.objects()) == 2
    assert len(alice.events("result.succeeded")) == 1


def test_a_passing_failure_is_tried_again_by_the_worker_itself(alice: Person, worker: Child):
    session = alice.session()
    words = str(alice.upload(session).pk)
    result = alice.request(session, "count", words=words, trouble="away_once")
    refused = alice.request(session, "count", words=words, trouble="refused")
    for asked in (result, refused):
        tasks.publish(alice.user.pk, asked.pk)
    wait_until(lambda: alice.result(result).status == "succeeded", worker)
    assert alice.result(result).attempt == 2
    assert (alice.result(refused).status, alice.result(refused).attempt) == ("failed", 1)


def test_ten_kills_lose_and_double_nothing(alice: Person, worker: Child):
    session = alice.session()
    words = [str(alice.upload(session).pk) for _ in range(12)]
    results = [alice.request(session, "count", words=one, trouble="brief") for one in words]
    for result in results:
        tasks.publish(alice.user.pk, result.pk)
    moments = random.Random(11)
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.6, 1.6))
        kill(worker)
        worker.start()
        tasks.requeue_expired()
    wait_until(lambda: all(alice.result(result).is_final for result in results), worker, seconds=60)

    assert Counter(alice.result(result).status for result in results) == {"succeeded": 12}
    ends = Counter(event.object_id for event in alice.events("result.succeeded"))
    assert ends == {result.pk: 1 for result in results}
    artifacts = [file for file in alice.files() if file.kind == "artifact"]
    assert len(artifacts) == len(results)
    assert all(default_storage.size(file.storage_key) == file.size_bytes for file in artifacts)
    remove_orphans(timedelta(0))  # what an attempt had stored that was killed before its row
    assert len(alice.objects()) == len(results) + len(words)
