"""A text table as rows of cells: encoding, delimiter, ragged rows, every row with its line number."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from analysis.core.errors import BadInput, Note
from analysis.readers.sniff import truncated

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Rows:
    """Cells as text (or, from a workbook, as typed values) and the file line of each row."""

    header: list[str]
    cells: list[list[object]]
    lines: list[int]
    notes: list[Note]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 1


def read_rows(path: Path, filename: str) -> Rows:
    """Read a delimited text file into equally long rows."""
    text, encoding, notes = _decode(path.read_bytes(), filename)
    delimiter = find_delimiter(text)
    if delimiter != ",":
        notes.append(Note("delimiter", "info", f"Columns are separated by {_NAMES[delimiter]}s."))
    records, lines = _records(text, delimiter, filename)
    header = [cell.strip() for cell in records[0]]
    header_line = lines[0]
    cells, lines = _equal_length(header, records[1:], lines[1:], filename, text, notes)
    while header and not header[-1] and all(not row[-1].strip() for row in cells):
        header.pop()
        cells = [row[:-1] for row in cells]
    return Rows(header, cells, lines, notes, encoding=encoding, delimiter=delimiter, header_line=header_line)


def _decode(data: bytes, filename: str) -> tuple[str, str, list[Note]]:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            try:
                text = data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise truncated(
                    filename, f"{filename} says it is {encoding} but cannot be read as such."
                ) from error
            note = Note("byte_order_mark", "info", f"The file starts with a byte order mark ({encoding}).")
            _refuse_nul(text, filename)
            return text, encoding, [note]
    _refuse_nul(data, filename)
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as error:
        # An upload cut inside a character is not another encoding.
        if error.reason == "unexpected end of data":
            raise truncated(filename, f"{filename} ends in the middle of a character.") from error
    for encoding in ("cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = [line.strip()[:80] for line in text.splitlines() if not line.isascii()]
        message = f"The file is not UTF-8; it was read as {encoding}. Check the accented letters."
        return text, encoding, [Note("encoding", "warning", message, len(odd), tuple(odd))]
    raise AssertionError("latin-1 reads every byte")


def _refuse_nul(data: bytes | str, filename: str) -> None:
    nul, newline = (b"\x00", b"\n") if isinstance(data, bytes) else ("\x00", "\n")
    at = data.find(nul)  # type: ignore[arg-type]
    if at >= 0:
        line = data.count(newline, 0, at) + 1  # type: ignore[arg-type]
        raise BadInput(
            "nul_bytes",
            "The file holds bytes that no table has",
            f"{filename} has NUL bytes, the first on line {line}; it is damaged or not a text table.",
            "Export the table again as CSV (UTF-8).",
            where=f"{filename}: row {line}",
        )


def find_delimiter(text: str) -> str:
    """Take the delimiter that splits the first lines into the same number of cells."""
    sample = text[:65_536]
    if len(text) > len(sample):
        sample = sample.rpartition("\n")[0] or sample
    best, best_key = ",", (-1.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths or widths[0] < 2:
            continue
        key = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if key > best_key:
            best, best_key = delimiter, key
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row][
            :50
        ]
    except csv.Error:
        return []


def _records(text: str, delimiter: str, filename: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error) or "field larger" in str(error):
            raise truncated(
                f"{filename}: row {start}", f"Row {start} of {filename} opens a quoted text that never ends."
            ) from error
        raise BadInput(
            "broken_quotes",
            "A quoted text is broken",
            f"Row {reader.line_num} of {filename} has a quotation mark in the wrong place.",
            "Double the quotation marks inside texts, or export the table again.",
            where=f"{filename}: row {reader.line_num}",
        ) from error
    return records, lines


def _equal_length(
    header: list[str], records: list[list[str]], lines: list[int], filename: str, text: str, notes: list[Note]
) -> tuple[list[list[object]], list[int]]:
    width = len(header)
    ragged, trimmed = [], 0
    for position, record in enumerate(records):
        if len(record) > width and not any(cell.strip() for cell in record[width:]):
            records[position] = record[:width]
            trimmed += 1
        elif len(record) != width:
            ragged.append((lines[position], len(record)))
    if ragged:
        last = lines[-1]
        if ragged == [(last, len(records[-1]))] and len(records[-1]) < width and not text.endswith("\n"):
            raise truncated(
                f"{filename}: row {last}",
                f"The last row ({last}) of {filename} breaks off after {len(records[-1])} of {width} cells.",
            )
        row, cells = ragged[0]
        raise BadInput(
            "ragged_rows",
            "Rows have different numbers of cells",
            f"The header of {filename} has {width} columns, but row {row} has {cells}"
            + (f" and {len(ragged) - 1} more rows differ too." if len(ragged) > 1 else "."),
            "Put texts that hold the separator in quotation marks, or correct those rows.",
            where=f"{filename}: row {row}",
            examples=[f"row {line}: {count} cells" for line, count in ragged],
        )
    if trimmed:
        notes.append(
            Note("trailing_cells", "info", "Empty cells beyond the last column were left out.", trimmed)
        )
    return records, lines  # type: ignore[return-value]


def strip_controls(text: str) -> str:
    """Return the text without characters that no file format or screen may carry."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", text)
