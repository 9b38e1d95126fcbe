from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from sessions_app.isolation.inspection import inspect


class Command(BaseCommand):
    help = "Reads the database's catalogue and names every hole in the isolation of users; fails if there is one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", default="default", help="any alias: every role may read the catalogue"
        )

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        with connections[database].cursor() as cursor:
            report = inspect(cursor)
        width = max(len(entry.table) for entry in report.tables)
        self.stdout.write(f"{'table':<{width}}  {'owner':<9}  state")
        for entry in report.tables:
            state = "isolated" if not entry.holes else "; ".join(entry.holes)
            self.stdout.write(f"{entry.table:<{width}}  {entry.owner_column:<9}  {state}")
        for hole in report.general:
            self.stdout.write(f"HOLE: {hole}")
        holes = report.holes()
        if holes:
            raise CommandError(f"{len(holes)} holes in the wall.")
        self.stdout.write(f"{len(report.tables)} tables with users' rows, no hole found.")
