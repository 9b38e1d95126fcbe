"""Writes the archive: every row of a user in every table that has such, every stored file, a word about each, checksums.

Tables are found by walking the models, as the wall finds them, so none can be forgotten. Reads are short transactions in
the user's own scope: what policies hide from the user is not in it either.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from sessions_app.checksums import sha256_of
from sessions_app.events import record
from sessions_app.files import CHUNK
from sessions_app.isolation.owned import OwnedModel, owned_models
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import attempt_key
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import DataExport, StoredFile
from sessions_app.privacy.exports import LEASE, MOST_ATTEMPTS, SUFFIX, Status, kept_days
from sessions_app.privacy.notice import current_version
from sessions_app.storage import save_object

ROWS_AT_ONCE = 500
TOLD_EVERY_SECONDS = 1.0
# What would open something, or once did, helps nobody who reads it and whoever steals the archive.
SECRETS = ("password", "session_data", "sealed")
SECRET_ENDING = "_hash"
SUMS = "SHA256SUMS"


class Discarded(Exception):
    """The copy is no longer wanted, or another worker makes it."""


def write(owner_id: uuid.UUID, export_id: uuid.UUID) -> None:
    """Make the archive of one export, unless another worker is at it."""
    export = _claimed(owner_id, export_id)
    if export is None:
        return
    key = attempt_key(owner_id, export_id, export_id, export.attempt, SUFFIX)
    with temp_folder(owner_id, export_id) as folder:
        path = Path(folder) / "archive"
        try:
            with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                _Writer(export, archive).write()
            save_object(key, path)
            _ready(export, key, path)
        except Discarded:
            default_storage.delete(key)


def _claimed(owner_id: uuid.UUID, export_id: uuid.UUID) -> DataExport | None:
    with scope(owner_id), transaction.atomic():
        waiting = DataExport.objects.filter(pk=export_id, status=Status.QUEUED, attempt__lt=MOST_ATTEMPTS)
        end = timezone.now() + LEASE
        taken = waiting.update(status=Status.RUNNING, attempt=F("attempt") + 1, lease_until=end, percent=0)
        return DataExport.objects.get(pk=export_id) if taken else None


def _held(export: DataExport) -> models.QuerySet[DataExport]:
    return DataExport.objects.filter(pk=export.pk, attempt=export.attempt, status=Status.RUNNING)


def _ready(export: DataExport, key: str, path: Path) -> None:
    now = timezone.now()
    size, digest = path.stat().st_size, sha256_of(path)
    with scope(export.owner_id), transaction.atomic():
        ended = _held(export).update(
            status=Status.READY,
            percent=100,
            storage_key=key,
            archive_bytes=size,
            sha256=digest,
            finished_at=now,
            expires_at=now + timedelta(days=kept_days()),
        )
        if not ended:
            raise Discarded
        record(owner_id=export.owner_id, verb="export.made", of=export, bytes=size)


class _Writer:
    """One archive while it is written; each entry's checksum is noted as it goes in."""

    def __init__(self, export: DataExport, archive: zipfile.ZipFile) -> None:
        self._export, self._archive = export, archive
        self._owner = export.owner_id
        self._sums: dict[str, str] = {}
        self._tables: dict[str, int] = {}
        self._left_out: set[str] = set()
        self._missing: list[str] = []
        self._done = self._all = 0
        self._told = 0.0

    def write(self) -> None:
        files = self._files()
        tables = list(exported_models())
        self._all = sum(size for _, _, size in files) + CHUNK * len(tables)
        for model, column in tables:
            self._table(model, column)
            self._progress(CHUNK)
        for entry, key, _ in files:
            self._file(entry, key)
        self._readme()
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self._archive.writestr(SUMS, lines)

    def _table(self, model: type[models.Model], column: str) -> None:
        name, count = f"rows/{model._meta.db_table}.json", 0
        with self._entry(name) as put:
            put(b"[")
            for row in self._rows(model, column):
                put(b",\n" if count else b"\n")
                put(json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
                count += 1
            put(b"\n]\n")
        self._tables[model._meta.db_table] = count

    def _rows(self, model: type[models.Model], column: str) -> Iterator[dict[str, Any]]:
        fields = [field for field in model._meta.concrete_fields if not is_secret(field.name)]
        secrets = {field.name for field in model._meta.concrete_fields} - {field.name for field in fields}
        self._left_out |= {f"{model._meta.db_table}.{name}" for name in secrets}
        last: Any = None
        while True:
            with scope(self._owner), transaction.atomic():
                rows = model._base_manager.filter(**{_attribute(model, column): self._owner}).order_by("pk")
                if issubclass(model, OwnedModel):
                    rows = model.copied(rows)
                page = list((rows if last is None else rows.filter(pk__gt=last))[:ROWS_AT_ONCE])
            for row in page:
                yield {field.attname: getattr(row, field.attname) for field in fields}
            if len(page) < ROWS_AT_ONCE:
                return
            last = page[-1].pk

    def _files(self) -> list[tuple[str, str, int]]:
        with scope(self._owner), transaction.atomic():
            rows = list(
                StoredFile.objects.filter(owner_id=self._owner).defer("report").order_by("session_id", "pk")
            )
        return [
            (f"files/{row.session_id}/{row.pk}/{row.name}", row.storage_key, row.size_bytes) for row in rows
        ]

    def _file(self, entry: str, key: str) -> None:
        try:
            source = default_storage.open(key)
        except FileNotFoundError:
            self._missing.append(entry)
            return
        with source, self._entry(entry) as put:
            for chunk in source.chunks(CHUNK):
                put(chunk)
                self._progress(len(chunk))

    def _readme(self) -> None:
        context = {
            "made_at": timezone.now(),
            "version": current_version(),
            "tables": sorted(self._tables.items()),
            "left_out": sorted(self._left_out),
            "missing": self._missing,
            "files": sum(name.startswith("files/") for name in self._sums),
        }
        with self._entry("README.txt") as put:
            put(render_to_string("privacy/archive_readme.txt", context).encode())

    def _entry(self, name: str) -> _Entry:
        return _Entry(self._archive, name, self._sums)

    def _progress(self, more: int) -> None:
        self._done += more
        if time.monotonic() - self._told < TOLD_EVERY_SECONDS:
            return
        self._told = time.monotonic()
        with scope(self._owner), transaction.atomic():
            percent = min(99, round(100 * self._done / self._all))
            if not _held(self._export).update(percent=percent, lease_until=timezone.now() + LEASE):
                raise Discarded


class _Entry:
    """One member of the archive, written piece by piece."""

    def __init__(self, archive: zipfile.ZipFile, name: str, sums: dict[str, str]) -> None:
        self._name, self._sums = name, sums
        self._digest = hashlib.sha256()
        entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        self._stream = archive.open(entry, "w", force_zip64=True)

    def __enter__(self) -> Callable[[bytes], None]:
        return self._put

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._sums[self._name] = self._digest.hexdigest()

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self._stream.write(content)


def exported_models() -> Iterator[tuple[type[models.Model], str]]:
    """Every table with rows of users; the copies themselves are no part of a copy."""
    return ((model, column) for model, column in owned_models() if model is not DataExport)


def is_secret(name: str) -> bool:
    return name in SECRETS or name.endswith(SECRET_ENDING)


def _attribute(model: type[models.Model], column: str) -> str:
    return next(field.attname for field in model._meta.concrete_fields if field.column == column)
