"""What the client does when a server is busy, away, or breaks off: it waits as it is told and repeats only what does no harm."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chatmrpt_client import (
    ComputationCancelled,
    ComputationFailed,
    Result,
    ServerFault,
    TookTooLong,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from chatmrpt_client.client import Client
from chatmrpt_client.rows import ResultRow
from chatmrpt_client.signing import PersonalToken
from chatmrpt_client.transport import Transport

SESSION = '{"id": "s1", "name": "n", "note": "", "is_demo": false, "created_at": "", "updated_at": "", "archived_at": null, "new": 1}'
Answer = tuple[int, dict[str, str], str] | None


class Wavering(ThreadingHTTPServer):
    """Gives the answers that it was given, one after the other; None breaks off without one."""

    daemon_threads = True

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = answers, []

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is nothing to print."""


class Handler(BaseHTTPRequestHandler):
    server: Wavering

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        told = self.server.answers.pop(0)
        if told is None:
            self.close_connection = True
            return
        status, headers, body = told
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def client(answers: list[Answer], patience: float = 60) -> Iterator[tuple[Client, Wavering, list[float]]]:
    server, paused = Wavering(answers), []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    transport = Transport(
        f"http://127.0.0.1:{server.server_address[1]}", patience=patience, pause=paused.append
    )
    transport.signing = PersonalToken("p.x")
    with Client(transport) as made:
        yield made, server, paused
    server.shutdown()
    server.server_close()


GOOD: Answer = (200, {}, SESSION)
MADE: Answer = (201, {}, SESSION)
READ: Callable[[Client], object] = lambda one: one.session("s1")  # noqa: E731
MAKE: Callable[[Client], object] = lambda one: one.create_session("n")  # noqa: E731


@pytest.mark.parametrize(("call", "good"), [(READ, GOOD), (MAKE, MADE)])
@pytest.mark.parametrize("status", [429, 503])
def test_it_comes_back_when_the_server_says(call, good, status):
    told = '{"code": "too_many_requests", "title": "Too many requests", "detail": "", "fix": ""}'
    with client([(status, {"Retry-After": "7"}, told), good]) as (one, server, paused):
        assert call(one).id == "s1"
        assert paused == [7.0]
        assert len(server.asked) == 2


def test_a_moment_is_understood_as_well_as_seconds():
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with client([(503, {"Retry-After": moment}, "{}"), GOOD]) as (one, _, paused):
        READ(one)
        assert 15 < paused[0] <= 20


@pytest.mark.parametrize(("status", "kind"), [(429, TooManyRequests), (503, Unavailable)])
def test_its_patience_ends_and_the_refusal_is_raised(status, kind):
    with client([(status, {"Retry-After": "3600"}, "{}")], patience=5) as (one, server, paused):
        with pytest.raises(kind) as refusal:
            READ(one)
        assert refusal.value.retry_after == 3600
        assert (paused, len(server.asked)) == ([], 1)


def test_a_read_that_broke_off_is_repeated_and_a_creation_is_not():
    with client([None, None, GOOD]) as (one, server, paused):
        assert READ(one).id == "s1"
        assert len(server.asked) == 3
        assert paused == [0.5, 1.0]
    with client([None, MADE]) as (one, server, paused):
        with pytest.raises(Unreachable):
            MAKE(one)
        assert (len(server.asked), paused) == (1, [])


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_without_its_server_is_asked_again_for_what_does_no_harm(status):
    with client([(status, {}, "<html>"), GOOD]) as (one, server, _):
        assert READ(one).id == "s1"
    with client([(status, {}, "<html>"), MADE]) as (one, server, _):
        with pytest.raises(ServerFault):
            MAKE(one)
        assert len(server.asked) == 1


def test_a_fault_tells_its_incident_and_is_not_repeated():
    told = (
        '{"code": "fault", "title": "Something went wrong", "detail": "d", "fix": "f", "incident": "abc123"}'
    )
    with client([(500, {}, told), GOOD]) as (one, server, _):
        with pytest.raises(ServerFault, match=r"Something went wrong\. d f") as refusal:
            READ(one)
        assert (refusal.value.incident, len(server.asked)) == ("abc123", 1)


def told_of(status: str, percent: float = 50, error: str = "null", wait: str = "") -> Answer:
    body = (
        f'{{"id": "r1", "session": "s1", "kind": "risk", "status": "{status}", "params": {{}}, "progress": {{"percent": '
        f'{percent}, "step": "models", "steps": []}}, "error": {error}, "code_version": "", "created_at": "", "started_at": null, '
        '"finished_at": null}'
    )
    return 200, {"Retry-After": wait} if wait else {}, body


def result(one: Client) -> Result:
    row = ResultRow("r1", "s1", "risk", "queued", {}, {"percent": 0, "step": ""}, None, "", "", None, None)
    return Result(one._transport, row)


def test_waiting_asks_as_often_as_the_server_says_and_tells_each_change_once():
    answers = [
        told_of("queued", 0, wait="30"),
        told_of("running", 50, wait="3"),
        told_of("running", 50, wait="2"),
        told_of("succeeded", 100),
    ]
    with client(answers) as (one, _, paused):
        told = []
        assert result(one).wait(lambda *now: told.append(now)).row.status == "succeeded"
        assert paused == [30.0, 3.0, 2.0]
        assert told == [(0, "models"), (50, "models"), (100, "models")]


def test_what_does_not_succeed_is_raised():
    error = '{"code": "too_few_wards", "title": "Too few wards", "detail": "2", "fix": "More", "where": "w", "step": "models"}'
    with client([told_of("failed", error=error)]) as (one, _, _), pytest.raises(ComputationFailed) as failure:
        result(one).wait()
    assert (failure.value.code, failure.value.step, failure.value.where) == ("too_few_wards", "models", "w")
    with client([told_of("cancelled")]) as (one, _, _), pytest.raises(ComputationCancelled):
        result(one).wait()
    with client([told_of("running", wait="30")]) as (one, _, _), pytest.raises(TookTooLong, match="50 %"):
        result(one).wait(timeout=5)


def test_what_its_contract_does_not_name_is_not_sent():
    from chatmrpt_client import contract

    with client([]) as (one, server, _):
        with pytest.raises(TypeError, match="takes no colour"):
            one._transport.call(contract.CREATE_SESSION, json={"name": "n", "colour": "red"})
        assert server.asked == []
