"""Calculates the numbers of a data package again and tells every difference. Needs no database and no service."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.core.errors import BadInput
from analysis.core.matching import match_wards
from analysis.core.names import CANONICAL, canonical_table
from analysis.core.pipeline import RiskResult, run_risk
from analysis.joining import join_wards
from analysis.known_names import aliases_for
from analysis.readers.archives import Limits, copy_member, open_archive
from analysis.readers.boundaries import read_boundaries
from analysis.readers.tables import read_table
from itn.planning import planned
from itn.sources import URBAN, joined_wards
from reports import manifest
from reports.core.agreement import Agreement, compared
from sessions_app.checksums import sha256_of

MOST_TOLD = 50
LIMITS = Limits(members=5_000, directory_bytes=4 << 20, total_bytes=2 << 30)


def reproduce(path: Path) -> dict[str, Any]:
    """Follow a manifest, or the manifest of a zipped package, from its inputs to its numbers.

    Returns
    -------
    dict
        JSON-ready: ``identical``, ``files`` checked, and one entry per step with ``cells`` compared, ``different``
        and up to 50 ``differences`` by ward and column.

    Raises
    ------
    BadInput
        For what is no package, or one whose files are missing or changed.
    """
    if not path.is_file():
        raise BadInput("file_not_found", "A file is missing", f"There is no file {path.name} at the place given.",
                       "Check the path.", where="path")  # fmt: skip
    if path.suffix.lower() != ".zip":
        return _followed(path.parent, manifest.read(path))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".reproduce-") as folder:
        root = _unpacked(path, Path(folder))
        return _followed(root, manifest.read(root / manifest.NAME))


def _unpacked(path: Path, folder: Path) -> Path:
    with open_archive(path, path.name, LIMITS) as (archive, members):
        budget = LIMITS.total_bytes
        for info in members:
            target = folder / manifest.inside(info.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            budget -= copy_member(archive, info, target, path.name, budget)
    return folder


def _followed(root: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    _check_files(root, found["files"])
    run = _Run(root)
    steps = [run.step(step) for step in found["steps"]]
    return {
        "identical": all(step["identical"] for step in steps),
        "title": found.get("title"),
        "files": len(found["files"]),
        "libraries_changed": {
            name: [then, now]
            for name, now in manifest.versions().items()
            if (then := found.get("libraries", {}).get(name)) != now
        },
        "steps": steps,
    }


def _check_files(root: Path, files: list[Mapping[str, str]]) -> None:
    wrong = [
        entry["path"]
        for entry in files
        if not (root / entry["path"]).is_file() or sha256_of(root / entry["path"]) != entry["sha256"]
    ]
    if wrong:
        raise BadInput(
            "package_changed", "The package is not as it was made", f"{len(wrong)} of {len(files)} files are missing or changed.",
            "Use the package as it was downloaded.", where="files", examples=wrong,
        )  # fmt: skip


class _Run:
    """The steps of one manifest, each with what the earlier ones gave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: dict[str, Any] = {}

    def step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        compute = {"dataset": self._dataset, "risk": self._risk, "itn_plan": self._plan}[step["kind"]]
        try:
            tables = compute(step)
        except (KeyError, TypeError, AttributeError) as error:
            raise manifest.refused(f"Step {step['id'][:80]} can't be followed: {error}.") from error
        found = {
            name: self._agreement(path, tables[name])
            for name, path in step["expected"].items()
            if name in tables
        }
        told = [{"table": name} | one for name, agreement in found.items() for one in agreement.differences]
        return {
            "id": step["id"],
            "kind": step["kind"],
            "recomputed": bool(tables),
            "identical": all(agreement.identical for agreement in found.values()),
            "cells": sum(agreement.cells for agreement in found.values()),
            "different": sum(agreement.different for agreement in found.values()),
            "largest_difference": max((agreement.largest for agreement in found.values()), default=0.0),
            "differences": told[:MOST_TOLD],
        }

    def _agreement(self, place: str, found: pd.DataFrame) -> Agreement:
        path = self.root / place
        expected = (
            gpd.read_parquet(path)
            if path.suffix == ".parquet"
            else pd.read_csv(path, dtype={"ward_code": "str"})
        )
        return compared(_numbers(expected), _numbers(found), most=MOST_TOLD)

    def _path(self, entry: Any) -> Path:
        return self.root / (entry["path"] if isinstance(entry, Mapping) else entry)

    def _dataset(self, step: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
        """From the uploads where they are all that went into it; else as the package has it."""
        stored = gpd.read_parquet(self._path(step["expected"]["wards"]))
        self._made[step["id"]] = stored
        if not step.get("from_uploads"):
            return {}
        table, shapes = (step["inputs"][kind] for kind in ("ward_table", "boundaries"))
        rows = read_table(self._path(table), table["name"], sheet=table.get("part", "")).with_rows()
        boundaries = read_boundaries(self._path(shapes), shapes["name"], layer=shapes.get("part", "")).frame
        confirmed = {pair["table_row"]: pair["ward_code"] for pair in step["params"]["confirmed"]}
        known = aliases_for(step["params"].get("known_names", ()), boundaries)
        asked = _understood(match_wards, step["params"]) | {"confirmed": confirmed, "aliases": known}
        report = match_wards(canonical_table(rows), boundaries, **asked)
        dataset, _ = join_wards(rows, boundaries, report)
        self._made[step["id"]] = dataset
        return {"wards": dataset}

    def _risk(self, step: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
        asked = _understood(run_risk, step["params"])
        result: RiskResult = run_risk(self._made[step["inputs"]["dataset"]], **asked)
        self._made[step["id"]] = result.wards, self._made[step["inputs"]["dataset"]]
        return {"wards": result.wards, "model_scores": result.model_scores}

    def _plan(self, step: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
        wards, dataset = self._made[step["inputs"]["risk"]]
        params = step["params"]
        ranking = params.get("ranking", "composite")
        ranked = _numbers(wards)[
            [*(name for name in CANONICAL if name in wards), f"{ranking}_rank", f"{ranking}_tier"]
        ]
        if "population" in step["inputs"]:
            counted = pd.read_csv(self._path(step["inputs"]["population"]), dtype={"ward_code": "str"})
            asked = {"source": "column", "column": "population", "rule": "leave"}
            joined = joined_wards(
                ranked, _with_urban(counted, dataset), None, {**params, "population": asked}
            )
            source = counted.set_index("ward_code")["population_source"].reindex(joined.frame["ward_code"])
            joined.frame["population_source"] = source.to_numpy()
        else:
            listed = step["inputs"].get("registration")
            file = (self._path(listed), listed["name"]) if listed else None
            joined = joined_wards(ranked, pd.DataFrame(_numbers(dataset)), file, params)
        return {"wards": planned(joined.frame, params)[0].wards}


def _understood(compute: Callable[..., Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The stored parameters that are options of a computation; the others name its inputs."""
    options = inspect.signature(compute).parameters.values()
    return {
        one.name: params[one.name] for one in options if one.kind is one.KEYWORD_ONLY and one.name in params
    }


def _with_urban(counted: pd.DataFrame, dataset: pd.DataFrame) -> pd.DataFrame:
    if URBAN not in dataset:
        return counted
    return counted.merge(
        dataset[["ward_code", URBAN]].astype({"ward_code": "str"}), on="ward_code", how="left"
    )


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
