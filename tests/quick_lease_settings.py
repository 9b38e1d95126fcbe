"""The settings of a worker that a test kills: everything it computes, and short leases."""

from chatmrpt.settings import *  # noqa: F403

RESULTS = {"lease_seconds": 2, "patience_seconds": 2, "max_attempts": 5, "max_waiting_per_user": 20}
