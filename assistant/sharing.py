"""Read-only links to a conversation as it was when it was shared.

Whoever has a link sees the frozen copy and nothing of its owner. A link ends at its time, when it is revoked, when the
oldest words in it are removed (`retention`), and with its conversation or account; its copy is then emptied or gone.
"""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Least
from django.utils import timezone

from assistant import selectors
from assistant.models import Conversation, SharedLink, Turn
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


def latest_end(turns: Iterable[Turn]) -> datetime | None:
    """When the first words of these turns are removed, and a link to them ends at the latest; None when none ever are."""
    days = settings.CHAT["words_days"]
    kept = [turn.created_at for turn in turns if turn.words_removed_at is None]
    return min(kept) + timedelta(days=days) if days and kept else None


@transaction.atomic
def share(*, by: User, conversation: Conversation, days: int) -> tuple[SharedLink, str]:
    """Freeze the conversation behind a new link. The second value is the secret's only appearance in clear.

    The link ends after so many days, or when the oldest words in it are removed, whichever comes first.
    """
    if days not in DAYS:
        raise Problem("invalid_request", f"A link lasts {', '.join(map(str, DAYS))} days.", where="days")
    # The user's row is the queue: two tabs can't both make the last one.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if open_links(by).count() >= settings.CHAT["max_links_per_user"]:
        raise Problem("too_many_links")
    turns = list(selectors.turns_of(conversation))
    if not turns:
        raise Problem("nothing_to_share", where=str(conversation.pk))
    until, latest = timezone.now() + timedelta(days=days), latest_end(turns)
    if latest is not None and latest <= timezone.now():
        # Maintenance will remove words within the hour.
        raise Problem("words_ending", where=str(conversation.pk))
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
        expires_at=min(until, latest or until),
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
    """Empty the copies of links whose time is up, each in its owner's scope; the maintenance role only finds them.

    Time is up, too, when words that a copy holds were removed: the setting may have changed since the link was made.
    """
    shown = Turn.objects.filter(
        owner_id=OuterRef("owner_id"),
        conversation_id=OuterRef("conversation_id"),
        created_at__lte=OuterRef("created_at"),
    )
    removed = Exists(shown.filter(words_removed_at__gt=OuterRef("created_at")))
    late = SharedLink.objects.using("system").filter(snapshot__isnull=False)
    late = late.filter(Q(expires_at__lte=timezone.now()) | removed)
    found = list(late.order_by("expires_at").values_list("owner_id", "pk")[:most])
    for owner_id, link_id in found:
        with scope(owner_id, kind="task"), transaction.atomic():
            link = SharedLink.objects.select_for_update().filter(pk=link_id, snapshot__isnull=False).first()
            if link is not None:
                until = Least(F("expires_at"), timezone.now())
                SharedLink.objects.filter(pk=link.pk).update(snapshot=None, expires_at=until)
                record(owner_id=owner_id, verb="share.ended", of=link)
    return len(found)
