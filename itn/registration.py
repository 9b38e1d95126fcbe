"""People per ward from a registration list of an earlier campaign: one row per household, site or ward."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput, Note
from analysis.core.matching import match_wards
from analysis.core.names import canonical_table, normalise_name
from analysis.core.variables import find_column, suggest
from analysis.readers.tables import read_table

COUNTS = ("N_FamilyMembers", "population")


@dataclass(frozen=True)
class Registration:
    """`places`: one row per ward of the list with ``table_row`` and ``people``; `column` is what was added up."""

    places: pd.DataFrame
    column: str
    rows: int
    notes: tuple[Note, ...]


def read_registration(path: Path, filename: str, column: str = "", *, sheet: str = "") -> Registration:
    """Add up the people of each ward.

    Parameters
    ----------
    sheet : str
        Which sheet of a workbook is meant; one of several with wards has to be named.
    column : str
        The column that counts people; recognised when it is empty.

    Raises
    ------
    BadInput
        If no column counts people, a count is negative, or the sheet is not there or not told.

    Notes
    -----
    A row without a count adds nothing to its ward, which is then counted too low: a note says so. A ward
    none of whose rows has a count stays unknown.
    """
    table = read_table(path, filename, sheet=sheet, min_variables=0, min_wards=1)
    headers = [str(name) for name in table.frame.columns]
    found = next((name for name in (column,) if name in headers), None) if column else None
    if not column:
        found = next(filter(None, (find_column(name, headers) for name in COUNTS)), None)
    if found is None or not pd.api.types.is_numeric_dtype(table.frame[found]):
        raise BadInput(
            "no_people_column",
            "No column counts people",
            f"{filename} has no numeric column {column or 'such as N_FamilyMembers or Population'}.",
            "Name the column with the number of people Population.",
            where=filename,
            examples=suggest(column or "population", headers) or headers,
        )
    people = table.frame[found]
    if (people < 0).any():
        row = int(table.lines[people.lt(0).to_numpy().argmax()])
        raise BadInput(
            "impossible_population", "A population can't be right", f"Row {row} counts fewer than 0 people.",
            "Correct the row.", where=f"{filename}: row {row}",
        )  # fmt: skip
    rows = table.with_rows()
    places = canonical_table(rows).assign(people=people.to_numpy(), uncounted=people.isna().to_numpy())
    keys = [
        places[name].map(normalise_name) if name in ("ward_name", "lga_name") else places[name].astype("str")
        for name in ("ward_code", "state_name", "lga_code", "lga_name", "ward_name")
        if name in places
    ]
    grouped = places.groupby([key.fillna("").to_numpy() for key in keys], sort=False)
    first = grouped.first().reset_index(drop=True).drop(columns="uncounted")
    first["people"] = grouped["people"].sum(min_count=1).to_numpy()
    uncounted = grouped["uncounted"].sum().to_numpy(dtype=np.int64)
    return Registration(first, found, len(rows), (*table.notes, *_uncounted(first, uncounted)))


def _uncounted(places: pd.DataFrame, rows: NDArray[np.int64]) -> list[Note]:
    """How many rows of which wards of the list have no count."""
    lacking = np.flatnonzero(rows)
    if not lacking.size:
        return []
    unknown = int(places["people"].isna().sum())
    message = (
        f"{int(rows.sum()):,} rows of {len(lacking):,} wards of the registration list have no count; their people are not added. "
        f"Wards without any count stay unknown: {unknown:,}."
    )
    examples = tuple(f"{_place(places.iloc[k])}: {rows[k]:,}" for k in lacking[:20].tolist())
    return [Note("registration_uncounted", "warning", message, int(rows.sum()), examples)]


def _place(row: pd.Series) -> str:
    named = [row.get(name) for name in ("ward_name", "lga_name")]
    return ", ".join(str(name) for name in named if isinstance(name, str))


def inspect_registration(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return what an upload page says about the list; raise `BadInput` when it cannot be used."""
    found = read_registration(path, filename, sheet=sheet)
    return {
        "rows": found.rows,
        "wards": len(found.places),
        "people": int(found.places["people"].sum()),
        "column": found.column,
        "columns": [name for name in found.places.columns if name != "table_row"],
        "first_rows": [],
        "notes": [note.as_dict() for note in found.notes],
    }


MATCH_COLUMNS = [
    "table_row",
    "table_name",
    "lga_name",
    "people",
    "ward_code",
    "ward_name",
    "method",
    "score",
    "status",
]


def registered_people(found: Registration, wards: pd.DataFrame) -> tuple[pd.Series, list[Note], pd.DataFrame]:
    """The people of each ward of a plan; missing where the list does not name it for certain.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        With unique ``ward_code``, names and LGAs.

    Returns
    -------
    people : pandas.Series
        On the index of `wards`. [people]
    notes : list of Note
        Which wards of the list were not used, and how many people that leaves out.
    matches : pandas.DataFrame
        `MATCH_COLUMNS`, one row per place of the list, those that were not used first: ``lga_name`` as the list
        has it, ``people`` [people], and the ward that it is or could be. Only ``accepted`` rows are counted.
    """
    report = match_wards(found.places.drop(columns="people"), wards)
    pairs = report.pairs
    accepted = pairs[pairs["status"] == "accepted"]
    people = found.places.set_index("table_row")["people"]
    by_code = pd.Series(people.loc[accepted["table_row"]].to_numpy(), index=accepted["ward_code"].to_numpy())
    notes = [*found.notes]
    left = pairs[pairs["status"] != "accepted"]
    if len(left):
        count = int(people.loc[left["table_row"]].sum())
        names = tuple(left["table_name"].astype("str").head(20))
        message = (
            f"Wards of the registration list could not be matched for certain; {count:,} people are left out."
        )
        notes.append(Note("registration_unmatched", "warning", message, len(left), names))
    matches = pairs.assign(people=people.loc[pairs["table_row"]].to_numpy(), lga_name=_lgas(found, pairs))
    matches = matches.assign(used=matches["status"] == "accepted").sort_values(["used", "table_row"])
    return by_code.reindex(wards["ward_code"]).set_axis(wards.index), notes, matches[MATCH_COLUMNS]


def _lgas(found: Registration, pairs: pd.DataFrame) -> pd.Series:
    """The LGA of each place as the list has it; missing where it has none."""
    if "lga_name" not in found.places:
        return pd.Series([None] * len(pairs), index=pairs.index, dtype="str")
    named = found.places.set_index("table_row")["lga_name"]
    return pd.Series(named.loc[pairs["table_row"]].to_numpy(), index=pairs.index)
