"""The notice says what the settings say: every number in it is one of theirs."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client

from sessions_app.privacy.notice import current_version, facts, span

# No two alike, none in any sentence by accident.
NUMBERS = {
    "inactive_sessions": 411,
    "archived_sessions": 412,
    "events": 413,
    "spent_tokens": 414,
    "exports": 41,
    "warning": 42,
}


SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Words(HTMLParser):
    """The words of the page's main part."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.words = 0, []

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "main"

    def handle_endtag(self, tag):
        self.depth -= tag == "main"

    def handle_data(self, data):
        if self.depth:
            self.words.append(data)


def text(client=None):
    answer = (client or Client()).get("/privacy/")
    assert answer.status_code == 200
    reader = Words()
    reader.feed(answer.content.decode())
    return re.sub(r"\s+", " ", " ".join(reader.words))


def numbers(words):
    return set(re.findall(r"\d+(?:\.\d+)?", words))


@pytest.fixture
def odd(settings):
    """Every number that the notice speaks of, with a value of its own."""
    settings.RETENTION = NUMBERS
    settings.PRIVACY = {
        "operator": "Malaria programme", "contact": "privacy@example.org", "location": "Kano",
        "backups_days": 431, "logs_days": 432,
    }  # fmt: skip
    settings.CHAT = settings.CHAT | {"words_days": 441}
    settings.DEMO_ACCOUNT_HOURS = 19
    settings.UPLOAD = settings.UPLOAD | {"unfinished_hours": 17, "quota_bytes": 451 * 1024 * 1024}
    settings.SESSION_COOKIE_AGE = 461 * 86_400
    settings.CSRF_COOKIE_AGE = 471 * 86_400
    settings.PASSWORD_RESET_TIMEOUT = 13 * 60
    settings.SIMPLE_JWT = settings.SIMPLE_JWT | {"REFRESH_TOKEN_LIFETIME": timedelta(days=481)}
    settings.LANGUAGE_MODELS = {
        "local": {"model": "small-model", "url": "https://models.example/v", "protocol": "openai"}
    }
    settings.OIDC_PROVIDERS = {
        "local": {
            "issuer": "https://login.example",
            "label": "Ministry",
            "client_id": "a",
            "client_secret": "",
        }
    }


def test_every_number_is_one_of_the_settings(db, odd):
    shown = text().replace(current_version(), "")
    expected = {str(value) for value in NUMBERS.values()}
    expected |= {"431", "432", "441", "19", "17", "451.0", "461", "471", "13", "481"}
    # In the code and not in the settings: orphans and counters (1 day, 1 hour), a walk to a provider (10 min), language (365 days).
    assert numbers(shown) == expected | {"1", "10", "365"}
    assert "within 1 day" in shown


def test_names_come_from_the_settings_too(db, odd):
    shown = text()
    for words in (
        "Malaria programme",
        "privacy@example.org",
        "Kano",
        "small-model",
        "models.example",
        "login.example",
    ):
        assert words in shown
    assert "http" not in shown


def test_whoever_else_is_told_something_is_named_without_keys(db, settings):
    shown = text()
    assert "Other programs that are told something No other program is told anything." in shown
    settings.SENTRY_DSN = "https://secret-key@faults.example/17"
    settings.TRACES_URL = "https://traces.example:4318/v1/traces"
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "mail.example"
    shown = text()
    assert "mail.example carries our mails to you" in shown
    assert "faults.example is told when this program fails" in shown
    assert "traces.example is told which kind of page" in shown
    assert not {"secret-key", "4318", "17"} & set(re.findall(r"[\w-]+", shown))


def test_one_mail_host_for_another_is_another_version(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "mail.example"
    before = current_version()
    settings.EMAIL_HOST = "other.example"
    assert current_version() != before


def test_what_nobody_has_said_is_not_promised(db, settings):
    settings.PRIVACY = {"operator": "", "contact": "", "location": "", "backups_days": 0, "logs_days": 0}
    settings.LANGUAGE_MODELS = {}
    shown = text()
    for words in (
        "has not given a name here",
        "has not said here where the machines stand",
        "has not said here how long backups are kept",
        "How long they are kept has not been said",
        "Nothing of yours goes to one",
        "until you delete them, or your account",
    ):
        assert words in shown
    assert "Sign-in through others" not in shown


@pytest.mark.parametrize(
    "change",
    [
        {"RETENTION": NUMBERS},
        {"DEMO_ACCOUNT_HOURS": 5},
        {"SESSION_COOKIE_AGE": 5},
        {"LANGUAGE_MODELS": {"x": {"model": "y", "url": "https://z.example"}}},
        {"OIDC_PROVIDERS": {"x": {"issuer": "https://z.example", "label": "Z"}}},
        {"STORAGE": "s3"},
        {"SENTRY_DSN": "https://key@faults.example/1"},
        {"TRACES_URL": "https://traces.example/v1/traces"},
        {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "mail.example"},
    ],
)
def test_another_fact_is_another_version(settings, change):
    before = current_version()
    for name, value in change.items():
        setattr(settings, name, value)
    assert current_version() != before


def test_other_events_that_stay_are_another_version(monkeypatch):
    before = current_version()
    monkeypatch.setattr("sessions_app.privacy.notice.EVENTS_FOR_GOOD", ("isolation.attempt",))
    assert current_version() != before


def test_keys_and_addresses_of_models_are_no_part_of_it(settings):
    settings.LANGUAGE_MODELS = {"x": {"model": "y", "url": "https://z.example/path", "key": "secret key"}}
    assert "secret" not in str(facts())
    assert "path" not in str(facts())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(86_400, "1 day"), (3 * 86_400, "3 days"), (7_200, "2 hours"), (90, "2 minutes"), (60, "1 minute")],
)
def test_spans(seconds, words):
    assert span(seconds) == words


def test_it_is_linked_from_every_page_and_at_sign_up(db):
    assert 'href="/privacy/"' in Client().get("/").content.decode()
    assert "you accept the" in Client().get("/accounts/sign-up/").content.decode()


def test_every_cookie_that_is_set_is_named(db, odd):
    """Found in the source, so that a new one can't be forgotten."""
    shown, names = text(), set()
    for package in ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant"):
        for path in (Path(project.BASE_DIR) / package).rglob("*.py"):
            if "tests" not in path.parts:
                names |= set(re.findall(r"set_(?:signed_)?cookie\(\s*([\w.]+)", path.read_text()))
    assert names == {"COOKIE", "settings.LANGUAGE_COOKIE_NAME"}
    for name in ("sessionid", "csrftoken", "messages", "opened_link", "provider_walk", "django_language"):
        assert name in shown


def test_what_waits_for_a_mail_is_told_where_addresses_are_proved(db, settings):
    told = "address and name of whoever asks for an account, until the mail to them is sent"
    assert told not in text()
    before = current_version()
    settings.ACCOUNTS_CONFIRM_EMAIL = True
    assert told in text()
    # Nothing changes for who has an account, so nobody is asked again.
    assert current_version() == before
