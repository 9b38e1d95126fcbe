import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt as pyjwt
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.models import RefreshGrant, User


def post(client, path, body, **headers):
    return client.post(path, body, content_type="application/json", **headers)


def refresh(client, pair):
    return post(client, "/api/token/refresh/", {"refresh": pair["refresh"]})


def works(client, pair):
    return client.get("/api/sessions/", **bearer(pair)).status_code == 200


def test_it_works(alice, browser, tokens):
    pair = tokens(alice)
    assert works(browser(), pair)
    [grant] = RefreshGrant.objects.using("owner").filter(owner_id=alice.user.pk)
    claims = json.loads(base64.urlsafe_b64decode(pair["refresh"].split(".")[1] + "=="))
    assert claims["jti"] not in grant.jti_hash
    assert alice.email not in str(claims)


@pytest.mark.parametrize("password", ["wrong wrong", ""])
def test_wrong_password(alice, browser, password):
    answer = post(browser(), "/api/token/", {"email": alice.email, "password": password})
    assert answer.status_code == (401 if password else 400)
    assert answer["Content-Type"] == "application/problem+json"


def test_disabled_user(person, browser, tokens):
    alice = person("alice")
    pair = tokens(alice)
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_active=False)
    assert post(browser(), "/api/token/", {"email": alice.email, "password": PASSWORD}).status_code == 401
    assert not works(browser(), pair)
    assert refresh(browser(), pair).status_code == 401


def test_deleted_user(person, browser, tokens):
    alice = person("alice")
    pair = tokens(alice)
    User.objects.using("owner").filter(pk=alice.user.pk)._raw_delete("owner")
    assert not works(browser(), pair)
    assert refresh(browser(), pair).status_code == 401


def test_rotation(alice, browser, tokens):
    first = tokens(alice)
    second = refresh(browser(), first)
    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert works(browser(), second.json())


def test_reuse_ends_the_family_and_no_other(alice, bob, browser, tokens):
    first, elsewhere, others = tokens(alice), tokens(alice), tokens(bob)
    second = refresh(browser(), first).json()
    assert refresh(browser(), first).status_code == 401
    assert not works(browser(), second)
    assert refresh(browser(), second).status_code == 401
    assert works(browser(), elsewhere)
    assert works(browser(), others)
    assert len(alice.events("account.refresh_reused")) == 1


def test_two_at_the_same_moment_never_both_win(alice, tokens):
    pair = tokens(alice)

    def once(n):
        try:
            return refresh(Client(REMOTE_ADDR=f"127.251.0.{n}"), pair).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(once, range(1, 5)))
    assert sorted(codes) == [200, 401, 401, 401]


def test_revoke(alice, browser, tokens):
    pair = tokens(alice)
    assert post(browser(), "/api/token/revoke/", {"refresh": pair["refresh"]}).status_code == 204
    assert not works(browser(), pair)
    assert refresh(browser(), pair).status_code == 401


def forged(claims, key="k" * 40, algorithm="HS256"):
    return pyjwt.encode(claims, key, algorithm=algorithm)


def test_forged_and_altered_tokens(alice, bob, browser, tokens):
    pair = tokens(alice)
    claims = pyjwt.decode(pair["access"], options={"verify_signature": False})
    header, _, signature = pair["access"].split(".")
    other_body = base64.urlsafe_b64encode(
        json.dumps({**claims, "user_id": str(bob.user.pk)}).encode()
    ).decode()
    for token in (
        forged(claims),
        forged(claims, key="", algorithm="none"),
        f"{header}.{other_body.rstrip('=')}.{signature}",
        pair["refresh"],
        "x.y.z",
    ):
        answer = browser().get("/api/sessions/", **bearer({"access": token}))
        assert (answer.status_code, answer["WWW-Authenticate"][:6]) == (401, "Bearer")
        assert answer.json()["detail"] == "This token is not valid: it is wrong, has expired or was revoked."


def test_signed_but_without_a_sign_in(alice, browser):
    token = AccessToken.for_user(alice.user)
    assert not works(browser(), {"access": str(token)})
    token["family"] = str(uuid.uuid4())
    assert not works(browser(), {"access": str(token)})


def test_another_users_sign_in_does_not_vouch(alice, bob, browser, tokens):
    tokens(alice)
    family = RefreshGrant.objects.using("owner").get(owner_id=alice.user.pk).family
    token = AccessToken.for_user(bob.user)
    token["family"] = str(family)
    assert not works(browser(), {"access": str(token)})


def test_expired_access_token(alice, browser, tokens):
    pair = tokens(alice)
    token = AccessToken(pair["access"])
    token.set_exp(lifetime=timedelta(seconds=-1))
    assert not works(browser(), {"access": str(token)})
    assert settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"] <= timedelta(minutes=15)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/api/token/", "/api/token/refresh/", "/api/token/revoke/"])
def test_wrong_method(browser, path, method):
    assert getattr(browser(), method)(path).status_code == 405


@pytest.mark.parametrize(
    "body", [{}, {"email": "x", "password": "y"}, [], {"email": ["a"], "password": {}}, "\x00"]
)
def test_malformed_body(browser, body):
    answer = post(browser(), "/api/token/", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_browser_needs_csrf_for_changes(alice, browser):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = alice.client.cookies["sessionid"].value
    assert strict.get("/api/sessions/").status_code == 200
    assert post(strict, "/api/sessions/", {"name": "x"}).status_code == 403


def test_a_bearer_token_beats_the_cookie(alice, bob, tokens, browser):
    made = post(browser(), "/api/sessions/", {"name": "Bob's"}, **bearer(tokens(bob))).json()
    mixed = alice.client.get(f"/api/sessions/{made['id']}/", **bearer(tokens(bob)))
    assert mixed.status_code == 200
    assert alice.client.get(f"/api/sessions/{made['id']}/").status_code == 404
