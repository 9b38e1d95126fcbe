"""Positive persons among outpatients: an alternative for urban wards of high positivity, never in place of the rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note

from .months import FacilityMonths, Floats
from .positivity import Choice, of_choice, pairs_of

URBAN_FROM, HIGH_POSITIVITY = 50.0, 50.0


def outpatient_table(
    months: FacilityMonths, place: NDArray[np.intp], wards: pd.DataFrame, choice: Choice, urban_percentage: Floats,
    *, urban_from: float = URBAN_FROM,
) -> pd.DataFrame:  # fmt: skip
    """Positive persons per hundred outpatients, for urban wards with a positivity above 50 %.

    Parameters
    ----------
    place : int array of n
        The ward of each report; −1 for none.
    wards : pandas.DataFrame of W
        ``ward_code, ward_name, lga_name, tpr_percent``.
    urban_percentage : float array of W
        [%]
    urban_from : float
        Wards below this urban share have no such rate. [%]

    Returns
    -------
    pandas.DataFrame of W
        The wards with ``urban_percentage, positive, outpatients, outpatient_percent, flags``: 100 · Σ positive / Σ
        outpatients over the reports that have both, missing elsewhere. The attendance of the age group where the
        file has it, else of everybody. `flags` says that a ward has the rate (``outpatient_rate``), or why not:
        ``no_outpatients``, ``no_tests``, ``urban_unknown``, ``not_urban``, ``positivity_not_high``.
    """
    positive, seen = _sums(months, place, len(wards), choice)
    tpr = wards["tpr_percent"].to_numpy(dtype=np.float64)
    urban = np.asarray(urban_percentage, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        why = np.select(
            [np.isnan(tpr), np.isnan(seen), np.isnan(urban), urban < urban_from, tpr <= HIGH_POSITIVITY],
            ["no_tests", "no_outpatients", "urban_unknown", "not_urban", "positivity_not_high"],
            "outpatient_rate",
        )
        rate = np.where(why == "outpatient_rate", 100 * positive / seen, np.nan)
    names = pd.DataFrame(wards)[["ward_code", "ward_name", "lga_name"]].reset_index(drop=True)
    return names.assign(tpr_percent=tpr, urban_percentage=urban, positive=positive, outpatients=seen,
                        outpatient_percent=rate, flags=why)  # fmt: skip


def outpatient_notes(months: FacilityMonths, table: pd.DataFrame, choice: Choice) -> list[Note]:
    """Whose attendance was taken; or, where no ward has the rate, why."""
    if months.outpatients.get(choice.age_group, months.outpatients.get("all")) is None:
        message = "The export has no column of these outpatients: no outpatient rate."
        return [Note("no_outpatient_rate", "warning", message, len(table))]
    if table["urban_percentage"].isna().all():
        message = (
            "No ward's urban share is known: no outpatient rate. The boundaries or a raster must say it."
        )
        return [Note("no_outpatient_rate", "warning", message, len(table))]
    with_rate = int(table["outpatient_percent"].notna().sum())
    if not with_rate:
        message = "No ward is urban and has a positivity above 50 % and outpatients: no outpatient rate."
        return [Note("no_outpatient_rate", "info", message, len(table))]
    message = (
        "Positive tests per hundred outpatients of all ages, beside the positivity and not in its place."
    )
    if choice.age_group in months.outpatients:
        message = "Positive tests per hundred outpatients of the age group, beside the positivity and not in its place."
    return [Note("outpatient_rate", "info", message, with_rate)]


def _sums(
    months: FacilityMonths, place: NDArray[np.intp], places: int, choice: Choice
) -> tuple[Floats, Floats]:
    """Positive persons and outpatients of the reports that have both; missing where none has."""
    seen = months.outpatients.get(choice.age_group, months.outpatients.get("all"))
    columns = pairs_of(months.pairs, choice.age_group, choice.method)
    if seen is None or not columns:
        return np.full(places, np.nan), np.full(places, np.nan)
    positive = np.nansum(months.counts[:, columns, 1], axis=1)
    with np.errstate(invalid="ignore"):
        use = (place >= 0) & (seen > 0) & ~np.isnan(months.counts[:, columns, 1]).all(axis=1)
    use &= of_choice(months, choice)
    known = np.bincount(place[use], minlength=places) > 0
    above = np.bincount(place[use], weights=positive[use], minlength=places)
    below = np.bincount(place[use], weights=seen[use], minlength=places)
    return np.where(known, above, np.nan), np.where(known, below, np.nan)
