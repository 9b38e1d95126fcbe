"""Deletes what is kept no longer. Workers do the same once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from sessions_app import due
from sessions_app.privacy import retention


class Command(BaseCommand):
    help = "Delete what RETENTION_… says is kept no longer; owners of sessions are told by mail first."

    def add_arguments(self, parser: CommandParser) -> None:
        one_of = parser.add_mutually_exclusive_group()
        one_of.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        one_of.add_argument(
            "--forget-warnings",
            action="store_true",
            help="after a restore: delete nothing, and warn all owners anew the next time",
        )

    def handle(self, *args: Any, dry_run: bool, forget_warnings: bool, **options: Any) -> None:
        if forget_warnings:
            self.stdout.write(f"{retention.forget_warnings()} warnings forgotten")
            return
        for line in retention.told(retention.apply(dry_run=dry_run)):
            self.stdout.write(line)
        if not dry_run:
            self._note_done()

    def _note_done(self) -> None:
        try:
            due.note_done(due.RETENTION)
        except (ConnectionInterrupted, RedisError):
            self.stderr.write(
                "all of this was done; that it was could not be noted, since Valkey does not answer: workers do it once more"
            )
