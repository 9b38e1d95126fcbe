"""What is written once stays as it was: events, and results that have ended."""

import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.utils import timezone

from sessions_app.isolation.testing import acting_as, forget, make_user
from sessions_app.models import AnalysisResult, AnalysisSession, Event, StoredFile, User
from tests.isolation.rows import rows_of


def test_events_are_only_added(alices):
    with acting_as(alices.user):
        Event.objects.create(owner=alices.user, actor=alices.user.pk, verb="session.renamed")
    for change in (lambda rows: rows.update(verb="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), acting_as(alices.user):
            change(Event.objects.all())


@pytest.mark.parametrize("alias", ["staff", "system"])
def test_no_role_rewrites_events(alices, alias):
    for change in (lambda rows: rows.update(verb="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            change(Event.objects.using(alias))


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_a_finished_result_never_changes(alices, status):
    result = alices.result
    with acting_as(alices.user):
        AnalysisResult.objects.filter(pk=result.pk).update(status="running", percent=50)
        AnalysisResult.objects.filter(pk=result.pk).update(status=status, finished_at=timezone.now())
    for change in ({"summary": {"wards": 1}}, {"status": "running"}, {"percent": 1.0}):
        with pytest.raises(IntegrityError), acting_as(alices.user):
            AnalysisResult.objects.filter(pk=result.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic(using="system"):
        AnalysisResult.objects.using("system").filter(pk=result.pk).update(status="queued")
    with acting_as(alices.user):
        assert AnalysisResult.objects.filter(pk=result.pk).delete()[0] == 1


@pytest.mark.parametrize("change", [{"params": {}}, {"kind": "dataset"}, {"created_at": timezone.now()}])
def test_what_was_asked_for_never_changes(alices, change):
    with pytest.raises(IntegrityError), acting_as(alices.user):
        AnalysisResult.objects.filter(pk=alices.result.pk).update(**change)


def test_maintenance_may_queue_a_lost_result_again(alices):
    with transaction.atomic(using="system"):
        rows = AnalysisResult.objects.using("system").filter(pk=alices.result.pk)
        assert rows.update(status="queued", attempt=2) == 1


def test_a_deleted_session_takes_its_files_and_results_with_it(alices):
    session_id = alices.session.pk
    with acting_as(alices.user):
        alices.session.delete()
        assert not StoredFile.objects.exists()
        assert not AnalysisResult.objects.exists()
        assert Event.objects.filter(object_id=session_id).exists()


def test_a_deleted_account_takes_everything_with_it_but_the_trace(_database):
    user = make_user()
    rows_of(user)
    with acting_as(user):
        Event.objects.create(owner=user, actor=user.pk, verb="account.deleted", object_id=user.pk)
        User.objects.get().delete()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT verb FROM sessions_app_event WHERE owner_id = %s", [user.pk])
        assert cursor.fetchall() == [("account.deleted",)]
        for table in (
            "analysissession",
            "storedfile",
            "analysisresult",
            "refreshgrant",
            "personaltoken",
            "websession",
        ):
            cursor.execute(f"SELECT count(*) FROM sessions_app_{table} WHERE owner_id = %s", [user.pk])
            assert cursor.fetchone() == (0,), table
    forget(user)


def test_another_user_cant_delete_an_account(alice, bob):
    with acting_as(bob):
        assert User.objects.filter(pk=alice.pk).delete()[0] == 0


def test_maintenance_and_staff_have_no_more_rights_than_they_need(alices):
    refused = {
        "system": (AnalysisSession.objects.using("system"), {"name": "x"}),
        "staff": (AnalysisResult.objects.using("staff"), {"summary": {"wards": 1}}),
    }
    for alias, (rows, change) in refused.items():
        with transaction.atomic(using=alias):
            assert rows.exists()
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            rows.update(**change)


def test_staff_can_end_a_browser_session_but_not_write_one(alices):
    rows = type(alices.web_session).objects.using("staff").filter(pk=alices.web_session.pk)
    with pytest.raises(DatabaseError), transaction.atomic(using="staff"):
        rows.update(session_data="planted")
    with transaction.atomic(using="staff"):
        assert rows.delete()[0] == 1


def test_an_event_is_written_in_ones_own_name(alice, bob):
    with pytest.raises(DatabaseError), acting_as(bob):
        Event.objects.create(owner=alice, actor=bob.pk, verb="x", object_id=uuid.uuid4())
