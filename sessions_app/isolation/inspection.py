"""Looks at a live database and names every hole in the wall.

Nothing here trusts the migrations: tables, policies, keys, rights, roles, views and functions are read from
PostgreSQL's catalogue and compared with what ``owned.py``, ``rights.py`` and ``policy_sql.py`` declare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sessions_app.isolation import catalogue
from sessions_app.isolation.owned import owned_models
from sessions_app.isolation.policy_sql import ASKER
from sessions_app.isolation.rights import declared_rights, of_role
from sessions_app.isolation.roles import GUESTS, LOGIN_ROLES, OWNER, WEB
from sessions_app.isolation.shared import shared_models

# Unique without the owner, because they are looked up before it is known who asks.
GLOBAL_KEYS = frozenset(
    {
        ("sessions_app_user", ("email",)),
        ("sessions_app_personaltoken", ("secret_hash",)),
        ("sessions_app_websession", ("key_hash",)),
        ("sessions_app_linkedsignin", ("subject_hash",)),
    }
)
TRIGGERS = frozenset(
    {
        ("sessions_app_user", "guard"),
        ("sessions_app_user", "guard_quota"),
        ("sessions_app_user", "forget_events"),
        ("sessions_app_analysisresult", "guard"),
    }
)
READS = frozenset({"ALL", "SELECT", "UPDATE", "DELETE"})
WRITES = frozenset({"ALL", "INSERT", "UPDATE"})


# What stands for the owner's column of a table whose rows are for everybody.
EVERYBODY = "everybody"


@dataclass
class TableReport:
    """One owned or shared table and what is wrong with it."""

    table: str
    owner_column: str
    holes: list[str] = field(default_factory=list)


@dataclass
class Report:
    tables: list[TableReport]
    general: list[str]

    def holes(self) -> list[str]:
        return [f"{entry.table}: {hole}" for entry in self.tables for hole in entry.holes] + self.general


def inspect(cursor: Any) -> Report:
    """The state of the wall as ``cursor``'s database has it."""
    seen = catalogue.read(cursor)
    owners = {model._meta.db_table: column for model, column in owned_models()}
    for table in seen.tables:
        if table not in owners and table in seen.refers_to_user:
            owners[table] = seen.refers_to_user[table]
    tables = []
    for table, column in sorted(owners.items()):
        entry = TableReport(table, column)
        if table in seen.tables:
            entry.holes += _row_security(seen, table)
            entry.holes += _policies(seen, table, column)
            entry.holes += _keys(seen, table, column, owners)
        else:
            entry.holes.append("the table does not exist")
        tables.append(entry)
    tables += _shared_tables(seen)
    general = [*_roles(seen), *_rights(seen), *_objects(seen, set(owners)), *_functions(seen)]
    return Report(tables, general)


def _shared_tables(seen: catalogue.Catalogue) -> Iterator[TableReport]:
    for table in sorted(model._meta.db_table for model in shared_models()):
        entry = TableReport(table, EVERYBODY)
        if table in seen.tables:
            entry.holes += _row_security(seen, table)
            entry.holes += _shared_policies(seen, table)
        else:
            entry.holes.append("the table does not exist")
        yield entry


def _shared_policies(seen: catalogue.Catalogue, table: str) -> Iterator[str]:
    """Users read with a claim and never write; by policy and, once more, by right."""
    policies = seen.policies.get(table, [])
    signed_in = f"({catalogue.shown(ASKER)} IS NOT NULL)"
    of_web = [policy for policy in policies if WEB in policy.roles]
    for policy in policies:
        for role in policy.roles:
            if role not in LOGIN_ROLES:
                yield f"policy {policy.name} is for {role}"
    for policy in of_web:
        if policy.command != "SELECT":
            yield f"policy {policy.name} lets the web role write rows for everybody"
        if policy.using != signed_in:
            yield f"policy {policy.name} shows rows to nobody in particular"
    if not of_web:
        yield f"no policy for {WEB}"
    writes = seen.rights.get((table, WEB), set()) - {"SELECT"}
    if writes:
        yield f"role {WEB} may {', '.join(sorted(writes))}"


def _row_security(seen: catalogue.Catalogue, table: str) -> Iterator[str]:
    enabled, forced = seen.tables[table]
    if not enabled:
        yield "row-level security is not enabled"
    if not forced:
        yield "row-level security is not forced on the table's owner"


