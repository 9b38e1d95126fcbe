"""Reading: what a plan of a session is made from, and the plans that are stored."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from sessions_app.isolation.lookup import get_own
from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile
from sessions_app.selectors import Newest, results_of

MOST_COMPARED = 20
MOST_LISTED = 100


@dataclass(frozen=True)
class Base:
    """The newest ranking, the dataset it was made from, and the newest registration list if there is one."""

    risk: AnalysisResult
    dataset: AnalysisResult
    registration: StoredFile | None

    @property
    def has_urban(self) -> bool:
        return "urban_percentage" in self.risk.summary["ward_columns"]


def base_of(newest: Newest) -> Base | None:
    """None as long as there is no finished ranking. Costs two queries."""
    found = newest.succeeded.get("risk")
    if found is None:
        return None
    risk = AnalysisResult.objects.get(pk=found.pk)
    return Base(risk, AnalysisResult.objects.get(pk=risk.params["dataset"]), newest.files.get("registration"))


def plans_of(session: AnalysisSession) -> QuerySet[AnalysisResult]:
    """The finished plans of a session, newest first."""
    return results_of(session).filter(kind="itn_plan", status=AnalysisResult.Status.SUCCEEDED)[:MOST_LISTED]


def chosen_plans(session: AnalysisSession, ids: Sequence[uuid.UUID]) -> list[AnalysisResult]:
    """These plans of the session, in the order asked for; one that is not the owner's does not exist."""
    finished = results_of(session).filter(kind="itn_plan", status=AnalysisResult.Status.SUCCEEDED)
    return [get_own(finished, pk) for pk in dict.fromkeys(ids)]


def title_of(plan: AnalysisResult) -> str:
    """The plan's own name, else its stock and strategy."""
    return title_from(plan.params)


def title_from(params: Mapping[str, Any]) -> str:
    """What a plan with these parameters is called."""
    if params.get("name"):
        return str(params["name"])
    return f"{params['nets']:,} nets, {params['strategy'].replace('_', ' ')}"
