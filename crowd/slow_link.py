"""People on slow links: files that come in at some bytes a second, or stop in the middle until somebody lets them go on."""

import asyncio
import hashlib
import secrets
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg

from crowd.stack import CrowdStack

PATIENCE = 60.0
STEPS_PER_SECOND = 10


@dataclass(frozen=True)
class Uploader:
    """Somebody with a token and a session to upload into."""

    token: str
    session: UUID


def uploaders(stack: CrowdStack, count: int) -> list[Uploader]:
    """That many users, written by the owner of the tables, so that no password is hashed meanwhile."""
    made = []
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        for _ in range(count):
            token, owner, session = f"slow.{secrets.token_urlsafe(24)}", uuid4(), uuid4()
            connection.execute(
                "INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, is_superuser, "
                "is_demo, date_joined) VALUES (%s, %s, '!', '', true, false, false, false, now())",
                [owner, f"{owner.hex}@example.org"],
            )
            connection.execute(
                "INSERT INTO sessions_app_personaltoken (id, owner_id, name, prefix, secret_hash, read_only, created_at) "
                "VALUES (gen_random_uuid(), %s, 'slow', 'slow', %s, false, now())",
                [owner, hashlib.sha256(token.encode()).hexdigest()],
            )
            connection.execute(
                "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, "
                "updated_at) VALUES (%s, %s, 'Slow link', '', '{}', false, now(), now())",
                [session, owner],
            )
            made.append(Uploader(token, session))
    return made


def table_of(size: int) -> bytes:
    """A ward table of nearly that many bytes."""
    line = "Ward {0},{1},{2}.5," + "x" * 60 + "\n"
    rows = "".join(line.format(row, row % 7, row % 11) for row in range(size // 60))
    return ("ward_name,rainfall,tpr,remark\n" + rows)[:size].rpartition("\n")[0].encode() + b"\n"


async def page(port: int, who: Uploader) -> float:
    """Seconds until the list of sessions is there."""
    begun = time.perf_counter()
    status = await _exchange(port, _head(port, "GET", "/api/sessions/", who, 0), b"")
    if status != 200:
        raise RuntimeError(f"the page answered {status}")
    return time.perf_counter() - begun


async def upload(
    port: int,
    who: Uploader,
    table: bytes,
    *,
    per_second: int | None = None,
    half_sent: asyncio.Event | None = None,
    go_on: asyncio.Event | None = None,
) -> int:
    """Upload a ward table and return the status; at a rate, or in two halves with a wait for `go_on` between them."""
    head = '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nward_table\r\n--b\r\nContent-Disposition: form-data; '
    body = head.encode() + b'name="file"; filename="wards.csv"\r\n\r\n' + table + b"\r\n--b--\r\n"
    path = f"/api/sessions/{who.session}/files/"
    lines = _head(port, "POST", path, who, len(body), "multipart/form-data; boundary=b")
    return await _exchange(port, lines, body, per_second, half_sent, go_on)


def _head(port: int, method: str, path: str, who: Uploader, length: int, kind: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += ["X-Forwarded-Proto: https", f"Authorization: Token {who.token}", f"Content-Length: {length}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _exchange(
    port: int,
    lines: bytes,
    body: bytes,
    per_second: int | None = None,
    half_sent: asyncio.Event | None = None,
    go_on: asyncio.Event | None = None,
) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(lines)
    step = per_second // STEPS_PER_SECOND if per_second else max(1, (len(body) + 1) // 2)
    for start in range(0, len(body), step):
        writer.write(body[start : start + step])
        await writer.drain()
        if per_second:
            await asyncio.sleep(1 / STEPS_PER_SECOND)
        elif start == 0 and half_sent and go_on:
            half_sent.set()
            await go_on.wait()
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    return int(answer.split(b" ", 2)[1])
