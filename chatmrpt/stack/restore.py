"""Brings a backup back into an empty database and store, and holds what is there afterwards against its manifest."""

import hashlib
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chatmrpt.stack.backup import (
    COPIES_AT_ONCE,
    DUMP,
    FORMAT,
    MANIFEST,
    OBJECTS,
    BackupFailed,
    connected,
    database_address,
    known_migrations,
    one,
    program,
    row_counts,
    walls,
)
from sessions_app.checksums import sha256_of


def restore(folder: Path) -> None:
    """Check the backup, bring back rows, walls and objects, and compare. Roles must be there already."""
    import django

    django.setup()
    contents = checked(folder)
    address = database_address("DATABASE_OWNER_URL")
    with connected(address) as connection:
        if one(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"):
            raise BackupFailed("The database has tables already; a backup is restored into an empty one.")
    dump = folder.absolute() / DUMP
    options = ["--no-owner", "--exit-on-error", "--single-transaction", str(dump)]
    # A container's own folders can't be written to.
    with tempfile.TemporaryDirectory() as logs:
        program("pg_restore", address, options, Path(logs) / "pg_restore.log")
    put_objects(contents, folder)
    install_walls()
    end_copies()
    forget_warnings()
    differences = compared(contents)
    if differences:
        raise BackupFailed("What was restored is not what was backed up:\n" + "\n".join(differences))
    rows = sum(contents["rows"].values())
    print(f"{rows} rows, {len(contents['objects'])} objects, policies and roles are as in the backup.")


def checked(folder: Path) -> dict[str, Any]:
    try:
        contents: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError:
        raise BackupFailed(f"{folder} has no {MANIFEST}; it is no whole backup.") from None
    if contents["format"] != FORMAT:
        raise BackupFailed(f"{folder} was written in format {contents['format']}; this code reads {FORMAT}.")
    if other := other_tables(contents):
        raise BackupFailed(f"{folder} {other}")
    if sha256_of(folder / DUMP) != contents["rows_sha256"]:
        raise BackupFailed(f"{folder / DUMP} was changed or cut off: another checksum.")
    broken = [
        found["storage_key"]
        for found in contents["objects"]
        if not (folder / OBJECTS / found["storage_key"]).is_file()
        or sha256_of(folder / OBJECTS / found["storage_key"]) != found["sha256"]
    ]
    if broken:
        raise BackupFailed(f"{len(broken)} objects are missing or changed, {broken[0]} among them.")
    return contents


def other_tables(contents: dict[str, Any]) -> str:
    """In how far the backup's tables are not those of this code, and what to do then; nothing if they are.

    Otherwise `migrate` would go on from there, and nobody could say any more whether what is there was in the backup.
    """
    known = known_migrations()
    if "migrations" in contents:
        taken = set(contents["migrations"])
        found = [
            f"{len(names)} {kind}, such as {min(names)}"
            for kind, names in (("only in this code", known - taken), ("only in the backup", taken - known))
            if names
        ]
    else:
        # Older manifests name none. Their rows say how many there were.
        count = contents["rows"].get("django_migrations")
        found = [f"{count} in the backup, {len(known)} in this code"] if count != len(known) else []
    if not found:
        return ""
    version = contents.get("code_version", "").removesuffix("-dirty")
    named = f"version {version} (git checkout {version})" if version else "the version that took it"
    return (
        f"has the tables of another version. Migrations: {'; '.join(found)}. Nothing was changed. "
        f"Restore it with {named}, and upgrade then: docs/operations/compose.md, Backup and restore."
    )


def put_objects(contents: dict[str, Any], folder: Path) -> None:
    from sessions_app.storage import save_object

    for found in contents["objects"]:
        save_object(found["storage_key"], folder / OBJECTS / found["storage_key"])


def install_walls() -> None:
    """The keys that verify claims are no part of a dump: `migrate` installs them, and changes no table of this version."""
    from django.core.management import call_command

    call_command("migrate", database="owner", interactive=False, verbosity=0)
    call_command("check_isolation")


def end_copies() -> None:
    """The archives that people made of their data are in no backup: they ask for another."""
    from sessions_app.privacy.exports import end_all

    end_all()


def forget_warnings() -> None:
    """Who was warned that a session will be deleted may have worked on it since: they are warned anew."""
    from sessions_app.models import AnalysisSession

    AnalysisSession.objects.using("owner").exclude(deletion_warned_at=None).update(deletion_warned_at=None)


def compared(contents: dict[str, Any]) -> list[str]:
    """What differs between the manifest and what is there now: rows, walls, and every object by its checksum."""
    with connected(database_address("DATABASE_BACKUP_URL")) as connection:
        rows, now = row_counts(connection), walls(connection)
    differences = [
        f"{table}: {contents['rows'].get(table)} rows in the backup, {rows.get(table)} here"
        for table in sorted(rows.keys() | contents["rows"].keys())
        if rows.get(table) != contents["rows"].get(table)
    ]
    differences += [
        f"{name}: {'missing' if line in lines else 'new'}: {line}"
        for name, lines in contents["walls"].items()
        for line in sorted(set(lines) ^ set(now[name]))
    ]
    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        differences += filter(None, pool.map(_landed, contents["objects"]))
    return differences


def _landed(wanted: dict[str, Any]) -> str:
    """What is wrong with one object, read back from where it landed; nothing if it is the same to the last byte."""
    from django.core.files.storage import default_storage

    key = wanted["storage_key"]
    if not default_storage.exists(key):
        return f"object {key}: not in the store"
    digest = hashlib.sha256()
    with default_storage.open(key) as stored:
        for chunk in stored.chunks():
            digest.update(chunk)
    return "" if digest.hexdigest() == wanted["sha256"] else f"object {key}: other bytes than in the backup"
