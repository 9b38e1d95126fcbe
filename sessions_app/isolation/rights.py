"""Gives every role exactly the rights that the models declare, and nobody else any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from sessions_app.isolation.owned import ALL, READ, Rights
from sessions_app.isolation.roles import BACKUP, GUESTS, STAFF, SYSTEM, WEB

NOTHING = Rights(web="", staff="", system="", backup=READ)

# Tables of other packages. A table that stands neither here nor on a model of ours is closed to all but backup.
THIRD_PARTY = {
    "auth_group": Rights(web=READ, staff=ALL, system=READ),
    "auth_group_permissions": Rights(web=READ, staff=ALL, system=READ),
    "auth_permission": Rights(web=READ, staff=READ, system=READ),
    "django_content_type": Rights(web=READ, staff=READ, system=READ),
    "django_migrations": Rights(web=READ, staff="", system=""),
    # No policy lets anybody delete from the admin's log; the right is there because Django asks for it.
    "django_admin_log": Rights(web="DELETE, SELECT", staff="DELETE, INSERT, SELECT", system=""),
    # Own rows only, and never a new one: nobody gives themselves rights.
    "sessions_app_user_groups": Rights(web="DELETE, SELECT", staff=ALL, system="DELETE, SELECT"),
    "sessions_app_user_user_permissions": Rights(web="DELETE, SELECT", staff=ALL, system="DELETE, SELECT"),
}


def declared_rights() -> Iterator[tuple[str, Rights]]:
    """Each table of the project with its rights."""
    yield "django_migrations", THIRD_PARTY["django_migrations"]
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            table = model._meta.db_table
            yield table, THIRD_PARTY.get(table) or getattr(model, "rights", NOTHING)


def of_role(rights: Rights, role: str) -> str:
    return {WEB: rights.web, STAFF: rights.staff, SYSTEM: rights.system, BACKUP: rights.backup}[role]


CLOSE_DATABASE = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {roles}', current_database());
END $$
"""


def grant_sql(existing_tables: set[str]) -> Iterator[str]:
    """Statements that take all table rights from everybody and give back the declared ones."""
    roles = ", ".join(GUESTS)
    yield CLOSE_DATABASE.format(roles=roles)
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {roles}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {roles}"
    yield f"GRANT USAGE ON SCHEMA public TO {roles}"
    for table, rights in declared_rights():
        if table not in existing_tables:
            continue
        for role in GUESTS:
            if words := of_role(rights, role):
                yield f'GRANT {words} ON "{table}" TO {role}'
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {BACKUP}"


def apply(connection: Any) -> None:
    with connection.cursor() as cursor:
        for statement in grant_sql(set(connection.introspection.table_names(cursor))):
            cursor.execute(statement)
