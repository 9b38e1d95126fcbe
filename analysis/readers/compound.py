"""A look into an old Excel workbook (.xls) before the library opens it.

The library believes the sizes a file announces and asks for that much memory, which no exception
can stop. Here the container and the sheets are walked with every number checked against the
bytes that are really there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from analysis.core.errors import BadInput
from analysis.readers.sniff import locked_workbook, truncated

_HEADER = 512
_NO_SECTOR = 0xFFFFFFFA
_SMALL_STREAM = 4096
_MOST_CELLS = 5_000_000
_BOF, _FILE_PASS, _DIMENSIONS, _SHARED_TEXTS = 0x0809, 0x002F, 0x0200, 0x00FC
# Records of a cell begin with its row and column; the last two span several columns.
_CELLS = frozenset({0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00BD, 0x00BE})
_SPANS = frozenset({0x00BD, 0x00BE})


class Damaged(Exception):
    """The container contradicts itself."""


def check_old_workbook(path: Path, filename: str) -> None:
    """Refuse an .xls file that is locked, damaged, cut off, or too large when laid out."""
    data = path.read_bytes()
    try:
        stream = _workbook(data, filename)
        size = _walk(stream, filename)
    except (Damaged, struct.error) as error:
        raise truncated(filename, f"{filename} is damaged or cut off: {error}.") from error
    if size[0] * size[1] > _MOST_CELLS:
        raise BadInput(
            "workbook_too_large",
            "The workbook would be too large when opened",
            f"A sheet of {filename} spans {size[0]} rows and {size[1]} columns.",
            "Copy the ward table alone into a new workbook, or save it as CSV.",
            where=filename,
        )


def workbook_stream(path: Path, filename: str) -> bytes:
    """Return the stream that holds the sheets of a file that `check_old_workbook` has let pass."""
    return _workbook(path.read_bytes(), filename)


def records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield the kind of each record from a place on, where its content begins and how long it is."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = at + 4
        at = body + length
        if kind == 0 and length == 0:
            continue
        if at > len(stream):
            raise Damaged("a record is longer than the file")
        yield kind, body, length


def _workbook(data: bytes, filename: str) -> bytes:
    """Return the stream that holds the sheets."""
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise Damaged("its sectors have an impossible size")
    sector = 1 << shift
    sectors = -(-(len(data) - sector) // sector)
    tables, directory = struct.unpack_from("<II", data, 44)
    small_first, small_tables, more_first, more_tables = struct.unpack_from("<IIII", data, 60)
    if max(tables, small_tables, more_tables) > sectors or tables == 0:
        raise Damaged("it announces more sectors than it has")
    places = [p for p in struct.unpack_from("<109I", data, 76) if p < _NO_SECTOR]
    for _ in range(more_tables):
        content = _sector(data, more_first, sector)
        *found, more_first = struct.unpack(f"<{sector // 4}I", content)
        places += [p for p in found if p < _NO_SECTOR]
    table = b"".join(_sector(data, place, sector) for place in places[:tables])
    following = struct.unpack(f"<{len(table) // 4}I", table)
    entries = _entries(_chain(data, directory, following, sector))
    if "EncryptedPackage" in entries:
        raise locked_workbook(filename)
    found_entry = entries.get("Workbook") or entries.get("Book")
    if found_entry is None or "Root Entry" not in entries:
        raise Damaged("it holds no workbook")
    start, size = found_entry
    if size > len(data):
        raise Damaged("its workbook is longer than the file")
    if size >= _SMALL_STREAM:
        content = _chain(data, start, following, sector)
    else:
        small = _chain(data, entries["Root Entry"][0], following, sector)
        links = _chain(data, small_first, following, sector) if small_tables else b""
        small_following = struct.unpack(f"<{len(links) // 4}I", links)
        content = _chain(b"\x00" * 64 + small, start, small_following, 64)
    if len(content) < size:
        raise Damaged("its workbook ends early")
    return content[:size]


def _sector(data: bytes, place: int, sector: int) -> bytes:
    content = data[(place + 1) * sector : (place + 2) * sector]
    if len(content) < sector:
        raise Damaged("a sector lies beyond its end")
    return content


def _chain(data: bytes, place: int, following: tuple[int, ...], sector: int) -> bytes:
    parts = []
    while place < _NO_SECTOR:
        if place >= len(following) or len(parts) > len(following):
            raise Damaged("its sectors lead nowhere")
        parts.append(_sector(data, place, sector))
        place = following[place]
    if not parts:
        raise Damaged("a part of it is empty")
    return b"".join(parts)


def _entries(directory: bytes) -> dict[str, tuple[int, int]]:
    """Return first sector and size of each named entry."""
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory), 128):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        if kind not in (1, 2, 5) or not 2 <= length <= 64:
            continue
        name = directory[at : at + length - 2].decode("utf-16-le", errors="replace")
        entries[name] = struct.unpack_from("<II", directory, at + 116)
    return entries


def _walk(stream: bytes, filename: str) -> tuple[int, int]:
    """Return the most rows and columns that any sheet spans."""
    rows, columns = 1, 1
    if struct.unpack_from("<H", stream, 0)[0] != _BOF:
        raise Damaged("it does not begin like a workbook")
    for kind, body, length in records(stream, 0):
        if kind == _FILE_PASS:
            raise locked_workbook(filename)
        if kind in _CELLS:
            if length < 6:
                raise Damaged("a cell is too short")
            row, column = struct.unpack_from("<HH", stream, body)
            last = struct.unpack_from("<H", stream, body + length - 2)[0] if kind in _SPANS else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
        elif kind == _DIMENSIONS:
            shape = "<IIHH" if length >= 12 else "<HHHH"
            first_row, end_row, first_column, end_column = struct.unpack_from(shape, stream, body)
            if first_row > end_row or first_column > end_column:
                raise Damaged("a sheet has an impossible size")
            rows, columns = max(rows, end_row), max(columns, end_column)
        elif kind == _SHARED_TEXTS:
            _, texts = struct.unpack_from("<II", stream, body)
            # The shortest text takes three bytes.
            if texts * 3 > len(stream):
                raise Damaged("it announces more texts than it has")
    return rows, columns
