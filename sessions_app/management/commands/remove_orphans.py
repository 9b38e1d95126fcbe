"""Deletes stored objects that no row names. Workers do the same every six hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sessions_app.orphans import AT_LEAST, remove_orphans


class Command(BaseCommand):
    help = "Delete stored objects that no row names: what killed processes left behind."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than-hours",
            type=float,
            default=AT_LEAST.total_seconds() / 3600,
            help="younger ones may be of an upload or a computation that is still going on",
        )

    def handle(self, *args: Any, older_than_hours: float, **options: Any) -> None:
        self.stdout.write(
            f"{remove_orphans(timedelta(hours=older_than_hours))} objects without a row deleted"
        )
