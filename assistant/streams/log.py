"""What happens in a running turn, written down for whoever watches it.

Each turn has a log of its own in Valkey, and one bell for all turns rings when a line was added. The log is a
convenience: it expires, and the stored turn is what counts.
"""

import json
import uuid
from typing import Any

import redis.exceptions
from django_redis import get_redis_connection

from assistant.streams.names import BELL, FIELD, LAST, log_key

# While a turn runs, and once it has ended: whoever watches it has heard so by then, and its words lie here no longer.
KEPT_SECONDS = 3_600
ENDED_SECONDS = 60
MOST_LINES = 2_000


class TurnLog:
    """Writes one turn's events. When Valkey is away nothing is told, and the turn goes on."""

    def __init__(self, owner_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        self._key = log_key(owner_id, turn_id)

    def tell(self, event: str, **said: Any) -> None:
        line = json.dumps({"event": event, **said}, ensure_ascii=False, separators=(",", ":"))
        try:
            with get_redis_connection("default").pipeline(transaction=False) as together:
                together.xadd(self._key, {FIELD: line}, maxlen=MOST_LINES, approximate=True)
                together.expire(self._key, ENDED_SECONDS if event in LAST else KEPT_SECONDS)
                together.publish(BELL, self._key)
                together.execute()
        except redis.exceptions.RedisError:
            return
