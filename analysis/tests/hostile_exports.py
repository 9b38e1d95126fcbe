"""Facility workbooks with everything that goes wrong in them, and what their wards really counted."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

TESTED, POSITIVE = "Persons tested by RDT <5", "Persons tested positive for malaria by RDT <5"
HEADER = ["State", "LGA", "Ward", "Facility", "Period", TESTED, POSITIVE]
MONTHS = 6


@dataclass
class Export:
    """Rows of a clean export; each case spoils them. `truth`: tested and positive by ward code."""

    wards: list[dict[str, str]]
    rows: list[list[Any]] = field(default_factory=list)
    truth: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, ward in enumerate(self.wards):
            tested = [1_200 + 10 * number + month for month in range(MONTHS)]
            positive = [300 + 5 * number + month for month in range(MONTHS)]
            self.truth[ward["ward_code"]] = [float(sum(tested)), float(sum(positive))]
            self.rows += [
                [ward["state_name"], ward["lga_name"], ward["ward_name"], f"Post {number}", f"2023-{m + 1:02d}", t, p]
                for m, (t, p) in enumerate(zip(tested, positive, strict=True))
            ]  # fmt: skip

    def lose(self, row: int) -> None:
        """The pair of this row is not usable: neither of its counts is counted."""
        code = self.wards[row // MONTHS]["ward_code"]
        self.truth[code][0] -= self.rows[row][5]
        self.truth[code][1] -= self.rows[row][6]


def written(export: Export, path: Path, header: list[str] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet, day = book.add_worksheet("Data"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, header or HEADER)
        for number, row in enumerate(export.rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(number, column, cell, None, "")
                elif cell is not None:
                    sheet.write(number, column, cell)
    return path


# Readable ------------------------------------------------------------------------------------------


def merged(export: Export, path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, HEADER)
        for first in range(1, len(export.rows) + 1, MONTHS):
            for column in (0, 1, 2, 3):
                sheet.merge_range(first, column, first + MONTHS - 1, column, export.rows[first - 1][column])
            for number in range(first, first + MONTHS):
                sheet.write_row(number, 4, export.rows[number - 1][4:])
    return path


def formulas_without_result(export: Export, path: Path) -> Path:
    """As another program writes formulas that Excel never computed."""
    export.lose(2)
    export.rows[2][5] = "=100+1100"
    made = written(export, path)
    with zipfile.ZipFile(made) as book:
        members = {name: book.read(name) for name in book.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert b"<f>100+1100</f><v></v>" in sheet
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"<f>100+1100</f><v></v>", b"<f>100+1100</f>")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return made


def a_million_blank_rows(export: Export, path: Path) -> Path:
    """Somebody gave a format to whole columns: the sheet goes down to its last row and holds nothing there."""
    made = written(export, path)
    with zipfile.ZipFile(made) as book:
        members = {name: book.read(name) for name in book.namelist()}
    last = len(export.rows) + 2
    blank = b"".join(
        b'<row r="%d"><c r="A%d" s="0"/><c r="G%d" s="0"/></row>' % (n, n, n) for n in range(last, 1_000_000)
    )
    sheet = members["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", blank + b"</sheetData>")
    members["xl/worksheets/sheet1.xml"] = sheet.replace(f"G{last - 1}".encode(), b"G1000000", 1)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return made


def dates_as_text(export: Export, path: Path) -> Path:
    names = ("Jan 2023", "2023/02", "01/03/2023", "April-2023", "202305", "June 2023")
    for number, row in enumerate(export.rows):
        row[4] = names[number % MONTHS]
    return written(export, path)


def dates_as_dates(export: Export, path: Path) -> Path:
    for number, row in enumerate(export.rows):
        row[4] = dt.date(2023, number % MONTHS + 1, 15)
    return written(export, path)


def thousands_separators(export: Export, path: Path) -> Path:
    for row in export.rows[::2]:
        row[5] = f"{row[5]:,}"
    return written(export, path)


def negative_counts(export: Export, path: Path) -> Path:
    export.lose(1)
    export.rows[1][5] = -5
    return written(export, path)


def text_in_counts(export: Export, path: Path) -> Path:
    export.lose(3)
    export.rows[3][6] = "see register"
    return written(export, path)


def periods_out_of_order(export: Export, path: Path) -> Path:
    order = np.random.default_rng(4).permutation(len(export.rows))
    export.rows = [export.rows[k] for k in order]
    return written(export, path)


READABLE: dict[str, tuple[Callable[[Export, Path], Path], str]] = {
    "merged cells": (merged, "merged_cells"),
    "formulas without result": (formulas_without_result, "formulas_without_value"),
    "a million blank rows": (a_million_blank_rows, ""),
    "dates as text": (dates_as_text, ""),
    "dates as dates": (dates_as_dates, ""),
    "thousands separators": (thousands_separators, ""),
    "negative counts": (negative_counts, "negative_counts"),
    "text in counts": (text_in_counts, "text_among_numbers"),
    "periods out of order": (periods_out_of_order, ""),
}
"""Case to what makes it and the note that tells of it."""


# Refused -------------------------------------------------------------------------------------------


def locked(export: Export, path: Path) -> Path:
    plain, buffer = io.BytesIO(written(export, path).read_bytes()), io.BytesIO()
    OOXMLFile(plain).encrypt("ward 7", buffer)
    path.write_bytes(buffer.getvalue())
    return path


def truncated(export: Export, path: Path) -> Path:
    made = written(export, path)
    made.write_bytes(made.read_bytes()[:-400])
    return made


def two_states(export: Export, path: Path) -> Path:
    for row in export.rows[: 2 * MONTHS]:
        row[0] = "Kwara"
    for row in export.rows[2 * MONTHS :]:
        row[0] = "Niger"
    return written(export, path)


def no_ward_column(export: Export, path: Path) -> Path:
    return written(export, path, ["State", "LGA", "Remark", "Facility", "Period", TESTED, POSITIVE])


NAMED: dict[str, str] = {
    "merged cells": "rows 2–7: ",
    "formulas without result": f"{TESTED}: 1 cell, the first in row 4",
    "negative counts": f"row 3: {TESTED}",
    "text in counts": "row 5: see register",
}
"""Case to the place that a note names."""

REFUSED: dict[str, tuple[Callable[[Export, Path], Path], str, bool]] = {
    "password": (locked, "locked_workbook", True),
    "cut off": (truncated, "truncated_file", True),
    "two states": (two_states, "several_states", False),
    "no ward column": (no_ward_column, "no_ward_column", False),
}
"""Case to what makes it, the refusal's code, and whether the upload itself is refused."""

PLACE: dict[str, str] = {
    "password": "export.xlsx",
    "cut off": "export.xlsx",
    "two states": "state",
    "no ward column": "export.xlsx: header",
}
"""Case to the place that the refusal names."""
