"""Refuses migrations that a version which is still running would not survive, or that would make it wait.

Machines are updated one after the other: for a while the old version works on the new tables. So a release may add,
and take away only what the release before it has stopped using. Asked of every migration after RELEASED; a table
that is itself new may be made in any way.

Where an operation is right nevertheless, its migration says so: `why_safe = {"RemoveField thing.note": "..."}`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import django
from django.apps import apps
from django.contrib.postgres import operations as postgres
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.expressions import Value
from django.db.models.functions import Now

# The last migration of each app that a running version can have. Moved on with every release. A new app of ours begins with
# its first migration here, before it is released: what is not named is not known, and nothing that happens to it would be found.
RELEASED = {
    "sessions_app": "0011_accounts_wall",
    "reference": "0001_initial",
    "analysis": "0004_dhis2_login_wall",
    "assistant": "0009_history_wall",
}

ASKED_FOR = (
    "the version that is running still asks for it; stop using it in one release, remove it in the next"
)
SCANS = "reads or rewrites every row while nobody else may write"
INSERTS = "the version that is running inserts rows without it; allow NULL or give a db_default"
HOLDS = "holds the tables' locks while rows are changed; give it a migration of its own"
SCHEMA = (
    operations.AddField,
    operations.AlterField,
    operations.RemoveField,
    operations.AddIndex,
    operations.AddConstraint,
    operations.RenameField,
)


@dataclass(frozen=True)
class Finding:
    name: str
    why: str


def findings(migration: Migration, state: ProjectState, known: frozenset[tuple[str, str]]) -> list[Finding]:
    """What is unsafe in one migration. `known` are the models, app and name, whose tables already hold rows."""
    found: list[Finding] = []
    flat = list(_flat(migration.operations))
    for operation, in_database in flat:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        if in_database:
            found += _of(operation, migration.app_label, before, state, known)
    moves_rows = [op for op, _ in flat if isinstance(op, operations.RunPython)]
    if migration.atomic and moves_rows and any(isinstance(op, SCHEMA) for op, _ in flat):
        found.append(Finding("RunPython", HOLDS))
    return found


def unexplained(migration: Migration, found: Iterable[Finding]) -> list[str]:
    """Findings that the migration gives no reason for, and reasons that are for nothing."""
    reasons: dict[str, str] = getattr(migration, "why_safe", {})
    place = f"{migration.app_label}.{migration.name}"
    names = {finding.name for finding in found}
    wrong = [f"{place}: {one.name}: {one.why}" for one in found if not reasons.get(one.name, "").strip()]
    return wrong + [
        f"{place}: why_safe speaks of {name}, which is not unsafe" for name in reasons if name not in names
    ]


def _flat(found: Iterable[Operation]) -> Iterator[tuple[Operation, bool]]:
    """Operations, with whether they reach the database."""
    for operation in found:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from ((inner, False) for inner in operation.state_operations)
            yield from ((inner, True) for inner in operation.database_operations)
        else:
            yield operation, True


def _of(
    operation: Operation,
    app: str,
    before: ProjectState,
    after: ProjectState,
    known: frozenset[tuple[str, str]],
) -> Iterator[Finding]:
    kind = type(operation).__name__
    if isinstance(operation, operations.RunSQL):
        yield from _of_sql(
            _text(operation.sql), frozenset(_table(before, key) for key in known if key in before.models)
        )
        return
    model = getattr(operation, "model_name", getattr(operation, "old_name", getattr(operation, "name", "")))
    key = (app, str(model).lower())
    if key not in known:
        return
    part = getattr(operation, "name", None) or getattr(operation, "old_name", "")
    name = f"{kind} {key[1]}.{part}" if hasattr(operation, "model_name") else f"{kind} {key[1]}"
    if isinstance(
        operation,
        (
            operations.RemoveField,
            operations.RenameField,
            operations.DeleteModel,
            operations.RenameModel,
            operations.AlterModelTable,
        ),
    ):
        yield Finding(name, ASKED_FOR)
    elif isinstance(operation, operations.AddField):
        yield from (Finding(name, why) for why in _of_new_field(operation.field))
    elif isinstance(operation, operations.AlterField):
        old = before.models[key].fields[operation.name]
        yield from (Finding(name, why) for why in _of_changed_field(old, operation.field))
    elif isinstance(operation, operations.AddIndex) and not isinstance(
        operation, postgres.AddIndexConcurrently
    ):
        index = operation.index.name
        yield Finding(f"{kind} {key[1]}.{index}", f"{SCANS}; use AddIndexConcurrently")
    elif isinstance(operation, operations.AddConstraint) and not isinstance(
        operation, postgres.AddConstraintNotValid
    ):
        advice = "AddConstraintNotValid, then ValidateConstraint"
        if isinstance(operation.constraint, models.UniqueConstraint):
            advice = "a unique index made concurrently"
        yield Finding(f"{kind} {key[1]}.{operation.constraint.name}", f"{SCANS}; use {advice}")
    elif isinstance(operation, (operations.AlterUniqueTogether, operations.AlterOrderWithRespectTo)):
        yield Finding(name, SCANS)


def _of_new_field(field: models.Field) -> Iterator[str]:
    if field.many_to_many:
        return
    if not field.null and not field.has_db_default() and not getattr(field, "generated", False):
        yield INSERTS
    default = field.db_default if field.has_db_default() else Value(None)
    if getattr(field, "generated", False) or not isinstance(default, (Value, Now, str, int, float, bool)):
        yield SCANS
    if field.unique or field.db_index or (field.remote_field and getattr(field, "db_constraint", True)):
        yield f"{SCANS}; add the column bare, then its index concurrently and its constraint NOT VALID"


def _of_changed_field(old: models.Field, new: models.Field) -> Iterator[str]:
    if old.null and not new.null:
        yield INSERTS
    if old.db_column != new.db_column:
        yield ASKED_FOR
    if (new.unique and not old.unique) or (new.db_index and not old.db_index):
        yield f"{SCANS}; make the index concurrently"
    if old.get_internal_type() != new.get_internal_type() or _narrower(old, new):
        yield f"{SCANS}; add a column of the new type and fill it"


def _narrower(old: models.Field, new: models.Field) -> bool:
    if new.max_length is None:
        return False
    return old.max_length is None or new.max_length < old.max_length


ALTERED = re.compile(r'ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"?(\w+)"?\s+([^;]*)', re.IGNORECASE)
INDEXED = re.compile(
    r'CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)[^;]*?\bON\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE
)
EMPTIED = re.compile(
    r'\b(?:DROP\s+TABLE(?:\s+IF\s+EXISTS)?|TRUNCATE(?:\s+TABLE)?|LOCK(?:\s+TABLE)?|CLUSTER|VACUUM\s+FULL)\s+"?(\w+)"?',
    re.IGNORECASE,
)
UNSAFE_CHANGES = (
    (re.compile(r"\b(?:DROP\s+COLUMN|RENAME)\b", re.IGNORECASE), ASKED_FOR),
    (re.compile(r"\bSET\s+NOT\s+NULL\b", re.IGNORECASE), INSERTS),
    (re.compile(r"\bADD\s+COLUMN\b(?!.*\bDEFAULT\b).*\bNOT\s+NULL\b", re.IGNORECASE | re.DOTALL), INSERTS),
    (re.compile(r"\b(?:SET\s+DATA\s+)?TYPE\s+\w", re.IGNORECASE), SCANS),
    (
        re.compile(
            r"\bADD\s+CONSTRAINT\b(?!.*(?:\bNOT\s+VALID\b|\bUSING\s+INDEX\b))", re.IGNORECASE | re.DOTALL
        ),
        f"{SCANS}; add it NOT VALID, then VALIDATE CONSTRAINT",
    ),
    (re.compile(r"\bADD\s+PRIMARY\s+KEY\s*\(", re.IGNORECASE), SCANS),
)


def _of_sql(text: str, tables: frozenset[str]) -> Iterator[Finding]:
    for table, change in ALTERED.findall(text):
        if table in tables:
            wrong = (why for pattern, why in UNSAFE_CHANGES if pattern.search(change))
            yield from (Finding(f"ALTER TABLE {table}", why) for why in wrong)
    for pattern, words, why in (
        (INDEXED, "CREATE INDEX", f"{SCANS}; CREATE INDEX CONCURRENTLY in a migration with atomic = False"),
        (EMPTIED, "LOCK, DROP or TRUNCATE", ASKED_FOR),
    ):
        yield from (Finding(f"{words} {table}", why) for table in pattern.findall(text) if table in tables)


def _text(sql: object) -> str:
    if isinstance(sql, str):
        return sql
    parts = sql if isinstance(sql, (list, tuple)) else ()
    return ";\n".join(part if isinstance(part, str) else str(part[0]) for part in parts)


def _table(state: ProjectState, key: tuple[str, str]) -> str:
    return str(state.models[key].options.get("db_table") or "_".join(key))


def check(loader: MigrationLoader) -> tuple[int, list[str]]:
    """How many migrations came after RELEASED, and what is wrong with them."""
    state, before = ProjectState(), set()
    for node in RELEASED.items():
        for step in loader.graph.forwards_plan(node):
            if step not in before:
                before.add(step)
                state = loader.graph.nodes[step].mutate_state(state, preserve=False)
    known, wrong, asked = frozenset(state.models), [], 0
    for leaf in loader.graph.leaf_nodes():
        for step in loader.graph.forwards_plan(leaf):
            if step in before:
                continue
            before.add(step)
            asked += 1
            migration = loader.graph.nodes[step]
            # Other packages change their own tables as they see fit.
            ours = "site-packages" not in apps.get_app_config(migration.app_label).path
            found = findings(migration, state, known if ours else frozenset())
            wrong += unexplained(migration, found)
    return asked, wrong


def main() -> int:
    django.setup()
    asked, wrong = check(MigrationLoader(None))
    print(
        "\n".join(wrong) or f"{asked} migrations since the last release, each safe beside a running version"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
