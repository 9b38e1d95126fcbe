"""The stream server in a process of its own, over real connections: who is let in, and what is sent."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.signing import TimestampSigner, b62_encode
from django_redis import get_redis_connection

from assistant.streams import serve, tickets
from assistant.streams.log import ENDED_SECONDS, TurnLog
from assistant.streams.names import log_key
from chatmrpt.stack.processes import Child, ReservedPort, wait_for

ROOT = Path(__file__).resolve().parents[1]


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def open(self, turn: uuid.UUID, ticket: str, after: str = "", **headers: str):
        address = f"http://127.0.0.1:{self.port}/stream/{turn}/?ticket={quote(ticket)}"
        asked = urllib.request.Request(address + (f"&after={after}" if after else ""), headers=headers)
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=5)

    def status(self, turn: uuid.UUID, ticket: str, **headers: str) -> int:
        try:
            with self.open(turn, ticket, **headers) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stream/health/", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def server(stack, tmp_path_factory) -> Iterator[Server]:
    port = ReservedPort().hand_over()
    child = Child(
        name="streams",
        command=[
            *[
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "asginl",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
            ],
            *["--workers", "1", "--no-ws", "--workers-kill-timeout", "1", "chatmrpt.asgi:application"],
        ],
        log=tmp_path_factory.mktemp("streams") / "log",
        environment=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.stream_settings"},
        cwd=ROOT,
    )
    child.start()
    found = Server(port)
    assert wait_for(found.healthy, seconds=30), child.last_lines()
    yield found
    child.stop()


@pytest.fixture
def turn(stack) -> tuple[uuid.UUID, uuid.UUID, TurnLog]:
    owner, turn_id = uuid.uuid4(), uuid.uuid4()
    return owner, turn_id, TurnLog(owner, turn_id)


def blocks(answer, count: int) -> list[dict[str, str]]:
    """The next events of a stream, comments left out."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for raw in answer:
        line = raw.decode().rstrip("\n")
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            current[name] = value
        elif current:
            if "event" in current:
                found.append(current)
            current = {}
        if len(found) == count:
            break
    return found


def test_events_come_with_ids_in_order_and_the_stream_ends_with_the_turn(server, turn):
    owner, turn_id, log = turn
    log.tell("turn.started")
    with server.open(turn_id, tickets.ticket_for(owner, turn_id)) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        (first,) = blocks(answer, 1)
        log.tell("delta", text="Bosso – “é”\nnew line")
        log.tell("turn.completed")
        rest = blocks(answer, 5)
    assert [one["event"] for one in (first, *rest)] == ["turn.started", "delta", "turn.completed"]
    assert rest[0]["data"] == '{"text": "Bosso – “é”\\nnew line"}'
    ids = [tuple(map(int, one["id"].split("-"))) for one in (first, *rest)]
    assert ids == sorted(set(ids))


def test_after_a_broken_connection_it_goes_on_where_it_was(server, turn):
    owner, turn_id, log = turn
    ticket = tickets.ticket_for(owner, turn_id)
    for number in range(3):
        log.tell("delta", text=str(number))
    with server.open(turn_id, ticket) as answer:
        seen = blocks(answer, 2)
    log.tell("turn.completed")
    for again in ({"Last-Event-ID": seen[-1]["id"]}, {"after": seen[-1]["id"]}):
        with server.open(turn_id, ticket, **again) as answer:
            assert [one["event"] for one in blocks(answer, 5)] == ["delta", "turn.completed"]


def test_when_the_log_is_gone_the_stored_turn_is_named(server, turn):
    owner, turn_id, log = turn
    log.tell("turn.completed")
    get_redis_connection("default").delete(log_key(owner, turn_id))
    with server.open(turn_id, tickets.ticket_for(owner, turn_id), after="1-1") as answer:
        assert [one["event"] for one in blocks(answer, 5)] == ["turn.stored"]


def test_a_ticket_used_long_after_the_end_is_told_so_at_once(server, turn):
    """Nothing is waited for: from the moment on that it is handed over, a turn that runs has a line in its log."""
    owner, turn_id, _ = turn
    with server.open(turn_id, tickets.ticket_for(owner, turn_id)) as answer:
        assert [one["event"] for one in blocks(answer, 5)] == ["turn.stored"]


