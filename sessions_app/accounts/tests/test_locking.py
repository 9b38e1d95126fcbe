"""A compromised account is locked, in the admin or by a command, and comes back to its owner alone."""

import re
import secrets
from io import StringIO
from threading import Thread

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from sessions_app.accounts import actions, linked_sign_ins
from sessions_app.accounts.oidc.provider import Identity
from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.accounts.tests.test_admin import act
from sessions_app.accounts.tests.test_tokens_page import make
from sessions_app.events import COMMAND_LINE
from sessions_app.isolation import backends
from sessions_app.isolation.identity import load_user
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as
from sessions_app.models import LinkedSignIn, PersonalToken, User

NEW = "quiet orange lantern 4"
RESET = "/accounts/password/reset/"


@pytest.fixture(params=["command", "admin"])
def ways(request, staff):
    """Lock and enable, each in one of two ways, and who does it."""
    if request.param == "admin":
        return lambda who: act(staff, "lock", who), lambda who: act(staff, "allow_again", who), staff.user.pk

    def run(name):
        return lambda who: call_command(name, who.email.upper(), stdout=StringIO())

    return run("disable_account"), run("enable_account"), COMMAND_LINE


def signs_in(browser, who, password):
    return browser().post("/accounts/sign-in/", {"email": who.email, "password": password}).status_code == 302


def refreshed(browser, pair):
    answer = browser().post(
        "/api/token/refresh/", {"refresh": pair["refresh"]}, content_type="application/json"
    )
    return answer.status_code == 200


def way_back(browser, who, mails_sent):
    """What the owner does: ask on the sign-in page, follow the mailed link, choose a password."""
    browser().post(RESET, {"email": who.email})
    mails_sent()
    [message] = mail.outbox
    client = browser()
    client.get(re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/link/\S+)", message.body)[1])
    return client.post(f"{RESET}new/", {"new_password": NEW})


def identity(email):
    return Identity(f"https://{secrets.token_hex(4)}.example", secrets.token_hex(4), email, "")


def linked(who, email):
    return linked_sign_ins.link(by=load_user(who.user.pk), identity=identity(email))


def links(who):
    return {row.email for row in LinkedSignIn.objects.using("owner").filter(owner_id=who.user.pk)}


def test_whoever_knew_the_password_or_held_a_key_stays_out(ways, alice, bob, browser, tokens, mails_sent):
    lock, enable, _ = ways
    pair, token, his = tokens(alice), make(alice), make(bob)
    linked(alice, "attacker@example.org")
    lock(alice)
    assert not signs_in(browser, alice, PASSWORD)
    enable(alice)

    assert not signs_in(browser, alice, PASSWORD)
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert not refreshed(browser, pair)
    assert browser().get("/api/sessions/", **bearer(pair)).status_code == 401
    assert browser().get("/api/sessions/", HTTP_AUTHORIZATION=f"Token {token}").status_code == 401
    assert links(alice) == set()
    # Others notice nothing.
    assert bob.client.get("/accounts/profile/").status_code == 200
    assert browser().get("/api/sessions/", HTTP_AUTHORIZATION=f"Token {his}").status_code == 200

    assert way_back(browser, alice, mails_sent)["Location"] == "/accounts/sign-in/"
    assert signs_in(browser, alice, NEW)
    assert not signs_in(browser, alice, PASSWORD)


def test_a_link_that_was_mailed_before_opens_nothing(ways, alice, browser, mails_sent, stored):
    lock, enable, _ = ways
    browser().post(RESET, {"email": alice.email})
    mails_sent()
    path = re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", mail.outbox[0].body)[1]
    lock(alice)
    enable(alice)
    client = browser()
    client.get(path)
    assert client.post(f"{RESET}new/", {"new_password": NEW}).status_code == 410
    assert not stored(alice).has_usable_password()


def test_no_mail_while_it_is_locked(ways, alice, browser, mails_sent):
    ways[0](alice)
    browser().post(RESET, {"email": alice.email})
    mails_sent()
    assert mail.outbox == []


def test_each_step_is_an_event_in_the_owners_ledger(ways, alice, tokens):
    lock, enable, actor = ways
    make(alice)
    linked(alice, "attacker@example.org")
    lock(alice)
    enable(alice)
    verbs = ("staff.locked", "staff.token_revoked", "account.sign_in_unlinked", "staff.allowed_again")
    found = {verb: alice.events(verb) for verb in verbs}
    assert {verb: [event.actor for event in events] for verb, events in found.items()} == {
        verb: [actor] for verb in verbs
    }
    assert found["account.sign_in_unlinked"][0].data["why"] == "locked"


def test_who_signs_in_at_a_provider_alone_keeps_that_way(ways, person, stored):
    """The account was opened there; its address may be another by now, and it is the only way in."""
    lock, enable, _ = ways
    alice = person("alice")
    type(alice.user).objects.using("owner").filter(pk=alice.user.pk).update(password="!none")
    linked(alice, f"moved-{alice.email}")
    linked(alice, "attacker@example.org")
    lock(alice)
    enable(alice)
    assert links(alice) == {f"moved-{alice.email}"}
    assert stored(alice).is_active


