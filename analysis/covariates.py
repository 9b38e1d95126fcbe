"""Covariates of a dataset: each chosen raster as one more column, by exact area, with where it came from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from django.db import transaction

from analysis.core.errors import BadInput, Note
from analysis.core.names import CANONICAL
from analysis.core.raster_kinds import RasterKind
from analysis.core.variables import lookup
from analysis.figures.map_svg import Drawing, draw_map, prepare
from analysis.raster_notes import METHODS, NOT_AVAILABLE, not_available, raster_notes
from analysis.readers.rasters import covariate, raster_kind
from analysis.reference_inspect import kind_of_facts
from reference import selectors as reference
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job

TABLE = "covariates.csv"


@dataclass(frozen=True)
class Chosen:
    """One raster, ready to be read. `cited` is what stands beside its values."""

    kind: RasterKind
    path: Path
    file_name: str
    band: int | None
    cited: Mapping[str, Any]


@dataclass(frozen=True)
class Covariates:
    """`dataset` with its new columns; `values`: ward, variable, value, share covered and method; `facts` per raster."""

    dataset: gpd.GeoDataFrame
    values: pd.DataFrame
    facts: list[dict[str, Any]]
    maps: dict[str, str]
    notes: list[Note]


def add_covariates(job: Job, dataset: gpd.GeoDataFrame) -> Covariates:
    """Read the rasters that the parameters name, one after the other.

    Raises what the reader refuses a raster with: nothing is put in the place of a value that can't be had.
    """
    columns: dict[str, np.ndarray] = {}
    tables, facts, maps, notes = [], [], {}, []
    drawing = prepare(dataset) if job.params.get("rasters") else None
    for asked in job.params.get("rasters", ()):
        with opened(job, asked) as chosen:
            name = chosen.kind.variable
            try:
                found = covariate(
                    chosen.path, chosen.file_name, chosen.kind, dataset.geometry, band=chosen.band
                )
            except BadInput as refusal:
                if refusal.code not in NOT_AVAILABLE:
                    raise
                facts.append(_not_available(chosen, refusal, len(dataset)))
                notes.append(not_available(chosen.kind, refusal, len(dataset)))
                continue
        columns[name] = found["value"].to_numpy(dtype=np.float64)
        tables.append(_rows(dataset, chosen.kind, found))
        facts.append(_facts(chosen, found) | {"map": f"covariate_{name}.svg"})
        notes += raster_notes(dataset, chosen.kind, found)
        maps[f"covariate_{name}.svg"] = _map(dataset, chosen, found, drawing)
    joined = dataset.assign(**columns)
    values = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return Covariates(joined, values, facts, maps, notes)


@contextmanager
def opened(job: Job, asked: Mapping[str, Any]) -> Iterator[Chosen]:
    """A raster that parameters name, at hand as a file."""
    if "reference" in asked:
        with scope(job.owner_id), transaction.atomic():
            row = reference.reference_set(asked["reference"])
        with reference.local_copy(row, job.folder) as path:
            kind = kind_of_facts(row.facts)
            yield Chosen(kind, path, row.file_name, row.facts["band"], row.cited())
        return
    name = job.file_name(asked["file"])
    with job.local_copy(asked["file"]) as path:
        cited = {"file": asked["file"], "name": name, "source": "your upload", "year": "", "version": ""}
        kind = raster_kind(asked["variable"])
        kind = replace(kind, temporal=asked.get("temporal", kind.temporal))
        yield Chosen(kind, path, name, asked.get("band"), cited)


def _rows(dataset: gpd.GeoDataFrame, kind: RasterKind, found: pd.DataFrame) -> pd.DataFrame:
    places = pd.DataFrame(dataset[["ward_code", "ward_name", "lga_name"]]).reset_index(drop=True)
    values = found.reset_index(drop=True)
    method = values["method"]
    if kind.statistic == "sum":
        method = method.replace("exact", METHODS["sum"])
    return places.assign(
        variable=kind.variable,
        value=values["value"],
        covered_percent=100 * values["covered"],
        method=method,
        smaller_than_a_cell=values["small"],
    )


def _facts(chosen: Chosen, found: pd.DataFrame) -> dict[str, Any]:
    values = found["value"].dropna()
    return {
        "variable": chosen.kind.variable,
        "unit": chosen.kind.unit,
        "temporal": chosen.kind.temporal,
        "wards": len(found),
        "with_value": len(values),
        "small": int((found["small"] & found["value"].notna()).sum()),
        "covered_percent": float(100 * found["covered"].mean()),
        "min": float(values.min()) if len(values) else None,
        "median": float(values.median()) if len(values) else None,
        "max": float(values.max()) if len(values) else None,
        "statistic": chosen.kind.statistic,
        "method": METHODS[chosen.kind.statistic],
        "cited": dict(chosen.cited),
    }


def _not_available(chosen: Chosen, refusal: BadInput, wards: int) -> dict[str, Any]:
    """A raster of another place: the variable is missing for every ward, and nothing stands in for it."""
    kind = chosen.kind
    head = {"variable": kind.variable, "unit": kind.unit, "temporal": kind.temporal, "wards": wards}
    return head | {"with_value": 0, "why": refusal.detail, "cited": dict(chosen.cited)}


def _map(dataset: gpd.GeoDataFrame, chosen: Chosen, found: pd.DataFrame, drawing: Drawing | None) -> str:
    name = chosen.kind.variable
    drawn = dataset[[*CANONICAL, "geometry"]].assign(**{name: found["value"].to_numpy()})
    source = ", ".join(str(chosen.cited[part]) for part in ("name", "year") if chosen.cited.get(part))
    label = known.label if (known := lookup(name)) else name
    return draw_map(
        drawn, name, kind="variable", title=label, label=label, unit=chosen.kind.unit, source=source,
        inverse=bool(known and known.direction == "inverse"), drawing=drawing,
    )  # fmt: skip
