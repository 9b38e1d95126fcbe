"""Inside a throwaway stack: a thousand open event streams on one stream server. Prints one JSON object."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import quote

import django
import psutil

django.setup()

from django_redis import get_redis_connection  # noqa: E402

from assistant.streams import tickets  # noqa: E402
from assistant.streams.log import TurnLog  # noqa: E402
from chatmrpt.stack.processes import Child, ReservedPort, wait_for  # noqa: E402

STREAMS = 1_000
IDLE_SECONDS = 32.0
OPENED_AT_ONCE = 50


class Watcher:
    """One client: what it has heard, and whether it is still connected."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.owner, self.turn = uuid.uuid4(), uuid.uuid4()
        self.first = 0.0
        self.heard = asyncio.Event()
        self.lost = False

    async def open(self) -> None:
        began = time.perf_counter()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4096)
        place = f"/stream/{self.turn}/?ticket={quote(tickets.ticket_for(self.owner, self.turn))}"
        self.writer.write(f"GET {place} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = await self.reader.readline()
        if b"200" not in status:
            raise RuntimeError(f"not admitted: {status!r}")
        await self.reader.readuntil(b"retry:")
        self.first = time.perf_counter() - began
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while line := await self.reader.readline():
            if line.startswith(b"event: delta"):
                self.heard.set()
        self.lost = True

    async def close(self) -> None:
        self.task.cancel()
        self.writer.close()
        await asyncio.gather(self.task, return_exceptions=True)


async def opened(port: int, count: int) -> list[Watcher]:
    watchers = [Watcher(port) for _ in range(count)]
    for start in range(0, count, OPENED_AT_ONCE):
        await asyncio.gather(*(watcher.open() for watcher in watchers[start : start + OPENED_AT_ONCE]))
    return watchers


async def measured(port: int, server: psutil.Process) -> dict[str, float]:
    def memory() -> int:
        return sum(process.memory_info().rss for process in [server, *server.children(recursive=True)])

    def cpu() -> float:
        times = [process.cpu_times() for process in [server, *server.children(recursive=True)]]
        return sum(one.user + one.system for one in times)

    # What the first hundred bring along (code, buffers of the pool) is no cost of a stream.
    for watcher in await opened(port, 100):
        await watcher.close()
    await asyncio.sleep(1)
    before = memory()
    watchers = await opened(port, STREAMS)
    await asyncio.sleep(2)
    full = memory()
    connections = len(get_redis_connection("default").client_list()) - 1
    used, began = cpu(), time.perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    idle = (cpu() - used) / (time.perf_counter() - began)
    lost = sum(watcher.lost for watcher in watchers)
    began = time.perf_counter()
    for watcher in watchers:
        TurnLog(watcher.owner, watcher.turn).tell("delta", text="news")
    async with asyncio.timeout(60):
        await asyncio.gather(*(watcher.heard.wait() for watcher in watchers))
    told = time.perf_counter() - began
    for watcher in watchers:
        await watcher.close()
    await asyncio.sleep(2)
    again = await opened(port, STREAMS)
    await asyncio.sleep(2)
    second = memory()
    for watcher in again:
        await watcher.close()
    return {
        "alive": STREAMS - lost,
        "bytes": (full - before) / STREAMS,
        "memory": full,
        "growth": max(0, second - full),
        "cpu": idle,
        "connections": connections,
        "told": told,
        "first": statistics.median(watcher.first for watcher in watchers),
    }


def main() -> None:
    port = ReservedPort().hand_over()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asginl",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", "1", "--backlog", "2048", "--no-ws", "chatmrpt.asgi:application"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        child = Child(
            "streams", command, Path(folder) / "log", os.environ, cwd=Path(__file__).resolve().parents[1]
        )
        child.start()
        try:
            if not wait_for(lambda: answers(port), seconds=30):
                raise RuntimeError(child.last_lines())
            assert child.process is not None
            found = asyncio.run(measured(port, psutil.Process(child.process.pid)))
        finally:
            child.stop()
    sys.stdout.write(json.dumps(found) + "\n")


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
