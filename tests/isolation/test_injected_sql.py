"""SQL that runs as the web role, with everything that a successful injection could do."""

import time
import uuid

import psycopg
import pytest
from django.conf import settings
from django.db import connections, transaction

from sessions_app.isolation import claims
from sessions_app.isolation.roles import LOGIN_ROLES, WEB
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as, claim, raw_connection
from sessions_app.models import AnalysisSession

COUNT = "SELECT count(*) FROM sessions_app_analysissession"


@pytest.fixture
def web():
    with raw_connection() as connection:
        yield connection
        connection.rollback()


def test_it_is_the_web_role(web):
    assert web.execute("SELECT current_user, session_user").fetchone() == (WEB, WEB)


def test_without_a_claim_there_is_nothing(web, alices):
    assert web.execute(COUNT).fetchone() == (0,)


def test_with_a_claim_there_are_that_users_rows(web, alices, bob):
    claim(web, alices.user.pk)
    assert web.execute(COUNT).fetchone() == (1,)
    claim(web, bob.pk)
    assert web.execute(COUNT).fetchone() == (0,)


def test_a_claim_ends_with_its_transaction(web, alices):
    claim(web, alices.user.pk)
    web.commit()
    assert web.execute(COUNT).fetchone() == (0,)


def forged(user_id: uuid.UUID) -> dict[str, str]:
    good = claims.sign(user_id)
    user, kind, expiry, key, mac = good.split("|")
    other = str(uuid.uuid4())
    return {
        "another user": "|".join([other, kind, expiry, key, mac]),
        "another scope": "|".join([user, "root", expiry, key, mac]),
        "a later expiry": "|".join([user, kind, str(int(expiry) + 20), key, mac]),
        "an unknown key": "|".join([user, kind, expiry, "k9", mac]),
        "a changed mac": "|".join([user, kind, expiry, key, mac[:-1] + ("0" if mac[-1] != "0" else "1")]),
        "no mac": "|".join([user, kind, expiry, key, ""]),
        "too few parts": "|".join([user, kind, expiry, key]),
        "too many parts": good + "|x",
        "an injected expiry": "|".join([user, kind, "now()", key, mac]),
        "only the id": user,
        "expired": claims.sign(user_id, now=time.time() - claims.LIFETIME_SECONDS - 60),
        "from the far future": claims.sign(user_id, now=time.time() + 3600),
    }


@pytest.mark.parametrize("kind", forged(uuid.uuid4()) if settings.CLAIM_KEYS else [])
def test_a_wrong_claim_is_an_error(web, alices, kind):
    web.execute("SELECT set_config('app.claims', %s, true)", [forged(alices.user.pk)[kind]])
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification) as refused:
        web.execute(COUNT)
    assert refused.value.sqlstate == "28000"
    assert str(alices.user.pk) not in str(refused.value)


def test_an_old_claim_can_be_replayed_neither_in_a_new_transaction(web, alices):
    claim(web, alices.user.pk, now=time.time() - claims.LIFETIME_SECONDS + 1)
    assert web.execute(COUNT).fetchone() == (1,)
    stolen = web.execute("SELECT current_setting('app.claims')").fetchone()[0]
    web.commit()
    time.sleep(2)
    web.execute("SELECT set_config('app.claims', %s, true)", [stolen])
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        web.execute(COUNT)


