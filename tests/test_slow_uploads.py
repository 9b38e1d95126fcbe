"""Many people on slow links upload at once; nobody else waits for them. How long pages take meanwhile is a benchmark."""

import asyncio
import time

import pytest

from crowd.slow_link import Uploader, page, table_of, upload, uploaders
from crowd.stack import CrowdStack, crowd_stack

UPLOADS = 20
PAGES = 10
OPEN = "SELECT pid, state FROM pg_stat_activity WHERE usename = 'chatmrpt_web' AND xact_start IS NOT NULL"


@pytest.mark.slow
def test_while_twenty_bodies_are_half_sent_pages_answer_and_no_transaction_is_open(state):
    with crowd_stack(state, workers=1) as stack:
        stored = asyncio.run(held(stack, uploaders(stack, UPLOADS + 1)))
    assert stored == [201] * UPLOADS


async def held(stack: CrowdStack, people: list[Uploader]) -> list[int]:
    """Hold the uploads in the middle of their bodies, look around, and let them go on."""
    reader, *others = people
    go_on, halves = asyncio.Event(), [asyncio.Event() for _ in others]
    table = table_of(100_000)
    await page(stack.port, reader)
    sent = [
        asyncio.create_task(upload(stack.port, who, table, half_sent=half, go_on=go_on))
        for who, half in zip(others, halves, strict=True)
    ]
    await asyncio.gather(*(half.wait() for half in halves))
    for _ in range(PAGES):
        await page(stack.port, reader)
    # Workers and beat have short ones of their own; one that waited for a body would still be there at the end.
    deadline = time.monotonic() + 20
    with stack.services.superuser() as spy:
        while left := spy.execute(OPEN).fetchall():
            assert time.monotonic() < deadline, f"open while bodies are read: {left}"
            await asyncio.sleep(0.1)
    assert not any(task.done() for task in sent), "the uploads were not held"
    go_on.set()
    return list(await asyncio.gather(*sent))
