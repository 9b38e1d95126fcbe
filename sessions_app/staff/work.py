"""Sessions and files of users, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sessions_app import kinds
from sessions_app.models import AnalysisSession, StoredFile
from sessions_app.moments import Moment
from sessions_app.staff.ledgers import StaffAdmin
from sessions_app.staff.site import site


class FileKindFilter(admin.SimpleListFilter):
    """The kinds that the settings name; asking a million rows which they have would take a second."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            *((kind.name, capfirst(kind.label)) for kind in kinds.file_kinds()),
            (kinds.ARTIFACT, _("Of a result")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ResultKindFilter(FileKindFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, capfirst(kind.label)) for kind in kinds.result_kinds()]


@admin.register(AnalysisSession, site=site)
class AnalysisSessionAdmin(StaffAdmin):
    list_display = ("name", "owner", "is_demo", "created_at", "updated_at", "archived_at")
    list_filter = ("is_demo", "updated_at", "archived_at")
    list_select_related = ("owner",)
    ordering = (Moment("updated_at").desc(), "id")
    word_fields = ("name",)
    search_help_text = _("The start of an e-mail address, part of a name, or an id")
    fields = ("id", "name", "owner", "note", "settings", "is_demo", "created_at", "updated_at", "archived_at")


@admin.register(StoredFile, site=site)
class StoredFileAdmin(StaffAdmin):
    list_display = ("name", "kind", "owner", "session", "size_bytes", "media_type", "created_at")
    list_filter = (FileKindFilter, "created_at")
    ordering = (Moment("created_at").desc(), "id")
    list_select_related = ("owner", "session")
    # The report quotes rows of the upload; that is its owner's to read.
    secret_fields = ("report",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("report")
