"""The one comparison of plans behind the page, the API, the command and the conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .costs import Costs
from .plan import NetPlan
from .scenarios import costs_side_by_side, differences, lga_coverage, side_by_side


@dataclass(frozen=True)
class Comparison:
    """Plans of the same wards; changes are told from the first to the second.

    `table` has a row per plan: its figures, costs in its own currency, and how far a solver's split may be from the
    best. `lgas` has the coverage of each LGA in each plan. `changes` has the wards that get more or fewer nets, the
    largest changes first.
    """

    names: list[str]
    table: pd.DataFrame
    lgas: list[dict[str, Any]]
    changes: pd.DataFrame

    @property
    def more(self) -> int:
        """Wards that get more nets in the second plan."""
        return int((self.changes["nets_change"] > 0).sum())

    @property
    def fewer(self) -> int:
        """Wards that get fewer nets in the second plan."""
        return int((self.changes["nets_change"] < 0).sum())


def compare(
    plans: Mapping[str, NetPlan],
    costs: Mapping[str, Costs] | None = None,
    currencies: Sequence[str] = (),
    splits: Sequence[Mapping[str, Any]] = (),
) -> Comparison:
    """Set plans side by side.

    Parameters
    ----------
    plans : mapping of name to NetPlan
        Two or more, of the same wards.
    costs : mapping of name to Costs, optional
        Of the same names; nothing is priced without.
    currencies : sequence of str, optional
        One for each plan; they are not converted.
    splits : sequence of mapping, optional
        One for each plan: ``gap, proven`` where a solver made it, else nothing.

    Raises
    ------
    BadInput
        If the plans are not of the same wards.
    """
    names = list(plans)
    table = side_by_side(plans)
    priced = costs_side_by_side(plans, costs or {name: Costs() for name in names})
    table = table.merge(priced, on="plan", validate="one_to_one")
    solved = splits or [{} for _ in names]
    table = table.assign(
        currency=list(currencies or [""] * len(names)),
        split_gap=pd.array([split.get("gap") for split in solved], dtype="Float64"),
        split_proven=pd.array([split.get("proven") for split in solved], dtype="boolean"),
    )
    changes = differences(plans[names[0]], plans[names[1]])
    changes = changes[changes["nets_change"] != 0].sort_values(
        ["nets_change", "ward_code"],
        key=lambda column: -column.abs() if column.name == "nets_change" else column,
    )
    return Comparison(names, table, lga_coverage(plans), changes.reset_index(drop=True))
