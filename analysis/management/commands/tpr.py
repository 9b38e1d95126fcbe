"""`manage.py tpr`: from a facility export and boundaries to ward test positivity, with no service running."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.management.commands.analyse import REFUSED
from analysis.management.commands.analyse import Command as Analyse

AGE_GROUPS = ("u5", "o5", "pw", "all_ages")
LEVELS = ("primary", "secondary", "tertiary", "all")
METHODS = ("pooled", "rdt", "microscopy", "legacy_max")
OUTLIERS = ("keep", "median")
TOTALS = ("keep", "drop")
DATES = ("auto", "day_first", "month_first")


class Command(Analyse):
    help = (
        "Computes the malaria test positivity of wards from a DHIS2 facility export and boundaries. Needs no "
        "database and no services."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--facilities",
            required=True,
            type=Path,
            help="facility reports: .csv, .zip of a .csv, .xlsx or .xls",
        )
        parser.add_argument(
            "--boundaries", required=True, type=Path, help="zipped shapefile, GeoPackage or GeoJSON"
        )
        parser.add_argument("--out", required=True, type=Path, help="folder for the results")
        parser.add_argument("--age-group", default="u5", choices=AGE_GROUPS, help="which persons")
        parser.add_argument("--level", default="all", choices=LEVELS, help="which facilities")
        parser.add_argument("--method", default="pooled", choices=METHODS, help="which tests")
        parser.add_argument("--period", default="all", help="all, 2024, 2024-03 or 2023-07..2024-06")
        parser.add_argument("--state", default="", help="only this state of the export")
        parser.add_argument("--map", default={}, type=mapping, help="corrections: canonical=column,…")
        parser.add_argument(
            "--undo-merge", default=[], action="append", help="keep this repeated column apart"
        )
        parser.add_argument(
            "--positive-above-tested",
            default="exclude",
            choices=("exclude", "cap", "keep"),
            help="what happens to reports with more positive than tested persons",
        )
        parser.add_argument(
            "--unknown-wards",
            default="leave",
            choices=("leave", "share"),
            help="what happens to counts without a ward: left out, or shared within their LGA by tests done",
        )
        parser.add_argument(
            "--outliers",
            default="keep",
            choices=OUTLIERS,
            help="counts far from what their facility usually reports: kept, or replaced by its median; listed in outliers.csv",
        )
        parser.add_argument(
            "--dates",
            default="auto",
            choices=DATES,
            help="what comes first in dates such as 03/01/2024: as the column tells (else the day), the day, the month",
        )
        parser.add_argument(
            "--totals",
            default="keep",
            choices=TOTALS,
            help="rows that are named after a ward, LGA or state and look like the total of its facilities: counted, or left out",
        )
        parser.add_argument(
            "--outpatient",
            action="store_true",
            help="also write outpatients.csv: positive among outpatients, for urban wards with a positivity above 50 %%",
        )
        parser.add_argument(
            "--urban",
            type=Path,
            help="raster of the urban share [%%], for --outpatient; without it the boundaries say it",
        )
        parser.add_argument("--accept-review", action="store_true", help="join the doubtful matches too")
        parser.add_argument(
            "--aliases", type=Path, help="CSV of confirmed matches, such as a corrected matches.csv"
        )
        _add_population(parser)
        parser.add_argument(
            "--register",
            type=Path,
            help="facility register (.csv, .xlsx): the ward of facilities whose reports name none",
        )
        parser.add_argument("--sheet", default="", help="sheet of the workbook")
        parser.add_argument("--layer", default="", help="layer of the boundary file")

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from analysis.core.tpr.positivity import Choice
        from analysis.tpr_compute import Request
        from analysis.tpr_headless import Inputs, run
        from analysis.tpr_people import Adjustment

        inputs = Inputs(
            options["facilities"],
            options["boundaries"],
            options["aliases"],
            options["sheet"],
            options["layer"],
            options["population"],
            options["population_year"],
            Adjustment(
                options["growth_percent"],
                options["growth_source"],
                options["pregnancy_factor"],
                options["pregnancy_factor_source"],
            ),
            options["urban"],
            options["outpatient"],
            options["register"],
            options["population_band"],
        )
        asked = Request(
            Choice(options["age_group"], options["level"], options["method"], options["period"]),
            options["map"],
            options["undo_merge"],
            options["positive_above_tested"],
            options["state"],
            options["accept_review"],
            unknown_wards=options["unknown_wards"],
            outliers=options["outliers"],
            totals=options["totals"],
            dates=options["dates"],
        )
        try:
            figures = run(inputs, options["out"], asked)
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        if options["verbosity"]:
            for note in figures["notes"]:
                sys.stderr.write(f"{note['severity']}: {note['message']}\n")
        self.stdout.write(json.dumps(figures, ensure_ascii=False, allow_nan=False))


def mapping(text: str) -> dict[str, str]:
    """Split canonical=column,… ; a comma inside a column name is kept where no new pair begins."""
    pairs: dict[str, str] = {}
    last = ""
    for part in text.split(","):
        name, equals, column = part.partition("=")
        if equals and name.strip().replace("_", "").isalnum():
            last = name.strip()
            if last in pairs:
                raise argparse.ArgumentTypeError(f"{last} is named twice")
            pairs[last] = column.strip()
        elif last:
            pairs[last] += f",{part}"
        else:
            raise argparse.ArgumentTypeError("expected canonical=column pairs separated by commas")
    return pairs


def _add_population(parser: CommandParser) -> None:
    """Whom the cases are counted among; every number of it with its source."""
    parser.add_argument(
        "--population",
        type=Path,
        help="people per ward (.csv, .xlsx, .parquet), or a raster of these persons per cell (.tif): writes burden.csv, cases per 1,000 people and year",
    )
    parser.add_argument("--population-year", default="", help="the year that the population is of")
    parser.add_argument("--population-band", type=int, help="the one band of a raster that is meant, from 1")
    parser.add_argument(
        "--growth-percent",
        type=float,
        help="yearly growth by which the population is projected to the middle of the reports; needs its source",
    )
    parser.add_argument("--growth-source", default="", help="where the growth rate is from")
    parser.add_argument(
        "--pregnancy-factor",
        type=float,
        help="expected pregnancies for each woman of 15 to 49 and year, for --age-group pw; needs its source",
    )
    parser.add_argument("--pregnancy-factor-source", default="", help="where the factor is from")
