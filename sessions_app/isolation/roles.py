"""The login roles, and the statements that a database superuser runs once to make them.

| role | for | may look past its own rows |
|---|---|---|
| ``chatmrpt_owner`` | migrations | yes, by its own policies |
| ``chatmrpt_web`` | pages, API, workers | no |
| ``chatmrpt_staff`` | the admin site's own connection | yes, read mostly; its use is recorded |
| ``chatmrpt_system`` | scheduled maintenance | yes, with few rights |
| ``chatmrpt_backup`` | ``pg_dump --enable-row-security`` | yes, read only |

None is a member of another, so no injected ``SET ROLE`` leads anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

OWNER = "chatmrpt_owner"
WEB = "chatmrpt_web"
STAFF = "chatmrpt_staff"
SYSTEM = "chatmrpt_system"
BACKUP = "chatmrpt_backup"
LOGIN_ROLES = (OWNER, WEB, STAFF, SYSTEM, BACKUP)
GUESTS = (WEB, STAFF, SYSTEM, BACKUP)
SHORT_NAMES = {role.removeprefix("chatmrpt_"): role for role in LOGIN_ROLES}

CREATE_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$
"""
ATTRIBUTES = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION"


def bootstrap_sql(
    database: str, passwords: Mapping[str, str], *, create_databases: bool = False
) -> list[str]:
    """Statements that make the roles and hand them ``database``; running them again changes nothing.

    Parameters
    ----------
    database
        An existing database. Run the statements while connected to it, as a superuser.
    passwords
        One per role, by short name: ``owner``, ``web``, ``staff``, ``system``, ``backup``.
    """
    name = sql.Identifier(database)
    statements = []
    for short, role in SHORT_NAMES.items():
        # The owner inherits what PostgreSQL gives the owner of a database in it, and has no other membership.
        inherits = "INHERIT" if role == OWNER else "NOINHERIT"
        identifier = sql.Identifier(role)
        statements += [
            sql.SQL(CREATE_ROLE).format(role=identifier),
            sql.SQL("ALTER ROLE {} WITH {} PASSWORD {}").format(
                identifier, sql.SQL(f"{ATTRIBUTES} {inherits}"), sql.Literal(passwords[short])
            ),
        ]
    owner, guests = sql.Identifier(OWNER), sql.SQL(", ").join(sql.Identifier(role) for role in GUESTS)
    statements += [
        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, guests),
        sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        # Statements of one request carry names and settings of its user; no other request may read along.
        sql.SQL("ALTER ROLE {} SET track_activities = off").format(sql.Identifier(WEB)),
        # Every connection of the web role could end every other one's work.
        sql.SQL(
            "REVOKE EXECUTE ON FUNCTION pg_terminate_backend(int, bigint), pg_cancel_backend(int) FROM PUBLIC"
        ),
    ]
    return [statement.as_string(None) for statement in statements]
