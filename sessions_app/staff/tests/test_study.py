"""Exports for studies: nobody can be named from them, nothing small is counted, and each is an event."""

import csv
import io
import json
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from sessions_app.models import Event
from sessions_app.staff import study_rows

# A day long ago, on which nobody else has anything.
DAY = datetime(2020, 5, 4, 10, tzinfo=timezone.get_default_timezone())
SPAN = {"since": "2020-05-04", "until": "2020-05-05", "file_format": "csv", "k": "5"}


def enter(owner, verb, minutes=0, **data) -> Event:
    event = Event.objects.using("owner").create(
        owner_id=owner, actor=owner, verb=verb, object_type="thing", object_id=uuid.uuid4(), session_id=uuid.uuid4(),
        data=data,
    )  # fmt: skip
    Event.objects.using("owner").filter(pk=event.pk).update(at=DAY + timedelta(minutes=minutes))
    return event


@pytest.fixture
def people(committed):
    ids = [uuid.uuid4() for _ in range(6)]
    yield ids
    Event.objects.using("owner").filter(owner_id__in=ids).delete()


def export(staff, **changes):
    answer = staff.client.post("/admin/study/", {**SPAN, **changes})
    assert answer.status_code == 200, answer.content
    return answer.getvalue().decode()


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_events_have_pseudonyms_that_hold_within_one_export(study, people):
    one, other = people[:2]
    made = [enter(one, "file.stored", 1, kind="ward_table", size_bytes=7), enter(one, "session.deleted", 2)]
    made.append(enter(other, "file.stored", 3, sha256="f00d", name="Wudil clinic"))
    text = export(study, form="events")
    rows = lines(text)
    assert [row["verb"] for row in rows] == ["file.stored", "session.deleted", "file.stored"]
    assert rows[0]["person"] == rows[1]["person"] != rows[2]["person"]
    assert (rows[0]["kind"], rows[0]["size_bytes"], rows[1]["kind"]) == ("ward_table", "7", "")
    again = lines(export(study, form="events"))
    assert again[0]["person"] == again[1]["person"] not in {row["person"] for row in rows}
    for event in made:
        for secret in (event.owner_id, event.object_id, event.session_id, event.pk):
            assert str(secret) not in text and secret.hex not in text
    assert "f00d" not in text and "Wudil" not in text


def test_counts_leave_out_what_few_did_and_say_so(study, people):
    for number, person in enumerate(people):
        enter(person, "file.stored", number, kind="ward_table")
        if number < 4:
            enter(person, "file.stored", number, kind="raster")
    enter(people[0], "file.stored", 9, kind="ward_table")
    rows = lines(export(study, form="counted"))
    assert rows == [
        {"day": "2020-05-04", "verb": "file.stored", "kind": "ward_table", "people": "6", "events": "7"},
        {"day": "", "verb": "(left out)", "kind": "", "people": "", "events": "4"},
    ]
    assert [row["kind"] for row in lines(export(study, form="counted", k="4"))] == [
        "raster",
        "ward_table",
        "",
    ]


def test_days_and_verbs_narrow_it(study, people):
    enter(people[0], "file.stored")
    enter(people[0], "session.created", 1)
    enter(people[0], "file.stored", 24 * 60)
    enter(people[0], "file.stored", 2 * 24 * 60)
    assert len(lines(export(study, form="events"))) == 3
    assert len(lines(export(study, form="events", verbs=["file.stored"]))) == 2
    assert len(lines(export(study, form="events", until="2020-05-04"))) == 2


def test_what_staff_do_and_what_touches_the_wall_is_no_subject(study, people):
    enter(people[0], "staff.read")
    enter(people[0], "isolation.attempt", holder=str(people[1]))
    enter(people[0], "account.signed_in")
    assert [row["verb"] for row in lines(export(study, form="events"))] == ["account.signed_in"]
    page = study.client.get("/admin/study/").content.decode()
    assert "account.signed_in" in page and "isolation.attempt" not in page and "staff.listed" not in page


def test_json_lines_hold_the_same(study, people):
    enter(people[0], "file.stored", kind="ward_table", size_bytes=7)
    [row] = map(json.loads, export(study, form="events", file_format="jsonl").splitlines())
    assert set(row) == set(study_rows.COLUMNS)
    assert row["size_bytes"] == 7


def test_an_export_is_an_event_that_says_what_was_asked(study, people):
    export(study, form="counted", verbs=[])
    [event] = study.events("staff.exported")
    assert event.data == {
        "since": "2020-05-04", "until": "2020-05-05", "verbs": [], "form": "counted", "k": 5, "format": "csv"
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"form": "counted", "k": ""},
        {"form": "counted", "k": "1"},
        {"form": "everything"},
        {"form": "events", "since": "2020-05-06"},
        {"form": "events", "since": "1990-01-01"},
        {"form": "events", "verbs": ["staff.read"]},
        {"form": "events", "verbs": ["no such verb"]},
        {"form": "events", "file_format": "pickle"},
    ],
)
def test_a_wrong_wish_is_refused_and_no_event(study, changes):
    answer = study.client.post("/admin/study/", {**SPAN, **changes})
    assert answer.status_code == 422
    assert study.events("staff.exported") == []


def test_many_events_are_read_in_batches_and_nothing_is_open_between_them(study, people, monkeypatch):
    monkeypatch.setattr(study_rows, "BATCH", 3)
    # The same moment for several, so that a batch ends between them.
    made = [enter(people[0], "file.stored", minute // 4) for minute in range(10)]
    wanted = study_rows.Wanted(DAY, DAY + timedelta(hours=1))
    seen = []
    for row in study_rows.event_rows(wanted):
        assert not connections["staff"].in_atomic_block
        seen.append(row["object"])
    assert len(seen) == len(set(seen)) == len(made)


def test_an_export_streams(study, people):
    enter(people[0], "file.stored")
    answer = study.client.post("/admin/study/", {**SPAN, "form": "events"})
    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="events_20200504_20200505.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert next(iter(answer.streaming_content)).decode().startswith("at,person,verb")
