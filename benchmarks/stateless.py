"""Many users at once against one alone and against a server with one lock for all: is there anything they share?"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks.analyse import Line
from chatmrpt.stack.folders import make_state_folder
from crowd.browser import Browser
from crowd.stack import CrowdStack, crowd_stack

USERS, AT_ONCE, SECONDS, TURNS = 100, 20, 4.0, 3
PAGE = "/api/sessions/"
# Far from what a lock would give (1) and from what no lock gives on two cores (a tenth).
MOST_OF_MANY = 0.5


def measure() -> list[Line]:
    """In turns on one stack; the medians of three."""
    with tempfile.TemporaryDirectory(prefix="chatmrpt-stateless-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        with crowd_stack(Path(folder) / "state", workers=1) as stack, ExitStack() as servers:
            waiting, locked = (
                servers.enter_context(stack.fresh_web(processes=2, DJANGO_SETTINGS_MODULE=f"crowd.{name}"))
                for name in ("waiting", "one_at_a_time")
            )
            rounds = [_round(waiting, locked, _tokens(stack)) for _ in range(TURNS)]
    alone, one_user, together, one_lock = (sorted(column)[TURNS // 2] for column in zip(*rounds, strict=True))
    return [
        Line("one user, one request after the other", alone, "requests/s"),
        Line(f"one user, {AT_ONCE} requests at a time", one_user, "requests/s"),
        Line(f"{USERS} users, {AT_ONCE} requests at a time", together, "requests/s"),
        Line("the same with one lock for everybody", one_lock, "requests/s"),
        Line(f"{USERS} users ÷ one user's serial work", together / alone, "×"),
        Line(f"{USERS} users ÷ one user, {AT_ONCE} at a time each", together / one_user, "×"),
        Line(f"{USERS} users ÷ {USERS} users with one lock", together / one_lock, "×"),
        Line(f"one user's serial work ÷ {USERS} users", alone / together, "×", MOST_OF_MANY),
        Line("with one lock ÷ without", one_lock / together, "×", MOST_OF_MANY),
    ]


def _round(waiting: int, locked: int, tokens: list[str]) -> tuple[float, ...]:
    # One user is a different one each round: nobody may ask more often than the limit of a minute.
    one = tokens[:1]
    return (
        asyncio.run(_throughput(waiting, one, 1)),
        asyncio.run(_throughput(waiting, one * AT_ONCE, AT_ONCE)),
        asyncio.run(_throughput(waiting, tokens, AT_ONCE)),
        asyncio.run(_throughput(locked, tokens, AT_ONCE)),
    )


def _tokens(stack: CrowdStack) -> list[str]:
    """A personal token for each user, written by the owner, so that no password is hashed meanwhile."""
    clear = [f"crowd.{secrets.token_urlsafe(24)}" for _ in range(USERS)]
    hashes = [hashlib.sha256(token.encode()).hexdigest() for token in clear]
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        connection.execute(
            "WITH people AS (INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, "
            "is_superuser, is_demo, date_joined) SELECT gen_random_uuid(), h || '@example.org', '!', h, true, false, "
            "false, false, now() FROM unnest(%s::text[]) h RETURNING id, display_name) "
            "INSERT INTO sessions_app_personaltoken (id, owner_id, name, prefix, secret_hash, read_only, created_at) "
            "SELECT gen_random_uuid(), id, 'bench', 'crowd', display_name, true, now() FROM people",
            [hashes],
        )
        connection.execute(
            "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, "
            "updated_at) SELECT gen_random_uuid(), owner_id, 'n' || g, '', '{}', false, now(), now() "
            "FROM sessions_app_personaltoken, generate_series(1, 20) g WHERE secret_hash = ANY (%s)",
            [hashes],
        )
    return clear


async def _throughput(port: int, tokens: list[str], at_once: int) -> float:
    end, done = time.monotonic() + SECONDS, 0

    async def ask(numbers: range) -> None:
        nonlocal done
        browsers = [
            Browser("127.0.0.1", port, f"127.60.{number // 250}.{number % 250 + 2}", lambda _: None)
            for number in numbers
        ]
        turn = 0
        while time.monotonic() < end:
            place = turn % len(browsers)
            headers = {"Authorization": f"Token {tokens[numbers[place]]}"}
            answer, _ = await browsers[place].request("GET", PAGE, headers=headers)
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {answer.content[:200]!r}")
            turn += 1
            done += 1
        for browser in browsers:
            browser.close()

    begun = time.monotonic()
    await asyncio.gather(*(ask(range(first, len(tokens), at_once)) for first in range(at_once)))
    return done / (time.monotonic() - begun)
