"""Each step of one journey is answered by a process that has never answered anything before."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import pytest

from crowd.browser import CutOff
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


@pytest.mark.parametrize("kind", ["cookie", pytest.param("token", marks=pytest.mark.slow)])
def test_the_answer_never_depends_on_the_process(running, newcomers, tally, kind):
    person = next(one for one in newcomers(2, first=4_000).values() if one.kind == kind)
    mine = person.belongings

    def fresh(step: Callable[[], Awaitable[Any]]) -> Any:
        return on_a_fresh_process(running, person, step)

    fresh(person.sign_in)
    session = fresh(lambda: person.create_session(mine.session_name))
    table = fresh(lambda: person.upload(session, "ward_table", f"{mine.canary}.csv", mine.table))
    shapes = fresh(lambda: person.upload(session, "boundaries", f"{mine.canary}.geojson", mine.boundaries))
    files = {"ward_table": table, "boundaries": shapes}
    running.replace_workers()
    dataset = fresh(lambda: person.compute(session, "dataset", files))
    running.replace_workers()
    wanted = {"dataset": dataset, "variables": mine.variables}
    risk = fresh(lambda: person.compute(session, "risk", wanted))
    fresh(lambda: person.read(session, risk))
    fresh(lambda: person.download(risk))

    # The same questions to three processes at once have the same answers.
    with ExitStack() as processes:
        ports = [running.port, *(processes.enter_context(running.fresh_web()) for _ in range(2))]
        answers = {
            asyncio.run(_closing(person, lambda port=port: _whole(person, port, risk))) for port in ports
        }
    assert len(answers) == 1
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
