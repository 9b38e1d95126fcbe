"""What programme staff see: users, sessions, files, results, tokens and the event ledger."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from sessions_app.accounts.staff_site import STAFF, StaffAdmin, StaffSite
from sessions_app.models import (
    AnalysisResult,
    AnalysisSession,
    Event,
    PersonalToken,
    RefreshGrant,
    StoredFile,
    User,
    WebSession,
)

site = StaffSite(name="admin")


@admin.register(User, site=site)
class UserAdmin(StaffAdmin):
    owner_field = "pk"
    secret_fields = ("password",)
    list_display = ("email", "display_name", "is_active", "is_staff", "is_demo", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_demo", "date_joined", "last_login")
    search_fields = ("email", "display_name", "id")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    fields = ("email", "display_name", "is_active", "is_staff", "is_demo", "date_joined", "last_login")
    actions = ("disable", "allow_again", "sign_out")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Staff look after users; only a superuser looks after staff, and nobody shuts the door on themselves.
        return obj is None or request.user.is_superuser or not obj.is_staff

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        editable = {"is_active", "is_staff"} if request.user.is_superuser else {"is_active"}
        if obj is not None and obj.pk == request.user.pk:
            editable = set()
        return tuple(field for field in self.fields if field not in editable)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.save(using=STAFF, update_fields=[name for name in form.changed_data if name in form.fields])
        if not obj.is_active:
            self._end_sign_ins([obj])

    @admin.action(description="Disable: refuse them from the next request on")
    def disable(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        self._set_active(users, False)
        self._end_sign_ins(users)
        self._done(request, "staff.disabled", users, "disabled")

    @admin.action(description="Allow again")
    def allow_again(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        self._set_active(users, True)
        self._done(request, "staff.allowed_again", users, "allowed again")

    @admin.action(description="Sign out everywhere")
    def sign_out(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        users = self._within_reach(request, chosen)
        self._end_sign_ins(users)
        self._done(request, "staff.signed_out", users, "signed out")

    def _within_reach(self, request: HttpRequest, chosen: models.QuerySet) -> list[User]:
        users = [user for user in chosen if user.pk != request.user.pk]
        return [user for user in users if self.has_change_permission(request, user)]

    def _set_active(self, users: list[User], active: bool) -> None:
        User.objects.using(STAFF).filter(pk__in=[user.pk for user in users]).update(is_active=active)

    def _end_sign_ins(self, users: list[User]) -> None:
        owners = [user.pk for user in users]
        WebSession.objects.using(STAFF).filter(owner_id__in=owners).delete()
        RefreshGrant.objects.using(STAFF).filter(owner_id__in=owners, revoked_at=None).update(
            revoked_at=timezone.now()
        )

    def _done(self, request: HttpRequest, verb: str, users: list[User], word: str) -> None:
        self.record(request, verb, users)
        messages.success(request, f"{len(users)} user{'' if len(users) == 1 else 's'} {word}.")


@admin.register(AnalysisSession, site=site)
class AnalysisSessionAdmin(StaffAdmin):
    list_display = ("name", "owner", "is_demo", "created_at", "updated_at", "archived_at")
    list_filter = ("is_demo", "created_at", "archived_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email", "id")
    date_hierarchy = "created_at"
    fields = ("id", "name", "owner", "note", "settings", "is_demo", "created_at", "updated_at", "archived_at")


@admin.register(StoredFile, site=site)
class StoredFileAdmin(StaffAdmin):
    list_display = ("name", "kind", "owner", "session", "size_bytes", "media_type", "created_at")
    list_filter = ("kind", "status", "created_at")
    list_select_related = ("owner", "session")
    search_fields = ("name", "owner__email", "session__name", "sha256", "id")
    date_hierarchy = "created_at"
    # The report quotes rows of the upload; that is its owner's to read.
    secret_fields = ("report",)


@admin.register(AnalysisResult, site=site)
class AnalysisResultAdmin(StaffAdmin):
    list_display = ("kind", "status", "owner", "session", "percent", "attempt", "created_at", "finished_at")
    list_filter = ("status", "kind", "code_version", "created_at")
    list_select_related = ("owner", "session")
    search_fields = ("owner__email", "session__name", "id")
    date_hierarchy = "created_at"
    exclude = ("parents",)


@admin.register(PersonalToken, site=site)
class PersonalTokenAdmin(StaffAdmin):
    list_display = ("prefix", "name", "owner", "read_only", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("read_only", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    search_fields = ("name", "prefix", "owner__email")
    date_hierarchy = "created_at"
    secret_fields = ("secret_hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        tokens = list(chosen.filter(revoked_at=None))
        PersonalToken.objects.using(STAFF).filter(pk__in=[token.pk for token in tokens]).update(
            revoked_at=timezone.now()
        )
        self.record(request, "staff.token_revoked", tokens)
        messages.success(request, f"{len(tokens)} token{'' if len(tokens) == 1 else 's'} revoked.")


@admin.register(RefreshGrant, site=site)
class RefreshGrantAdmin(StaffAdmin):
    list_display = ("family", "owner", "created_at", "expires_at", "used_at", "revoked_at")
    list_filter = ("created_at", "revoked_at")
    list_select_related = ("owner",)
    search_fields = ("owner__email", "family")
    date_hierarchy = "created_at"
    secret_fields = ("jti_hash",)


@admin.register(Event, site=site)
class EventAdmin(StaffAdmin):
    list_display = ("at", "verb", "owner", "actor", "object_type", "object_id", "session_id")
    list_filter = ("verb", "object_type", "at")
    list_select_related = ("owner",)
    search_fields = ("verb", "owner__email", "object_id", "actor")
    date_hierarchy = "at"
