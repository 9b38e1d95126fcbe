"""`manage.py make_demo_data`: the synthetic state as the two files a user would upload."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Writes ward_table.csv and boundaries.gpkg of a made-up state, labelled synthetic."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, type=Path, help="folder for the two files")
        parser.add_argument("--seed", type=int, default=20_240)
        parser.add_argument("--wards", type=int, default=200)
        parser.add_argument("--lgas", type=int, default=15)

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.synthetic import make_state, write_state

        options["out"].mkdir(parents=True, exist_ok=True)
        state = make_state(seed=options["seed"], wards=options["wards"], lgas=options["lgas"])
        for path in write_state(state, options["out"]):
            self.stdout.write(path.name)
