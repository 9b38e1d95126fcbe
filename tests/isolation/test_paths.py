"""Names that want to be paths: in addresses, file names, archive members and extensions.

Catalogue: parent folder as id, unsanitised ids in paths, relative paths.
"""

import os
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.files import display_name
from sessions_app.isolation.cache import cache_key
from sessions_app.isolation.storage import owner_prefix, storage_key
from sessions_app.isolation.tempfolders import remove_left_folders, temp_folder
from sessions_app.problems import Problem
from tests import work

TRAVERSALS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "\x00/etc/passwd",
    "a" * 5_000,
    "..",
    ".",
    "C:\\secrets.txt",
    "‮gnp.exe",
    "con",
    "~root/.ssh/id_rsa",
]


@pytest.mark.parametrize("name", TRAVERSALS, ids=range(len(TRAVERSALS)))
def test_no_address_leads_out_of_ones_own_things(attacker, name):
    quoted = name.replace("\x00", "%00").replace("\\", "%5C").replace("‮", "%E2%80%AE")
    for address in (
        f"/files/{quoted}/download/",
        f"/api/files/{quoted}/",
        f"/static/{quoted}",
        f"/sessions/{quoted}/data/",
    ):
        answer = attacker.pages.get(address)
        assert answer.status_code in (301, 404), address
        assert b"root:" not in (answer.getvalue() if answer.streaming else answer.content)


@pytest.mark.parametrize("name", TRAVERSALS, ids=range(len(TRAVERSALS)))
def test_an_uploads_name_is_no_part_of_its_key(attacker, name):
    _, session, _, _ = work.prepared(attacker.user)
    before = set(_below(Path(settings.STORAGES["default"]["OPTIONS"]["location"])))
    try:
        stored = work.upload(attacker.user, session, "ward_table", f"{name}.csv", _table())
    except Problem as refused:
        assert refused.code in ("file_name_unusable", "file_type_not_taken")
        return
    assert stored.storage_key == storage_key(attacker.user.pk, session.pk, stored.pk, ".csv")
    assert "/" not in stored.name
    assert "\\" not in stored.name
    assert "\x00" not in stored.name
    after = set(_below(Path(settings.STORAGES["default"]["OPTIONS"]["location"])))
    assert after - before == {Path(default_storage.path(stored.storage_key))}


def _table() -> bytes:
    from crowd.canaries import Belongings

    return Belongings().table


def _below(folder: Path):
    return (path for path in folder.rglob("*") if path.is_file())


@given(st.text(max_size=300))
def test_any_shown_name_is_one_plain_name(name):
    try:
        shown = display_name(name)
    except Problem:
        return
    assert 0 < len(shown) <= 200
    assert not set(shown) & set("/\x00\n\r‮")
    assert shown not in (".", "..")


@given(st.text(max_size=80))
def test_any_suffix_is_plain_or_refused(suffix):
    ids = [uuid.uuid4() for _ in range(3)]
    try:
        key = storage_key(*ids, suffix)
    except ValueError:
        return
    assert key.startswith(owner_prefix(ids[0]))
    assert key.count("/") == 2
    assert ".." not in key


@given(
    st.lists(st.text(max_size=60), min_size=1, max_size=4),
    st.lists(st.text(max_size=60), min_size=1, max_size=4),
)
def test_two_lists_of_parts_never_share_a_cache_key(first, second):
    owner = uuid.UUID(int=1)
    assert (cache_key(owner, *first) == cache_key(owner, *second)) == (first == second)


@pytest.mark.parametrize("made", [storage_key, cache_key, owner_prefix])
def test_makers_take_ids_and_no_text(made):
    with pytest.raises(TypeError):
        made(*["../x"] * (3 if made is storage_key else 1))


def test_a_temporary_folder_is_named_by_ids_and_ours_alone():
    with pytest.raises(TypeError), temp_folder("../../x", uuid.uuid4()):
        pass
    owner, row = uuid.uuid4(), uuid.uuid4()
    with temp_folder(owner, row) as folder:
        assert folder.name.startswith(f"chatmrpt-{owner}-{row}")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_and_nothing_else():
    root = Path(tempfile.gettempdir())
    ids = f"{uuid.uuid4()}-{uuid.uuid4()}"
    left, young, foreign = (
        root / f"chatmrpt-{ids}-old1",
        root / f"chatmrpt-{ids}-new1",
        root / f"chatmrpt-x-{ids}",
    )
    for folder in (left, young, foreign):
        folder.mkdir(mode=0o700)
        (folder / "wards.csv").write_text("x")
    for folder in (left, foreign):
        os.utime(folder, (0, 0))
    try:
        assert remove_left_folders(older_than=3_600) >= 1
        assert [folder.exists() for folder in (left, young, foreign)] == [False, True, True]
    finally:
        for folder in (left, young, foreign):
            shutil.rmtree(folder, ignore_errors=True)


def test_the_working_folder_decides_nothing(attacker, tmp_path):
    """Files are found from another working folder as well: no path is relative."""
    _, _, table, _ = work.prepared(attacker.user)
    address = f"/files/{table.pk}/download/"
    here = attacker.pages.get(address).getvalue()
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert attacker.pages.get(address).getvalue() == here
        assert list(tmp_path.iterdir()) == []
    finally:
        os.chdir(before)


def test_no_served_folder_holds_what_users_stored():
    stored = Path(settings.STORAGES["default"]["OPTIONS"]["location"]).resolve()
    served = [Path(folder).resolve() for folder in [settings.STATIC_ROOT, *settings.STATICFILES_DIRS]]
    assert all(
        folder not in stored.parents and stored not in folder.parents and folder != stored
        for folder in served
    )
    assert settings.STORAGES["default"]["OPTIONS"]["base_url"] is None
