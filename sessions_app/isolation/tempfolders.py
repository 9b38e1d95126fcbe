"""Private folders for work in progress, gone when the work is."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

NAME = re.compile(
    r"chatmrpt-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\w+"
)


def temp_root() -> Path:
    """Where they are made."""
    return Path(tempfile.gettempdir())


@contextmanager
def temp_folder(owner_id: UUID, row_id: UUID) -> Iterator[Path]:
    """A fresh folder that only this process's user can enter; never one that was there before."""
    if not isinstance(owner_id, UUID) or not isinstance(row_id, UUID):
        raise TypeError("a temporary folder is named after row ids")
    with tempfile.TemporaryDirectory(prefix=f"chatmrpt-{owner_id}-{row_id}-") as folder:
        yield Path(folder)


def remove_left_folders(older_than: float) -> int:
    """Remove what killed processes left behind, once nothing can still be at work in it; `older_than` in seconds."""
    latest, removed = time.time() - older_than, 0
    for folder in temp_root().glob("chatmrpt-*"):
        if NAME.fullmatch(folder.name) is None or folder.is_symlink():
            continue
        state = folder.lstat()
        if state.st_uid == os.geteuid() and state.st_mtime < latest:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
