"""The ward table: from a CSV or Excel file to typed columns, or a refusal that names the culprit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.names import identify_columns
from analysis.core.variables import is_identifier
from analysis.readers import remarks, text, workbooks
from analysis.readers.numbers import MISSING, to_numbers
from analysis.readers.sniff import Content, require
from analysis.readers.text import Rows

EXTENSIONS: dict[str, tuple[Content, ...]] = {
    ".csv": ("csv",),
    ".txt": ("csv",),
    ".tsv": ("csv",),
    # Either kind of workbook under either name: both are opened by what they hold.
    ".xlsx": ("xlsx", "xls"),
    ".xls": ("xls", "xlsx"),
}
MIN_WARDS = 3
# Many times what a country has; beyond it somebody has uploaded something else.
MOST_ROWS, MOST_COLUMNS = 200_000, 2_000
_NAME_COLUMNS = ("ward_name", "ward_code", "lga_name", "lga_code", "state_name", "state_code")


@dataclass(frozen=True)
class TableFile:
    """A ward table as read.

    `frame` keeps the file's headers; `lines` holds the file line of each row (the header is
    line 1 of an ordinary file); `columns` maps canonical names to the headers that carry them.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    columns: dict[str, str]
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    sheet: str = ""
    header_row: int = 1
    notes: list[Note] = field(default_factory=list)

    def with_rows(self) -> pd.DataFrame:
        """Return the columns as uploaded and `table_row`, the file line of each row."""
        return self.frame.assign(table_row=self.lines)


def read_table(
    path: Path, filename: str, *, sheet: str = "", min_variables: int = 2, min_wards: int = MIN_WARDS
) -> TableFile:
    """Read and check a ward table.

    Parameters
    ----------
    min_variables : int
        Refuse a table with fewer numeric columns that vary between wards.
    min_wards : int
        Refuse a table with fewer rows; a ranking compares at least three.

    Raises
    ------
    BadInput
        With the row, column or sheet that is wrong.
    """
    path = Path(path)
    content = require(path, filename, EXTENSIONS, "the ward table")
    if content == "csv":
        if sheet:
            raise workbooks.no_such_sheet(filename, sheet, ())
        rows = text.read_rows(path, filename)
    else:
        rows = workbooks.read_rows(path, filename, content, _names_wards, sheet)
    notes = [*rows.notes, *remarks.repair_encoding(rows)]
    place = f"{filename}: {rows.sheet}" if rows.sheet else filename
    if len(rows.cells) > MOST_ROWS or len(rows.header) > MOST_COLUMNS:
        raise BadInput(
            "table_too_large",
            "The table is too large",
            f"{place} has {len(rows.cells):,} rows and {len(rows.header):,} columns; at most {MOST_ROWS:,} and "
            f"{MOST_COLUMNS:,} are read.",
            "Upload one row per ward, with the variables to rank by.",
            where=place,
        )
    header = _headers(rows.header, notes)
    _check_rows(rows, header, place, min_wards)
    cells = pd.DataFrame(rows.cells, columns=pd.Index(header), dtype="str")
    for name in cells.columns:
        cells[name] = cells[name].str.strip()
    lines = np.asarray(rows.lines, dtype=np.int64)
    notes += remarks.take_errors(cells, lines)
    columns = identify_columns(header)
    texts = {columns[name] for name in _NAME_COLUMNS if name in columns}
    texts |= {name for name in header if is_identifier(name)}
    _refuse_second_header(cells, lines, texts, place)
    if "ward_name" not in columns:
        cells["ward_name"] = cells[columns["ward_code"]]
        columns["ward_name"] = "ward_name"
        texts.add("ward_name")
        notes.append(
            Note("names_from_codes", "info", "The table names no wards; their codes stand in for names.")
        )
    numbers = to_numbers(cells, lines, texts)
    notes += numbers.notes
    notes += remarks.text_notes(numbers.frame, columns, lines)
    table = TableFile(
        numbers.frame,
        lines,
        columns,
        rows.encoding,
        rows.delimiter,
        numbers.decimal,
        rows.sheet,
        rows.header_line,
        notes,
    )
    _check_variables(table, place, min_variables)
    return table


