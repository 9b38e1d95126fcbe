"""The database: who connects as whom, whether the walls stand, whether keys, clocks and tables agree with the code."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from chatmrpt.doctor.findings import Finding, ok, warning, wrong
from sessions_app.isolation.checks import LARGEST_SKEW_SECONDS, refused_keys
from sessions_app.isolation.inspection import inspect
from sessions_app.isolation.roles import OWNER, QUIET_LOG, STAFF, SYSTEM, WEB

EXPECTED = {"default": WEB, "staff": STAFF, "system": SYSTEM, "owner": OWNER}
VARIABLES = {
    "default": "DATABASE_URL",
    "staff": "DATABASE_STAFF_URL",
    "system": "DATABASE_SYSTEM_URL",
    "owner": "DATABASE_OWNER_URL",
}
OLDEST_POSTGRESQL = 150_000
CONNECT_SECONDS = 4
POWERS = """
SELECT current_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole OR r.rolcreatedb,
    EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace),
    EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid),
    current_setting('server_version_num')::int, current_setting('server_version')
FROM pg_roles r WHERE r.rolname = current_user
"""
WAITING = """
SELECT count(*) FILTER (WHERE status = 'queued'),
    count(*) FILTER (WHERE status = 'running'),
    count(*) FILTER (WHERE lease_until < now() - make_interval(secs => %(late)s)),
    coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'queued')), 0)
FROM sessions_app_analysisresult WHERE status IN ('queued', 'running')
"""
ATTEMPTS = """
SELECT count(*) FROM sessions_app_event WHERE verb = 'isolation.attempt' AND at > now() - interval '24 hours'
"""
# Beat looks every ten seconds; what is late by more than this was seen by nobody.
LATE_SECONDS = 60


@contextmanager
def connected(alias: str) -> Iterator[psycopg.Connection[Any]]:
    """A plain connection of the alias's role, beside the pool, that gives up soon."""
    parameters = connections[alias].get_connection_params()
    kept = {name: value for name, value in parameters.items() if isinstance(value, str | int)}
    with psycopg.connect(**kept | {"connect_timeout": CONNECT_SECONDS}, autocommit=True) as connection:
        yield connection


def roles_are_right() -> Iterator[Finding]:
    for alias in settings.DATABASES:
        try:
            with connected(alias) as connection:
                yield _role(alias, connection)
        except psycopg.Error as error:
            mend = f"start PostgreSQL, or correct {VARIABLES[alias]}"
            yield wrong(f"database {alias}", f"no connection: {' '.join(str(error).split())[:160]}", mend)


def _role(alias: str, connection: psycopg.Connection[Any]) -> Finding:
    name, expected = f"database {alias}", EXPECTED[alias]
    row = connection.execute(POWERS).fetchone()
    assert row is not None
    role, superuser, bypass, makes, owns, member, number, version = row
    too_much = [
        word
        for word, true in (
            ("a superuser", superuser),
            ("exempt from policies", bypass),
            ("able to make roles or databases", makes),
            ("an owner of tables", owns and alias != "owner"),
            ("a member of another role", member),
        )
        if true
    ]
    if role != expected or too_much:
        told = f"connects as {role}" + (f", which is {', '.join(too_much)}" if too_much else "")
        mend = f"let {VARIABLES[alias]} name {expected}; python -m chatmrpt.stack roles NAME makes it right"
        return wrong(name, told, mend)
    if number < OLDEST_POSTGRESQL:
        return warning(name, f"PostgreSQL {version}", "upgrade to PostgreSQL 15 or newer")
    return ok(name, f"{role} on PostgreSQL {version}, no more powers than it needs")


def walls_stand() -> Iterator[Finding]:
    with connected("default") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.sessions_app_user') IS NOT NULL")
        if not cursor.fetchone()[0]:
            yield wrong("isolation", "there are no tables", "manage.py migrate --database owner")
            return
        report = inspect(cursor)
    holes = report.holes()
    if holes:
        told = f"{len(holes)} holes: {'; '.join(holes[:3])}"
        yield wrong(
            "isolation", told, "stop serving, then manage.py check_isolation (runbook: isolation alarm)"
        )
    else:
        yield ok("isolation", f"{len(report.tables)} tables with users' rows, no hole")


