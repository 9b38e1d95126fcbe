"""Facility reports that spell one ward in several ways: what a person confirmed for one ward counts together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.match_report import ACCEPTED, MatchReport
from analysis.core.matching import match_wards
from analysis.core.names import clean_code, normalise_name

from .months import FacilityMonths, with_levels, without_copies

_SURE = ("exact", "code")


def match_reports(
    months: FacilityMonths,
    boundaries: pd.DataFrame,
    *,
    confirmed: Mapping[int, str | None],
    accept_review: bool = False,
    aliases: pd.DataFrame | None = None,
) -> tuple[FacilityMonths, MatchReport, list[Note]]:
    """Match the wards of facility reports; several names that are confirmed for one ward become that ward.

    Parameters
    ----------
    confirmed : mapping of table_row to ward_code or None
        A person's decisions. Unlike a ward table, several rows may have one ward: they are spellings of it.
    aliases : pandas.DataFrame, optional
        ``table_name, lga_name, ward_code`` of names that were confirmed for an earlier file.

    Returns
    -------
    months, report, notes
        The reports of a further spelling lie in the ward of the first. The report lists every row.
    """
    codes = {clean_code(code): str(code) for code in boundaries["ward_code"]}
    given = {
        int(row): codes[clean_code(code)] for row, code in confirmed.items() if clean_code(code) in codes
    }
    known = {
        row: codes[code]
        for row, code in _by_alias(months.wards, aliases).items()
        if row not in confirmed and code in codes
    }
    further = _further(months.wards, boundaries, given, known, set(confirmed))
    if not further:
        report = match_wards(
            months.wards,
            boundaries,
            confirmed=confirmed,
            accept_review=accept_review,
            aliases=aliases,
            spellings=True,
        )
        return _joined(months, boundaries, report, {}, set(given))
    report = match_wards(
        months.wards[~months.wards["table_row"].isin(list(further))].reset_index(drop=True),
        boundaries,
        confirmed={row: code for row, code in confirmed.items() if row not in further},
        accept_review=accept_review,
        aliases=aliases,
        spellings=True,
    )
    return _joined(months, boundaries, report, further, set(given))


def _by_alias(wards: pd.DataFrame, aliases: pd.DataFrame | None) -> dict[int, str]:
    """Rows whose name and LGA were confirmed for one ward before."""
    if aliases is None or not len(aliases):
        return {}
    said = pd.DataFrame({"name": [normalise_name(str(name)) for name in aliases["table_name"]],
                         "lga": [normalise_name(lga, level="lga") for lga in aliases["lga_name"]],
                         "code": [clean_code(code) for code in aliases["ward_code"]]}).drop_duplicates()  # fmt: skip
    said = said[~said.duplicated(["name", "lga"], keep=False)]
    rows = pd.DataFrame({"row": wards["table_row"].to_numpy(),
                         "name": [normalise_name(name) for name in wards["ward_name"]],
                         "lga": [normalise_name(lga, level="lga") for lga in wards["lga_name"]]})  # fmt: skip
    found = rows.merge(said, on=["name", "lga"])
    return {int(row): code for row, code in zip(found["row"], found["code"], strict=True)}


def _further(
    wards: pd.DataFrame,
    boundaries: pd.DataFrame,
    given: Mapping[int, str],
    known: Mapping[int, str],
    decided: set[int],
) -> dict[int, str]:
    """Rows that are a further spelling of a ward which another row has: by its own name, or confirmed first."""
    said = {**known, **given}
    if not said:
        return {}
    owned = _owned(wards[~wards["table_row"].isin([*said, *decided])], boundaries)
    further = {}
    for row in sorted(said, key=lambda row: (row not in given, row)):
        if said[row] in owned:
            further[row] = said[row]
        owned.add(said[row])
    return further


def _owned(others: pd.DataFrame, boundaries: pd.DataFrame) -> set[str]:
    """Wards that one of these rows names as the map does."""
    if others.empty:
        return set()
    try:
        pairs = match_wards(others.reset_index(drop=True), boundaries).pairs
    except BadInput:  # hardly any of them fits: then none owns a ward
        return set()
    return set(pairs.loc[(pairs["status"] == ACCEPTED) & pairs["method"].isin(_SURE), "ward_code"])


def _joined(
    months: FacilityMonths,
    boundaries: pd.DataFrame,
    report: MatchReport,
    further: Mapping[int, str],
    given: set[int],
) -> tuple[FacilityMonths, MatchReport, list[Note]]:
    pairs = report.pairs
    accepted = pairs[pairs["status"] == ACCEPTED]
    rows = zip(accepted["ward_code"], accepted["table_row"].astype(int), strict=True)
    place = {int(row): k for k, row in enumerate(months.wards["table_row"])}
    names = dict(zip(place, months.wards["ward_name"], strict=True))
    on_map = dict(zip(boundaries["ward_code"].astype("str"), boundaries["ward_name"], strict=True))
    into: dict[int, int] = {}
    holder: dict[str, int] = {}
    told = []
    for code, row in (*rows, *((code, row) for row, code in further.items())):
        first = holder.setdefault(code, row)
        if first != row:
            into[place[row]] = place[first]
            told.append(f"{names[row]} = {names[first]}")
    added = [{"table_row": row, "table_name": names[row], "ward_code": code, "ward_name": on_map.get(code),
              "method": "confirmed" if row in given else "alias", "score": 1.0, "status": ACCEPTED}
             for row, code in further.items()]  # fmt: skip
    more = pd.DataFrame(added, columns=pairs.columns).astype(pairs.dtypes.to_dict())
    listed = pd.concat([pairs, more], ignore_index=True)
    order = listed["table_row"].map(place).to_numpy().argsort(kind="stable")
    alone = report.unmatched_boundaries
    alone = alone[~alone["ward_code"].isin(list(further.values()))].reset_index(drop=True)
    whole = replace(report, pairs=listed.iloc[order].reset_index(drop=True), unmatched_boundaries=alone)
    message = "Names that were confirmed for one ward are counted together as that ward."
    notes = [Note("spellings_confirmed", "info", message, len(into), tuple(told[:20]))] if into else []
    return join_wards(months, into), whole, notes


def join_wards(months: FacilityMonths, into: Mapping[int, int]) -> FacilityMonths:
    """Move the reports of some wards to others; a facility that is in both is one, and its copied reports count once.

    Parameters
    ----------
    into : mapping of int to int
        Number of a ward to that of the ward which takes its reports. `wards` keeps its rows.
    """
    if not into:
        return months
    ward_of = np.arange(len(months.wards))
    ward_of[list(into)] = list(into.values())
    units = months.facilities
    home = units["ward"].to_numpy(dtype=np.intp)
    home = np.where(home >= 0, ward_of[home], -1)
    keys = pd.DataFrame({"number": np.arange(len(units)), "ward": home,
                         "name": units["facility"].astype("str").str.casefold().fillna("")})  # fmt: skip
    number = np.arange(len(units))
    touched = np.isin(home, list(into.values()))
    number[touched] = keys[touched].groupby(["ward", "name"])["number"].transform("min").to_numpy()
    kept = np.unique(number)
    told_anew = ("repeated_reports", "alike_reports")
    joined = replace(
        months,
        ward=np.where(months.ward >= 0, ward_of[months.ward], -1),
        facility=np.searchsorted(kept, number)[months.facility],
        facilities=units.assign(ward=home).iloc[kept].reset_index(drop=True),
        notes=tuple(note for note in months.notes if note.code not in told_anew),
    )
    return without_copies(with_levels(joined))
