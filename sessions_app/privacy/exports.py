"""A copy of everything that a user has here: asked for, made by a worker, kept for some days, then deleted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import kombu.exceptions
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from sessions_app.events import record
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import storage_key
from sessions_app.models import DataExport, StoredFile, User
from sessions_app.problems import Problem
from sessions_app.storage import after_commit

Status = DataExport.Status
# A worker at work says so at least this often; one that is silent longer is taken for lost.
LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 3
SUFFIX = ".zip"


def kept_days() -> int:
    return settings.RETENTION["exports"]


def exports_of(user: User) -> QuerySet[DataExport]:
    return DataExport.objects.filter(owner_id=user.pk)


def export_of(user: User) -> DataExport | None:
    """The one that there is, if its time isn't up."""
    export = exports_of(user).first()
    return None if export is None or _over(export) else export


def _over(export: DataExport) -> bool:
    return export.expires_at is not None and export.expires_at <= timezone.now()


@transaction.atomic
def request_export(*, by: User) -> tuple[DataExport, bool]:
    """Ask for a copy; while one is being made that one is meant. A finished one is replaced. Gives back whether it is new."""
    # The user's row is the queue: two tabs find one copy.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    earlier = exports_of(by).first()
    if earlier is not None:
        if earlier.is_under_way:
            return earlier, False
        _remove(earlier)
    export_id = uuid.uuid4()
    export = DataExport.objects.create(
        id=export_id,
        owner_id=by.pk,
        lease_until=timezone.now() + LEASE,
        storage_key=storage_key(by.pk, export_id, export_id, SUFFIX),
    )
    record(owner_id=by.pk, verb="export.requested", of=export)
    transaction.on_commit(partial(publish, by.pk, export.pk))
    return export, True


def publish(owner_id: uuid.UUID, export_id: uuid.UUID) -> None:
    """Hand it to the workers. When the broker is away, `look_after` finds the row again."""
    from sessions_app.privacy.tasks import write_export

    try:
        with scope(owner_id):
            write_export.publish(export_id)
    except kombu.exceptions.OperationalError:
        return


@transaction.atomic
def discard(*, by: User, export: DataExport) -> None:
    """Delete a copy; one that is being made stops."""
    record(owner_id=by.pk, verb="export.discarded", of=export)
    _remove(export)


def _remove(export: DataExport) -> None:
    DataExport.objects.filter(pk=export.pk).delete()
    after_commit(default_storage.delete, export.storage_key)


def as_file(export: DataExport) -> StoredFile:
    """The archive as whatever hands out files takes it; no row of this kind is stored."""
    if export.status != Status.READY or _over(export):
        raise Problem("export_not_ready", where=str(export.pk))
    return StoredFile(
        name=f"chatmrpt-data-{export.created_at:%Y-%m-%d}{SUFFIX}",
        storage_key=export.storage_key,
        media_type="application/zip",
        kind="export",
    )


def end_all() -> int:
    """End every finished copy, as the owner of the tables: after a restore there are rows and no archives."""
    return DataExport.objects.using("owner").filter(status=Status.READY).update(expires_at=timezone.now())


def look_after(*, most: int = 500) -> int:
    """Publish again what no worker is at work on, end what was tried too often, delete what has expired."""
    now = timezone.now()
    known = DataExport.objects.using("system")
    silent = known.filter(status__in=(Status.QUEUED, Status.RUNNING), lease_until__lt=now)
    found = list(silent.values_list("owner_id", "pk")[:most])
    for owner_id, export_id in found:
        _try_again(owner_id, export_id)
    over = list(known.filter(expires_at__lte=now).values_list("owner_id", "pk")[:most])
    for owner_id, export_id in over:
        with scope(owner_id, kind="task"), transaction.atomic():
            export = DataExport.objects.filter(pk=export_id).first()
            if export is not None:
                discard(by=User(pk=owner_id), export=export)
    return len(found) + len(over)


def _try_again(owner_id: uuid.UUID, export_id: uuid.UUID) -> None:
    with scope(owner_id, kind="task"), transaction.atomic():
        export = DataExport.objects.select_for_update().filter(pk=export_id).first()
        if export is None or not export.is_under_way:
            return
        if export.attempt < MOST_ATTEMPTS:
            DataExport.objects.filter(pk=export_id).update(
                status=Status.QUEUED, lease_until=timezone.now() + LEASE
            )
            transaction.on_commit(partial(publish, owner_id, export_id))
            return
        over = timezone.now() + timedelta(days=kept_days())
        DataExport.objects.filter(pk=export_id).update(
            status=Status.FAILED, error_code="worker_lost", finished_at=timezone.now(), expires_at=over
        )
        record(owner_id=owner_id, verb="export.failed", of=export)
