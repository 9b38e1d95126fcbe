"""A DHIS2 or programme export of facility reports: CSV, zipped CSV or Excel, to typed columns."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from analysis.core.errors import BadInput, Note
from analysis.core.tpr.schema import find_header
from analysis.readers import archives, text, workbooks
from analysis.readers.formulas import find_formulas
from analysis.readers.numbers import MISSING, parse
from analysis.readers.old_formulas import find_old_formulas
from analysis.readers.sniff import Content, require, truncated

EXTENSIONS: dict[str, tuple[Content, ...]] = {
    ".csv": ("csv",),
    ".txt": ("csv",),
    ".tsv": ("csv",),
    ".zip": ("zip",),
    ".xlsx": ("xlsx", "xls"),
    ".xls": ("xls", "xlsx"),
}
# A country's monthly reports of several years, as text.
ZIP_LIMITS = archives.Limits(members=20, total_bytes=1 << 30, ratio=300)
EXCEL_LAST_ROW = {"xlsx": 1_048_576, "xls": 65_536}
_SAMPLE = 1 << 18
_LINES_COUNTED_BELOW = 64 << 20
_MISSING = frozenset(marker.casefold() for marker in MISSING)


@dataclass(frozen=True)
class FacilityFile:
    """Facility reports as read.

    `frame`: number columns as floats, the others as categories of text; repeated headers end in
    ``.1``, ``.2`` … `lines`: file line of each row. `header_row`: that of the header. `sheet`: the one of a workbook
    that was read, of all its `sheets`; `sheet_rows`: the rows of those that were looked at and have counts.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    notes: list[Note] = field(default_factory=list)
    sheets: tuple[str, ...] = ()
    sheet_rows: dict[str, int] = field(default_factory=dict)


def read_facilities(path: Path, filename: str, *, sheet: str = "", look_at_all: bool = False) -> FacilityFile:
    """Read facility reports.

    Parameters
    ----------
    sheet : str
        Which sheet of a workbook is meant; one of several with counts has to be named.
    look_at_all : bool
        Count the rows of the other sheets, too, where one is named.

    Raises
    ------
    BadInput
        With the row, column, sheet or member that is wrong.
    """
    path = Path(path)
    content = require(path, filename, EXTENSIONS, "the facility table")
    if content in ("xlsx", "xls"):
        return _from_workbook(path, filename, content, sheet, look_at_all)
    if sheet:
        raise workbooks.no_such_sheet(filename, sheet, ())
    if content == "zip":
        return _from_zip(path, filename)
    with path.open("rb") as handle:
        return _from_text(handle, filename, path.stat().st_size)


def _from_zip(path: Path, filename: str) -> FacilityFile:
    with archives.open_archive(path, filename, ZIP_LIMITS) as (archive, members):
        tables = [m for m in members if m.filename.lower().endswith((".csv", ".tsv", ".txt"))]
        if len(tables) != 1:
            raise BadInput(
                "not_one_table",
                "The archive must hold one table",
                f"{filename} holds {len(tables)} text tables.",
                "Put exactly one .csv file into the archive.",
                where=filename,
                examples=[member.filename for member in members],
            )
        try:
            with archive.open(tables[0]) as handle:
                found = _from_text(handle, f"{filename}: {tables[0].filename}", tables[0].file_size)
        except archives.DAMAGED as error:
            raise truncated(filename, f"{tables[0].filename} in {filename} cannot be unpacked.") from error
    return found


