"""A ranking at a glance, what it rests on, and everything to take away."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime

from analysis import frames
from analysis.figure_list import MAIN_MAP, figure, figures_of
from analysis.labels import DUPLICATES, IMPUTATIONS, METHOD_NAMES, unit_in, variable_label
from analysis.map_layers import rank_words
from analysis.views.ranking_page import ranking_page
from sessions_app.models import AnalysisResult
from sessions_app.session_frame import run_of

TABLES = (
    ("wards.csv", "Ranked wards, CSV"),
    ("wards.xlsx", "Ranked wards, Excel"),
    ("models.csv", "The models and their variables"),
    ("model_scores.csv", "Score of each ward in each model"),
    ("scaled.csv", "Variables scaled to 0–1"),
    ("imputation.csv", "Filled cells"),
    ("matches.csv", "Which row became which ward"),
)
SHAPES = (
    ("wards.gpkg", "Wards with shapes, GeoPackage"),
    ("wards.parquet", "Wards with shapes, GeoParquet"),
    ("map.geojson", "Simplified shapes, GeoJSON"),
    ("lgas.geojson", "LGA outlines, GeoJSON"),
)

FIGURE_GROUPS = (
    ("maps", "Maps of the ranking"),
    ("variables", "Variables"),
    ("stability", "Stability"),
    ("pca", "Principal component analysis"),
    ("comparison", "Comparison"),
    ("models", "Models"),
)


@ranking_page("overview")
def result_detail(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    summary = result.summary
    wards = frames.load_wards(result, ["composite_tier", "composite_rank"])
    tiers = wards["composite_tier"].value_counts().to_pylist()
    high = next((item["counts"] for item in tiers if item["values"] == "High"), 0)
    context |= {
        "sentence": _sentence(summary, high),
        "top": summary["top"],
        "models": summary["models"],
        "map_figure": figure(result, context["files"], MAIN_MAP),
        "map_words": rank_words(wards),
        "facts": _facts(summary),
        "notes": [note for note in summary["notes"] if not note["code"].startswith("pca_")],
    }
    return render(request, "results/overview.html", context)


def _sentence(summary: dict[str, Any], high: int) -> str:
    first = summary["top"][0]
    place = f"{first['ward_name']} ({first['lga_name']})" if first["lga_name"] else first["ward_name"]
    used = first.get("models_used", summary["models"])
    could = "" if used == summary["models"] else " that could score it"
    count = first.get("models_first")
    if count is None:  # a ranking made before this was counted
        span = f"{place} ranks first."
    elif count == 0:
        span = f"{place} ranks first, though in no single model."
    elif count == used:
        span = f"{place} ranks first in all {used:,} models{could}."
    else:
        span = f"{place} ranks first in {count:,} of {'the ' if could else ''}{used:,} models{could}."
    return f"{high:,} of {summary['ranked']:,} ranked wards are in the high tier. {span}"


def _facts(summary: dict[str, Any]) -> list[dict[str, Any]]:
    without = summary["wards"] - summary["ranked"]
    spearman = summary["spearman"]
    return [
        {
            "name": "Wards ranked",
            "value": f"{summary['ranked']:,}",
            "extra": f"{without:,} without a rank" if without else "all of them",
        },
        {"name": "Variables", "value": len(summary["variables"]), "extra": ""},
        {"name": "Models", "value": f"{summary['models']:,}", "extra": "every combination"},
        {"name": "Cells filled", "value": f"{summary['imputed_cells']:,}", "extra": "each one listed"},
        {
            "name": "Agreement with PCA",
            "value": "no data" if spearman is None else f"{spearman:.3f}",
            "extra": "no PCA ranking" if spearman is None else "Spearman's ρ, 1 = same order",
        },
    ]


@ranking_page("methods")
def result_methods(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    parameters = result.summary["parameters"]
    fills, inverse = dict(IMPUTATIONS), set(parameters["inverse"])
    plan = parameters["imputation"]
    context |= {
        "sentence": f"This is all it takes to calculate the ranking again: method “{METHOD_NAMES[parameters['method']]}”, "
        f"{len(parameters['variables'])} variables, {result.summary['models']:,} models.",
        "variables": [
            {
                "name": name,
                "label": variable_label(name),
                "unit": unit_in(result.summary, name),
                "inverse": name in inverse,
                "gaps": fills.get(plan.get(name, ""), plan.get(name, "").replace("_", " ")),
            }
            for name in parameters["variables"]
        ],
        "method_lines": _method_lines(parameters, result.summary),
        "parameters": _parameters(result, parameters),
        "run": run_of(result),
        "figure": figure(result, context["files"], "workflow"),
        "notes": result.summary["notes"],
    }
    return render(request, "results/methods.html", context)


def _method_lines(parameters: dict[str, Any], summary: dict[str, Any]) -> list[dict[str, str]]:
    legacy = parameters["method"] != "recommended"
    turn = (
        "turned by 1/x where a higher value means less risk"
        if legacy
        else "turned round where a higher value means less risk"
    )
    middle = "median rank" if parameters["aggregate"] == "median_rank" else "median score"
    return [
        {
            "text": f"Gaps were filled as listed above: {summary['imputed_cells']:,} cells.",
            "anchor": "filling",
        },
        {"text": f"Each variable was scaled to 0–1 over the wards, {turn}.", "anchor": "composite"},
        {
            "text": f"Each of {summary['models']:,} combinations of variables is one model: the mean of its variables.",
            "anchor": "composite",
        },
        {
            "text": f"A ward's score is the {middle} over the models; rank 1 is the highest risk and equal scores share a rank.",
            "anchor": "composite",
        },
        {"text": "Wards were cut into high, medium and low by rank.", "anchor": "composite"},
        {
            "text": "A principal component analysis gave the second ranking, where its tests allow one.",
            "anchor": "pca",
        },
    ]


def _parameters(result: AnalysisResult, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("Method", parameters["method"]),
        ("Rows that can't be told apart", _duplicates(result)),
        ("Malaria outcome", variable_label(parameters["outcome"]) if parameters["outcome"] else "none"),
        ("Zone", ", ".join(parameters["zones"]) or "unknown"),
        ("Tiers", str(parameters["cut"])),
        ("Aggregation over models", parameters["aggregate"]),
        (
            "Left out of the PCA",
            ", ".join(variable_label(name) for name in parameters.get("pca_without", ())) or "none",
        ),
        ("Started", f"{localtime(result.started_at):%-d %b %Y, %H:%M:%S %Z}" if result.started_at else ""),
        ("Version of the program", result.code_version),
        ("Result", str(result.pk)),
    ]


def _duplicates(result: AnalysisResult) -> str:
    """What was done with rows of the table that repeat a ward, and with how many."""
    with transaction.atomic():
        dataset = AnalysisResult.objects.only("summary").filter(pk=result.params["dataset"]).first()
    summary = dataset.summary if dataset else {}
    done = {code: words for code, _, words in DUPLICATES}
    count = summary.get("duplicate_rows", 0)
    return (
        f"{done[summary['duplicates']]} ({count:,} more row{'' if count == 1 else 's'})" if count else "none"
    )


@ranking_page("downloads")
def result_downloads(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    files = context["files"]
    context["groups"] = [
        {"title": "Tables", "files": _items(files, TABLES)},
        {"title": "Maps for other programs", "files": _items(files, SHAPES)},
    ]
    context["figure_groups"] = [
        {"title": title, "open": page == "maps", "figures": figures_of(result, files, page)}
        for page, title in FIGURE_GROUPS
    ]
    return render(request, "results/downloads.html", context)


def _items(files: dict[str, Any], wanted: Any) -> list[dict[str, Any]]:
    return [{"title": title, "file": files[name]} for name, title in wanted if name in files]
