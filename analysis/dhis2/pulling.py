"""From a DHIS2 to a table of facility reports such as an export would hold, with where it is from. Needs no Django."""

from __future__ import annotations

import calendar
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.tpr.fields import Indicator, indicator_of
from analysis.dhis2.connection import Server, too_much
from analysis.dhis2.elements import Element, read_elements
from analysis.dhis2.units import Hierarchy, read_hierarchy, read_levels, read_tops
from analysis.dhis2.values import Value, analytics_of, data_sets_of, typed_in
from analysis.dhis2.wishes import MOST_ELEMENTS, MOST_VALUES, Wish, check_wish

PLACES = (
    "periodname",
    "State",
    "LGA",
    "Ward",
    "organisationunitname",
    "organisationunitid",
    "Facility level",
)
ELEMENT_FIELDS = "id,name,zeroIsSignificant,categoryCombo[categoryOptionCombos[id,name]]"
MOST_OFFERED = 300
OnStep = Callable[[str, float], None]


@dataclass(frozen=True)
class Pulled:
    """`frame`: one row per facility and month; a value that the server doesn't have is missing there."""

    frame: pd.DataFrame
    origin: dict[str, Any]
    notes: tuple[Note, ...]


@dataclass
class Counts:
    """The numbers as they come, and how many could not be used, by cause."""

    rows: list[tuple[str, str, str, float]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    combos: Counter[str] = field(default_factory=Counter)


def look(server: Server, on_step: OnStep) -> dict[str, Any]:
    """What a person chooses from: areas, levels, and the data elements that speak of malaria."""
    on_step("connect", 0)
    about = server.get("system/info.json")
    on_step("units", 10)
    levels = read_levels(server)
    tops = read_tops(server, 2)
    on_step("elements", 40)
    query = [("fields", ELEMENT_FIELDS), ("filter", "domainType:eq:AGGREGATE"), ("order", "id:asc")]
    found = [
        element for element in read_elements(server.rows("dataElements.json", query)) if element.is_of_malaria
    ]
    found.sort(key=lambda element: (not element.is_wanted, element.name.casefold()))
    return {
        **_system(server, about),
        "levels": levels,
        "areas": [{"id": unit.id, "name": unit.name, "level": unit.level} for unit in tops],
        "elements": [
            {"id": one.id, "name": one.name, "counts": one.words(), "wanted": one.is_wanted, "keeps_zero": one.keeps_zero}
            for one in found[:MOST_OFFERED]
        ],
        "elements_found": len(found),
    }  # fmt: skip


def pull(server: Server, wish: Wish, on_step: OnStep) -> Pulled:
    """Read the facilities and their months.

    Raises
    ------
    BadInput
        When the server refuses, answers nonsense, or has nothing of what is wished.
    """
    check_wish(wish)
    on_step("connect", 0)
    about = server.get("system/info.json")
    on_step("units", 2)
    hierarchy = read_hierarchy(
        server, wish.org_unit, progress=lambda count: on_step("units", 2 + min(8, count / 500))
    )
    on_step("elements", 10)
    elements = _chosen(server, wish)
    data_sets = data_sets_of(server, elements) if wish.source == "values" else []
    if wish.source == "values" and not data_sets:
        raise _nothing("None of the data elements is in a data set that this account can see.")
    counts = Counts()
    for place, month in enumerate(wish.months):
        on_step("values", 15 + 80 * place / len(wish.months))
        if wish.source == "values":
            values = typed_in(server, hierarchy, data_sets, month)
        else:
            values = analytics_of(server, hierarchy, elements, month)
        _take(values, counts, hierarchy, elements, month)
    on_step("store", 95)
    if not counts.rows:
        raise _nothing(f"It has no value for {hierarchy.root.name} from {wish.first} to {wish.last}.")
    frame = _table(counts, hierarchy, elements, wish)
    return Pulled(
        frame,
        _origin(server, about, wish, hierarchy, elements, counts, frame),
        _notes(elements, counts, frame),
    )


def _chosen(server: Server, wish: Wish) -> list[Element]:
    query = [("fields", ELEMENT_FIELDS), ("filter", "domainType:eq:AGGREGATE"), ("order", "id:asc")]
    if wish.elements:
        query.append(("filter", f"id:in:[{','.join(wish.elements)}]"))
        found = read_elements(server.rows("dataElements.json", query))
        gone = sorted(set(wish.elements) - {element.id for element in found})
        if gone:
            raise BadInput("dhis2_not_found", "The server has no such thing",
                           f"{len(gone)} of the data elements are not there, or this account can't see them.",
                           "Choose others.", where="elements", examples=gone)  # fmt: skip
    else:
        found = [
            element for element in read_elements(server.rows("dataElements.json", query)) if element.is_wanted
        ]
        if not found:
            raise _nothing("The name of no data element tells tests of malaria; choose the elements.")
        if len(found) > MOST_ELEMENTS:
            raise too_much(
                f"{len(found)} data elements tell tests of malaria; at most {MOST_ELEMENTS} are imported at once."
            )
    return sorted(found, key=lambda element: (element.name.casefold(), element.id))


def _take(
    values: Iterable[Value], counts: Counts, hierarchy: Hierarchy, elements: Sequence[Element], month: str
) -> None:
    """Keep what is a number of a known facility, month and element."""
    known = {element.id: element for element in elements}
    for value in values:
        element = known.get(value.element)
        if element is None:
            continue
        if value.month != month:
            counts.left_out["of weeks, quarters or years"] += 1
        elif value.unit not in hierarchy.units:
            counts.left_out["of units that this account can't see"] += 1
        elif (number := _number(value.text)) is None:
            counts.left_out["that are no numbers"] += 1
        elif (header := element.header(value.combo)) is None:
            counts.combos[f"{element.name}: {element.combos[value.combo]}"] += 1
        else:
            counts.rows.append((value.unit, month, header, number))
    if len(counts.rows) > MOST_VALUES:
        raise too_much(f"There are more than {MOST_VALUES:,} values.")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _table(counts: Counts, hierarchy: Hierarchy, elements: Sequence[Element], wish: Wish) -> pd.DataFrame:
    """One row per facility and month. Values of one cell are added; a cell without any stays missing."""
    rows = pd.DataFrame(counts.rows, columns=["unit", "month", "header", "value"])
    wide = rows.pivot_table(
        index=["unit", "month"], columns="header", values="value", aggfunc="sum", sort=True
    )
    headers = dict.fromkeys(header for element in elements for header in _headers(element))
    wide = wide[[header for header in headers if header in wide.columns]].reset_index()
    units = [hierarchy.units[unit] for unit in wide["unit"]]
    places = {
        "periodname": [f"{calendar.month_name[int(month[4:])]} {month[:4]}" for month in wide["month"]],
        "State": [hierarchy.above(unit, wish.state_level) for unit in units],
        "LGA": [hierarchy.above(unit, wish.lga_level) for unit in units],
        "Ward": [hierarchy.above(unit, wish.ward_level) for unit in units],
        "organisationunitname": [unit.name for unit in units],
        "organisationunitid": [unit.id for unit in units],
        "Facility level": [unit.kind for unit in units],
    }
    frame = pd.concat([pd.DataFrame(places, dtype=object), wide.drop(columns=["unit", "month"])], axis=1)
    order = pd.DataFrame({"unit": wide["unit"], "month": wide["month"], "ward": frame["Ward"].fillna("")})
    return frame.loc[order.sort_values(["ward", "unit", "month"]).index].reset_index(drop=True)


def _headers(element: Element) -> list[str]:
    found = [element.header(combo) for combo in element.combos]
    return [element.name, *(header for header in found if header is not None)]


def _system(server: Server, about: dict[str, Any]) -> dict[str, Any]:
    return {
        "server": str(server.address),
        "system": str(about.get("systemName", ""))[:200],
        "version": str(about.get("version", ""))[:40],
    }


def _origin(
    server: Server, about: dict[str, Any], wish: Wish, hierarchy: Hierarchy, elements: Sequence[Element],
    counts: Counts, frame: pd.DataFrame,
) -> dict[str, Any]:  # fmt: skip
    return {
        **_system(server, about),
        "org_unit": {"id": hierarchy.root.id, "name": hierarchy.root.name},
        "first": wish.first,
        "last": wish.last,
        "source": wish.source,
        "elements": [{"id": one.id, "name": one.name, "keeps_zero": one.keeps_zero} for one in elements],
        "pulled_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "facilities": int(frame["organisationunitid"].nunique()),
        "reports": len(frame),
        "values": len(counts.rows),
        "left_out": dict(counts.left_out)
        | ({"of unknown age groups": counts.combos.total()} if counts.combos else {}),
        "requests": server.spent.requests,
        "repeated": server.spent.repeated,
        "bytes": server.spent.bytes,
    }


def _notes(elements: Sequence[Element], counts: Counts, frame: pd.DataFrame) -> tuple[Note, ...]:
    notes = [
        Note("dhis2_left_out", "warning", f"Values {cause} were left out.", count)
        for cause, count in sorted(counts.left_out.items())
    ]
    if counts.combos:
        notes.append(Note("dhis2_unknown_groups", "warning", "Values of category option combos whose age group the name "
                          "does not tell were left out; others of the same data element name theirs.",
                          counts.combos.total(), tuple(sorted(counts.combos))))  # fmt: skip
    dropping = [element.name for element in elements if not element.keeps_zero]
    if dropping:
        notes.append(Note("dhis2_zeros_not_stored", "warning", "The server does not store zeros of these data elements "
                          "(zeroIsSignificant is off): a missing count may have been a zero. None was filled in, and a report "
                          f"without its positives is left out of the rate. Reports with tested and without positives: {_lonely(frame):,}.",
                          len(dropping), tuple(dropping)))  # fmt: skip
    return tuple(notes)


def _lonely(frame: pd.DataFrame) -> int:
    """Reports that count persons tested and no positives by the same test and group."""
    by_meaning: dict[Indicator, str] = {}
    for header in frame.columns.difference(PLACES, sort=False):
        meaning = indicator_of(header)
        if meaning is not None:
            by_meaning.setdefault(meaning, header)
    return sum(
        int((frame[header].notna() & frame[other].isna()).sum())
        for meaning, header in by_meaning.items()
        if meaning.status == "tested" and (other := by_meaning.get(meaning._replace(status="positive")))
    )


def _nothing(detail: str) -> BadInput:
    return BadInput("dhis2_nothing", "The server has nothing of this", detail,
                    "Choose another area, other months or other data elements; or ask for the right to see them.")  # fmt: skip
