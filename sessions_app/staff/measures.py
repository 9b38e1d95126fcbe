"""What a user has used: columns of the staff's list of users, each counted for the users on the page alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Count, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile


def _plain(value: int) -> Any:
    return value


@dataclass(frozen=True)
class Measure:
    """`counted` is an aggregate over the rows of `model` that one user owns."""

    name: str
    caption: Any
    model: type[Model]
    counted: Combinable
    shown: Callable[[int], Any] = _plain

    def expression(self) -> Combinable:
        rows: QuerySet = self.model._default_manager.filter(owner_id=OuterRef("pk")).order_by()
        total = rows.values("owner_id").annotate(total=self.counted).values("total")
        return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


SESSIONS = Measure("sessions_count", _("sessions"), AnalysisSession, Count("pk"))
RESULTS = Measure("results_count", _("results"), AnalysisResult, Count("pk"))
STORED = Measure("stored_bytes", _("stored"), StoredFile, Sum("size_bytes"), filesizeformat)


def measures() -> list[Measure]:
    return [import_string(name) for name in settings.STAFF_MEASURES]
