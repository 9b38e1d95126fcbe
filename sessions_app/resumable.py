"""Files sent in parts, over links that break: each part is checked, durable and told of before it is acknowledged.

Parts come in any order and may come twice. No transaction is open while a body is read or the storage works. What
expires, or is discarded, goes with everything below its prefix in the storage.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from sessions_app import actions, kinds, quotas, selectors
from sessions_app.events import record
from sessions_app.files import CHUNK, display_name, refuse_size, suffix_of
from sessions_app.isolation.lookup import get_own
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import part_key, upload_prefix
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import AnalysisSession, ResumableUpload, StoredFile, UploadPart, User
from sessions_app.problems import Explained, Problem
from sessions_app.storage import after_commit, delete_under, told_of

HEAD_BYTES = 256 * 1024
"""How much of a file's beginning tells it from another of the same name and size; also the smallest part."""
MOST_PARTS = 1_000


class AlreadyStored(Exception):
    """Somebody else finished the same upload a moment earlier."""


def uploads_of(user: User) -> QuerySet[ResumableUpload]:
    return ResumableUpload.objects.filter(owner_id=user.pk)


def unfinished_of(session: AnalysisSession) -> QuerySet[ResumableUpload]:
    """Uploads that can be gone on with, newest first, with the bytes that have arrived as `received_bytes`."""
    rows = ResumableUpload.objects.filter(
        owner_id=session.owner_id, session_id=session.pk, file=None, expires_at__gt=timezone.now()
    )
    parts = UploadPart.objects.filter(owner_id=session.owner_id, upload_id=OuterRef("pk")).order_by()
    arrived = parts.values("upload_id").annotate(total=Sum("size_bytes")).values("total")
    return rows.annotate(received_bytes=Coalesce(Subquery(arrived), 0)).order_by("-created_at")


