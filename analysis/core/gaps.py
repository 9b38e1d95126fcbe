"""Which gaps may be filled, and how: the roles of the columns decide."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from . import variables as registry
from .errors import BadInput, Note
from .selection import OUTCOME_ORDER, resolve_columns

# A column with more missing than this is not filled unasked; above the second it is warned of.
TOO_SPARSE, SPARSE = 0.5, 0.4


def imputation_plan(
    numbers: pd.DataFrame,
    outcome: str | None,
    asked: Mapping[str, str],
    legacy: bool,
) -> tuple[dict[str, str], list[Note]]:
    """How the gaps of each variable are filled, and what to tell about it.

    Parameters
    ----------
    numbers : pandas.DataFrame
        The chosen variables of the wards that have data.
    outcome : str, optional
        Not filled unless asked.
    asked : mapping of variable to method
        The user's choices.
    legacy : bool
        Everything by neighbours, else the column mean.

    Raises
    ------
    BadInput
        If a count or population is to be filled, or a variable is not in the ranking.
    """
    requested = {
        resolve_columns([name], list(numbers.columns), "variable")[0]: how for name, how in asked.items()
    }
    counted = [name for name, how in requested.items() if how != "none" and registry.is_count(name)]
    if counted:
        raise BadInput(
            "counts_not_imputed",
            "Counts are never filled",
            f"{', '.join(counted)} counts people or tests; a mean of other wards would invent them.",
            "Leave these gaps, or complete the table.",
            where=counted[0],
        )
    share = numbers.isna().mean()
    plan: dict[str, str] = {}
    notes: list[Note] = []
    for name in map(str, numbers.columns):
        role = registry.lookup(name)
        measured = name == outcome or (
            role is not None and (role.role == "support" or role.id in OUTCOME_ORDER[:2])
        )
        default = "spatial_or_mean" if legacy else ("none" if measured else "spatial")
        plan[name] = requested.get(name, default)
        if share[name] == 0:
            continue
        percent = f"{name}: {100 * share[name]:.0f} % of the wards have no value"
        count = int(numbers[name].isna().sum())
        if share[name] > TOO_SPARSE and plan[name] != "none" and name not in requested and not legacy:
            plan[name] = "none"
            notes.append(Note("too_sparse_to_fill", "warning", f"{percent}; more than half, so its gaps are left "
                              "open.", count, (name,)))  # fmt: skip
        elif share[name] > SPARSE:
            notes.append(Note("sparse", "warning", f"{percent}.", count, (name,)))
        if plan[name] == "none" and measured and name not in requested:
            support = role is not None and role.role == "support"
            code = "support_not_filled" if support else "outcome_not_filled"
            kind = "a column of this kind" if support else "a measured outcome"
            message = f"{name}: gaps in {kind} are left open; these wards are ranked from the models that do not use it."
            notes.append(Note(code, "info", message, count, (name,)))
    return plan, notes
