"""What pages cost in time while many people on slow links upload, against the same pages without them."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks.analyse import Line
from chatmrpt.stack.folders import make_state_folder
from crowd.slow_link import Uploader, page, table_of, upload, uploaders
from crowd.stack import crowd_stack

CLIENTS, BYTES_PER_SECOND, BODY_SECONDS = 20, 20_000, 10
PAGES, PAUSE, TURNS = 60, 0.04, 3
MOST_OF_QUIET = 2.0


def measure() -> list[Line]:
    """In turns on one stack, without uploads and with; all pages of each kind together."""
    with tempfile.TemporaryDirectory(prefix="chatmrpt-slow-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        with crowd_stack(Path(folder) / "state", workers=1) as stack:
            quiet, busy = asyncio.run(_turns(stack.port, uploaders(stack, CLIENTS + 1)))
    before, during = statistics.median(quiet), statistics.median(busy)
    slowest, slowest_busy = (sorted(times)[int(0.9 * len(times))] for times in (quiet, busy))
    what = f"{CLIENTS} clients uploading at {BYTES_PER_SECOND // 1000} kB/s"
    return [
        Line("a page without uploads, median", 1000 * before, "ms"),
        Line(f"the same page with {what}, median", 1000 * during, "ms"),
        Line(f"page with {what} ÷ without, median", during / before, "×", MOST_OF_QUIET),
        Line(f"page with {what} ÷ without, 90th percentile", slowest_busy / slowest, "×"),
    ]


async def _turns(port: int, people: list[Uploader]) -> tuple[list[float], list[float]]:
    reader, *others = people
    table = table_of(BYTES_PER_SECOND * BODY_SECONDS)
    await _pages(port, reader)  # warms the processes
    quiet: list[float] = []
    busy: list[float] = []
    for _ in range(TURNS):
        quiet += await _pages(port, reader)
        sent = [asyncio.create_task(upload(port, who, table, per_second=BYTES_PER_SECOND)) for who in others]
        await asyncio.sleep(1.0)
        busy += await _pages(port, reader)
        if any(task.done() for task in sent):
            raise RuntimeError("the uploads ended before the pages were measured")
        stored = await asyncio.gather(*sent)
        if set(stored) != {201}:
            raise RuntimeError(f"uploads were answered with {sorted(set(stored))}")
    return quiet, busy


async def _pages(port: int, reader: Uploader) -> list[float]:
    times = []
    for _ in range(PAGES):
        times.append(await page(port, reader))
        await asyncio.sleep(PAUSE)
    return times