def test_a_sign_in_under_ones_own_address_stays(ways, alice):
    linked(alice, alice.email)
    linked(alice, "attacker@example.org")
    ways[0](alice)
    assert links(alice) == {alice.email}


def test_staff_lock_no_staff(staff, person, stored):
    other = person("musa", staff=True)
    act(staff, "lock", other, staff)
    assert stored(other).is_active and stored(staff).is_active


@pytest.mark.parametrize("name", ["disable_account", "enable_account"])
def test_an_unknown_address_is_told(committed, name):
    with pytest.raises(CommandError, match="no account has this address"):
        call_command(name, "nobody@example.org")


def test_the_command_says_what_is_left_to_do(alice):
    out = StringIO()
    call_command("disable_account", alice.email, stdout=out)
    call_command("enable_account", alice.email, stdout=out)
    assert out.getvalue().splitlines() == [
        f"{alice.email}: disabled; its sign-ins, tokens and password have ended",
        f"{alice.email}: enabled; it has no password: its owner asks for a new one on the sign-in page",
    ]


ADDED = {
    "password": lambda who: actions.set_password(by=who, password=NEW),
    "token": lambda who: actions.make_personal_token(by=who, name="left", read_only=False, expires_at=None),
    "sign-in": lambda who: linked_sign_ins.link(by=who, identity=identity("attacker@example.org")),
}


def opens(who, stored):
    tokens = PersonalToken.objects.using("owner").filter(owner_id=who.user.pk, revoked_at=None)
    return stored(who).has_usable_password() or tokens.exists() or links(who) != set()


@pytest.mark.parametrize("and_allowed", [False, True])
@pytest.mark.parametrize("added", ADDED)
def test_a_request_that_was_let_in_before_adds_no_way_in(ways, alice, stored, added, and_allowed):
    lock, enable, _ = ways
    in_flight = load_user(alice.user.pk)
    lock(alice)
    if and_allowed:
        enable(alice)
    with scope(alice.user.pk), pytest.raises(actions.AccountChanged):
        ADDED[added](in_flight)
    if not and_allowed:
        enable(alice)
    assert not opens(alice, stored)


@pytest.mark.parametrize("added", ADDED)
def test_what_is_added_in_the_moment_of_the_lock_goes_with_it(alice, stored, added):
    """The request holds the account's row: the lock waits for it, and finds what it has added."""
    in_flight, locker = load_user(alice.user.pk), Thread(target=locks, args=(alice.email,), daemon=True)
    with scope(alice.user.pk), transaction.atomic():
        ADDED[added](in_flight)
        locker.start()
        locker.join(0.5)
        assert locker.is_alive(), "the lock did not wait"
    locker.join(30)
    assert not stored(alice).is_active
    assert not opens(alice, stored)


def locks(email):
    try:
        call_command("disable_account", email, stdout=StringIO())
    finally:
        connections.close_all()


def test_what_was_left_behind_a_lock_goes_when_it_is_allowed_again(ways, alice, stored):
    """As a process of a version before might have: it didn't look."""
    lock, enable, _ = ways
    lock(alice)
    with acting_as(alice.user):
        PersonalToken.objects.create(
            owner=alice.user, name="left", prefix="p", secret_hash=secrets.token_hex(32)
        )
        LinkedSignIn.objects.create(
            owner_id=alice.user.pk,
            issuer="https://a.example",
            subject_hash=secrets.token_hex(32),
            email="a@b.example",
        )
    User.objects.using("owner").filter(pk=alice.user.pk).update(password=make_password(NEW))
    enable(alice)
    assert not opens(alice, stored)


def test_allowed_again_after_it_was_only_disabled_it_is_as_before(staff, alice, browser, stored):
    act(staff, "lock", alice)
    act(staff, "allow_again", alice)
    User.objects.using("owner").filter(pk=alice.user.pk).update(password=make_password(PASSWORD))
    with acting_as(alice.user):
        actions.make_personal_token(by=load_user(alice.user.pk), name="kept", read_only=True, expires_at=None)
    linked_sign_ins.link(by=load_user(alice.user.pk), identity=identity("work@example.org"))
    act(staff, "disable", alice)
    act(staff, "allow_again", alice)
    assert links(alice) == {"work@example.org"}
    assert PersonalToken.objects.using("owner").filter(owner_id=alice.user.pk, revoked_at=None).count() == 1
    assert signs_in(browser, alice, PASSWORD)


def test_a_password_that_ended_while_it_was_hashed_is_not_written_back(alice, stored):
    """A right password is stored again when the settings of hashing have changed."""
    in_flight = load_user(alice.user.pk)
    call_command("disable_account", alice.email, stdout=StringIO())
    backends._store_anew(in_flight, PASSWORD)
    assert not stored(alice).has_usable_password()


def test_a_reset_that_comes_too_late_is_told_so(alice, browser, mails_sent, monkeypatch):
    browser().post(RESET, {"email": alice.email})
    mails_sent()
    path = re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", mail.outbox[0].body)[1]
    client = browser()
    client.get(path)
    hashed = actions.make_password

    def slowly(password):
        call_command("disable_account", alice.email, stdout=StringIO())
        return hashed(password)

    monkeypatch.setattr(actions, "make_password", slowly)
    assert client.post(f"{RESET}new/", {"new_password": NEW}).status_code == 410
