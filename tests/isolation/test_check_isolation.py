"""Each hole is made in the real database, seen by the inspection, and rolled back."""

import os
import secrets
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from chatmrpt.stack.prepare import manage
from chatmrpt.stack.private_services import ServiceFailed
from sessions_app.isolation import checks, policy_sql
from sessions_app.isolation.identity import user_by_email
from sessions_app.isolation.inspection import inspect
from sessions_app.isolation.policy_sql import ASKER

TABLE = "sessions_app_storedfile"

HOLES = {
    "a dropped policy": (f"DROP POLICY web ON {TABLE}", "no policy for chatmrpt_web"),
    "policies off": (f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY", "not enabled"),
    "policies not forced": (f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY", "not forced"),
    "everything shown": (f"ALTER POLICY web ON {TABLE} USING (true)", "shows the web role more"),
    "anything written": (f"ALTER POLICY web ON {TABLE} WITH CHECK (true)", "write rows of others"),
    "scopes joined": (
        f"ALTER POLICY web ON {TABLE} USING (owner_id = {ASKER} OR kind = 'public')",
        "joins scopes with OR",
    ),
    "a second policy": (
        f"CREATE POLICY more ON {TABLE} FOR SELECT TO chatmrpt_web USING (true)",
        "2 permissive policies of chatmrpt_web for SELECT",
    ),
    "a policy for all": (f"CREATE POLICY more ON {TABLE} USING (true)", "is for public"),
    "another column": (
        f"ALTER POLICY web ON {TABLE} USING (session_id = {ASKER})",
        "shows the web role more",
    ),
    "a plain key": (
        f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_session_id_own",
        "session_id has no foreign key together with owner_id",
    ),
    "a unique key without the owner": (
        f"CREATE UNIQUE INDEX u ON {TABLE} (sha256)",
        "is not led by owner_id",
    ),
    "no index": (
        f"DROP INDEX file_owner_session, file_owner_result; ALTER TABLE {TABLE} DROP CONSTRAINT "
        f"{TABLE}_pkey CASCADE, DROP CONSTRAINT file_storage_key_once",
        "no index is led by owner_id",
    ),
    "a new table of users' rows": (
        "CREATE TABLE diary (id int, owner_id uuid)",
        "diary: row-level security is not enabled",
    ),
    "a new table with a key to the user": (
        "CREATE TABLE diary (id int, writer uuid REFERENCES sessions_app_user (id))",
        "diary: row-level security is not enabled",
    ),
    "a right too many": (
        "GRANT UPDATE ON sessions_app_event TO chatmrpt_web",
        "may UPDATE, which nobody declared",
    ),
    "a right on one column": (
        "GRANT UPDATE (verb) ON sessions_app_event TO chatmrpt_web",
        "may UPDATE of verb, which nobody declared",
    ),
    "a right for all": (f"GRANT SELECT ON {TABLE} TO PUBLIC", "PUBLIC has rights"),
    "a view": (f"CREATE VIEW peek AS SELECT * FROM {TABLE}", "not security_invoker"),
    "a materialised view": (
        f"CREATE MATERIALIZED VIEW peek AS SELECT * FROM {TABLE}",
        "materialised view peek",
    ),
    "an open schema": ("GRANT CREATE ON SCHEMA public TO chatmrpt_web", "may create in schema public"),
    "the keys' schema": ("GRANT USAGE ON SCHEMA app_private TO chatmrpt_web", "may enter schema app_private"),
    "the keys": ("GRANT SELECT ON app_private.claim_keys TO chatmrpt_web", "may read the claim keys"),
    "temporary tables": (
        "DO $$ BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO chatmrpt_web', current_database()); END $$",
        "may create temporary tables",
    ),
    "a membership": ("GRANT chatmrpt_staff TO chatmrpt_web", "chatmrpt_web is a member of chatmrpt_staff"),
    "a superuser": ("ALTER ROLE chatmrpt_web SUPERUSER", "is a superuser"),
    "an exempt role": ("ALTER ROLE chatmrpt_web BYPASSRLS", "bypasses policies"),
    "an owner": (
        f"ALTER TABLE {TABLE} OWNER TO chatmrpt_web",
        "role chatmrpt_web owns sessions_app_storedfile",
    ),
    "visible statements": (
        "ALTER ROLE chatmrpt_web RESET track_activities",
        "can be read in pg_stat_activity",
    ),
    "a function for all": (
        "GRANT EXECUTE ON FUNCTION app.note_miss(text, uuid) TO PUBLIC",
        "called by everybody",
    ),
    "an unpinned function": (
        "ALTER FUNCTION app.note_miss(text, uuid) RESET search_path",
        "no pinned search_path",
    ),
    "another claim function": (
        "CREATE OR REPLACE FUNCTION app.current_user_id() RETURNS uuid LANGUAGE sql SECURITY DEFINER AS "
        "$$ SELECT current_setting('app.claims')::uuid $$",
        "app.current_user_id is not the one",
    ),
    "an unknown function": (
        "CREATE FUNCTION app.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "app.peek is not the one",
    ),
    "a disabled trigger": (
        "ALTER TABLE sessions_app_analysisresult DISABLE TRIGGER guard",
        "trigger guard is missing or disabled",
    ),
}


@pytest.fixture
def admin(stack, _database):
    """A superuser in a transaction that is always rolled back."""
    with stack.services.superuser() as connection:
        connection.autocommit = False
        yield connection
        connection.rollback()


def test_the_wall_has_no_hole(_database):
    out = StringIO()
    call_command("check_isolation", stdout=out)
    assert "no hole found" in out.getvalue()
    assert "sessions_app_user_groups" in out.getvalue()
    assert "django_admin_log" in out.getvalue()


@pytest.mark.parametrize("statement, words", HOLES.values(), ids=HOLES)
def test_a_hole_is_found(admin, statement, words):
    with admin.cursor() as cursor:
        assert inspect(cursor).holes() == []
        cursor.execute(statement)
        holes = inspect(cursor).holes()
    assert any(words in hole for hole in holes), holes


def test_a_hole_fails_the_command_and_the_system_check(stack, _database):
    with stack.services.superuser() as admin:
        admin.execute("ALTER TABLE sessions_app_storedfile NO FORCE ROW LEVEL SECURITY")
        try:
            with pytest.raises(CommandError, match="1 holes"):
                call_command("check_isolation", stdout=StringIO())
            assert [error.id for error in checks.check_database(["default"])] == ["isolation.E006"]
        finally:
            admin.execute("ALTER TABLE sessions_app_storedfile FORCE ROW LEVEL SECURITY")
    assert checks.check_database(["default"]) == []


def test_one_policy_less_and_the_start_is_refused(stack, _database, tmp_path):
    """`create_demo` is the last command of every start, and the first that connects as the pages do."""
    environment = {**os.environ, **stack.environment(), "DEMO_EMAIL": "nobody-yet@example.org"}
    (tmp_path / "log").mkdir()
    (web, *_) = policy_sql.usual("owner_id")
    with stack.services.superuser() as admin:
        admin.execute(f"DROP POLICY {web.name()} ON {TABLE}")
        try:
            with pytest.raises(ServiceFailed, match="create_demo failed") as refused:
                manage(["create_demo"], environment, tmp_path)
        finally:
            admin.execute(web.create_sql(TABLE))
    assert "isolation.E006" in str(refused.value)
    assert f"{TABLE}: no policy for chatmrpt_web" in str(refused.value)
    assert user_by_email("nobody-yet@example.org") is None
    assert checks.check_database(["default"]) == []


@pytest.fixture
def reconnected():
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.close_pool()
    yield connection
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(before)


@pytest.mark.parametrize("role, word", [("superuser", "a superuser"), ("owner", "an owner of tables")])
def test_a_role_that_could_look_past_the_policies_is_refused(_database, reconnected, stack, role, word):
    name = "postgres" if role == "superuser" else "chatmrpt_owner"
    assert word in refusal_of(reconnected, name, stack.services.secrets[f"{role}_password"])


def refusal_of(connection, role, password):
    """What is said when the pages connect as this role."""
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    connection.settings_dict.update(USER=role, PASSWORD=password, OPTIONS=options)
    found = checks.check_database(["default"])
    assert [error.id for error in found] == ["isolation.E003"]
    return found[0].msg


@pytest.fixture
def login(stack, _database):
    """A role that may connect and nothing else, and the superuser; it is gone at the end."""
    name, password = f"probe_{secrets.token_hex(6)}", secrets.token_hex(16)
    with stack.services.superuser() as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        try:
            admin.execute(
                f"DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO {name}', current_database()); END $$"
            )
            yield admin, name, password
        finally:
            admin.execute(f"DROP OWNED BY {name}")
            admin.execute(f"DROP ROLE {name}")


def test_a_role_exempt_from_policies_is_refused_for_that_alone(login, reconnected):
    admin, name, password = login
    admin.execute(f"ALTER ROLE {name} BYPASSRLS")
    said = refusal_of(reconnected, name, password)
    assert "is exempt from policies: policies would not hold" in said
    assert "superuser" not in said and "owner of tables" not in said
    reconnected.close()
    admin.execute(f"ALTER ROLE {name} NOBYPASSRLS")
    reconnected.ensure_connection()


def test_a_clock_that_goes_wrong_is_an_error(_database, monkeypatch):
    right = checks.time.time
    monkeypatch.setattr(checks.time, "time", lambda: right() - 20)
    assert [error.id for error in checks.check_database(["default"])] == ["isolation.E005"]


def test_claims_can_only_be_signed_with_long_keys(settings):
    settings.CLAIM_KEYS = {"k1": "short"}
    assert [error.id for error in checks.check_engine_and_keys()] == ["isolation.E002"]
    settings.CLAIM_KEYS = {}
    assert [error.id for error in checks.check_engine_and_keys()] == ["isolation.E002"]
