"""Whether a row of somebody else exists can't be told from how much work the database does, nor from its catalogue."""

import re
import uuid

import psycopg
import pytest
from django.db import connection

from sessions_app.isolation.testing import acting_as, claim, raw_connection
from tests.isolation.rows import rows_of


def work_of(statement: str, *parameters: object) -> tuple[list[str], int]:
    """The plan, and how many pages were touched: what time is made of, without the noise of a clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, COSTS OFF) {statement}", parameters
        )
        lines = [line for (line,) in cursor.fetchall()]
    plan = [re.sub(r"Buffers:.*|'[0-9a-f-]{36}'", "", line).strip() for line in lines]
    touched = re.search(r"Buffers: shared hit=(\d+)", "\n".join(lines))
    return [line for line in plan if line], int(touched[1]) if touched else 0


@pytest.mark.parametrize("table", ["analysissession", "storedfile", "analysisresult"])
def test_anothers_row_costs_what_no_row_costs(alices, bob, table):
    rows = {"analysissession": alices.session, "storedfile": alices.file, "analysisresult": alices.result}
    statement = f"SELECT EXISTS (SELECT 1 FROM sessions_app_{table} WHERE id = %s)"
    with acting_as(bob):
        for _ in range(3):  # the first questions also read the catalogue
            theirs, nobodys = work_of(statement, rows[table].pk), work_of(statement, uuid.uuid4())
    assert theirs == nobodys


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM sessions_app_analysissession WHERE name LIKE %s",
        "SELECT count(*) FROM sessions_app_analysissession WHERE name > %s",
        "SELECT max(name) FROM sessions_app_analysissession WHERE name <> %s",
    ],
)
def test_a_question_about_content_touches_nothing_of_others(alices, bob, statement):
    mine = rows_of(bob)
    with acting_as(bob), connection.cursor() as cursor:
        cursor.execute(statement, ["%"])
        found = [value for (value,) in cursor.fetchall()]
    assert alices.canary not in map(str, found)
    assert found in ([mine.canary], [1])


CATALOGUE = {
    "sequences": "SELECT last_value FROM django_migrations_id_seq",
    "next of a sequence": "SELECT nextval('django_migrations_id_seq')",
    "a row count by another way": "SELECT pg_stat_reset()",
    "large objects": "SELECT * FROM pg_largeobject",
    "the files of a table": "SELECT pg_read_binary_file(pg_relation_filepath('sessions_app_user'))",
    "raw pages": "SELECT get_raw_page('sessions_app_user', 0)",
    "the write-ahead log": "SELECT pg_ls_waldir()",
    "the server's log": "SELECT pg_ls_logdir()",
    "settings with paths": "SELECT pg_current_logfile()",
}


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_catalogue_gives_no_way_round(alices, bob, kind):
    with raw_connection() as web:
        claim(web, bob.pk)
        with pytest.raises(psycopg.Error) as refused:
            web.execute(CATALOGUE[kind])
        assert refused.value.sqlstate in ("42501", "42883"), refused.value
        web.rollback()


def test_locks_and_prepared_transactions_tell_nothing(alices, bob):
    with raw_connection() as web:
        claim(web, bob.pk)
        assert web.execute("SELECT count(*) FROM pg_prepared_xacts").fetchone() == (0,)
        rows = web.execute(
            "SELECT query FROM pg_stat_activity WHERE query LIKE '%%canary%%' AND pid <> pg_backend_pid()"
        ).fetchall()
        assert rows == []
        with pytest.raises(psycopg.errors.DatabaseError):
            web.execute("SELECT * FROM pg_stat_statements")
        web.rollback()


def test_a_lock_on_anothers_row_waits_for_nothing(alices, bob):
    """While Alice holds her row, Bob's attempt to lock it returns at once and empty."""
    with raw_connection() as hers, raw_connection() as his:
        claim(hers, alices.user.pk)
        held = hers.execute("SELECT id FROM sessions_app_analysissession FOR UPDATE").fetchall()
        assert held == [(alices.session.pk,)]
        claim(his, bob.pk)
        his.execute("SET LOCAL lock_timeout = '1s'")
        question = "SELECT id FROM sessions_app_analysissession WHERE id = %s FOR UPDATE"
        assert his.execute(question, [alices.session.pk]).fetchall() == []
        hers.rollback()
        his.rollback()


def test_notifications_carry_nothing_of_ours():
    """LISTEN is open to every role, so nothing is ever sent that way."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    for package in ("chatmrpt", "sessions_app", "analysis"):
        for file in (root / package).rglob("*.py"):
            text = file.read_text()
            assert "pg_notify" not in text, file
            assert "NOTIFY " not in text, file