def part_bytes_for(size_bytes: int) -> int:
    """Small parts lose little when a link breaks; a large file gets larger ones, so that there are not too many."""
    return max(1, -(-size_bytes // (MOST_PARTS * HEAD_BYTES))) * HEAD_BYTES


def begin(
    *, by: User, session: AnalysisSession, kind: str, name: str, size_bytes: int, head_sha256: str
) -> tuple[ResumableUpload, bool]:
    """The upload for this file, and whether it is new: the same file chosen again goes on where it stopped."""
    described = kinds.file_kind(kind)
    shown = display_name(name)
    suffix_of(shown, described)
    refuse_size(size_bytes, shown)
    if size_bytes < 1:
        raise Problem("file_empty", f"“{shown}” has no content.", where=shown)
    with transaction.atomic():
        # The locks make two tabs that choose the same file at once find one upload, and two files share the room.
        holder = User.objects.select_for_update(no_key=True).filter(pk=by.pk).first()
        session = selectors.sessions_of(by).select_for_update().filter(pk=session.pk).first()
        if session is None or holder is None:
            raise Http404
        same = unfinished_of(session).filter(
            kind=described.name, name=shown, size_bytes=size_bytes, head_sha256=head_sha256
        )
        if (earlier := same.first()) is not None:
            return earlier, False
        if selectors.files_of(session).count() >= settings.UPLOAD["max_files_per_session"]:
            raise Problem("too_many_files", where="session")
        waiting = uploads_of(by).filter(file=None, expires_at__gt=timezone.now()).count()
        if waiting >= settings.UPLOAD["max_unfinished_per_user"]:
            raise Problem("too_many_uploads", f"{waiting} of your uploads are unfinished.")
        quotas.refuse_without_room(holder, size_bytes)
        upload = ResumableUpload.objects.create(
            owner_id=by.pk,
            session=session,
            kind=described.name,
            name=shown,
            size_bytes=size_bytes,
            part_bytes=part_bytes_for(size_bytes),
            head_sha256=head_sha256,
            expires_at=timezone.now() + timedelta(hours=settings.UPLOAD["unfinished_hours"]),
        )
        record(
            owner_id=by.pk,
            verb="upload.begun",
            of=upload,
            session_id=session.pk,
            kind=upload.kind,
            size_bytes=size_bytes,
            parts=upload.part_count,
        )
    return upload, True


def put_part(
    *, by: User, upload_id: uuid.UUID, number: int, sha256: str, body: BinaryIO, length: int
) -> tuple[UploadPart, bool]:
    """Store one part; give back its row and whether it is new. Call it outside a transaction."""
    with transaction.atomic(durable=True):
        upload = get_own(uploads_of(by), upload_id)
        _refuse_ended(upload)
        if not 1 <= number <= upload.part_count:
            raise Problem("invalid_request", f"The parts are 1 to {upload.part_count}.", where="number")
        earlier = upload.parts.filter(number=number).first()
    if earlier is not None:
        return _same(earlier, sha256), False
    expected = upload.size_of_part(number)
    if length != expected:
        detail = f"Part {number} has {expected} bytes, {length} were announced."
        raise Problem("part_size_wrong", detail, where=f"part {number}")
    part_id = uuid.uuid4()
    key = part_key(by.pk, upload.session_id, upload.pk, part_id)
    with temp_folder(by.pk, part_id) as folder:
        path = Path(folder) / "part"
        _receive(body, path, expected, sha256, head=upload.head_sha256 if number == 1 else "", number=number)
        with told_of(key, path):
            part = _row_of(
                UploadPart(
                    id=part_id,
                    owner_id=by.pk,
                    upload=upload,
                    number=number,
                    size_bytes=expected,
                    sha256=sha256,
                    storage_key=key,
                )
            )
    if part.pk != part_id:
        default_storage.delete(key)
    return _same(part, sha256), part.pk == part_id


def _row_of(part: UploadPart) -> UploadPart:
    """The row of this part, or that of the same part which came twice at once and was a moment earlier."""
    try:
        with transaction.atomic(durable=True):
            part.save(force_insert=True)
        return part
    except IntegrityError:
        with transaction.atomic():
            stored = UploadPart.objects.filter(upload_id=part.upload_id, number=part.number).first()
        if stored is None:  # the upload was discarded meanwhile
            raise Http404 from None
        return stored


def _same(part: UploadPart, sha256: str) -> UploadPart:
    if part.sha256 != sha256:
        raise Problem("upload_part_differs", where=f"part {part.number}")
    return part


def _refuse_ended(upload: ResumableUpload) -> None:
    if upload.file_id is not None:
        raise Problem("upload_finished", where=str(upload.pk))
    if upload.expires_at <= timezone.now():
        raise Problem("upload_expired", where=str(upload.pk))


def _receive(body: BinaryIO, path: Path, expected: int, sha256: str, *, head: str, number: int) -> None:
    """Copy a body of exactly `expected` bytes and hold it to its checksum, the first also to the file's head."""
    digest, beginning, size = hashlib.sha256(), b"", 0
    with path.open("xb") as out:
        while size < expected and (chunk := body.read(min(CHUNK, expected - size))):
            size += len(chunk)
            digest.update(chunk)
            if head and len(beginning) < HEAD_BYTES:
                beginning += chunk[: HEAD_BYTES - len(beginning)]
            out.write(chunk)
    if size != expected:
        raise Problem("upload_cut_off", where=f"part {number}", fix="Send this part again.")
    if digest.hexdigest() != sha256:
        raise Problem("checksum_differs", where=f"part {number}")
    if head and hashlib.sha256(beginning).hexdigest() != head:
        detail = "The file does not begin as head_sha256 says."
        raise Problem("checksum_differs", detail, where="part 1")


def digest_of(sums: Iterable[str]) -> str:
    """One checksum for a whole file: the SHA-256 of the parts' SHA-256s in hex, written one after the other."""
    return hashlib.sha256("".join(sums).encode()).hexdigest()


def finish(
    *, by: User, upload_id: uuid.UUID, parts_sha256: str, named: Mapping[str, str] | None = None
) -> StoredFile:
    """Join the parts, check the file as any upload is checked, and store it. Asked twice, it answers with one file.

    A file that is refused takes its parts along, unless only the sheet or layer has to be `named`. Call it outside a
    transaction.
    """
    with transaction.atomic(durable=True):
        upload = get_own(uploads_of(by).select_related("session", "file"), upload_id)
        if upload.file is not None:
            return upload.file
        _refuse_ended(upload)
        parts = list(upload.parts.order_by("number"))
    missing = sorted(set(range(1, upload.part_count + 1)) - {part.number for part in parts})
    if missing:
        detail = f"{len(missing)} of {upload.part_count} parts have not arrived."
        raise Problem("upload_incomplete", detail, examples=[str(number) for number in missing])
    if digest_of(part.sha256 for part in parts) != parts_sha256:
        detail = "The parts that are stored are not those of your file."
        raise Problem(
            "checksum_differs", detail, fix="Discard the upload and begin anew.", where="parts_sha256"
        )
    part = kinds.named_part(kinds.file_kind(upload.kind), named or {})
    try:
        return actions.store_file(
            by=by,
            session=upload.session,
            kind=upload.kind,
            part=part,
            upload=JoinedParts(upload, parts),
            also=partial(_became, upload),
            announced=upload.size_bytes,
        )
    except (AlreadyStored, FileNotFoundError):
        # Asked for twice at once: the other one has stored the file, and perhaps taken the parts away already.
        with transaction.atomic():
            stored = get_own(uploads_of(by).select_related("file"), upload_id).file
        if stored is None:
            raise
        return stored
    except (Problem, ValueError) as refusal:
        if _is_final(refusal, upload):
            discard(by=by, upload=upload)
        raise


def _is_final(refusal: Exception, upload: ResumableUpload) -> bool:
    """Whether the same file would be refused again, whatever sheet or layer is named."""
    if not isinstance(refusal, Explained) or getattr(refusal, "status", 422) != 422:
        return False
    asks = refusal.problem()["code"] in kinds.WHICH_PART and kinds.file_kind(upload.kind).part
    return not asks


def _became(upload: ResumableUpload, file: StoredFile) -> None:
    """In the transaction that tells of the file: the upload names it, and the parts go."""
    row = ResumableUpload.objects.select_for_update().filter(pk=upload.pk).first()
    if row is None:
        raise Http404
    if row.file_id is not None:
        raise AlreadyStored
    ResumableUpload.objects.filter(pk=row.pk).update(file=file)
    UploadPart.objects.filter(upload_id=row.pk).delete()
    after_commit(delete_under, _prefix(row))


@transaction.atomic
def discard(*, by: User, upload: ResumableUpload) -> None:
    """Forget an upload and its parts; the file that it may have become stays."""
    record(
        owner_id=by.pk,
        verb="upload.discarded",
        of=upload,
        session_id=upload.session_id,
        kind=upload.kind,
        size_bytes=upload.size_bytes,
    )
    _forget(upload)


def _forget(upload: ResumableUpload) -> None:
    ResumableUpload.objects.filter(pk=upload.pk).delete()
    after_commit(delete_under, _prefix(upload))


def remove_expired(*, most: int) -> int:
    """Each one in its owner's scope; the maintenance role only finds them."""
    late = ResumableUpload.objects.using("system").filter(expires_at__lte=timezone.now())
    found = list(late.order_by("expires_at").values_list("owner_id", "pk")[:most])
    for owner_id, upload_id in found:
        with scope(owner_id, kind="task"), transaction.atomic():
            upload = ResumableUpload.objects.filter(pk=upload_id).first()
            if upload is not None and upload.file_id is not None:
                # It became a file; nothing is discarded.
                _forget(upload)
            elif upload is not None:
                discard(by=User(pk=owner_id), upload=upload)
    return len(found)


def _prefix(upload: ResumableUpload) -> str:
    return upload_prefix(upload.owner_id, upload.session_id, upload.pk)


class JoinedParts(UploadedFile):
    """The parts in their order, read like the file they came from."""

    def __init__(self, upload: ResumableUpload, parts: list[UploadPart]) -> None:
        super().__init__(file=None, name=upload.name, size=upload.size_bytes)
        self._parts = parts

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        for part in self._parts:
            with default_storage.open(part.storage_key) as content:
                yield from content.chunks(chunk_size or CHUNK)
