"""The page of variables: every column that the program knows the meaning of."""

from __future__ import annotations

from analysis.core.variables import VARIABLES, Variable

HEAD = """# Variables

What the program knows of a column by its name: its unit, which way it points to risk, what it may hold. Other columns can be
used, too; their direction is asked for. [How they are chosen](../methods/variables.md). This page is made from the code.
"""
DIRECTIONS = {"direct": "more is more risk", "inverse": "more is less risk"}


def page() -> str:
    head = [
        "| Variable | Means | Unit | Direction | Holds | Role | Also read as |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([HEAD, *head, *map(_row, VARIABLES), ""])


def _row(one: Variable) -> str:
    low, high = one.valid_range or ("", "")
    holds = f"{low} to {high}" if one.valid_range else ""
    aliases = ", ".join(f"`{name}`" for name in one.aliases)
    return f"| `{one.id}` | {one.label} | {one.unit} | {DIRECTIONS[one.direction]} | {holds} | {one.role} | {aliases} |"
