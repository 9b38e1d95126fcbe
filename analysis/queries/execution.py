"""Runs a checked question on a DuckDB connection of its own: one thread, no files, no network, bounded."""

from __future__ import annotations

import functools
import math
import threading
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from analysis.core.errors import BadInput
from analysis.queries.compiling import TABLE, answer_names, compiled
from analysis.queries.query import Query, checked, columns_used


@dataclass(frozen=True, slots=True)
class Limits:
    memory_mb: int = 256
    seconds: float = 5.0


def answer(
    query: Query, table: pa.Table, *, tie_break: str = "", limits: Limits | None = None
) -> list[dict[str, Any]]:
    """Return the rows that answer a question; a missing or impossible number is None.

    Parameters
    ----------
    query : Query
        Names may be spelled as people spell them.
    table : pyarrow.Table
        The only thing that can be read.
    tie_break : str
        A column that orders equal rows.
    limits : Limits
        Of memory and time.

    Raises
    ------
    BadInput
        As in `checked`; `query_too_long` or `query_too_large` when a limit is reached.
    """
    limits = limits or Limits()
    question = checked(query, table.schema)
    table = table.select(columns_used(question, tie_break) or table.column_names[:1])
    statement, values = compiled(question, table.column_names, tie_break=tie_break)
    try:
        rows = _run(statement, values, _plain(table), limits)
    except duckdb.InterruptException:
        raise _refused("query_too_long", f"The answer took more than {limits.seconds:g} s.") from None
    except duckdb.OutOfMemoryException:
        raise _refused("query_too_large", f"The answer needs more than {limits.memory_mb} MB.") from None
    names = answer_names(question)
    return [dict(zip(names, map(_value, row), strict=True)) for row in rows]


def _run(statement: str, values: list[Any], table: pa.Table, limits: Limits) -> list[tuple[Any, ...]]:
    """Run one statement. The table is a temporary view of this connection: no other one sees it, and it ends with it."""
    with _engine(limits.memory_mb).cursor() as connection:
        connection.register(TABLE, table)
        connection.execute("BEGIN TRANSACTION READ ONLY")
        stop = threading.Timer(limits.seconds, connection.interrupt)
        stop.start()
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            stop.cancel()


@functools.cache
def _engine(memory_mb: int) -> duckdb.DuckDBPyConnection:
    """The empty database that the connections of a process share; opening one costs more than most questions.

    It holds nothing and can't be made to: whoever asks does so in a read-only transaction. Nothing asks before a
    process forks, so each has its own.
    """
    return duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": "",
            "threads": "1",
            "memory_limit": f"{memory_mb}MB",
            "lock_configuration": "true",
        },
    )


def _plain(table: pa.Table) -> pa.Table:
    """Numbered columns; NaN, which would sort above every number, becomes missing."""
    columns = []
    for column in table.columns:
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        elif pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append(column)
    return pa.table(columns, names=[f"c{place}" for place in range(len(columns))])


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _refused(code: str, detail: str) -> BadInput:
    return BadInput(code, "The question was stopped", detail, "Ask for fewer wards or columns.")
