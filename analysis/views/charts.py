"""Charts of a ranking as somebody wants them: the page that asks for one, and the drawn one."""

import uuid
from numbers import Number
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from rest_framework.exceptions import ValidationError

from analysis import own_charts
from analysis.figures import night
from analysis.figures.asked_charts import Asked
from analysis.views.ranking_page import ranking_page
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.views import own_result

ROWS_PER_PAGE = 50


@ranking_page("charts", files=False)
def result_charts(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    sent = {name: value for name, value in request.GET.items() if name != "page"}
    asked, chart = own_charts.asked_for(result, {}), None
    with Refusal() as refusal:
        asked = own_charts.asked_for(result, sent)
        chart = own_charts.chart_of(result, asked)
    context |= {
        "problem": refusal.problem,
        "asked": asked,
        "charts": own_charts.charts_of(result),
        "columns": own_charts.columns_of(result),
        "groups": own_charts.GROUPS,
        "orders": own_charts.ORDERS,
    }
    if chart is not None:
        context |= _shown(request, result, asked, chart)
    return render(request, "results/charts.html", context, status=refusal.status if refusal.problem else 200)


def _shown(
    request: HttpRequest, result: AnalysisResult, asked: dict[str, str], chart: Asked
) -> dict[str, Any]:
    query = own_charts.query_of(asked)
    address = f"{reverse('result_chart', args=[result.session_id, result.pk])}?{query}"
    page = Paginator(chart.rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    numeric = [any(isinstance(cell, Number) for cell in column) for column in zip(*chart.rows, strict=True)]
    return {
        "heads": [*zip(chart.header, numeric or [False] * len(chart.header), strict=True)],
        "rows": [[*zip(row, numeric, strict=True)] for row in page.object_list],
        "chart": chart,
        "query": query,
        "explained_as": "urban" if asked["chart"] == "urban" else "chart",
        "address": address,
        "page": page,
        "apart": asked["chart"] == "scatter" and chart.facts["pearson"] is None,
    }


@require_GET
@transaction.non_atomic_requests
@login_required
def result_chart(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """The drawn chart, its PNG or its numbers, at an address that says all of it."""
    with transaction.atomic():
        result = own_result(request, session_id, result_id)
    if result.kind != "risk" or result.status != AnalysisResult.Status.SUCCEEDED:
        raise Http404
    sent = request.GET.dict()
    form = sent.pop("as", "svg")
    try:
        saved = bool(sent.pop("save", "")) or form != "svg"
        answer = own_charts.drawn(result, sent, form, attachment=saved)
    except (Problem, ValidationError) as refusal:
        raise Http404 from refusal
    if not saved:
        answer.content = night.with_night(answer.content)
    return answer