def the_log_is_quiet() -> Iterator[Finding]:
    """As the web role: what users typed is in no statement and no value that the server's log quotes."""
    wanted = {**QUIET_LOG, "log_statement": "none", "log_min_duration_statement": "-1"}
    with connected("default") as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(wanted)]
        ).fetchall()
    loud = [f"{name} = {setting}" for name, setting in rows if setting != wanted[name]]
    if loud:
        told = f"the server's log quotes statements or values, so it holds words of users: {', '.join(loud)}"
        mend = "python -m chatmrpt.stack roles NAME --apply as a superuser, or set "
        yield wrong(
            "database log", told, mend + ", ".join(f"{name} = {wanted[name]}" for name in sorted(wanted))
        )
    else:
        yield ok("database log", "quotes neither statements nor values")


def tables_are_of_this_version() -> Iterator[Finding]:
    with connected("default") as connection:
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    apps = {app for app, _ in known}
    missing = sorted(known - applied - replaced)
    newer = sorted((app, name) for app, name in applied - known - replaced if app in apps)
    if missing:
        told = f"{len(missing)} migrations are not applied, {'.'.join(missing[0])} first"
        yield wrong("migrations", told, "manage.py migrate --database owner (runbook: failed migration)")
    elif newer:
        told = f"the database has {len(newer)} migrations that this code doesn't know, such as {'.'.join(newer[-1])}"
        yield warning("migrations", told, "finish the upgrade: this machine runs older code")
    else:
        yield ok("migrations", f"all {len(known)} applied")


def clocks_agree() -> Iterator[Finding]:
    with connected("default") as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    assert row is not None
    skew = float(row[0]) - time.time()
    mend = "set both clocks by NTP: claims live 30 seconds"
    if abs(skew) > LARGEST_SKEW_SECONDS:
        yield wrong("clocks", f"the database's clock differs by {skew:.1f} s", mend)
    elif abs(skew) > 1:
        yield warning("clocks", f"the database's clock differs by {skew:.1f} s", mend)
    else:
        yield ok("clocks", "this machine and the database agree")


def claim_keys_agree() -> Iterator[Finding]:
    with connected("default") as connection:
        refused = refused_keys(connection)
    names = list(settings.CLAIM_KEYS)
    mend = "manage.py install_claim_keys with the owner's connection (runbook: key rotation)"
    if names[0] in refused:
        yield wrong("claim keys", f"the database refuses {names[0]}, with which claims are signed", mend)
    elif refused:
        yield warning("claim keys", f"the database refuses {', '.join(refused)}", mend)
    else:
        yield ok("claim keys", f"{names[0]} signs, the database accepts {', '.join(names)}")


def work_goes_on() -> Iterator[Finding]:
    with connected("system") as connection:
        row = connection.execute(WAITING, {"late": LATE_SECONDS}).fetchone()
        attempts = connection.execute(ATTEMPTS).fetchone()
    assert row is not None and attempts is not None
    queued, running, late, oldest = row
    patience = settings.RESULTS["patience_seconds"]
    if late:
        mend = "see that beat and a worker run (runbook: stuck queue)"
        yield wrong("leases", f"{late} results are held by nobody for more than {LATE_SECONDS} s", mend)
    else:
        yield ok("leases", f"{running} running, each by a living worker")
    told = f"{queued} results wait" + (f", the first for {float(oldest):.0f} s" if queued else "")
    if oldest > 5 * patience:
        yield warning("waiting results", told, "start more workers (runbook: stuck queue)")
    else:
        yield ok("waiting results", told)
    if attempts[0]:
        told = f"{attempts[0]} attempts on other people's rows in 24 hours"
        yield warning("attempts", told, "look at them in the admin (runbook: isolation alarm)")
    else:
        yield ok("attempts", "none on other people's rows in 24 hours")
