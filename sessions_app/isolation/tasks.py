"""Background work that runs for a user, and for nobody when it can't prove for whom."""

from __future__ import annotations

import hashlib
import hmac
import logging
from functools import partial
from typing import Any
from uuid import UUID

from celery import Task, current_app
from celery.exceptions import Reject
from django.conf import settings
from django.db import transaction

from sessions_app.broker import broker_in_use
from sessions_app.isolation.errors import BadTaskHeader
from sessions_app.isolation.scope import required_owner, scope

log = logging.getLogger(__name__)

HEADER = "chatmrpt"


def stamp(owner_id: UUID, task_name: str, object_id: UUID, *, key_name: str | None = None) -> dict[str, str]:
    """The header that a task travels with: owner, object, key and an HMAC over these and the task's name."""
    name = key_name or next(iter(settings.TASK_KEYS))
    body = f"{owner_id}|{task_name}|{object_id}|{name}"
    key = settings.TASK_KEYS[name]
    mac = hmac.new(key.encode() if isinstance(key, str) else key, body.encode(), hashlib.sha256).hexdigest()
    return {"owner": str(owner_id), "object": str(object_id), "key": name, "mac": mac}


def verified_owner(header: Any, task_name: str, arguments: tuple[Any, ...]) -> UUID:
    """The owner whom the header names; raises :class:`BadTaskHeader` if anything in it was not written by us."""
    if not isinstance(header, dict) or header.get("key") not in settings.TASK_KEYS:
        raise BadTaskHeader("no header, or an unknown key")
    try:
        owner, object_id = UUID(header["owner"]), UUID(header["object"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadTaskHeader("owner or object is not an id") from None
    expected = stamp(owner, task_name, object_id, key_name=header["key"])["mac"]
    if not hmac.compare_digest(expected.encode(), str(header.get("mac")).encode()):
        raise BadTaskHeader("the signature is wrong")
    if arguments != (str(object_id),):
        raise BadTaskHeader("the arguments name another object")
    return owner


def publish(task_name: str, object_id: UUID) -> None:
    """Send the scoped task of this name once the current transaction is committed, without loading what it does."""
    header = {HEADER: stamp(required_owner(), task_name, object_id)}
    transaction.on_commit(partial(_send_named, task_name, (str(object_id),), header))


def _send_named(task_name: str, arguments: tuple[str], headers: dict[str, Any]) -> None:
    with broker_in_use():
        current_app.send_task(task_name, arguments, headers=headers, ignore_result=True)


class ScopedTask(Task):
    """A task about one row of one user. It is given the row's id, as text, and nothing else.

    ``publish`` sends it when the transaction has committed. The worker enters the owner's scope and holds no
    transaction: the body opens short ones of its own.
    """

    abstract = True

    def publish(self, object_id: UUID, *, countdown: float | None = None) -> None:
        """Run this for ``object_id`` and the current owner, once the current transaction is committed."""
        header = {HEADER: stamp(required_owner(), self.name, object_id)}
        send = partial(self._send, (str(object_id),), headers=header, countdown=countdown)
        transaction.on_commit(send)

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Retries come through here with the header they arrived with; anything else is stamped now."""
        arguments = tuple(args or ())
        headers = dict(options.pop("headers", None) or {})
        if HEADER not in headers:
            if len(arguments) != 1:
                raise BadTaskHeader(f"{self.name} is given the id of one row")
            headers[HEADER] = stamp(required_owner(), self.name, UUID(str(arguments[0])))
        return self._send(arguments, kwargs, headers=headers, **options)

    def _send(self, *args: Any, **options: Any) -> Any:
        with broker_in_use():
            return super().apply_async(*args, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if kwargs:
                raise BadTaskHeader("keyword arguments are not signed")
            owner = verified_owner((self.request.headers or {}).get(HEADER), self.name, args)
        except BadTaskHeader as error:
            log.error("Task refused: %s (%s, message %s)", error, self.name, self.request.id)
            raise Reject(str(error), requeue=False) from error
        with scope(owner, kind="task"):
            return self.run(*args)
