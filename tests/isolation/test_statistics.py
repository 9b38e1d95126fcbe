"""What PostgreSQL counts and samples for itself, and shows to every role: totals over all users, and no row of any.

What is accepted is asserted as it is, and stands in docs/reference/isolation.md among what is not protected.
"""

import re
import uuid

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from sessions_app.isolation import testing
from sessions_app.isolation.owned import owned_tables
from sessions_app.isolation.testing import claim, raw_connection
from tests.isolation.rows import rows_of

TABLE = "sessions_app_analysissession"
# The same for whoever asks, and for nobody in particular.
TOTALS = {
    "rows, counted while they are written": f"SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = '{TABLE}'",
    "rows, as they were counted last": f"SELECT reltuples FROM pg_class WHERE oid = '{TABLE}'::regclass",
    "bytes": f"SELECT pg_relation_size('{TABLE}')",
}
PEOPLE = 20


@pytest.fixture
def counted(alices, bob):
    """Rows of both, counted and sampled."""
    rows_of(bob)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(owned_tables()))}")


@pytest.mark.usefixtures("counted")
def test_no_word_of_another_stands_in_any_catalogue(alices, bob, stack):
    """Every catalogue and every view of statistics that the web role may read, whole."""
    words = [alices.canary, str(alices.user.pk), str(alices.session.pk), alices.user.email]
    patterns = [f"%{word}%" for word in words]
    with raw_connection() as web:
        claim(web, bob.pk)
        names = web.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace "
            "AND relkind IN ('r', 'v') AND has_table_privilege(oid, 'SELECT')"
        ).fetchall()
        held, refused = {}, set()
        for (name,) in names:
            count = sql.SQL("SELECT count(*) FROM pg_catalog.{} t WHERE t::text LIKE ANY (%s)")
            try:
                with web.transaction():
                    held[name] = web.execute(count.format(sql.Identifier(name)), [patterns]).fetchone()[0]
            except psycopg.errors.InsufficientPrivilege:
                refused.add(name)  # a view over a function that is not for everybody
        web.rollback()
    assert {name: count for name, count in held.items() if count} == {}
    assert {"pg_stats", "pg_class", "pg_stat_user_tables", "pg_stat_activity", "pg_locks"} <= held.keys()
    assert len(refused) < len(held) / 4
    with stack.services.superuser() as admin:
        sampled = admin.execute("SELECT count(*) FROM pg_stats t WHERE t::text LIKE ANY (%s)", [patterns])
        assert sampled.fetchone()[0] > 0, "there was nothing to be hidden"


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("kind", TOTALS)
def test_a_count_is_a_total_over_all_whoever_asks(alices, bob, stack, kind):
    told = []
    with raw_connection() as web:
        for who in (alices.user, bob, None):
            if who is not None:
                claim(web, who.pk)
            told.append(web.execute(TOTALS[kind]).fetchone())
            web.rollback()
    with stack.services.superuser() as admin:
        assert told == [admin.execute(TOTALS[kind]).fetchone()] * 3
    assert told[0][0] >= 2, "rows of both are in it"


def test_a_sequence_tells_no_number(bob):
    with raw_connection() as web:
        claim(web, bob.pk)
        known = web.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall()
        web.rollback()
    assert ("django_migrations_id_seq", None) in known
    assert {value for _, value in known} == {None}


def test_a_transactions_own_counts_hold_nothing_of_others(alices, bob):
    written = f"SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = '{TABLE}'"
    with raw_connection() as hers, raw_connection() as his:
        claim(hers, alices.user.pk)
        hers.execute(f"UPDATE {TABLE} SET note = note")
        claim(his, bob.pk)
        his.execute(f"UPDATE {TABLE} SET note = note")
        assert (hers.execute(written).fetchone(), his.execute(written).fetchone()) == ((1,), (0,))
        hers.rollback()
        his.rollback()


def test_injected_sql_learns_that_a_known_id_exists(alices, bob):
    """Accepted: ids can't be guessed. An attempt that is committed leaves its event, one that is rolled back none."""
    noted = "SELECT n_tup_ins FROM pg_stat_xact_user_tables WHERE relname = 'sessions_app_event'"
    for pk, told in ((alices.session.pk, 1), (uuid.uuid4(), 0)):
        with (
            raw_connection() as web
        ):  # a fresh one: what the last transaction counted is still there for a moment
            claim(web, bob.pk)
            web.execute("SELECT app.note_miss(%s, %s)", [TABLE, pk])
            assert web.execute(noted).fetchone() == (told,)
            web.rollback()


def test_injected_sql_learns_how_common_a_guessed_value_is(alices, bob):
    """Accepted: the planner guesses from a sample over all rows, and shows its guess. Rows it shows none."""
    others = [testing.make_user() for _ in range(PEOPLE)]
    fill = (
        f"INSERT INTO {TABLE} (id, owner_id, name, note, settings, is_demo, created_at, updated_at) "
        "SELECT gen_random_uuid(), %s, %s, '', '{}', false, now(), now() FROM generate_series(1, %s)"
    )
    try:
        with connections["owner"].cursor() as cursor:
            cursor.execute(fill, [alices.user.pk, alices.canary, 2_000])
            for user in others:
                cursor.execute(fill, [user.pk, "plan", 100])
            cursor.execute(f"ANALYZE {TABLE}")
        with raw_connection() as web:
            claim(web, bob.pk)
            guessed = {word: estimate(web, "name", word) for word in (alices.canary, uuid.uuid4().hex)}
            owners = {pk: estimate(web, "owner_id", pk) for pk in (alices.user.pk, uuid.uuid4())}
            found = web.execute(f"SELECT name FROM {TABLE} WHERE name = %s", [alices.canary]).fetchall()
            web.rollback()
    finally:
        testing.forget(*others)
    for guesses in (guessed, owners):
        common, unheard_of = guesses.values()
        assert common > unheard_of
    assert found == []


def estimate(web: psycopg.Connection, column: str, value: object) -> int:
    """How many rows the planner expects."""
    question = sql.SQL("EXPLAIN SELECT 1 FROM {} WHERE {} = {}").format(
        sql.Identifier(TABLE), sql.Identifier(column), sql.Literal(value)
    )
    plan = "\n".join(line for (line,) in web.execute(question).fetchall())
    return int(re.search(r"rows=(\d+)", plan)[1])
