"""Conversations of users. What was said is shown to who has stated a reason, for a quarter of an hour.

The event with the reason is the permit: it is written before anything is shown, stands in the owner's ledger, and names
one conversation and one member of staff. Lists and searches know no words of a conversation, its title included.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assistant.models import Conversation, Message, Turn
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.moments import Moment
from sessions_app.staff.ledgers import StaffAdmin
from sessions_app.staff.site import site

OPENED = "staff.conversation_opened"
OPEN_FOR = timedelta(minutes=15)
SHORTEST_REASON = 20


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you need to read this conversation?"),
        help_text=_("Its owner’s ledger keeps what you write here, with your name and the time."),
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@admin.register(Conversation, site=site)
class ConversationAdmin(StaffAdmin):
    list_display = ("id", "owner", "session_id", "turn_count", "created_at", "updated_at", "archived_at")
    list_filter = ("created_at", "archived_at")
    list_select_related = ("owner",)
    ordering = (Moment("created_at").desc(), "id")
    id_fields = ("id", "owner_id")
    secret_fields = ("title", "pending", "focus")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).defer(*self.secret_fields)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form for a reason, or what was said to who has stated one."""
        with transaction.atomic(using=STAFF_ALIAS):
            conversation = self.get_object(request, object_id)
            if not self.has_view_permission(request):
                raise PermissionDenied
            if conversation is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            form = ReasonForm(request.POST if request.method == "POST" else None)
            if request.method == "POST":
                if not self._may_read(request):
                    raise PermissionDenied
                if form.is_valid():
                    _open(conversation, request.user.pk, form.cleaned_data["reason"])
                    return redirect(request.path)
            return self._shown(request, conversation, form)

    def _shown(self, request: HttpRequest, conversation: Conversation, form: ReasonForm) -> HttpResponse:
        until = self._open_until(request, conversation)
        if until:
            self.record(request, "staff.conversation_read", [conversation])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Conversation %(id)s") % {"id": conversation.pk},
            "opts": self.opts,
            "conversation": conversation,
            "may_read": self._may_read(request),
            "form": form,
            "open_until": until,
            "turns": _turns(conversation) if until else [],
        }
        status = 422 if form.is_bound and not form.is_valid() else 200
        return TemplateResponse(request, "admin/staff_conversation.html", context, status=status).render()

    def _may_read(self, request: HttpRequest) -> bool:
        return request.user.has_perm("assistant.read_conversation")

    def _open_until(self, request: HttpRequest, conversation: Conversation) -> Any:
        """When the permit of this member of staff for this conversation ends; None: there is none."""
        if not self._may_read(request):
            return None
        permit = Event.objects.using(STAFF_ALIAS).filter(
            owner_id=conversation.owner_id,
            verb=OPENED,
            object_id=conversation.pk,
            actor=request.user.pk,
            at__gt=timezone.now() - OPEN_FOR,
        )
        newest = permit.order_by("-at").values_list("at", flat=True).first()
        return newest and newest + OPEN_FOR


def _open(conversation: Conversation, actor: uuid.UUID, reason: str) -> None:
    """Write the permit, also of who reads their own."""
    Event.objects.using(STAFF_ALIAS).create(
        owner_id=conversation.owner_id,
        actor=actor,
        verb=OPENED,
        object_type="conversation",
        object_id=conversation.pk,
        session_id=conversation.session_id,
        data={"reason": reason},
    )


def _turns(conversation: Conversation) -> list[Turn]:
    """Each question with what was said, as words; what tools found is data of the session and is left out."""
    said = models.Prefetch(
        "messages", Message.objects.using(STAFF_ALIAS).order_by("created_at", "id"), to_attr="said"
    )
    turns = Turn.objects.using(STAFF_ALIAS).filter(
        owner_id=conversation.owner_id, conversation_id=conversation.pk
    )
    return list(
        turns.only("number", "status", "route", "intent", "model", "error", "created_at").prefetch_related(
            said
        )
    )
