"""The only place that opens archives: bounded, whitelisted, no links, no paths of their own."""

from __future__ import annotations

import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.core.errors import BadInput
from analysis.readers.sniff import truncated

_CHUNK = 1 << 20
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
)
_END_RECORD = b"PK\x05\x06"
# The Excel library lays out a rectangle from the first to the last cell and repeats shared texts.
_LAST_ROW = 1_048_576
_MOST_CELLS, _MOST_TEXT = 5_000_000, 2_000_000_000
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,9})["']""")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
# Cells that hold a format and nothing else, and rows of nothing but those: no reader lays them out.
_ATTRIBUTES = rb"""(?:\s+[\w:]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*"""
_BLANK_CELL = re.compile(rb"<c" + _ATTRIBUTES + rb"(?:/>|>\s*</c>)")
_BLANK_ROW = re.compile(rb"<row" + _ATTRIBUTES + rb"(?:/>|>\s*</row>)")
_BEGUN = re.compile(rb"(?:<row" + _ATTRIBUTES + rb">\s*)?(?:<c" + _ATTRIBUTES + rb">\s*)?\Z")
_UNSET = re.compile(rb"</f>(?:<v></v>|<v ?/>)?</c>")
# What a zip of boundaries may bring along; anything else stays in the archive.
BOUNDARY_MEMBERS = frozenset(
    {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".gpkg", ".geojson", ".json"}
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold before it is refused."""

    members: int = 1_000
    directory_bytes: int = 1 << 20
    total_bytes: int = 300 << 20
    # Ordinary tables and shapes shrink 3 to 30 times; small ones may do better without harm.
    ratio: int = 150
    ratio_free_bytes: int = 10 << 20


BOUNDARY_LIMITS = Limits()
WORKBOOK_LIMITS = Limits(members=2_000, total_bytes=200 << 20)


@dataclass(frozen=True)
class Extracted:
    """Members written to the folder, by their name in the archive, and those left behind."""

    files: dict[str, Path]
    ignored: tuple[str, ...]


def extract(path: Path, filename: str, folder: Path, limits: Limits = BOUNDARY_LIMITS) -> Extracted:
    """Write the archive's usable members into `folder` under plain names.

    Raises
    ------
    BadInput
        For a damaged archive, one beyond the limits, or one with links, locked members or
        members that would land outside the folder.
    """
    with _open(path, filename, limits) as archive:
        members = _safe_members(archive, filename, limits)
        files: dict[str, Path] = {}
        ignored: list[str] = []
        budget = limits.total_bytes
        for info in members:
            suffix = posixpath.splitext(info.filename)[1].lower()
            if suffix not in BOUNDARY_MEMBERS or _is_clutter(info.filename):
                ignored.append(info.filename)
                continue
            target = folder / _plain_name(info.filename, suffix, files)
            budget -= copy_member(archive, info, target, filename, budget)
            files[info.filename] = target
    return Extracted(files, tuple(ignored))


@contextmanager
def open_archive(
    path: Path, filename: str, limits: Limits
) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Open an archive for reading members in place, with its safe members."""
    with _open(path, filename, limits) as archive:
        yield archive, _safe_members(archive, filename, limits)


def check_workbook(path: Path, filename: str, limits: Limits = WORKBOOK_LIMITS) -> int:
    """Refuse a workbook that would swell beyond reason when it is read.

    Returns
    -------
    int
        How many formula cells carry no stored value.
    """
    with _open(path, filename, limits) as archive:
        members = _safe_members(archive, filename, limits)
        texts = [info.filename for info in members if info.filename.lower().endswith("sharedstrings.xml")]
        longest = max((_longest(archive, name, filename) for name in texts), default=0)
        formulas = 0
        # Any member may be named as a sheet, whatever its ending.
        for name in (info.filename for info in members if info.filename not in texts):
            rows, columns, repeats, unset = _extent(archive, name, filename)
            formulas += unset
            if rows * columns > _MOST_CELLS or repeats * longest > _MOST_TEXT:
                raise BadInput(
                    "workbook_too_large",
                    "The workbook would be too large when opened",
                    f"{name} in {filename} spans {rows} rows and {columns} columns.{_cut_off(rows)}",
                    "Copy the ward table alone into a new workbook, or save it as CSV.",
                    where=f"{filename}: {name}",
                )
    return formulas


def _extent(archive: zipfile.ZipFile, member: str, filename: str) -> tuple[int, int, int, int]:
    """Return rows, columns, uses of shared texts and valueless formulas of what may be a sheet."""
    rows, columns, repeats, unset, in_row = 1, 1, 0, 0, 0
    for block in _without_blanks(blocks(archive, member, filename)):
        found = _PLACE.findall(block)
        if found:
            rows = max(rows, max(int(row) for _, row in found))
            columns = max(columns, max(column_number(letters) for letters in {name for name, _ in found}))
        # Cells that do not say where they are follow each other.
        for ended, part in enumerate(block.split(b"</row>")):
            cells = part.count(b"<c ") + part.count(b"<c>") + part.count(b":c ") + part.count(b":c>")
            in_row = cells if ended else in_row + cells
            columns = max(columns, in_row)
        repeats += len(_SHARED.findall(block))
        unset += len(_UNSET.findall(block))
    return rows, columns, repeats, unset


def _longest(archive: zipfile.ZipFile, member: str, filename: str) -> int:
    """Return the length of the longest shared text, its marks included."""
    longest, running = 0, 0
    for block in blocks(archive, member, filename):
        first, *others = block.split(b"</si>")
        longest = max(longest, running + len(first), *map(len, others), 0)
        running = len(others[-1]) if others else running + len(first)
    return longest


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _cut_off(rows: int) -> str:
    return " That is Excel's last row: an export this long is cut off there; a CSV is not." * (
        rows >= _LAST_ROW
    )


def _without_blanks(texts: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of a sheet without its blank cells and rows, of which a format alone can leave a million."""
    begun = b""
    for text in texts:
        text = _BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", begun + text))
        # Whether a row or cell at the very end is blank, the next piece tells.
        found = _BEGUN.search(text, max(0, len(text) - 2_000))
        cut = found.start() if found else len(text)
        yield text[:cut]
        begun = text[cut:]
    yield begun


def blocks(archive: zipfile.ZipFile, member: str, filename: str) -> Iterator[bytes]:
    """Yield the member in pieces that end with a tag; endless text overlaps a little instead."""
    rest = b""
    try:
        with archive.open(member) as handle:
            while chunk := handle.read(_CHUNK):
                chunk = rest + chunk
                cut = chunk.rfind(b">") + 1
                if len(chunk) - cut > _CHUNK // 8:
                    yield chunk
                    rest = chunk[-64:]
                else:
                    yield chunk[:cut]
                    rest = chunk[cut:]
    except DAMAGED as error:
        raise truncated(f"{filename}: {member}", f"{member} in {filename} cannot be unpacked.") from error
    yield rest


def _open(path: Path, filename: str, limits: Limits) -> zipfile.ZipFile:
    """Open the archive once its own table of contents is known to be of sane size."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        handle.seek(max(0, size - 65_557))
        tail = handle.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < 22:
        raise truncated(
            filename, f"{filename} has no table of contents at its end; its last part is missing."
        )
    members, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    if members > limits.members or directory_bytes > limits.directory_bytes:
        raise _too_many(filename, members, limits)
    try:
        return zipfile.ZipFile(path)
    except (*DAMAGED, zipfile.LargeZipFile) as error:
        raise truncated(filename, f"{filename} is damaged: its table of contents cannot be read.") from error


def _too_many(filename: str, members: int, limits: Limits) -> BadInput:
    return BadInput(
        "archive_too_many_members",
        "The archive holds too many files",
        f"{filename} lists {members} members; at most {limits.members} are read.",
        "Put only the boundary files (.shp, .shx, .dbf, .prj) into the archive.",
        where=filename,
    )


def _safe_members(archive: zipfile.ZipFile, filename: str, limits: Limits) -> list[zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise _too_many(filename, len(infos), limits)
    for info in infos:
        problem = _danger(info)
        if problem:
            name = info.orig_filename.replace("\x00", "\\0")
            raise BadInput(
                f"archive_{problem[0]}",
                "The archive is not safe to open",
                f"The member {name} of {filename} {problem[1]}.",
                "Make a new archive that holds only the plain data files.",
                where=f"{filename}: {name}",
            )
    last = Path(str(archive.filename)).stat().st_size - zipfile.sizeFileHeader
    for info in infos:
        if not 0 <= info.header_offset <= last:
            raise truncated(
                f"{filename}: {info.filename}", f"{filename} is damaged: {info.filename} lies outside it."
            )
    total = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    swollen = total > limits.ratio_free_bytes and total > limits.ratio * packed
    if total > limits.total_bytes or swollen:
        largest = max(infos, key=lambda info: info.file_size)
        raise _bomb(filename, largest.filename, total)
    return [info for info in infos if not info.is_dir()]


def _danger(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    name = info.orig_filename.replace("\\", "/")
    if "\x00" in name:
        return "nul_bytes", "has a NUL byte in its name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "absolute_path", "has an absolute path"
    if ".." in name.split("/"):
        return "path_traversal", "points outside the archive"
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link", "is a link or a special file"
    if info.flag_bits & 0x1:
        return "locked", "is protected with a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "compression", "is compressed in a way that is not read here"
    return None


def _bomb(filename: str, member: str, total: int) -> BadInput:
    return BadInput(
        "archive_too_large",
        "The archive unpacks to too much",
        f"{filename} would unpack to {total / 1e6:,.0f} MB, most of it in {member}.",
        "Put only the boundary files of one area into the archive, simplified if need be.",
        where=f"{filename}: {member}",
    )


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or posixpath.basename(name).startswith(".")


def _plain_name(member: str, suffix: str, taken: dict[str, Path]) -> str:
    """Name files by position: members of one layer share a stem, nothing else of theirs is kept."""
    stem = posixpath.splitext(member)[0].lower()
    stems = list(dict.fromkeys(posixpath.splitext(name)[0].lower() for name in taken))
    position = stems.index(stem) if stem in stems else len(stems)
    return f"layer{position}{suffix}"


def copy_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, filename: str, budget: int
) -> int:
    """Unpack one member, believing what comes out and not the size it announced."""
    written = 0
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > budget:
                    raise _bomb(filename, info.filename, written)
                sink.write(chunk)
    except (*DAMAGED, FileExistsError) as error:
        raise truncated(
            f"{filename}: {info.filename}", f"The member {info.filename} of {filename} is damaged or cut off."
        ) from error
    return written