def test_an_application_task_that_is_cancelled_leaves_none_behind():
    class Silent:
        async def xrange(self, *_, **__):
            return [(b"1-1", {b"line": b'{"event": "turn.queued"}'})]

    class Quiet:
        @contextlib.contextmanager
        def heard(self, _):
            yield asyncio.Event()

    async def cancelled() -> int:
        async def receive():
            await asyncio.sleep(60)

        async def send(_): ...

        streams = serve.Streams()
        streams._connected = lambda: (Silent(), Quiet())
        task = asyncio.create_task(streams._stream("key", "0-0", "", receive, send))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks()) - 1

    assert asyncio.run(cancelled()) == 0


def test_an_idle_stream_is_told_that_it_lives(server, turn):
    owner, turn_id, log = turn
    log.tell("turn.queued")
    with server.open(turn_id, tickets.ticket_for(owner, turn_id)) as answer:
        began = time.monotonic()
        lines = [answer.readline() for _ in range(8)]
    assert lines.count(b": still here\n") >= 1
    assert time.monotonic() - began < 4


class Late(TimestampSigner):
    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - tickets.SECONDS - 2)


def test_nobody_is_let_in_without_a_ticket_of_this_very_turn(server, turn):
    owner, turn_id, log = turn
    log.tell("delta", text="private")
    other = uuid.uuid4()
    expired = Late(salt=tickets.SALT).sign_object([str(owner), str(turn_id)])
    foreign_key = TimestampSigner(key="x" * 50, salt=tickets.SALT).sign_object([str(owner), str(turn_id)])
    other_salt = TimestampSigner(salt="password").sign_object([str(owner), str(turn_id)])
    good = tickets.ticket_for(owner, turn_id)
    for wrong in (
        "", "x", expired, foreign_key, other_salt, good[:-1], tickets.ticket_for(owner, other), "\x00", good + "A",
        TimestampSigner(salt=tickets.SALT).sign_object({"owner": 1}),
    ):  # fmt: skip
        assert server.status(turn_id, wrong) == 403, wrong
    assert server.status(other, good) == 403


def test_the_ticket_of_another_user_opens_an_empty_log_only(server, turn):
    """Even a ticket that the web side would never write: another's id beside this turn's."""
    _, turn_id, log = turn
    log.tell("delta", text="private")
    with server.open(turn_id, tickets.ticket_for(uuid.uuid4(), turn_id)) as answer:
        assert b"private" not in b"".join(answer.readline() for _ in range(6))


def test_only_pages_of_ours_may_read_and_no_other_method_or_address(server, turn):
    owner, turn_id, log = turn
    log.tell("turn.completed")
    ticket = tickets.ticket_for(owner, turn_id)
    assert server.status(turn_id, ticket, Origin="https://elsewhere.example") == 403
    with server.open(turn_id, ticket, Origin=settings.STREAM_ORIGINS[0]) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == settings.STREAM_ORIGINS[0]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/sessions/", timeout=5)
    with refused.value:
        assert refused.value.code == 404


def test_one_user_has_so_many_streams_and_gets_a_place_back(server, turn):
    owner, turn_id, log = turn
    ticket = tickets.ticket_for(owner, turn_id)
    log.tell("turn.queued")
    held = [server.open(turn_id, ticket) for _ in range(3)]
    try:
        assert server.status(turn_id, ticket) == 503
    finally:
        for answer in held:
            answer.close()
    log.tell("turn.completed")
    assert wait_for(lambda: server.status(turn_id, ticket) == 200, seconds=5)


def test_the_server_loads_neither_models_nor_a_database():
    script = (
        "import sys, chatmrpt.asgi\n"
        "print(*[name for name in sys.modules if name.startswith(('django.db', 'psycopg', 'sessions_app.models', "
        "'assistant.models', 'pandas', 'celery'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_once_a_turn_has_ended_its_words_leave_valkey():
    """The stored turn is what counts; deleting it, or its session, leaves nothing of it here for long."""
    owner, turn = uuid.uuid4(), uuid.uuid4()
    valkey, log = get_redis_connection("default"), TurnLog(owner, turn)
    log.tell("delta", text="Sabon Gari ranks first.")
    assert valkey.ttl(log_key(owner, turn)) > ENDED_SECONDS
    log.tell("turn.completed", turn_id=str(turn))
    assert 0 < valkey.ttl(log_key(owner, turn)) <= ENDED_SECONDS == 60
