"""Work that is due once in a span, however often its machine is switched off meanwhile.

An interval of beat counts from beat's start, so one of a day never ends on a server that is off at night. Beat asks
every minute instead, and a mark in the cache says when the work was last done. Without the mark, which goes with
Valkey's memory, it is done once more; that changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.utils.timezone import now

from sessions_app.isolation.cache import public_cache_key

TICK_SECONDS = 60.0


class Work(NamedTuple):
    name: str
    every: timedelta


RETENTION = Work("retention", timedelta(hours=24))
ORPHANS = Work("orphans", timedelta(hours=6))


def last_done(work: Work) -> datetime | None:
    key = public_cache_key("done", work.name)
    at = cache.get(key)
    return None if at is None else datetime.fromtimestamp(at, UTC)


def note_done(work: Work) -> None:
    key = public_cache_key("done", work.name)
    cache.set(key, now().timestamp(), timeout=None)


def is_due(work: Work) -> bool:
    at = last_done(work)
    # A mark of the future was left by a clock that was wrong.
    return at is None or not timedelta(0) <= now() - at < work.every


def pause_seconds(work: Work) -> int:
    """A task's longest time, and a tenth of the span at least: what never ends in time doesn't fill a worker's day."""
    return max(settings.TASK_HARD_LIMIT + int(TICK_SECONDS), int(work.every.total_seconds() / 10))


def do_if_due(work: Work, do: Callable[[], object]) -> bool:
    """Do it, unless it was done or is being done. What fails, or is cut off, is tried again after `pause_seconds`."""
    key = public_cache_key("doing", work.name)
    if not is_due(work) or not cache.add(key, 1, timeout=pause_seconds(work)):
        return False
    do()
    note_done(work)
    cache.delete(key)
    return True
