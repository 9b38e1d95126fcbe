"""How fast nets are planned, as ratios: `python -m benchmarks.nets TABLE` prints JSON, `measure` adds the limits.

The limit of a quarter of the reading is for the strategies, which are rules. A best split is searched by a solver and has a
limit of its own in seconds; its ratio is told without one.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.writers.text import arrow_table, write_csv
from benchmarks.analyse import COUNTRY, Line
from benchmarks.inputs import areas
from benchmarks.processes import run
from itn.core.best_split import best_split
from itn.core.plan import NetPlan, make_plan
from itn.core.scenarios import differences, lga_coverage, side_by_side
from itn.core.settings import STRATEGIES, PlanSettings
from itn.core.split_rules import Limits
from itn.figures.interactive import difference_values
from itn.headless import Columns, read_wards

MOST_OF_READING = 0.25
PLANS = 20
ROUNDS = 5


def measure() -> list[Line]:
    """Measure on the whole country, in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        area = areas(folder, (COUNTRY,))[COUNTRY]
        wards = pd.read_csv(area.table, dtype=str)[["ward_code", "ward_name", "lga_name", "state_name"]]
        draw = np.random.default_rng(2)
        wards["rank"] = draw.permutation(len(wards)) + 1
        wards["population"] = draw.integers(500, 80_000, len(wards))
        wards["urban_percentage"] = np.round(draw.uniform(0, 100, len(wards)), 2)
        table = write_csv(wards, folder / "nets.csv")
        found = json.loads(run(["-m", "benchmarks.nets", str(table)], folder).output.splitlines()[-1])
    label = f"net plan, {COUNTRY:,} wards ({area.name})"
    lines = [Line(f"{label}: reading the wards, CPU", found["reading"], "s")]
    for name, seconds in found["strategies"].items():
        lines.append(Line(f"{label}: {name} ÷ reading", seconds / found["reading"], "×", MOST_OF_READING))
    one = max(found["strategies"].values())
    lines.append(Line(f"{label}: page of {PLANS} plans side by side ÷ one plan", found["page"] / one, "×"))
    lines.append(
        Line(
            f"{label}: best split with LGA minimum and ward floor ÷ reading (a solver: outside the limit)",
            found["best"] / found["reading"],
            "×",
        )
    )
    return [*lines, Line(f"{label}: gap of that split", found["gap"], "")]


def main(table: str) -> None:
    """Time reading, every strategy, a comparison and a best split on one table."""
    path = Path(table)
    settings = PlanSettings(30_000_000, urban_rule="exclude", threshold=90)  # type: ignore[arg-type]
    frame, _, _ = read_wards(path, Columns(), settings)
    found: dict[str, object] = {"reading": _best(lambda: read_wards(path, Columns(), settings))}
    asked = {
        name: PlanSettings(
            30_000_000, strategy=name, urban_rule="rural_first", threshold=50,  # type: ignore[arg-type]
            cap_percent=1 if name == "capped" else None,  # type: ignore[arg-type]
        )
        for name in STRATEGIES
    }  # fmt: skip
    found["strategies"] = {name: _best(lambda one=one: make_plan(frame, one)) for name, one in asked.items()}
    stored = [_stored(make_plan(frame, PlanSettings(1_000_000 * (k + 1)))) for k in range(PLANS)]
    found["page"] = _best(lambda: _page(stored))
    started = time.process_time()
    split = best_split(frame, settings, Limits(lga_minimum=10, ward_floor=5))
    found |= {"best": time.process_time() - started, "gap": split.gap}
    sys.stdout.write(json.dumps(found) + "\n")


def _stored(plan: NetPlan) -> tuple[bytes, PlanSettings]:
    """A plan as the page finds it: an Arrow file and its settings."""
    table, sink = arrow_table(plan.wards), pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)
    return sink.getvalue().to_pybytes(), plan.settings


def _page(stored: list[tuple[bytes, PlanSettings]]) -> None:
    """What the page of a comparison does: it loads every plan, sets them and their LGAs side by side, and takes the
    difference of the first two."""
    plans = {
        str(k): NetPlan(pa.ipc.open_file(content).read_all().to_pandas(), settings, ())
        for k, (content, settings) in enumerate(stored)
    }
    side_by_side(plans)
    lga_coverage(plans)
    difference_values(differences(plans["0"], plans["1"]))


def _best(work: Callable[[], object]) -> float:
    """CPU seconds of the best round: other work on the machine is not counted."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


if __name__ == "__main__":
    main(sys.argv[1])
