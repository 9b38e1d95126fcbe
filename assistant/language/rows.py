"""A place where code that waits for a model may read and write rows: one thread, one short piece of work at a time."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from django.db import connections

Rows = Callable[[Callable[[], Any]], Awaitable[Any]]


@asynccontextmanager
async def rows_thread() -> AsyncIterator[Rows]:
    """Runs what it is given in the caller's scope; the connection goes back to the pool after each piece."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="rows") as thread:

        async def rows(work: Callable[[], Any]) -> Any:
            return await loop.run_in_executor(thread, contextvars.copy_context().run, _given_back, work)

        yield rows


def _given_back(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections["default"].close()
