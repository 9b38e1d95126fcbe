"""Takes a backup: rows and objects of one moment, with a list by which a restore can be held against it.

The rows come from `pg_dump` as the backup role, which reads everything under its own policies and writes nothing; the
keys that verify claims stay out. Row counts, the list of objects and the dump are read from one snapshot of the
database, so a backup under load is whole in itself.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from chatmrpt.environment import Environment
from chatmrpt.stack.binaries import postgres_folder
from chatmrpt.stack.folders import state_folder
from chatmrpt.stack.processes import run
from sessions_app.checksums import sha256_of

FORMAT = 1
KEYS = "app_private"
DUMP, MANIFEST, OBJECTS = "rows.dump", "manifest.json", "objects"
COPIES_AT_ONCE = 8


class BackupFailed(SystemExit):
    """What a person has to look at; nothing of a broken backup is left under its name."""


@dataclass(frozen=True)
class StoredObject:
    storage_key: str
    sha256: str
    size_bytes: int


def backup(folder: Path) -> None:
    """Write rows, objects and the manifest to a new folder; its name appears when all is there."""
    import django

    django.setup()
    partial = folder.with_name(f".{folder.name}.part")
    try:
        if folder.exists():
            raise BackupFailed(f"{folder} is there already; a backup never replaces another.")
        address = database_address("DATABASE_BACKUP_URL")
        refuse_other_tables(address)
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise BackupFailed(
            f"No backup can be made in {folder.parent}: {error.strerror} for user {os.geteuid()}."
        ) from None
    with connected(address) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = one(connection, "SELECT pg_export_snapshot()")
        dump_rows(address, snapshot, partial / DUMP)
        objects = list(stored_objects(connection))
        contents = {
            "format": FORMAT,
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code_version": os.environ.get("CODE_VERSION", ""),
            "migrations": sorted(applied_migrations(connection) & known_migrations()),
            "rows": row_counts(connection),
            "walls": walls(connection),
        }
    gone = copy_objects(objects, partial / OBJECTS)
    contents |= {
        "rows_sha256": sha256_of(partial / DUMP),
        "objects": [asdict(found) for found in objects if found.storage_key not in gone],
        # Deleted by their owners after the snapshot and before they were copied.
        "gone": sorted(gone),
    }
    (partial / MANIFEST).write_text(json.dumps(contents, indent=1) + "\n")
    partial.rename(folder)
    note_backup()
    rows = sum(contents["rows"].values())
    print(f"{folder}: {rows} rows of {len(contents['rows'])} tables, {len(objects) - len(gone)} objects")


def refuse_other_tables(address: str) -> None:
    """A restore wants the tables that its code makes: of older ones it would name this very version, which can't do it."""
    with connected(address) as connection:
        missing = unapplied(applied_migrations(connection))
    if missing:
        raise BackupFailed(
            f"This code knows {len(missing)} migrations that are not applied, such as {missing[0]}: it could not restore "
            "what it saves now. Take the backup with the version whose tables these are, or migrate first."
        )


def unapplied(applied: set[str]) -> list[str]:
    return sorted(known_migrations() - applied)


def applied_migrations(connection: psycopg.Connection) -> set[str]:
    return {
        f"{app}.{name}"
        for app, name in connection.execute("SELECT app, name FROM django_migrations").fetchall()
    }


def known_migrations() -> set[str]:
    """What this code would make its tables by."""
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def note_backup() -> None:
    """Leave a mark for the doctor. A backup is one without it, too."""
    from django.core.cache import cache

    from chatmrpt import health

    with contextlib.suppress(*health.FAILURES):
        cache.set(health.BACKUP_MARK, time.time(), timeout=None)


def database_address(name: str) -> str:
    return Environment().address(name, ("postgresql", "postgres"))


def connected(address: str) -> psycopg.Connection:
    return psycopg.connect(address, autocommit=True)


def program(name: str, address: str, arguments: list[str], log: Path) -> None:
    """Run one of PostgreSQL's programs against a database; the password is in no list of processes."""
    parts = conninfo_to_dict(address)
    environment = {"PGPASSWORD": str(parts.pop("password", ""))}
    command = [str(postgres_folder(state_folder()) / name), "--dbname", make_conninfo(**parts)]
    if run([*command, *arguments], environment=environment, log=log):
        raise BackupFailed(f"{name} failed:\n{log.read_text(errors='replace')}")
    log.unlink()


def dump_rows(address: str, snapshot: str, target: Path) -> None:
    # Rights on PostgreSQL's own functions belong to the server, which the roles' statements have prepared.
    options = ["--enable-row-security", f"--exclude-schema={KEYS}", "--exclude-schema=pg_catalog"]
    options += ["--format=custom"]
    options += [f"--snapshot={snapshot}", f"--file={target}"]
    program("pg_dump", address, options, target.with_suffix(".log"))


def copy_objects(objects: list[StoredObject], folder: Path) -> set[str]:
    """Copy and check each object; return the keys of those that were deleted in the meantime."""
    from django.core.files.storage import default_storage

    def copied(wanted: StoredObject) -> bool:
        target = folder / wanted.storage_key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with default_storage.open(wanted.storage_key) as source, target.open("xb") as sink:
                for chunk in source.chunks():
                    sink.write(chunk)
        except FileNotFoundError:
            target.unlink(missing_ok=True)
            return False
        if sha256_of(target) != wanted.sha256:
            raise BackupFailed(f"The object {wanted.storage_key} is not what its row says: another checksum.")
        return True

    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        found = list(pool.map(copied, objects))
    return {wanted.storage_key for wanted, there in zip(objects, found, strict=True) if not there}


def stored_objects(connection: psycopg.Connection) -> Iterator[StoredObject]:
    """Every object that a row names, whichever table the row is in."""
    tables = connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND column_name IN ('storage_key', 'sha256', 'size_bytes') "
        "GROUP BY table_name HAVING count(*) = 3 ORDER BY table_name"
    ).fetchall()
    for (table,) in tables:
        question = sql.SQL("SELECT storage_key, sha256, size_bytes FROM {} ORDER BY storage_key")
        for row in connection.execute(question.format(sql.Identifier("public", table))):
            yield StoredObject(*row)


def row_counts(connection: psycopg.Connection) -> dict[str, int]:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    question = sql.SQL("SELECT count(*) FROM {}")
    return {table: one(connection, question.format(sql.Identifier("public", table))) for (table,) in tables}


def walls(connection: psycopg.Connection) -> dict[str, list[str]]:
    """Policies, forced row security and the roles' powers, as lines that can be compared."""
    questions = {
        "policies": "SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) "
        "FROM pg_policies WHERE schemaname = 'public'",
        "row_security": "SELECT concat_ws(' ', relname, relrowsecurity, relforcerowsecurity) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
        "roles": "SELECT concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, "
        "rolreplication, rolcanlogin) FROM pg_roles WHERE rolname LIKE 'chatmrpt%'",
    }
    return {
        name: sorted(line for (line,) in connection.execute(question)) for name, question in questions.items()
    }


def one(connection: psycopg.Connection, question: str | sql.Composed) -> Any:
    found = connection.execute(question).fetchone()
    assert found is not None
    return found[0]
