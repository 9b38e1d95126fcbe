"""A question to a table as data: what to select, filter, group, calculate, sort. There is no free text in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from analysis.core.errors import BadInput
from analysis.core.variables import find_column, suggest

Function = Literal["count", "mean", "sum", "median", "min", "max", "stddev"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "between", "in", "present", "missing"]
FUNCTIONS: tuple[Function, ...] = ("count", "mean", "sum", "median", "min", "max", "stddev")
OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "between", "in", "present", "missing")
ORDERED = frozenset({"<", "<=", ">", ">=", "between"})
MOST_ROWS = 1_000
MOST_PARTS = 50
# No column of a table can be called so.
TOTAL = "*"


@dataclass(frozen=True, slots=True)
class Filter:
    column: str
    operator: Operator
    values: tuple[str | float | int | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`column` is empty for a count of rows; with `weight` a mean is weighted by that column."""

    function: Function
    column: str = ""
    weight: str = ""

    @property
    def name(self) -> str:
        return "count" if self.function == "count" and not self.column else f"{self.function}({self.column})"


@dataclass(frozen=True, slots=True)
class Sort:
    """By a column, or by the name of an aggregate; missing values come last either way."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One question. With `correlate` only the filters count besides.

    With `total` each row of a question without groups also says how many there are without the limit, as `TOTAL`.
    """

    select: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    group: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int = 100
    correlate: tuple[str, str] | None = None
    total: bool = False


def column_meant(name: str, columns: Sequence[str]) -> str:
    """Return the column that a name stands for: itself, another spelling, or the one alias present.

    Raises
    ------
    BadInput
        `unknown_column`, with what looks like it.
    """
    found = find_column(name, columns)
    if found is None:
        near = suggest(name, columns)
        fix = f"Did you mean {', '.join(near)}?" if near else "Ask for the list of variables."
        raise BadInput(
            "unknown_column", "There is no such column", f"“{name}” is not in this table.", fix, where=name
        )
    return found


def checked(query: Query, schema: pa.Schema) -> Query:
    """Return the query with every name as the table spells it.

    Raises
    ------
    BadInput
        `unknown_column`, `not_a_number` (a mean of names, an order of names and numbers) or `bad_query`.
    """
    names = [str(name) for name in schema.names]
    numbers = {field.name for field in schema if _is_number(field.type)}
    parts = (query.select, query.filters, query.group, query.aggregates, query.sort)
    if any(len(part) > MOST_PARTS for part in parts) or not 1 <= query.limit <= MOST_ROWS:
        raise _bad(f"At most {MOST_PARTS} parts of a kind and {MOST_ROWS:,} rows can be asked for.")
    if query.group and query.select:
        raise _bad("Groups are selected by what they are grouped by.")
    if query.total and (query.group or query.aggregates or query.correlate):
        raise _bad("Only rows that are listed one by one have a total beside them.")
    aggregates = tuple(_aggregate(one, names, numbers) for one in query.aggregates)
    named = {one.name: one for one in aggregates}
    asked = {one.name: new.name for one, new in zip(query.aggregates, aggregates, strict=True)}
    sort = tuple(
        Sort(asked.get(one.column) or one.column, one.descending)
        if one.column in asked or one.column in named
        else Sort(column_meant(one.column, names), one.descending)
        for one in query.sort
    )
    group = tuple(column_meant(name, names) for name in query.group)
    loose = [one.column for one in sort if one.column not in named and one.column not in group]
    if (aggregates or group) and loose:
        raise _bad(f"The answer has no column “{loose[0]}” to sort by.")
    return Query(
        select=tuple(column_meant(name, names) for name in query.select),
        filters=tuple(_filter(one, names, numbers) for one in query.filters),
        group=group,
        aggregates=aggregates,
        sort=sort,
        limit=query.limit,
        correlate=_pair(query.correlate, names, numbers),
        total=query.total,
    )


def columns_used(query: Query, tie_break: str = "") -> list[str]:
    """Return the columns that a checked question reads, each once."""
    own = {one.name for one in query.aggregates}
    named = [
        *query.select,
        *(one.column for one in query.filters),
        *query.group,
        *(name for one in query.aggregates for name in (one.column, one.weight)),
        *(one.column for one in query.sort if one.column not in own),
        *(query.correlate or ()),
        tie_break,
    ]
    return [name for name in dict.fromkeys(named) if name]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _bad(detail: str) -> BadInput:
    return BadInput("bad_query", "This can't be asked of a table", detail, "Ask for less, or in another way.")


def _number(name: str, names: Sequence[str], numbers: set[str]) -> str:
    column = column_meant(name, names)
    if column not in numbers:
        raise BadInput(
            "not_a_number",
            "This column holds no numbers",
            f"“{column}” is text.",
            "Choose a variable.",
            where=column,
        )
    return column


def _aggregate(one: Aggregate, names: Sequence[str], numbers: set[str]) -> Aggregate:
    if one.function not in FUNCTIONS or (one.weight and one.function != "mean"):
        raise _bad(f"“{one.function}” is not one of {', '.join(FUNCTIONS)}.")
    if not one.column:
        if one.function != "count":
            raise _bad(f"A {one.function} needs a column.")
        return one
    column = (
        column_meant(one.column, names) if one.function == "count" else _number(one.column, names, numbers)
    )
    return Aggregate(one.function, column, _number(one.weight, names, numbers) if one.weight else "")


def _filter(one: Filter, names: Sequence[str], numbers: set[str]) -> Filter:
    if one.operator not in OPERATORS:
        raise _bad(f"“{one.operator}” is not one of {', '.join(OPERATORS)}.")
    column = column_meant(one.column, names)
    wanted = {"present": 0, "missing": 0, "between": 2}.get(one.operator, 1)
    if (one.operator == "in" and not one.values) or (one.operator != "in" and len(one.values) != wanted):
        raise _bad(f"“{one.operator}” takes {wanted or 'no'} value{'s' if wanted > 1 else ''}.")
    if len(one.values) > MOST_ROWS:
        raise _bad(f"At most {MOST_ROWS:,} values can be listed.")
    are_numbers = [isinstance(value, (int, float)) for value in one.values]
    if column in numbers and not all(are_numbers):
        raise BadInput(
            "not_a_number", "A number is needed", f"“{column}” holds numbers.", "Give a number.", where=column
        )
    if column not in numbers and (any(are_numbers) or one.operator in ORDERED):
        raise BadInput(
            "not_a_number",
            "This column holds no numbers",
            f"“{column}” is text.",
            "Compare a variable.",
            where=column,
        )
    return Filter(column, one.operator, one.values)


def _pair(pair: tuple[str, str] | None, names: Sequence[str], numbers: set[str]) -> tuple[str, str] | None:
    if pair is None:
        return None
    x, y = (_number(name, names, numbers) for name in pair)
    if x == y:
        raise _bad("A variable and itself always agree; name two.")
    return x, y
