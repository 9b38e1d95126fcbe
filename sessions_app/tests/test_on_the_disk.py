"""Before anybody is told that a file is stored, its bytes and its name are on the disk; asked of the kernel's own call."""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sessions_app.models import StoredFile, UploadPart
from sessions_app.tests.browsing import browse

pytestmark = pytest.mark.usefixtures("counting")
CONTENT = b"one two three"


@dataclass
class Synced:
    path: Path
    is_folder: bool
    in_folder: list[str]
    rows: int


@pytest.fixture
def synced(alice, monkeypatch) -> list[Synced]:
    """Each fsync with what it was for, what then stood in its folder, and how many rows told of a file by then."""
    seen: list[Synced] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        path = Path(f"/proc/self/fd/{handle}").readlink()
        here = path if path.is_dir() else path.parent
        rows = sum(
            model.objects.using("owner").filter(owner_id=alice.user.pk).count()
            for model in (StoredFile, UploadPart)
        )
        seen.append(Synced(path, path.is_dir(), sorted(one.name for one in here.iterdir()), rows))

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def proven(synced: list[Synced], key: str) -> None:
    target, root = Path(default_storage.path(key)), Path(default_storage.location)
    assert target.read_bytes() == CONTENT
    content, *folders = [one for one in synced if one.path.parent == target.parent or one.is_folder]
    assert not content.is_folder
    assert content.path.name.endswith(".part"), "the content is on the disk under a name of its own,"
    assert target.name not in content.in_folder, "before it gets the name by which it is found;"
    assert folders[0].path == target.parent
    assert target.name in folders[0].in_folder, "then the name is, in its folder,"
    above = {one.path for one in folders}
    assert {folder for folder in target.parents if folder == root or root in folder.parents} <= above
    assert {one.rows for one in synced} == {0}, "and only then does a row tell of it"


def test_a_whole_upload(alice, synced):
    place = f"/api/sessions/{alice.session().pk}/files/"
    file = SimpleUploadedFile("words.txt", CONTENT)
    answer = alice.browser().post(place, {"kind": "words", "file": file})
    assert answer.status_code == 201, answer.content
    (stored,) = alice.files()
    proven(synced, stored.storage_key)


def test_a_whole_upload_on_the_page(alice, synced):
    place = f"/sessions/{alice.session().pk}/data/upload/"
    answer = browse(alice).post(place, {"kind": "words", "file": SimpleUploadedFile("words.txt", CONTENT)})
    assert answer.status_code == 302, answer.content
    (stored,) = alice.files()
    proven(synced, stored.storage_key)


def test_a_part(alice, synced):
    api: Client = alice.browser()
    begun = api.post(
        f"/api/sessions/{alice.session().pk}/uploads/",
        {
            "kind": "words",
            "name": "words.txt",
            "size_bytes": len(CONTENT),
            "head_sha256": hashlib.sha256(CONTENT).hexdigest(),
        },
        content_type="application/json",
    )
    assert begun.status_code == 201, begun.content
    place = f"/api/uploads/{begun.json()['id']}/parts/1/"
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    answer = api.put(
        place,
        CONTENT,
        content_type="application/octet-stream",
        headers={"Content-Digest": f"sha-256=:{digest}:"},
    )
    assert answer.status_code == 201, answer.content
    part = UploadPart.objects.using("owner").get(owner_id=alice.user.pk)
    proven(synced, part.storage_key)
