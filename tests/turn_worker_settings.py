"""The settings of a worker for turns that the tests start and kill: short leases."""

from chatmrpt.settings import *  # noqa: F403
from chatmrpt.settings import LANGUAGE_LIMITS

LANGUAGE_LIMITS = LANGUAGE_LIMITS | {"lease_seconds": 2, "max_attempts": 10}
