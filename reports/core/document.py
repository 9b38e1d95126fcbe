"""A report as data: what stands in it and in which order, whatever draws it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["left", "right"]
_SIZE = re.compile(r'viewBox="[\d.]+ 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    text: str
    small: bool = False


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table; `share` of the width, in parts."""

    title: str
    side: Side = "left"
    share: float = 1.0


@dataclass(frozen=True)
class Table:
    """Texts in rows; `total` stands below a line. `small` tables fit more on a page."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    total: tuple[str, ...] = ()
    small: bool = False

    def __post_init__(self) -> None:
        for row in (*self.rows, *((self.total,) if self.total else ())):
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells under {len(self.columns)} columns")


@dataclass(frozen=True)
class Picture:
    """An SVG document with its caption and what it says in words; `share` of the text's width."""

    name: str
    svg: str = field(repr=False)
    caption: str
    alt: str
    share: float = 1.0

    @property
    def ratio(self) -> float:
        """Height ÷ width."""
        found = _SIZE.search(self.svg)
        return float(found[2]) / float(found[1]) if found else 0.75


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on: who, name, date, signature."""

    columns: tuple[str, ...]
    people: tuple[str, ...]


Block = Heading | Paragraph | Bullets | Table | Picture | Signatures


@dataclass(frozen=True)
class Report:
    """A whole report. `facts` stand on the cover; `contents` and `page` are words that a renderer needs."""

    language: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    contents: str
    page: str
    running: str
    warning: str = ""

    def pictures(self) -> Sequence[Picture]:
        """Return the pictures in their order."""
        return [block for block in self.blocks if isinstance(block, Picture)]