def _from_text(handle: Any, filename: str, size: int) -> FacilityFile:
    notes: list[Note] = []
    sample = handle.read(_SAMPLE)
    marks = [(mark, named) for mark, named in text.BOMS if sample.startswith(mark)]
    start, encoding = (len(marks[0][0]), marks[0][1]) if marks else (0, _encoding(sample))
    if encoding == "cp1252":
        notes.append(
            Note(
                "encoding", "warning", "The file is not UTF-8; it was read as cp1252. Check accented letters."
            )
        )
    # The last line of the sample may be cut.
    shown = sample[start:].decode(encoding, errors="replace")
    delimiter = text.find_delimiter(shown)
    first = _first_records(shown if len(sample) < _SAMPLE else shown.rpartition("\n")[0], delimiter)
    position = _header(first, filename)
    header_line, header = first[position]
    names = unique_headers([*header])
    table = _arrow(handle, filename, (start, encoding, delimiter), header_line, names)
    lines = header_line + 1 + np.arange(table.num_rows, dtype=np.int64)
    if size <= _LINES_COUNTED_BELOW:
        lines = _true_lines(handle, header_line, table.num_rows, encoding, lines)
    columns: dict[str, pd.Series] = {}
    for name in names:
        encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(table[name])).combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = (
                encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
            )
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        columns[name] = _typed(name, codes, encoded.dictionary.to_pylist(), lines, notes)
        table = table.drop_columns([name])
    frame = pd.DataFrame(columns)
    return _filled(FacilityFile(frame, lines, header_line, encoding, delimiter, "", notes), filename)


def _encoding(sample: bytes) -> str:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.reason == "unexpected end of data" else "cp1252"
    return "utf-8"


def _first_records(shown: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(shown, newline=""), delimiter=delimiter)
    records: list[tuple[int, list[str]]] = []
    start = 1
    for record in reader:
        if any(cell.strip() for cell in record):
            records.append((start, record))
        start = reader.line_num + 1
        if len(records) >= 20:
            break
    return records


def _arrow(
    handle: Any, filename: str, form: tuple[int, str, str], header_line: int, names: Sequence[str]
) -> pa.Table:
    start, encoding, delimiter = form
    convert = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    parsing = pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    for attempt in (encoding, "cp1252"):
        handle.seek(start)
        reading = pa_csv.ReadOptions(
            skip_rows=header_line, column_names=list(names), encoding=attempt, block_size=8 << 20
        )
        try:
            return pa_csv.read_csv(
                handle, read_options=reading, parse_options=parsing, convert_options=convert
            )
        except pa.ArrowInvalid as error:
            message = str(error)
            if "Empty CSV" in message or "no rows" in message.casefold():
                break
            if "UTF8" not in message and "utf" not in message.casefold():
                raise _ragged(filename, message, header_line) from error
        except UnicodeDecodeError:
            continue
    return pa.table({name: pa.array([], pa.string()) for name in names})


def _ragged(filename: str, message: str, header_line: int) -> BadInput:
    detail = message.partition("CSV parse error: ")[2] or message
    return BadInput(
        "ragged_rows",
        "Rows have different numbers of cells",
        f"{filename} cannot be split into columns: {detail[:200]}",
        "Put texts that hold the separator in quotation marks, or export the file again; the last row may be cut off.",
        where=f"{filename}: below row {header_line}",
    )


def _true_lines(handle: Any, header_line: int, rows: int, encoding: str, guess: np.ndarray) -> np.ndarray:
    """Line numbers with blank lines counted; the plain count where cells hold line breaks."""
    if "16" in encoding:
        return guess
    handle.seek(0)
    filled = [i for i, line in enumerate(handle.read().split(b"\n"), 1) if i > header_line and line.strip()]
    return np.asarray(filled, dtype=np.int64) if len(filled) == rows else guess


def _sheets(path: Path, filename: str, content: Content, sheet: str, look_at_all: bool) -> workbooks.Book:
    """The sheets of a workbook; of those beside the named one all or none, as one alone may be beyond reading."""
    if sheet and look_at_all:
        with contextlib.suppress(BadInput):
            book = workbooks.read_sheets(path, filename, content)
            if sheet in book.sheets:
                return book
    return workbooks.read_sheets(path, filename, content, sheet)


