import secrets

from django.test import Client

from sessions_app.models import User
from sessions_app.privacy.notice import current_version
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import PASSWORD, problem

ASKS = "The privacy notice is new to your account."


def stored(who):
    return User.objects.using("owner").get(pk=who.user.pk)


def test_people_are_asked_until_they_accept(alice):
    client = browse(alice)
    assert ASKS in text_of(client.get("/sessions/"))
    answer = client.post("/privacy/accept/", {"version": current_version(), "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    assert ASKS not in text_of(client.get("/sessions/"))
    row = stored(alice)
    assert row.privacy_version == current_version()
    assert row.privacy_accepted_at is not None
    [event] = alice.events("privacy.accepted")
    assert event.data == {"version": current_version()}
    # Accepting again leaves no second event.
    client.post("/privacy/accept/", {"version": current_version()})
    assert len(alice.events("privacy.accepted")) == 1


def test_a_new_version_is_asked_for_and_meanwhile_everything_works(alice, settings):
    client, before = browse(alice), current_version()
    client.post("/privacy/accept/", {"version": before})
    settings.DEMO_ACCOUNT_HOURS = 7
    assert ASKS in text_of(client.get("/sessions/"))
    answer = client.post("/privacy/accept/", {"version": before}, follow=True)
    assert "has changed since you opened it" in text_of(answer)
    assert stored(alice).privacy_version == before
    assert client.post("/sessions/new/", {"name": "Kano"}).status_code == 302


def test_opening_an_account_accepts_what_the_page_names(committed):
    email = f"new-{secrets.token_hex(6)}@example.org"
    client = Client(REMOTE_ADDR="127.77.1.1")
    client.post("/accounts/sign-up/", {"email": email, "new_password": PASSWORD})
    assert ASKS not in text_of(client.get("/sessions/"))
    row = User.objects.using("owner").get(email=email)
    assert row.privacy_version == current_version()
    User.objects.using("owner").filter(pk=row.pk)._raw_delete("owner")


def test_nobody_is_asked_before_signing_in(committed):
    assert ASKS not in text_of(Client().get("/help/"))


def test_the_api_tells_it_and_refuses_nothing(alice):
    api = alice.browser()
    told = api.get("/api/account/").json()
    assert told["email"] == alice.user.email
    assert told["privacy"] == {
        "current": current_version(), "accepted": "", "accepted_at": None, "must_accept": True,
    }  # fmt: skip
    assert told["storage"]["used_bytes"] == 0
    assert api.get("/api/sessions/").status_code == 200
    problem(
        api.post("/api/account/privacy/", {"version": "0-old"}, "application/json"), 409, "notice_changed"
    )
    answer = api.post("/api/account/privacy/", {"version": current_version()}, "application/json")
    assert answer.json()["privacy"]["must_accept"] is False


def test_accepting_needs_the_csrf_token(alice):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = browse(alice).cookies["sessionid"].value
    assert strict.post("/privacy/accept/", {"version": current_version()}).status_code == 403
    assert stored(alice).privacy_version == ""
