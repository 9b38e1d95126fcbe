"""Kill rounds: people keep storing and changing things while something is killed every few seconds; then everything is counted."""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psycopg

from chatmrpt.stack.processes import wait_for
from crowd.changes import KINDS, QUESTION, Changing
from crowd.journey import Gone
from crowd.search import listed, sweep
from crowd.stack import BUCKET, CrowdStack
from crowd.tally import Tally

# How long a busy machine may take until somebody is served again.
RECOVERY_SECONDS = 60.0
ENDED = ("succeeded", "failed", "cancelled")


async def endure(
    stack: CrowdStack, people: list[Changing], tally: Tally, rounds: int, pause: float = 3.0
) -> None:
    """`rounds` kills at random moments, of whatever comes up; between two of them everything is done at least once."""
    stop = asyncio.Event()
    working = [asyncio.create_task(one.work(stop)) for one in people]
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
        done = _done(people)
        await asyncio.to_thread(victims[name])
        tally.disturbances[f"{name} killed"] += 1
        # Killed again before anybody was served, it would be down all the time: the next kill has to meet work.
        await _until(lambda done=done: (_done(people) - done).keys() >= KINDS)
        if any(task.done() for task in working):
            break  # somebody could not go on: why stands in the tally
    # It is done now and then, and takes so long that on a busy machine each one may have been cut off.
    await _until(lambda: _done(people)["password chosen"] > 0)
    stop.set()
    for finished in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(finished, BaseException) and not isinstance(finished, Gone):
            raise finished
    for one in people:
        with suppress(Gone):
            await one.prove()


def _done(people: list[Changing]) -> Counter[str]:
    """How often each kind of thing was done so far, by anybody."""
    return sum((one.done for one in people), Counter())


async def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + RECOVERY_SECONDS
    while not true() and time.monotonic() < end:
        await asyncio.sleep(0.1)


def count_everything(stack: CrowdStack, people: dict[str, Changing], tally: Tally) -> None:
    """Every acknowledged row is there and as it was left, every object has its bytes, nothing is there twice, every run
    came to an end; and what was deleted or revoked is."""
    _end_cut_turns(stack, list(people))
    sweep(stack, {user_id: one.person for user_id, one in people.items()}, tally)
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        ours = [list(people)]
        sessions = connection.execute(
            "SELECT id::text, owner_id::text, name FROM sessions_app_analysissession "
            "WHERE owner_id::text = ANY (%s)",
            ours,
        )
        names = {row_id: (owner, name) for row_id, owner, name in sessions.fetchall()}
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
        turns = connection.execute(
            "SELECT t.id::text, t.conversation_id::text, t.status, asked.text, told.text FROM assistant_turn t "
            "JOIN assistant_message asked ON asked.turn_id = t.id AND asked.role = 'user' "
            "LEFT JOIN assistant_message told ON told.turn_id = t.id AND told.role = 'assistant' "
            "WHERE t.owner_id::text = ANY (%s)",
            ours,
        ).fetchall()
        tokens = connection.execute(
            "SELECT id::text, revoked_at IS NOT NULL FROM sessions_app_personaltoken WHERE owner_id::text = ANY (%s)",
            ours,
        ).fetchall()
    present = names.keys() | {row[0] for row in files} | {row[0] for row in results}
    by_name = Counter(names.values())
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
    for one in people.values():
        tally.finished += 1
        _compare(one, present, {row_id: name for row_id, (_, name) in names.items()}, tally)
        _count_turns(one, turns, tally)
        _count_tokens(one, dict(tokens), tally)
    # Whoever was cut off finds a sentence below the question, and not a turn that never ends.
    tally.lost += [
        f"the end of turn {turn_id}: {status}"
        for turn_id, _, status, _, told in turns
        if status not in ("done", "failed") or not told
    ]
    conversations = Counter(row[1] for row in turns)
    tally.twice += [f"the turn of conversation {key}" for key, count in conversations.items() if count > 1]
    _count_objects(stack, list(people), {key: digest for _, _, _, key, digest in files}, tally)


def _end_cut_turns(stack: CrowdStack, owners: list[str]) -> None:
    """Let the time pass after which maintenance ends a turn whose web process was killed, and give it a moment."""
    with psycopg.connect(stack.services.database_url("owner"), autocommit=True) as connection:
        cut = connection.execute(
            "UPDATE assistant_turn SET created_at = created_at - interval '1 hour' "
            "WHERE status = 'running' AND owner_id::text = ANY (%s) RETURNING id",
            [owners],
        ).fetchall()
        still_open = "SELECT 1 FROM assistant_turn WHERE status = 'running' AND id = ANY (%s)"
        ids = [row[0] for row in cut]
        wait_for(lambda: connection.execute(still_open, [ids]).fetchone() is None, seconds=RECOVERY_SECONDS)


def _compare(one: Changing, present: set[str], names: dict[str, str], tally: Tally) -> None:
    """What was acknowledged against what is there, and by which name."""
    person = one.person
    for key, what in person.acknowledged.items():
        if key in person.deleted:
            tally.cleared += what == "session"
            if key in present:
                tally.lost.append(f"deletion of {what} {key}")
        elif key not in present:
            tally.lost.append(f"{what} {key}")
    kept = {key: name for key, name in one.names.items() if key not in person.deleted}
    tally.lost += [f"the name of session {key}" for key, name in kept.items() if names.get(key) != name]


def _count_turns(one: Changing, turns: list[tuple[str, ...]], tally: Tally) -> None:
    there = {turn_id: (status, asked, told) for turn_id, _, status, asked, told in turns}
    for turn_id, (session, answer) in one.said.items():
        if session in one.person.deleted:
            if turn_id in there:
                tally.lost.append(f"deletion of turn {turn_id}")
        elif turn_id not in there:
            tally.lost.append(f"turn {turn_id}")
        elif answer is not None and there[turn_id] != ("done", QUESTION, answer):
            tally.lost.append(f"what was said in turn {turn_id}: {there[turn_id]}")


def _count_tokens(one: Changing, revoked: dict[str, bool], tally: Tally) -> None:
    tally.lost += [f"token {key}" for key in one.live if revoked.get(key) is not False]
    tally.lost += [f"revocation of token {key}" for key in one.revoked if revoked.get(key) is not True]


def _count_objects(stack: CrowdStack, owners: list[str], expected: dict[str, str], tally: Tally) -> None:
    """Every object that a row names, with its bytes, and no other."""
    client = stack.objects()
    tally.left_behind += [f"object {key}" for key in listed(stack, owners) if key not in expected]
    for key, digest in expected.items():
        content = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        tally.searched["objects"] += 1
        if hashlib.sha256(content).hexdigest() != digest:
            tally.lost.append(f"the bytes of {key}")
