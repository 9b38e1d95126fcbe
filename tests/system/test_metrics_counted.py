"""The numbers that alarms hang on: each is brought about once, in whichever process, and has grown by then."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import celery
import pytest

from crowd.browser import Answer
from crowd.journey import Person
from tests.running_stack import eventually


def one(person: Person, method: str, path: str, port: int = 0, **sent) -> Answer:
    async def ask() -> Answer:
        before = person.browser.port
        person.browser.port = port or before
        try:
            return (await person.browser.request(method, path, **sent))[0]
        finally:
            person.browser.close()
            person.browser.port = before

    return asyncio.run(ask())


@pytest.fixture
def people(newcomers) -> tuple[Person, Person]:
    """Two with tokens, signed in."""
    made = [person for person in newcomers(4, first=6_300).values() if person.kind == "token"]

    async def sign_in() -> None:
        for person in made:
            await person.sign_in()
            person.browser.close()

    asyncio.run(sign_in())
    return made[0], made[1]


def numbers(person: Person) -> dict[str, float]:
    answer = one(person, "GET", "/metrics/")
    assert answer.status == 200
    lines = answer.content.decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


@contextmanager
def grows(person: Person, name: str) -> Iterator[None]:
    """What the block does makes this number larger, here as in every other process."""

    def total() -> float:
        return sum(value for key, value in numbers(person).items() if key.startswith(name))

    before = total()
    yield
    assert eventually(lambda: total() > before, seconds=30), f"{name} is still {before}"


def session_of(person: Person) -> str:
    return one(person, "POST", "/api/sessions/", body={"name": "counted"}).json()["id"]


def test_a_forged_claim(running, people):
    with (
        running.fresh_web(CLAIM_KEYS="k1:" + uuid.uuid4().hex * 2) as port,
        grows(people[0], "chatmrpt_claims_denied_total"),
    ):
        answer = one(people[0], "GET", "/api/sessions/", port=port)
    assert answer.status >= 400
    assert b'"results"' not in answer.content


def test_a_storage_error(running, people):
    session = session_of(people[0])
    with (
        running.fresh_web(S3_ENDPOINT_URL="http://127.0.0.1:1") as port,
        grows(people[0], "chatmrpt_storage_errors_total"),
    ):
        answer = one(
            people[0], "POST", f"/api/sessions/{session}/files/", port=port,
            form={"kind": "ward_table"}, file=("file", "x.csv", people[0].belongings.table),
        )  # fmt: skip
    assert answer.status == 503
    assert one(people[0], "GET", f"/api/sessions/{session}/files/").json()["results"] == []


def test_a_foreign_id(people):
    first, second = people
    theirs = session_of(second)
    with grows(first, "chatmrpt_isolation_attempts_total"):
        assert one(first, "GET", f"/api/sessions/{theirs}/").status == 404
    before = numbers(first)["chatmrpt_isolation_attempts_total"]
    assert one(first, "GET", f"/api/sessions/{uuid.uuid4()}/").status == 404
    assert numbers(first)["chatmrpt_isolation_attempts_total"] == before, "nobody's id is no attempt"


@pytest.fixture
def planted(running) -> Callable[[str], None]:
    """Put a message into the queue as somebody would who has reached Valkey and has no key."""
    address = running.environment["REDIS_URL"]
    app = celery.Celery("planter", broker=address, set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": "queue:"}

    def plant(name: str) -> None:
        app.send_task(name, args=[str(uuid.uuid4())])

    yield plant
    app.close()


def test_a_planted_task(people, planted):
    with grows(people[0], "chatmrpt_tasks_refused_total"):
        planted("sessions_app.run_result")


def test_a_finished_task(people):
    person = people[0]
    counted = 'chatmrpt_task_seconds_count{state="SUCCESS",task="sessions_app.run_result"}'

    async def compute() -> str:
        session = await person.create_session(person.belongings.session_name)
        mine = person.belongings
        table = await person.upload(session, "ward_table", "x.csv", mine.table)
        shapes = await person.upload(session, "boundaries", "x.geojson", mine.boundaries)
        found = await person.compute(session, "dataset", {"ward_table": table, "boundaries": shapes})
        person.browser.close()
        return found

    with grows(person, counted):
        assert asyncio.run(compute())


def test_they_say_how_it_stands_and_name_nobody(people):
    found = numbers(people[0])
    for name in ("database_up", "cache_up", "broker_up", "storage_up", "worker_up"):
        assert found[f"chatmrpt_{name}"] == 1, found
    assert "chatmrpt_queue_length" in found
    text = one(people[0], "GET", "/metrics/").content.decode()
    assert not any(person.email in text or person.belongings.canary in text for person in people)
    forwarded = one(people[0], "GET", "/metrics/", headers={"X-Forwarded-For": "127.0.0.1"})
    assert forwarded.status == 404, "behind a proxy everybody comes from this machine"
