"""The files of a stored plan: every table says, or stands beside what says, where its numbers come from."""

from typing import Any

import geopandas as gpd
import pandas as pd

from analysis import frames
from analysis.runs import write_arrow
from analysis.writers.geo import write_geoparquet, write_gpkg
from analysis.writers.text import write_csv
from analysis.writers.workbook import column_table, write_xlsx
from itn.columns import meanings, plan_rules
from itn.core.candidates import COLUMNS, Candidates, candidate_table, marked
from itn.core.plan import NetPlan
from itn.headless import PLAN_COLUMNS, plan_table
from itn.labels import COVERED, WEIGHTED
from itn.sources import Wards
from itn.traces import UNITS, population_traces, traced
from sessions_app.jobs import Job

CANDIDATES = "plan_candidates.csv"
MATCHES = "registration_matches.csv"


def save_tables(
    job: Job,
    plan: NetPlan,
    lgas: pd.DataFrame,
    wards: Wards,
    shapes: gpd.GeoDataFrame,
    found: Candidates | None,
) -> None:
    """Write and store every table of a plan."""
    folder = job.folder / "exports"
    folder.mkdir()
    listed = pd.DataFrame(columns=pd.Index(COLUMNS)) if found is None else candidate_table(found)
    meant = meanings(plan.settings.quantity)
    parameters = parameter_table(job, plan, wards)
    about = dict(zip(parameters["parameter"], parameters["value"], strict=True))
    whole = shapes.merge(plan.wards, on="ward_code", how="right", validate="one_to_one")
    layer = whole.assign(candidate=pd.array(marked(plan.wards, found), dtype="str"))
    sheets = {
        "Plan": plan_table(plan),
        "Wards": plan.wards,
        "LGAs": lgas,
        "States": plan.states(),
        "Candidates": listed,
        "Parameters": parameters,
        "Columns": column_table(pd.DataFrame(layer.drop(columns="geometry")), {}, meant),
    }
    origin = {
        "plan_id": str(job.result.pk),
        **population_traces(wards.source),
        "currency": job.params.get("costs", {}).get("currency", ""),
    }
    paths = [
        write_csv(plan_table(plan), folder / "plan.csv"),
        write_csv(traced(lgas, origin), folder / "plan_lgas.csv"),
        write_csv(parameters, folder / "plan_parameters.csv"),
        write_xlsx(sheets, folder / "plan.xlsx"),
        write_gpkg(
            layer, folder / "plan.gpkg", layer="plan", style=plan_rules(), about=about, columns=sheets["Columns"]
        ),
        write_geoparquet(whole, folder / "plan.parquet", about=about),
        write_arrow(plan.wards, folder / frames.TABLE),
    ]  # fmt: skip
    if found is not None:
        paths.append(write_csv(traced(listed, origin), folder / CANDIDATES))
    if wards.matches is not None:
        paths.append(write_csv(wards.matches, folder / MATCHES))
    for path in paths:
        job.save_artifact(path.name, path)


def parameter_table(job: Job, plan: NetPlan, wards: Wards) -> pd.DataFrame:
    """What a plan was made with, as rows of name and value."""
    params = job.params
    asked: dict[str, Any] = plan.settings.as_dict() | {"strategy": params["strategy"]}
    if plan.settings.quantity == "household":
        del asked["people_per_net"]
    if params["strategy"] not in WEIGHTED:
        del asked["risk_ratio"]
    if params.get("candidate_threshold"):
        asked["candidate_threshold"] = params["candidate_threshold"]
    rows = asked | params.get("limits", {}) | cost_rows(params.get("costs", {})) | wards.source | {
        "plan": str(job.result.pk),
        "ranking_result": params["risk"],
        "program_version": job.result.code_version,
        "coverage": f"people covered ÷ population × 100; people covered = {COVERED[plan.settings.quantity]}",
        "units": UNITS,
        "plan_columns": ", ".join(PLAN_COLUMNS),
    }  # fmt: skip
    values = ["" if value is None else str(value) for value in rows.values()]
    return pd.DataFrame({"parameter": list(rows), "value": values}, dtype="str")


def cost_rows(costs: dict[str, Any]) -> dict[str, str]:
    """Prices and budget as a plan was asked with; nothing where none were."""
    if not costs:
        return {}
    own = "; ".join(f"{name}: {amount}" for name, amount in costs.get("of_lga", {}).items())
    return {
        "currency": costs.get("currency") or "not stated",
        "price_of_a_net": str(costs.get("per_net", "0")),
        "delivery_to_an_lga": str(costs.get("per_lga", "0")),
        "delivery_to_single_lgas": own,
        "budget": "none" if costs.get("budget") in (None, "") else str(costs["budget"]),
    }
