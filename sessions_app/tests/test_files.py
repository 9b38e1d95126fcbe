"""An upload is stored whole, with its row and one event, or nothing of it stays."""

import fcntl
import hashlib
import tempfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import Http404

from sessions_app import actions
from sessions_app.files import display_name, large_file_lock
from sessions_app.isolation.scope import scope
from sessions_app.models import StoredFile
from sessions_app.problems import Problem
from sessions_app.storage import DurableFileSystemStorage, delete_under, save_object
from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")
CONTENT = b"one two three"


def test_an_upload_is_stored_under_a_key_of_ids_with_its_hash_and_report(alice):
    session = alice.session()
    stored = alice.upload(session, CONTENT, "../my words.TXT")

    assert stored.storage_key == f"{alice.user.pk}/{session.pk}/{stored.pk}.txt"
    with default_storage.open(stored.storage_key) as content:
        assert content.read() == CONTENT
    assert (stored.name, stored.media_type, stored.size_bytes) == ("my words.TXT", "text/plain", 13)
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert stored.report == {"words": 3}
    assert [event.object_id for event in alice.events("file.stored")] == [stored.pk]


REFUSED = {
    "empty": ("words.txt", b"", "words", "file_empty"),
    "type by its name": ("words.pdf", CONTENT, "words", "file_type_not_taken"),
    "content": ("words.txt", b"one \x00 two", "words", "file_type_not_taken"),
    "kind": ("words.txt", CONTENT, "artifact", "invalid_request"),
    "nameless": ("\u202e.", CONTENT, "words", "file_name_unusable"),
    "too large": ("words.txt", b"x" * 2_000, "words", "file_too_large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_upload_leaves_no_row_no_object_no_temporary_file_and_one_line_in_the_ledger(
    alice, settings, case
):
    name, content, kind, code = REFUSED[case]
    settings.UPLOAD = settings.UPLOAD | {"max_bytes": 1_000}
    session = alice.session()
    upload = SimpleUploadedFile("x", content)
    upload._name = name  # the class itself would already tidy it

    with scope(alice.user.pk), pytest.raises(Problem) as refusal:
        actions.store_file(by=alice.user, session=session, kind=kind, upload=upload)

    assert refusal.value.code == code
    assert refusal.value.problem()["fix"]
    assert alice.files() == []
    assert alice.objects() == []
    assert alice.events("file.stored") == []
    told = [event.data for event in alice.events("upload.failed")]
    if kind == "words":
        (data,) = told
        assert (data["code"], data["kind"], data["size_bytes"]) == (code, kind, len(content))
        assert set(data) == {"code", "kind", "size_bytes", "seconds"}, "no name and no content"
    assert not list(Path(tempfile.gettempdir()).glob(f"chatmrpt-{alice.user.pk}*"))


@pytest.fixture
def reading_elsewhere():
    """The lock as another process holds it while it reads a large file; the kernel lets go of it with the file."""
    with large_file_lock().open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def test_a_large_file_waits_until_another_one_is_read_and_a_small_one_does_not(
    alice, settings, reading_elsewhere
):
    settings.UPLOAD = settings.UPLOAD | {"large_bytes": len(CONTENT), "turn_seconds": 0.3}
    session = alice.session()
    assert alice.upload(session, CONTENT[:-1]).report == {"words": 3}
    api = alice.browser()

    def send():
        fields = {"kind": "words", "file": SimpleUploadedFile("w.txt", CONTENT)}
        return api.post(f"/api/sessions/{session.pk}/files/", fields)

    refused = send()
    problem(refused, 503, "large_file_waits")
    assert int(refused["Retry-After"]) >= 1
    assert len(alice.files()) == len(alice.objects()) == 1
    assert [event.data["code"] for event in alice.events("upload.failed")] == ["large_file_waits"]
    reading_elsewhere.close()
    assert send().status_code == 201


def test_when_the_row_cannot_be_written_the_object_is_removed(alice):
    session = alice.session()
    with scope(alice.user.pk), transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        # A surrounding transaction would stay open while the body is copied: refused.
        actions.store_file(
            by=alice.user, session=session, kind="words", upload=SimpleUploadedFile("w.txt", CONTENT)
        )
    with scope(alice.user.pk):
        actions.delete_session(by=alice.user, session=session)
        with pytest.raises(Http404):
            actions.store_file(
                by=alice.user, session=session, kind="words", upload=SimpleUploadedFile("w.txt", CONTENT)
            )
    assert alice.objects() == []


def test_a_session_holds_only_so_many_files(alice, settings):
    settings.UPLOAD = settings.UPLOAD | {"max_files_per_session": 1}
    session = alice.session()
    alice.upload(session)
    with pytest.raises(Problem) as refusal:
        alice.upload(session)
    assert refusal.value.code == "too_many_files"
    assert len(alice.objects()) == 1


def test_deleting_a_file_removes_the_object_once_it_is_certain(alice):
    stored = alice.upload(alice.session())
    with scope(alice.user.pk), pytest.raises(InterruptedError), transaction.atomic():
        actions.delete_file(by=alice.user, file=stored)
        raise InterruptedError
    assert alice.objects() == [stored.storage_key]

    with scope(alice.user.pk):
        actions.delete_file(by=alice.user, file=stored)
    assert alice.objects() == []
    assert alice.files() == []
    assert len(alice.events("file.deleted")) == 1


def test_a_file_that_a_waiting_computation_reads_is_not_deleted(alice):
    session = alice.session()
    stored = alice.upload(session)
    alice.request(session, "count", words=str(stored.pk))
    with scope(alice.user.pk), pytest.raises(Problem) as refusal:
        actions.delete_file(by=alice.user, file=stored)
    assert refusal.value.code == "file_in_use"
    assert alice.objects() == [stored.storage_key]


def test_deleting_a_session_or_an_account_takes_every_object_along(alice):
    first, second = alice.session(), alice.session()
    alice.upload(first)
    kept = alice.upload(second)
    with scope(alice.user.pk):
        actions.delete_session(by=alice.user, session=first)
    assert alice.objects() == [kept.storage_key]

    with scope(alice.user.pk):
        actions.delete_account(by=alice.user)
    assert alice.objects() == []
    assert not StoredFile.objects.using("owner").filter(owner_id=alice.user.pk).exists()


def test_the_shown_name_is_the_last_part_without_marks_that_mislead():
    assert display_name("C:\\data\\wards 2024.csv") == "wards 2024.csv"
    assert display_name("../../etc/passwd.csv") == "passwd.csv"
    assert display_name("safe\u202excod.csv\r\n") == "safexcod.csv"
    assert display_name("أحياء.csv") == "أحياء.csv"
    long = display_name("w" * 300 + ".csv")
    assert len(long) == 200
    assert long.endswith(".csv")


def test_the_folder_replaces_whole_objects_and_keeps_no_parts(tmp_path):
    storage = DurableFileSystemStorage(location=tmp_path)
    assert storage.save("a/b/key.txt", ContentFile(b"first")) == "a/b/key.txt"
    assert storage.save("a/b/key.txt", ContentFile(b"second")) == "a/b/key.txt"
    assert (tmp_path / "a/b/key.txt").read_bytes() == b"second"
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["key.txt"]


def test_a_failed_save_leaves_what_was_there(tmp_path):
    class Breaks(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise ConnectionResetError

    storage = DurableFileSystemStorage(location=tmp_path)
    storage.save("key.txt", ContentFile(b"whole"))
    with pytest.raises(ConnectionResetError):
        storage.save("key.txt", Breaks(b""))
    assert (tmp_path / "key.txt").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["key.txt"]


def test_deleting_below_a_prefix_counts_and_spares_its_neighbours(alice, tmp_path):
    source = tmp_path / "bytes"
    source.write_bytes(b"x")
    root = f"{alice.user.pk}"
    for key in (f"{root}/s/1.txt", f"{root}/s/2.txt", f"{root}/t/1.txt"):
        save_object(key, source)
    assert delete_under(f"{root}/s/") == 2
    assert alice.objects() == [f"{root}/t/1.txt"]
    assert delete_under(f"{root}/s/") == 0
