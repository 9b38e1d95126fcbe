"""Who reported when: reporting rates of LGAs, and of the wards of one, as rows of coloured cells."""

from typing import Any

import pyarrow.compute as pc
from django.http import Http404

from analysis import frames
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

BY_MONTH = "reporting_by_month.csv"
MOST_PERIODS = 120


def lga_heat(heat: dict[str, Any]) -> dict[str, Any]:
    """The LGAs of a result; `left_out` says how many more there are."""
    rows = [_row(row["lga"], row["values"]) for row in heat["rows"]]
    # A result from before all were named has only those that it shows.
    names = heat.get("lgas", [row["lga"] for row in heat["rows"]])
    return {"periods": heat["periods"], "rows": rows, "lgas": names, "left_out": len(names) - len(rows)}


def ward_heat(result: AnalysisResult, lga: str) -> dict[str, Any] | None:
    """The wards of an LGA, in the newest periods; None for a result that has no such table."""
    try:
        table = frames.csv_table(result, BY_MONTH, ("ward_code", "ward_name", "lga_name", "period"))
    except Problem:
        return None
    found = table.filter(pc.equal(table["lga_name"], lga))
    if not found.num_rows:
        raise Http404
    rows = frames.rows_of(found)
    periods = sorted({row["period"] for row in rows})[-MOST_PERIODS:]
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
