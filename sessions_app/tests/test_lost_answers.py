"""The database has committed and its answer is lost, or the storage is away after it has: nothing acknowledged goes with it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.signals import post_save

from sessions_app import actions
from sessions_app.bodies import NamelessFileUploadHandler
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import session_prefix
from sessions_app.models import StoredFile, UploadPart
from sessions_app.tests.test_resumable import CONTENT, begin, finish, put

pytestmark = pytest.mark.usefixtures("counting")
LOST = (OperationalError("server closed the connection"), InterfaceError("the connection is closed"))


@contextmanager
def answer_lost(model: type, error: Exception) -> Iterator[None]:
    """The next transaction that writes such a row is committed, and what comes back is that the connection is gone."""

    def lost() -> None:
        raise error

    def written(sender: type, **_: object) -> None:
        post_save.disconnect(written, sender=model)
        transaction.on_commit(lost)

    post_save.connect(written, sender=model)
    try:
        yield
    finally:
        post_save.disconnect(written, sender=model)


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_an_upload_whose_commit_was_not_heard_of_keeps_its_bytes(alice, error):
    session = alice.session()
    with scope(alice.user.pk), answer_lost(StoredFile, error), pytest.raises(type(error)):
        actions.store_file(
            by=alice.user, session=session, kind="words", upload=SimpleUploadedFile("words.txt", b"one two")
        )
    (row,) = alice.files()
    with default_storage.open(row.storage_key) as content:
        assert content.read() == b"one two"


def test_a_part_whose_commit_was_not_heard_of_is_there_when_it_comes_again(alice):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]
    with answer_lost(UploadPart, LOST[0]):
        assert put(api, upload, 1).status_code == 503
    assert put(api, upload, 1).status_code == 200, "it is known already"
    assert [put(api, upload, number).status_code for number in (2, 3)] == [201, 201]
    stored = finish(api, upload)
    assert stored.status_code == 201, stored.content
    with default_storage.open(alice.files()[0].storage_key) as content:
        assert content.read() == CONTENT


def test_any_other_fault_takes_the_bytes_along(alice):
    session = alice.session()
    with scope(alice.user.pk), answer_lost(StoredFile, ZeroDivisionError()), pytest.raises(ZeroDivisionError):
        actions.store_file(
            by=alice.user, session=session, kind="words", upload=SimpleUploadedFile("words.txt", b"one two")
        )
    assert alice.objects() == []


def test_what_is_deleted_is_deleted_though_the_storage_is_away(alice):
    """A file lies where the session's folder would be, so the storage fails."""
    session = alice.session()
    place = Path(default_storage.path(session_prefix(alice.user.pk, session.pk)))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"")
    try:
        answer = alice.browser().delete(f"/api/sessions/{session.pk}/")
        assert answer.status_code == 204, answer.content
        assert alice.browser().get(f"/api/sessions/{session.pk}/").status_code == 404
    finally:
        place.unlink()


def test_a_body_on_its_way_has_no_name_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handler: FileUploadHandler = NamelessFileUploadHandler()
    handler.new_file("file", "wards.csv", "text/csv", None)
    handler.receive_data_chunk(b"ward_name\nOru\n", 0)
    file = handler.file_complete(14)
    assert list(tmp_path.iterdir()) == []
    assert os.fstat(file.fileno()).st_nlink == 0
    assert (file.read(), file.size, file.name) == (b"ward_name\nOru\n", 14, "wards.csv")
    handler.upload_interrupted()
    assert file.closed


def test_a_large_body_comes_through_it(alice, settings):
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE < 100_000
    session = alice.session()
    content = b"word " * 40_000
    sent = {"kind": "words", "file": SimpleUploadedFile("words.txt", content)}
    answer = alice.browser().post(f"/api/sessions/{session.pk}/files/", sent)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["size_bytes"], answer.json()["report"]["words"]) == (200_000, 40_000)
