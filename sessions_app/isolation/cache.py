"""Cache keys. What is about a user carries the user's id; what is public says so."""

from __future__ import annotations

import hashlib
import logging
import re
from uuid import UUID

from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def cache_key(owner_id: UUID, *parts: object) -> str:
    """A key of one user. Other values than short plain words are hashed, so no part can pretend to be two."""
    if not isinstance(owner_id, UUID):
        raise TypeError("a cache key of a user starts with the user's id")
    return ":".join(["user", str(owner_id), *map(_word, parts)])


def public_cache_key(*parts: object) -> str:
    """A key for what is the same for everybody; never for anything computed from a user's rows."""
    return ":".join(["public", *map(_word, parts)])


def forget_cached(owner_id: UUID) -> int:
    """Delete every entry of one user, whichever prefix stands before the user's part. What can't be reached now expires."""
    pattern, forgotten = f"*{cache_key(owner_id)}:*", 0
    try:
        connection = get_redis_connection("default")
        for key in connection.scan_iter(match=pattern, count=1_000):
            forgotten += connection.unlink(key)
    except RedisError as error:
        logger.warning("entries of a deleted account wait for their end: %s", type(error).__name__)
    return forgotten


def _word(part: object) -> str:
    text = str(part)
    return text if PLAIN.fullmatch(text) else "~" + hashlib.sha256(text.encode()).hexdigest()
