"""The settings of a worker that the tests start and kill: small kinds of work and short leases."""

from chatmrpt.settings import *  # noqa: F403

FILE_KINDS = ("sessions_app.tests.counting.WORDS",)
RESULT_KINDS = ("sessions_app.tests.counting.COUNT", "sessions_app.tests.counting.DOUBLE")
RESULTS = {"lease_seconds": 2, "patience_seconds": 2, "max_attempts": 50, "max_waiting_per_user": 100}
