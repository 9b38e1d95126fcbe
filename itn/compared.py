"""Stored plans side by side, for the page, its table of all wards and the API."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from rest_framework import serializers

from itn import selectors as plans
from itn.core.comparison import Comparison, compare
from itn.core.costs import costs_of
from itn.labels import basis_differences
from itn.planning import loaded
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem

MOST_CHANGES = 10_000


class ComparisonQuery(StrictSerializer):
    """Which plans stand side by side, and from which to which of them changes are told."""

    plan = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=plans.MOST_COMPARED,
        help_text=f"Ids of plans of the session, 2 to {plans.MOST_COMPARED}.",
    )
    first = serializers.UUIDField(
        required=False, help_text="The plan from which changes are told; the first named if not given."
    )
    second = serializers.UUIDField(required=False, help_text="The plan to which; the next one if not given.")
    changes = serializers.IntegerField(
        default=500,
        min_value=0,
        max_value=MOST_CHANGES,
        help_text="At most so many wards, the largest changes first.",
    )


@dataclass(frozen=True)
class Stored(Comparison):
    """The comparison of stored plans. `counted`: in what they count people or needs differently."""

    plans: list[AnalysisResult]
    counted: list[tuple[str, list[str]]]
    rankings: int


def chosen(
    session: AnalysisSession,
    ids: Sequence[uuid.UUID],
    first: uuid.UUID | None = None,
    second: uuid.UUID | None = None,
) -> list[AnalysisResult]:
    """The plans of a choice, those that changes are told of in front; another's plan does not exist."""
    if first is not None and first == second:
        raise Problem(
            "invalid_request", gettext("Changes are told from one plan to another."), where="second"
        )
    named = [pk for pk in ids if pk not in (first, second)]
    if first is None and second is not None and named:
        first = named.pop(0)
    front = [pk for pk in (first, second) if pk is not None]
    return plans.chosen_plans(session, [*front, *named])


def check_count(found: Sequence[AnalysisResult]) -> None:
    """Refuse what can't stand side by side."""
    if not 2 <= len(found) <= plans.MOST_COMPARED:
        raise Problem(
            "invalid_request",
            gettext("2 to %(most)s plans can be compared.") % {"most": plans.MOST_COMPARED},
            where="plan",
        )


def compared(found: Sequence[AnalysisResult]) -> Stored:
    """Read stored plans and set them side by side.

    Raises
    ------
    Problem
        For too few or too many, or names that can't be told apart.
    BadInput
        For plans of different wards.
    """
    check_count(found)
    names = _names(found)
    found_by_name = dict(zip(names, found, strict=True))
    asked = {name: plan.params.get("costs", {}) for name, plan in found_by_name.items()}
    told = compare(
        {name: loaded(plan) for name, plan in found_by_name.items()},
        {name: costs_of(costs) for name, costs in asked.items()},
        [costs.get("currency", "") for costs in asked.values()],
        [plan.summary.get("split") or {} for plan in found],
    )
    return Stored(
        **vars(told),
        plans=list(found),
        counted=basis_differences([plan.summary for plan in found]),
        rankings=len({plan.params["risk"] for plan in found}),
    )


def _names(found: Sequence[AnalysisResult]) -> list[str]:
    """Titles, numbered where two plans have the same."""
    titles = [plans.title_of(plan) for plan in found]
    names = [
        title if titles.count(title) == 1 else f"{title} ({place})" for place, title in enumerate(titles, 1)
    ]
    if len(set(names)) < len(names):
        raise Problem("invalid_request", gettext("Two plans have names that can't be told apart."))
    return names
