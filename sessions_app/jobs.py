"""A computation while it runs: claimed by one worker, its lease renewed, its progress told, ended once.

The row in the ledger is the only truth. A worker owns it as long as it holds the attempt number it drew when
claiming and its lease has not run out; every write is conditional on both the attempt and the state, so however
many workers start on one result, one of them ends it. No transaction is open while computing or storing.
"""

import math
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import redis.exceptions
from botocore.exceptions import ConnectionError as StorageConnectionError
from botocore.exceptions import HTTPClientError
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from sessions_app import kinds, quotas
from sessions_app.checksums import sha256_of
from sessions_app.events import record
from sessions_app.files import media_type_of
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import attempt_key
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import AnalysisResult, StoredFile, User
from sessions_app.problems import Explained, Problem, fault
from sessions_app.storage import save_object

Status = AnalysisResult.Status
# A run that draws thirty figures a second tells of some of them: each word of it is a transaction.
TELL_SECONDS = 0.5
WEIGH_BYTES = 4 * 1024 * 1024

# Worth another try: the database, the storage or Valkey was away for a moment.
TRANSIENT = (
    OperationalError,
    StorageConnectionError,
    HTTPClientError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)


class Cancelled(Exception):
    """The owner asked to stop."""


class LeaseLost(Exception):
    """Another worker has taken over, or the result is gone; what this one computes no longer counts."""


class Job:
    """What a kind's `run(job)` may use."""

    def __init__(self, result: AnalysisResult, folder: Path) -> None:
        self.result = result
        self.params: dict[str, Any] = result.params
        self.folder = folder
        self.owner_id = result.owner_id
        self.attempt = result.attempt
        self.artifacts: dict[str, StoredFile] = {}
        # Called in the transaction in which the result succeeds.
        self.when_succeeded: list[Callable[[], None]] = []
        self._titles = dict(kinds.result_kind(result.kind).steps)
        self._seconds: dict[str, float] = {}
        self.step = ""
        self._step_began = time.monotonic()
        # When progress was last told and room last looked for, and how much there was to store then.
        self._told = self._looked = -math.inf
        self._weighed = 0

    # Reading

    @contextmanager
    def local_copy(self, file_id: uuid.UUID | str) -> Iterator[Path]:
        """The bytes of one of the owner's files as a file on this machine."""
        stored = self._file(file_id)
        suffix = Path(stored.storage_key).suffix
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=suffix) as copy:
            with default_storage.open(stored.storage_key) as source:
                for chunk in source.chunks():
                    copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def file_name(self, file_id: uuid.UUID | str) -> str:
        return self._file(file_id).name

    def chosen_part(self, file_id: uuid.UUID | str) -> str:
        """The sheet or layer that was named with the upload; empty where none was."""
        with scope(self.owner_id), transaction.atomic():
            named = StoredFile.objects.filter(pk=file_id).values_list("report__chosen", flat=True).first()
        return named or ""

    @contextmanager
    def artifact_path(self, result_id: uuid.UUID | str, name: str) -> Iterator[Path]:
        """What an earlier result left under `name`, as a file on this machine."""
        with self.local_copy(artifact_id(uuid.UUID(str(result_id)), name)) as path:
            yield path

    def _file(self, file_id: uuid.UUID | str) -> StoredFile:
        with scope(self.owner_id), transaction.atomic():
            stored = StoredFile.objects.filter(pk=file_id).defer("report").first()
            if stored is None and not held_by(self.result.pk, self.attempt).exists():
                raise LeaseLost
        if stored is None:
            raise Problem("file_gone")
        return stored

    # Telling

    def progress(self, step: str, percent: float) -> None:
        """Say how far we are, each step at once and within one now and then; raises `Cancelled` or `LeaseLost` when
        going on makes no sense."""
        if step != self.step:
            self._close_step()
            self.step = step
        elif time.monotonic() - self._told < TELL_SECONDS:
            return
        steps = self._steps()
        with scope(self.owner_id), transaction.atomic():
            held = held_by(self.result.pk, self.attempt)
            if not held.update(step=step, percent=max(0.0, min(100.0, percent)), steps=steps):
                raise LeaseLost
            cancelled = held.values_list("cancel_requested_at", flat=True).get()
        self._told = time.monotonic()
        if cancelled:
            raise Cancelled

    def save_artifact(self, name: str, path: Path, media_type: str = "") -> None:
        """Store a file of this result. It is told of only when the result succeeds."""
        self._save(name, path, media_type, kinds.ARTIFACT, {})

    def save_upload(self, kind: str, name: str, path: Path, report: dict[str, Any]) -> None:
        """Store a file that stands among the session's uploads of this kind once the result succeeds."""
        self._save(name, path, "", kind, report)

    def _save(self, name: str, path: Path, media_type: str, kind: str, report: dict[str, Any]) -> None:
        self._look_for_room(self._written_bytes(besides=name) + path.stat().st_size)
        file_id = artifact_id(self.result.pk, name)
        session_id, suffix = self.result.session_id, Path(name).suffix
        key = attempt_key(self.owner_id, session_id, file_id, self.attempt, suffix)
        save_object(key, path)
        self.artifacts[name] = StoredFile(
            id=file_id,
            owner_id=self.owner_id,
            session_id=session_id,
            result_id=self.result.pk,
            kind=kind,
            name=name,
            media_type=media_type or media_type_of(name),
            size_bytes=path.stat().st_size,
            sha256=sha256_of(path),
            storage_key=key,
            report=report,
        )

    def _look_for_room(self, written: int) -> None:
        """Stop a run that fills the storage, or whose session is gone, before it is done: now and then, and whenever
        so much more was written. `take_room` is what holds the limit; until then no row tells of these files."""
        if written - self._weighed < WEIGH_BYTES and time.monotonic() - self._looked < TELL_SECONDS:
            return
        with scope(self.owner_id), transaction.atomic():
            if not held_by(self.result.pk, self.attempt).exists():
                raise LeaseLost
            owner = User.objects.filter(pk=self.owner_id).first()
            if owner is None:
                raise LeaseLost
            quotas.refuse_without_room(owner, written)
        self._weighed, self._looked = written, time.monotonic()

    def _written_bytes(self, *, besides: str = "") -> int:
        """What this run has stored and no row tells of yet."""
        return sum(stored.size_bytes for name, stored in self.artifacts.items() if name != besides)

    def take_room(self) -> None:
        """Inside the transaction that tells of the artifacts: they fit, or none is told of."""
        try:
            quotas.take_room(self.owner_id, self._written_bytes())
        except Http404:
            raise LeaseLost from None

    def delete_artifacts(self) -> None:
        """What this attempt has stored; nothing of another's has its keys."""
        for stored in self.artifacts.values():
            default_storage.delete(stored.storage_key)

    def finished_steps(self) -> list[dict[str, Any]]:
        self._close_step()
        self.step = ""
        return [step | {"state": "done"} for step in self._steps()]

    def failed_steps(self) -> list[dict[str, Any]]:
        failed = self.step
        self._close_step()
        return [step | {"state": "failed"} if step["code"] == failed else step for step in self._steps()]

    def _close_step(self) -> None:
        now = time.monotonic()
        if self.step:
            self._seconds[self.step] = round(self._seconds.get(self.step, 0) + now - self._step_began, 3)
        self._step_began = now

    def _steps(self) -> list[dict[str, Any]]:
        codes = list(self._titles)
        here = codes.index(self.step) if self.step in codes else -1
        return [
            {
                "code": code,
                "title": title,
                "state": "running" if place == here else "done" if place < here else "waiting",
                "seconds": self._seconds.get(code),
            }
            for place, (code, title) in enumerate(self._titles.items())
        ]


