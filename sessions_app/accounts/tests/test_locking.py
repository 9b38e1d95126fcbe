"""A compromised account is locked, in the admin or by a command, and comes back to its owner alone."""

import re
import secrets
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from sessions_app.accounts import linked_sign_ins
from sessions_app.accounts.oidc.provider import Identity
from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.accounts.tests.test_admin import act
from sessions_app.accounts.tests.test_tokens_page import make
from sessions_app.events import COMMAND_LINE
from sessions_app.models import LinkedSignIn

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


def linked(who, email):
    identity = Identity(f"https://{secrets.token_hex(4)}.example", secrets.token_hex(4), email, "")
    return linked_sign_ins.link(by=who.user, identity=identity)


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