def _from_workbook(
    path: Path, filename: str, content: Content, sheet: str, look_at_all: bool
) -> FacilityFile:
    notes: list[Note] = []
    book = _sheets(path, filename, content, sheet, look_at_all)
    headers = {name: find_header([cells for _, cells in rows]) for name, rows in book.sheets.items()}
    headed = {name: at for name, at in headers.items() if at is not None}
    sheet_rows = {name: len(book.sheets[name]) - at - 1 for name, at in headed.items()}
    # A header without rows is nothing that could be meant, unless there is nothing else.
    fitting = [name for name, rows in sheet_rows.items() if rows] or [*headed][:1]
    raw = [name for name in fitting if name.strip().casefold() == "raw"]
    fitting = [sheet] if sheet else raw or fitting
    if len(fitting) > 1:
        told = workbooks.rows_told({name: sheet_rows[name] for name in fitting})
        raise BadInput(
            "several_sheets",
            "Several sheets hold test counts",
            f"{filename} has {len(fitting)} sheets with counts of malaria tests; which one is meant? Rows of each: {told}.",
            "Say which sheet to read, or keep only that one in the workbook.",
            where=filename,
            examples=fitting,
        )
    name = fitting[0] if fitting else next(iter(book.sheets))
    rows = book.sheets[name]
    if len(book.sheets) > 1 and not sheet:
        others = tuple(other for other in book.sheets if other != name)
        notes.append(
            Note("sheet", "warning", f"Sheet {name} was read, the others were not.", len(others), others)
        )
    position = _header(rows, f"{filename}: {name}")
    header_line, cells = rows[position]
    width = max(i + 1 for i, cell in enumerate(cells) if str(cell).strip())
    names = unique_headers([str(cell) for cell in cells[:width]])
    body = rows[position + 1 :]
    if body and body[-1][0] >= EXCEL_LAST_ROW[content]:
        message = "The sheet is filled to its very last row: Excel has probably cut the export off. Export it as CSV."
        notes.append(Note("excel_row_limit", "warning", message, body[-1][0]))
    lines = np.array([line for line, _ in body], dtype=np.int64)
    _tell_formulas(path, filename, content, name, book.unset, names, lines, notes)
    _fill_merged(body, book.merged.get(name, []), header_line, notes)
    columns = list(zip(*(row for _, row in body), strict=True))[:width] if body else [()] * width
    frame = pd.DataFrame(
        {h: _from_cells(h, column, lines, notes) for h, column in zip(names, columns, strict=True)}
    )
    return _filled(
        FacilityFile(
            frame, lines, header_line, sheet=name, sheets=book.listed, notes=notes, sheet_rows=sheet_rows
        ),
        filename,
    )


def _tell_formulas(
    path: Path, filename: str, content: Content, sheet: str, unset: int, names: Sequence[str], lines: np.ndarray,
    notes: list[Note],
) -> None:  # fmt: skip
    """Say which cells of the table are formulas, have no stored value, or hold an error and so count as missing."""
    found = (find_formulas if content == "xlsx" else find_old_formulas)(path, filename, sheet)
    if unset or found.unset:
        notes.append(workbooks.unset_note(content, unset or found.unset))
    notes += found.notes(list(names))
    known = set(lines.tolist())
    errors = [
        f"row {row}, {names[column - 1]}: {error}"
        for (row, column), error in sorted(found.errors.items())
        if row in known and column <= len(names)
    ]
    if errors:
        message = "Cells that hold an error instead of a value are gaps."
        notes.append(Note("error_cells", "warning", message, len(errors), tuple(errors)))


def _fill_merged(
    body: list[tuple[int, list[object]]], merged: list[Any], header_line: int, notes: list[Note]
) -> None:
    """Repeat the value of a merged range in the rows it spans."""
    row_of = dict(body)
    filled = []
    for (top, left), (bottom, _) in merged:
        if top + 1 <= header_line or bottom == top or top + 1 not in row_of:
            continue
        value = row_of[top + 1][left]
        for line in range(top + 2, bottom + 2):
            if line in row_of and row_of[line][left] == "":
                row_of[line][left] = value
        filled.append(f"rows {top + 1}–{bottom + 1}: {value}")
    if filled:
        message = "Merged cells were read as repeating their value in every row."
        notes.append(Note("merged_cells", "info", message, len(filled), tuple(filled)))


