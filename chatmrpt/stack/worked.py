"""The Celery application as the supervisor runs it: each pool process dies with the worker that made it."""

import signal

from celery import signals

from chatmrpt.celery import app
from chatmrpt.stack.processes import arm_death_signal

__all__ = ["app"]


@signals.worker_process_init.connect
def arm_pool_process(**_: object) -> None:
    arm_death_signal(signal.SIGKILL)
