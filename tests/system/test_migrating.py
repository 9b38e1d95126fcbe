"""The next version's migrations run while the present one answers and computes, and nobody waits for more than a moment."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from chatmrpt.stack.processes import run
from crowd.__main__ import settle
from crowd.journey import Person
from crowd.stack import CrowdStack
from sessions_app.management.commands.migrate import LOCK_SECONDS

ROOT = Path(__file__).resolve().parents[2]
TABLE = "sessions_app_analysissession"
# How long somebody's transaction holds on to the table that is to be changed.
HELD_SECONDS = 15.0


def migrate(stack: CrowdStack, log: Path, *target: str) -> int:
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--no-input", *target]
    environment = stack.environment | {"DJANGO_SETTINGS_MODULE": "tests.next_version.settings"}
    return run(command, environment=environment, log=log, cwd=ROOT)


@contextmanager
def held(stack: CrowdStack) -> Iterator[None]:
    """A long transaction that has read the table, as a backup or a report does."""
    begun, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(stack.services.database_url("owner")) as connection:
            connection.execute(f"SELECT count(*) FROM {TABLE}")
            begun.set()
            enough.wait(HELD_SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(10)
    yield
    enough.set()
    thread.join()


@pytest.fixture
def migrated_back(running: CrowdStack, tmp_path: Path) -> Iterator[None]:
    yield
    assert migrate(running, tmp_path / "back.log", "next_version", "zero") == 0


async def keep_asking(person: Person, stop: asyncio.Event) -> list[float]:
    """One who lists and renames a session of theirs all the time; how long each answer took."""
    await person.sign_in()
    session, took = await person.create_session(person.belongings.session_name), []
    while not stop.is_set():
        for method, sent in (("GET", {}), ("PATCH", {"body": {"note": f"Note {len(took)}"}})):
            began = time.monotonic()
            answer = await person.ask("asked", method, f"/api/sessions/{session}/", **sent)
            took.append(time.monotonic() - began)
            assert answer.status == 200, answer.content
        await asyncio.sleep(0.1)
    person.browser.close()
    return took


async def meanwhile(stack: CrowdStack, asking: Person, working: Person, log: Path) -> tuple[int, list[float]]:
    stop = asyncio.Event()
    asker = asyncio.create_task(keep_asking(asking, stop))
    journey = asyncio.create_task(working.whole_journey())
    await asyncio.sleep(1)
    status = await asyncio.to_thread(migrate, stack, log)
    await journey
    stop.set()
    took = await asker
    return status, took


@pytest.mark.usefixtures("migrated_back")
def test_requests_and_tasks_go_on_while_tables_are_changed(running, newcomers, tally, tmp_path):
    people = list(newcomers(4, first=7_000).values())
    asking, working = (next(one for one in people if one.kind == kind) for kind in ("token", "cookie"))
    log = tmp_path / "migrate.log"
    with held(running):
        status, took = asyncio.run(meanwhile(running, asking, working, log))
    said = log.read_text()
    assert status == 0, said
    assert "is tried again" in said, "the table was never in use, so nothing was shown"
    settle(running)
    assert tally.failures == {}
    assert tally.finished == 1, "the journey of the one who computes came to its end"
    # Had they waited behind the change of the table, they would have waited until the long transaction ended.
    assert max(took) < LOCK_SECONDS + 4 < HELD_SECONDS / 2, max(took)
    assert len(took) > 20
    with psycopg.connect(running.services.database_url("owner")) as connection:
        filled = connection.execute(f"SELECT count(*) FROM {TABLE} WHERE next_remark = 'filled'").fetchone()
        whole = connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'next_remarks'::regclass"
        ).fetchone()
    assert whole == (True,)
    assert filled is not None
    assert filled[0] > 0
