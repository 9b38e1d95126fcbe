"""A register of facilities: which ward and LGA each is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.tpr.schema import detect
from analysis.readers.tables import read_table

COLUMNS = ("facility", "ward", "lga")


def read_register(path: Path, filename: str, *, sheet: str = "") -> tuple[pd.DataFrame, list[Note]]:
    """Read a register: ``facility, ward, lga`` as text, `lga` empty where the file names none.

    Raises
    ------
    BadInput
        As `read_table`; and for a table that names no facilities or no wards.
    """
    table = read_table(path, filename, sheet=sheet, min_variables=0, min_wards=1)
    places = detect(table.frame).places
    lacking = [name for name in ("facility", "ward") if name not in places]
    if lacking:
        raise BadInput(
            "no_register_columns",
            "The register lacks a column",
            f"No column of {filename} is known as the {' or the '.join(lacking)}.",
            "Name the columns Facility, Ward and LGA.",
            where=f"{filename}: header",
            examples=[str(name) for name in table.frame.columns],
        )
    texts = {name: _texts(table.frame[places[name]]) if name in places else None for name in COLUMNS}
    return pd.DataFrame(texts, index=table.frame.index), list(table.notes)


def inspect_register(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return what an upload page says about a register."""
    register, notes = read_register(path, filename, sheet=sheet)
    first = register.head(5).astype(object).where(register.head(5).notna(), None)
    return {
        "rows": len(register),
        "columns": list(COLUMNS),
        "first_rows": first.values.tolist(),
        "facilities": int(register["facility"].nunique()),
        "notes": [note.as_dict() for note in notes],
    }


def _texts(column: pd.Series) -> pd.Series:
    return column.astype("str").str.strip().where(column.notna())
