"""Limits are one count for all processes; when it can't be kept the answer is a clear 503, never an open door."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from crowd.browser import Answer, Browser
from crowd.journey import Person
from crowd.stack import CrowdStack


@pytest.fixture(scope="module")
def two_processes(running: CrowdStack) -> Iterator[list[int]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running.fresh_web()) for _ in range(2)]


def in_turns(ports: list[int], address: str, count: int, bearer: str = "", **sent) -> list[Answer]:
    """The same request again and again, each time to the other process."""

    async def all_of_them() -> list[Answer]:
        browsers = [Browser("127.0.0.1", port, address, lambda _: None, bearer=bearer) for port in ports]
        answers = [(await browsers[n % len(browsers)].request("POST", **sent))[0] for n in range(count)]
        for browser in browsers:
            browser.close()
        return answers

    return asyncio.run(all_of_them())


def statuses(answers: list[Answer]) -> list[int]:
    return [answer.status for answer in answers]


@pytest.mark.parametrize("what", ["/api/token/", "/accounts/sign-in/"])
def test_ten_wrong_passwords_whichever_process_hears_them(two_processes, newcomers, what):
    person = next(iter(newcomers(1, first=6_000 + len(what)).values()))
    wrong = {"email": person.email, "password": "not this one"}
    sent = {"path": what, "body": wrong} if what.startswith("/api/") else {"path": what, "form": wrong}
    if what.startswith("/api/"):
        answers = in_turns(two_processes, person.address, 12, **sent)
        assert statuses(answers) == [401] * 10 + [429] * 2
    else:
        answers = asyncio.run(_with_csrf(two_processes, person, wrong))
        assert statuses(answers) == [200] * 10 + [429] * 2
    assert all(0 < answer.retry_after <= 15 * 60 for answer in answers[10:])
    # The right password doesn't help any more, from here; from elsewhere it does.
    right = {"email": person.email, "password": person.password}
    assert statuses(in_turns(two_processes, person.address, 1, path="/api/token/", body=right)) == [429]
    assert statuses(in_turns(two_processes, "127.99.1.2", 1, path="/api/token/", body=right)) == [200]


async def _with_csrf(ports: list[int], person: Person, form: dict[str, str]) -> list[Answer]:
    browsers = [Browser("127.0.0.1", port, person.address, lambda _: None) for port in ports]
    answers = []
    for number in range(12):
        browser = browsers[number % 2]
        await browser.request("GET", "/accounts/sign-in/")
        answers.append((await browser.request("POST", "/accounts/sign-in/", form=form))[0])
    for browser in browsers:
        browser.close()
    return answers


@pytest.mark.parametrize("what", ["files", "results"])
def test_sixty_uploads_and_sixty_runs_a_minute(two_processes, newcomers, what):
    person = next(one for one in newcomers(2, first=6_100 + len(what)).values() if one.kind == "token")

    async def prepare() -> str:
        await person.sign_in()
        session = await person.create_session("limits")
        person.browser.close()
        return session

    path = f"/api/sessions/{asyncio.run(prepare())}/{what}/"
    sent = (
        {"file": ("file", "x.csv", b""), "form": {"kind": "ward_table"}} if what == "files" else {"body": {}}
    )
    answers = in_turns(two_processes, person.address, 130, bearer=person.browser.bearer, path=path, **sent)
    refused = [answer for answer in answers if answer.status == 429]
    # A window of a minute may end in between; two windows never let more than 120 through.
    assert len(refused) >= 10
    assert all(0 < answer.retry_after <= 60 for answer in refused)
    assert {answer.status for answer in answers} <= {400, 422, 429}


@contextmanager
def frozen(stack: CrowdStack) -> Iterator[None]:
    """Valkey is there and answers nothing: the worst way of being away."""
    valkey = next(child for child in stack.services.children if child.name == "valkey")
    os.kill(valkey.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(valkey.process.pid, signal.SIGCONT)


def test_without_the_count_nobody_gets_in_or_on(running, newcomers):
    person = next(one for one in newcomers(2, first=6_200).values() if one.kind == "token")
    ask: Callable[..., Answer] = lambda method, path, **sent: asyncio.run(_one(person, method, path, **sent))  # noqa: E731

    async def sign_in() -> None:
        await person.sign_in()
        person.browser.close()

    asyncio.run(sign_in())
    right = {"email": person.email, "password": person.password}
    with frozen(running):
        refused = [
            ask("POST", "/api/token/", body=right),
            ask("POST", "/api/token/", body=right | {"password": "wrong"}),
            ask("GET", "/api/sessions/"),
            ask("POST", "/api/sessions/", body={"name": "x"}),
        ]
        ready = ask("GET", "/health/ready/")
        live = ask("GET", "/health/live/")
    assert statuses(refused) == [503] * 4
    assert all(answer.retry_after for answer in refused)
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
    assert {answer.json()["code"] for answer in refused} == {"service_away"}
    assert (ready.status, live.status) == (503, 200)
    assert ready.json()["dependencies"]["cache"] == "unavailable"
    assert ask("GET", "/api/sessions/").status == 200, "and all is well once it is back"


async def _one(person: Person, method: str, path: str, **sent) -> Answer:
    try:
        return (await person.browser.request(method, path, **sent))[0]
    finally:
        person.browser.close()


def test_metrics_count_what_happened_and_name_nobody(running, newcomers):
    person = next(iter(newcomers(1, first=6_300).values()))

    def read() -> str:
        answer = asyncio.run(_one(person, "GET", "/metrics/"))
        assert answer.status == 200
        return answer.content.decode()

    text = read()
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    for name in ("database_up", "cache_up", "broker_up", "storage_up", "worker_up"):
        assert values[f"chatmrpt_{name}"] == "1", text
    assert {
        "chatmrpt_queue_length",
        "chatmrpt_isolation_attempts_total",
        "chatmrpt_claims_denied_total",
    } <= set(values)
    assert person.email not in text
    forwarded = asyncio.run(_one(person, "GET", "/metrics/", headers={"X-Forwarded-For": "127.0.0.1"}))
    assert forwarded.status == 404, "behind a proxy everybody comes from this machine"
