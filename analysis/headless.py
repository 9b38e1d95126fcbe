"""The whole analysis from two files to a folder of results; needs no Django, database or service."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.core.duplicates import Rule
from analysis.core.errors import BadInput, Note
from analysis.core.matching import MatchReport, match_wards
from analysis.core.names import canonical_table
from analysis.core.pipeline import RiskResult, run_risk
from analysis.core.ranks import Cut
from analysis.core.raster_kinds import as_stated
from analysis.core.variables import find_column
from analysis.figures.map_svg import draw_map
from analysis.joining import join_wards
from analysis.readers.aliases import read_aliases
from analysis.readers.boundaries import read_boundaries
from analysis.readers.rasters import covariate, look_at, raster_kind
from analysis.readers.sniff import require_file
from analysis.readers.tables import read_table
from analysis.writers.results import write_ranking_gpkg, write_tables

FILES = (
    "wards.csv", "models.csv", "model_scores.csv", "imputation.csv", "matches.csv", "wards.gpkg", "map.svg",
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """What an analysis starts from."""

    table: Path
    boundaries: Path
    aliases: Path | None = None
    sheet: str = ""
    layer: str = ""
    rasters: tuple[tuple[str, Path, str], ...] = ()


class Ranking(TypedDict, total=False):
    """How to rank; as `run_risk` takes it."""

    variables: Sequence[str] | None
    inverse: Sequence[str] | None
    method: str
    pca_without: Sequence[str]
    require_outcome: bool
    zone: str | None
    outcome: str | None
    cut: Cut
    force_pca: bool


@dataclass(frozen=True)
class Analysed:
    """A finished analysis and everything that had to be said on the way."""

    result: RiskResult
    report: MatchReport
    notes: tuple[Note, ...]


def analyse(
    inputs: Inputs,
    out: Path,
    *,
    duplicates: Rule = "refuse",
    accept_review: bool = False,
    **ranking: Unpack[Ranking],
) -> dict[str, Any]:
    """Rank the wards and write the results into `out`.

    Returns
    -------
    dict
        JSON-ready figures of the run, its notes among them.

    Raises
    ------
    BadInput
        For bad data or arguments; nothing has been written to `out` then.
    """
    started = time.perf_counter()
    target = writable(out)
    analysed = compute(inputs, duplicates=duplicates, accept_review=accept_review, **ranking)
    source = f"{inputs.table.name}, {inputs.boundaries.name}; drawn {dt.date.today():%Y-%m-%d}"
    # In the folder or beside it, so that finished files only have to be renamed.
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=target) as folder:
        write_files(analysed, Path(folder), source)
        out.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.move(Path(folder) / name, out / name)
    return summary(analysed) | {"seconds": round(time.perf_counter() - started, 3)}


def compute(
    inputs: Inputs,
    *,
    duplicates: Rule = "refuse",
    accept_review: bool = False,
    **ranking: Unpack[Ranking],
) -> Analysed:
    """Read, match and rank, writing nothing."""
    require_file(inputs.table, "--table")
    require_file(inputs.boundaries, "--boundaries")
    table = read_table(inputs.table, inputs.table.name, sheet=inputs.sheet)
    boundaries = read_boundaries(inputs.boundaries, inputs.boundaries.name, layer=inputs.layer)
    rows = table.with_rows()
    places = canonical_table(rows)
    confirmed = read_aliases(inputs.aliases, places, boundaries.frame) if inputs.aliases else {}
    report = match_wards(
        places, boundaries.frame, confirmed=confirmed, accept_review=accept_review, duplicates=duplicates
    )
    dataset, joined = join_wards(rows, boundaries.frame, report)
    dataset = _with_rasters(dataset, inputs.rasters)
    result = run_risk(dataset, **ranking)
    notes = (*table.notes, *boundaries.notes, *report.notes, *joined, *result.notes)
    return Analysed(result, report, notes)


def _with_rasters(dataset: gpd.GeoDataFrame, rasters: Sequence[tuple[str, Path, str]]) -> gpd.GeoDataFrame:
    """One column more for each raster: its mean or sum by exact area, missing where it has no data."""
    for variable, path, temporal in rasters:
        require_file(path, "--raster")
        there = find_column(variable, [str(name) for name in dataset.columns])
        if there is not None:
            raise BadInput("covariate_already_there", "A variable has two sources", f"The ward table has {variable} already, "
                           f"in its column {there}.", "Leave the raster or the column out.", where="--raster")  # fmt: skip
        bands = look_at(path, path.name).bands
        kind = as_stated(raster_kind(variable), temporal, path.name, bands=bands)
        found = covariate(path, path.name, kind, dataset.geometry)
        dataset = dataset.assign(**{variable: found["value"].to_numpy()})
    return dataset


def write_files(analysed: Analysed, folder: Path, source: str) -> None:
    """Write the files of `FILES` into an existing folder."""
    result = analysed.result
    write_tables(result, folder, analysed.report)
    write_ranking_gpkg(result, folder / "wards.gpkg", {"source": source})
    (folder / "map.svg").write_text(rank_map(result, source), encoding="utf-8")


def rank_map(result: RiskResult, source: str = "") -> str:
    """Return the map of composite ranks."""
    states = result.wards["state_name"].dropna().unique()
    area = f", {states[0]}" if len(states) == 1 else ""
    return draw_map(
        result.wards,
        "composite_rank",
        kind="rank",
        title=f"Wards by malaria risk{area}",
        label="Composite rank",
        source=source,
    )


def summary(analysed: Analysed) -> dict[str, Any]:
    """Return the figures of a run as a JSON-ready mapping."""
    status = analysed.report.pairs["status"]
    figures = analysed.result.summary() | {
        "unmatched_table": int((status == "unmatched").sum()),
        "duplicates": analysed.report.duplicates,
        "duplicate_rows": len(analysed.report.stands_in),
        "review": int((status == "review").sum()),
        "unmatched_boundaries": len(analysed.report.unmatched_boundaries),
        "notes": [note.as_dict() for note in analysed.notes],
    }
    return {name: _json_ready(value) for name, value in figures.items()}


def _json_ready(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return None if value is pd.NA else value


def writable(out: Path) -> Path:
    """Return where temporary files can stand: `out` itself if it is there, else the nearest folder above it."""
    if out.exists() and not out.is_dir():
        raise _cannot_write(out, "is a file")
    folder = out.absolute()
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise _cannot_write(out, "cannot be written to")
    return folder


def _cannot_write(out: Path, why: str) -> BadInput:
    return BadInput(
        "output_not_writable",
        "The results have nowhere to go",
        f"The output folder {out.name} {why}.",
        "Name another folder after --out.",
        where="--out",
    )
