"""Wires the Celery application into every process that serves or works."""

from django.apps import AppConfig
from django.conf import settings


class WiringConfig(AppConfig):
    name = "chatmrpt"

    def ready(self) -> None:
        # Without it a web process would publish to Celery's default broker. Headless commands publish nothing.
        if not settings.HEADLESS:
            import chatmrpt.celery  # noqa: F401
