"""Where a stored object lives. Keys come from row ids alone, never from a name that somebody typed."""

from __future__ import annotations

import re
from uuid import UUID

SUFFIX = re.compile(r"(\.[a-z0-9]{1,10}){0,2}")


def storage_key(owner_id: UUID, session_id: UUID, file_id: UUID, suffix: str = "") -> str:
    """``owner/session/file.suffix``: everything of a user, or of a session, under one prefix.

    A suffix that isn't a plain file extension raises ``ValueError``.
    """
    ids = [_uuid(part) for part in (owner_id, session_id, file_id)]
    if not SUFFIX.fullmatch(suffix):
        raise ValueError("a storage key ends in a plain file extension or in nothing")
    return "/".join(ids) + suffix


def attempt_key(owner_id: UUID, session_id: UUID, file_id: UUID, attempt: int, suffix: str = "") -> str:
    """``owner/session/file.attempt.suffix``, for what a task writes that may be run again.

    No attempt ever writes, or removes, what another one wrote; the row names the key of the one that counts.
    """
    if not isinstance(attempt, int) or attempt < 1:
        raise ValueError("attempts are counted from one")
    return storage_key(owner_id, session_id, file_id, f".{attempt}{suffix}")


def owner_prefix(owner_id: UUID) -> str:
    """The beginning of every key of one user."""
    return f"{_uuid(owner_id)}/"


def session_prefix(owner_id: UUID, session_id: UUID) -> str:
    """The beginning of every key of one session."""
    return f"{_uuid(owner_id)}/{_uuid(session_id)}/"


def upload_prefix(owner_id: UUID, session_id: UUID, upload_id: UUID) -> str:
    """The beginning of the keys of all parts of one unfinished upload."""
    return f"{session_prefix(owner_id, session_id)}{_uuid(upload_id)}/"


def part_key(owner_id: UUID, session_id: UUID, upload_id: UUID, part_id: UUID) -> str:
    """``owner/session/upload/part``: below the session, so that whatever removes a session removes its parts."""
    return f"{upload_prefix(owner_id, session_id, upload_id)}{_uuid(part_id)}"


def _uuid(value: UUID) -> str:
    if not isinstance(value, UUID):
        raise TypeError("storage keys are made of row ids")
    return str(value)
