"""System checks that refuse a connection, a clock or a table through which the wall could be passed.

They look at live databases, so they run where databases are named: ``manage.py check --database default``, and
before every ``migrate``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

from sessions_app.isolation import claims
from sessions_app.isolation.errors import RefusedRole
from sessions_app.isolation.inspection import inspect

LARGEST_SKEW_SECONDS = 5


@register(Tags.security)
def check_engine_and_keys(**_: Any) -> list[CheckMessage]:
    """Without connecting: the engine is ours, and claims can be signed."""
    found: list[CheckMessage] = []
    default = settings.DATABASES.get("default")
    # What Django puts where no database is named; nothing can be asked through it.
    if default and default["ENGINE"] == "django.db.backends.dummy":
        return found
    if default and default["ENGINE"] != "sessions_app.isolation.postgresql":
        hint = "Set ENGINE to sessions_app.isolation.postgresql."
        found.append(Error("The default database is used without claims.", hint=hint, id="isolation.E001"))
    if default:
        try:
            claims.signing_keys()
        except ImproperlyConfigured as error:
            found.append(Error(str(error), hint="Set CLAIM_KEYS.", id="isolation.E002"))
    return found


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """For each scoped alias: its role, the clock and the walls."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if not getattr(connection, "scoped", False):
            continue
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
                skew = float(cursor.fetchone()[0]) - time.time()
                cursor.execute("SELECT to_regnamespace('app_private') IS NOT NULL")
                holes = inspect(cursor).holes() if cursor.fetchone()[0] else []
        except RefusedRole as error:
            found.append(Error(str(error), hint="Connect as chatmrpt_web.", id="isolation.E003"))
            continue
        except OperationalError as error:
            found.append(Error(f"Database {alias!r} can't be reached: {error}", id="isolation.E004"))
            continue
        if abs(skew) > LARGEST_SKEW_SECONDS:
            message = f"The clocks of this machine and of database {alias!r} differ by {skew:.0f} s."
            hint = f"Claims live {claims.LIFETIME_SECONDS} s: set both clocks by NTP."
            found.append(Error(message, hint=hint, id="isolation.E005"))
        found += [Error(hole, hint="See docs/reference/isolation.md.", id="isolation.E006") for hole in holes]
    return found


def refused_keys(connection: psycopg.Connection[Any]) -> list[str]:
    """The names in ``CLAIM_KEYS`` with which the database accepts no claim of this moment."""
    refused = []
    for name in claims.signing_keys():
        try:
            with connection.transaction():
                claim = claims.sign(uuid4(), "check", key_name=name)
                connection.execute("SELECT pg_catalog.set_config('app.claims', %s, true)", [claim])
                connection.execute("SELECT app.current_user_id()")
        except psycopg.errors.InvalidAuthorizationSpecification:
            refused.append(name)
    return refused
