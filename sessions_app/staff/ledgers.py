"""Lists of everybody's rows: paged without counting them all, searched by address or id, each look an event."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import User
from sessions_app.staff.records import record_of_rows

STAFF = STAFF_ALIAS
MOST_COUNTED = 10_000
MOST_PEOPLE = 200


class CountedSoFar(Paginator):
    """Counts up to a limit: nobody turns to page 20,000, and counting a million rows takes longer than showing fifty."""

    @cached_property
    def count(self) -> int:
        rows: models.QuerySet = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[:MOST_COUNTED].count()


class StaffAdmin(admin.ModelAdmin):
    """A ledger to look at, for those whose role has the right. Subclasses name the few things that may be changed."""

    actions: Iterable[Any] | None = ()
    paginator = CountedSoFar
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    # Counts beside each filter would read the whole table once for each of them.
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    search_help_text = _("The start of an e-mail address, or an id")
    # Any other order would sort the whole table.
    sortable_by: Iterable[str] | None = ()
    # Columns with ids that the search compares with an id; each has an index.
    id_fields: tuple[str, ...] = ("id", "owner_id")
    # Words are looked for here as well, by reading every row.
    word_fields: tuple[str, ...] = ()
    # Neither shown nor searched: an address such as ?password__startswith=a would tell them letter by letter.
    secret_fields: tuple[str, ...] = ()
    # Which column says whose row it is.
    owner_field = "owner_id"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = self.model._default_manager.using(STAFF)
        return rows.order_by(*self.get_ordering(request) or self.model._meta.ordering)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.id_fields

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        words = search_term.strip().strip("\x00")
        if not words:
            return queryset, False
        if (asked := _as_id(words)) is not None:
            return queryset.filter(any_of(dict.fromkeys(self.id_fields, str(asked)))), False
        return queryset.filter(self.matching(words)), False

    def matching(self, words: str) -> models.Q:
        people = (
            User.objects.using(STAFF).filter(email__startswith=words.lower()).values_list("pk", flat=True)
        )
        found = models.Q(**{f"{self.owner_field}__in": list(people[:MOST_PEOPLE])})
        return found | any_of({f"{name}__icontains": words for name in self.word_fields})

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*(super().get_exclude(request, obj) or ()), *self.secret_fields)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if lookup.split("__")[0] in self.secret_fields:
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")

    def has_act_permission(self, request: HttpRequest) -> bool:
        """For actions on rows whose fields nobody edits."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        with transaction.atomic(using=STAFF):
            response = super().changelist_view(request, extra_context)
            shown = getattr(response, "context_data", None) or {}
            if "cl" in shown:
                # The page is rendered later; the rows are fetched here once, and the page shows these.
                self.record(request, "staff.listed", list(shown["cl"].result_list))
        return response

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic(using=STAFF):
            return super().changeform_view(request, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The event ledger is the one history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(f"{reverse('admin:sessions_app_event_changelist')}?{urlencode({'q': object_id})}")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        # Who may not see the row is refused before anything of it is shown.
        if found is not None and self.has_view_permission(request, found):
            self.record(request, "staff.read", [found])
        return found

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(using=STAFF)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self.record(request, "staff.changed", [obj], what=message)

    def record(self, request: HttpRequest, verb: str, rows: Iterable[Any], **data: Any) -> None:
        """One event per owner whose rows were touched, in that owner's own ledger."""
        kind = str(self.model._meta.concrete_model._meta.model_name)
        record_of_rows(
            request.user.pk, verb, kind, [(getattr(row, self.owner_field), row.pk) for row in rows], **data
        )


def any_of(conditions: dict[str, Any]) -> models.Q:
    return models.Q(*conditions.items(), _connector=models.Q.OR)


def _as_id(words: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(words)
    except ValueError:
        return None