def _policies(seen: catalogue.Catalogue, table: str, column: str) -> Iterator[str]:
    policies = seen.policies.get(table, [])
    own = f"({column} = {catalogue.shown(ASKER)})"
    covered: dict[tuple[str, str], int] = {}
    for policy in policies:
        for role in policy.roles:
            if role not in LOGIN_ROLES:
                yield f"policy {policy.name} is for {role}"
            for command in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                if policy.permissive and policy.command in (command, "ALL"):
                    covered[role, command] = covered.get((role, command), 0) + 1
        if WEB not in policy.roles:
            continue
        if policy.command in READS and own not in (policy.using or ""):
            yield f"policy {policy.name} shows the web role more than its user's rows"
        if policy.command in WRITES and own not in (policy.check or policy.using or ""):
            yield f"policy {policy.name} lets the web role write rows of others"
        if any(" OR " in (text or "") for text in (policy.using, policy.check)):
            yield f"policy {policy.name} joins scopes with OR"
    for (role, command), count in sorted(covered.items()):
        if count > 1:
            yield f"{count} permissive policies of {role} for {command}"
    for role in (WEB, OWNER):
        if (role, "SELECT") not in covered:
            yield f"no policy for {role}"


def _keys(seen: catalogue.Catalogue, table: str, column: str, owners: dict[str, str]) -> Iterator[str]:
    web_writes = {"INSERT", "UPDATE"} & seen.rights.get((table, WEB), set())
    for columns in seen.unique_keys.get(table, []):
        led = columns[:1] == (column,)
        if web_writes and not led and (table, columns) not in GLOBAL_KEYS:
            yield f"unique key ({', '.join(columns)}) is not led by {column}"
    if not any(columns[:1] == (column,) for columns in seen.indexes.get(table, [])):
        yield f"no index is led by {column}"
    for reference in seen.foreign_keys.get(table, []):
        to_owned = reference.to in owners and reference.to != "sessions_app_user"
        if to_owned and column not in reference.columns:
            yield f"foreign key ({', '.join(reference.columns)}) to {reference.to} leaves out {column}"
    for model, _ in owned_models():
        if model._meta.db_table != table:
            continue
        for key in model._meta.concrete_fields:
            target = key.remote_field.model._meta.db_table if key.is_relation else None
            if target not in owners or target == "sessions_app_user":
                continue
            pairs = [reference.columns for reference in seen.foreign_keys.get(table, [])]
            if (column, key.column) not in pairs:
                yield f"{key.column} has no foreign key together with {column}"


def _roles(seen: catalogue.Catalogue) -> Iterator[str]:
    for role in LOGIN_ROLES:
        if role not in seen.roles:
            yield f"role {role} does not exist"
            continue
        for attribute in seen.roles[role]:
            yield f"role {role} {attribute}"
    for member, group in seen.memberships:
        yield f"role {member} is a member of {group}"
    for table, owner in seen.table_owners.items():
        if owner in GUESTS:
            yield f"role {owner} owns {table}"
    yield from seen.database_rights


def _rights(seen: catalogue.Catalogue) -> Iterator[str]:
    declared = dict(declared_rights())
    for table in sorted(seen.tables):
        for role in GUESTS:
            words = of_role(declared[table], role) if table in declared else ""
            allowed = {_as_seen(word) for word in words.split(",") if word.strip()}
            extra = seen.rights.get((table, role), set()) - allowed
            if extra:
                yield f"{table}: role {role} may {', '.join(sorted(extra))}, which nobody declared"
        if seen.rights.get((table, "PUBLIC")):
            yield f"{table}: PUBLIC has rights"


def _as_seen(word: str) -> str:
    """A declared right as the catalogue is read: ``UPDATE (name)`` is ``UPDATE of name``."""
    return word.strip().replace(" (", " of ").removesuffix(")")


def _objects(seen: catalogue.Catalogue, owned: set[str]) -> Iterator[str]:
    for view, (kind, uses, invoker) in sorted(seen.views.items()):
        over = sorted(owned & uses)
        if over and kind == "m":
            yield f"materialised view {view} copies rows of {', '.join(over)}"
        elif over and not invoker:
            yield f"view {view} over {', '.join(over)} is not security_invoker"


def _functions(seen: catalogue.Catalogue) -> Iterator[str]:
    for function in seen.definer_functions:
        if not function.pinned:
            yield f"function {function.name} has no pinned search_path"
        if function.public:
            yield f"function {function.name} may be called by everybody"
        if function.owner != OWNER:
            yield f"function {function.name} runs as {function.owner}"
    for name in seen.wrong_functions:
        yield f"function {name} is not the one that the project installs"
    for table, trigger in sorted(TRIGGERS - seen.triggers):
        yield f"{table}: trigger {trigger} is missing or disabled"
