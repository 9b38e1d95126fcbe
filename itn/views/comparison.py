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
from analysis.figures.night import with_night
from itn import selectors as plans
from itn.core.scenarios import differences, lga_coverage, side_by_side, ward_by_ward
from itn.figures.difference import difference_map
from itn.figures.interactive import CHANGE, difference_values
from itn.labels import REASONS, basis_differences
from itn.planning import loaded
from itn.sources import population_told
from itn.traces import population_traces, traced
from itn.views.delivery import csv_answer
from itn.views.plan_map import VERSION, json_inline, map_places
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem
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
        chosen = plans.chosen_plans(session, _asked(request))
        context = session_frame(session, "itn_plan") | {
            "all_plans": [{"pk": plan.pk, "title": plans.title_of(plan)} for plan in plans.plans_of(session)],
            "chosen_ids": [plan.pk for plan in chosen],
        }
    with Refusal() as refusal:
        context |= _compared(chosen)
    if refusal.problem is None and len(chosen) > 1:
        place = [session.pk, chosen[0].pk, chosen[1].pk]
        context |= map_places(chosen[0]) | {
            "first_plan": chosen[0],
            "second_plan": chosen[1],
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
    svg = difference_map(
        drawn, change, title, [population_told(plan.summary["source"]) for plan in (first, second)]
    )
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
    return json_inline(request, difference_values(changes), f"{first.pk}-{second.pk}-{VERSION}")


@require_GET
@transaction.non_atomic_requests
@login_required
def plan_comparison_csv(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """All wards in each plan, and what changes from the first plan to the second."""
    with transaction.atomic():
        session = own_session(request, session_id)
        chosen = plans.chosen_plans(session, _asked(request))
    with Refusal() as refusal:
        if not 2 <= len(chosen) <= plans.MOST_COMPARED:
            raise Problem(
                "invalid_request",
                gettext("2 to %(most)s plans can be compared.") % {"most": plans.MOST_COMPARED},
                where="plan",
            )
        table = ward_by_ward({str(plan.pk): loaded(plan) for plan in chosen})
        for number, plan in enumerate(chosen, 1):
            people = population_traces(plan.summary["source"])
            table = table.assign(**{f"{name}_{number}": value for name, value in people.items()})
        return csv_answer(traced(table, {}, UNITS), "compare.csv")
    with transaction.atomic():
        context = session_frame(session, "itn_plan") | {"problem": refusal.problem}
        return render(request, "itn/plan_comparison.html", context, status=422)


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


def _asked(request: HttpRequest) -> list[uuid.UUID]:
    """The plans that are named, one more than can be compared at most, so that too many are refused and not cut."""
    ids = []
    for text in request.GET.getlist("plan")[: plans.MOST_COMPARED + 1]:
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            raise Http404 from None
    return ids


def _compared(chosen: list[AnalysisResult]) -> dict[str, Any]:
    if len(chosen) < 2:
        return {}
    if len(chosen) > plans.MOST_COMPARED:
        raise Problem(
            "invalid_request",
            gettext("At most %(most)s plans stand side by side.") % {"most": plans.MOST_COMPARED},
            where="plan",
        )
    names = _names(chosen)
    found = {name: loaded(plan) for name, plan in zip(names, chosen, strict=True)}
    table = side_by_side(found)
    lgas = lga_coverage(found)
    changes = differences(found[names[0]], found[names[1]])
    changed = changes[changes["nets_change"] != 0].sort_values(
        ["nets_change", "ward_code"],
        key=lambda column: -column.abs() if column.name == "nets_change" else column,
    )
    rows = changed.head(MOST_CHANGES)
    return {
        "table": table.astype(object).where(table.notna(), None).to_dict("records"),
        "names": names,
        "lgas": lgas,
        "first_name": names[0],
        "second_name": names[1],
        "changes": [
            row | {"before": REASONS[row["reason_first"]], "after": REASONS[row["reason_second"]]}
            for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
        ],
        "changed": len(changed),
        "more": int((changes["nets_change"] > 0).sum()),
        "fewer": int((changes["nets_change"] < 0).sum()),
        "counted": basis_differences([plan.summary for plan in chosen]),
        "rankings": len({plan.params["risk"] for plan in chosen}),
        "csv_url": f"{reverse('plan_comparison_csv', args=[chosen[0].session_id])}?{_query(chosen)}",
    }


def _query(chosen: list[AnalysisResult]) -> str:
    return urlencode([("plan", str(plan.pk)) for plan in chosen])


def _names(chosen: list[AnalysisResult]) -> list[str]:
    """Titles, numbered where two plans have the same."""
    titles = [plans.title_of(plan) for plan in chosen]
    names = [
        title if titles.count(title) == 1 else f"{title} ({place})" for place, title in enumerate(titles, 1)
    ]
    if len(set(names)) < len(names):
        raise Problem("invalid_request", gettext("Two plans have names that can't be told apart."))
    return names
