"""Private folders for work in progress, gone when the work is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID


@contextmanager
def temp_folder(owner_id: UUID, row_id: UUID) -> Iterator[Path]:
    """A fresh folder that only this process's user can enter; never one that was there before."""
    if not isinstance(owner_id, UUID) or not isinstance(row_id, UUID):
        raise TypeError("a temporary folder is named after row ids")
    with tempfile.TemporaryDirectory(prefix=f"chatmrpt-{owner_id}-{row_id}-") as folder:
        yield Path(folder)
