from __future__ import annotations

import json
import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chatmrpt.doctor.checks import examined
from chatmrpt.doctor.findings import STATES, worst

NAME_WIDTH = 24


class Command(BaseCommand):
    help = (
        "Looks at everything that this installation stands on, a line for each: ok, warning or wrong, and how to mend it. "
        "Changes nothing. Exit status 0: all ok, 1: warnings, 2: something is wrong."
    )
    # They are among what is looked at.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="one JSON object for programs"
        )
        parser.add_argument(
            "--ask",
            action="store_true",
            help="put one tiny question to each language model; costs a few tokens",
        )

    def handle(self, *args: Any, as_json: bool, ask: bool, **options: Any) -> None:
        # What fails is told by a finding; the log would say it a second time.
        logging.disable(logging.CRITICAL)
        findings = []
        for finding in examined(ask_models=ask):
            findings.append(finding)
            if not as_json:
                self.stdout.write(finding.line(NAME_WIDTH))
        state = worst(findings)
        if as_json:
            self.stdout.write(
                json.dumps({"state": state, "checks": [found.as_json() for found in findings]}, indent=1)
            )
        else:
            counts = [f"{sum(found.state == one for found in findings)} {one}" for one in STATES]
            self.stdout.write(", ".join(counts))
        sys.exit(STATES.index(state))
