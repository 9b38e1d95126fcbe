"""Migration operations that put a table behind the wall. Each is plain SQL, forwards and back.

A new owned model needs, after its ``CreateModel``::

    isolate("app_thing"),
    lead_key_by_owner("app_thing"),
    owner_reference("app_thing"),
    reference("app_thing", "session_id", "sessions_app_analysissession"),   # for each key to an owned table

``manage.py check_isolation`` fails until they are there.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations import RunSQL

from sessions_app.isolation import policy_sql
from sessions_app.isolation.policy_sql import Policy

USER_TABLE = "sessions_app_user"


def isolate(
    table: str, owner_column: str = "owner_id", *, policies: Iterable[Policy] | None = None
) -> RunSQL:
    """Enable and force row-level security, with one policy for each role."""
    chosen = tuple(policies) if policies is not None else policy_sql.usual(owner_column)
    return RunSQL(
        [*policy_sql.enforce_sql(table), *(policy.create_sql(table) for policy in chosen)],
        [
            *(f'DROP POLICY {policy.name()} ON "{table}"' for policy in chosen),
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ],
    )


def share(table: str) -> RunSQL:
    """Put a table for everybody behind policies of its own: users read it, staff fill it."""
    return isolate(table, policies=policy_sql.shared())


def share_computed(table: str) -> RunSQL:
    """Put a table for everybody that maintenance computes behind policies of its own: users read it, nobody else writes."""
    return isolate(table, policies=policy_sql.computed())


def lead_key_by_owner(table: str) -> RunSQL:
    """Make the primary key ``(owner_id, id)``.

    Other tables can then refer to owner and id together, and nobody learns from a refused insert that an id is
    taken: ids of two users never meet in one unique index. The second index serves staff and maintenance; it ends
    with the owner, so that a question for another user's id is answered from the index and costs what a question for
    nobody's id costs.
    """
    return RunSQL(
        [
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (owner_id, id)',
            f'CREATE INDEX "{table}_id" ON "{table}" (id, owner_id)',
        ],
        [
            f'DROP INDEX "{table}_id"',
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (id)',
        ],
    )


def owner_reference(table: str) -> RunSQL:
    """Rows go with their user."""
    return _constraint(
        table, f"{table}_owner", f"FOREIGN KEY (owner_id) REFERENCES {USER_TABLE} (id) ON DELETE CASCADE"
    )


def reference(table: str, column: str, to: str) -> RunSQL:
    """A foreign key that includes the owner.

    The database's own checks of foreign keys ignore policies; without the owner in the key a row could point at
    another user's row, and so find out that it exists.
    """
    return _constraint(
        table,
        f"{table}_{column}_own",
        f'FOREIGN KEY (owner_id, "{column}") REFERENCES "{to}" (owner_id, id) ON DELETE CASCADE',
    )


def _constraint(table: str, name: str, definition: str) -> RunSQL:
    return RunSQL(
        [f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'],
        [f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'],
    )
