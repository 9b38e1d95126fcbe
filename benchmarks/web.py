"""What pages cost the server, told as ratios, with the limits they must hold."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks import slow_uploads
from benchmarks.analyse import Line
from benchmarks.page import WARDS
from benchmarks.processes import run

MOST_OF_TEMPLATE = 1.3


def measure() -> list[Line]:
    """Measure in fresh stacks of their own."""
    return _ranked_table() + slow_uploads.measure()


def _ranked_table() -> list[Line]:
    seconds = json.loads(in_a_stack("benchmarks.page").splitlines()[-1])
    page, floor, queries, render = (seconds[name] for name in ("page", "floor", "queries", "render"))
    what = f"ranked table of {WARDS} wards"
    return [
        Line(f"{what}: CPU of the page", 1000 * page, "ms"),
        Line(f"{what}: CPU of its template over rows in memory", 1000 * floor, "ms"),
        Line(f"{what}: CPU of rendering that template, and nothing else", 1000 * render, "ms"),
        Line(f"{what}: CPU of its own queries", 1000 * queries, "ms"),
        Line(f"{what}: page without its queries ÷ template", (page - queries) / floor, "×", MOST_OF_TEMPLATE),
        Line(f"{what}: page, all of it, ÷ template", page / floor, "×"),
        Line(f"{what}: page without its queries ÷ rendering alone", (page - queries) / render, "×"),
        Line(f"{what}: page, all of it, ÷ rendering alone", page / render, "×"),
    ]


def in_a_stack(module: str) -> str:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = ["-m", "chatmrpt.stack", "throwaway", sys.executable, "-m", module]
        return run(command, Path(folder)).output
