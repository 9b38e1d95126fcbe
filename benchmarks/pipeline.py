"""The pipeline alone (match, join, rank) in one process: `python -m benchmarks.pipeline AREA… `.

Each argument is TABLE:BOUNDARIES:COUNT, COUNT the number of variables. Prints one JSON line per
argument with the seconds of the first and of the best of three further runs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from analysis.core.matching import match_wards
from analysis.core.names import canonical_table
from analysis.core.pipeline import build_dataset, run_risk
from analysis.readers.boundaries import read_boundaries
from analysis.readers.tables import read_table
from benchmarks.inputs import VARIABLES


def measure(table_path: Path, boundaries_path: Path, count: int) -> dict[str, float]:
    """Return wall and CPU seconds of a first and a warm run."""
    rows = read_table(table_path, table_path.name).with_rows()
    boundaries = read_boundaries(boundaries_path, boundaries_path.name).frame
    runs = []
    for _ in range(4):
        wall, cpu = time.perf_counter(), time.process_time()
        dataset, _notes = build_dataset(rows, boundaries, match_wards(canonical_table(rows), boundaries))
        run_risk(dataset, variables=VARIABLES[:count])
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return {"first": runs[0][0], "warm": min(r[0] for r in runs[1:]), "warm_cpu": min(r[1] for r in runs[1:])}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        table, boundaries, number = argument.split(":")
        sys.stdout.write(json.dumps(measure(Path(table), Path(boundaries), int(number))) + "\n")
