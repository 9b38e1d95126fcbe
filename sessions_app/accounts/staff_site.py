"""The admin site for programme staff: reads over a connection of its own, and every such read is an event.

Nothing here changes what the web role sees: a page of the site is answered under the staff member's own scope, and
other people's rows come over the alias `staff`, whose login role and policies are its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from sessions_app.accounts.views.sign_in import sign_out
from sessions_app.models import Event

STAFF = "staff"


class StaffSite(admin.AdminSite):
    site_header = "ChatMRPT staff"
    site_title = "ChatMRPT staff"
    index_title = "Users, usage and audit"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            # For everybody else there is no such page.
            raise Http404
        return bool(user.is_authenticated)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        # No form of ours asks for it, and it would list rows without an event.
        raise Http404

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self.has_permission(request)
        return redirect_to_login(reverse("admin:index"), reverse("sign_in"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("password_change")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("profile")


class StaffAdmin(admin.ModelAdmin):
    """A ledger to look at. Subclasses name the few things that may be changed."""

    actions: Iterable[Any] | None = ()
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    view_on_site = False
    # Neither shown nor searched: an address such as ?password__startswith=a would tell them letter by letter.
    secret_fields: tuple[str, ...] = ()
    # Which column says whose row it is.
    owner_field = "owner_id"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = self.model._default_manager.using(STAFF)
        return rows.order_by(*self.get_ordering(request) or self.model._meta.ordering)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*(super().get_exclude(request, obj) or ()), *self.secret_fields)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if lookup.split("__")[0] in self.secret_fields:
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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
        self.has_view_permission(request)
        return redirect(
            f"{reverse('admin:sessions_app_event_changelist')}?{urlencode({'object_id': object_id})}"
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.record(request, "staff.read", [found])
        return found

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(using=STAFF)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self.record(request, "staff.changed", [obj], what=message)

    def record(self, request: HttpRequest, verb: str, rows: Iterable[Any], **data: Any) -> None:
        """One event per owner whose rows were touched, in that owner's own ledger."""
        touched: dict[uuid.UUID, list[uuid.UUID]] = {}
        for row in rows:
            owner = getattr(row, self.owner_field)
            if owner is not None and owner != request.user.pk:
                touched.setdefault(owner, []).append(row.pk)
        Event.objects.using(STAFF).bulk_create(
            Event(
                owner_id=owner,
                actor=request.user.pk,
                verb=verb,
                object_type=self.model._meta.model_name,
                object_id=ids[0] if len(ids) == 1 else None,
                data={**data, "rows": len(ids)} | ({"ids": [str(pk) for pk in ids]} if len(ids) > 1 else {}),
            )
            for owner, ids in touched.items()
        )
