"""Where staff load reference sets and withdraw them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from reference.actions import load_reference, offer_reference_again, withdraw_reference
from reference.kinds import reference_kinds
from reference.models import ReferenceSet
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.refusals import Refusal
from sessions_app.staff.ledgers import StaffAdmin, any_of
from sessions_app.staff.site import site


def form_class() -> type[forms.Form]:
    """One form for all kinds; the options of a kind are only read where they are filled in."""
    kinds = reference_kinds()
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(choices=[(kind.name, kind.label.capitalize()) for kind in kinds]),
        "file": forms.FileField(),
        "name": forms.CharField(
            max_length=120, help_text="What users see. A name that is there already gets its next version."
        ),
        "year": forms.CharField(max_length=20, help_text="Of the data: 2024, 2018-08 or 2015-2020."),
        "licence": forms.CharField(max_length=200),
        "source": forms.CharField(max_length=300, help_text="Who made it, and where it was had from."),
    }
    for kind in kinds:
        for name, words in kind.options:
            label = f"{name.replace('_', ' ').capitalize()} ({kind.label})"
            fields[f"{kind.name}:{name}"] = forms.CharField(
                label=label, required=False, max_length=120, help_text=words.capitalize() + "."
            )
    return type("LoadForm", (forms.Form,), fields)


@admin.register(ReferenceSet, site=site)
class ReferenceSetAdmin(StaffAdmin):
    list_display = ("name", "kind", "year", "version", "source", "licence", "loaded_at", "withdrawn_at")
    list_filter = ("kind", "loaded_at", "withdrawn_at")
    id_fields = ("id",)
    word_fields = ("name", "source", "sha256")
    search_help_text = _("Part of a name, a source or a checksum, or an id")
    actions = ("withdraw", "offer_again")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reference.add_referenceset")

    def matching(self, words: str) -> models.Q:
        return any_of({f"{name}__icontains": words for name in self.word_fields})

    def record(self, request: HttpRequest, verb: str, rows: Iterable[Any], **data: Any) -> None:
        """The rows are everybody's: to read one is no event, and the actions below write their own."""

    @transaction.non_atomic_requests
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Takes a file. No transaction is open while it is read and stored."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = form_class()(request.POST or None, request.FILES or None)
        problem = None
        if form.is_valid():
            with Refusal() as refusal:
                row = self._load(request, form.cleaned_data)
                messages.success(request, f"{row} is loaded.")
                return redirect("admin:reference_referenceset_changelist")
            problem = refusal.problem
        context = {
            **self.admin_site.each_context(request),
            "title": "Load a reference set",
            "opts": self.model._meta,
            "form": form,
            "problem": problem,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "reference/load.html", context, status=status)

    def _load(self, request: HttpRequest, said: dict[str, Any]) -> ReferenceSet:
        mine = f"{said['kind']}:"
        options = {
            name.removeprefix(mine): text.strip()
            for name, text in said.items()
            if name.startswith(mine) and text.strip()
        }
        upload = said["file"]
        with temp_folder(request.user.pk, ReferenceSet().pk) as folder:
            path = Path(folder) / "upload"
            with path.open("xb") as out:
                out.writelines(upload.chunks())
            return load_reference(
                by=request.user.pk,
                kind=said["kind"],
                path=path,
                file_name=upload.name,
                stated=said,
                options=options,
            )

    @admin.action(description=_("Withdraw: offer it to nobody any more"), permissions=["act"])
    def withdraw(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        done = sum(withdraw_reference(by=request.user.pk, reference=row) for row in chosen)
        words = ngettext("%(count)d reference set withdrawn.", "%(count)d reference sets withdrawn.", done)
        messages.success(request, words % {"count": done})

    @admin.action(description=_("Offer again: it was withdrawn"), permissions=["act"])
    def offer_again(self, request: HttpRequest, chosen: models.QuerySet) -> None:
        done = sum(offer_reference_again(by=request.user.pk, reference=row) for row in chosen)
        words = ngettext(
            "%(count)d reference set is offered again.", "%(count)d reference sets are offered again.", done
        )
        messages.success(request, words % {"count": done})
