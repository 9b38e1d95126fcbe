"""Limits are one count for all processes; when it can't be kept the answer is a clear 503, never an open door."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from crowd.browser import Answer, Browser
from crowd.journey import Person
from crowd.stack import CrowdStack


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


LIMIT = 60
# What each count is spent with: through the API, through pages, and through both in turns.
SPENT = {
    "upload, API": ("token", [("/api/sessions/{}/files/", {"file": ("file", "x.csv", b""), "form": {"kind": "ward_table"}})]),
    "run, API": ("token", [("/api/sessions/{}/results/", {"body": {}})]),
    "upload, page": ("cookie", [("/sessions/{}/data/upload/", {"form": {"kind": "ward_table"}})]),
    "run, pages": ("cookie", [("/sessions/{}/check/", {"form": {}}), ("/sessions/{}/reports/", {"form": {}})]),
    "chat, page": ("cookie", [("/sessions/{}/chat/", {"form": {"text": ""}})]),
    "run, page and API": ("cookie", [("/sessions/{}/chat/", {"form": {"text": ""}}), ("/api/sessions/{}/results/", {"body": {}})]),
}  # fmt: skip


async def _spent(
    person: Person, ports: list[int], asks: list[tuple[str, dict]], count: int, method: str = "POST"
) -> list[tuple[str, Answer]]:
    """`count` requests, each to the other process; every kind of request meets every process."""
    mine = person.browser
    browsers = [
        Browser("127.0.0.1", port, mine.address, lambda _: None, dict(mine.cookies), mine.bearer)
        for port in ports
    ]
    answers = []
    for number in range(count):
        path, sent = asks[number // len(ports) % len(asks)]
        answers.append((path, (await browsers[number % len(ports)].request(method, path, **sent))[0]))
    for browser in browsers:
        browser.close()
    return answers


# What a sending takes on a busy machine: one that begins later than this before a minute's end is likely to be cut by it.
ENOUGH_SECONDS = 10


def within_a_minute(send: Callable[[], list[tuple[str, Answer]]]) -> list[tuple[str, Answer]]:
    """The answers of a sending that no end of a counted minute fell into."""
    for _ in range(4):
        left = 60 - time.time() % 60
        if left < ENOUGH_SECONDS:
            time.sleep(left)
        begun = time.time() // 60
        answers = send()
        if time.time() // 60 == begun:
            return answers
        # What was sent after the minute's end counts in this one.
        time.sleep(60 - time.time() % 60)
    raise AssertionError("the requests take longer than a minute")


async def _with_a_session(person: Person) -> str:
    await person.sign_in()
    session = await person.create_session("limits")
    person.browser.close()
    return session


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=[] if what in ("upload, API", "run, page and API") else [pytest.mark.slow])
        for what in SPENT
    ],
)
def test_sixty_uploads_and_sixty_runs_a_minute(two_processes, newcomers, what):
    kind, asks = SPENT[what]
    first = 6_100 + 10 * list(SPENT).index(what)
    person = next(one for one in newcomers(2, first=first).values() if one.kind == kind)
    session = asyncio.run(_with_a_session(person))
    asks = [(path.format(session), sent) for path, sent in asks]
    answers = within_a_minute(lambda: asyncio.run(_spent(person, two_processes, asks, LIMIT + 10)))
    # Thirty-five to each process: two counts would have let all of them through.
    assert [answer.status for _, answer in answers[LIMIT:]] == [429] * 10
    assert {answer.status for _, answer in answers[:LIMIT]} <= {400, 422}
    for path, refused in answers[LIMIT:]:
        assert 0 < refused.retry_after <= 60
        kind = "application/problem+json" if path.startswith("/api/") else "text/html"
        assert refused.headers["content-type"].startswith(kind)


def test_twelve_hundred_requests_a_minute_whichever_process_answers(running, two_processes, newcomers):
    """All but thirty are put on the count at once; what is left of the minute is shared by the two processes."""
    (user_id, person), *_ = (pair for pair in newcomers(2, first=6_190).items() if pair[1].kind == "token")
    asyncio.run(_with_a_session(person))
    asks: list[tuple[str, dict]] = [("/api/remembered/names/", {})]
    valkey = running.valkey()

    def send() -> list[tuple[str, Answer]]:
        first = asyncio.run(_spent(person, two_processes, asks, 1, method="GET"))
        count = f"*user:{user_id}:throttle:user:{int(time.time() // 60)}"
        for key in valkey.scan_iter(match=count, count=1_000):
            valkey.incrby(key, 1_170 - int(valkey.get(key)))
        return first + asyncio.run(_spent(person, two_processes, asks, 40, method="GET"))

    answers = within_a_minute(send)
    assert [answer.status for _, answer in answers] == [200] * 31 + [429] * 10
    assert all(0 < answer.retry_after <= 60 for _, answer in answers[31:])


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

    async def sign_in() -> None:
        await person.sign_in()
        person.browser.close()

    asyncio.run(sign_in())
    right = {"email": person.email, "password": person.password}
    with frozen(running):
        *refused, ready, live = at_once(
            person,
            ("POST", "/api/token/", {"body": right}),
            ("POST", "/api/token/", {"body": right | {"password": "wrong"}}),
            ("GET", "/api/sessions/", {}),
            ("POST", "/api/sessions/", {"body": {"name": "x"}}),
            ("GET", "/health/ready/", {}),
            ("GET", "/health/live/", {}),
        )
    assert statuses(refused) == [503] * 4
    assert all(answer.retry_after for answer in refused)
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
    assert {answer.json()["code"] for answer in refused} == {"service_away"}
    assert (ready.status, live.status) == (503, 200)
    assert ready.json()["dependencies"]["cache"] == "unavailable"
    assert statuses(at_once(person, ("GET", "/api/sessions/", {}))) == [200], (
        "and all is well once it is back"
    )


def at_once(person: Person, *asks: tuple[str, str, dict]) -> list[Answer]:
    """The answers to requests that are sent together, each on a connection of its own."""
    mine = person.browser

    async def one(method: str, path: str, sent: dict) -> Answer:
        browser = Browser(mine.host, mine.port, mine.address, lambda _: None, dict(mine.cookies), mine.bearer)
        try:
            return (await browser.request(method, path, **sent))[0]
        finally:
            browser.close()

    async def all_of_them() -> list[Answer]:
        return await asyncio.gather(*(one(*ask) for ask in asks))

    return asyncio.run(all_of_them())


def test_without_the_count_no_page_takes_anything(running, newcomers):
    person = next(one for one in newcomers(2, first=6_220).values() if one.kind == "cookie")
    session = asyncio.run(_with_a_session(person))
    with frozen(running):
        refused = at_once(
            person,
            *(
                ("POST", path.format(session), sent)
                for kind, asks in SPENT.values()
                for path, sent in asks
                if kind == "cookie" and not path.startswith("/api/")
            ),
        )
    assert statuses(refused) == [503] * len(refused)
    assert all(answer.retry_after for answer in refused)
    assert {answer.headers["content-type"].partition(";")[0] for answer in refused} == {"text/html"}
