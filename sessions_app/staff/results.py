"""Computations of users: how they stand, why they failed, and the queue of those that wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.models import AnalysisResult, WaitingResult
from sessions_app.moments import Moment
from sessions_app.selectors import ACTIVE
from sessions_app.staff import result_actions
from sessions_app.staff.ledgers import StaffAdmin
from sessions_app.staff.site import site
from sessions_app.staff.work import ResultKindFilter

LEFT_ALONE = ("params", "input_hashes", "steps", "summary")


class ResultActions(StaffAdmin):
    """What staff do to a computation. Rows that an action doesn't fit are left as they are and counted."""

    list_select_related = ("owner", "session")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        listed = request.resolver_match is not None and request.resolver_match.url_name.endswith(
            "_changelist"
        )
        return rows.defer(*LEFT_ALONE) if listed else rows

    @admin.display(description=_("error"))
    def error_code(self, result: AnalysisResult) -> str:
        return str(result.error.get("code") or "–") if result.error else "–"

    @admin.display(description=_("failed at"))
    def failed_at(self, result: AnalysisResult) -> str:
        return str(result.error.get("step") or "–") if result.error else "–"

    @admin.action(description=_("Run again: the same request, by the next worker"), permissions=["act"])
    def run_again(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        self._done(request, chosen, result_actions.run_again, _("Only what has failed can be run again."))

    @admin.action(description=_("Cancel"), permissions=["act"])
    def cancel(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        self._done(request, chosen, result_actions.cancel, _("What has ended can’t be cancelled."))

    @admin.action(
        description=_("Hand out again: what waits, and what its worker has left"), permissions=["act"]
    )
    def requeue(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        self._done(request, chosen, result_actions.requeue, _("A worker is busy with the others."))

    def _done(
        self, request: HttpRequest, chosen: models.QuerySet, act: Callable[..., int], otherwise: Any
    ) -> None:
        asked = list(chosen.values_list("pk", flat=True))
        done = act(by=request.user.pk, ids=asked)
        if done:
            words = ngettext("%(count)d result.", "%(count)d results.", done) % {"count": done}
            messages.success(request, words)
        if left := len(asked) - done:
            words = ngettext("%(count)d left as it is.", "%(count)d left as they are.", left)
            messages.warning(request, f"{words % {'count': left}} {otherwise}")


@admin.register(AnalysisResult, site=site)
class AnalysisResultAdmin(ResultActions):
    list_display = (
        "kind", "status", "owner", "session", "error_code", "failed_at", "attempt", "created_at", "finished_at"
    )  # fmt: skip
    list_filter = ("status", ResultKindFilter, "created_at")
    ordering = (Moment("created_at").desc(), "id")
    exclude = ("parents",)
    actions = ("run_again", "cancel")


class StuckFilter(admin.SimpleListFilter):
    """A worker at work renews its lease; one whose lease has run out is gone, and its result waits to be taken up."""

    title = _("lease")
    parameter_name = "lease"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("out", _("has run out")), ("held", _("is held"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        now = timezone.now()
        if self.value() == "out":
            return queryset.filter(lease_until__lt=now)
        return queryset.filter(lease_until__gte=now) if self.value() == "held" else queryset


@admin.register(WaitingResult, site=site)
class WaitingResultAdmin(ResultActions):
    list_display = (
        "kind", "status", "owner", "session", "created_at", "waits", "step", "percent", "attempt", "lease_until", "stuck"
    )  # fmt: skip
    list_filter = ("status", StuckFilter, ResultKindFilter)
    ordering = ("created_at", "id")
    exclude = ("parents",)
    actions = ("requeue", "cancel")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).filter(status__in=ACTIVE)

    @admin.display(description=_("minutes so far"))
    def waits(self, result: AnalysisResult) -> int:
        return int((timezone.now() - result.created_at).total_seconds() // 60)

    @admin.display(description=_("stuck"), boolean=True)
    def stuck(self, result: AnalysisResult) -> bool:
        return result.lease_until is not None and result.lease_until < timezone.now()
