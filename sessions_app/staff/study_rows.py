"""The event ledger for a study: no name, no address, no id that stands anywhere else.

Either each event is a line in which people, sessions and things have pseudonyms that hold within this one export; or,
k-anonymous, events are counted by day, verb and kind, without pseudonyms, and what fewer than k people did is left out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.moments import Moment

BATCH = 2_000
# Who guards the system is no subject of a study.
NOT_FOR_STUDIES = ("staff.", "isolation.")
# Of what an event tells, these are facts of a few values or plain numbers.
FACTS = (
    "kind",
    "by",
    "model",
    "outcome",
    "size_bytes",
    "input_tokens",
    "output_tokens",
    "read_only",
    "route",
    "intent",
)
COLUMNS = ("at", "person", "verb", "session", "object_type", "object", *FACTS)
COUNTED = ("day", "verb", "kind", "people", "events")
LEFT_OUT = "(left out)"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """From `since` to before `until`, of these verbs, or of all."""

    since: datetime
    until: datetime
    verbs: tuple[str, ...] = ()

    def events(self) -> QuerySet[Event]:
        found = Event.objects.using(STAFF_ALIAS).alias(moment=Moment("at"))
        found = found.filter(moment__gte=self.since, moment__lt=self.until)
        if self.verbs:
            found = found.filter(verb__in=self.verbs)
        for beginning in NOT_FOR_STUDIES:
            found = found.exclude(verb__startswith=beginning)
        return found


def of_studies(verbs: list[str]) -> list[str]:
    return [verb for verb in verbs if not verb.startswith(NOT_FOR_STUDIES)]


class Pseudonyms:
    """The same for the same id within one export; the key is never kept, so two exports can't be joined."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, what: str, value: uuid.UUID | None) -> str:
        if value is None:
            return ""
        return hmac.new(self._key, f"{what}:{value}".encode(), hashlib.sha256).hexdigest()[:20]


def event_rows(wanted: Wanted) -> Iterator[dict[str, Any]]:
    """One line per event, oldest first. Each batch is a query of its own; nothing is open in between."""
    names = Pseudonyms()
    rows = wanted.events().order_by("moment", "id")
    last: Event | None = None
    while batch := list((_after(rows, last) if last else rows)[:BATCH]):
        last = batch[-1]
        for event in batch:
            yield {
                "at": event.at.isoformat(),
                "person": names.of("person", event.owner_id),
                "verb": event.verb,
                "session": names.of("session", event.session_id),
                "object_type": event.object_type,
                "object": names.of("object", event.object_id),
                **{fact: _plain(event.data.get(fact)) for fact in FACTS},
            }


def _after(rows: QuerySet[Event], last: Event) -> QuerySet[Event]:
    return rows.filter(Q(moment__gt=last.at) | Q(moment=last.at, id__gt=last.id), moment__gte=last.at)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) else ""


def counted_rows(wanted: Wanted, k: int) -> Iterator[dict[str, Any]]:
    """What at least k people did, by day, verb and kind; in the last line how many events were left out."""
    left_out = 0
    begin = wanted.since
    while begin < wanted.until:
        # A day is one group of queries, so that a year needs no more memory than its busiest day.
        end = min(begin + ONE_DAY, wanted.until)
        for group in _groups(Wanted(begin, end, wanted.verbs)):
            if group["people"] < k:
                left_out += group["events"]
            else:
                yield {"day": begin.date().isoformat(), **group, "kind": group["kind"] or ""}
        begin = end
    yield {"day": "", "verb": LEFT_OUT, "kind": "", "people": "", "events": left_out}


def _groups(day: Wanted) -> list[dict[str, Any]]:
    groups = day.events().order_by().values("verb", kind=KeyTextTransform("kind", "data"))
    counts = groups.annotate(people=Count("owner_id", distinct=True), events=Count("pk"))
    return list(counts.order_by("verb", "kind"))
