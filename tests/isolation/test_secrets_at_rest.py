"""What opens an account stands in no table, for nobody who reads them: only its digest does."""

import secrets

import psycopg
import pytest
from psycopg import sql

from assistant import actions as conversations
from assistant import sharing
from sessions_app import actions as sessions
from sessions_app.accounts.actions import make_personal_token
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation import claims, testing
from sessions_app.isolation.identity import secret_hash
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import claim, raw_connection
from tests.isolation.victims import forget, signed_in

TABLES = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname IN ('public', 'app', 'app_private') ORDER BY 1, 2"
)


@pytest.fixture
def keys(_database):
    """Every kind of secret of one user, as it was handed out."""
    password = f"seven green bicycles {secrets.token_hex(6)}"
    user = testing.make_user(password=password)
    browser = signed_in(user, password=password)
    pair = issue_pair(user)
    with scope(user.pk):
        _, token = make_personal_token(by=user, name="copied", read_only=False, expires_at=None)
        session = sessions.create_session(by=user, name="copied")
        conversation = conversations.start_conversation(by=user, session=session)
        conversations.begin_turn(by=user, conversation=conversation, text="hello")
        _, link = sharing.share(by=user, conversation=conversation, days=1)
    signed = claims.sign(user.pk)
    found = {
        "password": password,
        "cookie": browser.cookies["sessionid"].value,
        "access token": pair["access"],
        "its signature": pair["access"].rpartition(".")[2],
        "refresh token": pair["refresh"],
        "the other signature": pair["refresh"].rpartition(".")[2],
        "personal token": token,
        "its secret half": token.partition(".")[2],
        "shared link": link,
        "claim": signed,
        "its signature alone": signed.rpartition("|")[2],
    }
    assert all(len(secret) >= 20 for secret in found.values())
    yield user, found
    forget(user)


def dumped(connection: psycopg.Connection, claimed: object = None) -> tuple[str, list[str]]:
    """Every row of every table as JSON, and which tables the role may not read."""
    parts, closed = [], []
    for schema, table in connection.execute(TABLES).fetchall():
        try:
            with connection.transaction():
                if claimed is not None:
                    claim(connection, claimed)
                query = sql.SQL("SELECT row_to_json(t)::text FROM {}.{} t")
                rows = connection.execute(query.format(sql.Identifier(schema), sql.Identifier(table)))
                parts += [row[0] for row in rows]
        except psycopg.errors.InsufficientPrivilege:
            closed.append(table)
    return "\n".join(parts), closed


def test_no_table_holds_a_secret_for_its_owner(keys):
    user, found = keys
    with raw_connection("owner") as connection:
        text, closed = dumped(connection)
    assert closed == []
    assert [name for name, secret in found.items() if secret in text] == []
    # The search is awake: what stands there instead of the secrets is in what it read.
    for name in ("cookie", "personal token", "shared link"):
        assert secret_hash(found[name]) in text, name
    assert user.email in text


def test_the_web_role_reads_none_of_its_own_users_secrets(keys):
    user, found = keys
    with raw_connection() as connection:
        text, closed = dumped(connection, user.pk)
    assert "claim_keys" in closed
    assert [name for name, secret in found.items() if secret in text] == []
    assert user.email in text
