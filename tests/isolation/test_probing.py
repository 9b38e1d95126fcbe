"""Refused inserts, statistics and error messages don't tell that a row of another user exists."""

import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections

from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisSession, PersonalToken, RefreshGrant
from tests.isolation.rows import new_file


def test_an_id_that_another_user_has_is_free(alices, bob):
    with acting_as(bob):
        AnalysisSession.objects.create(id=alices.session.pk, owner=bob, name="same id")
    with acting_as(alices.user):
        assert AnalysisSession.objects.get(pk=alices.session.pk).name == alices.canary


def test_unique_values_of_another_user_are_free(alices, bob):
    with acting_as(bob):
        own = AnalysisSession.objects.create(owner=bob, name="x")
        new_file(bob, own, storage_key=alices.file.storage_key)
        RefreshGrant.objects.create(
            owner=bob, jti_hash=alices.grant.jti_hash, expires_at=alices.grant.expires_at
        )


def test_ones_own_unique_values_are_not_free(alices):
    with pytest.raises(IntegrityError), acting_as(alices.user):
        new_file(alices.user, alices.session, storage_key=alices.file.storage_key)


def test_pointing_at_anothers_row_fails_like_pointing_at_nothing(alices, bob):
    messages = []
    for session_id in (alices.session.pk, uuid.uuid4()):
        with pytest.raises(DatabaseError) as refused, acting_as(bob):
            ghost = AnalysisSession(id=session_id, owner=bob)
            new_file(bob, ghost)
        messages.append(str(refused.value).replace(str(session_id), "ID"))
    assert messages[0] == messages[1]


def test_planner_statistics_of_owned_tables_are_hidden(alices, bob, stack):
    question = "SELECT count(*) FROM pg_stats WHERE tablename = 'sessions_app_analysissession'"
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE sessions_app_analysissession")
    with stack.services.superuser() as admin:
        assert admin.execute(question).fetchone()[0] > 0
    with acting_as(bob), connection.cursor() as cursor:
        cursor.execute(question)
        assert cursor.fetchone() == (0,)


def test_a_leaky_function_in_a_filter_sees_ones_own_rows_only(alices, bob):
    """A function that reveals its argument in an error runs after the policy, not before."""
    with acting_as(bob), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sessions_app_analysissession WHERE name::int = 1")
        assert cursor.fetchall() == []


def test_the_documented_exceptions_are_hashes_of_secrets_nobody_can_guess(alices, bob):
    with pytest.raises(IntegrityError), acting_as(bob):
        PersonalToken.objects.create(owner=bob, name="x", prefix="p", secret_hash=alices.token.secret_hash)
