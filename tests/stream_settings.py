"""The settings of a stream server that the tests start: everything sooner, and few places."""

from chatmrpt.settings import *  # noqa: F403
from chatmrpt.settings import STREAMS

STREAMS = STREAMS | {"heartbeat_seconds": 0.3, "most_per_user": 3}
