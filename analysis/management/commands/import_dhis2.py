"""`manage.py import_dhis2`: facility reports from a DHIS2 into a CSV file, with no service running."""

import getpass
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analysis.management.commands.analyse import REFUSED


class Command(BaseCommand):
    help = (
        "Reads the facility reports of an area from a DHIS2 and writes them as a CSV file that `manage.py tpr` and the "
        "data page take. Needs no database and no services. The token is read from a file or asked for, never an argument: "
        "arguments are seen by everybody on this machine."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--server", required=True, help="address, such as https://dhis2.example.org/dhis")
        parser.add_argument("--org-unit", required=True, help="id of the state, or of another area")
        parser.add_argument("--from", required=True, dest="first", help="first month, such as 2024-01")
        parser.add_argument("--to", required=True, dest="last", help="last month")
        parser.add_argument("--out", required=True, type=Path, help="the CSV file to write")
        parser.add_argument(
            "--token-file",
            type=Path,
            help="file with the token, or with the password of --user; - is the input",
        )
        parser.add_argument("--user", default="", help="sign in with this user name instead of a token")
        parser.add_argument(
            "--element", default=[], action="append", help="id of a data element; may be repeated"
        )
        parser.add_argument(
            "--source",
            default="analytics",
            choices=("analytics", "values"),
            help="server's sums, or what was typed in",
        )
        for name, level in (("state", 2), ("lga", 3), ("ward", 4)):
            parser.add_argument(
                f"--{name}-level",
                default=level,
                type=int,
                help=f"level of the hierarchy that is a {name} ({level})",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from analysis.dhis2.addresses import read_address
        from analysis.dhis2.connection import Server
        from analysis.dhis2.logins import policy
        from analysis.dhis2.pulling import pull
        from analysis.dhis2.wishes import Wish, check_wish
        from analysis.writers.text import write_csv

        wished = ("org_unit", "first", "last", "source", "state_level", "lga_level", "ward_level")
        wish = Wish(elements=tuple(options["element"]), **{name: options[name] for name in wished})
        try:
            check_wish(wish)
            address = read_address(options["server"], policy())
            with Server(address, self._login(options), policy()) as server:
                pulled = pull(server, wish, self._teller(options))
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        write_csv(pulled.frame, options["out"])
        told = pulled.origin | {
            "file": options["out"].name,
            "notes": [note.as_dict() for note in pulled.notes],
        }
        self.stdout.write(json.dumps(told, ensure_ascii=False))

    def _login(self, options: dict[str, Any]) -> Any:
        from analysis.dhis2.login import Login

        place = options["token_file"]
        if place is None:
            secret = getpass.getpass("Password: " if options["user"] else "Token: ")
        else:
            secret = (sys.stdin.read() if str(place) == "-" else place.read_text(encoding="utf-8")).strip(
                "\r\n"
            )
        return (
            Login(user_name=options["user"], password=secret)
            if options["user"]
            else Login(token=secret.strip())
        )

    def _teller(self, options: dict[str, Any]) -> Any:
        def tell(step: str, percent: float) -> None:
            if options["verbosity"] > 1:
                sys.stderr.write(f"{percent:3.0f} % {step}\n")

        return tell
