"""`manage.py compare_plans`: plans that `plan_nets` wrote, side by side, with no service running."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.management.commands.analyse import REFUSED
from analysis.management.commands.analyse import Command as HeadlessCommand


class Command(HeadlessCommand):
    help = "Sets plans that plan_nets wrote side by side. Needs no database and no services."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--plans",
            required=True,
            nargs="+",
            type=Path,
            help="folders of 2 to 20 plans of the same wards; changes are told from the first to the second",
        )
        parser.add_argument("--out", required=True, type=Path, help="folder for the comparison")

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from itn.headless_compare import compare_plans

        try:
            told = compare_plans(options["plans"], options["out"])
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        self.stdout.write(json.dumps(told, ensure_ascii=False, allow_nan=False))
