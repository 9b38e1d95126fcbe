"""A refusal turned into what a page shows."""

from types import TracebackType
from typing import Any

from rest_framework.exceptions import ValidationError

from sessions_app.problems import Explained, Problem


class Refusal:
    """Catches what can explain itself and nothing else.

    ::

        with Refusal() as refusal:
            actions.store_file(...)
        if refusal.problem: ...
    """

    def __init__(self) -> None:
        self.problem: dict[str, Any] | None = None
        self.status = 422

    def __enter__(self) -> "Refusal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, ValidationError):
            self.problem = explained(error).problem()
        elif isinstance(error, Explained):
            self.problem = error.problem()
            self.status = getattr(error, "status", 422)
        return self.problem is not None


def explained(error: ValidationError) -> Problem:
    """What a serializer refused, as a problem in plain words."""
    return Problem("invalid_request", _words(error.detail))


def _words(detail: Any) -> str:
    """All messages of a serializer in one line."""
    if isinstance(detail, dict):
        return " ".join(filter(None, (_words(inner) for inner in detail.values())))
    if isinstance(detail, list):
        return " ".join(filter(None, (_words(inner) for inner in detail)))
    return str(detail)
