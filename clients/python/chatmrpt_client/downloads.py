"""Files on their way from the server: whole, checked, or not there at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import httpx2 as httpx

from chatmrpt_client import contract
from chatmrpt_client.errors import DifferentBytes, Unreachable
from chatmrpt_client.rows import FileRow
from chatmrpt_client.transport import Transport

TRIES = 3


def save(transport: Transport, file: FileRow, path: str | Path, *, as_png: bool = False) -> Path:
    """Write a stored file to `path`, or into it if it is a folder; return where it is.

    Until it is whole it has another name beside it, and its checksum is compared with the server's. A figure can be
    had as PNG.
    """
    target = Path(path)
    if target.is_dir():
        target /= Path(file.name).with_suffix(".png").name if as_png else Path(file.name).name
    query = {"as": "png"} if as_png else {}
    for turn in range(1, TRIES + 1):
        try:
            return _once(transport, file, target, query)
        except Unreachable:
            if turn == TRIES:
                raise
            transport.pause(float(turn))
    raise AssertionError("the last try returns or raises")


def _once(transport: Transport, file: FileRow, target: Path, query: dict[str, str]) -> Path:
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    part = Path(name)
    try:
        with (
            os.fdopen(handle, "wb") as out,
            transport.stream(contract.DOWNLOAD, query=query, file_id=file.id) as answer,
        ):
            try:
                for chunk in answer.iter_bytes():
                    digest.update(chunk)
                    out.write(chunk)
            except httpx.TransportError as error:
                raise Unreachable(f"The download of {file.name} broke off: {type(error).__name__}") from None
        if not query and digest.hexdigest() != file.sha256:
            raise DifferentBytes(f"{file.name} is not what the server has stored.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
