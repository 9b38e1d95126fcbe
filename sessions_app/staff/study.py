"""Exports of the event ledger for studies, as a stream: bounded memory, no transaction open while somebody downloads."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.staff.events import known_verbs
from sessions_app.staff.pages import StaffPage
from sessions_app.staff.records import record_own
from sessions_app.staff.study_rows import COLUMNS, COUNTED, Wanted, counted_rows, event_rows, of_studies

MOST_DAYS = 366
USUAL_DAYS = 28
USUAL_K = 5


class StudyForm(forms.Form):
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    verbs = forms.MultipleChoiceField(
        label=_("Verbs"),
        required=False,
        help_text=_("None chosen: all of them."),
        widget=forms.SelectMultiple(attrs={"size": 10}),
    )
    form = forms.ChoiceField(
        label=_("What each line is"),
        choices=[
            ("counted", _("A count of a day, k-anonymous")),
            ("events", _("One event, with pseudonyms")),
        ],
    )
    k = forms.IntegerField(
        label=_("k: the fewest people that may stand behind a count"),
        min_value=2, max_value=1_000, required=False, help_text=_("For counts only."),
    )  # fmt: skip
    file_format = forms.ChoiceField(label=_("Format"), choices=[("csv", "CSV"), ("jsonl", "JSON Lines")])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        today = timezone.localdate()
        self.initial = {
            "since": today - timedelta(days=USUAL_DAYS - 1),
            "until": today,
            "k": USUAL_K,
        } | self.initial
        self.fields["verbs"].choices = [(verb, verb) for verb in of_studies(known_verbs())]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and not 0 <= (until - since).days < MOST_DAYS:
            raise forms.ValidationError(
                _("Choose a first and a last day, at most %(days)d days.") % {"days": MOST_DAYS}
            )
        if said.get("form") == "counted" and not said.get("k") and "k" not in self.errors:
            self.add_error("k", _("Counts need a k."))
        return said


class StudyPage(StaffPage):
    stem = "study"
    title = _("Study exports")
    permission = "sessions_app.export_event"

    def show(self, request: HttpRequest) -> HttpResponse:
        form = StudyForm(request.POST if request.method == "POST" else None)
        if not form.is_bound:
            return self.rendered(request, {"form": form})
        if not form.is_valid():
            return self.rendered(request, {"form": form}, status=422)
        said = form.cleaned_data
        record_own(
            request,
            "staff.exported",
            since=said["since"].isoformat(),
            until=said["until"].isoformat(),
            verbs=said["verbs"],
            form=said["form"],
            k=said["k"] if said["form"] == "counted" else None,
            format=said["file_format"],
        )
        return _download(said)


def _download(said: dict[str, Any]) -> StreamingHttpResponse:
    # Events that come while it is being read belong to the next export.
    until = min(_midnight(said["until"] + timedelta(days=1)), timezone.now())
    wanted = Wanted(_midnight(said["since"]), until, tuple(said["verbs"]))
    counted = said["form"] == "counted"
    rows = counted_rows(wanted, said["k"]) if counted else event_rows(wanted)
    is_csv = said["file_format"] == "csv"
    lines = _csv(rows, COUNTED if counted else COLUMNS) if is_csv else _json_lines(rows)
    media_type = "text/csv; charset=utf-8" if is_csv else "application/x-ndjson"
    answer = StreamingHttpResponse(lines, content_type=media_type)
    name = f"events_{said['since']:%Y%m%d}_{said['until']:%Y%m%d}.{said['file_format']}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class _Line:
    """What `csv` writes a line to; the line comes back instead."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([row[name] for name in columns])


def _json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
