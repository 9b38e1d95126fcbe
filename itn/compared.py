"""Stored plans side by side: the one action behind the page, its table of all wards and the API."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.utils.translation import gettext
from rest_framework import serializers

from itn import selectors as plans
from itn.core.costs import costs_of
from itn.core.scenarios import costs_side_by_side, differences, lga_coverage, side_by_side
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
class Comparison:
    """Plans of the same wards; changes are told from the first to the second.

    `table` has a row per plan: its figures, costs in its own currency, and how far a solver's split may be from the
    best. `changes` has the wards that get more or fewer nets, the largest changes first.
    """

    plans: list[AnalysisResult]
    names: list[str]
    table: pd.DataFrame
    lgas: list[dict[str, Any]]
    changes: pd.DataFrame
    counted: list[tuple[str, list[str]]]
    rankings: int

    @property
    def more(self) -> int:
        return int((self.changes["nets_change"] > 0).sum())

    @property
    def fewer(self) -> int:
        return int((self.changes["nets_change"] < 0).sum())


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


def compared(found: Sequence[AnalysisResult]) -> Comparison:
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
    read = {name: loaded(plan) for name, plan in zip(names, found, strict=True)}
    table = side_by_side(read)
    costs = {name: costs_of(plan.params.get("costs", {})) for name, plan in zip(names, found, strict=True)}
    table = table.merge(costs_side_by_side(read, costs), on="plan", validate="one_to_one")
    splits = [plan.summary.get("split") or {} for plan in found]
    table = table.assign(
        currency=[plan.params.get("costs", {}).get("currency", "") for plan in found],
        split_gap=pd.array([split.get("gap") for split in splits], dtype="Float64"),
        split_proven=pd.array([split.get("proven") for split in splits], dtype="boolean"),
    )
    changes = differences(read[names[0]], read[names[1]])
    changes = changes[changes["nets_change"] != 0].sort_values(
        ["nets_change", "ward_code"],
        key=lambda column: -column.abs() if column.name == "nets_change" else column,
    )
    return Comparison(
        list(found),
        names,
        table,
        lga_coverage(read),
        changes.reset_index(drop=True),
        basis_differences([plan.summary for plan in found]),
        len({plan.params["risk"] for plan in found}),
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
