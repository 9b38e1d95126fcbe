"""The numbers of the first page, and what the settings say of retention."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app import due
from sessions_app.models import AnalysisResult, Event, StoredFile, User
from sessions_app.tests import people as workers_people


def numbers(staff) -> dict[str, object]:
    groups = staff.client.get("/admin/").context_data["groups"]
    return {str(entry.caption): entry for group in groups for entry in group.entries}


def test_the_numbers_are_those_of_the_rows(support, alice):
    found = numbers(support)
    assert found["Users"].value == User.objects.using("owner").count()
    owner = workers_people.Person(alice.user)
    session = owner.session()
    before = found["Sessions"].value, found["Failed"].value, found["Failures, last 24 hours"].value
    AnalysisResult.objects.using("owner").create(
        owner_id=alice.user.pk, session_id=session.pk, kind="count", status="failed"
    )
    Event.objects.using("owner").create(owner_id=alice.user.pk, verb="result.failed")
    old = Event.objects.using("owner").create(owner_id=alice.user.pk, verb="result.failed")
    Event.objects.using("owner").filter(pk=old.pk).update(at=timezone.now() - timedelta(days=2))
    found = numbers(support)
    after = found["Sessions"].value, found["Failed"].value, found["Failures, last 24 hours"].value
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]
    assert found["Failures, last 24 hours"].bad


def test_bytes_of_all_files_are_added(support, alice):
    owner = workers_people.Person(alice.user)
    session = owner.session()
    StoredFile.objects.using("owner").create(
        owner_id=alice.user.pk, session_id=session.pk, kind="words", name="w", media_type="text/plain",
        size_bytes=3 * 1024**4, sha256="0", storage_key=str(uuid.uuid4()),
    )  # fmt: skip
    assert numbers(support)["Stored files"].value == "3.0\xa0TB"


def test_an_attempt_on_the_wall_stands_out(support, alice):
    before = numbers(support)["Isolation attempts, last 24 hours"].value
    Event.objects.using("owner").create(owner_id=alice.user.pk, verb="isolation.attempt")
    found = numbers(support)["Isolation attempts, last 24 hours"]
    assert (found.value, found.bad) == (before + 1, True)


def test_the_parts_of_the_system_are_told_and_a_missing_worker_stands_out(support):
    # No worker runs beside these tests; one of an earlier test may have left its mark.
    cache.delete("health:worker")
    found = numbers(support)
    for part in ("PostgreSQL", "Valkey", "Task broker", "File storage"):
        assert (str(found[part].value), found[part].bad) == ("answers", False)
    assert found["Workers"].bad
    assert "Last sign of a worker" not in found


def test_queries_of_the_first_page_do_not_grow(support, person):
    def count() -> int:
        with CaptureQueriesContext(connections["staff"]) as seen:
            assert support.client.get("/admin/").status_code == 200
        return len(seen)

    few = count()
    for index in range(3):
        workers_people.Person(person(f"one{index}").user).session()
    # Two for the role's rights, eight of people and work, three of conversations and models.
    assert (few, count()) == (13, 13)


def test_looking_at_numbers_is_no_look_at_anybody(support, alice):
    support.client.get("/admin/")
    assert [
        event.verb
        for event in Event.objects.using("owner").filter(owner_id=alice.user.pk, actor=support.user.pk)
    ] == []


def test_retention_says_what_the_settings_say(support, settings):
    settings.DEMO_ACCOUNT_HOURS = 36
    settings.UPLOAD = settings.UPLOAD | {"unfinished_hours": 48}
    page = support.client.get("/admin/retention/").content.decode()
    assert "36 hours" in page and "2 days" in page
    assert "14 days" in page  # SESSION_COOKIE_AGE


def test_retention_says_when_it_was_last_applied(support):
    cache.clear()
    assert "No mark says when it was last applied" in support.client.get("/admin/retention/").content.decode()
    due.note_done(due.RETENTION)
    page = support.client.get("/admin/retention/").content.decode()
    assert f"Last applied: {timezone.localtime():%Y-%m-%d %H:}" in page


def test_retention_promises_what_keeps_a_session(support):
    """Its age is its last change, not the last look at it."""
    page = support.client.get("/admin/retention/").content.decode()
    assert "Sessions that nobody changes" in page
    assert "nobody opens" not in page


def test_what_retention_removed_is_counted_by_day(support, alice, settings):
    settings.RETENTION = {**settings.RETENTION, "archived_sessions": 400, "events": 0}
    for _ in range(3):
        event = Event.objects.using("owner").create(owner_id=alice.user.pk, verb="retention.deleted")
        Event.objects.using("owner").filter(pk=event.pk).update(at=timezone.now() + timedelta(days=4_000))
    answer = support.client.get("/admin/retention/")
    newest = answer.context_data["runs"][0]
    assert (newest["verb"], newest["n"]) == ("retention.deleted", 3)
    assert "400 days" in answer.content.decode() and "never" in answer.content.decode()


@pytest.mark.parametrize("model", ["user", "analysissession", "storedfile", "analysisresult", "event"])
def test_a_list_counts_no_further_than_anybody_turns_pages(support, alice, model, monkeypatch):
    from sessions_app.staff import ledgers

    monkeypatch.setattr(ledgers, "MOST_COUNTED", 3)
    for _ in range(5):
        Event.objects.using("owner").create(owner_id=alice.user.pk, verb="x.y")
    with CaptureQueriesContext(connections["staff"]) as seen:
        answer = support.client.get(f"/admin/sessions_app/{model}/")
    [counted] = [one["sql"] for one in seen if "COUNT(*)" in one["sql"]]
    assert "LIMIT 3" in counted
    assert answer.context_data["cl"].result_count <= 3
