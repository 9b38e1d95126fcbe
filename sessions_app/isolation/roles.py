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
# The privacy notice says that logs hold no words of users.
QUIET_LOG = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
SHORT_NAMES = {role.removeprefix("chatmrpt_"): role for role in LOGIN_ROLES}

CREATE_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$
"""
PLAIN = "LOGIN NOCREATEROLE NOCREATEDB"
NO_POWERS = "NOSUPERUSER NOBYPASSRLS NOREPLICATION"


def bootstrap_sql(database: str, passwords: Mapping[str, str], *, managed: bool = False) -> list[str]:
    """Statements that make the roles and hand them ``database``; running them again changes nothing.

    Parameters
    ----------
    database
        An existing database. Run the statements while connected to it.
    passwords
        One per role, by short name: ``owner``, ``web``, ``staff``, ``system``, ``backup``.
    managed
        Whether they are run by the master user of a managed service, who may make roles and owns the database and is no
        superuser. Some locks can't be laid then; docs/reference/isolation.md names them.
    """
    name = sql.Identifier(database)
    owner, guests = sql.Identifier(OWNER), sql.SQL(", ").join(sql.Identifier(role) for role in GUESTS)
    statements = [
        statement
        for short, role in SHORT_NAMES.items()
        for statement in _role_sql(role, passwords[short], managed)
    ]
    if managed:
        # To hand the database over one must be able to become its new owner; nothing is inherited.
        statements.append(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE").format(owner))
    statements.append(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
    if managed:
        statements.append(sql.SQL("SET ROLE {}").format(owner))
    statements += [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, guests),
        sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
    ]
    if managed:
        # So that the same user can run this again.
        again = sql.SQL("GRANT CONNECT ON DATABASE {} TO SESSION_USER").format(name)
        statements += [again, sql.SQL("RESET ROLE")]
    else:
        statements += _superuser_sql()
    return [statement.as_string(None) for statement in statements]


def _role_sql(role: str, password: str, managed: bool) -> list[sql.Composed]:
    # The owner inherits what PostgreSQL gives the owner of a database in it, and has no other membership.
    inherits = "INHERIT" if role == OWNER else "NOINHERIT"
    # A fresh role has none of the powers that only a superuser could take away; the system checks refuse one that has.
    attributes = PLAIN if managed else f"{PLAIN} {NO_POWERS}"
    identifier = sql.Identifier(role)
    return [
        sql.SQL(CREATE_ROLE).format(role=identifier),
        sql.SQL("ALTER ROLE {} WITH {} PASSWORD {}").format(
            identifier, sql.SQL(f"{attributes} {inherits}"), sql.Literal(password)
        ),
    ]


def _superuser_sql() -> list[sql.Composed | sql.SQL]:
    return [
        # Statements of one request carry names and settings of its user; no other request may read along.
        sql.SQL("ALTER ROLE {} SET track_activities = off").format(sql.Identifier(WEB)),
        # An error would quote the statement and the row in the server's log, with what users typed.
        *(
            sql.SQL(f"ALTER ROLE {{}} SET {name} = {value}").format(sql.Identifier(role))
            for role in LOGIN_ROLES
            for name, value in QUIET_LOG.items()
        ),
        # Every connection of the web role could end every other one's work.
        sql.SQL(
            "REVOKE EXECUTE ON FUNCTION pg_terminate_backend(int, bigint), pg_cancel_backend(int) FROM PUBLIC"
        ),
    ]
