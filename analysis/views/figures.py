"""The pages of a ranking that are mostly pictures, and the files those pictures and the map come from."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from analysis import frames, own_charts
from analysis.figure_list import MAIN_MAP, figure, figures_of
from analysis.figures import night
from analysis.labels import FORCED, KMO_WORDS, variable_label
from analysis.map_layers import layers_of
from analysis.views.ranking_page import ranking_page
from sessions_app import selectors
from sessions_app.files import media_type_of
from sessions_app.inline import inline, not_modified
from sessions_app.localised import decimal, whole
from sessions_app.models import AnalysisResult
from sessions_app.refusals import Refusal
from sessions_app.stored_words import translated
from sessions_app.views import own_result

FIGURES_PER_PAGE = 16
SHEETS_PER_PAGE = 2
TIERS = ("High", "Medium", "Low")
LINKED = ("map_rank", "map_pca_rank")
SHOWN_INLINE = (".svg", ".geojson")
MOST_NAMES = 2000
LEAST_KMO = 0.5


@require_GET
@transaction.non_atomic_requests
@login_required
def result_picture(
    request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, name: str
) -> HttpResponse:
    """A figure or shapes of any kind of result, shown in a page rather than saved, and revalidated by content."""
    if not name.endswith(SHOWN_INLINE):
        raise Http404
    with transaction.atomic():
        result = own_result(request, session_id, result_id)
        file = selectors.artifacts_of(result).filter(name=name).defer("report").first()
    if file is None:
        raise Http404
    drawn = name.endswith(".svg")
    tag = f"{file.sha256}-{night.VERSION}" if drawn else file.sha256
    if unchanged := not_modified(request, tag):
        return unchanged
    content = frames.artifact_bytes(result, name)
    return inline(request, night.with_night(content) if drawn else content, media_type_of(name), tag)


@ranking_page("map")
def result_map(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    place = [result.session_id, result.pk]
    wards = frames.load_wards(result)
    named = wards.select(["ward_code", "ward_name", "lga_name"]).sort_by("ward_name")
    context |= {
        "layers": layers_of(result, wards),
        "names": frames.rows_of(named.slice(0, MOST_NAMES)),
        "wards_url": reverse("result_picture", args=[*place, frames.MAP]),
        "lgas_url": reverse("result_picture", args=[*place, "lgas.geojson"]),
        "ward_url": reverse("result_ward", args=[*place, "__code__"]),
        "ward_words": gettext("Why this rank?"),
        "map_hint": gettext(
            "Point at a ward or tap it to see its name, LGA (local government area), rank, tier and score."
        ),
        "source": gettext("Your boundaries · calculated %(finished_at)s")
        % {"finished_at": date_format(localtime(result.finished_at), "j N Y")},
        "figure": figure(result, context["files"], MAIN_MAP),
    }
    return render(request, "results/map.html", context)


def _figures_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    figures: list[Any],
    per_page: int = FIGURES_PER_PAGE,
) -> HttpResponse:
    page = Paginator(figures, per_page).get_page(request.GET.get("page"))
    return render(request, template, context | {"figures": page.object_list, "page": page})


# What the page of variables can show: code, label, what is to be read in it.
VARIABLE_VIEWS = (
    ("variables", gettext_noop("By ward"), gettext_noop("{n} variables, one map each. Darker = more risk; hatched = no data.")),
    ("lgas", gettext_noop("By LGA"), gettext_noop("The same by LGA: the mean of its wards, weighted by their people where these are known for all, else each counted alike; of counts the sum.")),
    ("scaled", gettext_noop("Scaled"), gettext_noop("Each variable as it enters the models, 0–1, 1 = most risk; the same classes on every map.")),
    ("raw", gettext_noop("Before filling"), gettext_noop("Variables with gaps, each before and after filling, in the same classes. Hatched: the table had no value.")),
    ("years", gettext_noop("By year"), gettext_noop("Variables that your table has for several years, as uploaded; the same classes for every year.")),
    ("urban", gettext_noop("Urban wards"), gettext_noop("The tiers with urban wards apart, for any share of the area from which a ward may be called urban.")),
)  # fmt: skip


@ranking_page("variables")
def result_variables(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    context |= _viewed(request, result, context, VARIABLE_VIEWS) | {"tab_title": gettext("Variables")}
    context["sentence"] = context["sentence"].format(n=len(result.summary["variables"]))
    figures = figures_of(result, context["files"], context["view"])
    if context["view"] == "raw":
        figures = _with_filled(result, context["files"], figures)
    if context["view"] == "years":
        context |= _years(request, result)
        begin = f"map_year_{context['series']:02d}_{context['year']}"
        figures = [one for one in figures if one["name"].startswith(begin)]
        context |= {"wide": len(figures) == 1}
    if context["view"] == "urban":
        context |= _urban(request, result)
    return _figures_page(request, "results/figures.html", context, figures)


def _urban(request: HttpRequest, result: AnalysisResult) -> dict[str, Any]:
    """The map for the share that is asked for, at the address that charts have."""
    shown: dict[str, Any] = {"urban_from": request.GET.get("urban_from", "")[:20]}
    if not shown["urban_from"]:
        return shown
    with Refusal() as refusal:
        asked = own_charts.asked_for(result, {"chart": "urban", "urban_from": shown["urban_from"]})
        chart = own_charts.chart_of(result, asked)
        address = reverse("result_chart", args=[result.session_id, result.pk])
        tiers = [
            (tier, chart.facts[f"{tier.lower()}_not_urban"], chart.facts[f"{tier.lower()}_urban"])
            for tier in TIERS
        ]
        query = own_charts.query_of(asked)
        shown |= {"chart": chart, "address": f"{address}?{query}", "urban_query": query, "tiers": tiers}
    return shown | {"problem": refusal.problem}


def _years(request: HttpRequest, result: AnalysisResult) -> dict[str, Any]:
    """The variable and the year that are asked for; without a year all stand side by side."""
    found = result.summary["years"]
    number = next((k for k in range(1, len(found) + 1) if request.GET.get("of") == str(k)), 1)
    years = [str(row["year"]) for row in found[number - 1]["years"]]
    year = request.GET.get("year", "")
    year = year if year in years else ""
    return {
        "all_series": list(enumerate((translated(one["label"]) for one in found), 1)),
        "series": number,
        "of_series": found[number - 1],
        "years": years,
        "year": year,
        "query": f"show=years&of={number}&year={year}",
    }


def _with_filled(
    result: AnalysisResult, files: dict[str, Any], raw: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """After each map before filling the one with it."""
    pairs = [(one, figure(result, files, one["name"].replace("map_raw_", "map_variable_"))) for one in raw]
    return [shown for pair in pairs for shown in pair if shown]


def _viewed(
    request: HttpRequest, result: AnalysisResult, context: dict[str, Any], views: Any
) -> dict[str, Any]:
    """Which of the views of a page is asked for; a result from before a figure was drawn has fewer."""
    shown = [view for view in views if figures_of(result, context["files"], view[0])] or views[:1]
    view = next((view for view in shown if view[0] == request.GET.get("show")), shown[0])
    return {
        "sentence": gettext(view[2]),
        "views": shown if len(shown) > 1 else (),
        "view": view[0],
        "query": f"show={view[0]}",
    }


@ranking_page("models")
def result_models(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    models = [
        row
        | {
            "model": row["model"].replace("_", " ").capitalize(),
            "variables": ", ".join(translated(variable_label(name)) for name in row["variables"].split(";")),
        }
        for row in frames.csv_rows(result, "models.csv")
    ]
    context |= {
        "tab_title": gettext("Models"),
        "sentence": gettext(
            "%(models)s models: every combination of two or more of the %(summary)s variables."
        )
        % {"models": whole(len(models)), "summary": len(result.summary["variables"])},
        "explain": gettext(
            "A model is the mean of its variables, each scaled to 0–1. A ward's score is the median over all models."
        ),
        "anchor": "composite",
        "models": models,
        "flags": _model_flags(result),
        "wide": True,
    }
    figures = figures_of(result, context["files"], "models")
    return _figures_page(request, "results/models.html", context, figures, SHEETS_PER_PAGE)


def _model_flags(result: AnalysisResult) -> dict[str, Any] | None:
    """The models whose highest wards are not all urban, as the table names them; none in a ranking from before."""
    found = result.summary.get("model_flags")
    return found and found | {
        "flagged": [
            row
            | {
                "model": row["model"].replace("_", " ").capitalize(),
                "variables": ", ".join(
                    translated(variable_label(name)) for name in row["variables"].split(";")
                ),
            }
            for row in found["flagged"]
        ]
    }


STABILITY_VIEWS = (
    ("stability", gettext_noop("Scores"), gettext_noop("How far the score of a ward moves from model to model. A short box means the models agree on it.")),
    ("ranks", gettext_noop("Ranks"), gettext_noop("Which rank each model gives a ward. A short box means the models agree on it.")),
)  # fmt: skip


@ranking_page("stability")
def result_stability(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    context |= _viewed(request, result, context, STABILITY_VIEWS) | {
        "tab_title": gettext("Stability"),
        "explain": gettext("Each row is a ward; its box holds the middle half of the models."),
        "anchor": "stability",
        "wide": True,
    }
    figures = figures_of(result, context["files"], context["view"])
    return _figures_page(request, "results/figures.html", context, figures, 1)


@ranking_page("pca")
def result_pca(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    pca = result.summary["pca"]
    components = list(pca["loadings"])[: pca["components_used"]]
    context |= {
        "tab_title": "PCA",
        "sentence": _pca_sentence(pca),
        "notes": [note for note in result.summary["notes"] if note["code"].startswith("pca_")],
        "explain": gettext(
            "Principal component analysis (PCA) is a second opinion: it looks for the directions in which the variables vary together."
        ),
        "anchor": "pca",
        "pca": _pca_words(pca) if pca["kmo"] is not None else None,
        "components": [
            gettext("Component %(place)s") % {"place": place} for place in range(1, len(components) + 1)
        ],
        "loadings": [
            {
                "label": translated(variable_label(name)),
                "values": [pca["loadings"][component].get(name) for component in components],
                "kmo": pca["kmo_per_variable"].get(name),
                "low_kmo": (pca["kmo_per_variable"].get(name) or 1) < LEAST_KMO,
            }
            for name in pca["variables"]
        ]
        if components
        else [],
    }
    return _figures_page(request, "results/pca.html", context, figures_of(result, context["files"], "pca"))


def _pca_sentence(pca: dict[str, Any]) -> str:
    if pca["suitable"]:
        return gettext("The variables are related enough for a second ranking by PCA.")
    reasons = " ".join(translated(reason) for reason in pca["reasons"])
    ranked = (
        gettext("The PCA ranking is shown all the same, as asked.")
        if pca["forced"]
        else gettext("There is no PCA ranking.")
    )
    return gettext("The variables are not suited to PCA. %(reasons)s %(ranked)s") % {
        "reasons": reasons,
        "ranked": ranked,
    }


def _chance(p: float | None) -> str:
    if p is None:
        return gettext("no data")
    if p < 0.001:
        return gettext("below %(limit)s") % {"limit": decimal(0.001, 3)}
    return decimal(p, 3)


def _pca_words(pca: dict[str, Any]) -> dict[str, Any]:
    p = pca["bartlett_p"]
    explained = sum(pca["explained"][: pca["components_used"]])
    return pca | {
        "kmo_words": gettext(KMO_WORDS[pca["kmo_label"]]),
        "bartlett_p_words": _chance(p),
        "explained_words": gettext("hold %(explained)s %% of the variation")
        % {"explained": decimal(100 * explained, 1)},
    }


@ranking_page("comparison")
def result_comparison(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    found = result.summary["comparison"]
    if found["spearman"] is None:
        context |= {
            "tab_title": gettext("Comparison"),
            "sentence": gettext("There is no PCA ranking to compare with; the PCA page says why."),
        }
        return render(request, "results/comparison.html", context)
    rows = frames.rows_of(frames.load_wards(result))
    both = [row for row in rows if row["composite_rank"] is not None and row["pca_rank"] is not None]
    context |= {
        "tab_title": gettext("Comparison"),
        "sentence": _comparison_sentence(found, len(both), result.summary["pca"]["forced"]),
        "explain": gettext("Two rankings of the same wards: the composite score, and PCA."),
        "anchor": "comparison",
        "comparison": found | _shared(both),
        "tiers": TIERS,
        "cross": _cross(found["tier_table"]),
        "differences": sorted(both, key=lambda row: (-abs(row["rank_difference"]), row["composite_rank"]))[
            :20
        ],
    }
    linked = [figure(result, context["files"], name) for name in LINKED]
    shown = figures_of(result, context["files"], "comparison")
    # Two drawings of a whole country would weigh a page down.
    if all(linked) and result.summary["wards"] <= MOST_NAMES:
        context["linked"] = linked
        shown = [one for one in shown if one["name"] not in LINKED]
    return _figures_page(request, "results/comparison.html", context, shown)


def _comparison_sentence(found: dict[str, Any], wards: int, forced: bool) -> str:
    same = sum(found["tier_table"][tier][tier] for tier in TIERS)
    said = gettext("Both rankings put %(same)s of %(wards)s wards in the same tier.") % {
        "same": whole(same),
        "wards": whole(wards),
    }
    return f"{said} {gettext(FORCED)}" if forced else said


def _shared(both: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "top_10_shared": sum(row["composite_rank"] <= 10 and row["pca_rank"] <= 10 for row in both),
        "top_third_shared": sum(row["composite_tier"] == row["pca_tier"] == "High" for row in both),
    }


def _cross(table: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {"tier": row, "cells": [{"count": table[row][column], "agree": row == column} for column in TIERS]}
        for row in TIERS
    ]
