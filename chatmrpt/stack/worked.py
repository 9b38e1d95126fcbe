"""The Celery application as the supervisor runs it: each pool process dies with the worker that made it."""

import signal

from celery import signals

from chatmrpt.celery import app
from chatmrpt.stack.processes import arm_death_signal, follow_parent

__all__ = ["app"]

# What a worker has after its supervisor's death to hand back its tasks, twice.
PATIENCE_SECONDS = 10.0


@signals.worker_init.connect
def follow_supervisor(**_: object) -> None:
    follow_parent(signal.SIGQUIT, PATIENCE_SECONDS)


@signals.worker_process_init.connect
def arm_pool_process(**_: object) -> None:
    arm_death_signal(signal.SIGKILL)
