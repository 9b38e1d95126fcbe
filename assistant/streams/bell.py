"""One subscription per process that wakes the streams whose turn has news. An idle stream costs Valkey nothing."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import redis.asyncio
import redis.exceptions

from assistant.streams.names import BELL

PAUSE_SECONDS = 1.0


class Bell:
    """Knows which logs are being watched, and by how many; never what is in them."""

    def __init__(self, valkey: "redis.asyncio.Redis") -> None:
        self._valkey = valkey
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def heard(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set when the log has a new line. The subscription begins with the first one."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        rung = asyncio.Event()
        self._waiting.setdefault(key, set()).add(rung)
        try:
            yield rung
        finally:
            self._waiting[key].discard(rung)
            if not self._waiting[key]:
                del self._waiting[key]

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(redis.exceptions.RedisError, OSError):
                async with self._valkey.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(BELL)
                    # What rang before we listened: everybody looks once.
                    self._ring(*self._waiting)
                    async for message in subscription.listen():
                        self._ring(message["data"].decode())
            await asyncio.sleep(PAUSE_SECONDS)

    def _ring(self, *keys: str) -> None:
        for key in keys:
            for rung in self._waiting.get(key, ()):
                rung.set()
