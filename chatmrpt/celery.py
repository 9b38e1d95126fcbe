"""The Celery application: workers and beat start from here."""

import os
import time
from pathlib import Path

from celery import Celery, signals
from kombu import Exchange, Queue

from sessions_app.broker import DEFAULT_QUEUE, UPKEEP_QUEUE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")

app = Celery("chatmrpt")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A worker that is not told its queues takes from these two in turns.
app.conf.task_queues = [
    Queue(name, Exchange(name), routing_key=name) for name in (DEFAULT_QUEUE, UPKEEP_QUEUE)
]
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def refuse_to_start_headless(**_: object) -> None:
    from chatmrpt.environment import WrongSetting, refuse_headless

    try:
        refuse_headless("the worker")
    except WrongSetting as refusal:
        # Celery only logs what a signal's receiver raises, unless it is this.
        raise SystemExit(str(refusal)) from None


@signals.worker_init.connect
def load_what_tasks_compute_with(sender: object = None, **_: object) -> None:
    """Before the pool forks, so that its processes share it and none of them loads it again."""
    from sessions_app.kinds import result_kinds

    if not waits_for_models(sender):
        for kind in result_kinds():
            kind.load_run()


@signals.worker_init.connect
def start_tracing(**_: object) -> None:
    from django.conf import settings

    if settings.TRACES_URL:
        from chatmrpt.tracing import start

        start("worker")


def waits_for_models(worker: object) -> bool:
    """Whether it is one of the workers that wait for language models and compute nothing."""
    name = getattr(worker, "hostname", None) or getattr(getattr(worker, "eventer", None), "hostname", "")
    return named_for_models(str(name))


def named_for_models(name: str) -> bool:
    """Whether a worker's name, as the stack and `docker/start turns` give it, is that of one which waits for models."""
    return name.startswith("turns@")


def touch_heartbeat_file() -> None:
    """For the health check of this process's container, which asks no service."""
    from django.conf import settings

    if settings.WORKER_HEARTBEAT_FILE:
        Path(settings.WORKER_HEARTBEAT_FILE).touch()


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def note_that_a_worker_lives(sender: object = None, **_: object) -> None:
    """Leave a mark that /health/ready/ reads; it fades when the worker stops."""
    from django.core.cache import cache

    from chatmrpt.health import WORKER_MARK, WORKER_MARK_SECONDS

    touch_heartbeat_file()
    # A mark of theirs would hide that nobody else computes.
    if not waits_for_models(sender):
        cache.set(WORKER_MARK, time.time(), timeout=WORKER_MARK_SECONDS)


@signals.after_task_publish.connect(sender="sessions_app.requeue_expired")
def note_that_beat_lives(**_: object) -> None:
    """Nobody but beat sends this task."""
    from django.core.cache import cache

    from chatmrpt.health import BEAT_MARK, BEAT_MARK_SECONDS

    touch_heartbeat_file()
    cache.set(BEAT_MARK, time.time(), timeout=BEAT_MARK_SECONDS)


@signals.worker_ready.connect
def remove_what_killed_workers_left(**_: object) -> None:
    from django.conf import settings

    from sessions_app.isolation.tempfolders import remove_left_folders

    remove_left_folders(older_than=2 * settings.TASK_HARD_LIMIT)


@app.task(name="chatmrpt.emit_gauges")
def emit_gauges() -> None:
    from chatmrpt import metrics

    metrics.emit_gauges()


@signals.setup_logging.connect
def log_as_the_web_does(**_: object) -> None:
    """A receiver here keeps Celery from setting up a log of its own, which prints arguments and results."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.task_prerun.connect
def note_begin(task: object, **_: object) -> None:
    task.request.begun = time.monotonic()  # type: ignore[attr-defined]


@signals.task_postrun.connect
def note_end(task: object, state: str | None = None, **_: object) -> None:
    from chatmrpt.metrics import observe_seconds

    request = task.request  # type: ignore[attr-defined]
    if begun := getattr(request, "begun", None):
        name = task.name  # type: ignore[attr-defined]
        observe_seconds("task_seconds", time.monotonic() - begun, task=name, state=state or "")
