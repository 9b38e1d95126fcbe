"""What a database needs after its tables exist: the keys that verify claims, and the roles' rights."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.db import connections, transaction

from sessions_app.isolation import claim_sql, claims, rights

OWNER_ALIAS = "owner"


def after_migrate(using: str, **details: Any) -> None:
    """Run after every ``migrate`` on the owner's connection; a test's ``flush`` sends no plan and changes no right."""
    if using != OWNER_ALIAS or "plan" not in details or not _wall_is_up(using):
        return
    with transaction.atomic(using=using):
        rights.apply(connections[using])
    if settings.CLAIM_KEYS:
        install_claim_keys(using)


def install_claim_keys(using: str = OWNER_ALIAS) -> list[str]:
    """Make the database accept exactly the keys in ``settings.CLAIM_KEYS``; returns their names."""
    keys = claims.signing_keys()
    with transaction.atomic(using=using), psycopg.Cursor(connections[using].connection) as cursor:
        for statement in claim_sql.KEY_TABLE:
            cursor.execute(statement)
        cursor.execute("DELETE FROM app_private.claim_keys WHERE kid <> ALL (%s)", [list(keys)])
        for name, key in keys.items():
            cursor.execute(
                "INSERT INTO app_private.claim_keys (kid, inner_pad, outer_pad) VALUES (%s, %s, %s) "
                "ON CONFLICT (kid) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
                [name, *claims.padded(key)],
            )
    return list(keys)


def _wall_is_up(using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('app.current_user_id()') IS NOT NULL")
        return bool(cursor.fetchone()[0])
