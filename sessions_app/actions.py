"""Writing: each action is one transaction and leaves exactly one event."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from sessions_app import kinds, quotas, selectors, tasks
from sessions_app.events import record
from sessions_app.files import stored_object
from sessions_app.isolation.cache import forget_cached
from sessions_app.isolation.storage import owner_prefix, session_prefix
from sessions_app.models import AnalysisResult, AnalysisSession, ResultParent, StoredFile, User
from sessions_app.params import check, frozen, rows_in
from sessions_app.problems import Explained, Problem
from sessions_app.storage import after_commit, delete_under
from sessions_app.versions import refuse_old

Status = AnalysisResult.Status
# What of an upload's report says how large its content is: numbers, never a name out of it.
SHAPE = ("rows", "wards", "lgas")


def _locked(rows: Any, pk: uuid.UUID) -> Any:
    """The row, held until the transaction ends. Another tab may have deleted it since it was found: then 404."""
    row = rows.select_for_update().filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@transaction.atomic
def create_session(*, by: User, name: str, note: str = "", is_demo: bool = False) -> AnalysisSession:
    session = AnalysisSession.objects.create(owner_id=by.pk, name=name.strip(), note=note, is_demo=is_demo)
    record(owner_id=by.pk, verb="session.created", of=session, session_id=session.pk)
    return session


@transaction.atomic
def rename_session(
    *,
    by: User,
    session: AnalysisSession,
    name: str | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> AnalysisSession:
    """Change name or note; raises `ChangedMeanwhile` when another version was `seen`."""
    session = _locked(AnalysisSession.objects, session.pk)
    refuse_old(session, seen, f"The session is now called “{session.name}”.")
    if name is not None:
        session.name = name.strip()
    if note is not None:
        session.note = note
    session.version += 1
    session.save(update_fields=["name", "note", "version", "updated_at"])
    record(owner_id=by.pk, verb="session.changed", of=session, session_id=session.pk)
    return session


@transaction.atomic
def delete_session(*, by: User, session: AnalysisSession) -> None:
    """Delete a session with its files and results; running computations notice and stop."""
    record(owner_id=by.pk, verb="session.deleted", of=session, session_id=session.pk)
    AnalysisSession.objects.filter(pk=session.pk).delete()
    after_commit(delete_under, session_prefix(by.pk, session.pk))


def store_file(
    *,
    by: User,
    session: AnalysisSession,
    kind: str,
    upload: UploadedFile,
    part: str = "",
    also: Callable[[StoredFile], None] | None = None,
    announced: int = 0,
) -> StoredFile:
    """Check and store an upload. Call it outside a transaction: none may wait for a body or the storage.

    `part` names the sheet or layer that is meant. `also` runs in the transaction that tells of the file; if it fails,
    the file is not stored. `announced` bytes of it count in the owner's room already.
    """
    described, began = kinds.file_kind(kind), time.monotonic()
    with transaction.atomic(durable=True):
        _refuse_too_many_files(session)
        quotas.refuse_without_room(by, upload.size or 0, announced=announced)
    stored_upload = stored_object(
        owner_id=by.pk, session_id=session.pk, kind=described, upload=upload, part=part
    )
    with (
        _telling_of_failure(session, kind, upload),
        stored_upload as stored,
        transaction.atomic(durable=True),
    ):
        quotas.take_room(by.pk, stored.size_bytes, announced=announced)
        session = _locked(AnalysisSession.objects, session.pk)
        _refuse_too_many_files(session)
        row = StoredFile.objects.create(
            id=stored.file_id,
            owner_id=by.pk,
            session=session,
            kind=described.name,
            name=stored.name,
            media_type=stored.media_type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            storage_key=stored.key,
            report=stored.report,
        )
        session.save(update_fields=["updated_at"])
        record(
            owner_id=by.pk,
            verb="file.stored",
            of=row,
            session_id=session.pk,
            kind=row.kind,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            seconds=round(time.monotonic() - began, 3),
            **{name: row.report[name] for name in SHAPE if isinstance(row.report.get(name), int)},
        )
        if also is not None:
            also(row)
    return row


def store_again(*, by: User, session: AnalysisSession, file: StoredFile, part: str) -> StoredFile:
    """Store an upload as another file that is read by another sheet or layer: nothing has to be sent again.

    Call it outside a transaction, as `store_file`.
    """
    if not part:
        named = kinds.file_kind(file.kind).part or "file"
        raise Problem("invalid_request", "Say which sheet or layer is to be read.", where=named)
    try:
        stored = default_storage.open(file.storage_key)
    except FileNotFoundError:
        raise Problem("file_gone", where=file.name) from None
    with stored:
        upload = UploadedFile(stored, file.name, size=file.size_bytes)
        return store_file(by=by, session=session, kind=file.kind, upload=upload, part=part)


@contextmanager
def _telling_of_failure(session: AnalysisSession, kind: str, upload: UploadedFile) -> Iterator[None]:
    """An upload that is refused leaves nothing but a line in the ledger: of which kind, how large, and the code."""
    began = time.monotonic()
    try:
        yield
    except Exception as error:
        if isinstance(error, Explained):
            with transaction.atomic(durable=True):
                record(
                    owner_id=session.owner_id,
                    verb="upload.failed",
                    of=session,
                    session_id=session.pk,
                    kind=kind,
                    size_bytes=upload.size,
                    seconds=round(time.monotonic() - began, 3),
                    code=error.problem()["code"],
                )
        raise


def _refuse_too_many_files(session: AnalysisSession) -> None:
    if selectors.files_of(session).count() >= settings.UPLOAD["max_files_per_session"]:
        raise Problem("too_many_files", where="session")


@transaction.atomic
def delete_file(*, by: User, file: StoredFile, confirmed: bool = False) -> None:
    """Delete an upload; results computed from it stay, and somebody has to want that."""
    if file.kind == kinds.ARTIFACT:
        raise Problem(
            "forbidden", "Files that belong to a result are deleted with its session.", where=file.name
        )
    _locked(AnalysisSession.objects, file.session_id)
    reading = AnalysisResult.objects.filter(
        session_id=file.session_id, status__in=selectors.ACTIVE, input_hashes__has_key=str(file.pk)
    )
    if reading.exists():
        raise Problem("file_in_use", where=file.name)
    if not confirmed and (standing := selectors.built_on(file)):
        raise Problem("file_has_results", where=file.name, examples=standing)
    record(owner_id=by.pk, verb="file.deleted", of=file, session_id=file.session_id, kind=file.kind)
    StoredFile.objects.filter(pk=file.pk).delete()
    after_commit(default_storage.delete, file.storage_key)


@transaction.atomic
def request_result(
    *,
    by: User,
    session: AnalysisSession,
    kind: str,
    params: Any,
    idempotency_key: str = "",
    publish: bool = True,
) -> AnalysisResult:
    """Enter a computation into the ledger; a worker takes it once this is committed.

    With an idempotency key the result's id follows from the key, so that a repeated request finds the first one's
    result. Without one, what is waiting or running already is not computed twice: its result is returned. Raises the
    params serializer's ValidationError, or a Problem.
    """
    described = kinds.result_kind(kind)
    session = _locked(AnalysisSession.objects, session.pk)
    checked = check(described.load_params(), params, session)
    plain = frozen(checked)
    result_id = uuid.uuid5(session.pk, idempotency_key) if idempotency_key else uuid.uuid4()
    if idempotency_key and (earlier := AnalysisResult.objects.filter(pk=result_id).first()):
        if (earlier.kind, earlier.params) != (described.name, plain):
            raise Problem("idempotency_key_reused", where="Idempotency-Key")
        return earlier
    inputs = list(rows_in(checked))
    hashes = {str(row.pk): _hash_of(row) for row in inputs}
    if not idempotency_key and (same := selectors.under_way(session, described.name, plain, hashes)):
        return same
    _refuse_too_many_results(by)
    result = AnalysisResult.objects.create(
        id=result_id,
        owner_id=by.pk,
        session=session,
        kind=described.name,
        params=plain,
        input_hashes=hashes,
        code_version=settings.CODE_VERSION,
        lease_until=tasks.patience_end(),
        steps=[
            {"code": code, "title": title, "state": "waiting", "seconds": None}
            for code, title in described.steps
        ],
    )
    ResultParent.objects.bulk_create(
        ResultParent(owner_id=by.pk, result=result, parent=row)
        for row in inputs
        if isinstance(row, AnalysisResult)
    )
    session.save(update_fields=["updated_at"])
    record(owner_id=by.pk, verb="result.requested", of=result, session_id=session.pk, kind=result.kind)
    if publish:
        transaction.on_commit(partial(tasks.publish, by.pk, result.pk))
    return result


def _hash_of(row: Any) -> str:
    """A result by all that it left; a file or a reference set by its bytes."""
    return selectors.fingerprint(row) if isinstance(row, AnalysisResult) else str(row.sha256)


def _refuse_too_many_results(by: User) -> None:
    waiting = AnalysisResult.objects.filter(owner_id=by.pk, status__in=selectors.ACTIVE).count()
    if waiting >= settings.RESULTS["max_waiting_per_user"]:
        raise Problem("too_many_results", f"{waiting} of your computations are waiting or running.")


@transaction.atomic
def cancel_result(*, by: User, result: AnalysisResult) -> AnalysisResult:
    """End a queued result now; ask the worker of a running one to stop at its next step."""
    result = _locked(AnalysisResult.objects, result.pk)
    if result.is_final:
        raise Problem("result_already_finished", f"The result has {result.status}.", where=str(result.pk))
    if result.cancel_requested_at:
        return result
    result.cancel_requested_at = timezone.now()
    verb = "result.cancel_requested"
    if result.status == Status.QUEUED:
        result.status, result.finished_at, result.lease_until = Status.CANCELLED, timezone.now(), None
        verb = "result.cancelled"
    result.save(update_fields=["status", "finished_at", "lease_until", "cancel_requested_at"])
    record(owner_id=by.pk, verb=verb, of=result, session_id=result.session_id, kind=result.kind)
    return result


def note_opened(result: AnalysisResult, *, page: str) -> None:
    """Say in the ledger that its owner looked at a result. Inside the caller's transaction."""
    record(
        owner_id=result.owner_id,
        verb="result.opened",
        of=result,
        session_id=result.session_id,
        kind=result.kind,
        page=page,
    )


@transaction.atomic
def note_download(*, file: StoredFile, form: str) -> None:
    """Say in the ledger that a file was taken; `form` is empty for the file as it is stored."""
    record(
        owner_id=file.owner_id,
        verb="file.downloaded",
        of=file,
        session_id=file.session_id,
        kind=file.kind,
        size_bytes=file.size_bytes,
        form=form,
    )


@transaction.atomic
def delete_account(*, by: User) -> None:
    """Delete a user with everything they stored: rows in the database's own cascade, objects and cache entries after it."""
    record(owner_id=by.pk, verb="account.deleted", of=by)
    User.objects.filter(pk=by.pk).delete()
    # The rows are gone whatever becomes of these; what the storage keeps then is an orphan and swept.
    after_commit(forget_cached, by.pk)
    after_commit(delete_under, owner_prefix(by.pk))
