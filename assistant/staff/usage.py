"""How much the assistant is used, day by day: counts over everybody, on a page and as a table to download."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assistant.models import Conversation, ModelCall, Turn
from assistant.staff.numbers import dollars
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.moments import Moment
from sessions_app.staff.pages import StaffPage
from sessions_app.staff.records import record_own

USUAL_DAYS = 14
MOST_DAYS = 366


class Percentile(Aggregate):
    """PostgreSQL's continuous percentile, of how long something took."""

    function = "PERCENTILE_CONT"
    name = "percentile"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, expression: Any, share: float, **options: Any) -> None:
        super().__init__(expression, share=share, **options)


@dataclass
class Day:
    day: date
    users: int = 0
    conversations: int = 0
    turns: int = 0
    failed: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None
    model_answers: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    cost_micros: int | None = None

    @property
    def cost(self) -> str:
        return "–" if self.cost_micros is None else dollars(self.cost_micros)


class UsageForm(forms.Form):
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The first day lies after the last."))
        if since and until and (until - since).days >= MOST_DAYS:
            raise forms.ValidationError(_("Choose at most %(days)d days.") % {"days": MOST_DAYS})
        return said


class UsagePage(StaffPage):
    stem = "usage"
    title = _("Usage")
    permission = "assistant.view_modelcall"

    def show(self, request: HttpRequest) -> HttpResponse:
        form = _form(request)
        if not form.is_valid():
            return self.rendered(request, {"form": form, "days": []}, status=422)
        days = _read(request, **form.cleaned_data)
        asked = {name: day.isoformat() for name, day in form.cleaned_data.items()}
        return self.rendered(request, {"form": form, "days": days, "asked": asked})


class UsageTable(UsagePage):
    """The same numbers as CSV."""

    stem = "usage.csv"

    def address(self, view: Any) -> Any:
        return path(self.stem, view, name="usage_table")

    def show(self, request: HttpRequest) -> HttpResponse:
        form = _form(request)
        if not form.is_valid():
            return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
        text = io.StringIO()
        rows = csv.writer(text)
        names = [one.name for one in fields(Day)]
        rows.writerow(names)
        for day in _read(request, **form.cleaned_data):
            rows.writerow("" if value is None else value for value in asdict(day).values())
        answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="usage.csv"'
        return answer


def _form(request: HttpRequest) -> UsageForm:
    today = timezone.localdate()
    usual = {"since": today - timedelta(days=USUAL_DAYS - 1), "until": today}
    return UsageForm({name: request.GET.get(name) or day for name, day in usual.items()})


def _read(request: HttpRequest, since: date, until: date) -> list[Day]:
    """Every day of the span, newest first; a look at the numbers is an event of its own."""
    with transaction.atomic(using=STAFF_ALIAS):
        record_own(request, "staff.usage_read", since=since.isoformat(), until=until.isoformat())
        return usage(since, until)


def usage(since: date, until: date) -> list[Day]:
    days = {day: Day(day) for day in (until - timedelta(days=n) for n in range((until - since).days + 1))}
    for rows in (_people(since, until), _talk(since, until), _answers(since, until), _models(since, until)):
        for row in rows:
            day = days[row.pop("day")]
            for name, value in row.items():
                setattr(day, name, value.total_seconds() if isinstance(value, timedelta) else value)
    return list(days.values())


def _people(since: date, until: date) -> QuerySet[Any]:
    events = Event.objects.using(STAFF_ALIAS).exclude(verb__startswith="staff.")
    return _by_day(events, "at", since, until).annotate(users=Count("owner_id", distinct=True))


def _talk(since: date, until: date) -> QuerySet[Any]:
    begun = Conversation.objects.using(STAFF_ALIAS)
    return _by_day(begun, "created_at", since, until).annotate(conversations=Count("pk"))


def _answers(since: date, until: date) -> QuerySet[Any]:
    # NULL while an answer is on its way, so that it counts in neither percentile.
    took = ExpressionWrapper(F("finished_at") - F("created_at"), DurationField())
    return _by_day(Turn.objects.using(STAFF_ALIAS), "created_at", since, until).annotate(
        turns=Count("pk"),
        failed=Count("pk", filter=Q(status=Turn.Status.FAILED)),
        median_seconds=Percentile(took, 0.5),
        p95_seconds=Percentile(took, 0.95),
    )


def _models(since: date, until: date) -> QuerySet[Any]:
    return _by_day(ModelCall.objects.using(STAFF_ALIAS), "created_at", since, until).annotate(
        model_answers=Count("pk"),
        tokens_read=Sum("input_tokens"),
        tokens_written=Sum("output_tokens"),
        cost_micros=Sum("cost_micros"),
    )


def _by_day(rows: QuerySet[Any], column: str, since: date, until: date) -> QuerySet[Any]:
    begin, end = (_midnight(day) for day in (since, until + timedelta(days=1)))
    # The ledger of models has an index on the plain column; the others have the staff's.
    asked = F(column) if rows.model is ModelCall else Moment(column)
    within = rows.alias(moment=asked).filter(moment__gte=begin, moment__lt=end).order_by()
    return within.values(day=TruncDate(column))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
