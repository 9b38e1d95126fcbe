"""Maps of a variable that the table has for several years: one map a year, all in the same classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.pipeline import RiskResult
from analysis.core.selection import candidate_columns
from analysis.core.variables import default_direction
from analysis.core.year_series import YearSeries, year_series
from analysis.figures.classes import Classes, classify_alike
from analysis.figures.map_svg import Drawing, draw_map
from analysis.figures.styled import Figure, label_of, unit_in_figure

MOST_MAPS = 60
"""Whole variables are drawn up to so many maps; a wide table would draw for minutes."""


@dataclass(frozen=True)
class Years:
    """A variable in years: `values` has a row per ward of the ranking and a column per year, as uploaded.

    `facts` is JSON-ready: ``name, label, unit, inverse, years``, each year with ``year, column, known, mean, lowest,
    highest``; a year without values has None. [unit of the variable]
    """

    values: pd.DataFrame
    facts: dict[str, Any]


def years_of(result: RiskResult, dataset: pd.DataFrame) -> list[Years]:
    """Return the variables of a dataset that come in years, as many as are drawn.

    Parameters
    ----------
    dataset : pandas.DataFrame
        What the ranking was made from: all columns of the ward table, chosen or not. Nothing is filled.
    """
    series = year_series(candidate_columns(dataset))
    room = np.cumsum([len(one.columns) for one in series]) <= MOST_MAPS
    rows = dataset.set_index("ward_code").reindex(result.wards["ward_code"])
    return [_years(one, rows, result) for one, fits in zip(series, room.tolist(), strict=True) if fits]


def _years(series: YearSeries, rows: pd.DataFrame, result: RiskResult) -> Years:
    values = pd.DataFrame(
        {year: rows[column].to_numpy(dtype=float, na_value=np.nan) for year, column in series.columns}
    )
    values = values.where(np.isfinite(values))
    turned = set(result.parameters["inverse"])
    chosen = [column for _, column in series.columns if column in result.parameters["variables"]]
    inverse = (
        any(column in turned for column in chosen) if chosen else default_direction(series.name) == "inverse"
    )
    return Years(
        values,
        {
            "name": series.name,
            "label": label_of(series.name),
            "unit": unit_in_figure(series.name, values.stack()),
            "inverse": inverse,
            "years": [_about(year, column, values[year].to_numpy()) for year, column in series.columns],
        },
    )


def _about(year: int, column: str, values: NDArray[np.float64]) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    found = (known.mean(), known.min(), known.max()) if known.size else (None, None, None)
    mean, lowest, highest = (None if value is None else float(value) for value in found)
    return {
        "year": year, "column": column, "known": int(known.size), "mean": mean, "lowest": lowest, "highest": highest,
    }  # fmt: skip


def year_maps(
    result: RiskResult, found: list[Years], drawing: Drawing, source: str
) -> Iterator[tuple[str, Figure]]:
    """Give a map for each year of each variable; of one variable all have the same classes."""
    for number, one in enumerate(found, 1):
        label, unit = one.facts["label"], one.facts["unit"]
        columns = [one.values[year] for year in one.values.columns]
        alike = classify_alike(columns, unit or "Value", inverse=one.facts["inverse"])
        for year, values, classes in zip(one.values.columns, columns, alike, strict=True):
            label_words = label
            title = f"{label_words} in the year {year}"

            def draw(
                values: pd.Series = values,
                classes: Classes = classes,
                title: str = title,
                label: str = label,
                unit: str = unit,
            ) -> str:
                return draw_map(
                    result.wards.assign(value=values.to_numpy()), "value", kind="variable", title=title, label=label,
                    unit=unit, source=source, drawing=drawing, classes=classes,
                )  # fmt: skip

            yield f"map_year_{number:02d}_{year}", Figure(title, f"Map: {title}.", draw)
