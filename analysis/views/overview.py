"""A ranking at a glance, what it rests on, and everything to take away."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop, ngettext

from analysis import frames
from analysis.figure_list import MAIN_MAP, figure, figures_of
from analysis.labels import DUPLICATES, IMPUTATIONS, METHOD_NAMES, cut_words, unit_in, variable_label
from analysis.map_layers import rank_words
from analysis.views.ranking_page import ranking_page
from analysis.year_rankings import period_of
from sessions_app.localised import decimal, whole
from sessions_app.models import AnalysisResult
from sessions_app.session_frame import run_of
from sessions_app.stored_words import translated

TABLES = (
    ("wards.csv", gettext_noop("Ranked wards, CSV")),
    ("wards.xlsx", gettext_noop("Ranked wards, Excel")),
    ("models.csv", gettext_noop("The models and their variables")),
    ("model_scores.csv", gettext_noop("Score of each ward in each model")),
    ("scaled.csv", gettext_noop("Variables scaled to 0–1")),
    ("imputation.csv", gettext_noop("Filled cells")),
    ("matches.csv", gettext_noop("Which row became which ward")),
    ("ranking_parameters.csv", gettext_noop("What the ranking was made with, CSV")),
    ("ranking_columns.csv", gettext_noop("What the columns mean and their units, CSV")),
)
SHAPES = (
    ("wards.gpkg", gettext_noop("Wards with shapes, GeoPackage")),
    ("wards.parquet", gettext_noop("Wards with shapes, GeoParquet")),
    ("map.geojson", gettext_noop("Simplified shapes, GeoJSON")),
    ("lgas.geojson", gettext_noop("LGA outlines, GeoJSON")),
)

FIGURE_GROUPS = (
    ("maps", gettext_noop("Maps of the ranking")),
    ("variables", gettext_noop("Variables")),
    ("raw", gettext_noop("Variables before filling")),
    ("scaled", gettext_noop("Variables scaled to 0–1")),
    ("lgas", gettext_noop("Variables by LGA")),
    ("years", gettext_noop("Variables year by year")),
    ("urban", gettext_noop("Urban share")),
    ("gaps", gettext_noop("Filled cells")),
    ("stability", gettext_noop("Stability")),
    ("ranks", gettext_noop("Ranks of each ward over the models")),
    ("pca", gettext_noop("Principal component analysis")),
    ("comparison", gettext_noop("Comparison")),
    ("models", gettext_noop("Models")),
    ("workflow", gettext_noop("Workflow")),
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
    used, count = first.get("models_used", summary["models"]), first.get("models_first")
    every = used == summary["models"]
    if count is None:  # a ranking made before this was counted
        said = gettext("%(place)s ranks first.")
    elif count == 0:
        said = gettext("%(place)s ranks first, though in no single model.")
    elif count == used:
        said = (
            gettext("%(place)s ranks first in all %(used)s models.")
            if every
            else gettext("%(place)s ranks first in all %(used)s models that could score it.")
        )
    elif every:
        said = gettext("%(place)s ranks first in %(count)s of %(used)s models.")
    else:
        said = gettext("%(place)s ranks first in %(count)s of the %(used)s models that could score it.")
    span = said % {"place": place, "used": whole(used), "count": whole(count or 0)}
    numbers = {"high": whole(high), "ranked": whole(summary["ranked"])}
    told = gettext("%(high)s of %(ranked)s ranked wards are in the high tier.") % numbers
    return f"{told} {span}"


def _facts(summary: dict[str, Any]) -> list[dict[str, Any]]:
    without = summary["wards"] - summary["ranked"]
    spearman = summary["spearman"]
    return [
        {
            "name": gettext("Wards ranked"),
            "value": whole(summary["ranked"]),
            "extra": gettext("%(without)s without a rank") % {"without": whole(without)}
            if without
            else gettext("all of them"),
        },
        {"name": gettext("Variables"), "value": len(summary["variables"]), "extra": ""},
        {"name": gettext("Models"), "value": whole(summary["models"]), "extra": gettext("every combination")},
        {
            "name": gettext("Cells filled"),
            "value": whole(summary["imputed_cells"]),
            "extra": gettext("each one listed"),
        },
        {
            "name": gettext("Agreement with PCA"),
            "value": gettext("no data") if spearman is None else decimal(spearman, 3),
            "extra": gettext("no PCA ranking")
            if spearman is None
            else gettext("Spearman's ρ, 1 = same order; the PCA is forced although its tests fail")
            if summary.get("pca_forced")
            else gettext("Spearman's ρ, 1 = same order"),
        },
    ]


@ranking_page("methods")
def result_methods(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    parameters = result.summary["parameters"]
    fills, inverse = dict(IMPUTATIONS), set(parameters["inverse"])
    plan = parameters["imputation"]
    context |= {
        "sentence": gettext(
            "This is all it takes to calculate the ranking again: method “%(method)s”, %(parameters)s variables, %(models)s models."
        )
        % {
            "method": gettext(METHOD_NAMES[parameters["method"]]),
            "parameters": len(parameters["variables"]),
            "models": whole(result.summary["models"]),
        },
        "variables": [
            {
                "name": name,
                "label": translated(variable_label(name)),
                "unit": translated(unit_in(result.summary, name)),
                "inverse": name in inverse,
                "gaps": translated(fills.get(plan.get(name, ""), plan.get(name, "").replace("_", " "))),
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
        gettext("turned by 1/x where a higher value means less risk")
        if legacy
        else gettext("turned round where a higher value means less risk")
    )
    middle = _middle(parameters)
    return [
        {
            "text": gettext("Gaps were filled as listed above: %(imputed_cells)s cells.")
            % {"imputed_cells": whole(summary["imputed_cells"])},
            "anchor": "filling",
        },
        {
            "text": gettext("Each variable was scaled to 0–1 over the wards, %(turn)s.") % {"turn": turn},
            "anchor": "composite",
        },
        {
            "text": gettext(
                "Each of %(models)s combinations of variables is one model: the mean of its variables."
            )
            % {"models": whole(summary["models"])},
            "anchor": "composite",
        },
        {
            "text": gettext(
                "A ward's score is the %(middle)s over the models; rank 1 is the highest risk and equal scores share a rank."
            )
            % {"middle": middle},
            "anchor": "composite",
        },
        {
            "text": gettext("Wards were cut into high, medium and low by rank: %(cut)s.")
            % {"cut": cut_words(parameters["cut"])},
            "anchor": "composite",
        },
        {
            "text": gettext(
                "A principal component analysis gave the second ranking, forced although its tests do not allow it."
            )
            if summary.get("pca_forced")
            else gettext(
                "A principal component analysis gave the second ranking, where its tests allow one."
            ),
            "anchor": "pca",
        },
    ]


def _middle(parameters: dict[str, Any]) -> str:
    return gettext("median rank") if parameters["aggregate"] == "median_rank" else gettext("median score")


def _parameters(result: AnalysisResult, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (gettext("Method"), parameters["method"]),
        (gettext("Rows that can't be told apart"), _duplicates(result)),
        (
            gettext("Malaria outcome"),
            translated(variable_label(parameters["outcome"])) if parameters["outcome"] else gettext("none"),
        ),
        (gettext("Zone"), _zone(result, parameters)),
        *([(gettext("Year"), period)] if (period := period_of(result)) else []),
        (gettext("Tiers"), cut_words(parameters["cut"])),
        (gettext("Aggregation over models"), _middle(parameters)),
        *(
            [(gettext("PCA although its tests fail"), gettext("asked for"))]
            if parameters.get("force_pca")
            else []
        ),
        (
            gettext("Left out of the PCA"),
            ", ".join(translated(variable_label(name)) for name in parameters.get("pca_without", ()))
            or gettext("none"),
        ),
        (
            gettext("Started"),
            date_format(localtime(result.started_at), "j N Y, H:i:s T") if result.started_at else "",
        ),
        (gettext("Version of the program"), result.code_version),
        (gettext("Result"), str(result.pk)),
    ]


def _zone(result: AnalysisResult, parameters: dict[str, Any]) -> str:
    zones = ", ".join(parameters["zones"])
    if result.params.get("zone"):
        return gettext("%(zones)s, as chosen") % {"zones": zones}
    return zones or gettext("unknown")


def _duplicates(result: AnalysisResult) -> str:
    """What was done with rows of the table that repeat a ward, and with how many."""
    with transaction.atomic():
        dataset = AnalysisResult.objects.only("summary").filter(pk=result.params["dataset"]).first()
    summary = dataset.summary if dataset else {}
    done = {code: words for code, _, words in DUPLICATES}
    count = summary.get("duplicate_rows", 0)
    if not count:
        return gettext("none")
    more = ngettext("%(count)s more row", "%(count)s more rows", count) % {"count": whole(count)}
    return f"{gettext(done[summary['duplicates']])} ({more})"


@ranking_page("downloads")
def result_downloads(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    files = context["files"]
    context["groups"] = [
        {"title": gettext("Tables"), "files": _items(files, TABLES)},
        {"title": gettext("Maps for other programs"), "files": _items(files, SHAPES)},
    ]
    context["figure_groups"] = [
        {"title": title, "open": page == "maps", "figures": figures_of(result, files, page)}
        for page, title in FIGURE_GROUPS
    ]
    return render(request, "results/downloads.html", context)


def _items(files: dict[str, Any], wanted: Any) -> list[dict[str, Any]]:
    return [{"title": title, "file": files[name]} for name, title in wanted if name in files]
