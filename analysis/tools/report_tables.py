"""Questions to the tables of test positivity: wards, LGAs, facilities and months, ordered, chosen and counted."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
from django.utils.translation import gettext_noop

from analysis import frames
from analysis.explained.tpr import csv_or_nothing
from analysis.queries.execution import answer
from analysis.queries.query import TOTAL, Filter, Query, Sort
from analysis.tools.desk import Desk, Found
from analysis.tools.positivity import LGAS, QUALITY, columns_of, links_of, no_tpr
from analysis.tpr_exports import FACILITIES
from analysis.tpr_kinds import HOTSPOTS, LGA_SERIES, LGA_TRENDS, TRENDS, UNUSUAL, WARD_SERIES
from analysis.trend_words import direction, slope_of
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

OfSaid = Literal["ward", "lga", "facility", "month", "unusual"]
MeasureSaid = Literal[
    "", "tested", "positive", "tpr_percent", "reporting_percent", "facilities", "slope", "value", "reported"
]
LevelSaid = Literal["", "primary", "secondary", "tertiary"]
MovingSaid = Literal["", "rises", "falls"]
SpotSaid = Literal["", "hot", "cold"]
SHOWN, LONGEST_LIST = 10, 200
# Column -> how it is headed, its unit, whether it is a number.
HEADS: Mapping[str, tuple[str, str, bool]] = MappingProxyType(
    {
        "facility": (gettext_noop("Facility"), "", False), "ward_name": ("Ward", "", False), "lga_name": ("LGA", "", False),
        "level": (gettext_noop("Level of care"), "", False), "period": (gettext_noop("Period"), "", False),
        "tested": ("Tested", "persons", True), "positive": ("Positive", "persons", True),
        "tpr_percent": ("Positivity", "%", True), "reporting_percent": ("Reports received", "%", True),
        "reported": (gettext_noop("Reports sent"), "", True), "facilities": ("Facilities", "", True),
        "slope": ("Change of positivity", "points a year", True), "value": ("Positivity", "%", True),
        "usual": (gettext_noop("Usual positivity"), "%", True), "spot": (gettext_noop("With its neighbours"), "", False),
    }
)  # fmt: skip
SPOTS = {"hot": gettext_noop("high together"), "cold": gettext_noop("low together")}
NAMED = {
    "ward": ("ward_name", "lga_name"), "lga": ("lga_name",), "facility": ("facility", "level", "ward_name", "lga_name"),
    "month": ("period",), "unusual": ("period", "ward_name", "lga_name"),
}  # fmt: skip
COUNTS = ("tested", "positive", "tpr_percent")
TEXTS = frozenset({"facility", "ward_name", "lga_name", "level", "period", "ward_code", "moving", "spot"})


def report_table(
    desk: Desk, *, of: OfSaid = "ward", by: MeasureSaid = "", ascending: bool = False, limit: int = 0, lga: str = "",
    ward: str = "", level: LevelSaid = "", moving: MovingSaid = "", spot: SpotSaid = "", where: Any = (),
) -> Found:  # fmt: skip
    """Wards, LGAs, facilities, months or unusual months of the facility reports: those that fit, or those at one end.

    `by` orders them by tested, positive, tpr_percent, reporting_percent, slope (change in points a year) or how many
    facilities a place has; `where` takes the same columns. `moving` chooses places whose positivity clearly rises or falls,
    `spot` wards that are high or low together with their neighbours.
    """
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    if of == "facility" and not csv_or_nothing(result, FACILITIES):
        return Found("no_facilities", links=links_of(result))
    rows = _rows(result, of, lga, ward)
    if of in ("month", "unusual") and not rows:
        say = "no_unusual" if of == "unusual" and csv_or_nothing(result, TRENDS) else "no_trend"
        return Found(say, {"place": ward or lga}, links=links_of(result))
    table = _table(rows)
    measure = _measured(by, of, moving)
    names = _shown(table, of, measure, [name for name, *_ in where], moving=bool(moving), spot=bool(spot))
    filters = tuple(
        _filters(table, of, lga=lga, ward=ward, level=level, moving=moving, spot=spot, where=where)
    )
    asked = (*filters, Filter(measure, "present")) if measure else filters
    sort = (Sort(measure, not ascending),) if measure else ()
    most = max(1, min(limit or (SHOWN if measure else LONGEST_LIST), LONGEST_LIST))
    found = answer(
        Query(("at",), asked, sort=sort, limit=most, total=True), table, tie_break="at", limits=desk.limits
    )
    picked = [{name: rows[one["at"]].get(name) for name in names} for one in found]
    for row in picked:
        row |= {"spot": SPOTS[row["spot"]]} if row.get("spot") else {}
    first = picked[0] if picked else {}
    facts = {
        "of": of, "n": found[0][TOTAL] if found else 0, "shown": len(picked), "all": len(rows), "by": measure,
        "label": HEADS[measure][0] if measure else "", "unit": HEADS[measure][1] if measure else "",
        "end": "lowest" if ascending else "highest", "one": limit == 1, "first": _place(first, of) if first else "",
        "first_value": first.get(measure) if measure else None, "lga": "" if of == "lga" else lga, "ward": ward, "level": level,
        "moving": moving, "spot": spot, "choice": result.summary["choice"]["label"], "stale": desk.is_tpr_stale,
        "conditions": [
            {"label": label, "operator": sign, "values": values, "unit": unit}
            for name, sign, *values in where
            for label, unit, *_ in (HEADS.get(name, (name, "")),)
        ],
    }  # fmt: skip
    return Found(
        "report_table", facts, columns_of((name, *HEADS[name]) for name in names), picked, links_of(result)
    )


def _measured(by: str, of: str, moving: str) -> str:
    if by == "facilities" and of not in ("ward", "lga"):
        return ""
    if of == "unusual":
        return "value" if by else ""
    return by or ("slope" if moving else "")


def _filters(
    table: pa.Table, of: str, *, lga: str, ward: str, level: str, moving: str, spot: str, where: Any
) -> Iterable[Filter]:
    if lga and of != "month":
        yield Filter("lga_name", "=", (lga,))
    if ward and of != "month":
        yield Filter("ward_name", "=", (ward,))
    for name, value in (("level", level), ("moving", moving), ("spot", spot)):
        if value:
            if name not in table.column_names:
                raise Problem("invalid_request", f"There is no “{name}” in this table.", where=name)
            yield Filter(name, "=", (value,))
    for name, sign, *values in where:
        yield Filter(name, sign, tuple(values))


def _shown(table: pa.Table, of: str, by: str, asked: Iterable[str], *, moving: bool, spot: bool) -> list[str]:
    counts = ("value", "usual") if of == "unusual" else COUNTS
    more = [name for name in (by, *asked, "slope" if moving else "", "spot" if spot else "") if name in HEADS]
    names = dict.fromkeys((*NAMED[of], *more, *counts))
    return [name for name in names if name in table.column_names]


def _place(row: Mapping[str, Any], of: str) -> str:
    if of == "month":
        return str(row["period"])
    name = str(row.get("facility") or row.get("ward_name") or row.get("lga_name") or "")
    if of == "unusual":
        return f"{row['period']}, {name}"
    lga = row.get("lga_name")
    return f"{name} ({lga})" if lga and lga != name else name


def _rows(result: AnalysisResult, of: str, lga: str, ward: str) -> list[dict[str, Any]]:
    if of == "ward":
        return _ward_rows(result)
    if of == "lga":
        return _lga_rows(result)
    if of == "facility":
        return csv_or_nothing(result, FACILITIES)
    if of == "unusual":
        return csv_or_nothing(result, UNUSUAL)
    return _month_rows(result, lga, ward)


def _ward_rows(result: AnalysisResult) -> list[dict[str, Any]]:
    reporting = {
        row["ward_code"]: row
        for row in frames.csv_rows(result, QUALITY)
        if row["check"] == "reporting_rate" and row["scope"] == "ward"
    }
    moves = {row["ward_code"]: row for row in csv_or_nothing(result, TRENDS)}
    spots = {row["ward_code"]: row["hotspot"] for row in csv_or_nothing(result, HOTSPOTS)}
    held = _facilities_by(result, "ward_code")
    return [
        {name: row[name] for name in ("ward_code", "ward_name", "lga_name", *COUNTS)}
        | _moved(moves.get(row["ward_code"]))
        | {
            "reporting_percent": reporting.get(row["ward_code"], {}).get("value"),
            "expected": reporting.get(row["ward_code"], {}).get("count"),
            "facilities": held.get(row["ward_code"], 0) if held else None,
            "spot": spots.get(row["ward_code"]) or None,
        }
        for row in frames.csv_rows(result, frames.WARDS_CSV)
    ]


def _lga_rows(result: AnalysisResult) -> list[dict[str, Any]]:
    moves = {(row["lga_name"], row["state_name"]): row for row in csv_or_nothing(result, LGA_TRENDS)}
    held = _facilities_by(result, "lga_name")
    received: dict[str, list[float]] = {}
    for row in _ward_rows(result):
        if row["reporting_percent"] is not None and row["expected"]:
            sums = received.setdefault(str(row["lga_name"]), [0.0, 0.0])
            sums[0] += row["reporting_percent"] * row["expected"]
            sums[1] += row["expected"]
    lgas = frames.csv_rows(result, LGAS)
    names = [row["lga_name"] for row in lgas]
    return [
        {name: row[name] for name in ("lga_name", *COUNTS)}
        | _moved(moves.get((row["lga_name"], row["state_name"])))
        | {
            # Names that several states have can't be told apart here.
            "reporting_percent": _share(received.get(row["lga_name"]))
            if names.count(row["lga_name"]) == 1
            else None,
            "facilities": held.get(row["lga_name"], 0)
            if held and names.count(row["lga_name"]) == 1
            else None,
        }
        for row in lgas
    ]


def _share(sums: list[float] | None) -> float | None:
    return sums[0] / sums[1] if sums else None


def _moved(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"slope": None, "moving": None}
    return {"slope": slope_of(row), "moving": direction(row)}


def _facilities_by(result: AnalysisResult, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in csv_or_nothing(result, FACILITIES):
        if row[name] is not None:
            counts[row[name]] = counts.get(row[name], 0) + 1
    return counts


def _month_rows(result: AnalysisResult, lga: str, ward: str) -> list[dict[str, Any]]:
    """The months of a ward, an LGA or the whole area: sums come before rates."""
    file = LGA_SERIES if lga and not ward else WARD_SERIES
    sums: dict[str, list[float]] = {}
    for row in csv_or_nothing(result, file):
        of_place = (not ward or row["ward_name"] == ward) and (not lga or row["lga_name"] == lga)
        if row["span"] == "month" and of_place:
            both = sums.setdefault(str(row["period"]), [0.0, 0.0])
            both[0] += row["tested"] or 0
            both[1] += row["positive"] or 0
    return [
        {
            "period": period,
            "tested": tested,
            "positive": positive,
            "tpr_percent": 100 * positive / tested if tested else None,
        }
        for period, (tested, positive) in sorted(sums.items())
    ]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    """The rows as typed columns, those of the same type whatever is missing; `at` is a row's place."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, pa.Array] = {"at": pa.array(range(len(rows)), pa.int64())}
    for name in names:
        if name in TEXTS:
            columns[name] = pa.array(
                [None if row.get(name) is None else str(row[name]) for row in rows], pa.string()
            )
        elif name in HEADS:
            columns[name] = pa.array([row.get(name) for row in rows], pa.float64())
    return pa.table(columns)
