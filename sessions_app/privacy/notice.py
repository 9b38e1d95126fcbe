"""The privacy notice, written from the settings: what they say is what it says, so it can't promise something else.

Its version follows from the same facts. When one of them changes, so does the version, and people are asked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.accounts import asked_mails, links
from sessions_app.accounts.oidc.flow import COOKIE, SECONDS
from sessions_app.languages import COOKIE_SECONDS
from sessions_app.orphans import AT_LEAST

# Moved on by whoever changes what the words of this page promise; a better wording of the same is no new version.
WORDS = 4
# What of the events stays when the database forgets the others: old ones (app.forget_old_events) and those of a deleted
# account (app.forget_events).
EVENTS_OF_THE_ACCOUNT = ("privacy.accepted",)
EVENTS_FOR_GOOD = ("account.deleted", "isolation.attempt")
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing that is stored: what it is, and until when."""

    what: str
    until: str


@dataclass(frozen=True, slots=True)
class Cookie:
    name: str
    purpose: str
    lasts: str


def facts() -> dict[str, Any]:
    """Every setting that the notice speaks of, in one plain form."""
    return {
        "words": WORDS,
        "retention": dict(settings.RETENTION),
        "events_kept": {"account": EVENTS_OF_THE_ACCOUNT, "for_good": EVENTS_FOR_GOOD},
        "privacy": dict(settings.PRIVACY),
        "chat_words_days": settings.CHAT.get("words_days", 0),
        "demo_hours": settings.DEMO_ACCOUNT_HOURS,
        "unfinished_hours": settings.UPLOAD["unfinished_hours"],
        "session_seconds": settings.SESSION_COOKIE_AGE,
        "refresh_seconds": int(settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].total_seconds()),
        "models": [
            [name, model["model"], urlsplit(model["url"]).hostname]
            for name, model in settings.LANGUAGE_MODELS.items()
        ],
        "providers": [[name, one["issuer"]] for name, one in settings.OIDC_PROVIDERS.items()],
        "storage": settings.STORAGE,
        "recipients": _recipients(),
    }


def _recipients() -> dict[str, str | None]:
    """The hosts that are told something beside models and providers; nothing where there is none."""
    by_smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    return {
        "mail": settings.EMAIL_HOST if by_smtp else None,
        "faults": urlsplit(settings.SENTRY_DSN).hostname,
        "traces": urlsplit(settings.TRACES_URL).hostname,
    }


def current_version() -> str:
    """Short enough to be read out: the number of the words, and a checksum of the facts."""
    text = json.dumps(facts(), sort_keys=True)
    return f"{WORDS}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def notice() -> dict[str, Any]:
    """What the page shows."""
    return {
        "version": current_version(),
        "privacy": settings.PRIVACY,
        "kept": list(_kept()),
        "models": [{"name": name, "model": model, "host": host} for name, model, host in facts()["models"]],
        "providers": [
            {"label": one["label"], "host": urlsplit(one["issuer"]).hostname}
            for one in settings.OIDC_PROVIDERS.values()
        ],
        "recipients": _recipients(),
        "files_at": _files_at(),
        "backups": backups_words(),
        "logs": _outside("logs_days"),
        "cookies": list(_cookies()),
        "orphans": span(int(AT_LEAST.total_seconds())),
        "quota": filesizeformat(settings.UPLOAD["quota_bytes"]),
    }


