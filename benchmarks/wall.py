"""What the wall costs, told as ratios, with the limits they must hold."""

from __future__ import annotations

import json

from benchmarks.analyse import Line
from benchmarks.web import in_a_stack

MOST_OF_PAGE = 1.10


def measure() -> list[Line]:
    """Measure in a fresh stack of its own."""
    found = json.loads(in_a_stack("benchmarks.wall_cost").splitlines()[-1])
    return [
        Line("three pages: CPU with policies and claims", 1000 * found["with"], "ms"),
        Line("three pages: CPU without either", 1000 * found["without"], "ms"),
        Line("three pages: with ÷ without, paired", found["ratio"], "×", MOST_OF_PAGE),
        Line("newest 50 of one user's rows among 1,000,000 of 10,000 users", 1000 * found["list"], "ms"),
        Line("the same: plans that don't use the owner's index", 0.0 if found["index"] else 1.0, "", 0.0),
    ]
