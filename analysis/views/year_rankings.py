"""One ranking for each year of a session: tabs over maps that share their classes."""

import uuid

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from analysis import year_rankings
from analysis.csv_answers import csv_answer
from analysis.figures import night
from analysis.figures.vega import to_png
from analysis.year_rankings import MEASURES, measured, rankings_by_year
from sessions_app.models import AnalysisResult
from sessions_app.session_frame import session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session


@require_GET
@transaction.non_atomic_requests
@login_required
def session_years(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    with transaction.atomic():
        session = own_session(request, session_id)
        found = rankings_by_year(session)
        context = session_frame(session, "risk_result")
    shown = {code: label for code, label, _ in MEASURES}
    if not all(result.summary["pca_ranked"] for result in found.values()):
        del shown["pca_rank"]
    measure = request.GET.get("of", "")
    measure = measure if measure in shown else "composite_rank"
    year = request.GET.get("year", "")
    context |= {"measures": shown.items(), "measure": measure, "years": list(found), "year": ""}
    if len(found) > 1:
        years = measured(found, measure)
        rows = [row | {"result": found[row["year"]]} for row in year_rankings.told(years)]
        address = reverse("session_years_map", args=[session.pk])
        context |= {
            "year": year if year in found else "",
            "maps": [
                (one, f"{address}?of={measure}&year={one}")
                for one in found
                if year in ("", one) or year not in found
            ],
            "label": years.label,
            "rows": rows,
            "newest": rows[-1]["result"],
        }
    return render(request, "results/years.html", context)


@require_GET
@transaction.non_atomic_requests
@login_required
@limited("compute")
def session_years_map(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    found = _own(request, session_id)
    year, of = request.GET.get("year", next(reversed(found), "")), request.GET.get("of", "composite_rank")
    if year not in found or of not in {code for code, *_ in MEASURES}:
        raise Http404
    svg = year_rankings.drawn(measured(found, of), year, found[year])
    headers = {"Cache-Control": "private, no-store"}
    if request.GET.get("as") == "png":
        return HttpResponse(to_png(svg), content_type="image/png", headers=headers)
    return HttpResponse(night.with_night(svg.encode()), content_type="image/svg+xml", headers=headers)


@require_GET
@transaction.non_atomic_requests
@login_required
def session_years_csv(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    found = _own(request, session_id)
    if len(found) < 2:
        raise Http404
    return csv_answer(year_rankings.side_by_side(found), "years.csv")


def _own(request: HttpRequest, session_id: uuid.UUID) -> dict[str, AnalysisResult]:
    with transaction.atomic():
        return rankings_by_year(own_session(request, session_id))
