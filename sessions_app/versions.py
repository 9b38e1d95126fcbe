"""Two tabs change the same thing: the second one is told, with what it has become meanwhile.

A row with a `version` counts what people change by hand. Who says which version they saw is held to it; who says
nothing wins, as before.
"""

from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest

from sessions_app.problems import Problem


class Versioned(Protocol):
    pk: UUID
    version: int


class ChangedMeanwhile(Problem):
    """The row has another version than the one that was seen. `current` is what the API shows of it."""

    def __init__(self, row: Versioned, detail: str = "") -> None:
        super().__init__("changed_meanwhile", detail, where=str(row.pk))
        self.row = row
        self.current: dict[str, Any] = {}

    def problem(self) -> dict[str, Any]:
        return super().problem() | ({"current": self.current} if self.current else {})


def refuse_old(row: Versioned, seen: int | None, detail: str = "") -> None:
    """Raise when somebody saw an older version. Call it with the row locked."""
    if seen is not None and row.version != seen:
        raise ChangedMeanwhile(row, detail)


def seen_version(request: HttpRequest, sent: int | None = None) -> int | None:
    """The version that a program says it saw: the body's field, else the header `If-Match`.

    Answers carry it as a field and not as an ETag: nothing of a user's is a thing to be revalidated by a cache.
    """
    header = request.headers.get("If-Match", "").strip()
    if sent is not None or header in ("", "*"):
        return sent
    plain = header.removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 9):
        raise Problem("invalid_request", "If-Match takes the version of an earlier answer.", where="If-Match")
    return int(plain)


def version_of_form(request: HttpRequest) -> int | None:
    """The version that a form was made from; a form without one is held to nothing."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 9 else None
