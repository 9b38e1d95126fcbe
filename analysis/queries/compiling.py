"""A checked question as SQL. No name and no value of a user stands in the text: columns are numbered, values bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.queries.query import TOTAL, Aggregate, Filter, Query

TABLE = "asked"
SQL_FUNCTIONS = {
    "mean": "avg", "sum": "sum", "median": "median", "min": "min", "max": "max", "stddev": "stddev_samp",
    "count": "count",
}  # fmt: skip
Compiled = tuple[str, list[Any]]


def compiled(query: Query, names: Sequence[str], *, tie_break: str = "") -> Compiled:
    """Return the statement and its parameters.

    Parameters
    ----------
    query : Query
        As `checked` returned it.
    names : sequence of str
        The table's columns; column i is called ``c<i>`` in the statement.
    tie_break : str
        A column that decides between equal rows, so that the same question always has the same answer.
    """
    where, values = _where(query.filters, names)
    if query.correlate is not None:
        return _correlation(query.correlate, where, names), values
    shown = [_column(name, names) for name in query.group or query.select]
    shown += [_aggregate(one, names) for one in query.aggregates]
    shown += ["count(*) OVER ()"] if query.total else []
    grouped = f" GROUP BY {', '.join(_column(name, names) for name in query.group)}" if query.group else ""
    order = _order(query, names, tie_break)
    columns = ", ".join(f"{expression} AS r{place}" for place, expression in enumerate(shown))
    found = f"SELECT {columns} FROM {TABLE}{where}{grouped}{order}"  # noqa: S608  # nosec B608  # columns by number, values bound
    return f"{found} LIMIT {int(query.limit)}", values


def answer_names(query: Query) -> list[str]:
    """Return the names of the answer's columns, in order."""
    if query.correlate is not None:
        return ["n", "pearson", "spearman"]
    return [
        *(query.group or query.select),
        *(one.name for one in query.aggregates),
        *([TOTAL] if query.total else []),
    ]


def _column(name: str, names: Sequence[str]) -> str:
    return f"c{list(names).index(name)}"


def _aggregate(one: Aggregate, names: Sequence[str]) -> str:
    if not one.column:
        return "count(*)"
    column = _column(one.column, names)
    if one.weight:
        weight = _column(one.weight, names)
        both = f"FILTER (WHERE {column} IS NOT NULL AND {weight} IS NOT NULL)"
        return f"sum({column} * {weight}) {both} / nullif(sum({weight}) {both}, 0)"
    return f"{SQL_FUNCTIONS[one.function]}({column})"


def _where(filters: Sequence[Filter], names: Sequence[str]) -> Compiled:
    tests, values = [], []
    for one in filters:
        column = _column(one.column, names)
        if one.operator in ("present", "missing"):
            tests.append(f"{column} IS {'NOT ' if one.operator == 'present' else ''}NULL")
        elif one.operator == "between":
            tests.append(f"{column} BETWEEN ? AND ?")
        elif one.operator == "in":
            tests.append(f"{column} IN ({', '.join('?' for _ in one.values)})")
        else:
            tests.append(f"{column} {one.operator} ?")
        values += one.values
    return (f" WHERE {' AND '.join(tests)}" if tests else ""), values


def _order(query: Query, names: Sequence[str], tie_break: str) -> str:
    own = {one.name: one for one in query.aggregates}
    keys = [
        f"{_aggregate(own[one.column], names) if one.column in own else _column(one.column, names)}"
        f" {'DESC' if one.descending else 'ASC'} NULLS LAST"
        for one in query.sort
    ]
    keys += [f"{_column(name, names)} ASC NULLS LAST" for name in query.group]
    if tie_break and not query.group and not query.aggregates:
        keys.append(f"{_column(tie_break, names)} ASC NULLS LAST")
    return f" ORDER BY {', '.join(keys)}" if keys else ""


def _correlation(pair: tuple[str, str], where: str, names: Sequence[str]) -> str:
    """Pearson's r, and Spearman's as Pearson's of the mean ranks, over the rows that have both values."""
    x, y = (_column(name, names) for name in pair)
    both = f"{where + ' AND' if where else ' WHERE'} {x} IS NOT NULL AND {y} IS NOT NULL"
    ranks = ", ".join(
        f"rank() OVER (ORDER BY {value}) + (count(*) OVER (PARTITION BY {value}) - 1) / 2.0 AS {name}"
        for value, name in ((x, "rx"), (y, "ry"))
    )
    ranked = f"SELECT {x}::DOUBLE AS x, {y}::DOUBLE AS y, {ranks} FROM {TABLE}{both}"  # noqa: S608  # nosec B608  # as above
    return f"SELECT count(*), corr(x, y), corr(rx, ry) FROM ({ranked})"  # noqa: S608  # nosec B608  # as above
