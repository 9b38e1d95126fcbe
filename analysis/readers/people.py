"""People per ward from a population table: one row per ward, one column per group of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pyarrow.lib import ArrowException

from analysis.core.errors import BadInput, Note
from analysis.core.matching import MatchReport, match_wards
from analysis.core.names import CANONICAL, canonical_table, fold_header, identify_columns
from analysis.core.variables import suggest
from analysis.readers.tables import read_table
from analysis.readers.workbooks import no_such_sheet

GROUPS: Mapping[str, tuple[str, ...]] = {
    "total": ("population", "total_pop", "total population", "pop", "people", "N_FamilyMembers"),
    "u5": ("under5_pop", "u5_pop", "population_u5", "pop_u5", "children under five", "under 5"),
    "women_15_49": ("f1549_pop", "women_15_49", "f15_49", "pop_f15_49", "women of childbearing age"),
}


@dataclass(frozen=True)
class PeopleFile:
    """`places`: canonical columns, ``table_row`` and one numeric column for each group of `columns`. [people]"""

    places: pd.DataFrame
    columns: Mapping[str, str]
    notes: tuple[Note, ...]


def read_people(
    path: Path, filename: str, columns: Mapping[str, str] | None = None, *, sheet: str = ""
) -> PeopleFile:
    """Read a population table.

    Parameters
    ----------
    columns : mapping, optional
        Group of `GROUPS` to the header of its column; the others are recognised by their usual names.
    sheet : str
        Which sheet of a workbook is meant; one of several with wards has to be named.

    Raises
    ------
    BadInput
        If no column counts people, one asked for is missing or holds text, or a count is negative or infinite.
    """
    frame, lines, notes = _rows(path, filename, sheet)
    found = _columns(frame, filename, columns or {})
    with_rows = frame.assign(table_row=lines)
    places = canonical_table(with_rows)
    for group, header in found.items():
        people = pd.to_numeric(frame[header], errors="coerce").to_numpy(dtype=np.float64)
        wrong = (people < 0) | np.isinf(people)
        if wrong.any():
            row = int(lines[int(wrong.argmax())])
            raise BadInput(
                "impossible_population", "A population can't be right",
                f"Row {row} of {filename} counts {people[wrong][0]:g} people in {header}.", "Correct the row.",
                where=f"{filename}: row {row}: {header}",
            )  # fmt: skip
        places[group] = people
    return PeopleFile(places, found, tuple(notes))


def inspect_people(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return the report of an uploaded population table; raise `BadInput` when it counts nobody."""
    found = read_people(path, filename, sheet=sheet)
    return {
        "rows": len(found.places),
        "people": {group: int(found.places[group].sum()) for group in found.columns},
        "columns": list(found.columns.values()),
        "notes": [note.as_dict() for note in found.notes],
    }


def match_people(
    found: PeopleFile, wards: pd.DataFrame, group: str = "total"
) -> tuple[pd.Series, MatchReport, list[Note]]:
    """The people of each ward; missing where the table does not name the ward for certain.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        With unique ``ward_code``, names and LGAs.
    group : str
        One of `GROUPS`, or "o5": all people but those under five.

    Returns
    -------
    people : pandas.Series
        On the index of `wards`. [people]
    report : MatchReport
    notes : list of Note
        Wards that got no people.

    Raises
    ------
    BadInput
        If the table has no such group, or no ward of it is among `wards`.
    """
    if group == "o5" and {"total", "u5"} <= set(found.columns):
        older = found.places["total"] - found.places["u5"]
        places = found.places.assign(o5=older.where(older >= 0))
        found = PeopleFile(places, {**found.columns, "o5": "total − under five"}, found.notes)
    if group not in found.columns:
        raise BadInput(
            "no_such_people", "The population table does not count these people",
            f"It has no column for {group}.", "Choose another group of people or another table.",
            where=group, examples=sorted(found.columns),
        )  # fmt: skip
    names = [name for name in (*CANONICAL, "table_row") if name in found.places]
    table = _of_these_states(found.places[names], wards)
    report = match_wards(table, wards)
    accepted = report.pairs[report.pairs["status"] == "accepted"]
    people = found.places.set_index("table_row")[group]
    by_code = pd.Series(people.loc[accepted["table_row"]].to_numpy(), index=accepted["ward_code"].to_numpy())
    given = by_code.reindex(wards["ward_code"]).set_axis(wards.index)
    notes = []
    if given.isna().any():
        lacking = tuple(wards.loc[given.isna(), "ward_name"].astype("str").head(20))
        message = "Wards have no people in the population table, or are not named there for certain."
        notes.append(Note("population_unknown", "warning", message, int(given.isna().sum()), lacking))
    return given, report, notes


def _of_these_states(table: pd.DataFrame, wards: pd.DataFrame) -> pd.DataFrame:
    """Only rows that could be meant: a ward code that is known, else a state that the wards are in."""
    keep = np.zeros(len(table), dtype=bool)
    if "ward_code" in table:
        keep |= table["ward_code"].isin(set(wards["ward_code"].dropna())).to_numpy()
    for name in ("state_name", "state_code"):
        if name in table and wards[name].notna().any():
            known = {fold_header(text) for text in wards[name].dropna().unique()}
            keep |= table[name].map(fold_header, na_action="ignore").isin(known).to_numpy()
    return table[keep] if keep.any() else table


def _rows(path: Path, filename: str, sheet: str) -> tuple[pd.DataFrame, np.ndarray, list[Note]]:
    if Path(filename).suffix.lower() != ".parquet":
        table = read_table(path, filename, sheet=sheet, min_variables=0, min_wards=1)
        return table.frame, np.asarray(table.lines), list(table.notes)
    if sheet:
        raise no_such_sheet(filename, sheet, ())
    try:
        with pq.ParquetFile(path) as file:
            plain = [field.name for field in file.schema_arrow if field.name != "geometry"]
            frame = file.read(columns=plain).to_pandas(ignore_metadata=True)
    except (ArrowException, OSError) as error:
        raise BadInput("unreadable_table", "The table can't be read", f"{filename} is no Parquet file or is damaged.",
                       "Write it again.", where=filename) from error  # fmt: skip
    if "ward_name" not in identify_columns(plain):
        raise BadInput("no_ward_column", "No column names the wards", f"{filename} has no column such as WardName.",
                       "Name the column with the wards WardName.", where=filename, examples=plain)  # fmt: skip
    return frame, np.arange(2, len(frame) + 2), []


def _columns(frame: pd.DataFrame, filename: str, asked: Mapping[str, str]) -> dict[str, str]:
    headers = [str(name) for name in frame.columns]
    folded = {fold_header(header): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for group, usual in GROUPS.items():
        wanted = (asked[group],) if asked.get(group) else usual
        header = next((folded[fold_header(name)] for name in wanted if fold_header(name) in folded), None)
        if header is None and asked.get(group):
            raise _no_column(filename, asked[group], headers)
        if header is not None:
            if not pd.api.types.is_numeric_dtype(frame[header]):
                raise BadInput("text_in_counts", "A column of people holds text", f"{header} of {filename} is no number in "
                               "every row.", "Write plain numbers, and nothing where it is unknown.",
                               where=f"{filename}: {header}")  # fmt: skip
            found[group] = header
    if not found:
        raise _no_column(filename, "population", headers)
    return found


def _no_column(filename: str, name: str, headers: list[str]) -> BadInput:
    return BadInput(
        "no_people_column", "No column counts people", f"{filename} has no column “{name}”.",
        "Name the column that counts people.", where=filename, examples=suggest(name, headers) or headers,
    )  # fmt: skip
