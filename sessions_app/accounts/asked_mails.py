"""Mails that pages ask for. Workers write and send them (`mails.py`): a page neither reaches the mail server nor waits for it.

Whether an address has an account is found out by the worker or costs the page the same, so its answer tells nobody.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language
from django_redis.exceptions import ConnectionInterrupted
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from sessions_app.isolation.cache import cache_key
from sessions_app.isolation.identity import user_by_email
from sessions_app.isolation.scope import scope
from sessions_app.isolation.tasks import publish

PASSWORD_RESET = "accounts.write_password_reset"  # nosec B105  # the name of a task
SIGN_UP = "accounts.write_sign_up"
PURPOSE = "wish to open an account"
# How long a wish to open an account waits for a worker. Nothing else of it is stored, and Valkey's files, which may hold it
# longer, hold it sealed.
WAIT_SECONDS = 60 * 60


class MailUnavailable(Exception):
    """The wish for a mail can't be handed to the workers now."""


def ask_for_sign_up(email: str, display_name: str) -> None:
    """A link that opens an account, or word that there is one. Nobody owns this yet: it is a task of its own id."""
    asked = uuid.uuid4()
    # Few requests need it, and what it loads.
    from sessions_app.sealing import seal

    said = {"email": email, "name": display_name, "language": get_language() or "", "at": time.time()}
    key = cache_key(asked, "sign-up")
    try:
        cache.set(key, seal(said, purpose=PURPOSE, owner_id=asked, row_id=asked), timeout=WAIT_SECONDS)
    except (ConnectionInterrupted, RedisError) as error:
        raise MailUnavailable from error
    _hand_over(SIGN_UP, asked)


def asked_sign_up(asked: uuid.UUID) -> dict[str, Any] | None:
    """What was said when this mail was asked for; None when that is over, done, or was not written by us for it."""
    from sessions_app.sealing import NotSealedHere, unseal

    key = cache_key(asked, "sign-up")
    try:
        said = unseal(str(cache.get(key)), purpose=PURPOSE, owner_id=asked, row_id=asked)
    except NotSealedHere:
        return None
    return said if time.time() - said["at"] <= WAIT_SECONDS else None


def forget_sign_up(asked: uuid.UUID) -> None:
    key = cache_key(asked, "sign-up")
    cache.delete(key)


def ask_for_password_reset(email: str) -> None:
    """An unknown address costs the same: a task for nobody."""
    user = user_by_email(email)
    _hand_over(PASSWORD_RESET, uuid.uuid4() if user is None or not user.is_active else user.pk)


def _hand_over(task_name: str, owner: uuid.UUID) -> None:
    try:
        with scope(owner):
            publish(task_name, owner)
    except OperationalError as error:
        raise MailUnavailable from error