REFUSED = {
    "read the keys": "SELECT * FROM app_private.claim_keys",
    "write a key": "INSERT INTO app_private.claim_keys VALUES ('k9', ''::bytea, ''::bytea)",
    "switch policies off": "ALTER TABLE sessions_app_analysissession DISABLE ROW LEVEL SECURITY",
    "drop a policy": "DROP POLICY web ON sessions_app_analysissession",
    "add a policy": "CREATE POLICY p ON sessions_app_analysissession USING (true)",
    "truncate": "TRUNCATE sessions_app_event",
    "replace the claim function": "CREATE OR REPLACE FUNCTION app.current_user_id() RETURNS uuid "
    "LANGUAGE sql AS $$ SELECT NULL::uuid $$",
    "create a table": "CREATE TABLE public.stash (t text)",
    "create a temporary table": "CREATE TEMP TABLE stash (t text)",
    "create a schema": "CREATE SCHEMA stash",
    "create a function": "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "copy to a program": "COPY sessions_app_user TO PROGRAM 'cat'",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "import a file": "SELECT lo_import('/etc/passwd')",
    "load a library": "LOAD 'x'",
    "read the passwords of roles": "SELECT * FROM pg_authid",
    "keep statements visible": "SET track_activities = on",
    "replicate": "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
    "lead an event astray": "UPDATE sessions_app_event SET verb = 'x'",
    "delete events": "DELETE FROM sessions_app_event",
    "write the admin's log": "INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, "
    "user_id) VALUES (now(), '', 1, '', gen_random_uuid())",
    "join a group": "INSERT INTO sessions_app_user_groups (user_id, group_id) VALUES (gen_random_uuid(), 1)",
    "invent a permission": "INSERT INTO auth_permission (name, content_type_id, codename) VALUES ('x', 1, 'x')",
    "end another connection": "SELECT pg_terminate_backend(1)",
    "cancel another's statement": "SELECT pg_cancel_backend(1)",
    "invent a group": "INSERT INTO auth_group (name) VALUES ('x')",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_web_role_may_not(web, alice, statement):
    claim(web, alice.pk)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute(statement)


@pytest.mark.parametrize("role", ["postgres", *(role for role in LOGIN_ROLES if role != WEB)])
def test_no_other_role_can_be_put_on(web, role):
    for statement in (f"SET ROLE {role}", f"SET SESSION AUTHORIZATION {role}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(statement)
        web.rollback()


def test_row_security_off_is_an_error_not_a_way_round(web, alices):
    web.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute(COUNT)


def test_copy_gives_ones_own_rows_only(web, alices, bob):
    claim(web, bob.pk)
    with web.cursor().copy("COPY sessions_app_analysissession TO STDOUT") as rows:
        assert b"".join(rows) == b""


@pytest.mark.parametrize("claimed", ["another", "nobody", "the owner"])
def test_copy_puts_rows_into_nobodys_table(web, alices, bob, claimed):
    """Rows that are copied in would not be looked at one by one, so PostgreSQL takes none where policies hold."""
    if claimed != "nobody":
        claim(web, bob.pk if claimed == "another" else alices.user.pk)
    planted = str(uuid.uuid4())
    line = f"{planted}\t{alices.user.pk}\tplanted\t\t{{}}\tf\tnow\tnow\n"
    columns = "id, owner_id, name, note, settings, is_demo, created_at, updated_at"
    statement = f"COPY sessions_app_analysissession ({columns}) FROM STDIN"
    refused = (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege)
    with pytest.raises(refused), web.cursor().copy(statement) as rows:
        rows.write(line)
    web.rollback()
    with acting_as(alices.user):
        assert not AnalysisSession.objects.filter(pk=planted).exists()


def test_a_table_of_the_same_name_elsewhere_fools_no_function(web, alices):
    claim(web, alices.user.pk)
    web.execute("SELECT set_config('search_path', 'app_private, pg_temp, public', true)")
    assert web.execute("SELECT app.current_user_id()").fetchone() == (alices.user.pk,)


def test_nobody_makes_themselves_staff(web, alice):
    claim(web, alice.pk)
    for column in ("is_staff", "is_superuser"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(f"UPDATE sessions_app_user SET {column} = true")
        web.rollback()
        claim(web, alice.pk)


def test_a_disabled_account_cant_enable_itself(web, alice):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE sessions_app_user SET is_active = false WHERE id = %s", [alice.pk])
    claim(web, alice.pk)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("UPDATE sessions_app_user SET is_active = true")


def test_asking_for_an_address_gives_an_id_and_no_password(web, alice):
    found = web.execute("SELECT * FROM app.user_id_by_email(%s)", [alice.email])
    assert [column.name for column in found.description] == ["user_id_by_email"]
    assert found.fetchone() == (alice.pk,)
    assert web.execute("SELECT password FROM sessions_app_user WHERE id = %s", [alice.pk]).fetchone() is None


def test_an_isolation_event_cant_be_forged_or_read(web, alice):
    claim(web, alice.pk)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute(
            "INSERT INTO sessions_app_event (id, owner_id, verb, object_type, data, at) "
            "VALUES (gen_random_uuid(), %s, 'isolation.attempt', '', '{}', now())",
            [alice.pk],
        )


def test_no_claim_and_no_statement_of_others_stands_in_the_activity_view(alices, bob):
    """Another connection of the same role works for Alice; everything the web role can see of it is searched."""
    with acting_as(alices.user), connections["default"].cursor() as cursor:
        cursor.execute("SELECT %s, name FROM sessions_app_analysissession", [alices.canary])
        assert cursor.fetchone()[1] == alices.canary
        for alias in ("default", "staff", "system"):
            with raw_connection(alias) as spy:
                seen = str(spy.execute("SELECT * FROM pg_stat_activity").fetchall())
            assert alices.canary not in seen
            assert "app.claims" not in seen or alias != "default"
            assert f"{alices.user.pk}|" not in seen


def test_even_where_activity_is_tracked_the_claim_is_a_parameter(alice, stack):
    """The superuser, who sees every statement, finds the statement of the claim without the claim in it."""
    with stack.services.superuser() as admin:
        admin.execute("ALTER ROLE chatmrpt_web SET track_activities = on")
        try:
            start_afresh(connections["default"])
            with scope(alice.pk), transaction.atomic():
                question = "SELECT query FROM pg_stat_activity WHERE usename = %s"
                seen = [row[0] for row in admin.execute(question, [WEB])]
        finally:
            admin.execute("ALTER ROLE chatmrpt_web SET track_activities = off")
            start_afresh(connections["default"])
    assert any("set_config" in statement for statement in seen)
    assert not any(str(alice.pk) in statement for statement in seen)


def start_afresh(connection):
    connection.close()
    connection.close_pool()
