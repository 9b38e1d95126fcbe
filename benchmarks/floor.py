"""The least that `analyse` could cost: the same start, reads and files, from values computed before.

`python -m benchmarks.floor save|draw|copy TABLE BOUNDARIES FOLDER VARIABLES`: `save` computes the
values; `draw` writes all files from them; `copy` also takes the map as finished text. The last
two print how long loading the values took (wall and CPU seconds), which is not part of the floor.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django
import geopandas as gpd
import pandas as pd


def main(kind: str, table: str, boundaries: str, folder: str, variables: str) -> None:
    """Run one of the three."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")
    django.setup()
    from analysis import headless
    from analysis.readers.boundaries import read_boundaries
    from analysis.readers.tables import read_table

    inputs, values = headless.Inputs(Path(table), Path(boundaries)), Path(folder)
    if kind == "save":
        _save(headless.compute(inputs, variables=variables.split(",")), values)
        return
    out = values / "out"
    out.mkdir(exist_ok=True)
    read_table(inputs.table, inputs.table.name)
    read_boundaries(inputs.boundaries, inputs.boundaries.name)
    wall, cpu = time.perf_counter(), time.process_time()
    analysed = _load(values)
    finished = (values / "map.svg").read_text(encoding="utf-8") if kind == "copy" else ""
    loading = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    if finished:
        headless.write_tables(analysed.result, out, analysed.report)
        headless.write_ranking_gpkg(analysed.result, out / "wards.gpkg", {"source": "benchmark"})
        (out / "map.svg").write_text(finished, encoding="utf-8")
    else:
        headless.write_files(analysed, out, "benchmark")
    sys.stdout.write(json.dumps(loading) + "\n")


def _save(analysed: Any, folder: Path) -> None:
    from analysis.headless import rank_map

    result = analysed.result
    result.wards.to_parquet(folder / "wards.parquet")
    for name in ("models", "model_scores", "imputation"):
        getattr(result, name).to_parquet(folder / f"{name}.parquet")
    analysed.report.pairs.to_parquet(folder / "pairs.parquet")
    (folder / "parameters.json").write_text(json.dumps(result.parameters), encoding="utf-8")
    (folder / "map.svg").write_text(rank_map(result, "benchmark"), encoding="utf-8")


def _load(folder: Path) -> Any:
    from analysis.core.matching import MatchReport
    from analysis.core.pipeline import RiskResult
    from analysis.headless import Analysed

    frames = {
        name: pd.read_parquet(folder / f"{name}.parquet") for name in ("models", "model_scores", "imputation")
    }
    unused: dict[str, Any] = dict.fromkeys(
        [name for name in RiskResult.__dataclass_fields__ if name not in {*frames, "wards", "parameters"}]
    )
    wards = gpd.read_parquet(folder / "wards.parquet")
    parameters = json.loads((folder / "parameters.json").read_text(encoding="utf-8"))
    result = RiskResult(wards=wards, parameters=parameters, **frames, **unused)
    pairs = pd.read_parquet(folder / "pairs.parquet")
    others: dict[str, Any] = dict.fromkeys(
        [name for name in MatchReport.__dataclass_fields__ if name != "pairs"]
    )
    return Analysed(result, MatchReport(pairs=pairs, **others), ())


if __name__ == "__main__":
    main(*sys.argv[1:])
