"""Objects that no row tells of. A process that was killed between the bytes and their row leaves one, or between the end of
a row and the end of its bytes. Nobody reaches them any more, and what was deleted has to be gone: they are removed.
"""

import logging
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path

from celery import shared_task
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.utils import timezone

from sessions_app import due
from sessions_app.isolation.owned import owned_models
from sessions_app.isolation.scope import scope

# Far longer than any upload or computation takes from its first byte to its row.
AT_LEAST = timedelta(hours=24)
AT_ONCE = 500
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What a folder holds of an object whose writing was cut off.
PARTIAL = r"\.[0-9a-f]{32}\.part"
# What users' keys look like; anything else in the storage is somebody else's business.
OWNED_KEY = re.compile(rf"({ID})/{ID}/(?:{ID}(?:(?:\.[a-z0-9]{{1,10}}){{0,2}}|/{ID})|(?:{ID}/)?{PARTIAL})")

logger = logging.getLogger(__name__)


@shared_task(name="sessions_app.remove_orphans")
def remove_orphans_if_due() -> None:
    due.do_if_due(due.ORPHANS, remove_orphans)


def remove_orphans(older_than: timedelta = AT_LEAST) -> int:
    """Delete users' objects of this age that no row names; return how many there were."""
    born_before = timezone.now() - older_than
    old = (key for key, at in _stored() if at < born_before and OWNED_KEY.fullmatch(key))
    removed = 0
    for owner, keys in groupby(old, key=lambda key: key.partition("/")[0]):
        while batch := list(islice(keys, AT_ONCE)):
            removed += _remove(uuid.UUID(owner), batch)
    if removed:
        logger.warning("%s objects without a row removed", removed)
    return removed


def _remove(owner_id: uuid.UUID, keys: Sequence[str]) -> int:
    known: set[str] = set()
    for model in _keeping_objects():
        with scope(owner_id, kind="task"), transaction.atomic():
            named = model.objects.filter(storage_key__in=keys)
            known.update(named.values_list("storage_key", flat=True))
    orphans = [key for key in keys if key not in known]
    for key in orphans:
        default_storage.delete(key)
    return len(orphans)


def _keeping_objects() -> list[type]:
    """Every owned model with a key to an object, whichever app it is of."""
    models = (model for model, _ in owned_models())
    return [model for model in models if any(field.name == "storage_key" for field in model._meta.fields)]


def _stored() -> Iterator[tuple[str, datetime]]:
    """Each key in the storage with the time of its last change; keys of one owner stand together."""
    if isinstance(default_storage, FileSystemStorage):
        root = Path(default_storage.location)
        for path in sorted(root.rglob("*")):
            # Somebody else may be deleting it at this moment.
            with suppress(FileNotFoundError):
                if path.is_file():
                    yield path.relative_to(root).as_posix(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    else:
        for entry in default_storage.bucket.objects.all():
            yield entry.key, entry.last_modified
