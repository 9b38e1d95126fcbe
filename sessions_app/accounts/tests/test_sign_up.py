import base64
import re
import secrets
import time
import uuid
from contextlib import nullcontext
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.core import mail
from django.core.cache import cache
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError

from sessions_app.accounts import asked_mails, mails
from sessions_app.accounts.tests.conftest import PASSWORD
from sessions_app.isolation.cache import cache_key
from sessions_app.isolation.scope import scope
from sessions_app.models import Event, User

PAGE = "/accounts/sign-up/"


@pytest.fixture
def new_email(committed):
    email = f"new-{secrets.token_hex(6)}@example.org"
    yield email
    User.objects.using("owner").filter(email=email)._raw_delete("owner")


def stored(email):
    return User.objects.using("owner").filter(email=email.lower()).first()


def test_it_works(browser, new_email):
    client = browser()
    answer = client.post(PAGE, {"email": new_email.upper(), "display_name": "Ada", "new_password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    user = stored(new_email)
    assert (user.email, user.display_name, user.is_staff, user.is_superuser) == (
        new_email,
        "Ada",
        False,
        False,
    )
    assert PASSWORD not in user.password
    assert client.get("/accounts/profile/").status_code == 200
    verbs = Event.objects.using("owner").filter(owner_id=user.pk).values_list("verb", flat=True)
    assert sorted(verbs) == ["account.signed_in", "account.signed_up", "privacy.accepted"]


@pytest.mark.parametrize("extra", [{"is_staff": "on"}, {"is_superuser": "1"}, {"id": "x"}, {"is_active": ""}])
def test_nobody_gives_themselves_rights(browser, new_email, extra):
    browser().post(PAGE, {"email": new_email, "new_password": PASSWORD, **extra})
    user = stored(new_email)
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


@pytest.mark.parametrize("weak", ["short1", "12345678901234", "password1234", ""])
def test_weak_password(browser, new_email, weak):
    answer = browser().post(PAGE, {"email": new_email, "new_password": weak})
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()
    assert stored(new_email) is None


def test_password_like_the_address(browser, new_email):
    browser().post(PAGE, {"email": new_email, "new_password": new_email})
    assert stored(new_email) is None


def test_taken_address(alice, browser):
    before = stored(alice.email)
    answer = browser().post(PAGE, {"email": alice.email, "new_password": PASSWORD + "!"})
    page = answer.content.decode()
    assert "cannot be opened with this e-mail" in page
    assert "Alice" not in page and str(alice.user.pk) not in page
    assert stored(alice.email).password == before.password


def test_csrf(browser, new_email):
    answer = browser(enforce_csrf_checks=True).post(PAGE, {"email": new_email, "new_password": PASSWORD})
    assert answer.status_code == 403
    assert stored(new_email) is None


class TestProvenAddress:
    """Where mails are read, the address is proved before anything is stored."""

    @pytest.fixture(autouse=True)
    def _prove(self, settings, mails_sent):
        settings.ACCOUNTS_CONFIRM_EMAIL = True
        self.mails_sent = mails_sent

    def ask(self, browser, email, **headers):
        answer = browser().post(PAGE, {"email": email, "display_name": "Ada"}, **headers)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/sign-up/sent/")
        assert mail.outbox == [], "a page waits for no mail server"
        assert self.mails_sent() == 1
        [message] = mail.outbox
        assert message.to == [email]
        return message.body

    def link(self, body):
        return re.search(r"http://127\.0\.0\.1:8000(/accounts/sign-up/link/\S+)", body)[1]

    def test_it_works(self, browser, new_email):
        path = self.link(self.ask(browser, new_email))
        assert stored(new_email) is None
        client = browser()
        opened = client.get(path)
        # What opens the account is no longer in the address when a page is shown.
        assert (opened.status_code, opened["Location"]) == (302, "/accounts/sign-up/password/")
        answer = client.post("/accounts/sign-up/password/", {"new_password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
        assert stored(new_email).check_password(PASSWORD)
        again = browser()
        again.get(path)
        assert again.post("/accounts/sign-up/password/", {"new_password": PASSWORD + "2"}).status_code == 410
        assert stored(new_email).check_password(PASSWORD)

    def test_taken_address_gets_the_same_answer_and_a_mail_without_a_link_that_opens(self, browser, alice):
        body = self.ask(browser, alice.email)
        assert "one already" in body
        assert "/link/" not in body

    def test_forged_or_old_link(self, browser, new_email, settings):
        from django.core import signing

        from sessions_app.accounts import links

        path = self.link(self.ask(browser, new_email))
        forged = browser()
        forged.get(path[:-6] + "AAAAA/")
        assert forged.get("/accounts/sign-up/password/").status_code == 410
        stranger = signing.dumps({"email": new_email, "name": ""}, salt="another purpose")
        assert links.read_sign_up(stranger) is None
        assert browser().get("/accounts/sign-up/password/").status_code == 410

    def test_the_host_header_never_reaches_the_link(self, browser, new_email, settings):
        settings.ALLOWED_HOSTS = ["*"]
        assert "evil.example" not in self.ask(browser, new_email, HTTP_HOST="evil.example")

    def test_a_page_does_not_reach_the_mail_server(self, browser, new_email, settings):
        """In the documented deployment it can't."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
        answer = browser().post(PAGE, {"email": new_email, "display_name": "Ada"})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/sign-up/sent/")
        with pytest.raises(Retry):
            self.mails_sent()
        # It waits with its header for the server to come back, and so does what was said.
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert self.mails_sent() == 1
        assert [message.to for message in mail.outbox] == [[new_email]]

    def test_what_was_said_is_forgotten_when_the_mail_is_sent(self, browser, new_email):
        self.ask(browser, new_email)
        assert list(get_redis_connection("default").scan_iter("*:sign-up")) == []

    @pytest.mark.parametrize("planted", [None, "eyJlbWFpbCI6ImFAYi5jIn0:forged", "x"])
    def test_a_wish_that_is_over_or_not_ours_sends_nothing(self, committed, planted):
        asked = uuid.uuid4()
        if planted:
            cache.set(cache_key(asked, "sign-up"), planted, timeout=5)
        with scope(asked, kind="task"):
            mails.write_sign_up.run(str(asked))
        assert mail.outbox == []

    def waiting(self, browser, new_email):
        """The id and the words of one wish that no worker has seen."""
        valkey = get_redis_connection("default")
        for key in valkey.scan_iter("*:sign-up"):
            valkey.delete(key)
        browser().post(PAGE, {"email": new_email, "display_name": "Ada Lovelace"})
        [key] = valkey.scan_iter("*:sign-up")
        asked = uuid.UUID(key.decode().split(":")[-2])
        return asked, cache.get(cache_key(asked, "sign-up"))

    def test_a_wish_that_waits_is_read_by_nobody_else(self, browser, new_email):
        """Valkey's files may hold it longer than Valkey does."""
        _, words = self.waiting(browser, new_email)
        for part in words.split(":"):
            read = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            assert b"Lovelace" not in read and new_email.encode() not in read

    def test_a_wish_is_good_under_its_own_id_only(self, browser, new_email):
        """Who writes into Valkey can't have another task send it."""
        asked, words = self.waiting(browser, new_email)
        other = uuid.uuid4()
        cache.set(cache_key(other, "sign-up"), words, timeout=5)
        assert asked_mails.asked_sign_up(asked)["email"] == new_email
        assert asked_mails.asked_sign_up(other) is None

    def test_a_wish_that_was_written_back_after_its_hour_is_over(self, browser, new_email, monkeypatch):
        asked, _ = self.waiting(browser, new_email)
        later = time.time() + asked_mails.WAIT_SECONDS + 1
        monkeypatch.setattr(asked_mails.time, "time", lambda: later)
        assert asked_mails.asked_sign_up(asked) is None

    @pytest.mark.parametrize(
        ("refusal", "again"),
        [
            (SMTPRecipientsRefused({"a@b.example": (450, b"later")}), True),
            (SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), False),
            (SMTPDataError(451, b"later"), True),
            (SMTPDataError(554, b"looks like spam"), False),
            (SMTPNotSupportedError("SMTPUTF8 not supported by server"), False),
            (SMTPServerDisconnected("restarting"), True),
            # Ours to mend, not the recipient's.
            (SMTPAuthenticationError(535, b"wrong password"), True),
            (SMTPSenderRefused(550, b"not from here", "no-reply@example.org"), True),
            (TimeoutError(), True),
        ],
        ids=lambda given: type(given).__name__,
    )  # fmt: skip
    def test_what_the_server_will_never_take_is_sent_once(
        self, browser, new_email, monkeypatch, caplog, refusal, again
    ):
        def refuses(*_, **__):
            raise refusal

        self.waiting(browser, new_email)
        monkeypatch.setattr(mails, "send_mail", refuses)
        with pytest.raises(Retry) if again else nullcontext():
            self.mails_sent()
        assert bool(list(get_redis_connection("default").scan_iter("*:sign-up"))) == again
        assert ("refused for good" in caplog.text) == (not again)
        assert new_email not in caplog.text

    def test_the_queue_away_is_told(self, browser, new_email, monkeypatch):
        def away(*_, **__):
            raise OperationalError

        monkeypatch.setattr(current_app, "send_task", away)
        assert browser().post(PAGE, {"email": new_email}).status_code == 503
