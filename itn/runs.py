"""What a worker computes: a net plan of a ranking, its tables, maps and curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from django.db import transaction

from analysis.core.errors import Note
from analysis.figures.map_svg import prepare
from analysis.figures.vega import size_of
from analysis.runs import plain
from itn.core.candidates import Candidates, candidates
from itn.core.costs import cost_lines, costs_of, total_cost
from itn.core.curves import coverage_by_rank, lorenz, stock_curve
from itn.core.plan import NetPlan
from itn.core.settings import MOST_NETS
from itn.exports import save_tables
from itn.figures.allocation import MEASURES, draw_allocation
from itn.figures.curves import coverage_chart, lorenz_chart, stock_chart
from itn.params import candidate_threshold_of, settings_of
from itn.planning import planned
from itn.sources import plan_wards, population_told
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import AnalysisResult, StoredFile

MORE_NETS = 50_000
"""The step of the question “what would so many more nets do?”."""


def run_plan(job: Job) -> dict[str, Any]:
    """Plan the nets of a ranking; store tables, maps and curves."""
    params = job.params
    job.progress("read", 0)
    risk, dataset, file = _rows(job)
    job.progress("population", 10)
    wards = plan_wards(risk, dataset, file, params)
    job.progress("share", 30)
    settings = settings_of(params)
    plan, split = planned(wards.frame, params)
    more = min(settings.nets + MORE_NETS, MOST_NETS)
    # Every other stock would be another search.
    curve = None if split else stock_curve(wards.frame, settings, also=(more,))
    costs = costs_of(params.get("costs", {}))
    lgas = cost_lines(plan.lgas(), costs)
    threshold = candidate_threshold_of(params)
    found = None if threshold is None else candidates(plan.wards, threshold)
    job.progress("export", 50)
    with job.artifact_path(risk.pk, "wards.parquet") as path:
        shapes = gpd.read_parquet(path, columns=["ward_code", "geometry"])
    save_tables(job, plan, lgas, wards, shapes, found)
    job.progress("figures", 70)
    figures = _save_figures(job, plan, shapes, curve, population_told(wards.source))
    return plain(plan.summary()) | {
        "name": params.get("name") or "",
        "settings": settings.as_dict() | {"strategy": params["strategy"]},
        "split": split
        and {"gap": split.gap, "proven": split.proven, "value": split.value, "bound": split.bound},
        "limits": params.get("limits"),
        "source": wards.source,
        "ward_columns": [str(name) for name in plan.wards.columns],
        "first_column": "rank",
        "notes": [note.as_dict() for note in (*wards.notes, *plan.notes, *_forced(risk, params))],
        "lgas": plain(lgas),
        "states": plain(plan.states()),
        "curve": [] if curve is None else plain(curve),
        "more_nets": more,
        "candidates": _candidates(found),
        "gini": None if (spread := lorenz(plan)) is None else spread.gini,
        "figures": figures,
        "cost_total": float(total_cost(lgas, costs)),
    }


def _forced(risk: AnalysisResult, params: Mapping[str, Any]) -> list[Note]:
    """That the plan follows a ranking by PCA that was forced."""
    if params.get("ranking") != "pca" or not risk.summary.get("pca_forced"):
        return []
    message = "The plan follows a PCA ranking that was forced: the tests of the PCA say that its variables are not suited to it."
    return [Note("plan_pca_forced", "warning", message)]


def _rows(job: Job) -> tuple[AnalysisResult, AnalysisResult, StoredFile | None]:
    """The ranking, the dataset it was made from, and the registration list if one was chosen."""
    file_id = job.params["population"].get("file")
    with scope(job.owner_id), transaction.atomic():
        risk = AnalysisResult.objects.get(pk=job.params["risk"])
        dataset = AnalysisResult.objects.get(pk=risk.params["dataset"])
        file = StoredFile.objects.get(pk=file_id) if file_id else None
    return risk, dataset, file


def _save_figures(
    job: Job, plan: NetPlan, shapes: gpd.GeoDataFrame, curve: pd.DataFrame | None, source: str
) -> list[dict[str, Any]]:
    located = plan.wards.merge(shapes, on="ward_code", how="left", validate="one_to_one")
    drawn_wards = gpd.GeoDataFrame(located, geometry="geometry", crs=shapes.crs)
    drawing = prepare(drawn_wards)
    figures = []
    for measure, (_, label, _) in MEASURES.items():
        svg = draw_allocation(drawn_wards, plan.wards, measure, source=source, drawing=drawing)
        title = f"{label} by ward"
        figures.append(_save(job, f"map_{measure}", title, f"Map of the net plan: {title}.", svg))
    job.progress("figures", 85)
    high_risk = bool(plan.summary()["high_risk_people"])
    if curve is not None:
        title = "What more or fewer nets would do"
        svg = stock_chart(curve, plan.settings.nets, high_risk, source)
        figures.append(_save(job, "curve_stock", title, f"{title}: the table below has the numbers.", svg))
    title = "Coverage from the highest risk down"
    svg = coverage_chart(coverage_by_rank(plan), source)
    figures.append(_save(job, "curve_coverage", title, f"Chart: {title}.", svg))
    found = lorenz(plan)
    if found is not None:
        title = "How evenly the nets are spread"
        svg = lorenz_chart(found, source)
        figures.append(_save(job, "curve_lorenz", title, f"Lorenz curve, Gini {found.gini:.3f}.", svg))
    return figures


def _save(job: Job, name: str, title: str, alt: str, svg: str) -> dict[str, Any]:
    path = Path(job.folder) / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    job.save_artifact(path.name, path)
    width, height = size_of(svg)
    return {"name": name, "title": title, "alt": alt, "width": width, "height": height}


def _candidates(found: Candidates | None) -> dict[str, Any] | None:
    """Where nets could be taken from, when somebody said from which share a ward is urban."""
    if found is None:
        return None
    columns = ["ward_code", "ward_name", "lga_name", "rank", "urban_percentage", "need", "nets_allocated"]
    return {
        "threshold": found.threshold,
        "wards": plain(found.wards[columns]),
        "rural": plain(found.rural[columns]),
        "nets": found.nets,
    }