def _from_cells(name: str, cells: Sequence[object], lines: np.ndarray, notes: list[Note]) -> pd.Series:
    kinds = set(map(type, cells))
    if kinds <= {float, int}:
        return pd.Series(np.array(cells, dtype=np.float64), name=name)
    if kinds <= {float, int, str} and {cell for cell in cells if type(cell) is str} <= {""}:
        return pd.Series(
            np.array([np.nan if cell == "" else cell for cell in cells], dtype=np.float64), name=name
        )
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    codes, values = pd.factorize(array)
    return _typed(name, codes, [workbooks.plain(value).strip() for value in values], lines, notes)


def _typed(name: str, codes: np.ndarray, texts: list[str], lines: np.ndarray, notes: list[Note]) -> pd.Series:
    """A column as numbers if most of its filled cells are, else as text."""
    known = pd.Series(texts, dtype="str")
    missing = (
        known.str.casefold().isin(_MISSING).to_numpy(dtype=bool) if len(known) else np.zeros(0, dtype=bool)
    )
    counts = np.bincount(codes, minlength=len(texts)) if len(texts) else np.zeros(0, dtype=np.int64)
    values = parse(known.mask(missing), ".").to_numpy(dtype=np.float64) if len(known) else np.zeros(0)
    number = ~np.isnan(values)
    filled, good = int(counts[~missing].sum()), int(counts[number].sum())
    coded = len(known) and known[number].str.fullmatch(r"0\d+").any()
    if (filled and 2 * good <= filled) or coded:
        kept = [strip for strip, gap in zip(known, missing, strict=True) if not gap]
        kept = list(dict.fromkeys(kept))
        place = {text_: k for k, text_ in enumerate(kept)}
        number_of = np.array(
            [-1 if gap else place[t] for t, gap in zip(known, missing, strict=True)], dtype=np.int64
        )
        return pd.Series(pd.Categorical.from_codes(number_of[codes], categories=kept), name=name)
    stray = ~missing & ~number
    if stray.any():
        rows = np.flatnonzero(stray[codes])
        listed = tuple(f"row {lines[i]}: {texts[codes[i]][:60]}" for i in rows[:20])
        message = f"Column {name} holds text among its numbers; those cells count as missing."
        notes.append(Note("text_among_numbers", "warning", message, len(rows), listed))
    return pd.Series(values[codes] if len(values) else np.full(len(codes), np.nan), name=name)


def _header(rows: Sequence[tuple[int, Sequence[object]]], place: str) -> int:
    position = find_header([cells for _, cells in rows[:20]])
    if position is None:
        first = [" | ".join(str(cell) for cell in cells if str(cell).strip())[:120] for _, cells in rows[:5]]
        raise BadInput(
            "no_header",
            "No row names the columns",
            f"None of the first rows of {place} names columns with counts of malaria tests.",
            "Export the table with one row of column names; unmerge cells and delete group headings above it.",
            where=place,
            examples=first,
        )
    return position


def unique_headers(raw: Sequence[str]) -> list[str]:
    """Name nameless columns and number repeated ones, as pandas does."""
    names: dict[str, None] = {}
    for position, cell in enumerate(raw):
        name = " ".join(text.strip_controls(cell).split()) or f"unnamed: {position}"
        unique, turn = name, 1
        while unique in names:
            unique, turn = f"{name}.{turn}", turn + 1
        names[unique] = None
    return list(names)


def _filled(found: FacilityFile, filename: str) -> FacilityFile:
    if not len(found.frame):
        raise BadInput(
            "no_rows",
            "The table has a header but no rows",
            f"{filename} names {len(found.frame.columns)} columns and holds no report.",
            "Export the table again with its rows.",
            where=filename,
        )
    return found
