"""A worker that is really frozen while it stores, and thawed after another has finished its result, changes nothing of it."""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.core.files.storage import default_storage

from analysis import frames
from chatmrpt.stack.processes import Child
from sessions_app import jobs
from sessions_app.isolation.storage import storage_key
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.orphans import remove_orphans
from sessions_app.tests.people import Person, alice, committed, counting, person
from tests.object_servers import moto, rclone, store

__all__ = ["alice", "committed", "counting", "moto", "person", "rclone", "store"]
pytestmark = pytest.mark.usefixtures("counting")
WORK = """
import sys, uuid, django
django.setup()
from sessions_app import jobs
jobs.run_here(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))
"""


@pytest.fixture
def folder() -> dict[str, str]:
    return {}


@pytest.fixture
def bucket(store: str, settings) -> dict[str, str]:
    options = settings.STORAGES["default"]["OPTIONS"]
    return {
        "STORAGE": "s3",
        "S3_BUCKET": options["bucket_name"],
        "S3_REGION": options["region_name"],
        "S3_ENDPOINT_URL": options["endpoint_url"],
        "S3_ACCESS_KEY": options["access_key"],
        "S3_SECRET_KEY": options["secret_key"],
        "S3_ADDRESSING_STYLE": options["addressing_style"],
    }


def wait_until(true: Callable[[], object], child: Child, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, child.last_lines()
        time.sleep(0.05)


def frozen_worker(
    alice: Person, result: AnalysisResult, moment: str, place: dict[str, str], log: Path
) -> Child:
    """A process that has claimed the result and stands still around its artefact, its lease with it."""
    child = Child(
        name="worker",
        command=[sys.executable, "-c", WORK, str(alice.user.pk), str(result.pk)],
        log=log,
        environment=os.environ
        | place
        | {"DJANGO_SETTINGS_MODULE": "tests.freezing_settings", "FREEZE": moment},
        cwd=Path(__file__).resolve().parent.parent,
        death_signal=signal.SIGKILL,
    )
    child.start()
    wait_until(lambda: psutil.Process(child.process.pid).status() == psutil.STATUS_STOPPED, child)
    return child


def outlives_a_thawed_worker(alice: Person, moment: str, place: dict[str, str], log: Path) -> None:
    session = alice.session()
    words = alice.upload(session)
    result = alice.request(session, "count", words=str(words.pk))
    child = frozen_worker(alice, result, moment, place, log)
    try:
        # Its lease runs out, for the thread that renews it stands still as well.
        wait_until(lambda: jobs.run_here(alice.user.pk, result.pk), child)
        done, (artifact,) = alice.result(result), artifacts(alice)
        assert (done.status, done.attempt) == ("succeeded", 2)
        child.process.send_signal(signal.SIGCONT)
        assert child.process.wait(30) == 0, child.last_lines()
    finally:
        child.stop()

    assert vars_of(alice.result(result)) == vars_of(done)
    assert [vars_of(one) for one in artifacts(alice)] == [vars_of(artifact)]
    content = frames.artifact_bytes(done, "words.csv")
    assert content.endswith(b"attempt 2")
    assert hashlib.sha256(content).hexdigest() == artifact.sha256
    assert len(alice.events("result.succeeded")) == 1
    assert alice.objects() == sorted([words.storage_key, artifact.storage_key]), "it took its own away"


def artifacts(alice: Person) -> list[StoredFile]:
    return [file for file in alice.files() if file.kind == "artifact"]


def vars_of(row: StoredFile | AnalysisResult) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


MOMENTS = pytest.mark.parametrize("moment", ["before", "after"])


@MOMENTS
def test_in_a_folder(alice: Person, folder: dict[str, str], moment: str, tmp_path: Path):
    outlives_a_thawed_worker(alice, moment, folder, tmp_path / "worker.log")


@pytest.mark.s3
@MOMENTS
def test_on_an_object_store(alice: Person, bucket: dict[str, str], moment: str, tmp_path: Path):
    outlives_a_thawed_worker(alice, moment, bucket, tmp_path / "worker.log")


def test_one_that_is_killed_while_frozen_leaves_an_object_that_is_swept(alice: Person, tmp_path: Path):
    session = alice.session()
    words = alice.upload(session)
    result = alice.request(session, "count", words=str(words.pk))
    child = frozen_worker(alice, result, "after", {}, tmp_path / "worker.log")
    wait_until(lambda: jobs.run_here(alice.user.pk, result.pk), child)
    os.killpg(child.process.pid, signal.SIGKILL)
    child.stop()
    (artifact,) = artifacts(alice)
    kept = {words.storage_key, artifact.storage_key}
    (left,) = set(alice.objects()) - kept
    assert left == artifact.storage_key.replace(".2.csv", ".1.csv")
    remove_orphans()
    assert left in alice.objects(), "it is young"
    remove_orphans(timedelta(0))
    assert set(alice.objects()) == kept


def test_what_was_stored_before_keys_held_the_attempt_stays_where_it_is(alice: Person):
    session = alice.session()
    result = alice.request(session, "count", words=str(alice.upload(session).pk))
    jobs.run_here(alice.user.pk, result.pk)
    (artifact,) = artifacts(alice)
    content = frames.artifact_bytes(alice.result(result), "words.csv")
    old = storage_key(alice.user.pk, session.pk, artifact.pk, ".csv")
    Path(default_storage.path(artifact.storage_key)).rename(default_storage.path(old))
    StoredFile.objects.using("owner").filter(pk=artifact.pk).update(storage_key=old)

    assert frames.artifact_bytes(alice.result(result), "words.csv") == content
    answer = alice.browser().get(f"/api/files/{artifact.pk}/download/")
    assert b"".join(answer.streaming_content) == content
    double = alice.request(session, "double", count=str(result.pk))
    jobs.run_here(alice.user.pk, double.pk)
    assert alice.result(double).status == "succeeded"
    remove_orphans(timedelta(0))
    assert default_storage.exists(old)
