"""What is wanted of a DHIS2: where, which months, which data elements. Needs no Django."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.core.errors import BadInput

UID = re.compile(r"[A-Za-z][A-Za-z0-9]{10}")
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
SOURCES = ("analytics", "values")
MOST_MONTHS = 120
MOST_ELEMENTS = 100
MOST_UNITS = 60_000
MOST_VALUES = 5_000_000


@dataclass(frozen=True)
class Wish:
    """`first`, `last`: months such as ``2024-03``. Without `elements` those are taken whose names tell tests of malaria.

    `source`: "analytics" asks for what the server has summed up for its own charts, "values" for what was typed in.
    The levels say which level of the hierarchy is a state, an LGA and a ward.
    """

    org_unit: str
    first: str
    last: str
    elements: tuple[str, ...] = ()
    source: str = "analytics"
    state_level: int = 2
    lga_level: int = 3
    ward_level: int = 4

    @property
    def months(self) -> list[str]:
        """The months as DHIS2 writes them, such as ``202403``."""
        begin, end = _number(self.first), _number(self.last)
        return [f"{number // 12:04d}{number % 12 + 1:02d}" for number in range(begin, end + 1)]


def check_wish(wish: Wish) -> None:
    """Raise `BadInput` for what can't be asked."""
    for month in (wish.first, wish.last):
        if not MONTH.fullmatch(month):
            raise _wrong(
                f"“{month}” is not a month such as 2024-03.", "first" if month == wish.first else "last"
            )
    if not 1 <= len(wish.months) <= MOST_MONTHS:
        raise _wrong(f"From {wish.first} to {wish.last} is not between 1 and {MOST_MONTHS} months.", "last")
    for name in (wish.org_unit, *wish.elements):
        if not UID.fullmatch(name):
            where = "org_unit" if name == wish.org_unit else "elements"
            raise _wrong(f"“{name[:40]}” is not an id of DHIS2: 11 letters and digits.", where)
    if len(wish.elements) > MOST_ELEMENTS:
        raise _wrong(f"At most {MOST_ELEMENTS} data elements are imported at once.", "elements")
    if not 1 <= wish.state_level < wish.lga_level < wish.ward_level <= 15:
        raise _wrong("State, LGA and ward are three levels, each below the one before.", "ward_level")
    if wish.source not in SOURCES:
        raise _wrong(f"“{wish.source}” is not one of {', '.join(SOURCES)}.", "source")


def _wrong(detail: str, where: str) -> BadInput:
    return BadInput(
        "dhis2_wish", "This can't be imported", detail, "Correct the choice and start again.", where=where
    )


def _number(month: str) -> int:
    match = MONTH.fullmatch(month)
    assert match, "checked by check_wish"
    return 12 * int(match[1]) + int(match[2]) - 1
