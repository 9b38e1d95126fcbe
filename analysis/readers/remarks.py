"""What a table's texts make worth saying: double encoding, formulas, errors, very long names, right-to-left names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.core.errors import Note
from analysis.core.mojibake import repair_mojibake
from analysis.readers.text import Rows

ERRORS = frozenset(
    {
        "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
        "#BLOCKED!", "#GETTING_DATA", "#UNKNOWN!", "#CONNECT!",
    }
)  # fmt: skip
LONG_NAME = 200
_SHOWN = 60
# Hebrew, Arabic, Syriac, Thaana, N'Ko, Adlam and their neighbours; marks that turn the direction of writing.
_RIGHT_TO_LEFT = (
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
    "\u200f\u202b\u202e\u2067]"
)
_NAMES = ("ward_name", "lga_name", "state_name")


def repair_encoding(rows: Rows) -> list[Note]:
    """Repair double-encoded headers and cells, in place, and name them."""
    told: list[str] = []
    for at, name in enumerate(rows.header):
        if (meant := repair_mojibake(name)) != name:
            rows.header[at] = meant
            told.append(f"row {rows.header_line}: {name[:_SHOWN]} → {meant[:_SHOWN]}")
    for line, row in zip(rows.lines, rows.cells, strict=True):
        for at, cell in enumerate(row):
            if not isinstance(cell, str) or cell.isascii() or (meant := repair_mojibake(cell)) == cell:
                continue
            row[at] = meant
            told.append(f"row {line}, {rows.header[at]}: {cell[:_SHOWN]} → {meant[:_SHOWN]}")
    if not told:
        return []
    message = "Texts whose letters had been encoded twice were repaired; check them."
    return [Note("double_encoding", "warning", message, len(told), tuple(told))]


def take_errors(cells: pd.DataFrame, lines: np.ndarray) -> list[Note]:
    """Empty the cells that hold an Excel error, in place, and name them."""
    examples: list[str] = []
    for name in cells.columns:
        wrong = cells[name].str.upper().isin(ERRORS).to_numpy(dtype=bool)
        examples += [f"row {lines[i]}, {name}: {cells[name].iloc[i]}" for i in np.flatnonzero(wrong)]
        if wrong.any():
            cells[name] = cells[name].mask(wrong, "")
    if not examples:
        return []
    message = "Cells that hold an error instead of a value are gaps."
    return [Note("error_cells", "warning", message, len(examples), tuple(examples))]


def text_notes(frame: pd.DataFrame, columns: Mapping[str, str], lines: np.ndarray) -> list[Note]:
    """Say which texts look like formulas, which names are odd, and which rows have none."""
    notes: list[Note] = []
    formulas: list[str] = []
    for name in frame.columns:
        if frame[name].dtype.kind == "f":
            continue
        found = frame[name].str.match(r"[=+@]|-\D").fillna(False).to_numpy(dtype=bool)
        formulas += [f"row {lines[i]}, {name}: {frame[name].iloc[i][:_SHOWN]}" for i in np.flatnonzero(found)]
    if formulas:
        message = "Cells that look like formulas were kept as text and are made harmless in downloads."
        notes.append(Note("formulas_as_text", "warning", message, len(formulas), tuple(formulas)))
    key = columns["ward_name"]
    nameless = np.flatnonzero(frame[key].isna().to_numpy(dtype=bool))
    if nameless.size:
        rows = tuple(f"row {lines[i]}" for i in nameless[:20])
        message = f"Rows without a value in {key} cannot be placed on the map."
        notes.append(Note("rows_without_ward", "warning", message, int(nameless.size), rows))
    named = {canonical: frame[columns[canonical]] for canonical in _NAMES if canonical in columns}
    return notes + name_notes(named.values(), [f"row {line}" for line in lines])


def name_notes(names: Iterable[pd.Series], places: list[str]) -> list[Note]:
    """Say which names are very long or written from right to left; `places` tells where each row stands."""
    long: list[str] = []
    turned: list[str] = []
    for column in names:
        if column.dtype.kind == "f":
            continue
        known = column.reset_index(drop=True)
        is_long = (known.str.len() >= LONG_NAME).fillna(False).to_numpy(dtype=bool)
        long += [
            f"{places[i]}: {known[i][:_SHOWN]}… ({len(known[i])} characters)" for i in np.flatnonzero(is_long)
        ]
        is_turned = known.str.contains(_RIGHT_TO_LEFT, regex=True).fillna(False).to_numpy(dtype=bool)
        turned += [f"{places[i]}: {known[i][:_SHOWN]}" for i in np.flatnonzero(is_turned)]
    notes = []
    if long:
        message = f"Names of {LONG_NAME} characters or more are kept whole; tables and maps may show them shortened."
        notes.append(Note("long_names", "warning", message, len(long), tuple(long)))
    if turned:
        message = "Names written from right to left are kept and matched as they stand."
        notes.append(Note("right_to_left_names", "info", message, len(turned), tuple(turned)))
    return notes
