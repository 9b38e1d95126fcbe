"""Reading reference sets: which are offered, and the bytes of one."""

import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from reference.models import ReferenceSet
from sessions_app.problems import Problem


def offered(kind: str = "") -> QuerySet[ReferenceSet]:
    """The newest version of each name that is not withdrawn."""
    sets = ReferenceSet.objects.filter(withdrawn_at=None)
    if kind:
        sets = sets.filter(kind=kind)
    newest = Window(
        RowNumber(), partition_by=[F("kind"), F("name")], order_by=F("version").desc()
    )  # a version that was withdrawn lets the one before it be seen again
    return sets.annotate(place=newest).filter(place=1).order_by("kind", "name")


def any_replaced(pks: Iterable[uuid.UUID | str]) -> bool:
    """Whether one of these sets has a newer version that is offered. No query where there is none to ask about."""
    wanted = list(pks)
    if not wanted:
        return False
    newer = ReferenceSet.objects.filter(
        kind=OuterRef("kind"), name=OuterRef("name"), version__gt=OuterRef("version"), withdrawn_at=None
    )
    return ReferenceSet.objects.filter(Exists(newer), pk__in=wanted).exists()


def newest_version(pk: uuid.UUID | str) -> ReferenceSet | None:
    """The version of the same set that is offered now, if there is one."""
    of = ReferenceSet.objects.filter(pk=pk).first()
    return None if of is None else offered(of.kind).filter(name=of.name).first()


def reference_set(pk: uuid.UUID | str) -> ReferenceSet:
    """Any version, for a result that names it."""
    found = ReferenceSet.objects.filter(pk=pk).first()
    if found is None:
        raise Problem("not_found", "There is no reference set with this id.", where="reference")
    return found


@contextmanager
def local_copy(stored: ReferenceSet, folder: Path) -> Iterator[Path]:
    """The bytes of a set as a file on this machine: where it lies, if it lies here, else in `folder`."""
    if isinstance(default_storage, FileSystemStorage):
        path = Path(default_storage.path(stored.storage_key))
        if not path.is_file():
            raise Problem("file_gone", where=stored.name)
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=folder, suffix=Path(stored.storage_key).suffix) as copy:
        with default_storage.open(stored.storage_key) as source:
            for chunk in source.chunks():
                copy.write(chunk)
        copy.flush()
        yield Path(copy.name)
