"""How much of a tool's table a language model is told: only that may it speak of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ROWS_TOLD = 25
LONGEST_DATA = 12_000
# For what else stands beside facts and rows.
LEFT_OVER = 1_000


def rows_told(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the first rows of a result, as many as are told whole."""
    rows = list(found["rows"][:ROWS_TOLD])
    room = LONGEST_DATA - LEFT_OVER - len(as_json(found["facts"]))
    while rows and len(as_json(rows)) > room:
        rows.pop()
    return rows


def units_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the units of a table's columns that have one."""
    return {one["key"]: one["unit"] for one in found["columns"] if one["unit"]}


def as_json(value: Any) -> str:
    """JSON as a model is sent it."""
    return json.dumps(value, ensure_ascii=False, default=str)
