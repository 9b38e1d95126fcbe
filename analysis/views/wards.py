"""The ranked wards as a list, one ward from every side, and the cells that were filled."""

from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
import pyarrow.csv as pa_csv
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_noop

from analysis import filled_cells, frames, ward_card
from analysis.figure_list import figure
from analysis.templatetags.look import no_data, score, tier, whole
from analysis.views.ranking_page import ranking_page
from analysis.writers.text import neutral
from sessions_app.models import AnalysisResult

ROWS_PER_PAGE = 500
# column, title, what stands below it, is a number, may be sorted by
COLUMNS = (
    ("composite_rank", gettext_noop("Rank"), "", True),
    ("ward_name", gettext_noop("Ward"), "", False),
    ("lga_name", gettext_noop("LGA"), "", False),
    ("composite_tier", gettext_noop("Tier"), "", False),
    ("composite_score", gettext_noop("Score"), "0–1", True),
    ("rank_median", gettext_noop("Over the models"), gettext_noop("lowest–highest rank"), True),
    ("pca_rank", gettext_noop("PCA rank"), "", True),
)
ORDERINGS = (
    ("composite_rank", gettext_noop("Highest risk first")),
    ("-composite_rank", gettext_noop("Lowest risk first")),
    ("ward_name", gettext_noop("Ward name")),
    ("lga_name", gettext_noop("LGA")),
    ("pca_rank", gettext_noop("PCA rank")),
    ("rank_median", gettext_noop("Middle rank over the models")),
)


def asked_for(request: HttpRequest) -> dict[str, str]:
    """What the list was asked for, in the words of `frames.chosen_wards`."""
    sortable = {name for name, *_ in COLUMNS}
    ordering = request.GET.get("ordering", frames.FIRST)
    return {
        "ordering": ordering if ordering.removeprefix("-") in sortable else frames.FIRST,
        "lga": request.GET.get("lga", ""),
        "search": request.GET.get("search", "").replace("\x00", "")[:200],
    }


@ranking_page("wards", files=False)
def result_wards(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    asked = asked_for(request)
    wards = frames.load_wards(result, {*_SHOWN, asked["ordering"].removeprefix("-")})
    chosen = frames.chosen_wards(wards, **asked)
    page = Paginator(range(chosen.num_rows), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    start = max(0, page.start_index() - 1)
    rows = frames.rows_of(chosen.select(_SHOWN).slice(start, ROWS_PER_PAGE))
    kept = {
        name: value for name, value in asked.items() if value and (name, value) != ("ordering", frames.FIRST)
    }
    context |= {
        "rows": _shown_rows(result, rows, context["chosen"]),
        "columns": [_column(asked, *column) for column in COLUMNS],
        "lgas": frames.lga_names(wards),
        "lga_chosen": asked["lga"],
        "search": asked["search"],
        "ordering": asked["ordering"],
        "orderings": ORDERINGS,
        "count": chosen.num_rows,
        "total": wards.num_rows,
        "filtered": bool(asked["lga"] or asked["search"]),
        "page": page,
        "query": urlencode(kept),
    }
    return render(request, "results/wards.html", context)


_SHOWN = [
    "ward_code", "ward_name", "lga_name", "composite_rank", "composite_tier", "composite_score",
    "rank_min", "rank_max", "pca_rank", "imputed_variables", "flags",
]  # fmt: skip


def _shown_rows(result: AnalysisResult, rows: list[dict[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """The rows in words. Links are put together from one pattern: reversing each would cost more than the rest."""
    pattern = reverse("result_ward", args=[result.session_id, result.pk, "CODE"])
    tiers = {name: tier(name) for name in ("High", "Medium", "Low", None)}
    return [
        {
            "rank": whole(row["composite_rank"]),
            "name": row["ward_name"],
            "url": pattern.replace("CODE", quote(row["ward_code"], safe="/")),
            "lga": row["lga_name"] or no_data(),
            "tier": tiers.get(row["composite_tier"] or None, no_data()),
            "score": score(row["composite_score"]),
            "span": no_data() if row["rank_min"] is None else f"{row['rank_min']}–{row['rank_max']}",
            "pca_rank": whole(row["pca_rank"]),
            "filled": bool(row["imputed_variables"]),
            "lacking": "partial" in (row["flags"] or ""),
            "chosen": row["ward_code"] == chosen,
        }
        for row in rows
    ]


def _column(asked: dict[str, str], name: str, title: str, unit: str, number: bool) -> dict[str, Any]:
    current = asked["ordering"]
    sorted_now = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    link = {**asked, "ordering": f"-{name}" if current == name else name}
    query = urlencode({key: value for key, value in link.items() if value})
    return {"title": title, "unit": unit, "number": number, "sorted": sorted_now, "url": f"?{query}"}


@ranking_page("wards", files=False)
def result_wards_csv(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    """Exactly the wards that the list shows, all pages of it, with every column of wards.csv."""
    chosen = frames.chosen_wards(frames.load_wards(result), **asked_for(request))
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(neutral(chosen), sink)
    answer = HttpResponse(sink.getvalue().to_pybytes(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="wards.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@ranking_page("wards")
def result_ward(
    request: HttpRequest, result: AnalysisResult, context: dict[str, Any], ward_code: str
) -> HttpResponse:
    card = ward_card.card(result, ward_code)
    if card is None:
        raise Http404
    return render(request, "results/ward.html", context | card)


@ranking_page("filled")
def result_filled(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    cells = filled_cells.filled_cells(result)
    page = Paginator(cells.rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context |= {"sentence": cells.sentence, "by_variable": cells.by_variable, "page": page}
    context |= {"figure": figure(result, context["files"], "map_gaps")}
    return render(request, "results/filled.html", context)
