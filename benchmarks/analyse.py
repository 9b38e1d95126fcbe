"""How fast the analysis is, told as ratios, with the limits it must hold."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inputs import VARIABLES, Area, areas
from benchmarks.processes import ROOT, run

STATE, COUNTRY = 275, 9_308
SIZES = (STATE, 1_000, 2_000, 4_000, COUNTRY)
MOST_OF_FLOOR, MOST_GROWTH, MOST_MEMORY_MB = 3.0, 1.2, 1_000.0
ROUNDS = 3


@dataclass(frozen=True)
class Line:
    """One measured figure; `limit` is the most it may be, where there is a limit."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.limit is None or self.value <= self.limit


def measure() -> list[Line]:
    """Measure everything, in fresh processes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        made = areas(folder, SIZES)
        return [*_pipeline(made, folder), *_growth(made, folder), *_command(made, folder)]


def _pipeline(made: dict[int, Area], folder: Path) -> Iterator[Line]:
    for size in (STATE, COUNTRY):
        for count in (6, 8):
            area = made[size]
            label = f"pipeline, {area.wards:,} wards ({area.name}), {count} variables"
            cost = run(["-m", "benchmarks.pipeline", f"{area.table}:{area.boundaries}:{count}"], folder)
            found = json.loads(cost.output)
            yield Line(f"{label}: first run in a fresh process", found["first"], "s")
            yield Line(f"{label}: warm", found["warm"], "s")


def _growth(made: dict[int, Area], folder: Path) -> Iterator[Line]:
    sizes = [size for size in SIZES if size >= 1_000]
    arguments = [f"{made[size].table}:{made[size].boundaries}:8" for size in sizes]
    output = run(["-m", "benchmarks.pipeline", *arguments], folder).output
    seconds = [json.loads(line)["warm_cpu"] for line in output.splitlines()]
    for size, taken in zip(sizes, seconds, strict=True):
        yield Line(f"pipeline, {size:,} wards, 8 variables: CPU", taken, "s")
    growth = (seconds[-1] / seconds[0]) / (sizes[-1] / sizes[0])
    yield Line("growth from 1,000 to 9,308 wards, times linear", growth, "×", MOST_GROWTH)


def _command(made: dict[int, Area], folder: Path) -> Iterator[Line]:
    for size in (STATE, COUNTRY):
        area = made[size]
        values = folder / f"values-{size}"
        values.mkdir()
        variables = ",".join(VARIABLES)
        paths = [str(area.table), str(area.boundaries)]
        run(["-m", "benchmarks.floor", "save", *paths, str(values), variables], folder)
        analyse = [
            str(ROOT / "manage.py"), "analyse", "--table", paths[0], "--boundaries", paths[1], "--out",
            str(values / "analysed"), "--variables", variables,
        ]  # fmt: skip
        whole, draws, copies = [], [], []
        # In turn, so that a busy machine slows all three alike.
        for _ in range(ROUNDS):
            whole.append(run(analyse, folder))
            for kind, costs in (("draw", draws), ("copy", copies)):
                cost = run(["-m", "benchmarks.floor", kind, *paths, str(values), variables], folder)
                loading = json.loads(cost.output.splitlines()[-1])
                costs.append((cost.wall - loading["wall"], cost.cpu - loading["cpu"]))
        wall = statistics.median(cost.wall for cost in whole)
        cpu = statistics.median(cost.cpu for cost in whole)
        floor_wall, floor_cpu = (statistics.median(c[i] for c in draws) for i in (0, 1))
        bare_cpu = statistics.median(cost[1] for cost in copies)
        label = f"analyse, {area.wards:,} wards ({area.name}), 8 variables"
        limit = MOST_OF_FLOOR if size == COUNTRY else None
        yield Line(f"{label}: whole command", wall, "s")
        yield Line(f"{label}: floor", floor_wall, "s")
        yield Line(f"{label}: command ÷ floor, by the clock", wall / floor_wall, "×", limit)
        yield Line(f"{label}: command ÷ floor, CPU", cpu / floor_cpu, "×", limit)
        yield Line(f"{label}: command ÷ floor with a finished map, CPU", cpu / bare_cpu, "×", limit)
        yield Line(f"{label}: peak memory", max(cost.peak_mb for cost in whole), "MB", MOST_MEMORY_MB)
