"""Confirmed names at work: which wards of a map they mean, and what a match teaches. Needs no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.core.errors import Note
from analysis.core.matching import MatchReport
from analysis.core.names import normalise_name


def aliases_for(names: Sequence[Mapping[str, str]], boundaries: pd.DataFrame) -> pd.DataFrame | None:
    """Find the ward that each known name means on this map, for `match_wards`.

    A code counts only together with the ward's name: another file may give the same code to another ward. Without it
    the ward's name and LGA must say which one it is.
    """
    if not names:
        return None
    listed = pd.DataFrame(names)
    wards = pd.DataFrame(
        {
            "code": boundaries["ward_code"].astype(str),
            "ward": [_plain(name, "ward") for name in boundaries["ward_name"]],
            "at": [_plain(name, "lga") for name in boundaries["lga_name"]],
        }
    )
    listed["ward"] = [_plain(name, "ward") for name in listed["ward_name"]]
    listed["at"] = [_plain(name, "lga") for name in listed["ward_lga"]]
    by_code = listed.merge(wards, left_on=["ward_code", "ward"], right_on=["code", "ward"], how="left")[
        "code"
    ]
    single = wards[~wards.duplicated(["ward", "at"], keep=False)]
    by_name = listed.merge(single, on=["ward", "at"], how="left")["code"]
    found = listed.assign(code=by_code.fillna(by_name).to_numpy()).dropna(subset="code")
    if found.empty:
        return None
    return pd.DataFrame(
        {
            "table_name": found["name"],
            "lga_name": found["lga"],
            "ward_code": found["code"],
            "status": "accepted",
        }
    )


def _plain(text: Any, level: Any) -> str:
    return normalise_name(text, level=level) if isinstance(text, str) else ""


def used_note(report: MatchReport) -> list[Note]:
    """Say openly which rows were placed by a name that was confirmed before."""
    used = report.pairs[report.pairs["method"] == "alias"]
    if used.empty:
        return []
    shown = tuple(
        f"row {row.table_row}: {row.table_name} = {row.ward_name}" for row in used.head(20).itertuples()
    )
    message = "Rows took the ward that you confirmed for their name earlier. Change a row here, or forget names under “What we remember”."
    return [Note("known_names_used", "info", message, len(used), shown)]


def decisions_in(
    report: MatchReport,
    places: pd.DataFrame,
    boundaries: pd.DataFrame,
    confirmed: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What a person's decisions on rows say about names, for `remember_names`."""
    said = {int(pair["table_row"]): pair["ward_code"] for pair in confirmed}
    if not said:
        return []
    lga = places.set_index("table_row")["lga_name"].to_dict() if "lga_name" in places else {}
    wards = boundaries.set_index(boundaries["ward_code"].astype(str))
    found = []
    for row in report.pairs[report.pairs["table_row"].isin(list(said))].itertuples():
        code = said[int(row.table_row)]
        known = {"name": row.table_name, "lga": lga.get(row.table_row), "ward_code": code}
        if code is not None and str(code) in wards.index:
            known |= {
                "ward_name": wards.at[str(code), "ward_name"],
                "ward_lga": wards.at[str(code), "lga_name"],
            }
        found.append(known)
    return found
