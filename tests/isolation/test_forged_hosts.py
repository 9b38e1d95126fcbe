"""A host that a stranger names in a header stands in no address that we write: not in mails, pages or the API's links."""

import re
import uuid

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from sessions_app import actions
from sessions_app.accounts import mails
from sessions_app.accounts.tests.conftest import committed, mails_sent  # noqa: F401
from sessions_app.isolation.scope import scope

EVIL = "evil.example"
# Each header that some proxy or framework takes a host, a port or a path from.
FORGED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Host": EVIL,
    "X-Original-Host": EVIL,
    "X-HTTP-Host-Override": EVIL,
    "X-Original-URL": f"https://{EVIL}/",
    "X-Rewrite-URL": f"https://{EVIL}/",
    "Forwarded": f"for=1.2.3.4;host={EVIL};proto=https",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": f"/{EVIL}",
}


@pytest.mark.parametrize("header", FORGED)
def test_the_mail_that_resets_a_password_leads_to_us(attacker, header):
    """The one who asks chooses the headers, and the one who is written to would follow the link."""
    mail.outbox.clear()
    stranger = Client(REMOTE_ADDR="127.92.1.1", headers={header: FORGED[header]})
    answer = stranger.post("/accounts/password/reset/", {"email": attacker.user.email})
    assert answer.status_code == 302
    assert EVIL not in str(answer.headers)
    with scope(attacker.user.pk, kind="task"):
        mails.write_password_reset.run(str(attacker.user.pk))
    for message in mail.outbox:
        addresses = re.findall(r"https?://[^\s/]+", message.body)
        assert set(addresses) == {settings.PUBLIC_URL.rstrip("/")}
        assert EVIL not in message.body + str(message.alternatives)
    assert mail.outbox


@pytest.mark.parametrize("header", FORGED)
def test_the_mail_that_opens_an_account_leads_to_us(mails_sent, settings, header):  # noqa: F811
    settings.ACCOUNTS_CONFIRM_EMAIL = True
    stranger = Client(REMOTE_ADDR="127.92.1.2", headers={header: FORGED[header]})
    email = f"{uuid.uuid4().hex}@example.org"
    assert stranger.post("/accounts/sign-up/", {"email": email, "display_name": "x"}).status_code == 302
    assert mails_sent() == 1
    [message] = mail.outbox
    assert set(re.findall(r"https?://[^\s/]+", message.body)) == {settings.PUBLIC_URL.rstrip("/")}
    assert EVIL not in message.body + str(message.alternatives)


@pytest.mark.parametrize("header", FORGED)
def test_links_of_the_api_lead_to_where_it_was_asked(attacker, header):
    with scope(attacker.user.pk):
        for name in ("one", "two"):
            actions.create_session(by=attacker.user, name=name)
    answer = attacker.api.get("/api/sessions/?limit=1", headers={header: FORGED[header]})
    assert answer.status_code == 200
    assert answer.json()["next"].startswith("http://testserver/api/sessions/?")
    assert EVIL not in answer.content.decode() + str(answer.headers)


@pytest.mark.parametrize("header", FORGED)
def test_pages_and_redirects_know_no_other_host(attacker, header):
    sent = {"headers": {header: FORGED[header]}}
    for address in ("/", "/sessions/", "/accounts/profile/", "/accounts/sign-in/", "/api/docs/"):
        answer = attacker.pages.get(address, **sent)
        assert EVIL not in answer.content.decode() + str(answer.headers), address
    made = attacker.pages.post("/sessions/new/", {"name": "x"}, **sent)
    assert made.status_code == 302
    assert made["Location"].startswith("/sessions/")


@pytest.mark.parametrize("host", [EVIL, f"testserver@{EVIL}", f"testserver.{EVIL}", "testserver:x", ""])
def test_another_host_is_no_address_of_ours(attacker, host):
    for address in ("/sessions/", "/api/sessions/", "/accounts/password/reset/"):
        answer = attacker.pages.get(address, HTTP_HOST=host or f"{EVIL}/")
        assert answer.status_code == 400, address
        assert b"csrfmiddlewaretoken" not in answer.content
