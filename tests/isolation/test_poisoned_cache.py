"""Whoever writes into Valkey gets nobody's data: it holds counters and marks, and nothing is believed of it that
decides whose a row is. Catalogue: keys coarser than the user, cache headers, cache poisoning.
"""

import json

import pytest
from django.core.cache import cache
from django.test import Client
from django_redis import get_redis_connection

from crowd.search import held_under
from sessions_app.isolation.cache import cache_key
from tests import work
from tests.isolation.victims import content_of, signed_in


def entries() -> dict[bytes, bytes]:
    """Whatever stands under each key, of every type."""
    client = get_redis_connection("default")
    return {key: b"\n".join(held_under(client, key)) for key in client.scan_iter(count=1000)}


def counters_and_marks() -> dict[bytes, bytes]:
    """What is one value, so that it can be written over."""
    client = get_redis_connection("default")
    return {
        key: client.get(key) or b"" for key in client.scan_iter(count=1000) if client.type(key) == b"string"
    }


def test_after_a_whole_visit_the_cache_holds_no_word_of_the_user(victim):
    pages = signed_in(victim.user)
    for address in victim.addresses():
        content_of(pages.get(address))
    held = entries()
    assert held, "there are counters at least"
    for key, value in held.items():
        assert victim.canary not in key + value
        assert victim.user.email.encode() not in key + value
        assert pages.cookies["sessionid"].value.encode() not in key + value


def test_every_key_names_its_user_or_nobody(victim):
    signed_in(victim.user).get("/sessions/")
    known = (b":user:", b"public:", b"queue:", b"_kombu", b"celery", b"unacked", b":health:", b"health:")
    assert [key for key in entries() if not any(part in key for part in known)] == []


def test_planted_entries_open_nothing(victim, attacker):
    """Every entry of one user is copied over the other's, and every entry is set to what another's would be."""
    signed_in(victim.user).get("/api/sessions/")
    client = get_redis_connection("default")
    for key, value in counters_and_marks().items():
        client.set(key.replace(str(victim.user.pk).encode(), str(attacker.user.pk).encode()), value)
    cache.set(cache_key(attacker.user.pk, "session"), str(victim.work.session.pk), timeout=60)
    for address in victim.addresses():
        answer = attacker.pages.get(address)
        assert answer.status_code == 404
        assert victim.canary not in content_of(answer)


@pytest.mark.parametrize(
    "planted", [b"not json", b"\x80\x04\x95K\x00", json.dumps({"a": 1}).encode(), b"-1", b""]
)
def test_a_planted_counter_is_no_code_and_opens_nothing(attacker, planted):
    """Values are JSON numbers: what isn't one counts as used up; it is never run, and never taken for a pass."""
    client = get_redis_connection("default")
    attacker.pages.get("/api/sessions/")
    client_without_raising = Client(raise_request_exception=False)
    client_without_raising.cookies = attacker.pages.cookies

    def counters():
        return {key for key in counters_and_marks() if str(attacker.user.pk).encode() in key}

    # A second time if the minute that is counted was over in between.
    for _ in range(2):
        mine = counters()
        assert mine
        for key in mine:
            client.set(key, planted)
        answer = client_without_raising.get("/api/sessions/")
        if counters() == mine:
            break
    assert answer.status_code == (200 if planted == b"-1" else 429), answer.content
    if planted != b"-1":
        assert int(answer["Retry-After"]) > 0
    for key in counters():
        client.delete(key)


def test_what_belongs_to_a_user_is_kept_by_no_cache(victim):
    pages = signed_in(victim.user)
    for address in [*victim.addresses(), "/sessions/", "/accounts/profile/", "/accounts/tokens/"]:
        answer = pages.get(address)
        content_of(answer)
        assert "no-store" in answer["Cache-Control"], address
        assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]
        assert "ETag" not in answer.headers
        assert "Last-Modified" not in answer.headers


def test_signing_out_tells_the_browser_to_forget(attacker):
    work.prepared(attacker.user)
    answer = attacker.pages.post("/accounts/sign-out/")
    assert "cache" in answer["Clear-Site-Data"]
    assert "storage" in answer["Clear-Site-Data"]
    assert attacker.pages.get("/sessions/").status_code == 302
