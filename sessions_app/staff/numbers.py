"""Numbers for the first page of the staff site, each counted when it is asked for. They are about everybody together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import AnalysisResult, AnalysisSession, Event, StoredFile, User
from sessions_app.moments import Moment

Status = AnalysisResult.Status
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Number:
    """One number with its caption; `bad` marks what somebody should look at, `address` leads to the rows behind it."""

    caption: Any
    value: Any
    bad: bool = False
    address: str = ""


@dataclass(frozen=True)
class Numbers:
    title: Any
    entries: list[Number] = field(default_factory=list)


def groups_of_numbers() -> list[Numbers]:
    return [import_string(name)() for name in settings.STAFF_NUMBERS]


def start_of_day() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def since(rows: QuerySet, column: str, begin: datetime) -> QuerySet:
    """The rows from a moment on, found in the index that is the staff's."""
    return rows.alias(moment=Moment(column)).filter(moment__gte=begin)


def people() -> Numbers:
    events = Event.objects.using(STAFF_ALIAS)
    active = since(events, "at", start_of_day()).exclude(verb__startswith="staff.")
    attempts = events.filter(verb="isolation.attempt")
    lately = attempts.filter(at__gte=timezone.now() - ONE_DAY).count()
    listed = reverse("admin:sessions_app_isolationattempt_changelist")
    return Numbers(
        _("People"),
        [
            Number(_("Users"), User.objects.using(STAFF_ALIAS).count()),
            Number(_("Active today"), active.aggregate(n=Count("owner_id", distinct=True))["n"]),
            Number(_("Isolation attempts, last 24 hours"), lately, bad=lately > 0, address=listed),
            Number(_("Isolation attempts, ever"), attempts.count(), address=listed),
        ],
    )


def work() -> Numbers:
    results = AnalysisResult.objects.using(STAFF_ALIAS)
    by_status = dict(results.order_by().values_list("status").annotate(n=Count("pk")))
    yesterday = timezone.now() - ONE_DAY
    failed = Event.objects.using(STAFF_ALIAS).filter(verb="result.failed", at__gte=yesterday).count()
    stored = StoredFile.objects.using(STAFF_ALIAS).aggregate(n=Sum("size_bytes"))["n"] or 0
    listed = reverse("admin:sessions_app_analysisresult_changelist")
    return Numbers(
        _("Work"),
        [
            Number(_("Sessions"), AnalysisSession.objects.using(STAFF_ALIAS).count()),
            *(
                Number(status.label, by_status.get(status.value, 0), address=_narrowed(listed, status.value))
                for status in Status
            ),
            Number(
                _("Failures, last 24 hours"), failed, bad=failed > 0, address=_narrowed(listed, Status.FAILED)
            ),
            Number(_("Stored files"), filesizeformat(stored)),
        ],
    )


def _narrowed(listed: str, status: str) -> str:
    return f"{listed}?{urlencode({'status__exact': status})}"
