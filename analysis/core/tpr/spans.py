"""The time that a figure is asked for: a year, a month, or a span of them. Loads nothing."""

from __future__ import annotations

import re

PART = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?"
_SPAN = re.compile(rf"({PART})(?:\.\.({PART}))?")


def read_span(text: str) -> tuple[int, int] | None:
    """Return the first and the last month of a time, as months since year 0; None for what is none, or runs backwards.

    Examples
    --------
    >>> read_span("2024") == read_span("2024-01..2024-12") == (12 * 2024, 12 * 2024 + 11)
    True
    >>> read_span("2024-1"), read_span("2024-13"), read_span("2024-06..2024-01")
    (None, None, None)
    """
    found = _SPAN.fullmatch(text)
    if not found:
        return None
    first, last = found[1], found[2] or found[1]
    start = 12 * int(first[:4]) + int(first[5:] or 1) - 1
    end = 12 * int(last[:4]) + int(last[5:] or 12) - 1
    return (start, end) if start <= end else None
