"""Who reported when: reporting rates of LGAs, and of the wards of one, as rows of coloured cells."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.http import Http404

from analysis import frames
from analysis.tpr_kinds import HEAT_LGAS, HEAT_PERIODS
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

BY_MONTH, BY_LGA = "reporting_by_month.csv", "reporting_by_lga.csv"
TEXTS = ("ward_code", "ward_name", "lga_name", "state_name", "period")


def lga_heat(result: AnalysisResult, page: int, *, has_more: bool) -> dict[str, Any]:
    """A page of the LGAs of a result. `left_out` says how many no page shows: those of a result without their table."""
    heat = result.summary["heat"]
    # A result from before all were named has only those that it shows.
    names = heat.get("lgas", [row["lga"] for row in heat["rows"]])
    count = -(-len(names) // HEAT_LGAS) if has_more else 1
    if not 1 <= page <= max(count, 1):
        raise Http404
    spans = [(k + 1, k * HEAT_LGAS + 1, min((k + 1) * HEAT_LGAS, len(names))) for k in range(count)]
    shown = heat["rows"] if page == 1 else _lga_rows(result, heat["periods"], names, page)
    return {
        "periods": heat["periods"],
        "rows": [_row(row["lga"], row["values"]) for row in shown],
        "lgas": names,
        "page": page,
        "pages": [{"page": number, "first": first, "last": last} for number, first, last in spans],
        "left_out": 0 if has_more else len(names) - len(shown),
    }


def _lga_rows(
    result: AnalysisResult, periods: list[str], names: list[str], page: int
) -> list[dict[str, Any]]:
    wanted = names[(page - 1) * HEAT_LGAS : page * HEAT_LGAS]
    table = frames.csv_table(result, BY_LGA, TEXTS)
    labels = _labels(table)
    found = table.append_column("label", labels).filter(pc.is_in(labels, pa.array(wanted, pa.string())))
    rates: dict[str, dict[str, float]] = {name: {} for name in wanted}
    for row in frames.rows_of(found):
        rates[row["label"]][row["period"]] = row["reporting_percent"]
    return [
        {"lga": name, "values": [known.get(period) for period in periods]} for name, known in rates.items()
    ]


def _labels(table: pa.Table) -> pa.ChunkedArray:
    """The LGA of each row as the list names it: with its state where there are several."""
    names = table["lga_name"]
    if "state_name" not in table.column_names:
        return names
    states = table["state_name"].filter(pc.is_valid(names))
    if len(pc.unique(states).drop_null()) < 2:
        return names
    closed = pc.binary_join_element_wise(names, table["state_name"], " (")
    return pc.coalesce(pc.binary_join_element_wise(closed, pa.scalar(")"), ""), names)


def ward_heat(result: AnalysisResult, lga: str) -> dict[str, Any] | None:
    """The wards of an LGA, in the newest periods; None for a result that has no such table."""
    try:
        table = frames.csv_table(result, BY_MONTH, TEXTS)
    except Problem:
        return None
    found = table.filter(pc.equal(_labels(table), lga))
    if not found.num_rows:
        raise Http404
    rows = frames.rows_of(found)
    periods = sorted({row["period"] for row in rows})[-HEAT_PERIODS:]
    wards: dict[str, tuple[str, dict[str, float]]] = {}
    for row in rows:
        _, rates = wards.setdefault(row["ward_code"], (row["ward_name"] or row["ward_code"], {}))
        rates[row["period"]] = row["reporting_percent"]
    ordered = sorted(wards.values(), key=lambda ward: ward[0])
    return {
        "lga": lga,
        "periods": periods,
        "rows": [_row(name, [rates.get(period) for period in periods]) for name, rates in ordered],
    }


def _row(name: str, values: list[float | None]) -> dict[str, Any]:
    """Rates in five classes, for colours that the style sheet knows."""
    return {
        "name": name,
        "cells": [
            {"value": value, "kind": "none" if value is None else f"h{min(4, int(value // 20))}"}
            for value in values
        ],
    }
