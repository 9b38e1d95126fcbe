"""The mails, as workers write and send them; no module of a page imports this (`asked_mails.py` is theirs).

Links are built from the configured address, never from a request's host.
"""

from __future__ import annotations

import logging
import uuid
from smtplib import SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from sessions_app.accounts import asked_mails, links
from sessions_app.isolation.identity import load_user, user_by_email
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.models import User

logger = logging.getLogger(__name__)


class MailRefused(Exception):
    """The mail server did not take the message."""


class RefusedForGood(MailRefused):
    """Nor will it the next time: it knows no such recipient, or doesn't take what is said to them."""


# A server that is restarting, or wants to be asked a second time, gets its chance; then whoever waits asks again.
AGAIN: dict[str, Any] = {"autoretry_for": (MailRefused,), "retry_backoff": 30, "max_retries": 3}


@shared_task(base=ScopedTask, name=asked_mails.SIGN_UP, ignore_result=True, **AGAIN)
def write_sign_up(asked_id: str) -> None:
    """One mail in either case: a link that opens an account, or word that there is one."""
    asked = asked_mails.asked_sign_up(uuid.UUID(asked_id))
    if asked is None:
        return
    user = user_by_email(asked["email"])
    if user is None:
        template = "sign_up"
        context = {"link": links.sign_up_link(email=asked["email"], display_name=asked["name"])}
    else:
        public = settings.PUBLIC_URL.rstrip("/")
        template = "already_there"
        context = {"sign_in": public + reverse("sign_in"), "reset": public + reverse("password_reset")}
    spoken = user.language if user is not None else ""
    with override(spoken or asked["language"] or settings.LANGUAGE_CODE):
        _send_if_taken(asked["email"], _("Your ChatMRPT account"), template, context)
    asked_mails.forget_sign_up(uuid.UUID(asked_id))


@shared_task(base=ScopedTask, name=asked_mails.PASSWORD_RESET, ignore_result=True, **AGAIN)
def write_password_reset(user_id: str) -> None:
    user = load_user(uuid.UUID(user_id))
    if user is not None and user.is_active and not user.is_demo:
        with override(user.language or settings.LANGUAGE_CODE):
            context = {"link": links.reset_link(user)}
            _send_if_taken(user.email, _("Your ChatMRPT password"), "password_reset", context)


def send_retention_warning(owner: User, names: list[str]) -> None:
    """Which sessions will be deleted because nobody works on them any more."""
    link = settings.PUBLIC_URL.rstrip("/") + reverse("my_data")
    context = {"names": names, "days": settings.RETENTION["warning"], "link": link}
    with override(owner.language or settings.LANGUAGE_CODE):
        _send(owner.email, _("Your sessions at ChatMRPT"), "retention_warning", context)


def _send_if_taken(to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """An address that takes no mail is nobody's fault here, and is asked once."""
    try:
        _send(to, subject, template, context)
    except RefusedForGood as refusal:
        logger.warning("a mail (%s) was refused for good: %s", template, refusal)


def _send(to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    try:
        send_mail(subject, render_to_string(f"accounts/mail/{template}.txt", context), None, [to])
    except (SMTPException, OSError) as error:
        codes = _codes(error)
        if codes and min(codes) >= 500:
            raise RefusedForGood(*codes) from error
        raise MailRefused from error


def _codes(error: Exception) -> list[int]:
    """What the server answered to this recipient or message; nothing where it was about the server and us."""
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _words in error.recipients.values()]
    if isinstance(error, SMTPDataError):
        return [error.smtp_code]
    # The server can't write to an address of these letters: as if it had said so.
    return [553] if isinstance(error, SMTPNotSupportedError) and "SMTPUTF8" in str(error) else []
