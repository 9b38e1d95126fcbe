"""The backup role reads every row, writes none, and takes no key with it."""

import psycopg
import pytest
from django.db import connections

from sessions_app.isolation.roles import BACKUP


@pytest.fixture
def backup(stack, _database):
    parameters = connections["default"].get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "host", "port")}
    with psycopg.connect(
        **where, user=BACKUP, password=stack.services.secrets["backup_password"]
    ) as connection:
        yield connection
        connection.rollback()


def test_it_reads_rows_of_everybody(backup, alices):
    row = backup.execute("SELECT name FROM sessions_app_analysissession WHERE id = %s", [alices.session.pk])
    assert row.fetchone() == (alices.canary,)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sessions_app_analysissession",
        "UPDATE sessions_app_user SET is_staff = true",
        "INSERT INTO auth_group (name) VALUES ('x')",
        "SELECT * FROM app_private.claim_keys",
        "SELECT app.user_id_by_email('a@example.org')",
    ],
)
def test_it_may_do_nothing_else(backup, alices, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        backup.execute(statement)
