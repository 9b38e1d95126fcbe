from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.models import WebSession

PAGE = "/accounts/password/change/"
NEW = "quiet orange lantern 4"


def test_it_works_and_ends_every_other_sign_in(alice, browser, tokens, stored):
    other = browser()
    other.post("/accounts/sign-in/", {"email": alice.email, "password": PASSWORD})
    pair = tokens(alice)
    before = alice.client.cookies["sessionid"].value

    answer = alice.client.post(PAGE, {"password": PASSWORD, "new_password": NEW})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/profile/")
    assert stored(alice).check_password(NEW)
    assert alice.client.get("/accounts/profile/").status_code == 200
    assert alice.client.cookies["sessionid"].value != before
    assert other.get("/accounts/profile/").status_code == 302
    assert WebSession.objects.using("owner").filter(owner_id=alice.user.pk).count() == 1
    assert browser().get("/api/tokens/", **bearer(pair)).status_code == 401
    refreshed = browser().post(
        "/api/token/refresh/", {"refresh": pair["refresh"]}, content_type="application/json"
    )
    assert refreshed.status_code == 401
    assert len(alice.events("account.password_changed")) == 1


def test_bob_stays_signed_in(alice, bob):
    alice.client.post(PAGE, {"password": PASSWORD, "new_password": NEW})
    assert bob.client.get("/accounts/profile/").status_code == 200


def test_the_old_password_is_needed(alice, stored):
    answer = alice.client.post(PAGE, {"password": "not this one", "new_password": NEW})
    assert "not your password" in answer.content.decode()
    assert stored(alice).check_password(PASSWORD)


def test_the_old_password_cannot_be_guessed_from_an_open_browser(alice):
    codes = [
        alice.client.post(PAGE, {"password": f"guess {n}", "new_password": NEW}).status_code
        for n in range(11)
    ]
    assert codes == [200] * 10 + [429]


def test_csrf(alice, browser, stored):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = alice.client.cookies["sessionid"].value
    assert strict.post(PAGE, {"password": PASSWORD, "new_password": NEW}).status_code == 403
    assert stored(alice).check_password(PASSWORD)


def test_anonymous_is_sent_to_sign_in(browser):
    assert browser().post(PAGE, {}).status_code == 302


def test_a_password_stored_under_an_older_hasher_is_still_known(alice, settings, stored):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert alice.client.post(PAGE, {"password": PASSWORD, "new_password": NEW}).status_code == 302
    assert stored(alice).password.startswith("scrypt$")
