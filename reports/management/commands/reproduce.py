"""`manage.py reproduce`: the numbers of a data package, calculated again and compared, with no service running."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

STATUSES = {"identical": 0, "different": 1, "taken_as_given": 3}
REFUSED = 2


class Command(BaseCommand):
    help = (
        "Calculates the numbers of a data package again and tells every difference by ward and column. "
        "Ends with 0 when all were calculated again and agree, 1 when some differ, 2 when the package can't be used, "
        "3 when nothing differs but something had to be taken as the package gives it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path, help="package.zip, or the manifest.json of an unpacked one")

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from reports.reproduce import reproduce

        try:
            found = reproduce(options["package"])
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        for step in found["steps"]:
            for one in step["differences"]:
                sys.stderr.write(
                    f"{step['kind']}: {one['ward']}: {one['column']}: {one['expected']} in the package, "
                    f"{one['found']} calculated\n"
                )
            if step["taken"]:
                sys.stderr.write(
                    f"{step['kind']}: taken as the package gives it: {', '.join(step['taken'])}\n"
                )
        self.stdout.write(json.dumps(found, ensure_ascii=False, allow_nan=False))
        if status := STATUSES[found["status"]]:
            sys.exit(status)
