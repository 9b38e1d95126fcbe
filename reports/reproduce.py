"""Calculates the numbers of a data package again and tells every difference. Needs no database and no service."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from analysis.writers.text import read_back
from itn.core.plan import NetPlan
from itn.planning import kept, planned
from itn.sources import URBAN, Listed, joined_wards
from reports import manifest
from reports.core.agreement import KEY, Agreement, compared
from reports.plan_tables import KEYS, LGA_PLACES, figure_tables, lga_table, plan_tables
from sessions_app.checksums import sha256_of

MOST_TOLD = 50
IDENTICAL, DIFFERENT, TAKEN = "identical", "different", "taken_as_given"
WORST_FIRST = (DIFFERENT, TAKEN)
VALUE_TOLERANCE = 1e-9
LIMITS = Limits(members=5_000, directory_bytes=4 << 20, total_bytes=2 << 30)


def reproduce(path: Path) -> dict[str, Any]:
    """Follow a manifest, or the manifest of a zipped package, from its inputs to its numbers.

    Returns
    -------
    dict
        JSON-ready: ``status``, ``identical``, ``files`` checked, and one entry per step with its own status, ``cells``
        compared, ``different`` and up to 50 ``differences`` by ward and column. A status is ``identical`` where
        everything was computed again and agrees, ``different``, or ``taken_as_given`` where nothing differs but
        something was not computed again: the package alone says it. ``taken`` names what.

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
    status = next((name for name in WORST_FIRST if any(step["status"] == name for step in steps)), IDENTICAL)
    return {
        "status": status,
        "identical": status == IDENTICAL,
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


@dataclass
class _Made:
    """What a step gave: tables by name, what of it the package alone says, and limits that do not hold."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)


class _Run:
    """The steps of one manifest, each with what the earlier ones gave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: dict[str, Any] = {}

    def step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        compute = {"dataset": self._dataset, "risk": self._risk, "itn_plan": self._plan}[step["kind"]]
        try:
            made = compute(step)
            expected = {name: self._expected(name, path) for name, path in step["expected"].items()}
            if step["kind"] == "itn_plan":
                expected |= figure_tables(step.get("figures") or {})
        except (KeyError, TypeError, AttributeError) as error:
            raise manifest.refused(f"Step {step['id'][:80]} can't be followed: {error}.") from error
        found = {
            name: compared(table, made.tables[name], key=KEYS.get(name, KEY), most=MOST_TOLD)
            for name, table in expected.items()
            if name in made.tables
        }
        return {"id": step["id"], "kind": step["kind"], "recomputed": bool(made.tables), **_told(made, found)}

    def _expected(self, name: str, place: str) -> pd.DataFrame:
        path = self.root / place
        if path.suffix == ".parquet":
            return _numbers(gpd.read_parquet(path))
        table = read_back(path, (KEY, *LGA_PLACES))
        return lga_table(table) if name == "lgas" else table

    def _path(self, entry: Any) -> Path:
        return self.root / (entry["path"] if isinstance(entry, Mapping) else entry)

    def _dataset(self, step: Mapping[str, Any]) -> _Made:
        """From the uploads where they are all that went into it; else as the package has it."""
        stored = gpd.read_parquet(self._path(step["expected"]["wards"]))
        self._made[step["id"]] = stored
        if not step.get("from_uploads"):
            return _Made(taken=["wards"])
        table, shapes = (step["inputs"][kind] for kind in ("ward_table", "boundaries"))
        rows = read_table(self._path(table), table["name"], sheet=table.get("part", "")).with_rows()
        boundaries = read_boundaries(self._path(shapes), shapes["name"], layer=shapes.get("part", "")).frame
        confirmed = {pair["table_row"]: pair["ward_code"] for pair in step["params"]["confirmed"]}
        known = aliases_for(step["params"].get("known_names", ()), boundaries)
        asked = _understood(match_wards, step["params"]) | {"confirmed": confirmed, "aliases": known}
        report = match_wards(canonical_table(rows), boundaries, **asked)
        dataset, _ = join_wards(rows, boundaries, report)
        self._made[step["id"]] = dataset
        return _Made({"wards": _numbers(dataset)})

    def _risk(self, step: Mapping[str, Any]) -> _Made:
        asked = _understood(run_risk, step["params"])
        result: RiskResult = run_risk(self._made[step["inputs"]["dataset"]], **asked)
        self._made[step["id"]] = result.wards, self._made[step["inputs"]["dataset"]]
        return _Made({"wards": _numbers(result.wards), "model_scores": result.model_scores})

    def _plan(self, step: Mapping[str, Any]) -> _Made:
        wards, dataset = self._made[step["inputs"]["risk"]]
        params = step["params"]
        ranking = params.get("ranking", "composite")
        ranked = _numbers(wards)[
            [*(name for name in CANONICAL if name in wards), f"{ranking}_rank", f"{ranking}_tier"]
        ]
        made = _Made()
        if "population" in step["inputs"]:
            made.taken.append("population")
            counted = read_back(self._path(step["inputs"]["population"]), ("ward_code",))
            asked = {"source": "column", "column": "population", "rule": "leave"}
            joined = joined_wards(
                ranked, _with_urban(counted, dataset), None, {**params, "population": asked}
            )
            source = counted.set_index("ward_code")["population_source"].reindex(joined.frame["ward_code"])
            joined.frame["population_source"] = source.to_numpy()
        else:
            listed = step["inputs"].get("registration")
            file = Listed(self._path(listed), listed["name"], listed.get("part", "")) if listed else None
            joined = joined_wards(ranked, pd.DataFrame(_numbers(dataset)), file, params)
        split = step.get("split") or {}
        plan = (
            planned(joined.frame, params)[0]
            if split.get("proven", True)
            else self._kept(step, joined.frame, split, made)
        )
        curve = (step.get("figures") or {}).get("curve")
        more = (step.get("figures") or {}).get("more_nets")
        made.tables = plan_tables(plan, params, joined.frame if curve else None, more)
        return made

    def _kept(
        self, step: Mapping[str, Any], wards: pd.DataFrame, split: Mapping[str, Any], made: _Made
    ) -> NetPlan:
        """A split that time cut short comes out differently each time: its nets are taken, and checked."""
        stored = self._expected("wards", step["expected"]["wards"])
        nets = dict(zip(stored[KEY].astype(str), stored["nets_allocated"].tolist(), strict=True))
        plan, value, broken = kept(wards, step["params"], nets)
        made.taken.append("nets_allocated")
        if broken:
            made.broken.append({"column": broken, "expected": "kept", "found": "broken"})
        if abs(value - split["value"]) > VALUE_TOLERANCE * max(1.0, abs(split["value"])):
            made.broken.append({"column": "value", "expected": split["value"], "found": value})
        return plan


def _told(made: _Made, found: Mapping[str, Agreement]) -> dict[str, Any]:
    """How a step came out."""
    told = [{"table": "split", "ward": None} | one for one in made.broken]
    told += [{"table": name} | one for name, agreement in found.items() for one in agreement.differences]
    cells = sum(agreement.cells for agreement in found.values())
    different = len(made.broken) + sum(agreement.different for agreement in found.values())
    status = DIFFERENT if different else IDENTICAL
    if not different and (not cells or "nets_allocated" in made.taken):
        status = TAKEN
    return {
        "status": status,
        "identical": status == IDENTICAL,
        "taken": made.taken if cells else ["wards"],
        "tables": sorted(found),
        "cells": cells,
        "different": different,
        "largest_difference": max((agreement.largest for agreement in found.values()), default=0.0),
        "differences": told[:MOST_TOLD],
    }


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
