"""What each variable of a dataset looks like, for the review before a run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import variables as registry
from .composite import MAX_VARIABLES
from .doubtful import unit_of, value_notes
from .gaps import imputation_plan
from .selection import (
    as_numbers,
    candidate_columns,
    default_variables,
    outcome_of,
    usable_columns,
    within_limit,
    zones_of,
)

HISTOGRAM_BINS = 20
PROFILE_COLUMNS = (
    "variable", "label", "unit", "role", "direction", "included", "outcome", "imputation", "coverage_percent",
    "missing", "variance", "min", "max", "histogram_counts", "histogram_edges", "reason", "notes",
)  # fmt: skip


def profile_variables(dataset: pd.DataFrame, zone: str | None = None) -> pd.DataFrame:
    """Describe every column that could be analysed.

    Parameters
    ----------
    dataset : pandas.DataFrame of n wards
        As `build_dataset` returns; wards without a record (`table_row` missing) do not count.
    zone : str, optional
        Zone whose default variables are preselected; default the zone of the wards' states.

    Returns
    -------
    pandas.DataFrame
        One row per column: ``variable, label, unit, role, direction`` (default), ``included``
        (preselected), ``outcome`` (is the malaria outcome), ``imputation`` (default method),
        ``coverage_percent`` [%], ``missing`` [wards], ``variance, min, max`` [unit, unit²],
        ``histogram_counts`` and ``histogram_edges`` (lists), ``reason`` (why it can't be used,
        else empty), ``notes`` (warnings of `value_notes` as mappings). Preselected variables come first, then by name.
    """
    wards = dataset[dataset["table_row"].notna()] if "table_row" in dataset.columns else dataset
    wards = pd.DataFrame(wards).reset_index(drop=True)
    names = candidate_columns(wards)
    numbers = as_numbers(wards, names)
    chosen, _ = default_variables(wards, (zone,) if zone else zones_of(wards))
    outcome = outcome_of(chosen) or outcome_of(names)
    if len(chosen) > MAX_VARIABLES:
        chosen, _ = within_limit(usable_columns(numbers[chosen], outcome)[0], outcome)
    plan, _ = imputation_plan(numbers, outcome, {}, legacy=False) if names else ({}, [])
    rows = [
        _row(name, numbers[name].to_numpy(), name in chosen, name == outcome, plan[name])
        | {"notes": [note.as_dict() for note in value_notes(numbers[[name]], wards)]}
        for name in names
    ]
    order = {name: position for position, name in enumerate(chosen)}
    rows.sort(key=lambda row: (order.get(str(row["variable"]), len(order)), str(row["variable"]).casefold()))
    return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS))


def _row(name: str, values: np.ndarray, included: bool, outcome: bool, imputation: str) -> dict[str, object]:
    known = registry.lookup(name)
    seen = values[~np.isnan(values)]
    reason = ""
    if not seen.size:
        reason = "no ward has a value"
    elif seen.min() == seen.max():
        reason = "all wards have the same value"
    counts, edges = np.histogram(seen, bins=HISTOGRAM_BINS) if seen.size else (np.zeros(0), np.zeros(0))
    return {
        "variable": name,
        "label": known.label if known else name,
        "unit": unit_of(name, values),
        "role": known.role if known else "covariate",
        "direction": registry.default_direction(name),
        "included": included and not reason,
        "outcome": outcome,
        "imputation": imputation,
        "coverage_percent": 100.0 * seen.size / len(values) if len(values) else 0.0,
        "missing": int(len(values) - seen.size),
        "variance": float(seen.var()) if seen.size else np.nan,
        "min": float(seen.min()) if seen.size else np.nan,
        "max": float(seen.max()) if seen.size else np.nan,
        "histogram_counts": [int(count) for count in counts],
        "histogram_edges": [float(edge) for edge in edges],
        "reason": reason,
    }
