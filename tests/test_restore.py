"""Whether a restore begins at all: a backup of another version is refused before anything of it is there."""

import hashlib
import json
from pathlib import Path

import psycopg
import pytest

from chatmrpt.stack import backup as taking
from chatmrpt.stack.backup import BackupFailed, backup, known_migrations
from chatmrpt.stack.restore import checked, restore

NEWEST = max(name for name in known_migrations() if name.startswith("sessions_app."))


def backup_of(folder: Path, **contents: object) -> Path:
    """A whole backup of no row and no object, as far as its manifest can say."""
    folder.mkdir()
    (folder / "rows.dump").write_bytes(b"rows")
    taken = {
        "format": 1,
        "code_version": "0123456789ab",
        "rows": {"django_migrations": len(known_migrations())},
        "rows_sha256": hashlib.sha256(b"rows").hexdigest(),
        "objects": [],
    }
    (folder / "manifest.json").write_text(json.dumps(taken | contents))
    return folder


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (
            {"migrations": sorted(known_migrations() - {NEWEST})},
            f"1 only in this code, such as {NEWEST}. Nothing was changed. "
            "Restore it with version 0123456789ab (git checkout 0123456789ab), and upgrade then",
        ),
        (
            {"migrations": sorted(known_migrations() | {"sessions_app.9999_of_tomorrow"})},
            "1 only in the backup, such as sessions_app.9999_of_tomorrow.",
        ),
        (
            {"migrations": sorted(known_migrations() - {NEWEST} | {"sessions_app.9999_of_tomorrow"})},
            f"1 only in this code, such as {NEWEST}; 1 only in the backup, such as sessions_app.9999_of_tomorrow.",
        ),
        # As manifests were before: the number of rows has to do.
        ({"rows": {"django_migrations": 3}}, f"3 in the backup, {len(known_migrations())} in this code."),
        ({"rows": {"django_migrations": 3}, "code_version": ""}, "Restore it with the version that took it"),
        ({"migrations": [], "code_version": "0123456789ab-dirty"}, "(git checkout 0123456789ab)"),
    ],
)  # fmt: skip
def test_a_backup_of_another_version_is_refused_before_anything_is_asked(
    tmp_path, monkeypatch, contents, words
):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://nobody@127.0.0.1:1/none")
    folder = backup_of(tmp_path / "one", **contents)
    with pytest.raises(BackupFailed) as refusal:
        restore(folder)
    assert "has the tables of another version" in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize("contents", [{"migrations": sorted(known_migrations())}, {}])
def test_a_backup_of_this_version_is_not_refused_for_its_name(tmp_path, monkeypatch, contents):
    """Versions may differ in their names alone, as those do whose tables are the same."""
    folder = backup_of(tmp_path / "one", **contents)
    assert checked(folder)["objects"] == []
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(psycopg.OperationalError):
        restore(folder)


class Tables:
    """A connection to a database whose tables were made by these migrations."""

    def __init__(self, applied: set[str]) -> None:
        self.applied = applied

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, _question):
        return self

    def fetchall(self):
        return [tuple(name.split(".", 1)) for name in self.applied]


def test_code_saves_no_tables_that_it_could_not_restore(tmp_path, monkeypatch):
    """The manifest would name its own version, and that one would refuse."""
    monkeypatch.setenv("DATABASE_BACKUP_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(taking, "connected", lambda _: Tables(known_migrations() - {NEWEST}))
    with pytest.raises(BackupFailed, match=f"1 migrations that are not applied, such as {NEWEST}"):
        backup(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []
    # What an upgrade that failed half-way has added is no hindrance: the version before it restores that.
    monkeypatch.setattr(
        taking, "connected", lambda _: Tables(known_migrations() | {"sessions_app.9999_of_tomorrow"})
    )
    taking.refuse_other_tables("")
