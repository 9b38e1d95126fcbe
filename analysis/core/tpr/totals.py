"""Rows of an export that are no facility but the total of a ward: its persons would be counted twice."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.core.errors import Note

from .months import FacilityMonths, select

TotalsRule = Literal["keep", "drop"]
TOTALS_RULES: tuple[TotalsRule, ...] = get_args(TotalsRule)
CLOSE = 0.1
_WARD = re.compile(r"\bward\b")


def ward_totals(months: FacilityMonths) -> pd.DataFrame:
    """Facilities that look like the total of their ward.

    Returns
    -------
    pandas.DataFrame
        ``facility`` (number), ``name, counted, others`` [persons, tested and positive], ``reports``; largest first. Of
        facilities with the word "ward" in their name whose counts, of all persons, tests and periods, differ by at most
        10 % from those of all other facilities of the ward in the same periods.
    """
    size = np.nansum(months.raw, axis=(1, 2))
    use = (months.ward >= 0) & (months.facility >= 0)
    unit, units = months.facility[use], len(months.facilities)
    stamps, time = np.unique(months.periods.index, return_inverse=True)
    cell = months.ward[use] * len(stamps) + time[use]
    together = np.bincount(cell, weights=size[use])
    own = np.bincount(unit, weights=size[use], minlength=units)
    others = np.bincount(unit, weights=together[cell] - size[use], minlength=units)
    alike = (own > 0) & (others > 0) & (np.abs(own - others) <= CLOSE * np.maximum(own, others))
    names = months.facilities["facility"].to_numpy(dtype=object)
    at = np.array([k for k in np.flatnonzero(alike) if _WARD.search(str(names[k]).casefold())], dtype=np.intp)
    reports = np.bincount(unit, minlength=units)
    found = pd.DataFrame({"facility": at, "name": names[at], "counted": own[at], "others": others[at],
                          "reports": reports[at]})  # fmt: skip
    return found.sort_values("counted", ascending=False, kind="stable", ignore_index=True)


def without_totals(months: FacilityMonths, found: pd.DataFrame) -> FacilityMonths:
    """Return the reports without those of `ward_totals`, and the facilities without them."""
    gone = found["facility"].to_numpy(dtype=np.intp)
    left = np.setdiff1d(np.arange(len(months.facilities)), gone)
    kept = select(months, ~np.isin(months.facility, gone), months.notes)
    number = np.where(kept.facility >= 0, np.searchsorted(left, kept.facility), -1)
    return replace(kept, facility=number, facilities=months.facilities.iloc[left].reset_index(drop=True))


def totals_notes(found: pd.DataFrame, rule: TotalsRule) -> list[Note]:
    """Say that rows look like totals, with their counts and those of the other facilities, and what was done."""
    if found.empty:
        return []
    listed = tuple(
        f"{name}: {own:,.0f} ≈ {others:,.0f}"
        for name, own, others in found[["name", "counted", "others"]].head(20).itertuples(index=False)
    )
    if rule == "drop":
        message = "Rows that look like the total of a ward were left out, as asked."
        return [Note("ward_totals_left_out", "info", message, len(found), listed)]
    message = (
        "Rows named after a ward count about as many persons as all other facilities of it together. They look like its "
        "total: its persons are counted twice. They can be left out."
    )
    return [Note("ward_totals", "warning", message, len(found), listed)]
