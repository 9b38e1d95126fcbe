"""Asked to stop, workers finish what was begun; what would take too long is handed back, not lost. (Web: `test_stack`.)"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatmrpt.stack.processes import Child
from sessions_app import tasks
from sessions_app.tests.people import Person, alice, committed, counting, person

__all__ = ["alice", "committed", "counting", "person"]


# Workers


@pytest.fixture
def worker(stack, tmp_path, counting, settings) -> Iterator[Child]:
    from tests import patient_worker_settings

    settings.RESULTS = patient_worker_settings.RESULTS
    child = Child(
        name="worker",
        command=[sys.executable, "-m", "celery", "-A", "chatmrpt", "worker", "--concurrency", "1"],
        log=tmp_path / "worker.log",
        environment=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.patient_worker_settings"},
        cwd=Path(__file__).resolve().parent.parent,
        stop_signals=((signal.SIGQUIT, 5.0),),
        death_signal=signal.SIGKILL,
    )
    child.start()
    yield child
    child.stop()


def wait_until(true: Callable[[], bool], child: Child, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, child.last_lines()
        time.sleep(0.1)


def begun(alice: Person, worker: Child, trouble: str):
    session = alice.session()
    words = str(alice.upload(session).pk)
    result = alice.request(session, "count", words=words, trouble=trouble)
    tasks.publish(alice.user.pk, result.pk)
    wait_until(lambda: alice.result(result).percent >= 40, worker)
    return result


def test_a_worker_that_is_asked_to_stop_finishes_its_task_first(alice: Person, worker: Child):
    result = begun(alice, worker, "unhurried")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(30) == 0, worker.last_lines()
    done = alice.result(result)
    assert (done.status, done.attempt) == ("succeeded", 1)


def test_a_task_that_takes_too_long_is_handed_back_and_begun_again_at_once(alice: Person, worker: Child):
    result = begun(alice, worker, "slow_once")
    worker.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert worker.alive(), "it still has work to do"
    worker.process.send_signal(signal.SIGQUIT)
    worker.process.wait(20)
    left = alice.result(result)
    assert (left.status, left.attempt) == ("queued", 1), worker.last_lines()

    worker.start()
    wait_until(lambda: alice.result(result).is_final, worker, seconds=30)
    done = alice.result(result)
    assert (done.status, done.attempt) == ("succeeded", 2)
    assert len(alice.events("result.succeeded")) == 1
