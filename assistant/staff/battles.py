"""What programme staff see of comparisons of models, and the table of preferences that they may take out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from assistant.models import Battle
from sessions_app.models import Event
from sessions_app.staff.ledgers import STAFF, StaffAdmin
from sessions_app.staff.site import site


@admin.register(Battle, site=site)
class BattleAdmin(StaffAdmin):
    change_list_template = "admin/assistant/battle/change_list.html"
    list_display = ("created_at", "owner", "kind", "uses_data", "status", "tries", "finished_at")
    list_filter = ("kind", "uses_data", "status", "created_at")
    list_select_related = ("owner",)
    # What was asked and told is its owner's; the export holds the general questions, without owners.
    secret_fields = ("question", "facts", "seed")

    def get_urls(self) -> list[Any]:
        own = path(
            "export/<str:form>/", self.admin_site.admin_view(self.export_view), name="assistant_battle_export"
        )
        return [own, *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse:
        """Preferences of general questions as csv or jsonl. Each owner's ledger gets an event, and one's own."""
        # Loaded here: what writes tables is more than every start of a command has to wait for.
        from assistant.arena import export

        if form not in export.FORMS:
            raise Http404
        if not request.user.has_perm("sessions_app.export_event"):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponse(status=405)
        with transaction.atomic(using=STAFF):
            votes = list(export.exported_votes(STAFF))
            self.record(request, "staff.exported", {vote.round.battle for vote in votes}, form=form)
            Event.objects.using(STAFF).create(
                owner_id=request.user.pk,
                actor=request.user.pk,
                verb="arena.exported",
                object_type="battle",
                data={"rows": len(votes), "form": form},
            )
        answer = HttpResponse(export.FORMS[form](votes), content_type=export.MEDIA_TYPES[form])
        answer.headers["Content-Disposition"] = f'attachment; filename="preferences.{form}"'
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
