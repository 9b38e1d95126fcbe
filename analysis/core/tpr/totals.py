"""Rows of an export that are no facility but the total of a ward, LGA or state: its persons would be counted twice."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note

from .months import FacilityMonths, Floats, select

TotalsRule = Literal["keep", "drop"]
TOTALS_RULES: tuple[TotalsRule, ...] = get_args(TotalsRule)
CLOSE = 0.1
_WARD, _LGA, _STATE = (
    re.compile(rf"\b(?:{words})\b") for words in ("ward", "local government(?: area)?|lga", "state")
)


def area_totals(months: FacilityMonths) -> pd.DataFrame:
    """Facilities that look like the total of their ward, LGA or state.

    Returns
    -------
    pandas.DataFrame
        ``facility`` (number), ``name, counted, others`` [persons, tested and positive], ``reports``; wards first, then
        LGAs and states, the largest first.

    Notes
    -----
    A facility with the word "ward" in its name whose counts, of all persons, tests and periods, differ by at most 10 %
    from those of all other facilities of the ward in the same periods. Among what names no ward, in the same way the LGA
    ("local government", "LGA") and, among what names no LGA, the state; smaller totals are no part of larger ones.
    """
    size = np.zeros(len(months.line))
    # Column by column: a country's reports are not copied at once.
    for column in np.moveaxis(months.raw, 0, -1).reshape(-1, len(size)):
        size += np.nan_to_num(column)
    units = months.facilities
    ward = units["ward"].to_numpy(dtype=np.intp)
    lga, _ = pd.factorize(units["lga_name"].astype("str").str.casefold())
    everywhere = np.zeros(len(units), dtype=np.intp)
    areas = ((ward, ward >= 0, _WARD), (lga, ward < 0, _LGA), (everywhere, (ward < 0) & (lga < 0), _STATE))
    parts = []
    for area, may_be, named in areas:
        own, others = _sums(months, size, area)
        alike = (own > 0) & (others > 0) & (np.abs(own - others) <= CLOSE * np.maximum(own, others))
        names = units["facility"].to_numpy(dtype=object)
        at = [k for k in np.flatnonzero(alike & may_be) if named.search(str(names[k]).casefold())]
        found = pd.DataFrame({"facility": np.array(at, dtype=np.intp), "name": names[at], "counted": own[at],
                              "others": others[at]})  # fmt: skip
        parts.append(found.sort_values("counted", ascending=False, kind="stable"))
        size = np.where(np.isin(months.facility, at), 0.0, size)
    whole = pd.concat(parts, ignore_index=True)
    reports = np.bincount(months.facility[months.facility >= 0], minlength=len(units))
    return whole.assign(reports=reports[whole["facility"].to_numpy(dtype=np.intp)])


def _sums(months: FacilityMonths, size: Floats, area: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """What each facility counts, and what the others of its area do in the periods it reported."""
    units = len(area)
    use = months.facility >= 0
    use[use] = area[months.facility[use]] >= 0
    unit = months.facility[use]
    stamps, time = np.unique(months.periods.index, return_inverse=True)
    cell = area[unit] * len(stamps) + time[use]
    together = np.bincount(cell, weights=size[use])
    own, others = (
        np.bincount(unit, weights=weight, minlength=units).astype(np.float64)
        for weight in (size[use], together[cell] - size[use])
    )
    return own, others


def without_totals(months: FacilityMonths, found: pd.DataFrame) -> FacilityMonths:
    """Return the reports without those of `area_totals`, and the facilities without them."""
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
        message = "Rows that look like the total of a ward, LGA or state were left out, as asked."
        return [Note("area_totals_left_out", "info", message, len(found), listed)]
    message = (
        "Rows named after a ward, LGA or state count about as many persons as all other facilities of it together. They "
        "look like its total: its persons are counted twice. They can be left out."
    )
    return [Note("area_totals", "warning", message, len(found), listed)]
