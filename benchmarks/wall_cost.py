"""Inside a throwaway stack: what policies and signed claims cost a page, and how a list fares in a full table.

Prints one JSON object. Blocks with and without the wall take turns, so that a busy machine slows both alike; what is
compared is CPU, ours and that of our database connection.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
import psutil

django.setup()

from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from sessions_app import actions  # noqa: E402
from sessions_app.isolation import testing  # noqa: E402
from sessions_app.isolation.owned import owned_tables  # noqa: E402
from sessions_app.isolation.postgresql.base import DatabaseWrapper  # noqa: E402
from sessions_app.isolation.scope import scope  # noqa: E402

PASSWORD = "seven green bicycles 9"
BLOCKS, PAGES_PER_BLOCK = 30, 40
OWNERS, ROWS = 10_000, 1_000_000
LIST = "SELECT id, name, updated_at FROM sessions_app_analysissession ORDER BY updated_at DESC LIMIT 50"


def main() -> None:
    user = testing.make_user(password=PASSWORD)
    with scope(user.pk):
        session = next(actions.create_session(by=user, name=f"Session {number}") for number in range(30))
    client = Client(REMOTE_ADDR="127.44.1.1")
    assert client.post("/accounts/sign-in/", {"email": user.email, "password": PASSWORD}).status_code == 302
    pages = ["/sessions/", f"/sessions/{session.pk}/settings/", "/accounts/profile/"]
    found = _paired(lambda: _block(client, pages))
    sys.stdout.write(json.dumps(found | _full_table(user)) + "\n")


def _paired(block: Callable[[], float]) -> dict[str, float]:
    block()
    with_wall, without = [], []
    for number in range(BLOCKS):
        order = (True, False) if number % 2 else (False, True)
        for wall in order:
            _wall(wall)
            block()  # connections and plans are made anew after the change
            (with_wall if wall else without).append(block())
    _wall(True)
    ratios = [dear / cheap for dear, cheap in zip(with_wall, without, strict=True)]
    return {
        "with": statistics.median(with_wall),
        "without": statistics.median(without),
        "ratio": statistics.median(ratios),
    }


def _wall(up: bool) -> None:
    word = "ENABLE" if up else "DISABLE"
    with connections["owner"].cursor() as cursor:
        for table in sorted(owned_tables()):
            cursor.execute(f'ALTER TABLE "{table}" {word} ROW LEVEL SECURITY')
    DatabaseWrapper._set_claim = CLAIM if up else _no_claim  # type: ignore[method-assign]


CLAIM = DatabaseWrapper._set_claim


def _no_claim(self: DatabaseWrapper) -> None:
    """The claim left out; transactions and all other statements stay."""


def _block(client: Client, pages: list[str]) -> float:
    """CPU-seconds of one page, ours and the database's."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    before = time.process_time() + _cpu(backend)
    for number in range(PAGES_PER_BLOCK):
        answer = client.get(pages[number % len(pages)])
        assert answer.status_code == 200, answer.status_code
    return (time.process_time() + _cpu(backend) - before) / PAGES_PER_BLOCK


def _cpu(process: psutil.Process) -> float:
    """Seconds on a processor; from the scheduler where it tells nanoseconds, for a tick is longer than a page takes."""
    exact = Path(f"/proc/{process.pid}/schedstat")
    if exact.exists():
        return int(exact.read_text().split()[0]) / 1e9
    times = process.cpu_times()
    return float(times.user + times.system)


def _full_table(user) -> dict[str, object]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, is_superuser, "
            "is_demo, date_joined) SELECT gen_random_uuid(), 'full-' || g || '@example.org', '!', '', true, false, "
            "false, false, now() FROM generate_series(2, %s) g",
            [OWNERS],
        )
        cursor.execute(
            "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, "
            "updated_at) SELECT gen_random_uuid(), u.id, 'n', '', '{}', false, now(), now() - g * interval '1 s' "
            "FROM sessions_app_user u, generate_series(1, %s) g",
            [ROWS // OWNERS],
        )
        cursor.execute("ANALYZE sessions_app_analysissession")
    times = []
    with testing.acting_as(user), connections["default"].cursor() as cursor:
        cursor.execute(f"EXPLAIN {LIST}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        for _ in range(200):
            begun = time.perf_counter()
            cursor.execute(LIST)
            rows = cursor.fetchall()
            times.append(time.perf_counter() - begun)
    assert len(rows) == 50
    return {
        "list": statistics.median(times),
        "index": "session_owner_newest" in plan and "Seq Scan" not in plan,
    }


if __name__ == "__main__":
    main()
