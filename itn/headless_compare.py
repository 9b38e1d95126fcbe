"""Plans of the command line side by side; needs no Django settings, database or service."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.errors import BadInput
from analysis.headless import writable
from analysis.readers.sniff import require_file
from analysis.writers.text import write_csv
from itn.core.comparison import Comparison, compare
from itn.core.plan import NetPlan
from itn.core.scenarios import ward_by_ward
from itn.core.settings import PlanSettings
from itn.headless import WARDS
from itn.labels import basis_differences
from itn.rows import records
from itn.traces import population_traces, traced

FILES = ("plans.csv", "lgas.csv", "wards.csv", "compare.json")
MOST = 20
UNITS = "nets_* in nets; coverage_* in % of people; coverage_change in percentage points"


def compare_plans(folders: Sequence[Path], out: Path) -> dict[str, Any]:
    """Set plans side by side and write the comparison into `out`.

    Parameters
    ----------
    folders : sequence of Path
        2 to 20 folders that `plan_nets` wrote; changes are told from the first to the second.

    Returns
    -------
    dict
        JSON-ready: what the API gives of stored plans, without their ids.

    Raises
    ------
    BadInput
        For a folder that holds no plan, too few or too many, and plans of different wards; nothing has been written.
    """
    target = writable(out)
    if not 2 <= len(folders) <= MOST:
        raise _refused(
            "plans_to_compare", f"2 to {MOST} plans can be compared, not {len(folders)}.", "--plans"
        )
    names = [folder.name for folder in folders]
    if len(set(names)) < len(names):
        names = [str(folder) for folder in folders]
    if len(set(names)) < len(names):
        raise _refused("same_plan_twice", "A plan is named twice.", "--plans", sorted(names))
    read = [read_plan(folder) for folder in folders]
    plans = {name: plan for name, (plan, _) in zip(names, read, strict=True)}
    comparison = compare(plans)
    about = [about for _, about in read]
    told = _told(comparison, about)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=target) as folder:
        _write(comparison, plans, about, told, Path(folder))
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted(Path(folder).iterdir()):
            shutil.move(path, out / path.name)
    return told


def read_plan(folder: Path) -> tuple[NetPlan, dict[str, Any]]:
    """Read a folder of `plan_nets` back: the plan, and what its plan.json says."""
    for name in (WARDS, "plan.json"):
        require_file(folder / name, "--plans")
    try:
        about = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        settings = PlanSettings(**about["settings"])
        wards = pd.read_parquet(folder / WARDS)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise _refused("not_a_plan", f"{folder} holds no plan that plan_nets wrote.", str(folder)) from error
    return NetPlan(wards, settings, ()), about


def _told(comparison: Comparison, about: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counted = basis_differences(about)
    return {
        "first": comparison.names[0],
        "second": comparison.names[1],
        "plans": records(comparison.table),
        "lgas": comparison.lgas,
        "wards_with_more": comparison.more,
        "wards_with_fewer": comparison.fewer,
        "changes": records(comparison.changes),
        "counted_differently": [{"what": what, "values": values} for what, values in counted],
    }


def _write(
    comparison: Comparison,
    plans: dict[str, NetPlan],
    about: Sequence[dict[str, Any]],
    told: dict[str, Any],
    folder: Path,
) -> None:
    wards = ward_by_ward(plans)
    for number, one in enumerate(about, 1):
        people = population_traces(one["source"])
        wards = wards.assign(
            **{f"{name}_{number}": value for name, value in {"plan_id": one["plan_id"], **people}.items()}
        )
    rows = [
        {"lga_name": row["lga_name"]}
        | {f"coverage_{place}": value for place, value in enumerate(row["coverage"], 1)}
        for row in comparison.lgas
    ]
    origin = {"plan_id": ""}
    write_csv(comparison.table.assign(plan_id=[one["plan_id"] for one in about]), folder / "plans.csv")
    write_csv(traced(pd.DataFrame(rows), origin, UNITS), folder / "lgas.csv")
    write_csv(traced(wards, origin, UNITS), folder / "wards.csv")
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1)
    (folder / "compare.json").write_text(text + "\n", encoding="utf-8")


def _refused(code: str, detail: str, where: str, examples: Sequence[str] = ()) -> BadInput:
    return BadInput(
        code, "These plans can't be compared", detail, "Name folders that plan_nets wrote.", where=where,
        examples=examples,
    )  # fmt: skip
