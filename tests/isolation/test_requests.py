"""From the cookie to the scope, for requests of signed-in, anonymous, disabled and wrong users."""

import uuid

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.http import HttpRequest
from django.test import Client

from sessions_app.isolation import identity
from sessions_app.isolation.errors import IsolationError, NoScope
from sessions_app.isolation.requests import enter
from sessions_app.isolation.scope import current_owner
from sessions_app.models import Event

COOKIE = django_settings.SESSION_COOKIE_NAME


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.ROOT_URLCONF = "tests.isolation.urls"


def signed_in(user) -> Client:
    client = Client()
    assert client.get("/sign-in/", {"email": user.email}).status_code == 200
    return client


def owner_sql(statement, *parameters):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def test_a_signed_in_request_runs_in_its_users_scope(alices, bob):
    client = signed_in(alices.user)
    answer = client.get("/whoami/").json()
    assert answer == {"user": str(alices.user.pk), "owner": str(alices.user.pk), "names": [alices.canary]}
    assert signed_in(bob).get("/whoami/").json()["names"] == []
    assert current_owner() is None


def test_an_anonymous_request_runs_in_none_and_stores_nothing(alice):
    before = owner_sql("SELECT count(*) FROM sessions_app_websession")
    client = Client()
    assert client.get("/whoami/").json() == {"user": "None", "owner": "None", "names": []}
    assert COOKIE not in client.cookies
    assert owner_sql("SELECT count(*) FROM sessions_app_websession") == before


def test_the_cookie_stands_in_no_table(alice):
    client = signed_in(alice)
    cookie = client.cookies[COOKIE].value
    rows = owner_sql(
        "SELECT key_hash, owner_id, session_data FROM sessions_app_websession WHERE owner_id = %s", alice.pk
    )
    assert [(row[0], row[1]) for row in rows] == [(identity.secret_hash(cookie), alice.pk)]
    assert cookie not in rows[0][2]
    stolen = Client()
    stolen.cookies[COOKIE] = rows[0][0]
    assert stolen.get("/whoami/").json()["user"] == "None"


def test_signing_in_gives_a_new_key_and_removes_the_old(alice):
    client = Client()
    client.get("/remember/", {"note": "before"})
    fixed = client.cookies[COOKIE].value
    assert owner_sql(
        "SELECT owner_id FROM sessions_app_websession WHERE key_hash = %s", identity.secret_hash(fixed)
    ) == [(None,)]
    client.get("/sign-in/", {"email": alice.email})
    assert client.cookies[COOKIE].value != fixed
    attacker = Client()
    attacker.cookies[COOKIE] = fixed
    assert attacker.get("/whoami/").json()["user"] == "None"
    assert (
        owner_sql("SELECT 1 FROM sessions_app_websession WHERE key_hash = %s", identity.secret_hash(fixed))
        == []
    )


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(alice):
    client = signed_in(alice)
    copy = Client()
    copy.cookies[COOKIE] = client.cookies[COOKIE].value
    client.get("/sign-out/")
    assert copy.get("/whoami/").json()["user"] == "None"


def test_a_disabled_account_is_out_at_the_next_request(alice):
    client = signed_in(alice)
    owner_sql("UPDATE sessions_app_user SET is_active = false WHERE id = %s", alice.pk)
    assert client.get("/whoami/").json() == {"user": "None", "owner": "None", "names": []}


def test_a_changed_password_ends_the_session(alice):
    client = signed_in(alice)
    owner_sql("UPDATE sessions_app_user SET password = 'pbkdf2$other' WHERE id = %s", alice.pk)
    assert client.get("/whoami/").json()["user"] == "None"


def test_an_expired_session_is_nobodys(alice):
    client = signed_in(alice)
    owner_sql(
        "UPDATE sessions_app_websession SET expire_date = now() - interval '1 s' WHERE owner_id = %s",
        alice.pk,
    )
    assert client.get("/whoami/").json()["user"] == "None"


def test_a_session_row_given_to_another_user_opens_nothing(alice, bob):
    client = signed_in(alice)
    owner_sql("UPDATE sessions_app_websession SET owner_id = %s WHERE owner_id = %s", bob.pk, alice.pk)
    assert client.get("/whoami/").json()["user"] == "None"


def test_session_values_survive_sign_in_and_later_requests(alice):
    client = signed_in(alice)
    client.get("/remember/", {"note": "kept"})
    assert client.session["note"] == "kept"


@pytest.mark.parametrize("cookie", ["x", "a" * 32, "'; DROP TABLE x; --", "é" * 40, "0" * 5000])
def test_a_made_up_cookie_is_nobodys(_database, cookie):
    client = Client()
    client.cookies[COOKIE] = cookie
    assert client.get("/whoami/").json()["user"] == "None"


def test_pages_of_a_user_are_never_cached(alice):
    assert signed_in(alice).get("/whoami/")["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in Client().get("/public/")


def attempts_of(user):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT object_type, object_id, data FROM sessions_app_event "
            "WHERE verb = 'isolation.attempt' AND actor = %s",
            [user.pk],
        )
        return cursor.fetchall()


def test_anothers_row_and_a_missing_row_look_the_same(alices, bob):
    client = signed_in(bob)
    theirs, nobodys = client.get(f"/one/{alices.session.pk}/"), client.get(f"/one/{uuid.uuid4()}/")
    assert (
        (theirs.status_code, theirs.content)
        == (nobodys.status_code, nobodys.content)
        == (404, theirs.content)
    )
    assert signed_in(alices.user).get(f"/one/{alices.session.pk}/").status_code == 200


def test_asking_for_anothers_row_is_noted_where_the_asker_cant_see_it(alices, bob):
    client = signed_in(bob)
    client.get(f"/one/{uuid.uuid4()}/")
    assert attempts_of(bob) == []
    client.get(f"/one/{alices.session.pk}/")
    [(table, object_id, data)] = attempts_of(bob)
    assert (table, object_id) == ("sessions_app_analysissession", alices.session.pk)
    assert str(alices.user.pk) in str(data)
    from sessions_app.isolation.testing import acting_as

    for user in (bob, alices.user):
        with acting_as(user):
            assert not Event.objects.filter(verb="isolation.attempt").exists()


def test_an_attempt_is_noted_although_the_request_was_rolled_back(alices, bob):
    client = signed_in(bob)
    assert client.get(f"/create-then-miss/{alices.session.pk}/").status_code == 404
    assert len(attempts_of(bob)) == 1
    assert client.get("/whoami/").json()["names"] == []


def test_a_stream_that_forgot_its_scope_fails_and_doesnt_end_empty(alices):
    """The body is made after the request's scope and transaction are over."""
    with pytest.raises(NoScope):
        list(signed_in(alices.user).get("/stream/").streaming_content)


def test_a_request_from_nowhere_cant_enter_a_scope(alice):
    with pytest.raises(IsolationError):
        enter(HttpRequest(), alice.pk)


def test_signing_in_finds_the_account_whatever_the_case(alice):
    from django.contrib.auth import authenticate

    from sessions_app.isolation.testing import PASSWORD, forget, make_user

    user = make_user("Mixed.Case@Example.org", PASSWORD)
    try:
        assert authenticate(email="MIXED.case@example.ORG", password=PASSWORD) == user
        assert authenticate(email=user.email, password="wrong") is None
        owner_sql("UPDATE sessions_app_user SET is_active = false WHERE id = %s", user.pk)
        assert authenticate(email=user.email, password=PASSWORD) is None
        assert authenticate(email="nobody@example.org", password=PASSWORD) is None
    finally:
        forget(user)
