"""A worker whose lease outlives every test: whatever another takes up sooner was handed back."""

from tests.worker_settings import *  # noqa: F403
from tests.worker_settings import RESULTS as SHORT

RESULTS = SHORT | {"lease_seconds": 300, "patience_seconds": 300}
