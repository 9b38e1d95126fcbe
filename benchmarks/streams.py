"""What open event streams cost: memory and CPU of a thousand that wait, and how soon all of them hear of news."""

from __future__ import annotations

import json

from benchmarks.analyse import Line
from benchmarks.web import in_a_stack

MOST_KILOBYTES = 64.0
MOST_CPU_PERCENT = 10.0
MOST_MEGABYTES = 200.0
MOST_GROWTH = 20.0
MOST_SECONDS = 10.0


def measure() -> list[Line]:
    """Measure in a fresh stack of its own."""
    found = json.loads(in_a_stack("benchmarks.stream_cost").splitlines()[-1])
    return [
        Line(
            "streams held open at once, of 1,000, after half a minute: lost", 1000 - found["alive"], "", 0.0
        ),
        Line("memory of the stream server for each stream", found["bytes"] / 1024, "kB", MOST_KILOBYTES),
        Line("memory of the whole stream server with 1,000", found["memory"] / 2**20, "MB", MOST_MEGABYTES),
        Line("its growth while 1,000 streams come and go again", found["growth"] / 2**20, "MB", MOST_GROWTH),
        Line(
            "CPU of the stream server for 1,000 idle streams, of one core",
            100 * found["cpu"],
            "%",
            MOST_CPU_PERCENT,
        ),
        Line("connections to Valkey for all of them", found["connections"], ""),
        Line(
            "one line told to 1,000 watchers of one turn each: until the last has it",
            found["told"],
            "s",
            MOST_SECONDS,
        ),
        Line("first byte of a new stream beside them, median", 1000 * found["first"], "ms"),
    ]
