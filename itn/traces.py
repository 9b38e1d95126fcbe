"""Where the numbers of a table of sums come from, told in the table itself."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

UNITS = (
    "population and people_covered in people; need and nets_allocated and shortfall in nets; "
    "coverage_percent in % of people; urban_percentage in % of area; costs in the currency"
)
TRACES = (
    "plan_id", "population_source", "population_year", "population_rule", "currency", "nets_per_bale", "bales_per_pallet", "units",
)  # fmt: skip
"""Columns that are the same in every row of a table, behind its own."""


def population_traces(source: Mapping[str, str]) -> dict[str, str]:
    """Return where the people of a plan come from, of which year, and what became of unknown ones, as `TRACES` name it."""
    named = {
        "population_source": "population",
        "population_year": "population_year",
        "population_rule": "population_rule",
    }
    return {trace: source.get(name, "") for trace, name in named.items()}


def traced(table: pd.DataFrame, origin: Mapping[str, object], units: str = UNITS) -> pd.DataFrame:
    """Return a table of sums with where its numbers come from and their units behind each row.

    Parameters
    ----------
    origin : mapping of str
        Of `TRACES`; what is not stated is left out.
    """
    said = {name: origin[name] for name in TRACES if origin.get(name) not in (None, "")}
    return table.assign(**{name: str(value) for name, value in said.items()}, units=units)
