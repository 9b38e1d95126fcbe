"""A process that is really killed between an object and its row leaves the object alone, and the sweep takes it away."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from chatmrpt.stack.processes import Child
from sessions_app.orphans import remove_orphans
from sessions_app.tests.people import Person, alice, committed, counting, person

__all__ = ["alice", "committed", "counting", "person"]
pytestmark = pytest.mark.usefixtures("counting")
# Stores one upload as a web process does, by the same action.
UPLOAD = """
import sys, uuid, django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from sessions_app import actions
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession, User
owner = uuid.UUID(sys.argv[1])
with scope(owner):
    with transaction.atomic():
        user, session = User.objects.get(pk=owner), AnalysisSession.objects.get(pk=sys.argv[2])
    actions.store_file(by=user, session=session, kind="words", upload=SimpleUploadedFile("words.txt", b"three small words"))
"""

# Dies in the middle of writing an object into the storage.
CUT_OFF = """
import os, signal, sys, uuid, django
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from sessions_app.isolation.storage import storage_key
class Dying(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"half of "
        os.kill(os.getpid(), signal.SIGKILL)
default_storage.save(storage_key(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]), uuid.uuid4(), ".txt"), Dying(b"it"))
"""


def wait_until(true: Callable[[], object], child: Child, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, child.last_lines()
        time.sleep(0.05)


def process(code: str, person: Person, session, tmp_path: Path) -> Child:
    return Child(
        name="upload",
        command=[sys.executable, "-c", code, str(person.user.pk), str(session.pk)],
        log=tmp_path / "upload.log",
        environment=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.worker_settings"},
        cwd=Path(__file__).resolve().parent.parent,
        death_signal=signal.SIGKILL,
    )


def test_what_a_process_stored_before_it_was_killed_is_removed(alice: Person, stack, tmp_path: Path):
    session = alice.session()
    kept = alice.upload(session)
    before = set(alice.objects())
    child = process(UPLOAD, alice, session, tmp_path)
    with stack.services.superuser() as admin, admin.transaction():
        # Rows can be read and not written: the process gets as far as its object and no further.
        admin.execute("LOCK TABLE sessions_app_storedfile IN EXCLUSIVE MODE")
        child.start()
        wait_until(lambda: [key for key in set(alice.objects()) - before if key.endswith(".txt")], child)
        os.killpg(child.process.pid, signal.SIGKILL)
        assert child.process.wait() == -signal.SIGKILL
    child.stop()
    (left,) = set(alice.objects()) - before
    assert [file.pk for file in alice.files()] == [kept.pk], "no row was ever written"

    remove_orphans()
    assert left in alice.objects(), "a young object may still get its row"
    assert remove_orphans(timedelta(0)) >= 1
    assert set(alice.objects()) == before
    assert default_storage.exists(kept.storage_key)


def test_what_was_half_written_when_a_process_was_killed_is_removed(alice: Person, stack, tmp_path: Path):
    session = alice.session()
    kept = alice.upload(session)
    child = process(CUT_OFF, alice, session, tmp_path)
    child.start()
    assert child.process.wait(60) == -signal.SIGKILL, child.last_lines()
    child.stop()
    (left,) = (key for key in alice.objects() if key != kept.storage_key)
    assert left.endswith(".part"), "the file system keeps half of it under another name"
    remove_orphans()
    assert left in alice.objects()
    assert remove_orphans(timedelta(0)) >= 1
    assert alice.objects() == [kept.storage_key]
