"""Where bytes are kept: files that are whole and on the disk before anybody is told that they are stored."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.utils.deconstruct import deconstructible

SAVES = 5


@deconstructible(path="sessions_app.storage.DurableFileSystemStorage")
class DurableFileSystemStorage(FileSystemStorage):
    """A folder in which an object appears whole or not at all, and survives a power cut once saved.

    Saving an existing key replaces it, as an object store does.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**({"allow_overwrite": True} | options))

    def _save(self, name: str, content: File) -> str:
        for _ in range(SAVES - 1):
            # Whoever deletes a session beside us may take the folder away under our hands.
            with suppress(FileNotFoundError):
                return self._save_once(name, content)
        return self._save_once(name, content)

    def _save_once(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            with partial.open("xb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            if self.file_permissions_mode is not None:
                partial.chmod(self.file_permissions_mode)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        self._sync_folders(target.parent)
        return name

    def _sync_folders(self, folder: Path) -> None:
        """A new name is only durable once its folder, and the folders made for it, are."""
        root = Path(self.location)
        while folder == root or root in folder.parents:
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            folder = folder.parent


def save_object(key: str, path: Path) -> None:
    """Store the file at `path` under `key`, replacing what was there. Durable when this returns."""
    with path.open("rb") as handle:
        stored = default_storage.save(key, File(handle))
    if stored != key:
        default_storage.delete(stored)
        raise FileExistsError("the storage did not keep the key it was given; it must replace, not rename")


@contextmanager
def told_of(key: str, path: Path) -> Iterator[None]:
    """Store a file, and remove it again if the block fails that writes the row which tells of it.

    Where the connection to the database broke, the row may have been committed although nobody was told: then the
    object stays, and `remove_orphans` takes it if no row names it.
    """
    try:
        save_object(key, path)
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        default_storage.delete(key)
        raise


def after_commit(clear: Callable[..., object], *what: object) -> None:
    """Clear something away once the row that told of it is gone for good. If that fails, the deletion stands all the
    same: what the storage keeps is an orphan then, and swept."""

    def clearing() -> None:
        clear(*what)

    transaction.on_commit(clearing, robust=True)


def delete_under(prefix: str) -> int:
    """Delete every object below a prefix; return how many. A prefix without objects is not an error."""
    prefix = prefix.rstrip("/")
    try:
        folders, names = default_storage.listdir(prefix)
    except FileNotFoundError:
        return 0
    deleted = sum(delete_under(f"{prefix}/{folder}") for folder in folders if folder not in {"", "."})
    for name in filter(None, names):
        default_storage.delete(f"{prefix}/{name}")
        deleted += 1
    if isinstance(default_storage, FileSystemStorage):
        with suppress(OSError):  # somebody is just storing into the folder; it stays for now
            default_storage.delete(prefix)
    return deleted
