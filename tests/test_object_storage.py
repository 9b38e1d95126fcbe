"""The same files on an object store: a server that behaves (moto), and one that checks signatures (rclone)."""

import hashlib
import io
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from reference.selectors import local_copy
from reference.tests.conftest import no_sets, rain
from sessions_app import actions, jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import DataExport
from sessions_app.privacy import archive, exports
from sessions_app.tests.people import Person, alice, bob, committed, counting, person, problem
from tests.object_servers import fetch, moto, rclone, refused, store

__all__ = [
    "alice", "bob", "committed", "counting", "moto", "no_sets", "person", "rain", "rclone", "store"
]  # fmt: skip
pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("counting")]
CONTENT = b"one two three"


def test_files_and_results_live_on_the_object_store(alice: Person, store: str):
    session = alice.session()
    stored = alice.upload(session, CONTENT)
    result = alice.request(session, "count", words=str(stored.pk))
    assert jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).summary == {"words": 3}
    keys = {
        stored.storage_key,
        f"{alice.user.pk}/{session.pk}/{jobs.artifact_id(result.pk, 'words.csv')}.1.csv",
    }
    assert set(alice.objects()) == keys
    with default_storage.open(stored.storage_key) as content:
        assert content.read() == CONTENT

    with scope(alice.user.pk):
        actions.delete_session(by=alice.user, session=session)
    assert alice.objects() == []


def test_a_refused_upload_leaves_no_object(alice: Person, store: str):
    session = alice.session()
    with pytest.raises(Exception, match="NUL"):
        alice.upload(session, b"a \x00")
    assert alice.objects() == []


def test_a_download_is_a_short_lived_address_for_the_owner_alone(alice: Person, bob: Person, store: str):
    stored = alice.upload(alice.session(), CONTENT, name="my words.txt")
    place = f"/api/files/{stored.pk}/download/"
    problem(bob.browser().get(place), 404, "not_found")

    answer = alice.browser().get(place)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, no-store"
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert int(asked["X-Amz-Expires"][0]) <= 60
    assert asked["response-content-disposition"] == ['attachment; filename="my words.txt"']
    assert fetch(answer["Location"]) == CONTENT
    if store == "rclone":  # the other server believes every signature
        assert refused(answer["Location"].replace("X-Amz-Signature=", "X-Amz-Signature=0")) == 403
        assert refused(answer["Location"].partition("?")[0]) in {400, 403}


def test_a_copy_of_ones_data_is_written_to_the_store_and_read_from_it(alice: Person, bob: Person, store: str):
    """With every file; an object that is missing is named, and the archive goes with its row."""
    session = alice.session()
    kept, gone = alice.upload(session, CONTENT * 10_000), alice.upload(session, b"four")
    default_storage.delete(gone.storage_key)
    with scope(alice.user.pk):
        export, _ = exports.request_export(by=alice.user)
    archive.write(alice.user.pk, export.pk)
    with scope(alice.user.pk), transaction.atomic():
        export.refresh_from_db()
    assert set(alice.objects()) == {kept.storage_key, export.storage_key}

    place, api = f"/api/exports/{export.pk}/", alice.browser()
    problem(bob.browser().get(f"{place}download/"), 404, "not_found")
    answer = api.get(f"{place}download/")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    copy = fetch(answer["Location"])
    assert hashlib.sha256(copy).hexdigest() == api.get(place).json()["sha256"]
    with zipfile.ZipFile(io.BytesIO(copy)) as opened:
        assert opened.read(f"files/{session.pk}/{kept.pk}/words.txt") == CONTENT * 10_000
        assert f"files/{session.pk}/{gone.pk}/words.txt" in opened.read("README.txt").decode()

    assert api.delete(place).status_code == 204
    assert alice.objects() == [kept.storage_key]
    assert refused(answer["Location"]) in {403, 404}
    assert not DataExport.objects.using("owner").filter(pk=export.pk).exists()


def test_a_reference_set_is_read_from_the_store(store: str, rain, tmp_path: Path):
    """Its bytes lie on this machine while they are read, and no longer."""
    loaded = (tmp_path / "rain.tif").read_bytes()
    (tmp_path / "work").mkdir()
    with local_copy(rain, tmp_path / "work") as path:
        assert path.read_bytes() == loaded
    assert list((tmp_path / "work").iterdir()) == []
    with default_storage.open(rain.storage_key) as content:
        assert content.read() == loaded
    default_storage.delete(rain.storage_key)
    assert not default_storage.exists(rain.storage_key)
