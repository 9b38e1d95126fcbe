"""Deletes what is kept no longer. Workers do the same once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sessions_app import due
from sessions_app.privacy import retention


class Command(BaseCommand):
    help = "Delete what RETENTION_… says is kept no longer; owners of sessions are told by mail first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for line in retention.told(retention.apply(dry_run=dry_run)):
            self.stdout.write(line)
        if not dry_run:
            due.note_done(due.RETENTION)
