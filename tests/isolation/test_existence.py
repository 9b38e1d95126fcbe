"""Whether a row of somebody else exists can't be told from how much work the database does, nor from its catalogue."""

import ast
import re
import uuid

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from sessions_app.isolation.testing import acting_as, claim, raw_connection
from sessions_app.models import WebSession
from tests.isolation.rows import rows_of
from tests.isolation.test_forgotten_filter import OWNED
from tests.test_structure import parsed


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


def test_anothers_row_costs_what_no_row_costs_in_any_table(alices, bob):
    """In every table whose rows have ids. That of browsers' sessions has the hashes of cookies, which nobody can guess."""
    rows = {model: row for model in OWNED for row in vars(alices).values() if type(row) is model}
    assert set(OWNED) - {model for model, row in rows.items() if isinstance(row.pk, uuid.UUID)} == {
        WebSession
    }
    different = {}
    for model in set(OWNED) - {WebSession}:
        statement = f"SELECT EXISTS (SELECT 1 FROM {model._meta.db_table} WHERE id = %s)"
        with acting_as(bob):
            for _ in range(3):  # the first questions also read the catalogue
                found = work_of(statement, rows[model].pk), work_of(statement, uuid.uuid4())
        if found[0] != found[1]:
            different[model.__name__] = found
    assert different == {}


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
    "counters set back": "SELECT pg_stat_reset()",
    "counters of one table set back": "SELECT pg_stat_reset_single_table_counters('sessions_app_user'::regclass)",
    "large objects": "SELECT * FROM pg_largeobject",
    "the planner's samples": "SELECT * FROM pg_statistic",
    "the files of a table": "SELECT pg_read_binary_file(pg_relation_filepath('sessions_app_user'))",
    "the write-ahead log": "SELECT pg_ls_waldir()",
    "the server's log": "SELECT pg_ls_logdir()",
    "settings with paths": "SELECT pg_current_logfile()",
}


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_catalogue_gives_no_way_round(alices, bob, kind):
    """Each is there and is refused: what is misspelt would be refused, too, and prove nothing."""
    with raw_connection() as web:
        claim(web, bob.pk)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(CATALOGUE[kind])
        web.rollback()


def test_nothing_is_installed_that_reads_past_the_policies(alices, bob):
    """Raw pages, tuples and statements are read by extensions: there is none, and the web role makes none."""
    with raw_connection() as web:
        claim(web, bob.pk)
        installed = web.execute("SELECT extname FROM pg_extension").fetchall()
        assert installed == [("plpgsql",)]
        offered = web.execute(
            "SELECT DISTINCT name FROM pg_available_extension_versions WHERE NOT installed AND requires IS NULL"
        ).fetchall()
        assert offered
        for (name,) in offered:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), web.transaction():
                web.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
        web.rollback()


def test_locks_and_prepared_transactions_tell_nothing(alices, bob):
    with raw_connection() as web:
        claim(web, bob.pk)
        assert web.execute("SELECT count(*) FROM pg_prepared_xacts").fetchone() == (0,)
        rows = web.execute(
            "SELECT query FROM pg_stat_activity WHERE query LIKE '%%canary%%' AND pid <> pg_backend_pid()"
        ).fetchall()
        assert rows == []
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
    """LISTEN is open to every role, so nothing is ever sent that way, by any package."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"\bpg_notify\b|\bNOTIFY\b", node.value)
    ]
    assert wrong == []
