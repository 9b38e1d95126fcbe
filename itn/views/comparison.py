"""Stored plans side by side, and what changes from the first to the second."""

import uuid
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from analysis import frames
from analysis.csv_answers import csv_answer
from analysis.figures.night import with_night
from itn import selectors as plans
from itn.compared import Stored, check_count, chosen, compared
from itn.core.scenarios import differences, ward_by_ward
from itn.figures.difference import difference_map
from itn.figures.interactive import CHANGE, difference_values
from itn.labels import REASONS
from itn.planning import loaded
from itn.rows import records
from itn.sources import population_told
from itn.traces import population_traces, traced
from itn.views.plan_map import in_words, json_inline, map_places, values_tag
from sessions_app.models import AnalysisResult
from sessions_app.refusals import Refusal
from sessions_app.session_frame import session_frame
from sessions_app.views import own_session

MOST_CHANGES = 500
UNITS = "nets_* in nets; coverage_* in % of people; coverage_change in percentage points"


@require_GET
@transaction.non_atomic_requests
@login_required
def plan_comparison(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    with transaction.atomic():
        session = own_session(request, session_id)
        with Refusal() as refusal:
            found = chosen(session, *_asked(request))
        if refusal.problem:
            found = []
        context = session_frame(session, "itn_plan") | {
            "all_plans": [
                {"pk": plan.pk, "key": str(plan.pk), "title": plans.title_of(plan)}
                for plan in plans.plans_of(session)
            ],
            "chosen_ids": [plan.pk for plan in found],
            "sides": _sides(request),
        }
    if refusal.problem is None and len(found) > 1:
        with Refusal() as refusal:
            context |= _shown(compared(found))
    if "table" in context:
        place = [session.pk, found[0].pk, found[1].pk]
        context |= map_places(found[0]) | {
            "first_plan": found[0],
            "second_plan": found[1],
            "difference_url": reverse("plan_difference_map", args=place),
            "values_url": reverse("plan_difference_values", args=place),
            "layers": [
                {
                    "key": f"class:{CHANGE}",
                    "kind": "class",
                    "label": gettext("Change in coverage (% points)"),
                }
            ],
            "map_hint": gettext("Point at a ward or tap it to see what changes there."),
            "source": gettext("From “%(first_name)s” to “%(second_name)s”")
            % {"first_name": context["first_name"], "second_name": context["second_name"]},
        }
    context["problem"] = refusal.problem
    return render(request, "itn/plan_comparison.html", context, status=422 if refusal.problem else 200)


@require_GET
@transaction.non_atomic_requests
@login_required
def plan_difference_map(
    request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, other_id: uuid.UUID
) -> HttpResponse:
    first, second, changes = _changes(request, session_id, result_id, other_id)
    change = dict(zip(changes["ward_code"], changes["coverage_change"], strict=True))
    drawn = frames.artifact_bytes(first, "map_coverage.svg").decode()
    title = gettext("From “%(title_of)s” to “%(title_of_2)s”") % {
        "title_of": plans.title_of(first),
        "title_of_2": plans.title_of(second),
    }
    sources = [population_told(plan.summary["source"]) for plan in (first, second)]
    both = zip(changes["reason_first"], changes["reason_second"], strict=True)
    svg = difference_map(drawn, change, title, sources, dict(zip(changes["ward_code"], both, strict=True)))
    shown = with_night(svg.encode())
    return HttpResponse(shown, content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@require_GET
@transaction.non_atomic_requests
@login_required
def plan_difference_values(
    request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, other_id: uuid.UUID
) -> HttpResponse:
    """The same for the interactive map."""
    first, second, changes = _changes(request, session_id, result_id, other_id)
    return json_inline(request, in_words(difference_values(changes)), values_tag(f"{first.pk}-{second.pk}"))


@require_GET
@transaction.non_atomic_requests
@login_required
def plan_comparison_csv(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """All wards in each plan, and what changes from the first plan to the second."""
    with transaction.atomic():
        session = own_session(request, session_id)
        with Refusal() as refusal:
            found = chosen(session, *_asked(request))
    if refusal.problem is None:
        with Refusal() as refusal:
            return _all_wards(found)
    with transaction.atomic():
        context = session_frame(session, "itn_plan") | {"problem": refusal.problem}
        return render(request, "itn/plan_comparison.html", context, status=422)


def _all_wards(found: list[AnalysisResult]) -> HttpResponse:
    check_count(found)
    table = ward_by_ward({str(plan.pk): loaded(plan) for plan in found})
    for number, plan in enumerate(found, 1):
        people = population_traces(plan.summary["source"])
        table = table.assign(**{f"{name}_{number}": value for name, value in people.items()})
    return csv_answer(traced(table, {}, UNITS), "compare.csv")


def _changes(
    request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, other_id: uuid.UUID
) -> tuple[AnalysisResult, AnalysisResult, pd.DataFrame]:
    with transaction.atomic():
        session = own_session(request, session_id)
        first, second = (plans.chosen_plans(session, [pk])[0] for pk in (result_id, other_id))
    with Refusal() as refusal:
        return first, second, differences(loaded(first), loaded(second))
    assert refusal.problem
    raise Http404  # plans of other wards have no map in common


def _asked(request: HttpRequest) -> tuple[list[uuid.UUID], uuid.UUID | None, uuid.UUID | None]:
    """The plans that are named, one more than can be compared at most, so that too many are refused and not cut."""
    ids = request.GET.getlist("plan")[: plans.MOST_COMPARED + 1]
    first, second = _sides(request)
    return [_id(text) for text in ids], _id(first) if first else None, _id(second) if second else None


def _sides(request: HttpRequest) -> tuple[str, str]:
    """From which plan to which, as chosen; empty where the order of the plans decides."""
    return request.GET.get("first", ""), request.GET.get("second", "")


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _shown(comparison: Stored) -> dict[str, Any]:
    table, changes = comparison.table, comparison.changes
    rows = changes.head(MOST_CHANGES)
    query = urlencode([("plan", str(plan.pk)) for plan in comparison.plans])
    return {
        "table": records(table),
        "priced": bool(table["cost_total"].notna().any()),
        "budgeted": bool(table["budget"].notna().any()),
        "solved": bool(table["split_gap"].notna().any()),
        "currencies": sorted({row["currency"] for row in records(table) if row["cost_total"] is not None}),
        "names": comparison.names,
        "lgas": comparison.lgas,
        "first_name": comparison.names[0],
        "second_name": comparison.names[1],
        "changes": [
            row | {"before": REASONS[row["reason_first"]], "after": REASONS[row["reason_second"]]}
            for row in records(rows)
        ],
        "changed": len(changes),
        "more": comparison.more,
        "fewer": comparison.fewer,
        "counted": comparison.counted,
        "rankings": comparison.rankings,
        "csv_url": f"{reverse('plan_comparison_csv', args=[comparison.plans[0].session_id])}?{query}",
    }
