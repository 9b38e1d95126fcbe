"""The mails of the account pages. Links are built from the configured address, never from a request's host."""

from __future__ import annotations

import uuid
from smtplib import SMTPException
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from sessions_app.accounts import links
from sessions_app.isolation.identity import load_user, user_by_email
from sessions_app.isolation.scope import scope
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.models import User


class MailUnavailable(Exception):
    """The mail server did not take the message."""


def send_sign_up(email: str, display_name: str) -> None:
    """One mail in either case: a link that opens an account, or word that there is one."""
    user = user_by_email(email)
    if user is None:
        link = links.sign_up_link(email=email, display_name=display_name)
        _send(email, _("Your ChatMRPT account"), "sign_up", {"link": link})
    else:
        public = settings.PUBLIC_URL.rstrip("/")
        addresses = {"sign_in": public + reverse("sign_in"), "reset": public + reverse("password_reset")}
        with override(user.language or get_language()):
            _send(email, _("Your ChatMRPT account"), "already_there", addresses)


def send_password_reset(email: str) -> None:
    """Let a worker write the mail. An unknown address costs the same: a task for nobody."""
    user = user_by_email(email)
    owner = uuid.uuid4() if user is None or not user.is_active else user.pk
    try:
        with scope(owner):
            write_password_reset.publish(owner)
    except OperationalError as error:
        raise MailUnavailable from error


@shared_task(base=ScopedTask, name="accounts.write_password_reset", ignore_result=True)
def write_password_reset(user_id: str) -> None:
    user = load_user(uuid.UUID(user_id))
    if user is not None and user.is_active and not user.is_demo:
        with override(user.language or settings.LANGUAGE_CODE):
            _send(user.email, _("Your ChatMRPT password"), "password_reset", {"link": links.reset_link(user)})


def send_retention_warning(owner: User, names: list[str]) -> None:
    """Which sessions will be deleted because nobody works on them any more."""
    link = settings.PUBLIC_URL.rstrip("/") + reverse("my_data")
    context = {"names": names, "days": settings.RETENTION["warning"], "link": link}
    with override(owner.language or settings.LANGUAGE_CODE):
        _send(owner.email, _("Your sessions at ChatMRPT"), "retention_warning", context)


def _send(to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    try:
        send_mail(subject, render_to_string(f"accounts/mail/{template}.txt", context), None, [to])
    except (SMTPException, OSError) as error:
        raise MailUnavailable from error
