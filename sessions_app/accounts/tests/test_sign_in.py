import pytest

from sessions_app.accounts.tests.conftest import PASSWORD
from sessions_app.models import User, WebSession

PAGE = "/accounts/sign-in/"


def test_it_works(person, browser):
    alice = person("alice", signed_in=False)
    answer = alice.client.post(PAGE, {"email": alice.email.upper(), "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    page = alice.client.get("/accounts/profile/")
    assert alice.email in page.content.decode()
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("password", ["wrong wrong wrong", PASSWORD + " "])
def test_wrong_password(person, password):
    alice = person("alice", signed_in=False)
    answer = alice.client.post(PAGE, {"email": alice.email, "password": password})
    assert "do not belong together" in answer.content.decode()
    assert alice.client.get("/accounts/profile/").status_code == 302


def test_unknown_address_and_disabled_user_get_the_same_answer(person, browser):
    alice = person("alice", signed_in=False)
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_active=False)
    answers = []
    for email in (alice.email, "nobody@example.org"):
        client = browser()
        answer = client.post(PAGE, {"email": email, "password": PASSWORD})
        assert "sessionid" not in client.cookies
        answers.append((answer.status_code, "do not belong together" in answer.content.decode()))
    assert answers == [(200, True), (200, True)]


def test_a_hash_is_computed_for_an_unknown_address_too(browser, settings):
    # Counted, not timed: time on a busy machine proves nothing.
    from django.contrib.auth.hashers import MD5PasswordHasher

    made = []
    real = MD5PasswordHasher.encode

    def counting(self, password, salt, *args, **kwargs):
        made.append(password)
        return real(self, password, salt, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "encode", counting)
        browser().post(PAGE, {"email": "nobody@example.org", "password": "some password 123"})
    assert made == ["some password 123"]


def test_disabled_user_is_refused_at_the_next_request(alice):
    assert alice.client.get("/accounts/profile/").status_code == 200
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_active=False)
    answer = alice.client.get("/accounts/profile/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, PAGE)


def test_session_key_changes_at_sign_in(person, browser):
    alice = person("alice", signed_in=False)
    client = browser()
    client.cookies["sessionid"] = "k" * 32
    client.post(PAGE, {"email": alice.email, "password": PASSWORD})
    first = client.cookies["sessionid"].value
    assert first != "k" * 32

    # Signed in as Bob with Alice's old cookie planted: the cookie must not become Bob's session.
    bob, planted = person("bob", signed_in=False), browser()
    planted.cookies["sessionid"] = first
    planted.post("/accounts/sign-out/")
    planted.post(PAGE, {"email": bob.email, "password": PASSWORD})
    assert planted.cookies["sessionid"].value != first
    assert client.get("/accounts/profile/").status_code == 302


def test_no_session_key_is_stored_in_clear(alice):
    key = alice.client.cookies["sessionid"].value
    rows = WebSession.objects.using("owner").filter(owner_id=alice.user.pk)
    assert len(rows) == 1
    assert key not in rows[0].key_hash
    assert key not in rows[0].session_data


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/accounts/tokens/", "/accounts/tokens/"),
        ("https://evil.example/", "/sessions/"),
        ("//evil.example/", "/sessions/"),
        ("/\\evil.example", "/sessions/"),
        ("javascript:alert(1)", "/sessions/"),
        ("http:///evil.example", "/sessions/"),
        ("\x00/accounts/", "/sessions/"),
    ],
)
def test_next_stays_on_this_host(person, wanted, goes_to):
    alice = person("alice", signed_in=False)
    answer = alice.client.post(PAGE, {"email": alice.email, "password": PASSWORD, "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, goes_to)


def test_forged_host_is_refused(browser):
    assert browser().get(PAGE, HTTP_HOST="evil.example").status_code == 400


def test_csrf(person, browser):
    alice = person("alice", signed_in=False)
    client = browser(enforce_csrf_checks=True)
    answer = client.post(PAGE, {"email": alice.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_wrong_method(browser, method):
    assert getattr(browser(), method)(PAGE).status_code == 405


def test_expired_session_comes_back_to_the_page(browser):
    answer = browser().get("/accounts/tokens/")
    assert answer["Location"] == "/accounts/sign-in/?next=/accounts/tokens/"
