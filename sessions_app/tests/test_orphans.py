"""What a killed process left in the storage goes; what any row names stays, whoever's it is."""

import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from sessions_app.isolation.storage import attempt_key, part_key, storage_key
from sessions_app.models import User
from sessions_app.orphans import remove_orphans
from sessions_app.tests.people import Person, alice, bob, committed, counting, person

__all__ = ["alice", "bob", "committed", "counting", "person"]
pytestmark = pytest.mark.usefixtures("counting")
OLD = timedelta(hours=30)


def aged(key: str) -> str:
    """As if it had been stored long ago."""
    path = Path(default_storage.path(key))
    before = path.stat().st_mtime - OLD.total_seconds()
    os.utime(path, (before, before))
    return key


def left_behind(owner_id: uuid.UUID, session_id: uuid.UUID, suffix: str = ".csv") -> str:
    return default_storage.save(storage_key(owner_id, session_id, uuid.uuid4(), suffix), ContentFile(b"x"))


def test_an_object_without_a_row_goes_and_all_others_stay(alice: Person, bob: Person):
    kept = []
    for one in (alice, bob):
        session = one.session()
        kept.append(aged(one.upload(session).storage_key))
    User.objects.using("owner").filter(pk=bob.user.pk).update(is_active=False)
    gone = aged(left_behind(alice.user.pk, session.pk))
    part = part_key(alice.user.pk, session.pk, uuid.uuid4(), uuid.uuid4())
    parts = aged(default_storage.save(part, ContentFile(b"part")))
    attempt = attempt_key(alice.user.pk, session.pk, uuid.uuid4(), 12, ".parquet")
    attempts = aged(default_storage.save(attempt, ContentFile(b"attempt")))
    nobodys = aged(left_behind(uuid.uuid4(), uuid.uuid4()))
    assert remove_orphans() >= 4
    assert [default_storage.exists(key) for key in (gone, parts, attempts, nobodys)] == [False] * 4
    assert [default_storage.exists(key) for key in kept] == [True] * 2, "a disabled account's files, too"


def test_what_is_young_may_still_get_its_row(alice: Person):
    young = left_behind(alice.user.pk, alice.session().pk)
    remove_orphans()
    assert default_storage.exists(young)
    call_command("remove_orphans", "--older-than-hours", "0")
    assert not default_storage.exists(young)


# One name for both processes that run the tests.
NOBODY = "0d6d1c1e-2f60-4f0e-9a3e-3f3f5a1d7c11"


@pytest.mark.parametrize("name", ["shared/raster.tif", "health-probe", f"{NOBODY}/notes.txt"])
def test_what_is_no_users_is_left_alone(committed, name: str):
    key = aged(default_storage.save(name, ContentFile(b"x")))
    remove_orphans()
    assert default_storage.exists(key)
    default_storage.delete(key)


def test_a_row_of_anothers_saves_nothing(alice: Person, bob: Person):
    """A key is asked for in its owner's scope: nobody else's rows count."""
    session = bob.session()
    stranger = aged(left_behind(alice.user.pk, session.pk))
    remove_orphans()
    assert not default_storage.exists(stranger)
