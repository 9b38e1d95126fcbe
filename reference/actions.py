"""Loading and withdrawing reference sets, as staff: each leaves one event."""

import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from reference.kinds import reference_kind
from reference.models import ReferenceSet
from sessions_app.checksums import sha256_of
from sessions_app.files import display_name, suffix_of
from sessions_app.isolation.shared import shared_key
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.problems import Problem
from sessions_app.storage import told_of

_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
YEAR = re.compile(rf"\d{{4}}(?:[–-]\d{{4}})?|{_MONTH}(?:\.\.{_MONTH})?")
STATED = ("name", "year", "licence", "source")


def load_reference(
    *,
    by: uuid.UUID,
    kind: str,
    path: Path,
    file_name: str,
    stated: Mapping[str, str],
    options: Mapping[str, str],
) -> ReferenceSet:
    """Check and store a file as the next version of a set. Call it outside a transaction.

    `stated` holds the name, year, licence and source; nothing of that is guessed. Raises a Problem, or what the kind's
    reader refuses the file with.
    """
    described = reference_kind(kind)
    words = _stated(stated)
    shown = display_name(file_name)
    suffix = suffix_of(shown, described)
    unknown = sorted(set(options) - {name for name, _ in described.options})
    if unknown:
        raise Problem("invalid_request", f"{described.label} take no {', '.join(unknown)}.", where=unknown[0])
    if path.stat().st_size == 0:
        raise Problem("file_empty", f"“{shown}” has no content.", where=shown)
    digest = sha256_of(path)
    _refuse_again(described.name, words["name"], digest)
    facts = described.load_inspect()(path, shown, words["year"], options)
    row = ReferenceSet(
        kind=described.name,
        file_name=shown,
        size_bytes=path.stat().st_size,
        sha256=digest,
        facts=facts,
        **words,
    )
    row.storage_key = shared_key(row.pk, suffix)
    with told_of(row.storage_key, path):
        _enter(row, by)
    return row


def _enter(row: ReferenceSet, by: uuid.UUID) -> None:
    sets = ReferenceSet.objects.using(STAFF_ALIAS)
    try:
        with transaction.atomic(using=STAFF_ALIAS):
            same = sets.filter(kind=row.kind, name=row.name)
            row.version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
            row.save(using=STAFF_ALIAS, force_insert=True)
            _record(by, "reference.loaded", row)
    except IntegrityError as error:
        raise Problem(
            "invalid_request", f"“{row.name}” is being loaded by somebody else just now.", where="name"
        ) from error


def withdraw_reference(*, by: uuid.UUID, reference: ReferenceSet) -> bool:
    """Offer a version to nobody any more. False: it was withdrawn already."""
    with transaction.atomic(using=STAFF_ALIAS):
        rows = ReferenceSet.objects.using(STAFF_ALIAS).filter(pk=reference.pk, withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now()):
            return False
        _record(by, "reference.withdrawn", reference)
    return True


def offer_reference_again(*, by: uuid.UUID, reference: ReferenceSet) -> bool:
    """Offer a withdrawn version to everybody again. False: it was not withdrawn."""
    with transaction.atomic(using=STAFF_ALIAS):
        rows = ReferenceSet.objects.using(STAFF_ALIAS).filter(pk=reference.pk, withdrawn_at__isnull=False)
        if not rows.update(withdrawn_at=None):
            return False
        _record(by, "reference.offered_again", reference)
    return True


def _record(by: uuid.UUID, verb: str, row: ReferenceSet) -> None:
    Event.objects.using(STAFF_ALIAS).create(
        owner_id=by,
        actor=by,
        verb=verb,
        object_type=row._meta.model_name,
        object_id=row.pk,
        data={"kind": row.kind, "name": row.name, "version": row.version, "sha256": row.sha256},
    )


def _stated(stated: Mapping[str, str]) -> dict[str, str]:
    words = {name: " ".join(str(stated.get(name, "")).split()) for name in STATED}
    for name, text in words.items():
        longest = ReferenceSet._meta.get_field(name).max_length
        if not text:
            raise Problem(
                "invalid_request", f"The {name} is not stated.", fix=f"State the {name}.", where=name
            )
        if len(text) > (longest or 0):
            raise Problem("invalid_request", f"The {name} is longer than {longest} letters.", where=name)
    if not YEAR.fullmatch(words["year"]):
        raise Problem(
            "invalid_request",
            f"“{words['year']}” is no year.",
            fix="Write a year (2024), a month (2018-08) or a span (2015-2020).",
            where="year",
        )
    return words


def _refuse_again(kind: str, name: str, digest: str) -> None:
    same = ReferenceSet.objects.using(STAFF_ALIAS).filter(kind=kind, name=name).order_by("-version").first()
    if same and same.sha256 == digest and same.withdrawn_at is None:
        raise Problem(
            "invalid_request",
            f"These very bytes are version {same.version} of “{name}” already.",
            fix="Load another file, or give it another name.",
            where="file",
        )
