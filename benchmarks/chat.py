"""How soon a question in words is answered without a language model, and how much is sent for it."""

from __future__ import annotations

import json

from benchmarks.analyse import Line
from benchmarks.web import in_a_stack

MOST_OF_PAGE = 2.0


def measure() -> list[Line]:
    """Measure in a fresh stack of its own."""
    found = json.loads(in_a_stack("benchmarks.chat_cost").splitlines()[-1])
    page, turn = found["page_seconds"], found["turn_seconds"]
    return [
        Line("plain page of a conversation of one turn: first byte", 1000 * page, "ms"),
        Line("one turn more, ten wards by a variable: first byte", 1000 * turn, "ms"),
        Line("turn ÷ plain page, first byte", turn / page, "×", MOST_OF_PAGE),
        Line("sent for one turn, as a fragment", found["turn_bytes"] / 1000, "kB"),
        Line("the same, compressed", found["turn_gzip"] / 1000, "kB"),
        Line(
            "sent for one turn without scripts, as the whole page, compressed",
            found["page_gzip"] / 1000,
            "kB",
        ),
    ]
