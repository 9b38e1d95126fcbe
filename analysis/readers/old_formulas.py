"""Which cells of a sheet in an old Excel workbook (.xls) hold formulas or errors."""

from __future__ import annotations

import struct
from pathlib import Path

from analysis.readers import compound
from analysis.readers.formulas import MOST_ERRORS, Formulas
from analysis.readers.sniff import truncated

_BOF, _EOF, _SHEET, _FORMULA, _BOOLEAN_OR_ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
# What a formula's stored value begins with when it is no number.
_NO_NUMBER = 0xFFFF
_ERROR_VALUE, _NO_VALUE = 2, 3
_BIFF8 = 0x0600
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


def find_old_formulas(path: Path, filename: str, sheet: str) -> Formulas:
    """Look through the records of one sheet of a workbook that `compound.check_old_workbook` has let pass.

    Notes
    -----
    Record numbers and layouts: [MS-XLS], "Excel Binary File Format (.xls) Structure", 2.4.127
    (Formula), 2.5.133 (FormulaValue), 2.4.24 (BoolErr), 2.4.28 (BoundSheet8). Here a stored value
    that is missing and one that is an empty text look the same; both are counted in `unset`.
    """
    stream = compound.workbook_stream(path, filename)
    try:
        return _find(stream, _start(stream, sheet))
    except (compound.Damaged, struct.error) as error:
        raise truncated(filename, f"{filename} is damaged or cut off: {error}.") from error


def _find(stream: bytes, start: int) -> Formulas:
    found = Formulas()
    depth = 0
    for kind, body, length in compound.records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        # Deeper lies a chart, with cells of its own.
        elif depth == 1 and kind == _FORMULA and length >= 14:
            _take_formula(found, stream, body)
        elif depth == 1 and kind == _BOOLEAN_OR_ERROR and length >= 8:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", stream, body)
            if is_error:
                _note_error(found, row, column, code)
    return found


def _take_formula(found: Formulas, stream: bytes, body: int) -> None:
    row, column = struct.unpack_from("<HH", stream, body)
    count, first = found.columns.get(column + 1, (0, row + 1))
    found.columns[column + 1] = (count + 1, min(first, row + 1))
    value, code = stream[body + 6], stream[body + 8]
    if struct.unpack_from("<H", stream, body + 12)[0] != _NO_NUMBER:
        return
    if value == _ERROR_VALUE:
        _note_error(found, row, column, code)
    elif value == _NO_VALUE:
        found.unset += 1


def _note_error(found: Formulas, row: int, column: int, code: int) -> None:
    if len(found.errors) < MOST_ERRORS:
        found.errors[row + 1, column + 1] = _ERRORS.get(code, "#UNKNOWN!")


def _start(stream: bytes, sheet: str) -> int:
    """Where the records of a sheet begin; the end of the stream when its name is not in the list."""
    version = struct.unpack_from("<H", stream, 4)[0]
    starts: dict[str, int] = {}
    for kind, body, length in compound.records(stream, 0):
        if kind == _EOF:
            break
        if kind == _SHEET and length >= 8:
            starts[_name(stream[body + 6 : body + length], version)] = struct.unpack_from("<I", stream, body)[
                0
            ]
    if sheet not in starts and len(starts) == 1:
        return next(iter(starts.values()))
    return starts.get(sheet, len(stream))


def _name(field: bytes, version: int) -> str:
    """A sheet's name: its length, from BIFF8 on whether two bytes make a letter, the letters."""
    if version < _BIFF8:
        return field[1 : 1 + field[0]].decode("cp1252", "replace")
    if field[1] & 1:
        return field[2 : 2 + 2 * field[0]].decode("utf-16-le", "replace")
    return field[2 : 2 + field[0]].decode("latin-1")
