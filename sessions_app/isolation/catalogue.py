"""Reads what the inspection needs from PostgreSQL's catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sessions_app.isolation import account_sql, claim_sql, identity_sql, share_sql, trigger_sql
from sessions_app.isolation.roles import GUESTS, LOGIN_ROLES, WEB


@dataclass(frozen=True, slots=True)
class SeenPolicy:
    name: str
    permissive: bool
    roles: tuple[str, ...]
    command: str
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class SeenReference:
    columns: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class SeenFunction:
    name: str
    owner: str
    pinned: bool
    public: bool


@dataclass
class Catalogue:
    tables: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    table_owners: dict[str, str] = field(default_factory=dict)
    policies: dict[str, list[SeenPolicy]] = field(default_factory=dict)
    unique_keys: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    indexes: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    foreign_keys: dict[str, list[SeenReference]] = field(default_factory=dict)
    refers_to_user: dict[str, str] = field(default_factory=dict)
    rights: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    memberships: list[tuple[str, str]] = field(default_factory=list)
    database_rights: list[str] = field(default_factory=list)
    views: dict[str, tuple[str, set[str], bool]] = field(default_factory=dict)
    definer_functions: list[SeenFunction] = field(default_factory=list)
    wrong_functions: list[str] = field(default_factory=list)
    triggers: set[tuple[str, str]] = field(default_factory=set)


def shown(expression: str) -> str:
    """How PostgreSQL prints the sub-select that every policy holds."""
    name = re.search(r"app\.(\w+)\(\)", expression)
    assert name is not None
    return f"( SELECT app.{name[1]}() AS {name[1]})"


def read(cursor: Any) -> Catalogue:
    seen = Catalogue()
    _read_tables(cursor, seen)
    _read_keys(cursor, seen)
    _read_rights(cursor, seen)
    _read_roles(cursor, seen)
    _read_views(cursor, seen)
    _read_functions(cursor, seen)
    return seen


def _read_tables(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, r.rolname "
        "FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    for table, enabled, forced, owner in cursor.fetchall():
        seen.tables[table] = (enabled, forced)
        seen.table_owners[table] = owner
    cursor.execute(
        "SELECT tablename, policyname, permissive = 'PERMISSIVE', roles::text[], cmd, qual, with_check "
        "FROM pg_policies WHERE schemaname = 'public' ORDER BY policyname"
    )
    for table, name, permissive, roles, command, using, check in cursor.fetchall():
        policy = SeenPolicy(name, permissive, tuple(roles), command, using, check)
        seen.policies.setdefault(table, []).append(policy)


def _read_keys(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT t.relname, i.indisunique, i.indpred IS NULL, "
        "ARRAY(SELECT a.attname FROM unnest(i.indkey::int[]) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place)::text[] "
        "FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid "
        "WHERE t.relnamespace = 'public'::regnamespace AND i.indisvalid"
    )
    for table, unique, whole, columns in cursor.fetchall():
        if whole:
            seen.indexes.setdefault(table, []).append(tuple(columns))
        if unique:
            seen.unique_keys.setdefault(table, []).append(tuple(columns))
    cursor.execute(
        "SELECT t.relname, f.relname, "
        "ARRAY(SELECT a.attname FROM unnest(c.conkey) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place)::text[] "
        "FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid "
        "WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace"
    )
    for table, to, columns in cursor.fetchall():
        seen.foreign_keys.setdefault(table, []).append(SeenReference(tuple(columns), to))
        if to == "sessions_app_user" and len(columns) == 1:
            seen.refers_to_user[table] = columns[0]
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'owner_id'"
    )
    for (table,) in cursor.fetchall():
        seen.refers_to_user[table] = "owner_id"


def _read_rights(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT c.relname, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, g.privilege_type "
        "FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') "
        "UNION ALL "
        "SELECT c.relname, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, "
        "g.privilege_type || ' of ' || a.attname "
        "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g "
        "WHERE c.relnamespace = 'public'::regnamespace"
    )
    for table, role, right in cursor.fetchall():
        seen.rights.setdefault((table, role), set()).add(right)


def _read_roles(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb FROM pg_roles "
        "WHERE rolname = ANY (%s)",
        [list(LOGIN_ROLES)],
    )
    words = ("is a superuser", "bypasses policies", "creates roles", "replicates", "creates databases")
    for role, *flags in cursor.fetchall():
        seen.roles[role] = [word for word, flag in zip(words, flags, strict=True) if flag]
    cursor.execute(
        "SELECT m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m "
        "WHERE m.member::regrole::text = ANY (%s)",
        [list(LOGIN_ROLES)],
    )
    seen.memberships = list(cursor.fetchall())
    questions = {
        "may create in schema public": "has_schema_privilege(%s, 'public', 'CREATE')",
        "may enter schema app_private": "has_schema_privilege(%s, 'app_private', 'USAGE')",
        "may create in schema app": "has_schema_privilege(%s, 'app', 'CREATE')",
        "may create schemas": "has_database_privilege(%s, current_database(), 'CREATE')",
        "may create temporary tables": "has_database_privilege(%s, current_database(), 'TEMP')",
        # By oid: looking a name up needs the right to enter its schema.
        "may read the claim keys": "has_table_privilege(%s, (SELECT c.oid FROM pg_class c WHERE "
        "c.relname = 'claim_keys' AND c.relnamespace = 'app_private'::regnamespace), 'SELECT')",
    }
    for role in (role for role in GUESTS if role in seen.roles):
        for words_of, question in questions.items():
            cursor.execute(f"SELECT {question}", [role])
            if cursor.fetchone()[0]:
                seen.database_rights.append(f"role {role} {words_of}")
    cursor.execute(
        "SELECT coalesce((SELECT 'track_activities=off' = ANY (s.setconfig) FROM pg_db_role_setting s "
        "WHERE s.setrole = to_regrole(%s) AND s.setdatabase = 0), false) "
        # A managed server, which gives out no superuser, has it off for everybody.
        "OR (SELECT reset_val = 'off' FROM pg_settings WHERE name = 'track_activities')",
        [WEB],
    )
    if not cursor.fetchone()[0]:
        seen.database_rights.append(f"statements of role {WEB} can be read in pg_stat_activity")


def _read_views(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT v.relname, v.relkind::text, t.relname, coalesce('security_invoker=true' = ANY (v.reloptions), false) "
        "FROM pg_class v JOIN pg_rewrite w ON w.ev_class = v.oid "
        "JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid "
        "JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid "
        "WHERE v.relkind IN ('v', 'm') AND v.relnamespace NOT IN ('pg_catalog'::regnamespace, "
        "'information_schema'::regnamespace) AND t.oid <> v.oid"
    )
    for view, kind, table, invoker in cursor.fetchall():
        entry = seen.views.setdefault(view, (kind, set(), invoker))
        entry[1].add(table)


def _read_functions(cursor: Any, seen: Catalogue) -> None:
    cursor.execute(
        "SELECT p.oid::regprocedure::text, r.rolname, "
        "coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false), "
        "EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g WHERE g.grantee = 0) "
        "FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner "
        "WHERE p.prosecdef AND p.pronamespace NOT IN ('pg_catalog'::regnamespace) ORDER BY 1"
    )
    seen.definer_functions = [SeenFunction(*row) for row in cursor.fetchall()]
    cursor.execute(
        "SELECT 'app.' || proname, prosrc FROM pg_proc WHERE pronamespace = to_regnamespace('app') ORDER BY 1"
    )
    installed = dict(cursor.fetchall())
    ours = _function_bodies()
    seen.wrong_functions = [
        name for name in sorted({*ours, *installed}) if ours.get(name) != installed.get(name)
    ]
    cursor.execute(
        "SELECT t.relname, g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid "
        "WHERE NOT g.tgisinternal AND g.tgenabled = 'O'"
    )
    seen.triggers = set(cursor.fetchall())


def _function_bodies() -> dict[str, str]:
    """The functions that the project installs, by name."""
    texts = [
        *claim_sql.INSTALL,
        *identity_sql.INSTALL,
        *share_sql.INSTALL,
        *trigger_sql.INSTALL,
        *account_sql.INSTALL,
    ]
    made = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (app\.\w+)\(.*?AS \$\$(.*)\$\$", re.DOTALL)
    found = (made.search(text) for text in texts)
    return {match[1]: match[2] for match in found if match}
