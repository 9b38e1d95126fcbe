"""A backup taken by the backup role while people work, restored on another server, is the same to the last row."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from tests.system.image import ran

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
# A copy of all one's data that somebody could fetch: its archive is in no backup.
READY_COPY = """
    INSERT INTO sessions_app_dataexport (id, owner_id, status, percent, attempt, lease_until, storage_key, archive_bytes,
        sha256, error_code, created_at, finished_at, expires_at)
    SELECT gen_random_uuid(), id, 'ready', 100, 1, now(), 'u/none/archive.zip', 9, '', '', now(), now(), now() + interval '7 days'
    FROM sessions_app_user LIMIT 1
"""


@pytest.fixture(scope="module")
def taken(running, image_environment, tmp_path_factory) -> Path:
    """A backup that was taken while three people were at work."""
    from crowd.__main__ import people_of
    from crowd.accounts import make_accounts
    from crowd.tally import Tally

    tally = Tally(3)
    accounts = make_accounts(running.services.database_url("owner"), 3)
    people = people_of(running, accounts, tally, first=900)

    ended = threading.Event()

    async def work(person) -> None:
        # As often as it takes: somebody is at work from the backup's first row to its last.
        while not ended.is_set():
            await person.whole_journey()

    async def together() -> None:
        await asyncio.gather(*(work(person) for person in people.values()))

    # So that there is something finished to save.
    first = people_of(running, make_accounts(running.services.database_url("owner"), 1), tally, first=950)
    asyncio.run(*(person.whole_journey() for person in first.values()))
    with psycopg.connect(running.services.database_url("owner")) as owner:
        owner.execute(READY_COPY)
        owner.execute("UPDATE sessions_app_analysissession SET deletion_warned_at = now()")
    working = threading.Thread(target=lambda: asyncio.run(together()))
    working.start()
    folder = tmp_path_factory.mktemp("backups") / "one"
    given = image_environment | {"DATABASE_BACKUP_URL": running.services.database_url("backup")}
    served_before = tally.requests
    done = ran(given, "backup", str(folder))
    served_meanwhile = tally.requests - served_before
    ended.set()
    working.join()
    assert done.returncode == 0, done.stderr
    assert served_meanwhile > 3 * len(people), f"hardly anybody was at work: {served_meanwhile} requests"
    assert not tally.failures
    return folder


def test_a_backup_under_load_is_the_same_elsewhere(taken, image_environment, elsewhere, tmp_path):
    contents = json.loads((taken / "manifest.json").read_text())
    assert contents["rows"]["sessions_app_user"] >= 5
    assert contents["rows"]["sessions_app_analysisresult"] >= 2
    assert len(contents["objects"]) >= 2
    addresses = {name: value for name, value in elsewhere.items() if name.startswith("DATABASE_")}
    there = image_environment | addresses | {"S3_BUCKET": "restored"}
    assert ran(there, "manage", "make_bucket").returncode == 0

    # A changed one is refused before anything of it is there: the whole one still finds the database empty.
    shutil.copytree(taken, tmp_path / "changed")
    victim = tmp_path / "changed" / "objects" / contents["objects"][0]["storage_key"]
    victim.write_bytes(victim.read_bytes()[:-1])
    done = ran(there, "restore", str(tmp_path / "changed"))
    assert done.returncode == 1
    assert "1 objects are missing or changed" in done.stderr
    # So is one of another version, which names it.
    earlier = contents | {"migrations": contents["migrations"][:-1], "code_version": "0123456789ab"}
    (tmp_path / "changed" / "manifest.json").write_text(json.dumps(earlier))
    assert "git checkout 0123456789ab" in ran(there, "restore", str(tmp_path / "changed")).stderr
    (tmp_path / "changed" / "manifest.json").unlink()
    assert "no whole backup" in ran(there, "restore", str(tmp_path / "changed")).stderr

    done = ran(there, "restore", str(taken))
    assert done.returncode == 0, done.stderr
    rows = sum(contents["rows"].values())
    wanted = f"{rows} rows, {len(contents['objects'])} objects, policies and roles are as in the backup."
    assert done.stdout.splitlines()[-1] == wanted
    assert "no hole found" in done.stdout

    # Nobody is offered an archive that no backup holds.
    assert contents["rows"]["sessions_app_dataexport"] == 1
    with psycopg.connect(elsewhere["DATABASE_OWNER_URL"]) as owner:
        found = owner.execute("SELECT status, expires_at <= now() FROM sessions_app_dataexport").fetchall()
        warned = owner.execute(
            "SELECT count(deletion_warned_at) FROM sessions_app_analysissession"
        ).fetchone()
    assert found == [("ready", True)]
    # Nor is a session deleted on a warning of before.
    assert warned == (0,)

    # Once more into what is no longer empty: refused, nothing mixed.
    again = ran(there, "restore", str(taken))
    assert again.returncode == 1
    assert "has tables already" in again.stderr


def test_a_backup_never_replaces_another_and_needs_a_folder(running, image_environment, taken):
    given = image_environment | {"DATABASE_BACKUP_URL": running.services.database_url("backup")}
    done = ran(given, "backup", str(taken))
    assert done.returncode == 1
    assert "never replaces another" in done.stderr
    assert ran(given, "backup").returncode != 0


def test_an_object_that_lands_as_other_bytes_of_the_same_length_is_found(taken, elsewhere):
    contents = json.loads((taken / "manifest.json").read_text())
    first = contents["objects"][0]["storage_key"]
    broken = {"DJANGO_SETTINGS_MODULE": "tests.faulty_disk_settings"}
    done = subprocess.run(
        [sys.executable, "-m", "chatmrpt.stack", "restore", str(taken)],
        cwd=ROOT, env=os.environ | elsewhere | broken, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"object {first}: other bytes than in the backup" in done.stderr
    assert done.stderr.count("\nobject ") == 1
