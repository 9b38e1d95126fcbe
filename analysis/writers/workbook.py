"""The Excel download: wards, what the columns mean, and how the ranking was made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from analysis.core.doubtful import unit_of
from analysis.core.pipeline import RiskResult
from analysis.core.variables import default_direction, lookup
from analysis.writers.text import arrow_table, neutral

_EXCEL_TEXT = 32_767
_COLUMNS: dict[str, tuple[str, str]] = {
    "ward_code": ("Code of the ward", ""),
    "population": ("Population", "persons"),
    "composite_score": ("Median of the model scores; higher means more risk", "0–1"),
    "composite_rank": ("1 = highest risk; equal scores share a rank", "rank"),
    "composite_tier": ("High, Medium or Low, cut by rank", ""),
    "pca_score": ("Score by principal components; higher means more risk", ""),
    "pca_rank": ("1 = highest risk", "rank"),
    "pca_tier": ("High, Medium or Low, cut by rank", ""),
    "rank_difference": ("Composite rank minus PCA rank", "ranks"),
    "rank_min": ("Best rank over the models", "rank"),
    "rank_q1": ("Lower quartile of the ranks over the models", "rank"),
    "rank_median": ("Median of the ranks over the models", "rank"),
    "rank_q3": ("Upper quartile of the ranks over the models", "rank"),
    "rank_max": ("Worst rank over the models", "rank"),
    "models_used": ("Models that could score the ward: those whose variables it all has", "models"),
    "share_top_third": ("Share of these models in which the ward is among the top third", "0–1"),
    "imputed_variables": ("Variables whose value was filled", ""),
    "area_km2": ("Area in an equal-area projection", "km²"),
    "centroid_lat": ("Latitude of the centre", "°"),
    "centroid_lon": ("Longitude of the centre", "°"),
    "flags": ("Why a ward is not ranked, or what its rank rests on", ""),
}


def write_xlsx(sheets: dict[str, pd.DataFrame], path: Path) -> Path:
    """Write each table to a sheet with a bold, frozen, filterable header.

    Texts that a spreadsheet would run get a leading apostrophe; missing values are empty cells.
    """
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": False, "constant_memory": True,
    }  # fmt: skip
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for name, frame in sheets.items():
            table = neutral(arrow_table(frame))
            sheet = book.add_worksheet(name)
            columns = table.to_pydict()
            for position, (header, values) in enumerate(columns.items()):
                sheet.set_column(position, position, _width(header, values))
            sheet.write_row(0, 0, list(columns), bold)
            for row, values in enumerate(zip(*columns.values(), strict=True), 1):
                _write_row(sheet, row, values)
            sheet.freeze_panes(1, 0)
            if columns:
                sheet.autofilter(0, 0, max(1, table.num_rows), len(columns) - 1)
    return path


def result_sheets(result: RiskResult, about: Mapping[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """Return the sheets of a result: wards, columns with units, parameters, models, filled cells, notes.

    `about` is listed before the parameters: the id of the result, its sources, the program.
    """
    wards = pd.DataFrame(result.wards.drop(columns="geometry"))
    told = parameters_told(result.parameters, about)
    notes = [note.as_dict() for note in result.notes]
    return {
        "Wards": wards,
        "Columns": column_table(wards, result.parameters),
        "Parameters": pd.DataFrame({"parameter": list(told), "value": list(told.values())}, dtype="str"),
        "Models": result.models,
        "Filled cells": result.imputation,
        "Notes": pd.DataFrame(
            {
                "severity": [note["severity"] for note in notes],
                "note": [note["message"] for note in notes],
                "count": [note["count"] for note in notes],
                "examples": ["; ".join(note["examples"]) for note in notes],
            }
        ),
    }


def parameters_told(parameters: Mapping[str, Any], about: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what a result was made with as texts, `about` first."""
    return {**(about or {}), **{name: _plain(value) for name, value in parameters.items()}}


def column_table(
    wards: pd.DataFrame, parameters: Mapping[str, Any], more: Mapping[str, tuple[str, str]] | None = None
) -> pd.DataFrame:
    """Return what each column of a ward table means, in which unit, and which way it points.

    Parameters
    ----------
    parameters : mapping
        Of a ranking; empty for a table that ranks nothing.
    more : mapping of column to (meaning, unit), optional
        Columns that a ranking does not have.
    """
    used, inverse = set(parameters.get("variables", ())), set(parameters.get("inverse", ()))
    known = {**_COLUMNS, **(more or {})}
    rows = []
    for name in map(str, wards.columns):
        variable = lookup(name)
        numeric = variable is not None and pd.api.types.is_numeric_dtype(wards[name])
        stated = unit_of(name, wards[name].to_numpy(dtype=float, na_value=np.nan)) if numeric else ""
        meaning, unit = known.get(name, (variable.label if variable else "", stated))
        if name.startswith("pca_") and parameters.get("pca_forced"):
            meaning += "; forced although the tests do not allow a PCA"
        direction = ""
        if name in used:
            direction = "higher means less risk" if name in inverse else "higher means more risk"
        elif variable and variable.role != "support":
            direction = "not used" if default_direction(name) else ""
        rows.append((name, meaning, unit, direction))
    return pd.DataFrame(rows, columns=["column", "meaning", "unit", "direction"], dtype="str")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _width(header: str, values: Sequence[Any]) -> float:
    longest = max((len(str(value)) for value in values[:200] if isinstance(value, str)), default=8)
    return float(min(40, max(10, len(header) + 2, longest + 1)))


def _write_row(sheet: Any, row: int, values: Sequence[Any]) -> None:
    for column, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str):
            sheet.write_string(row, column, value[:_EXCEL_TEXT])
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif math.isfinite(value):
            sheet.write_number(row, column, value)
