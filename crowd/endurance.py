"""Kill rounds: people keep storing things while something is killed every few seconds; then everything is counted."""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable

import psycopg

from crowd.canaries import Belongings
from crowd.journey import Gone, Person
from crowd.stack import BUCKET, CrowdStack
from crowd.tally import Tally

# How long a busy machine may take until somebody is served again.
RECOVERY_SECONDS = 60.0
ENDED = ("succeeded", "failed", "cancelled")


async def endure(
    stack: CrowdStack, people: list[Person], tally: Tally, rounds: int, pause: float = 3.0
) -> None:
    """`rounds` kills at random moments, of whatever comes up."""
    stop = asyncio.Event()
    working = [asyncio.create_task(_keep_storing(person, stop)) for person in people]
    draw = random.Random(rounds)
    victims = {
        "web process": stack.kill_web_process,
        "worker": lambda: stack.kill(draw.choice(stack.workers)),
        "Valkey": lambda: stack.kill_service("valkey"),
        "PostgreSQL": lambda: stack.kill_service("postgresql"),
    }
    names = list(victims)
    for number in range(rounds):
        await asyncio.sleep(draw.uniform(0.2, pause))
        # Each in turn, so that few rounds meet all of them.
        name = names[number % len(names)]
        stored = _stored(people)
        await asyncio.to_thread(victims[name])
        tally.disturbances[f"{name} killed"] += 1
        # Killed again before anybody was served, it would be down all the time: the next kill has to meet work.
        await _until(lambda stored=stored: _stored(people) > stored)
    stop.set()
    for finished in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(finished, BaseException) and not isinstance(finished, Gone):
            raise finished


def _stored(people: list[Person]) -> int:
    return sum(len(person.acknowledged) for person in people)


async def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + RECOVERY_SECONDS
    while not true() and time.monotonic() < end:
        await asyncio.sleep(0.1)


async def _keep_storing(person: Person, stop: asyncio.Event) -> None:
    await person.sign_in()
    while not stop.is_set():
        # Other belongings each turn: a name is given once, so a second row of that name is a duplicate.
        person.belongings = Belongings(person.belongings.canary)
        turn = sum(1 for what in person.acknowledged.values() if what == "session")
        session = await person.create_session(f"Turn {turn} {person.belongings.canary}")
        table = await person.upload(session, "ward_table", f"{turn}.csv", person.belongings.table)
        shapes = await person.upload(session, "boundaries", f"{turn}.geojson", person.belongings.boundaries)
        await person.ask_for(session, "dataset", {"ward_table": table, "boundaries": shapes})
        await asyncio.sleep(person.draw.uniform(0.2, 1.0))
    person.browser.close()


def count_everything(stack: CrowdStack, people: dict[str, Person], tally: Tally) -> None:
    """Every acknowledged row is there, every object has its bytes, nothing is there twice, every run came to an end."""
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        ours = [list(people)]
        sessions = connection.execute(
            "SELECT id::text, owner_id::text, name FROM sessions_app_analysissession "
            "WHERE owner_id::text = ANY (%s)",
            ours,
        )
        by_name = Counter()
        present = set()
        for row_id, owner, name in sessions.fetchall():
            present.add(row_id)
            by_name[owner, name] += 1
        files = connection.execute(
            "SELECT id::text, session_id::text, kind, storage_key, sha256 FROM sessions_app_storedfile "
            "WHERE owner_id::text = ANY (%s)",
            ours,
        ).fetchall()
        results = connection.execute(
            "SELECT r.id::text, r.session_id::text, r.status, r.error->>'code', r.attempt, (SELECT count(*) FROM "
            "sessions_app_event e WHERE e.object_id = r.id AND e.verb IN "
            "('result.succeeded', 'result.failed', 'result.cancelled')) FROM sessions_app_analysisresult r WHERE r.owner_id::text = ANY (%s)",
            ours,
        ).fetchall()
    present |= {row[0] for row in files} | {row[0] for row in results}
    tally.twice += [f"session {name} of {owner}" for (owner, name), count in by_name.items() if count > 1]
    uploads = Counter((session, kind) for _, session, kind, _, _ in files if kind != "artifact")
    tally.twice += [f"{kind} in {session}" for (session, kind), count in uploads.items() if count > 1]
    asked = Counter(session for _, session, *_ in results)
    tally.twice += [f"result in {session}" for session, count in asked.items() if count > 1]
    for row_id, _, status, error, attempt, endings in results:
        tally.computed += status == "succeeded"
        tally.runs_again += max(0, attempt - 1)
        if status not in ENDED or (status == "failed" and error != "worker_lost"):
            tally.lost.append(f"result {row_id} is {status} ({error})")
        if endings != 1:
            tally.twice.append(f"result {row_id} ended {endings} times")
    for person in people.values():
        tally.finished += 1
        tally.lost += [f"{what} {key}" for key, what in person.acknowledged.items() if key not in present]
    _count_objects(stack, {key: digest for _, _, _, key, digest in files}, tally)


def _count_objects(stack: CrowdStack, expected: dict[str, str], tally: Tally) -> None:
    client = stack.objects()
    for key, digest in expected.items():
        content = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        tally.searched["objects"] += 1
        if hashlib.sha256(content).hexdigest() != digest:
            tally.lost.append(f"the bytes of {key}")