def artifact_id(result_id: uuid.UUID, name: str) -> uuid.UUID:
    """The row's id, the same whichever attempt succeeds. Where its bytes are the row alone says."""
    return uuid.uuid5(result_id, name)


def held_by(result_id: uuid.UUID, attempt: int) -> QuerySet[AnalysisResult]:
    return AnalysisResult.objects.filter(pk=result_id, attempt=attempt, status=Status.RUNNING)


def lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.RESULTS["lease_seconds"])


def claim(owner_id: uuid.UUID, result_id: uuid.UUID) -> AnalysisResult | None:
    """Take a queued result, or a running one whose worker has gone silent. None: it is not ours to run."""
    now = timezone.now()
    free = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=now)
    with scope(owner_id), transaction.atomic():
        waiting = AnalysisResult.objects.filter(free, pk=result_id)
        if _ended_without_running(waiting):
            return None
        taken = waiting.update(
            status=Status.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=lease_end(),
            started_at=Coalesce("started_at", now),
            step="",
            percent=0,
        )
        if not taken:
            return None
        result = AnalysisResult.objects.get(pk=result_id)
        record(
            owner_id=owner_id,
            verb="result.started",
            of=result,
            session_id=result.session_id,
            kind=result.kind,
            attempt=result.attempt,
            waited_seconds=round((now - result.created_at).total_seconds(), 1),
        )
        return result


def _ended_without_running(waiting: QuerySet[AnalysisResult]) -> bool:
    """Close what nobody should start again: cancelled while its worker was away, or tried too often."""
    for result in waiting.select_for_update():
        if result.cancel_requested_at:
            return _end(waiting, result, Status.CANCELLED, "result.cancelled")
        if result.tries >= settings.RESULTS["max_attempts"]:
            error = Problem("worker_lost").problem() | {"step": result.step}
            return _end(waiting, result, Status.FAILED, "result.failed", error=error)
    return False


def run_claimed(result: AnalysisResult) -> None:
    """Compute a claimed result to its end."""
    kind = kinds.result_kind(result.kind)
    with temp_folder(result.owner_id, result.pk) as folder:
        job = Job(result, Path(folder))
        with Lease(job), Ending(job):
            run = kind.load_run()
            _succeed(job, run(job))


