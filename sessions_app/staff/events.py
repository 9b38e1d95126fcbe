"""The event ledger, and of it what touches the wall between users.

Not every event has an account: those of deleted accounts stay where they tell of attempts, and what runs on the command
line acts under an id that is nobody's. So whose an event is, is looked up beside it; a join would hide these.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connections, models
from django.db.models.functions import Cast, TruncDate
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.events import COMMAND_LINE
from sessions_app.models import Event, IsolationAttempt, User
from sessions_app.moments import Moment
from sessions_app.staff.ledgers import STAFF, StaffAdmin
from sessions_app.staff.site import site

DAYS = 14
# Jumps from verb to verb in the index; `SELECT DISTINCT` would read all of it.
VERBS = """
WITH RECURSIVE known AS (
    (SELECT verb FROM sessions_app_event ORDER BY verb LIMIT 1)
    UNION ALL
    SELECT (SELECT e.verb FROM sessions_app_event e WHERE e.verb > k.verb ORDER BY e.verb LIMIT 1)
    FROM known k WHERE k.verb IS NOT NULL
)
SELECT verb FROM known WHERE verb IS NOT NULL
"""


def known_verbs() -> list[str]:
    """Every verb that some event has, in alphabetical order."""
    with connections[STAFF].cursor() as cursor:
        cursor.execute(VERBS)
        return [verb for (verb,) in cursor.fetchall()]


class VerbFilter(admin.SimpleListFilter):
    title = _("verb")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(verb, verb) for verb in known_verbs()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(Event, site=site)
class EventAdmin(StaffAdmin):
    list_display = ("at", "verb", "whose", "who", "object_type", "object_id", "session_id")
    list_filter: tuple[Any, ...] = (VerbFilter, "at")
    id_fields = ("id", "owner_id", "object_text")
    fields = ("at", "verb", "whose", "who", "object_type", "object_id", "session_id", "data")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        users = User.objects.using(STAFF)
        return (
            super()
            .get_queryset(request)
            .alias(object_text=Cast("object_id", models.TextField()))
            .annotate(
                owner_email=models.Subquery(users.filter(pk=models.OuterRef("owner_id")).values("email")),
                actor_email=models.Subquery(users.filter(pk=models.OuterRef("actor")).values("email")),
            )
        )

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        # Of one verb there is an index in the order of time; of all of them another.
        of_one = VerbFilter.parameter_name in request.GET
        return ("-at" if of_one else Moment("at").desc(), "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("owner"))
    def whose(self, event: Event) -> Any:
        return _called(event.owner_id, event.owner_email)  # type: ignore[attr-defined]

    @admin.display(description=_("actor"))
    def who(self, event: Event) -> Any:
        return _called(event.actor, event.actor_email)  # type: ignore[attr-defined]

    def record(self, request: HttpRequest, verb: str, rows: Iterable[Any], **data: Any) -> None:
        # Where there is no account any more there is no ledger to write it into.
        super().record(request, verb, [row for row in rows if row.owner_email], **data)


def _called(person: Any, email: str | None) -> Any:
    if email or person is None:
        return email or "–"
    return _("command line") if person == COMMAND_LINE else _("deleted account %(id)s") % {"id": person}


@admin.register(IsolationAttempt, site=site)
class IsolationAttemptAdmin(EventAdmin):
    """Who asked for rows of others, of which table; and how often, day by day."""

    list_display = ("at", "whose", "object_type", "object_id", "holder")
    list_filter = ("at",)
    ordering = ("-at", "id")
    change_list_template = "admin/staff_attempts.html"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).filter(verb="isolation.attempt")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return self.ordering

    @admin.display(description=_("whose row it is"))
    def holder(self, event: Event) -> str:
        return str(event.data.get("holder", "–"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        since = timezone.localtime() - timedelta(days=DAYS)
        days = Event.objects.using(STAFF).filter(verb="isolation.attempt", at__gte=since).order_by()
        by_day = days.values(day=TruncDate("at")).annotate(n=models.Count("pk")).order_by("-day")
        return super().changelist_view(request, {"by_day": list(by_day), "days": DAYS})
