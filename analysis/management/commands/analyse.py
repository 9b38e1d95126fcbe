"""`manage.py analyse`: from a ward table and boundaries to ranked wards, with no service running."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

REFUSED = 2
TIMES = ("static", "month", "annual_sum", "annual_mean")


class Parser(CommandParser):
    """Wrong arguments end like wrong data: status 2 and one JSON line."""

    def error(self, message: str) -> NoReturn:
        if not self.called_from_command_line:
            raise CommandError(message, returncode=REFUSED)
        self.print_usage(sys.stderr)
        problem = {
            "code": "bad_arguments",
            "title": "The command cannot be run like this",
            "detail": message,
            "fix": f"See {self.prog} --help.",
            "where": "arguments",
            "examples": [],
        }
        self.exit(REFUSED, json.dumps(problem, ensure_ascii=False) + "\n")


class Command(BaseCommand):
    help = "Ranks wards by malaria risk from a ward table and boundaries. Needs no database and no services."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        parser = Parser(
            prog=f"{Path(prog_name).name} {subcommand}",
            description=self.help,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
            called_from_command_line=getattr(self, "_called_from_command_line", True),
        )
        self.add_base_argument(parser, "--traceback", action="store_true", help="Show where a fault arose.")
        self.add_base_argument(parser, "--no-color", action="store_true", help="Plain output.")
        self.add_base_argument(parser, "--force-color", action="store_true", help="Coloured output.")
        self.add_base_argument(parser, "--settings", help="Python path to a settings module.")
        self.add_base_argument(parser, "--pythonpath", help="A folder to add to the Python path.")
        self.add_base_argument(parser, "-v", "--verbosity", default=1, type=int, help="0 hides the notes.")
        self.add_arguments(parser)
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--table", required=True, type=Path, help="ward table: .csv, .txt, .xlsx or .xls")
        parser.add_argument(
            "--boundaries", required=True, type=Path, help="zipped shapefile, GeoPackage or GeoJSON"
        )
        parser.add_argument("--out", required=True, type=Path, help="folder for the results")
        parser.add_argument("--variables", type=names, help="columns to rank by; else the zone's defaults")
        parser.add_argument(
            "--inverse",
            type=names_or_none,
            help="of these, higher means less risk; replaces all directions; an empty text: of none",
        )
        parser.add_argument(
            "--method", default="recommended", choices=["recommended", "mrpt-legacy", "mrpt-legacy-truncated"]
        )
        parser.add_argument(
            "--pca-without", type=names, help="columns that the PCA leaves out; the ranking keeps them"
        )
        parser.add_argument(
            "--require-outcome",
            action="store_true",
            help="a ward without the malaria outcome has no rank, instead of one by its other variables",
        )
        parser.add_argument(
            "--zone",
            type=zone,
            metavar="ZONE",
            help="whose usual variables to rank by; else that of the states in the data",
        )
        parser.add_argument(
            "--outcome", help="the column that measures malaria itself; else TPR, burden or PfPR"
        )
        parser.add_argument(
            "--cut",
            default="thirds",
            type=tiers,
            help="where the tiers are cut: thirds, quartiles, quintiles, or two percentages such as 20,30: High, Low",
        )
        parser.add_argument(
            "--force-pca",
            action="store_true",
            help="rank by PCA although its tests fail; called forced in the results",
        )
        parser.add_argument(
            "--duplicates", default="refuse", choices=["refuse", "average", "first"],
            help="rows of one ward that can't be told apart: refuse, average their numbers, or use the first",
        )  # fmt: skip
        parser.add_argument("--accept-review", action="store_true", help="join the doubtful matches too")
        parser.add_argument(
            "--aliases", type=Path, help="CSV of confirmed matches, such as a corrected matches.csv"
        )
        parser.add_argument(
            "--raster",
            default=[],
            type=raster,
            action="append",
            metavar="VARIABLE=FILE[:TIME]",
            help="a GeoTIFF whose mean becomes a column of this variable; may be repeated. TIME is month, annual_sum "
            "or annual_mean, needed for one band of a variable of a year",
        )
        parser.add_argument("--sheet", default="", help="sheet of the workbook")
        parser.add_argument("--layer", default="", help="layer of the boundary file")

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from analysis.headless import Inputs, analyse

        inputs = Inputs(
            options["table"],
            options["boundaries"],
            options["aliases"],
            options["sheet"],
            options["layer"],
            tuple(options["raster"]),
        )
        try:
            figures = analyse(
                inputs,
                options["out"],
                variables=options["variables"],
                inverse=options["inverse"],
                method=options["method"],
                pca_without=options["pca_without"] or (),
                require_outcome=options["require_outcome"],
                zone=options["zone"],
                outcome=options["outcome"],
                cut=options["cut"],
                force_pca=options["force_pca"],
                duplicates=options["duplicates"],
                accept_review=options["accept_review"],
            )
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        if options["verbosity"]:
            for note in figures["notes"]:
                sys.stderr.write(f"{note['severity']}: {note['message']}\n")
        self.stdout.write(json.dumps(figures, ensure_ascii=False, allow_nan=False))


def names(text: str) -> list[str]:
    """Split a comma-separated list of column names."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected column names separated by commas")
    return found


def names_or_none(text: str) -> list[str]:
    """Split the same list; an empty text names no column."""
    return names(text) if text.strip() else []


def zone(text: str) -> str:
    """Read a zone, however it is spelt."""
    from analysis.core.zones import ZONES

    spelt = " ".join(text.replace("_", " ").replace("-", " ").split()).title()
    if spelt not in ZONES:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(ZONES)}")
    return spelt


def tiers(text: str) -> str | tuple[float, float]:
    """Read the name of a cut, or two percentages as shares."""
    high, comma, low = text.partition(",")
    if not comma:
        return text.strip()
    try:
        return float(high) / 100, float(low) / 100
    except ValueError:
        raise argparse.ArgumentTypeError(
            "expected thirds, quartiles, quintiles or two percentages, such as 20,30"
        ) from None


def raster(text: str) -> tuple[str, Path, str]:
    """Split variable=file or variable=file:time."""
    variable, equals, path = text.partition("=")
    before, colon, time = path.rpartition(":")
    path, time = (before, time) if colon and time in TIMES else (path, "")
    if not (variable.strip() and equals and path.strip()):
        raise argparse.ArgumentTypeError(
            "expected variable=file, such as ndwi=water.tif or rainfall=rain.tif:annual_sum"
        )
    return variable.strip(), Path(path.strip()), time
