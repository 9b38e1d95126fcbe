"""What the server tells of sessions, files, computations and questions, as typed rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

Row = TypeVar("Row")


def read(kind: type[Row], told: Mapping[str, Any]) -> Row:
    """Return a row of a kind from what the server told; fields that this version doesn't know are left out."""
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in told.items() if name in names})


def names_of(kind: type[Any]) -> tuple[str, ...]:
    """Return the fields that are read of a kind."""
    return tuple(one.name for one in fields(kind))


@dataclass(frozen=True)
class SessionRow:
    """A line of work. Times are ISO 8601 texts, as the server tells them."""

    id: str
    name: str
    note: str
    is_demo: bool
    created_at: str
    updated_at: str
    archived_at: str | None


@dataclass(frozen=True)
class FileRow:
    """A stored file: an upload (`result` is None) or what a computation left."""

    id: str
    session: str
    result: str | None
    kind: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    status: str
    created_at: str
    download: str
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultRow:
    """A computation: what was asked for, how far it is, and what it found."""

    id: str
    session: str
    kind: str
    status: str
    params: dict[str, Any]
    progress: dict[str, Any]
    error: dict[str, Any] | None
    code_version: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    parents: list[str] = field(default_factory=list)
    stale: bool = False
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.status in ("succeeded", "failed", "cancelled")

    @property
    def files(self) -> dict[str, FileRow]:
        """The files that it left, by name."""
        return {one["name"]: read(FileRow, one) for one in self.artifacts}


@dataclass(frozen=True)
class UploadRow:
    """A file on its way in parts."""

    id: str
    part_bytes: int
    part_count: int
    file: str | None
    received: list[dict[str, Any]]


@dataclass(frozen=True)
class PartRow:
    """A part that is safely stored."""

    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class ConversationRow:
    """A conversation about a session."""

    id: str
    session: str
    title: str
    turn_count: int
    created_at: str


@dataclass(frozen=True)
class TurnRow:
    """A question and its answer. `results` is what the tools found, as data."""

    id: str
    number: int
    status: str
    question: str
    answer: str
    results: list[Any]
    next_actions: list[Any]
    error: Any
    created_at: str
    finished_at: str | None


@dataclass(frozen=True)
class PairRow:
    """What signing in gives."""

    access: str
    refresh: str


@dataclass(frozen=True)
class PageRow:
    """One page of a list that grows at its head."""

    next: str | None
    results: list[dict[str, Any]]


@dataclass(frozen=True)
class WardsRow:
    """One page of a ward table."""

    count: int
    results: list[dict[str, Any]]


@dataclass(frozen=True)
class LoginRow:
    """A login to a DHIS2 that the server keeps, sealed, for one import."""

    id: str
    session: str
    address: str
    expires_at: str


@dataclass(frozen=True)
class ComparisonRow:
    """Net plans side by side. `first` and `second` are the plans that changes are told of."""

    first: str
    second: str
    plans: list[dict[str, Any]]
    lgas: list[dict[str, Any]]
    wards_with_more: int
    wards_with_fewer: int
    changes: list[dict[str, Any]]
    counted_differently: list[dict[str, Any]]
    rankings: int
