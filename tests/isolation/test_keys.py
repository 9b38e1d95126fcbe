"""Storage keys, cache keys and temporary folders are made of row ids, whatever a client sends."""

import stat
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.isolation.cache import cache_key, public_cache_key
from sessions_app.isolation.storage import attempt_key, owner_prefix, storage_key
from sessions_app.isolation.tempfolders import temp_folder

OWNER, SESSION, FILE = (uuid.UUID(int=number) for number in (1, 2, 3))


def test_a_storage_key_is_owner_session_file():
    assert storage_key(OWNER, SESSION, FILE, ".csv") == f"{OWNER}/{SESSION}/{FILE}.csv"
    assert storage_key(OWNER, SESSION, FILE).startswith(owner_prefix(OWNER))


@given(st.text(max_size=300))
def test_no_suffix_leads_out_of_the_owners_folder(suffix):
    try:
        key = storage_key(OWNER, SESSION, FILE, suffix)
    except ValueError:
        return
    assert key.startswith(f"{OWNER}/{SESSION}/{FILE}")
    assert key.count("/") == 2
    assert ".." not in key
    assert key.isascii()
    assert len(key) <= 255


@pytest.mark.parametrize("suffix", ["/../x", "\0", ".CSV", "..", ".a/b", ".csv\n", ".tar.gz.gpg"])
def test_a_strange_suffix_is_refused(suffix):
    with pytest.raises(ValueError):
        storage_key(OWNER, SESSION, FILE, suffix)


@pytest.mark.parametrize("value", ["../x", "", None, str(OWNER), 1])
def test_only_row_ids_make_keys(value):
    with pytest.raises(TypeError):
        storage_key(value, SESSION, FILE)
    with pytest.raises(TypeError):
        storage_key(OWNER, value, FILE)
    with pytest.raises(TypeError):
        cache_key(value, "x")
    with pytest.raises(TypeError), temp_folder(OWNER, value):
        pass


def test_each_attempt_has_a_key_of_its_own():
    assert attempt_key(OWNER, SESSION, FILE, 2, ".csv") == f"{OWNER}/{SESSION}/{FILE}.2.csv"
    keys = {
        attempt_key(OWNER, SESSION, FILE, number, suffix) for number in (1, 2, 12) for suffix in ("", ".csv")
    }
    assert len(keys | {storage_key(OWNER, SESSION, FILE, suffix) for suffix in ("", ".csv")}) == 8


@pytest.mark.parametrize("attempt", [0, -1, None, "1", "../1", 1.0])
def test_attempts_are_counted_from_one(attempt):
    with pytest.raises(ValueError):
        attempt_key(OWNER, SESSION, FILE, attempt, ".csv")


parts = st.lists(st.one_of(st.text(max_size=80), st.integers(), st.uuids()), max_size=4).map(tuple)


@given(parts, parts)
def test_different_parts_make_different_cache_keys(first, second):
    same = tuple(map(str, first)) == tuple(map(str, second))
    assert (cache_key(OWNER, *first) == cache_key(OWNER, *second)) == same


@given(parts, parts)
def test_no_parts_reach_another_users_or_the_public_keys(first, second):
    assert cache_key(OWNER, *first) != cache_key(SESSION, *second)
    assert cache_key(OWNER, *first) != public_cache_key(*second)


@given(parts)
def test_cache_keys_are_plain(values):
    key = cache_key(OWNER, *values)
    assert key.isascii()
    assert key.isprintable()
    assert " " not in key


def test_a_temporary_folder_is_private_and_goes():
    with temp_folder(OWNER, FILE) as folder, temp_folder(OWNER, FILE) as other:
        assert folder != other
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "x").write_text("x")
    assert not folder.exists()


def test_a_temporary_folder_goes_after_an_error_too():
    with pytest.raises(ZeroDivisionError), temp_folder(OWNER, FILE) as folder:
        _ = 1 / 0
    assert not folder.exists()
