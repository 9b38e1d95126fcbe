"""The values of a month: from the server's own sums, or as they were typed in. Needs no Django."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from analysis.dhis2.connection import Server, unreadable
from analysis.dhis2.elements import Element
from analysis.dhis2.units import Hierarchy

ELEMENTS_AT_ONCE = 40
ANALYTICS, VALUES = "analytics.json", "dataValueSets.json"


class Value(NamedTuple):
    unit: str
    month: str
    element: str
    combo: str
    text: str


def analytics_of(
    server: Server, hierarchy: Hierarchy, elements: Sequence[Element], month: str
) -> Iterator[Value]:
    """What every unit of the deepest level counted, as the server's analytics tables have it."""
    root, deepest = hierarchy.root, hierarchy.deepest
    units = root.id if root.level == deepest else f"{root.id};LEVEL-{deepest}"
    for start in range(0, len(elements), ELEMENTS_AT_ONCE):
        chosen = ";".join(element.id for element in elements[start : start + ELEMENTS_AT_ONCE])
        dimensions = [f"dx:{chosen}", "co", f"ou:{units}", f"pe:{month}"]
        query = [*(("dimension", one) for one in dimensions), ("skipMeta", "true"), ("skipRounding", "true")]
        answer = server.get(ANALYTICS, query)
        headers, rows = answer.get("headers"), answer.get("rows")
        if not isinstance(headers, list) or not isinstance(rows, list):
            raise unreadable(ANALYTICS, "It holds no headers and rows.")
        names = [header.get("name") if isinstance(header, dict) else None for header in headers]
        try:
            places = [names.index(name) for name in ("ou", "pe", "dx", "co", "value")]
        except ValueError:
            raise unreadable(ANALYTICS, "It lacks one of the columns ou, pe, dx, co and value.") from None
        for row in rows:
            if not isinstance(row, list) or len(row) < len(names):
                raise unreadable(ANALYTICS, "One of its rows is shorter than its headers.")
            yield Value(*(str(row[place]) for place in places))


def data_sets_of(server: Server, elements: Iterable[Element]) -> list[str]:
    """The data sets in which these elements are typed in."""
    wanted = ",".join(element.id for element in elements)
    query = [
        ("fields", "id"),
        ("filter", f"dataSetElements.dataElement.id:in:[{wanted}]"),
        ("order", "id:asc"),
    ]
    return [str(row["id"]) for row in server.rows("dataSets.json", query) if "id" in row]


def typed_in(server: Server, hierarchy: Hierarchy, data_sets: Sequence[str], month: str) -> Iterator[Value]:
    """What was typed in for a month below a unit, whatever the level; deleted values are none."""
    year, number = int(month[:4]), int(month[4:])
    last = calendar.monthrange(year, number)[1]
    query = [*(("dataSet", one) for one in data_sets), ("orgUnit", hierarchy.root.id), ("children", "true"),
             ("startDate", f"{year}-{number:02d}-01"), ("endDate", f"{year}-{number:02d}-{last}")]  # fmt: skip
    rows = server.get(VALUES, query).get("dataValues", [])
    if not isinstance(rows, list):
        raise unreadable(VALUES, "Its dataValues are no list.")
    for row in rows:
        if not isinstance(row, dict):
            raise unreadable(VALUES, "One of its values is not an object.")
        if row.get("deleted") is not True:
            yield Value(*(_text(row.get(name)) for name in ("orgUnit", "period", "dataElement", "categoryOptionCombo", "value")))  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(value)
