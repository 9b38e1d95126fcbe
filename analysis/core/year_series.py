"""Columns of a table that are one variable in several years."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .names import fold_header

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_EDGES = " _-.()[],;:"


@dataclass(frozen=True)
class YearSeries:
    """One variable in several years: `name` is the header without its year, `columns` the headers, oldest first."""

    name: str
    columns: tuple[tuple[int, str], ...]


def year_of(header: str) -> int | None:
    """Return the one year, 1900 to 2099, that a header names; None where it names none or several.

    Examples
    --------
    >>> [year_of(header) for header in ("rainfall_2020", "tpr", "2015_2020_mean")]
    [2020, None, None]
    """
    years = _YEAR.findall(header)
    return int(years[0]) if len(years) == 1 else None


def year_series(headers: Iterable[str]) -> list[YearSeries]:
    """Find the variables of a table that come in years.

    Parameters
    ----------
    headers : iterable of str
        Names of numeric columns.

    Returns
    -------
    list of YearSeries
        Of two or more years each, by name. A header counts when it holds exactly one year, 1900 to 2099, and something
        else; headers that differ by case, spaces or punctuation alone are of one variable. A variable that has a year
        twice is left out: which column is meant can't be told.

    Examples
    --------
    >>> year_series(["Rainfall 2021", "rainfall_2020", "tpr", "tpr_2020", "2015_2020_mean"])
    [YearSeries(name='rainfall', columns=((2020, 'rainfall_2020'), (2021, 'Rainfall 2021')))]
    """
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for header in map(str, headers):
        year = year_of(header)
        before, _, after = header.partition(str(year)) if year else ("", "", "")
        parts = [part for part in (before.strip(_EDGES), after.strip(_EDGES)) if part]
        name = "_".join(parts)
        if fold_header(name):
            assert year is not None  # without one there is no name
            found[fold_header(name)].append((year, header, name))
    series = []
    for rows in found.values():
        rows.sort()
        if len(rows) > 1 and len({year for year, *_ in rows}) == len(rows):
            series.append(YearSeries(rows[0][2], tuple((year, header) for year, header, _ in rows)))
    return sorted(series, key=lambda one: fold_header(one.name))
