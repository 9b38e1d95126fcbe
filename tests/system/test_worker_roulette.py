"""Each step of one journey is answered by a process that has never answered anything before."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crowd.browser import Answer, Browser, CutOff
from crowd.journey import Person
from crowd.stack import CrowdStack


def on_a_fresh_process(stack: CrowdStack, person: Person, step: Callable[[], Awaitable[Any]]) -> Any:
    with stack.fresh_web() as port:
        person.browser.close()
        person.browser.port = port
        try:
            return asyncio.run(_closing(person, step))
        finally:
            person.browser.port = stack.port


async def _closing(person: Person, step: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await step()
    finally:
        person.browser.close()


@contextmanager
def each_request_elsewhere(person: Person, ports: list[int]) -> Iterator[list[int]]:
    """Of two requests that follow each other, two processes answer; the ports that were asked, in order."""
    browser, asked, turns = person.browser, [], itertools.cycle(ports)
    there = browser.request

    async def request(*args: Any, **sent: Any) -> tuple[Answer, float]:
        browser.close()
        browser.port = next(turns)
        asked.append(browser.port)
        return await there(*args, **sent)

    before = browser.port
    browser.request = request
    try:
        yield asked
    finally:
        browser.request, browser.port = there, before


@pytest.mark.parametrize("kind", ["cookie", pytest.param("token", marks=pytest.mark.slow)])
def test_the_answer_never_depends_on_the_process(running, two_processes, newcomers, tally, kind, tmp_path):
    person = next(one for one in newcomers(2, first=4_000).values() if one.kind == kind)
    mine = person.belongings

    def fresh(step: Callable[[], Awaitable[Any]]) -> Any:
        return on_a_fresh_process(running, person, step)

    fresh(person.sign_in)
    session = fresh(lambda: person.create_session(mine.session_name))
    spare = fresh(lambda: person.create_session(f"Spare {mine.canary}"))
    table = fresh(lambda: person.upload(session, "ward_table", f"{mine.canary}.csv", mine.table))
    shapes = fresh(lambda: person.upload(session, "boundaries", f"{mine.canary}.geojson", mine.boundaries))
    files = {"ward_table": table, "boundaries": shapes}
    running.replace_workers()
    dataset = fresh(lambda: person.compute(session, "dataset", files))
    running.replace_workers()
    wanted = {"dataset": dataset, "variables": mine.variables}
    risk = fresh(lambda: person.compute(session, "risk", wanted))
    fresh(lambda: person.download(risk))

    # The same questions to several processes have the same answers, also to one that runs in another folder: no path is
    # relative.
    with running.fresh_web(cwd=tmp_path) as elsewhere:
        ports = [running.port, *two_processes, elsewhere]
        answers = {
            asyncio.run(_closing(person, lambda port=port: _whole(person, port, risk))) for port in ports
        }
        for step in (lambda: person.read(session, risk), lambda: person.talk(session)):
            with each_request_elsewhere(person, ports) as asked:
                asyncio.run(_closing(person, step))
            assert len(asked) >= 2
    assert len(answers) == 1
    assert list(tmp_path.iterdir()) == []
    fresh(lambda: person.delete(spare))
    fresh(person.sign_out)
    assert tally.failures == {}
    assert tally.foreign == []


async def _whole(person: Person, port: int, risk: str) -> bytes:
    person.browser.port = port
    parts = []
    for path in (
        f"/api/results/{risk}/wards/?limit=100",
        f"/api/results/{risk}/map.geojson",
        "/api/sessions/",
    ):
        try:
            answer = await person.ask("compared", "GET", path)
        except CutOff:
            pytest.fail(f"{path} was cut off")
        # Links in an answer name the host that was asked.
        parts.append(answer.content.replace(f":{port}".encode(), b""))
    return b"".join(parts)


def test_of_tabs_at_two_processes_one_changes_and_the_others_are_told(two_processes, newcomers):
    person = next(one for one in newcomers(2, first=4_100).values() if one.kind == "token")

    async def race(ports: list[int]) -> None:
        await person.sign_in()
        address = f"/api/sessions/{await person.create_session('before')}/"
        for attempt in range(5):
            seen = (await person.ask("read session", "GET", address)).json()["version"]
            tabs = [
                Browser("127.0.0.1", port, person.address, lambda _: None, bearer=person.browser.bearer)
                for port in ports * 3
            ]
            names = [f"{attempt} of tab {number}" for number in range(len(tabs))]
            answers = await asyncio.gather(*(
                tab.request("PATCH", address, body={"name": name}, headers={"If-Match": str(seen)})
                for tab, name in zip(tabs, names, strict=True)
            ))  # fmt: skip
            for tab in tabs:
                tab.close()
            statuses = [answer.status for answer, _ in answers]
            assert sorted(statuses) == [200] + [409] * (len(tabs) - 1)
            stands = (await person.ask("read session", "GET", address)).json()["name"]
            assert stands == names[statuses.index(200)]
            told = {answer.json()["current"]["name"] for answer, _ in answers if answer.status == 409}
            assert told == {stands}
        person.browser.close()

    asyncio.run(race(two_processes))
