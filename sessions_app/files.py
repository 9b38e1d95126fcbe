"""How an upload becomes a stored file: copied, hashed and inspected first, stored second, told last.

None of the slow parts holds a transaction: not the body, not the inspection, not the storage. A refusal at any
point leaves neither a row nor an object.
"""

import fcntl
import hashlib
import os
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from sessions_app.isolation.storage import storage_key
from sessions_app.isolation.tempfolders import temp_folder, temp_root
from sessions_app.kinds import FileKind
from sessions_app.problems import Problem
from sessions_app.storage import told_of

MAX_NAME = 200
CHUNK = 1 << 20


@dataclass(frozen=True)
class StoredObject:
    """Bytes that are safely in the storage and not yet told of by any row."""

    file_id: uuid.UUID
    name: str
    key: str
    size_bytes: int
    sha256: str
    media_type: str
    report: dict[str, Any] = field(default_factory=dict)


@contextmanager
def stored_object(
    *, owner_id: uuid.UUID, session_id: uuid.UUID, kind: FileKind, upload: UploadedFile, part: str = ""
) -> Iterator[StoredObject]:
    """Check and store an upload for the block that writes its row; see `told_of`.

    The `part` that was named is kept in the report as `chosen`, for whoever reads the file later.
    """
    name = display_name(upload.name or "")
    suffix = suffix_of(name, kind)
    refuse_size(upload.size or 0, name)
    file_id = uuid.uuid4()
    with temp_folder(owner_id, file_id) as folder:
        path = Path(folder) / f"upload{suffix}"
        size, digest = _copy(upload, path, name)
        named = {kind.part: part} if part else {}
        with _turn_to_read(size, name):
            report = kind.load_inspect()(path, name, **named) | ({"chosen": part} if part else {})
        key = storage_key(owner_id, session_id, file_id, suffix)
        with told_of(key, path):
            yield StoredObject(file_id, name, key, size, digest, _media_type(suffix), report)


@contextmanager
def _turn_to_read(size: int, name: str) -> Iterator[None]:
    """Of large files a machine reads one at a time: a country's reports take more than a gigabyte of memory.

    The lock is the kernel's, so it is free again when its process was killed. Whoever waits too long is told to come back.
    """
    if size < settings.UPLOAD["large_bytes"]:
        yield
        return
    lock = os.open(large_file_lock(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        latest = time.monotonic() + settings.UPLOAD["turn_seconds"]
        while not _lock(lock):
            if time.monotonic() > latest:
                raise Problem("large_file_waits", where=name)
            time.sleep(0.1)
        yield
    finally:
        os.close(lock)


def large_file_lock() -> Path:
    """What a process of this machine holds while it reads a large file."""
    return temp_root() / f"chatmrpt-large-upload-{os.geteuid()}.lock"


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def display_name(name: str) -> str:
    """The last part of the name a client gave, without what could mislead a reader or a header."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(letter for letter in last if unicodedata.category(letter) not in {"Cc", "Cf", "Zl", "Zp"})
    shown = unicodedata.normalize("NFC", shown).strip(" .")
    if not shown:
        raise Problem("file_name_unusable", where="file")
    if len(shown) > MAX_NAME:
        suffix = PurePosixPath(shown).suffix[:20]
        shown = shown[: MAX_NAME - len(suffix)] + suffix
    return shown


def size_limit_text() -> str:
    """The one size limit in words, for forms and messages."""
    return filesizeformat(settings.UPLOAD["max_bytes"])


class TakesFiles(Protocol):
    """A kind of files, whoever may bring them."""

    @property
    def label(self) -> str: ...

    @property
    def extensions(self) -> tuple[str, ...]: ...


def suffix_of(name: str, kind: TakesFiles) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in kind.extensions:
        raise Problem(
            "file_type_not_taken",
            f"“{name}” does not end in one of {', '.join(kind.extensions)}, which {kind.label} files do.",
            where=name,
        )
    return suffix


def refuse_size(size: int, name: str) -> None:
    if size > settings.UPLOAD["max_bytes"]:
        raise Problem("file_too_large", f"“{name}” is larger than {size_limit_text()}.", where=name)


def _copy(upload: UploadedFile, path: Path, name: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as out:
        for chunk in upload.chunks(CHUNK):
            size += len(chunk)
            refuse_size(size, name)
            digest.update(chunk)
            out.write(chunk)
    if size == 0:
        raise Problem("file_empty", f"“{name}” has no content.", where=name)
    return size, digest.hexdigest()


MEDIA_TYPES = (
    (".csv", "text/csv"),
    (".tsv", "text/tab-separated-values"),
    (".txt", "text/plain"),
    (".json", "application/json"),
    (".geojson", "application/geo+json"),
    (".gpkg", "application/geopackage+sqlite3"),
    (".parquet", "application/vnd.apache.parquet"),
    (".arrow", "application/vnd.apache.arrow.file"),
    (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (".xls", "application/vnd.ms-excel"),
    (".zip", "application/zip"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
)


def _media_type(suffix: str) -> str:
    """By our own table: what a client or a machine's configuration says is not taken over."""
    return dict(MEDIA_TYPES).get(suffix, "application/octet-stream")


def media_type_of(name: str) -> str:
    return _media_type(PurePosixPath(name).suffix.lower())
