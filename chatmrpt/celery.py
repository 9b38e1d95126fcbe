"""The Celery application: workers and beat start from here."""

import os
import time

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")

app = Celery("chatmrpt")
app.config_from_object("django.conf:settings", namespace="CELERY")
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


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def note_that_a_worker_lives(**_: object) -> None:
    """Leave a mark that /health/ready/ reads; it fades when the worker stops."""
    from django.core.cache import cache

    from chatmrpt.health import WORKER_MARK, WORKER_MARK_SECONDS

    cache.set(WORKER_MARK, time.time(), timeout=WORKER_MARK_SECONDS)
