"""Which cells of an .xlsx sheet hold formulas or errors: the values alone do not tell."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.core.errors import Note
from analysis.readers import archives

MOST_ERRORS = 100_000
_MOST_DIRECTORY = 8 << 20
_MOST_CELL = 1 << 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^<>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""(?<![\w:])([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,9})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<>]{1,40})<")


@dataclass
class Formulas:
    """`columns`: 1-based column -> (number of formulas, row of the first). `errors`: (row, column) -> error text.

    `unset`: formulas without a stored value, where they are counted here.
    """

    columns: dict[int, tuple[int, int]] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unset: int = 0

    def notes(self, names: list[str]) -> list[Note]:
        """Say how many formulas there are, by the names of their columns."""
        if not self.columns:
            return []
        total = sum(count for count, _ in self.columns.values())
        where = []
        for column, (count, row) in sorted(self.columns.items()):
            name = names[column - 1] if 0 < column <= len(names) else f"column {column}"
            where.append(f"{name}: {count:,} cell{'' if count == 1 else 's'}, the first in row {row}")
        message = (
            "1 cell holds a formula; the value that the workbook was saved with was read."
            if total == 1
            else f"{total:,} cells hold formulas; the values that the workbook was saved with were read."
        )
        return [Note("formulas_read_as_values", "warning", message, total, tuple(where))]


def find_formulas(path: Path, filename: str, sheet: str) -> Formulas:
    """Look through the XML of one sheet of a workbook that `archives.check_workbook` has let pass."""
    found = Formulas()
    with archives.open_archive(path, filename, archives.WORKBOOK_LIMITS) as (archive, members):
        names = {info.filename.casefold(): info.filename for info in members}
        member = names.get(_member(archive, names, filename, sheet).casefold())
        if member:
            for cell in _cells(archive, member, filename):
                _take(found, cell)
    return found


def _take(found: Formulas, cell: bytes) -> None:
    """Note a cell, from anything before its opening tag to its end, if it is a formula or an error."""
    start = max(cell.rfind(b"<c "), cell.rfind(b":c "))
    if start < 0:
        return
    end = cell.find(b">", start)
    head, body = cell[start:end], cell[end + 1 :]
    place = _PLACE.search(head)
    if place is None:
        return
    row, column = int(place.group(2)), archives.column_number(place.group(1))
    if _FORMULA.search(body):
        count, first = found.columns.get(column, (0, row))
        found.columns[column] = (count + 1, min(first, row))
    value = _VALUE.search(body) if _ERROR.search(head) else None
    if value and len(found.errors) < MOST_ERRORS:
        found.errors[row, column] = value.group(1).decode("utf-8", "replace")


def _cells(archive: zipfile.ZipFile, member: str, filename: str) -> Iterator[bytes]:
    """Yield what may be such cells, one at a time."""
    rest = b""
    for block in archives.blocks(archive, member, filename):
        text = rest + block
        if not (b"<f" in text or b":f" in text or _ERROR.search(text)):
            # Nothing to look for: on with the cell that is not at its end.
            end = text.rfind(b"c>")
            rest = text[end + 2 if end >= 0 else 0 :][-_MOST_CELL:]
            continue
        *whole, rest = _CELL_END.split(text)
        rest = rest[-_MOST_CELL:]
        for cell in whole:
            if b"<f" in cell or b":f" in cell or _ERROR.search(cell):
                yield cell


def _member(archive: zipfile.ZipFile, names: dict[str, str], filename: str, sheet: str) -> str:
    """The name of the member that holds a sheet, or an empty one."""
    wanted = ""
    for tag in _SHEET.findall(_directory(archive, names, filename, "xl/workbook.xml")):
        attributes = _attributes(tag)
        if attributes.get("name") == sheet:
            wanted = next((value for key, value in attributes.items() if key.endswith(":id")), "")
    for tag in _RELATION.findall(_directory(archive, names, filename, "xl/_rels/workbook.xml.rels")):
        attributes = _attributes(tag)
        if wanted and attributes.get("Id") == wanted:
            return posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
    return ""


def _directory(archive: zipfile.ZipFile, names: dict[str, str], filename: str, member: str) -> bytes:
    content = b""
    for block in archives.blocks(archive, names[member], filename) if member in names else ():
        content += block
        if len(content) > _MOST_DIRECTORY:
            break
    return content


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        key.decode("utf-8", "replace"): html.unescape((double or single).decode("utf-8", "replace"))
        for key, double, single in _ATTRIBUTE.findall(tag)
    }
