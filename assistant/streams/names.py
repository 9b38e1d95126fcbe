"""How the log of a turn is called in Valkey, for the side that writes and the side that reads."""

import uuid

from sessions_app.isolation.cache import cache_key, public_cache_key

FIELD = "line"
# Says which log has a new line, never what it says.
BELL = public_cache_key("turns", "bell")
LAST = frozenset({"turn.completed", "turn.failed", "turn.cancelled"})


def log_key(owner_id: uuid.UUID, turn_id: uuid.UUID) -> str:
    return "stream:" + cache_key(owner_id, "turn", turn_id)