def inspect_ward_table(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return what an upload page says about the table; raise `BadInput` when it cannot be used."""
    table = read_table(path, filename, sheet=sheet)
    frame = table.frame
    first = frame.head(5).astype(object).where(frame.head(5).notna(), None)
    return {
        "rows": len(frame),
        "columns": [str(name) for name in frame.columns],
        "numeric": [str(name) for name in frame.select_dtypes("number").columns],
        "recognised": dict(table.columns),
        "missing": {str(name): int(count) for name, count in frame.isna().sum().items() if count},
        "first_rows": first.values.tolist(),
        "wards": int(frame[table.columns["ward_name"]].notna().sum()),
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "decimal": table.decimal,
        "sheet": table.sheet,
        "notes": [note.as_dict() for note in table.notes],
    }


def usable_variables(table: TableFile) -> list[str]:
    """Return the numeric columns that are not identifiers and vary between wards."""
    numeric = table.frame.select_dtypes("number")
    names = [name for name in numeric.columns if not is_identifier(name)]
    return [name for name in names if numeric[name].nunique() > 1]


def _names_wards(header: Sequence[str]) -> bool:
    found = identify_columns([cell.strip() for cell in header if cell.strip()])
    return "ward_name" in found or "ward_code" in found


def _headers(raw: list[str], notes: list[Note]) -> list[str]:
    """Name nameless columns and tell repeated ones apart."""
    names: dict[str, None] = {}
    repeated: list[str] = []
    for position, cell in enumerate(raw):
        name = text.strip_controls(cell).strip() or f"unnamed: {position}"
        unique, turn = name, 1
        while unique in names:
            unique, turn = f"{name} ({turn + 1})", turn + 1
        if unique != name:
            repeated.append(name)
        names[unique] = None
    if repeated:
        message = "Column names occur more than once; the later ones got a number."
        notes.append(Note("repeated_columns", "warning", message, len(repeated), tuple(repeated)))
    return list(names)


def _check_rows(rows: Rows, header: list[str], place: str, min_wards: int) -> None:
    if not rows.cells:
        raise BadInput(
            "no_rows",
            "The table has a header but no rows",
            f"{place} names {len(header)} columns and holds no ward.",
            "Export the table again with its rows.",
            where=place,
        )
    if not _names_wards(header):
        for line, cells in list(zip(rows.lines, rows.cells, strict=True))[:10]:
            if _names_wards([str(cell) for cell in cells]):
                raise _second_header(
                    place, line, "The column names stand there, below other rows; they must be the first row."
                )
        raise BadInput(
            "no_ward_column",
            "No column names the wards",
            f"None of the {len(header)} columns of {place} is known as a ward name or ward code.",
            "Name the column of ward names WardName (and, if there is one, that of the codes WardCode).",
            where=place,
            examples=header,
        )
    for line, cells in zip(rows.lines, rows.cells, strict=True):
        if [str(cell).strip() for cell in cells] == rows.header:
            raise _second_header(place, line, "The row repeats the column names.")
    if len(rows.cells) < min_wards:
        raise BadInput(
            "too_few_wards",
            "Too few wards to rank",
            f"{place} has {len(rows.cells)} rows; a ranking needs at least {min_wards} wards.",
            "Upload the table of the whole state or area.",
            where=place,
        )


def _second_header(place: str, line: int, detail: str, examples: Sequence[str] = ()) -> BadInput:
    return BadInput(
        "two_header_rows",
        "The table has more than one header row",
        f"Row {line} of {place} looks like a header. {detail}",
        "Keep exactly one row of column names, as the first row; delete units, titles and group headings.",
        where=f"{place}: row {line}",
        examples=examples,
    )


def _refuse_second_header(cells: pd.DataFrame, lines: np.ndarray, texts: set[str], place: str) -> None:
    """Refuse a first row of words above columns that are numbers from the second row on."""
    words: list[str] = []
    columns = 0
    for name in cells.columns:
        if name in texts:
            continue
        filled = cells[name].iloc[1:]
        filled = filled[~filled.isin(MISSING)]
        digits = filled.str.contains(r"^[+-]?[.,]?\d", regex=True)
        if filled.empty or digits.mean() < 0.9:
            continue
        columns += 1
        first = str(cells[name].iloc[0])
        if first not in MISSING and not any(character.isdigit() for character in first):
            words.append(f"{name}: {first}")
    if words and len(words) >= min(2, columns):
        raise _second_header(
            place, int(lines[0]), f"It holds words where {len(words)} columns hold numbers.", words
        )


def _check_variables(table: TableFile, place: str, min_variables: int) -> None:
    usable = usable_variables(table)
    if len(usable) >= min_variables:
        return
    others = [str(name) for name in table.frame.columns if name not in usable]
    raise BadInput(
        "too_few_variables",
        "Too few variables to rank by",
        f"{place} has {len(usable)} usable numeric column{'' if len(usable) == 1 else 's'} "
        f"({', '.join(usable) or 'none'}); "
        f"at least {min_variables} that differ between wards are needed.",
        "Add columns such as rainfall, test positivity or distance to water, as plain numbers.",
        where=place,
        examples=others,
    )