def _kept() -> Iterator[Kept]:
    retention, own = settings.RETENTION, _("until you delete it, or your account")
    yield Kept(
        _(
            "Your account: e-mail address, the name you gave, your password as a hash that can't be turned back"
        ),
        _("until you delete your account"),
    )
    if settings.ACCOUNTS_CONFIRM_EMAIL:
        yield Kept(
            _("E-mail address and name of whoever asks for an account, until the mail to them is sent"),
            _after(asked_mails.WAIT_SECONDS),
        )
    if settings.OIDC_PROVIDERS:
        yield Kept(
            _("A sign-in that you linked: the provider, the address there, and a hash of your number there"),
            _("until you unlink it, or delete your account"),
        )
    yield Kept(_("Demo accounts with all in them"), _after(settings.DEMO_ACCOUNT_HOURS * HOUR))
    yield Kept(_("Sessions: your files, results, reports, maps and plans"), _sessions_until())
    yield Kept(_("Files that were sent in part only"), _after(settings.UPLOAD["unfinished_hours"] * HOUR))
    words = settings.CHAT.get("words_days", 0)
    yield Kept(_("Questions that you asked in words, and the answers"), _after(words * DAY) if words else own)
    yield Kept(
        _("Links to conversations that you shared: whoever has one reads the copy that was frozen"),
        _("until it ends, you revoke it, you delete the conversation, or the oldest words in it are removed")
        if words
        else _("until it ends, you revoke it, or you delete the conversation"),
    )
    yield Kept(
        _("A login of yours at a health information system that you import from, encrypted"),
        _("until the import has ended or its time is up"),
    )
    yield Kept(
        _("Comparisons of language models: your words and the answers"), _after(words * DAY) if words else own
    )
    yield Kept(_("Comparisons of language models: which answer you chose"), own)
    yield Kept(
        _("Names of wards and columns that you confirmed"), _("until you forget them, or delete your account")
    )
    yield Kept(
        _("Events: who did what to which object, as numbers, never the content"),
        _after(retention["events"] * DAY) if retention["events"] else _("until you delete your account"),
    )
    yield Kept(
        _("Of the events: which version of this notice you accepted, and when"),
        _("until you delete your account"),
    )
    yield Kept(
        _(
            "Of the events: attempts to reach what belongs to others, and that an account was deleted; when, and random numbers in place of names"
        ),
        _("for good: attacks can be followed up, and an account that a backup brings back is deleted again"),
    )
    yield Kept(_("Where you are signed in, as a hash of the cookie"), _after(settings.SESSION_COOKIE_AGE))
    yield Kept(
        _("Sign-ins of programs with your password, as a hash of their key"),
        _after(facts()["refresh_seconds"]),
    )
    spent = retention["spent_tokens"]
    yield Kept(
        _("Tokens for programs, as a hash"),
        _("%(span)s after they were revoked or have expired") % {"span": span(spent * DAY)} if spent else own,
    )
    yield Kept(_("Copies of your data that you asked for"), _after(retention["exports"] * DAY))
    yield Kept(
        _("Counters of tries, by a keyed hash of address and e-mail, against guessing of passwords"),
        _after(HOUR),
    )


def _sessions_until() -> str:
    retention, parts = settings.RETENTION, [_("until you delete them, or your account")]
    for days, words in (
        (retention["archived_sessions"], _("%(span)s after you archived them")),
        (retention["inactive_sessions"], _("%(span)s after you last worked on them")),
    ):
        if days:
            parts.append(words % {"span": span(days * DAY)})
    if len(parts) > 1:
        warning = _("a mail tells you %(span)s before") % {"span": span(retention["warning"] * DAY)}
        return "; ".join([*parts, warning])
    return parts[0]


def _files_at() -> str:
    if settings.STORAGE == "s3":
        return _(
            "Rows are in a PostgreSQL database, files in an object store, both reached by this program alone."
        )
    return _(
        "Rows are in a PostgreSQL database, files in a folder of the server, both reached by this program alone."
    )


def backups_words() -> str:
    """How long backups are kept; empty while nobody has said it."""
    return _outside("backups_days")


def _outside(name: str) -> str:
    """How long what lies outside this program is kept; empty while nobody has said it."""
    days = settings.PRIVACY[name]
    return span(days * DAY) if days else ""


def _cookies() -> Iterator[Cookie]:
    yield Cookie(settings.SESSION_COOKIE_NAME, _("keeps you signed in"), span(settings.SESSION_COOKIE_AGE))
    yield Cookie(
        settings.CSRF_COOKIE_NAME,
        _("proves that a form was sent from our page"),
        span(settings.CSRF_COOKIE_AGE),
    )
    yield Cookie("messages", _("carries one sentence to the next page"), _("until it is shown"))
    language = _("the language that you chose")
    yield Cookie(settings.LANGUAGE_COOKIE_NAME, language, span(COOKIE_SECONDS))
    yield Cookie(
        links.COOKIE, _("a link from a mail, while you use it"), span(settings.PASSWORD_RESET_TIMEOUT)
    )
    if settings.OIDC_PROVIDERS:
        yield Cookie(COOKIE, _("a sign-in at a provider, while it goes on"), span(SECONDS))


def _after(seconds: int) -> str:
    return _("at most %(span)s") % {"span": span(seconds)}


def span(seconds: int) -> str:
    """A time in the largest unit that it is a whole number of."""
    if seconds % DAY == 0:
        days = seconds // DAY
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if seconds % HOUR == 0:
        hours = seconds // HOUR
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    minutes = -(-seconds // 60)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