def run_here(owner_id: uuid.UUID, result_id: uuid.UUID) -> bool:
    """Claim and compute in this process. False when there was nothing to do."""
    result = claim(owner_id, result_id)
    if result is None:
        return False
    run_claimed(result)
    return True


class Lease:
    """Renews the claim from a thread of its own, in its own scope and short transactions."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{job.result.pk}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _renew(self) -> None:
        try:
            while not self._stop.wait(settings.RESULTS["lease_seconds"] / 3):
                if not self._renewed():
                    return
        finally:
            connection.close()

    def _renewed(self) -> bool:
        try:
            with scope(self._job.owner_id), transaction.atomic():
                return bool(held_by(self._job.result.pk, self._job.attempt).update(lease_until=lease_end()))
        except OperationalError:
            connection.close()  # the database is away; the lease is still good for two more turns
            return True


class Ending:
    """Writes down how a run ended, whatever ended it, so that no exception is swallowed by its kind."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return True
        if isinstance(error, LeaseLost):
            self._job.delete_artifacts()
            return True
        if isinstance(error, Cancelled):
            self._end(Status.CANCELLED, "result.cancelled")
            return True
        if isinstance(error, TRANSIENT) and self._job.result.tries < settings.RESULTS["max_attempts"]:
            return False  # the task publishes it again
        if not isinstance(error, Exception):
            self._hand_back()  # the process is being stopped
            return False
        told = _told(error, f"running {self._job.result.pk}")
        self._end(Status.FAILED, "result.failed", error=told | {"step": self._job.step})
        return True

    def _end(self, status: str, verb: str, **changes: Any) -> None:
        job = self._job
        with scope(job.owner_id), transaction.atomic():
            held = held_by(job.result.pk, job.attempt)
            ended = _end(held, job.result, status, verb, steps=job.failed_steps(), **changes)
        if ended:
            job.delete_artifacts()

    def _hand_back(self) -> None:
        """Let another worker begin at once. If even this fails, the lease runs out and one takes over then."""
        connection.close()  # what the signal interrupted may have been a statement on it
        with suppress(*TRANSIENT):
            # Not given back: it may have succeeded a moment before the signal.
            if release(self._job.owner_id, self._job.result):
                self._job.delete_artifacts()


def _told(error: Exception, doing: str) -> dict[str, Any]:
    if isinstance(error, SoftTimeLimitExceeded):
        return Problem("out_of_time").problem()
    return error.problem() if isinstance(error, Explained) else fault(error, doing=doing)


def _end(
    rows: QuerySet[AnalysisResult], result: AnalysisResult, status: str, verb: str, **changes: Any
) -> bool:
    """Move to a final state, with its event, inside the caller's transaction."""
    ended = rows.update(status=status, finished_at=timezone.now(), lease_until=None, **changes)
    if ended:
        error = changes.get("error") or {}
        told = {name: error[name] for name in ("code", "incident", "step") if error.get(name)}
        record(
            owner_id=result.owner_id,
            verb=verb,
            of=result,
            session_id=result.session_id,
            kind=result.kind,
            **told,
            **({"seconds": _seconds(result)} if result.started_at else {}),
        )
    return bool(ended)


def _seconds(result: AnalysisResult) -> float:
    return round((timezone.now() - result.started_at).total_seconds(), 1)


def _succeed(job: Job, summary: dict[str, Any]) -> None:
    result = job.result
    with scope(job.owner_id), transaction.atomic():
        held = held_by(result.pk, job.attempt)
        if not held.exists():
            raise LeaseLost
        job.take_room()
        ended = _end(
            held.filter(cancel_requested_at__isnull=True),
            result,
            Status.SUCCEEDED,
            "result.succeeded",
            summary=summary,
            percent=100,
            step="",
            steps=job.finished_steps(),
            error={},
        )
        if not ended:
            raise Cancelled if held.exists() else LeaseLost
        StoredFile.objects.bulk_create(job.artifacts.values())
        for stored in job.artifacts.values():
            if stored.kind != kinds.ARTIFACT:
                size, digest = stored.size_bytes, stored.sha256
                record(owner_id=job.owner_id, verb="file.stored", of=stored, session_id=result.session_id, kind=stored.kind,
                       size_bytes=size, sha256=digest)  # fmt: skip
        for also in job.when_succeeded:
            also()


def requeue_silent(owner_id: uuid.UUID, result_id: uuid.UUID, until: datetime) -> bool:
    """Put a running result whose worker has gone silent back into the line. False: it isn't silent any more."""
    silent = AnalysisResult.objects.filter(
        pk=result_id, status=Status.RUNNING, lease_until__lt=timezone.now()
    )
    with scope(owner_id), transaction.atomic():
        return bool(silent.update(status=Status.QUEUED, lease_until=until))


def release(owner_id: uuid.UUID, result: AnalysisResult) -> bool:
    """Give a claim back after a named passing failure, to be tried again soon."""
    with scope(owner_id), transaction.atomic():
        return bool(held_by(result.pk, result.attempt).update(status=Status.QUEUED, lease_until=lease_end()))
