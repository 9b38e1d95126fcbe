"""Read-only links to a conversation as it was when it was shared.

Whoever has a link sees the frozen copy and nothing of its owner. A link ends at its time, when it is revoked, and with
its conversation or account; its copy is then emptied or gone.
"""

import json
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from assistant import selectors
from assistant.models import Conversation, SharedLink
from assistant.told import told
from sessions_app.events import record
from sessions_app.isolation.identity import open_shared, secret_hash
from sessions_app.isolation.scope import scope
from sessions_app.models import User
from sessions_app.problems import Problem

DAYS = (1, 7, 30, 90)
MOST_BYTES = 8_000_000


def links_of(user: User) -> QuerySet[SharedLink]:
    """All of them, ended ones too, without their copies; newest first."""
    links = SharedLink.objects.filter(owner_id=user.pk).select_related("conversation")
    return links.defer("snapshot").order_by("-created_at", "pk")


def open_links(user: User) -> QuerySet[SharedLink]:
    return links_of(user).filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


@transaction.atomic
def share(*, by: User, conversation: Conversation, days: int) -> tuple[SharedLink, str]:
    """Freeze the conversation behind a new link. The second value is the secret's only appearance in clear."""
    if days not in DAYS:
        raise Problem("invalid_request", f"A link lasts {', '.join(map(str, DAYS))} days.", where="days")
    # The user's row is the queue: two tabs can't both make the last one.
    User.objects.select_for_update().get(pk=by.pk)
    if open_links(by).count() >= settings.CHAT["max_links_per_user"]:
        raise Problem("too_many_links")
    turns = list(selectors.turns_of(conversation))
    if not turns:
        raise Problem("nothing_to_share", where=str(conversation.pk))
    snapshot = told(conversation, turns, pictures=True)
    if len(json.dumps(snapshot)) > MOST_BYTES:
        raise Problem("too_much_to_share", where=str(conversation.pk))
    secret = secrets.token_urlsafe(32)
    link = SharedLink.objects.create(
        owner_id=by.pk,
        conversation=conversation,
        token_hash=secret_hash(secret),
        title=conversation.title,
        turn_count=len(turns),
        snapshot=snapshot,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(
        owner_id=by.pk,
        verb="share.made",
        of=link,
        session_id=conversation.session_id,
        days=days,
        turns=len(turns),
    )
    return link, secret


@transaction.atomic
def revoke(*, by: User, link: SharedLink) -> SharedLink:
    """End a link now; its copy goes with it."""
    link = SharedLink.objects.select_for_update().select_related("conversation").get(pk=link.pk)
    if not link.is_open:
        raise Problem("link_over", where=str(link.pk))
    link.revoked_at, link.snapshot = timezone.now(), None
    link.save(update_fields=["revoked_at", "snapshot"])
    record(owner_id=by.pk, verb="share.revoked", of=link, session_id=link.conversation.session_id)
    return link


def opened(secret: str) -> dict[str, Any] | None:
    """What a link shows to whoever has it; None when it shows nothing. Counts as one opening."""
    copy = open_shared(secret_hash(secret))
    return None if copy is None else json.loads(copy)


def empty_ended(*, most: int) -> int:
    """Empty the copies of links whose time is up, each in its owner's scope; the maintenance role only finds them."""
    late = SharedLink.objects.using("system").filter(
        Q(expires_at__lte=timezone.now()), snapshot__isnull=False
    )
    found = list(late.order_by("expires_at").values_list("owner_id", "pk")[:most])
    for owner_id, link_id in found:
        with scope(owner_id, kind="task"), transaction.atomic():
            link = SharedLink.objects.select_for_update().filter(pk=link_id, snapshot__isnull=False).first()
            if link is not None:
                SharedLink.objects.filter(pk=link.pk).update(snapshot=None)
                record(owner_id=owner_id, verb="share.ended", of=link)
    return len(found)
