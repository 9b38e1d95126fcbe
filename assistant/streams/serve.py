"""Open event streams: a small ASGI application that reads turn logs from Valkey and nothing else.

It has no database and knows no users: a signed ticket says which turn its holder may watch. The log may be gone; then
the stream says so and ends, and the page shows the turn as it is stored.
"""

import asyncio
import contextlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import redis.asyncio
import redis.exceptions
from django.conf import settings

from assistant.streams.bell import Bell
from assistant.streams.names import FIELD, LAST, log_key
from assistant.streams.tickets import WrongTicket, owner_in

PATH = re.compile(r"/stream/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
HEALTH = "/stream/health/"
EVENT_ID = re.compile(r"\d{1,20}-\d{1,20}")
BEGINNING = "0-0"
LINES_AT_ONCE = 100

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Streams:
    """The application. It counts how many streams are open, by owner, to bound them."""

    def __init__(self) -> None:
        self._open: Counter[uuid.UUID] = Counter()
        self._valkey: redis.asyncio.Redis | None = None
        self._bell: Bell | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        if scope["method"] != "GET":
            await refused(send, 405, origin)
        elif scope["path"] == HEALTH:
            await self._health(send)
        elif origin and origin not in settings.STREAM_ORIGINS:
            await refused(send, 403)
        else:
            await self._admit(scope, headers, origin, receive, send)

    async def _admit(
        self, scope: dict[str, Any], headers: dict[bytes, str], origin: str, receive: Receive, send: Send
    ) -> None:
        place = PATH.fullmatch(scope["path"])
        if place is None:
            await refused(send, 404, origin)
            return
        asked = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=5)
        turn_id = uuid.UUID(place[1])
        try:
            owner_id = owner_in(asked.get("ticket", [""])[0], turn_id)
        except (WrongTicket, ValueError):
            await refused(send, 403, origin)
            return
        limits = settings.STREAMS
        if self._open.total() >= limits["most"] or self._open[owner_id] >= limits["most_per_user"]:
            await refused(send, 503, origin)
            return
        after = headers.get(b"last-event-id") or asked.get("after", [BEGINNING])[0]
        self._open[owner_id] += 1
        try:
            await self._stream(
                log_key(owner_id, turn_id), after if EVENT_ID.fullmatch(after) else BEGINNING, origin, receive, send
            )  # fmt: skip
        finally:
            self._open[owner_id] -= 1
            self._open += Counter()

    async def _stream(self, key: str, after: str, origin: str, receive: Receive, send: Send) -> None:
        """Send what is in the log, then what comes, until the turn ends, the client leaves or the time is over."""
        await begun(send, 200, origin, (b"content-type", b"text/event-stream; charset=utf-8"))
        await sent(send, f"retry: {settings.STREAMS['retry_milliseconds']}\n\n")
        following = asyncio.create_task(self._follow(key, after, send))
        leaving = asyncio.create_task(gone(receive))
        try:
            done, _ = await asyncio.wait(
                {following, leaving},
                timeout=settings.STREAMS["open_seconds"],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for task in (following, leaving):
                task.cancel()
            for task in (following, leaving):
                with contextlib.suppress(asyncio.CancelledError, redis.exceptions.RedisError, OSError):
                    await task
        if leaving not in done:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, key: str, after: str, send: Send) -> None:
        valkey, bell = self._connected()
        with bell.heard(key) as rung:
            while True:
                rung.clear()
                lines = await valkey.xrange(key, min=f"({after}", count=LINES_AT_ONCE)
                for line_id, fields in lines:
                    after = line_id.decode()
                    said = json.loads(fields[FIELD.encode()])
                    event = said.pop("event")
                    await sent(
                        send, f"id: {after}\nevent: {event}\ndata: {json.dumps(said, ensure_ascii=False)}\n\n"
                    )
                    if event in LAST:
                        return
                if len(lines) == LINES_AT_ONCE:
                    continue
                if not lines and await over(valkey, key):
                    await sent(send, "event: turn.stored\ndata: {}\n\n")
                    return
                try:
                    async with asyncio.timeout(settings.STREAMS["heartbeat_seconds"]):
                        await rung.wait()
                except TimeoutError:
                    await sent(send, ": still here\n\n")

    def _connected(self) -> tuple["redis.asyncio.Redis", Bell]:
        """A few connections for all streams of this process, made in its own loop."""
        if self._valkey is None or self._bell is None:
            pool = redis.asyncio.BlockingConnectionPool.from_url(
                settings.REDIS_URL, max_connections=8, timeout=10, socket_connect_timeout=3
            )
            self._valkey = redis.asyncio.Redis(connection_pool=pool)
            self._bell = Bell(self._valkey)
        return self._valkey, self._bell

    async def _health(self, send: Send) -> None:
        try:
            await self._connected()[0].ping()
        except (redis.exceptions.RedisError, OSError):
            await refused(send, 503)
            return
        await begun(send, 200, "", (b"content-type", b"application/json"))
        await send({"type": "http.response.body", "body": b'{"status": "ok"}', "more_body": False})


async def over(valkey: "redis.asyncio.Redis", key: str) -> bool:
    """Whether nothing more will come: the log has expired, or its last line was the last."""
    newest = await valkey.xrevrange(key, count=1)
    return not newest or json.loads(newest[0][1][FIELD.encode()])["event"] in LAST


async def gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def begun(send: Send, status: int, origin: str, *headers: tuple[bytes, bytes]) -> None:
    """The head of an answer; only a page of ours may read it."""
    own = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")] if origin else []
    always = [
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *own, *always]})


async def refused(send: Send, status: int, origin: str = "") -> None:
    allowed = origin if origin in settings.STREAM_ORIGINS else ""
    later = ((b"retry-after", b"5"),) if status == 503 else ()
    await begun(send, status, allowed, (b"content-type", b"text/plain; charset=utf-8"), *later)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def sent(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
