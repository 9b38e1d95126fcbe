"""Corrections that are offered again: names that a user confirmed for a ward, and columns per layout of an export.

They belong to one user and help with files of all of that user's sessions. What was used is frozen with the parameters
of a result, so a result never depends on what is learned or forgotten later.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from analysis.core.names import normalise_name
from analysis.models import RememberedColumns, RememberedName
from sessions_app.events import record
from sessions_app.models import User

MOST_NAMES = 2_000
"""How many names of a user are kept, the newest."""


def names_of(user: User) -> QuerySet[RememberedName]:
    return RememberedName.objects.filter(owner_id=user.pk).order_by("-confirmed_at", "pk")


def columns_of(user: User) -> QuerySet[RememberedColumns]:
    return RememberedColumns.objects.filter(owner_id=user.pk).order_by("-confirmed_at", "pk")


def known_names(owner_id: uuid.UUID) -> list[dict[str, str]]:
    """The names as they are frozen with a result's parameters."""
    rows = RememberedName.objects.filter(owner_id=owner_id).order_by("-confirmed_at", "pk")[:MOST_NAMES]
    return list(rows.values("name", "lga", "ward_code", "ward_name", "ward_lga"))


def layout_of(columns: Iterable[str]) -> str:
    """The signature of a layout: its column names, whatever their order."""
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()


def known_columns(owner_id: uuid.UUID, report: Mapping[str, Any]) -> dict[str, str]:
    """The corrections that were last used for a file of these columns."""
    layout = layout_of(report.get("columns", ()))
    row = RememberedColumns.objects.filter(owner_id=owner_id, layout=layout).first()
    return dict(row.mapping) if row else {}


@transaction.atomic
def remember_columns(
    owner_id: uuid.UUID, report: Mapping[str, Any], file_name: str, mapping: Mapping[str, str]
) -> None:
    """Keep what was used last for this layout; without a correction there is nothing to keep."""
    layout = layout_of(report.get("columns", ()))
    rows = RememberedColumns.objects.filter(owner_id=owner_id, layout=layout)
    if not mapping:
        rows.delete()
        return
    values = {"mapping": dict(mapping), "file_name": file_name}
    RememberedColumns.objects.update_or_create(owner_id=owner_id, layout=layout, defaults=values)


@transaction.atomic
def remember_names(owner_id: uuid.UUID, decided: Iterable[Mapping[str, Any]]) -> None:
    """Learn what a person said: ``name, lga, ward_code, ward_name, ward_lga``; without a code, forget the name."""
    for row in decided:
        texts = {part: _text(row.get(part)) for part in ("name", "lga", "ward_name", "ward_lga")}
        code = _text(row.get("ward_code"))
        key = name_key(texts["name"], texts["lga"])
        if not code:
            RememberedName.objects.filter(owner_id=owner_id, key=key).delete()
        elif normalise_name(texts["name"]):
            values = {**texts, "ward_code": code}
            RememberedName.objects.update_or_create(owner_id=owner_id, key=key, defaults=values)
    newest = RememberedName.objects.filter(owner_id=owner_id).order_by("-confirmed_at", "pk")
    too_old = list(newest.values_list("pk", flat=True)[MOST_NAMES:])
    RememberedName.objects.filter(owner_id=owner_id, pk__in=too_old).delete()


def name_key(name: str, lga: str) -> str:
    comparable = f"{normalise_name(name)}\n{normalise_name(lga, level='lga')}"
    return hashlib.sha256(comparable.encode()).hexdigest()


def _text(value: Any) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


@transaction.atomic
def forget(*, by: User, row: RememberedName | RememberedColumns) -> None:
    """From the next match or export on; results that used it stay."""
    record(owner_id=by.pk, verb="remembered.forgotten", of=row)
    type(row).objects.filter(owner_id=by.pk, pk=row.pk).delete()
