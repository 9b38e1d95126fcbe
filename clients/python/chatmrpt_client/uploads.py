"""Files on their way to the server, whole or in parts that survive a broken link."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from chatmrpt_client import contract
from chatmrpt_client.errors import ChatMRPTError
from chatmrpt_client.rows import FileRow, UploadRow, read
from chatmrpt_client.transport import Transport

HEAD_BYTES = 256 * 1024
OnProgress = Callable[[int, int], None]


def send_whole(
    transport: Transport, session_id: str, path: Path, kind: str, named: Mapping[str, str]
) -> FileRow:
    """Send a file in one request. A link that breaks loses it, and nothing is repeated."""
    with path.open("rb") as handle:
        answer = transport.call(
            contract.UPLOAD,
            files={"file": (path.name, handle)},
            data={"kind": kind, **named},
            session_id=session_id,
        )
    return read(FileRow, answer.json())


def name_again(transport: Transport, session_id: str, file: FileRow, named: Mapping[str, str]) -> FileRow:
    """Have an upload read by another sheet or layer, as a file of its own; its bytes are not sent."""
    answer = transport.call(
        contract.UPLOAD,
        files={"again": (None, file.id)},
        data={"kind": file.kind, **named},
        session_id=session_id,
    )
    return read(FileRow, answer.json())


def send_in_parts(
    transport: Transport,
    session_id: str,
    path: Path,
    kind: str,
    named: Mapping[str, str],
    on_progress: OnProgress | None,
) -> FileRow:
    """Send a file in parts, each with its checksum. The same file begun before goes on where it stopped.

    `named` is the sheet or layer that is meant, where the file has several.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = hashlib.sha256(handle.read(HEAD_BYTES)).hexdigest()
        described = {"kind": kind, "name": path.name, "size_bytes": size, "head_sha256": head}
        begun = transport.call(contract.BEGIN_UPLOAD, json=described, session_id=session_id)
        upload = read(UploadRow, begun.json())
        sums = _send_missing(transport, upload, handle, size, on_progress)
    whole = hashlib.sha256("".join(sums).encode()).hexdigest()
    answer = transport.call(
        contract.FINISH_UPLOAD, json={"parts_sha256": whole, **named}, upload_id=upload.id
    )
    return read(FileRow, answer.json())


def _send_missing(
    transport: Transport, upload: UploadRow, handle: BinaryIO, size: int, on_progress: OnProgress | None
) -> list[str]:
    """Send what is not there yet; give back the checksums of all parts."""
    there = {part["number"]: part["sha256"] for part in upload.received}
    sums, done = [], 0
    handle.seek(0)
    for number in range(1, upload.part_count + 1):
        part = handle.read(upload.part_bytes)
        digest = hashlib.sha256(part)
        if there.get(number, digest.hexdigest()) != digest.hexdigest():
            raise ChatMRPTError(f"{handle.name} has changed since the server got its part {number}.")
        if number not in there:
            header = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
            transport.call(
                contract.PUT_PART,
                content=part,
                headers={"Content-Digest": header},
                upload_id=upload.id,
                number=number,
            )
        sums.append(digest.hexdigest())
        done += len(part)
        if on_progress is not None:
            on_progress(done, size)
    return sums
