"""`manage.py plan_nets`: from ranked wards and a stock to a net plan, with no service running."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.management.commands.analyse import REFUSED
from analysis.management.commands.analyse import Command as HeadlessCommand


class Command(HeadlessCommand):
    help = "Shares a stock of nets among ranked wards. Needs no database and no services."

    def add_arguments(self, parser: CommandParser) -> None:
        from itn.core.settings import PEOPLE_PER_NET, RISK_RATIO, STRATEGIES, URBAN_RULES

        parser.add_argument(
            "--wards", required=True, type=Path, help="wards with rank and population: .csv, .xlsx"
        )
        parser.add_argument("--nets", required=True, help="nets in stock, a whole number")
        parser.add_argument("--out", required=True, type=Path, help="folder for the results")
        parser.add_argument(
            "--strategy",
            type=_code,
            choices=STRATEGIES,
            help="how the nets are shared; proportional if not given",
        )
        parser.add_argument("--urban-rule", type=_code, choices=URBAN_RULES, help="off if not given")
        parser.add_argument(
            "--threshold", help="urban share from which a ward is urban, %%; needed with a rule"
        )
        parser.add_argument("--people-per-net", default=PEOPLE_PER_NET, help="people counted per net")
        parser.add_argument("--buffer", default="0", help="added to the people, %%")
        parser.add_argument(
            "--household-size", help="count nets by household of this size instead; approximate"
        )
        parser.add_argument("--cap", help="with capped: most of the stock that one ward may get, %%")
        parser.add_argument(
            "--risk-ratio", default=RISK_RATIO, help="with weighted: first rank's weight ÷ last rank's"
        )
        parser.add_argument("--population-column", default="", help="if it is not called population")
        parser.add_argument("--population-year", default="", help="year of the population, for the record")
        parser.add_argument(
            "--zero-is-unknown",
            action="store_true",
            help="0 people stands for a number that is not known, as some joins write it; such wards are left out",
        )
        parser.add_argument("--rank-column", default="", help="if it is not called composite_rank or rank")
        parser.add_argument(
            "--rank-1-is", default="highest", choices=["highest", "lowest"], help="risk of rank 1"
        )
        parser.add_argument("--urban-column", default="", help="if it is not called urban_percentage")
        parser.add_argument(
            "--candidate-threshold",
            help="list low-risk wards that are urban from this share on, %%; that of the urban rule if not given",
        )
        parser.add_argument(
            "--parity", action="store_true",
            help="repeat the predecessor: sequential, rural first at 75 %%, unknown values filled",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        from analysis.core.errors import BadInput
        from itn.headless import Columns, plan_nets

        columns = Columns(
            options["population_column"],
            options["rank_column"],
            options["urban_column"],
            options["population_year"],
            options["rank_1_is"],
        )
        try:
            figures = plan_nets(
                options["wards"], options["out"], _settings(options), columns,
                candidate_threshold=options["candidate_threshold"],
                population_rule="zero_unknown" if options["zero_is_unknown"] else "leave",
            )  # fmt: skip
        except BadInput as refusal:
            sys.stderr.write(json.dumps(refusal.problem(), ensure_ascii=False) + "\n")
            sys.exit(REFUSED)
        if options["verbosity"]:
            for note in figures["notes"]:
                sys.stderr.write(f"{note['severity']}: {note['message']}\n")
        self.stdout.write(json.dumps(figures, ensure_ascii=False, allow_nan=False))


def _code(text: str) -> str:
    """Codes are written with underscores, options of a command line with hyphens."""
    return text.replace("-", "_")


def _settings(options: dict[str, Any]) -> Any:
    from itn.core.settings import LEGACY_THRESHOLD, PlanSettings

    parity, threshold = options["parity"], options["threshold"]
    return PlanSettings(
        options["nets"],
        strategy=options["strategy"] or ("sequential" if parity else "proportional"),
        urban_rule=options["urban_rule"] or ("rural_first" if parity else "off"),
        threshold=LEGACY_THRESHOLD if parity and threshold is None else threshold,
        people_per_net=options["people_per_net"],
        buffer_percent=options["buffer"],
        quantity="household" if options["household_size"] else "people_per_net",
        household_size=options["household_size"],
        cap_percent=options["cap"],
        risk_ratio=options["risk_ratio"],
        parity=parity,
    )
