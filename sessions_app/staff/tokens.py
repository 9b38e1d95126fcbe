"""Keys of programs and sign-ins of API clients: what they are called, never what opens with them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.models import PersonalToken, RefreshGrant
from sessions_app.staff.ledgers import STAFF, StaffAdmin
from sessions_app.staff.site import site


@admin.register(PersonalToken, site=site)
class PersonalTokenAdmin(StaffAdmin):
    list_display = ("prefix", "name", "owner", "read_only", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("read_only", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    word_fields = ("name", "prefix")
    search_help_text = _("The start of an e-mail address, part of a name, or an id")
    secret_fields = ("secret_hash",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        tokens = list(chosen.filter(revoked_at=None))
        PersonalToken.objects.using(STAFF).filter(pk__in=[token.pk for token in tokens]).update(
            revoked_at=timezone.now()
        )
        self.record(request, "staff.token_revoked", tokens)
        done = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", len(tokens))
        messages.success(request, done % {"count": len(tokens)})


@admin.register(RefreshGrant, site=site)
class RefreshGrantAdmin(StaffAdmin):
    list_display = ("family", "owner", "created_at", "expires_at", "used_at", "revoked_at")
    list_filter = ("created_at", "revoked_at")
    list_select_related = ("owner",)
    secret_fields = ("jti_hash",)
