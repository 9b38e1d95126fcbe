"""Asked to stop, web and workers finish what was begun; what would take too long is handed back, not lost."""

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatmrpt.stack.processes import Child
from sessions_app import tasks
from sessions_app.tests.people import Person, alice, committed, counting, person
from tests.running_stack import Running, running

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


# Web

BYTES_PER_SECOND, UPLOAD_SECONDS = 40_000, 5


def test_a_stack_that_is_asked_to_stop_answers_those_who_are_being_served(state):
    rows = "".join(f"Ward {row},{row % 7},{row % 11}.5,{'x' * 60}\n" for row in range(10_000))
    table = ("ward_name,rainfall,tpr,remark\n" + rows)[: BYTES_PER_SECOND * UPLOAD_SECONDS].rpartition("\n")[
        0
    ]
    with running(state) as stack:
        _, _, email, password = stack.ready_line().split()
        token = asked(stack, "/api/token/", {"email": email, "password": password})["access"]
        session = asked(stack, "/api/sessions/", {"name": "Slow link"}, token)["id"]
        answer = asyncio.run(stopped_meanwhile(stack, token, session, table.encode()))
        assert stack.process.wait(30) == 0
    assert answer["status"] == 201, answer
    assert answer["seconds_after_the_signal"] > 2, "it was still being sent when the stack was asked to stop"
    stored = [path.read_bytes() for path in (state / "files").rglob("*.csv")]
    assert table.encode() in stored, "what was answered is there, byte for byte"


def asked(stack: Running, path: str, body: dict[str, str], token: str = "") -> dict[str, str]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    address = f"http://127.0.0.1:{stack.port}{path}"
    request = urllib.request.Request(address, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.load(answer)


async def stopped_meanwhile(stack: Running, token: str, session: str, table: bytes) -> dict:
    """An upload over a slow link; a second after its first byte the stack is asked to stop."""
    head = '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nward_table\r\n--b\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="wards.csv"\r\n\r\n'
    body = head.encode() + table + b"\r\n--b--\r\n"
    lines = [
        f"POST /api/sessions/{session}/files/ HTTP/1.1",
        f"Host: 127.0.0.1:{stack.port}",
        f"Authorization: Bearer {token}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    step, signalled = BYTES_PER_SECOND // 10, 0.0
    for number, start in enumerate(range(0, len(body), step)):
        writer.write(body[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.1)
        if number == 10:
            stack.process.send_signal(signal.SIGTERM)
            signalled = time.monotonic()
    answer = await reader.read()
    writer.close()
    return {
        "status": int(answer.split(b" ", 2)[1]) if answer else 0,
        "seconds_after_the_signal": time.monotonic() - signalled,
        "said": answer,
    }
