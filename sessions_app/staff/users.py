"""Users: who they are, what they have used, and the few things that staff do to an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.models import User
from sessions_app.staff import locking
from sessions_app.staff.ledgers import STAFF, StaffAdmin
from sessions_app.staff.measures import Measure, measures
from sessions_app.staff.roles import role_names
from sessions_app.staff.site import site


@admin.register(User, site=site)
class UserAdmin(StaffAdmin):
    owner_field = "pk"
    secret_fields = ("password",)
    id_fields = ("id",)
    word_fields = ("display_name",)
    search_help_text = _("The start of an e-mail address, part of a name, or an id")
    list_filter = ("is_active", "is_staff", "is_demo", "date_joined", "last_login")
    ordering = ("-date_joined", "id")
    sortable_by = ("email", "date_joined", "last_login")
    fields = (
        "email", "display_name", "is_active", "is_staff", "groups", "is_demo", "storage_quota_mb", "date_joined",
        "last_login",
    )  # fmt: skip
    actions = ("disable", "lock", "allow_again", "sign_out")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        used = {measure.name: measure.expression() for measure in measures()}
        return super().get_queryset(request).annotate(**used)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        columns = tuple(_column(measure) for measure in measures())
        return ("email", "display_name", "is_active", "is_staff", *columns, "date_joined", "last_login")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # User support looks after users; only a superuser looks after staff, and nobody shuts the door on themselves.
        may = request.user.has_perm("sessions_app.change_user")
        return may and (obj is None or request.user.is_superuser or not obj.is_staff)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        editable = {"is_active", "storage_quota_mb"}
        if request.user.is_superuser:
            editable |= {"is_staff", "groups"}
        if obj is not None and obj.pk == request.user.pk:
            editable = set()
        return tuple(field for field in self.fields if field not in editable)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        options["queryset"] = Group.objects.using(STAFF).filter(name__in=role_names()).order_by("name")
        formfield = super().formfield_for_manytomany(db_field, request, **options)
        formfield.label, formfield.help_text = _("Roles"), _("They count for people marked as staff.")
        return formfield

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        of_the_row = {"is_active", "is_staff", "storage_quota_mb"} & {*form.changed_data} & {*form.fields}
        obj.save(using=STAFF, update_fields=sorted(of_the_row))
        if not obj.is_active:
            locking.end_sign_ins([obj])

    @admin.action(description=_("Disable: refuse them from the next request on"), permissions=["change"])
    def disable(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        locking.set_active(users, False)
        locking.end_sign_ins(users)
        self.record(request, "staff.disabled", users)
        done = ngettext("%(count)d user disabled.", "%(count)d users disabled.", len(users))
        messages.success(request, done % {"count": len(users)})

    @admin.action(
        description=_("Lock: disable, and end sign-ins, tokens and the password"), permissions=["change"]
    )
    def lock(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        locking.lock(users, actor=request.user.pk)
        done = ngettext("%(count)d user locked.", "%(count)d users locked.", len(users))
        messages.success(request, done % {"count": len(users)})

    @admin.action(description=_("Allow again"), permissions=["change"])
    def allow_again(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        locking.allow_again(users, actor=request.user.pk)
        done = ngettext("%(count)d user allowed again.", "%(count)d users allowed again.", len(users))
        messages.success(request, done % {"count": len(users)})

    @admin.action(description=_("Sign out everywhere, and revoke tokens"), permissions=["change"])
    def sign_out(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        locking.end_sign_ins(users)
        locking.revoke_tokens(users, actor=request.user.pk)
        self.record(request, "staff.signed_out", users)
        done = ngettext("%(count)d user signed out.", "%(count)d users signed out.", len(users))
        messages.success(request, done % {"count": len(users)})

    def _within_reach(self, request: HttpRequest, chosen: models.QuerySet) -> list[User]:
        users = [user for user in chosen if user.pk != request.user.pk]
        return [user for user in users if self.has_change_permission(request, user)]


def _column(measure: Measure) -> Callable[[User], Any]:
    @admin.display(description=measure.caption)
    def column(user: User) -> Any:
        return measure.shown(getattr(user, measure.name))

    return column
