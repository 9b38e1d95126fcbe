"""Rows for everybody: users read them with a claim, and no code or SQL of theirs writes one."""

import psycopg
import pytest
from django.db import ProgrammingError, connections, transaction

from reference.models import ReferenceSet
from reference.tests.conftest import no_sets, rain
from sessions_app.isolation.errors import NoScope
from sessions_app.isolation.inspection import inspect
from sessions_app.isolation.policy_sql import ASKER
from sessions_app.isolation.testing import acting_as, claim, raw_connection

__all__ = ["no_sets", "rain"]
TABLE = "reference_referenceset"


@pytest.fixture
def committed(_database):
    """As elsewhere in this folder: nothing is rolled back."""


def test_every_user_reads_the_same_row(rain, alice, bob):
    for user in (alice, bob):
        with acting_as(user):
            assert ReferenceSet.objects.get(pk=rain.pk).sha256 == rain.sha256


def test_nobody_reads_without_a_user(rain):
    with pytest.raises(NoScope), transaction.atomic():
        list(ReferenceSet.objects.all())
    with raw_connection() as web:
        assert web.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (0,)


@pytest.mark.parametrize(
    "write",
    [
        lambda row: ReferenceSet.objects.filter(pk=row.pk).update(name="mine"),
        lambda row: ReferenceSet.objects.filter(pk=row.pk).update(withdrawn_at=None),
        lambda row: ReferenceSet.objects.filter(pk=row.pk).delete(),
        lambda row: ReferenceSet.objects.create(
            kind="raster", name="x", version=1, size_bytes=1, storage_key="x"
        ),
    ],
    ids=["change", "withdraw", "delete", "add"],
)
def test_no_user_writes(rain, alice, write):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(alice):
        write(rain)


def test_not_even_with_a_right_too_many(rain, alice):
    """The policy holds by itself: rights granted by mistake open nothing."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"GRANT ALL ON {TABLE} TO chatmrpt_web")
    try:
        with raw_connection() as web:
            claim(web, alice.pk)
            assert web.execute(f"UPDATE {TABLE} SET name = 'mine'").rowcount == 0
            assert web.execute(f"DELETE FROM {TABLE}").rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                web.execute(f"INSERT INTO {TABLE} SELECT * FROM {TABLE}")
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"REVOKE ALL ON {TABLE} FROM chatmrpt_web")
            cursor.execute(f"GRANT SELECT ON {TABLE} TO chatmrpt_web")


def test_staff_may_withdraw_and_change_nothing_else(rain):
    with raw_connection("staff") as held:
        assert held.execute(f"UPDATE {TABLE} SET withdrawn_at = now() WHERE id = %s", [rain.pk]).rowcount == 1
    for wrong in (f"UPDATE {TABLE} SET sha256 = 'x'", f"DELETE FROM {TABLE}"):
        with raw_connection("staff") as held, pytest.raises(psycopg.errors.InsufficientPrivilege):
            held.execute(wrong)


HOLES = {
    "policies off": (f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY", "not enabled"),
    "shown without a claim": (f"ALTER POLICY web_select ON {TABLE} USING (true)", "to nobody in particular"),
    "a policy to write": (
        f"CREATE POLICY more ON {TABLE} FOR UPDATE TO chatmrpt_web USING ({ASKER} IS NOT NULL)",
        "lets the web role write rows for everybody",
    ),
    "a right to write": (f"GRANT UPDATE ON {TABLE} TO chatmrpt_web", "may UPDATE"),
    "no policy": (f"DROP POLICY web_select ON {TABLE}", "no policy for chatmrpt_web"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_the_check_finds_the_table_and_each_hole_in_it(_database, hole):
    make, told = HOLES[hole]
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            assert next(entry for entry in inspect(cursor).tables if entry.table == TABLE).holes == []
            cursor.execute(make)
            [entry] = [entry for entry in inspect(cursor).tables if entry.table == TABLE]
            assert any(told in line for line in entry.holes), entry.holes
        finally:
            cursor.execute("ROLLBACK")
