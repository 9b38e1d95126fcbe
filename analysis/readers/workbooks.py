"""An Excel workbook as rows of cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_calamine as calamine

from analysis.core.errors import MAX_EXAMPLES, BadInput, Note
from analysis.readers import archives
from analysis.readers.compound import check_old_workbook
from analysis.readers.formulas import find_formulas
from analysis.readers.old_formulas import find_old_formulas
from analysis.readers.sniff import Content, locked_workbook, truncated
from analysis.readers.text import Rows

_MAX_CELLS = 5_000_000


def read_rows(
    path: Path, filename: str, content: Content, holds_wards: Callable[[Sequence[str]], bool], sheet: str = ""
) -> Rows:
    """Read one sheet: the named one, else the only one whose header names a ward column.

    Parameters
    ----------
    holds_wards : callable
        Tells from a header whether it names a ward column.
    """
    notes: list[Note] = []
    book = read_sheets(path, filename, content, sheet)
    filled = book.sheets
    chosen = _choose(filled, filename, holds_wards)
    if len(filled) > 1:
        others = tuple(name for name in filled if name != chosen)
        notes.append(
            Note("sheet", "warning", f"Sheet {chosen} was read, the others were not.", len(others), others)
        )
    header, *body = filled[chosen]
    width = max(i + 1 for _, row in filled[chosen] for i, cell in enumerate(row) if cell != "")
    names = [str(plain(cell)).strip() for cell in header[1][:width]]
    dates = [f"row {line}: {plain(cell)}" for line, row in body for cell in row if isinstance(cell, dt.date)]
    if dates:
        message = "Cells that Excel holds as dates were read as text such as 2024-05-30, not as numbers."
        notes.append(Note("excel_dates", "info", message, len(dates), tuple(dates)))
    cells = [[plain(cell) for cell in row[:width]] for _, row in body]
    formulas = (find_formulas if content == "xlsx" else find_old_formulas)(path, filename, chosen)
    if unset := book.unset or formulas.unset:
        notes.append(unset_note(content, unset))
    notes += formulas.notes(names)
    at = {line: number for number, (line, _) in enumerate(body)}
    # The library leaves error cells empty; with their text, the table can say which they were.
    for (line, column), error in formulas.errors.items():
        if line in at and column <= width:
            cells[at[line]][column - 1] = error
    return Rows(names, cells, [line for line, _ in body], notes, sheet=chosen, header_line=header[0])


def unset_note(content: Content, unset: int) -> Note:
    """Say that formulas have no stored value."""
    empty = "" if content == "xlsx" else " (in an .xls, those whose result is an empty text look the same)"
    message = f"Formula cells without a stored value count as missing{empty}; open and save the file in Excel first."
    return Note("formulas_without_value", "warning", message, unset)


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook that hold anything.

    `sheets`: (1-based row number, cells) of every row that is not blank. `merged`: the merged
    ranges of each sheet, ((row, column), (row, column)) counted from 0. `unset`: formula cells without a value.
    `listed`: the names of all sheets, read or not.
    """

    sheets: dict[str, list[tuple[int, list[object]]]]
    merged: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]]
    unset: int = 0
    listed: tuple[str, ...] = ()


def read_sheets(path: Path, filename: str, content: Content, sheet: str = "") -> Book:
    """Read every sheet, or the named one alone."""
    unset, listed = 0, list[str]()
    if content == "xlsx":
        unset = archives.check_workbook(path, filename)
    else:
        check_old_workbook(path, filename)
    try:
        with calamine.load_workbook(str(path)) as book:
            listed = list(book.sheet_names)
            names = [sheet] if sheet else listed
            sheets = {name: _rows(book, name, filename) for name in names}
            merged = {name: list(book.get_sheet_by_name(name).merged_cell_ranges or ()) for name in names}
    except calamine.PasswordError as error:
        raise locked_workbook(filename) from error
    except calamine.WorksheetNotFound as error:
        if not sheet:
            raise truncated(
                filename, f"{filename} is damaged: it lists a sheet that it does not hold."
            ) from error
        raise no_such_sheet(filename, sheet, listed) from error
    except (calamine.CalamineError, OSError) as error:
        raise _damaged(filename) from error
    except BaseException as error:
        # A failed check inside the library comes as a class that it does not export.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise _damaged(filename) from error
    filled = {name: rows for name, rows in sheets.items() if rows}
    if not filled:
        raise BadInput(
            "empty_file",
            "The file is empty",
            f"No sheet of {filename} holds any cell.",
            "Check the workbook and upload it again.",
            where=filename,
        )
    return Book(filled, merged, unset, tuple(listed))


def no_such_sheet(filename: str, sheet: str, listed: Sequence[str]) -> BadInput:
    """Return the refusal of a sheet that the file does not have; `listed` are those it has."""
    return BadInput(
        "no_such_sheet",
        "The workbook has no such sheet",
        f"{filename} has no sheet named {sheet}.",
        "Choose one of the sheets listed."
        if listed
        else "Leave the name of the sheet out: this file has none.",
        where=filename,
        examples=listed,
    )


def _damaged(filename: str) -> BadInput:
    return truncated(filename, f"{filename} is damaged or cut off; the workbook inside cannot be read.")


def _rows(book: calamine.CalamineWorkbook, name: str, filename: str) -> list[tuple[int, list[object]]]:
    """Return the rows that hold anything, with their 1-based row number in the sheet."""
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > _MAX_CELLS:
        raise BadInput(
            "workbook_too_large",
            "The workbook would be too large when opened",
            f"Sheet {name} of {filename} spans {sheet.total_height} rows and {sheet.total_width} columns.",
            "Copy the ward table alone into a new workbook, or save it as CSV.",
            where=f"{filename}: {name}",
        )
    rows = sheet.to_python(skip_empty_area=False)
    return [(i, row) for i, row in enumerate(rows, 1) if any(str(cell).strip() for cell in row)]


def _choose(
    sheets: dict[str, list[tuple[int, list[object]]]],
    filename: str,
    holds_wards: Callable[[Sequence[str]], bool],
) -> str:
    fitting = [name for name, rows in sheets.items() if holds_wards([str(cell) for cell in rows[0][1]])]
    if len(fitting) > 1:
        told = rows_told({name: len(sheets[name]) - 1 for name in fitting})
        raise BadInput(
            "several_sheets",
            "Several sheets hold wards",
            f"{filename} has {len(fitting)} sheets with a ward column; which one is meant? Rows of each: {told}.",
            "Say which sheet to read, or keep only that one in the workbook.",
            where=filename,
            examples=fitting,
        )
    return fitting[0] if fitting else next(iter(sheets))


def rows_told(sheets: Mapping[str, int]) -> str:
    """Return sheets with how many rows each has below its header, in one line."""
    return "; ".join(f"{name} ({rows:,})" for name, rows in [*sheets.items()][:MAX_EXAMPLES])


def plain(cell: object) -> str:
    """Return the cell as the text a CSV export would hold."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
