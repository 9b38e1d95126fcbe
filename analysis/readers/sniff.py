"""What a file really is, told from its bytes and never from its name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from analysis.core.errors import BadInput

Content = Literal[
    "csv", "xlsx", "xls", "locked_excel", "zip", "gpkg", "sqlite", "json", "html", "xml", "pdf", "image",
    "compressed", "parquet", "binary", "empty",
]  # fmt: skip

MEDIA_TYPES: dict[Content, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "zip": "application/zip",
    "gpkg": "application/geopackage+sqlite3",
    "json": "application/geo+json",
}

_NAMES: dict[Content, str] = {
    "csv": "a text table",
    "xlsx": "an Excel workbook",
    "xls": "an old Excel workbook",
    "locked_excel": "a password-protected Excel workbook",
    "zip": "a zip archive",
    "gpkg": "a GeoPackage",
    "sqlite": "an SQLite database",
    "json": "JSON text",
    "html": "a web page",
    "xml": "an XML document",
    "pdf": "a PDF document",
    "image": "a picture",
    "compressed": "a compressed file",
    "parquet": "a Parquet file",
    "binary": "binary data",
    "empty": "nothing",
}

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x1f\x8b", "compressed"),
    (b"BZh", "compressed"),
    (b"7z\xbc\xaf", "compressed"),
    (b"\xfd7zXZ", "compressed"),
    (b"Rar!", "compressed"),
    (b"\x28\xb5\x2f\xfd", "compressed"),
    (b"PAR1", "parquet"),
    (b"\x00\x00\x27\x0a", "binary"),
    (b"\x7fELF", "binary"),
    (b"MZ\x90", "binary"),
)
# A workbook that asks for a password is an OLE file holding a stream of this name.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_GPKG_IDS = (b"GPKG", b"GP10", b"GP11")


def sniff(path: Path) -> Content:
    """Return what the file at `path` holds."""
    with path.open("rb") as handle:
        head = handle.read(4096)
    if not head.strip():
        return "empty" if path.stat().st_size <= 4096 else "binary"
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return _refine(path, content, head)
    if head.startswith(_UTF16):
        return "csv"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = text[:200].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<table")):
        return "html"
    if lowered.startswith(b"<?xml"):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    return "csv"


def _refine(path: Path, content: Content, head: bytes) -> Content:
    if content == "zip":
        # A workbook names its parts at its start or, in the table of contents, at its end.
        return "xlsx" if b"[Content_Types].xml" in head or b"xl/workbook" in _tail(path) else "zip"
    if content == "xls":
        with path.open("rb") as handle:
            return "locked_excel" if _ENCRYPTED_STREAM in handle.read() else "xls"
    if content == "sqlite" and head[68:72] in _GPKG_IDS:
        return "gpkg"
    return content


def _tail(path: Path) -> bytes:
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 65_536))
        return handle.read()


def require_file(path: Path, option: str) -> None:
    """Refuse a path of the command line at which there is no file.

    Parameters
    ----------
    option : str
        The option that gave the path, for the refusal: "--table".
    """
    if not path.is_file():
        raise BadInput(
            "file_not_found",
            "A file is missing",
            f"There is no file {path.name} at the place given.",
            f"Check the path after {option}.",
            where=option,
        )


def require(path: Path, filename: str, allowed: dict[str, tuple[Content, ...]], what: str) -> Content:
    """Return the content of the file, refusing what is empty, unknown or not what its name says.

    Parameters
    ----------
    allowed : dict of str to tuple
        Accepted extensions, lower case with the dot, and the contents each may hold.
    what : str
        What was expected, for the refusal: "a ward table".
    """
    extension = Path(filename).suffix.lower()
    known = ", ".join(sorted(allowed))
    if extension not in allowed:
        raise BadInput(
            "unknown_file_type",
            "This kind of file is not read",
            f"{filename} ends in {extension or 'no extension'}; {what} must be one of {known}.",
            f"Save the data as one of {known} and upload that file.",
            where=filename,
        )
    content = sniff(path)
    if content == "empty":
        raise BadInput(
            "empty_file",
            "The file is empty",
            f"{filename} holds no data.",
            "Check the file on your device and upload it again.",
            where=filename,
        )
    if content == "locked_excel":
        raise locked_workbook(filename)
    if content not in allowed[extension]:
        raise BadInput(
            "wrong_type",
            "The file is not what its name says",
            f"{filename} is named {extension} but holds {_NAMES[content]}.",
            f"Export {what} as a real {extension} file, or give the file its true extension.",
            where=filename,
        )
    return content


def locked_workbook(filename: str) -> BadInput:
    """Return the refusal of a workbook that asks for a password."""
    return BadInput(
        "locked_workbook",
        "The Excel file is locked",
        f"{filename} is protected with a password.",
        "Remove the password in Excel (File, Info, Protect Workbook) and upload the file again.",
        where=filename,
    )


def truncated(filename: str, detail: str) -> BadInput:
    """Return the refusal of a file whose end is missing."""
    return BadInput(
        "truncated_file",
        "The file is cut off",
        detail,
        "The upload or the export stopped early; upload the whole file again.",
        where=filename,
    )
