from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory
from redis import ConnectionPool

from sessions_app.accounts import throttles
from sessions_app.accounts.tests.conftest import PASSWORD
from sessions_app.accounts.throttles import Limit, TooManyTries, client_address, give_back, take

PAGE = "/accounts/sign-in/"


def guess(client, email, n=0):
    return client.post(PAGE, {"email": email, "password": f"guess {n}"})


def test_ten_guesses_then_wait(person, browser):
    alice, guesser = person("alice", signed_in=False), browser()
    codes = [guess(guesser, alice.email, n).status_code for n in range(11)]
    assert codes == [200] * 10 + [429]
    refused = guesser.post(PAGE, {"email": alice.email, "password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= throttles.SIGN_IN_PAIR.seconds
    # From her own place Alice still gets in, and the guesser's address still serves others.
    assert alice.client.post(PAGE, {"email": alice.email, "password": PASSWORD}).status_code == 302
    assert guess(guesser, "somebody.else@example.org").status_code == 200


def test_page_and_api_share_the_count(person, browser):
    alice, guesser = person("alice", signed_in=False), browser()
    for n in range(10):
        guess(guesser, alice.email, n)
    answer = guesser.post(
        "/api/token/", {"email": alice.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"


def test_spelling_does_not_reset_the_count(person, browser):
    alice, guesser = person("alice", signed_in=False), browser()
    for n in range(10):
        guess(guesser, alice.email.upper() if n % 2 else f" {alice.email}", n)
    assert guess(guesser, alice.email).status_code == 429


def test_successes_are_given_back(person, browser):
    alice, office = person("alice", signed_in=False), browser()
    for _ in range(15):
        assert office.post(PAGE, {"email": alice.email, "password": PASSWORD}).status_code == 302
        office.post("/accounts/sign-out/")


def test_counting_is_atomic(committed):
    limit = Limit("test-atomic", 20, 60)

    def attempt(_):
        try:
            take(limit, "same")
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(100))) == 20


def test_parts_cannot_pretend_to_be_others(committed):
    limit = Limit("test-parts", 1, 60)
    take(limit, "a", "b")
    take(limit, "ab")
    with pytest.raises(TooManyTries):
        take(limit, "a", "b")
    give_back(limit, "a", "b")
    give_back(limit, "a", "b")
    take(limit, "a", "b")
    with pytest.raises(TooManyTries):
        take(limit, "a", "b")


@pytest.fixture
def valkey_away(committed, monkeypatch):
    """Point new connections at a closed port: the store is really not there."""
    from django_redis import get_redis_connection

    pool = ConnectionPool(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(get_redis_connection("default"), "connection_pool", pool)


def test_without_the_store_nobody_signs_in(person, browser, valkey_away):
    alice = person("alice", signed_in=False)
    page = browser().post(PAGE, {"email": alice.email, "password": PASSWORD})
    assert page.status_code == 503
    assert "not possible right now" in page.content.decode()
    assert "sessionid" not in page.cookies
    assert int(page["Retry-After"]) > 0
    answer = browser().post(
        "/api/token/", {"email": alice.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "9.9.9.9", "127.0.0.7"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 10.0.0.1", "9.9.9.9"),
        (2, "9.9.9.9", "127.0.0.7"),
        (1, "", "127.0.0.7"),
    ],
)
def test_a_forwarded_address_counts_only_as_far_as_our_proxies_vouch(settings, proxies, forwarded, seen):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory(REMOTE_ADDR="127.0.0.7").get("/", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == seen
