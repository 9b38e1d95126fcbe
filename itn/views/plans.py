"""One stored plan: at a glance, ward by ward, by LGA for delivery, as curves, and to take away."""

from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop

from analysis import frames
from analysis.figures import night
from itn.core.plan import FILLED
from itn.core.settings import QUANTITY_MODES
from itn.labels import COVERED, MEASURES, REASONS, settings_rows
from itn.views.plan_page import plan_page
from sessions_app.downloads import SVG
from sessions_app.inline import inline, not_modified
from sessions_app.models import AnalysisResult

ROWS_PER_PAGE = 500
SHOWN = (
    "ward_code", "ward_name", "lga_name", "rank", "population", "population_source", "need", "nets_allocated",
    "shortfall", "coverage_percent", "reason",
)  # fmt: skip
ORDERINGS = (
    ("rank", gettext_noop("Highest risk first")),
    ("-nets_allocated", gettext_noop("Most nets first")),
    ("-shortfall", gettext_noop("Most nets missing first")),
    ("coverage_percent", gettext_noop("Lowest coverage first")),
    ("ward_name", gettext_noop("Ward name")),
    ("lga_name", "LGA"),
)
TABLES = (
    ("plan.csv", gettext_noop("The plan, CSV")),
    ("plan.xlsx", gettext_noop("The plan, LGAs, states and parameters, Excel")),
    ("plan_lgas.csv", gettext_noop("Sums and costs by LGA, CSV")),
    ("plan_parameters.csv", gettext_noop("What the plan was made with, CSV")),
    ("plan_candidates.csv", gettext_noop("Where nets could be taken from, CSV")),
    ("registration_matches.csv", gettext_noop("Which place of the registration list is which ward, CSV")),
    ("plan.gpkg", gettext_noop("Wards with shapes, GeoPackage")),
    ("plan.parquet", gettext_noop("Wards with shapes, GeoParquet")),
)


@plan_page("")
def plan_picture(
    request: HttpRequest, result: AnalysisResult, context: dict[str, Any], name: str
) -> HttpResponse:
    """A map or curve, shown in a page rather than saved."""
    if name not in context["files"] or not name.endswith(".svg"):
        raise Http404
    tag = f"{context['files'][name].sha256}-{night.VERSION}"
    return not_modified(request, tag) or inline(
        request, night.with_night(frames.artifact_bytes(result, name)), SVG, tag
    )


@plan_page("overview")
def plan_detail(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    measure = request.GET.get("measure", "coverage")
    if measure not in dict(MEASURES):
        measure = "coverage"
    summary = result.summary
    context |= {
        "measures": MEASURES,
        "measure": measure,
        "map_figure": context["figures"][f"map_{measure}"],
        "reasons": [(REASONS[code], count) for code, count in summary["reasons"].items() if count],
        "candidates": summary["candidates"],
        "currency": result.params.get("costs", {}).get("currency", ""),
    }
    return render(request, "itn/plan_detail.html", context)


@plan_page("wards")
def plan_wards(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    asked = {
        "ordering": request.GET.get("ordering", "rank"),
        "lga": request.GET.get("lga", ""),
        "search": request.GET.get("search", "").replace("\x00", "")[:200],
    }
    if asked["ordering"] not in dict(ORDERINGS):
        asked["ordering"] = "rank"
    wards = frames.load_wards(result, SHOWN)
    reason = request.GET.get("reason", "")
    chosen = frames.chosen_wards(wards, **asked)
    if reason in REASONS:
        chosen = chosen.filter(pa.compute.equal(chosen["reason"], reason))
    page = Paginator(range(chosen.num_rows), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    start = max(0, page.start_index() - 1)
    rows = frames.rows_of(chosen.slice(start, ROWS_PER_PAGE))
    context |= asked | {
        "rows": [
            row | {"reason_words": REASONS[row["reason"]], "filled": row["population_source"] in FILLED}
            for row in rows
        ],
        "any_filled": any(row["population_source"] in FILLED for row in rows),
        "page": page,
        "count": chosen.num_rows,
        "total": wards.num_rows,
        "lgas": frames.lga_names(wards),
        "orderings": ORDERINGS,
        "reason": reason,
        "reasons": REASONS.items(),
        "query": urlencode({key: value for key, value in (asked | {"reason": reason}).items() if value}),
    }
    return render(request, "itn/plan_wards.html", context)


@plan_page("curves")
def plan_curves(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    summary = result.summary
    names = [name for name in ("curve_stock", "curve_coverage", "curve_lorenz") if name in context["figures"]]
    context |= {
        "shown": [context["figures"][name] for name in names],
        "more": _more(summary) if summary["curve"] else None,
    }
    return render(request, "itn/plan_curves.html", context)


def _more(summary: dict[str, Any]) -> dict[str, int]:
    """What so many more nets would do."""
    rows = {row["nets"]: row for row in summary["curve"]}
    here, more = rows[summary["nets"]], rows[summary["more_nets"]]
    return {name: more[name] - here[name] for name in ("nets", "people_covered", "high_risk_covered")}


@plan_page("downloads")
def plan_downloads(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    files = context["files"]
    context |= {
        "items": [{"title": title, "file": files[name]} for name, title in TABLES if name in files],
        "settings": settings_rows(result.summary["settings"], result.summary["source"], result.params),
        "covered": COVERED[result.summary["settings"].get("quantity", QUANTITY_MODES[0])],
    }
    return render(request, "itn/plan_downloads.html", context)
