from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from sessions_app.accounts.tests.conftest import bearer
from sessions_app.models import PersonalToken, User

API = "/api/tokens/"


@pytest.fixture
def make(browser, tokens):
    """Make a personal token through the API and give back its clear form."""

    def made(who, **fields):
        answer = browser().post(
            API, {"name": "script", **fields}, content_type="application/json", **bearer(tokens(who))
        )
        assert answer.status_code == 201, answer.content
        assert answer["Cache-Control"] == "private, no-store"
        return answer.json()

    return made


def with_token(token):
    return {"HTTP_AUTHORIZATION": f"Token {token}"}


def test_it_works(alice, make, browser):
    made = make(alice)
    answer = browser().get("/api/sessions/", **with_token(made["token"]))
    assert answer.status_code == 200
    row = PersonalToken.objects.using("owner").get(pk=made["id"])
    assert row.last_used_at is not None
    assert made["token"] not in row.secret_hash


def test_it_creates_for_its_owner_and_shows_a_stranger_nothing(alice, bob, make, browser):
    mine, others = make(alice, read_only=False)["token"], make(bob, read_only=False)["token"]
    made = browser().post(
        "/api/sessions/", {"name": "Kano 2026"}, content_type="application/json", **with_token(mine)
    )
    assert made.status_code == 201
    address = f"/api/sessions/{made.json()['id']}/"
    assert browser().get(address, **with_token(mine)).status_code == 200
    assert browser().get(address, **with_token(others)).status_code == 404


def test_read_only(alice, make, browser):
    token = make(alice, read_only=True)["token"]
    assert browser().get("/api/sessions/", **with_token(token)).status_code == 200
    refused = browser().post(
        "/api/sessions/", {"name": "x"}, content_type="application/json", **with_token(token)
    )
    assert refused.status_code == 403
    assert "only read" in refused.json()["detail"]


def test_what_is_not_asked_for_is_the_least(alice, make):
    made = make(alice)
    assert made["read_only"] is True
    assert timedelta(days=29) < parse_datetime(made["expires_at"]) - timezone.now() <= timedelta(days=30)
    assert make(alice, expires_at=None)["expires_at"] is None


def test_a_misspelt_field_is_refused(alice, browser, tokens):
    refused = browser().post(
        API, {"name": "x", "scope": "read"}, content_type="application/json", **bearer(tokens(alice))
    )
    assert refused.status_code == 400
    assert refused.json()["where"] == "scope"


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
        {"secret_hash": "0" * 64},
    ],
)
def test_expired_revoked_or_replaced(alice, make, browser, change):
    made = make(alice)
    PersonalToken.objects.using("owner").filter(pk=made["id"]).update(**change)
    try:
        answer = browser().get("/api/sessions/", **with_token(made["token"]))
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
    finally:
        PersonalToken.objects.using("owner").filter(pk=made["id"]).delete()


def test_disabled_user(alice, make, browser):
    token = make(alice)["token"]
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_active=False)
    assert browser().get("/api/sessions/", **with_token(token)).status_code == 401


@pytest.mark.parametrize("bad", ["", "nonsense", "a.b", "é", "x y", "'; DROP TABLE x; --"])
def test_nonsense(browser, bad):
    assert browser().get("/api/sessions/", **with_token(bad)).status_code == 401


def test_it_cannot_make_itself_a_successor(alice, make, browser):
    made = make(alice)
    for call in (
        lambda c: c.get(API, **with_token(made["token"])),
        lambda c: c.post(API, {"name": "y"}, content_type="application/json", **with_token(made["token"])),
        lambda c: c.delete(f"{API}{made['id']}/", **with_token(made["token"])),
    ):
        assert call(browser()).status_code == 403


def test_list_and_revoke(alice, bob, make, browser, tokens):
    made, mine, others = make(alice), bearer(tokens(alice)), bearer(tokens(bob))
    [listed] = browser().get(API, **mine).json()
    assert (listed["prefix"], listed["token"]) == (made["prefix"], None)
    assert browser().get(API, **others).json() == []
    assert browser().delete(f"{API}{made['id']}/", **others).status_code == 404
    assert browser().get("/api/sessions/", **with_token(made["token"])).status_code == 200
    assert browser().delete(f"{API}{made['id']}/", **mine).status_code == 204
    assert browser().get("/api/sessions/", **with_token(made["token"])).status_code == 401


def test_expiry_in_the_past_is_refused(alice, browser, tokens):
    body = {"name": "x", "expires_at": "2020-01-01T00:00:00Z"}
    answer = browser().post(API, body, content_type="application/json", **bearer(tokens(alice)))
    assert answer.status_code == 400
    assert "expires_at" in answer.json()["errors"]
