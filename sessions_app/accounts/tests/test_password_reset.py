import re

import pytest
from django.core import mail

from sessions_app.accounts import mails
from sessions_app.accounts.tests.conftest import PASSWORD
from sessions_app.isolation.scope import scope
from sessions_app.models import User, WebSession

PAGE = "/accounts/password/reset/"
NEW = "quiet orange lantern 4"


@pytest.fixture(autouse=True)
def _empty_box():
    mail.outbox.clear()


@pytest.fixture
def written(settings):
    """Run the worker's part: what the page would queue for this person."""

    def write(who):
        with scope(who.user.pk, kind="task"):
            mails.write_password_reset.run(str(who.user.pk))
        [message] = mail.outbox
        return re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/link/\S+)", message.body)[1]

    return write


def test_it_works(alice, browser, written, stored):
    path, client = written(alice), browser()
    opened = client.get(path)
    assert (opened.status_code, opened["Location"]) == (302, "/accounts/password/reset/new/")
    page = client.get(opened["Location"])
    assert page["Referrer-Policy"] == "same-origin"
    assert path.split("/")[-2] not in page.content.decode()
    answer = client.post(opened["Location"], {"new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/sign-in/")
    assert stored(alice).check_password(NEW)
    # Who was signed in with the old password is out.
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert not WebSession.objects.using("owner").filter(owner_id=alice.user.pk).exists()
    assert len(alice.events("account.password_reset")) == 1


def test_the_page_asks_and_a_worker_writes(alice, browser, mails_sent):
    browser().post(PAGE, {"email": alice.email})
    assert mail.outbox == []
    assert mails_sent() == 1
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_the_link_works_once(alice, browser, written, stored):
    path = written(alice)
    for password in (NEW, NEW + " again"):
        client = browser()
        client.get(path)
        client.post("/accounts/password/reset/new/", {"new_password": password})
    assert stored(alice).check_password(NEW)


def test_the_link_ends_with_a_sign_in(person, browser, written, stored):
    alice = person("alice", signed_in=False)
    path = written(alice)
    alice.client.post("/accounts/sign-in/", {"email": alice.email, "password": PASSWORD})
    client = browser()
    client.get(path)
    assert client.post("/accounts/password/reset/new/", {"new_password": NEW}).status_code == 410
    assert stored(alice).check_password(PASSWORD)


def test_the_link_opens_no_other_account(alice, bob, browser, written, stored):
    client = browser()
    client.get(written(alice).replace(str(alice.user.pk), str(bob.user.pk)))
    assert client.post("/accounts/password/reset/new/", {"new_password": NEW}).status_code == 410
    assert stored(bob).check_password(PASSWORD)


def test_a_forged_cookie_opens_nothing(alice, browser, stored):
    client = browser()
    client.cookies["opened_link"] = f"{alice.user.pk}:abc-123:forged"
    assert client.post("/accounts/password/reset/new/", {"new_password": NEW}).status_code == 410
    assert stored(alice).check_password(PASSWORD)


def test_the_same_answer_for_known_and_unknown_addresses(alice, browser):
    answers = [browser().post(PAGE, {"email": email}) for email in (alice.email, "nobody@example.org")]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/accounts/password/reset/sent/")
    ] * 2


def test_no_mail_for_a_disabled_user(alice):
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_active=False)
    with scope(alice.user.pk, kind="task"):
        mails.write_password_reset.run(str(alice.user.pk))
    assert mail.outbox == []


def test_mails_to_one_address_are_limited(browser):
    answers = [browser().post(PAGE, {"email": "often@example.org"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600


def test_weak_password_is_refused(alice, browser, written, stored):
    client = browser()
    client.get(written(alice))
    answer = client.post("/accounts/password/reset/new/", {"new_password": "password"})
    assert (answer.status_code, "field-error" in answer.content.decode()) == (200, True)
    assert stored(alice).check_password(PASSWORD)


def test_csrf(browser):
    assert browser(enforce_csrf_checks=True).post(PAGE, {"email": "a@example.org"}).status_code == 403
