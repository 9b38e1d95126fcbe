"""A plan tried out without being stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from itn.core.candidates import Candidates, candidates
from itn.core.costs import cost_lines, costs_of, lga_keys, total_cost
from itn.labels import REASONS
from itn.params import PlanParams, candidate_threshold_of
from itn.planning import planned
from itn.rows import records
from itn.selectors import Base
from itn.sources import plan_wards
from sessions_app.params import check

FIRST = 10
PATIENCE = 3.0
"""Most seconds for the solver while somebody waits."""


@dataclass(frozen=True)
class Preview:
    """Figures, wards and LGAs of a plan that is not stored; `wards` stand from the highest risk down."""

    params: dict[str, Any]
    wards: pd.DataFrame
    summary: dict[str, Any]
    reasons: list[tuple[str, int]]
    first: list[dict[str, Any]]
    lgas: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    cost_total: Decimal
    over_budget: bool
    gap: float | None
    proven: bool
    candidates: Candidates | None

    @property
    def names_lgas(self) -> bool:
        return any(row["title"] for row in self.lgas)


def preview(base: Base, params: Mapping[str, Any]) -> Preview:
    """Compute a plan in this request: a state takes about the time of reading its wards.

    Raises what a stored plan would be refused with.
    """
    from django.db import transaction

    with transaction.atomic():
        checked = check(PlanParams, params, base.risk.session)
    wards = plan_wards(base.risk, base.dataset, checked["population"].get("file"), checked)
    plan, split = planned(wards.frame, checked, seconds=PATIENCE)
    costs = costs_of(checked.get("costs", {}))
    lgas = cost_lines(plan.lgas(), costs)
    lgas["title"] = lga_keys(lgas)
    total = total_cost(lgas, costs)
    threshold = candidate_threshold_of(checked)
    summary = plan.summary()
    ranked = plan.wards.sort_values(["rank", "ward_code"])
    return Preview(
        checked,
        ranked,
        summary,
        [(REASONS[code], count) for code, count in summary["reasons"].items() if count],
        records(ranked.head(FIRST)),
        records(lgas),
        [note.as_dict() for note in (*wards.notes, *plan.notes)],
        total,
        costs.budget is not None and total > costs.budget,
        split.gap if split else None,
        split is None or split.proven,
        None if threshold is None else candidates(plan.wards, threshold),
    )
