"""Deletes what the settings say is kept no longer, in its owner's scope, and says what it did.

A session is somebody's own work. Before it goes its owner gets a mail; whoever works on it again keeps it. Without a mail
that was taken nothing of it is deleted. A warning counts while the service goes on: after a restore, and where nobody knows
of an application within the time of a warning, owners are warned anew.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from sessions_app import due
from sessions_app.accounts import mails
from sessions_app.actions import delete_session
from sessions_app.events import record
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession, Event, PersonalToken, User

logger = logging.getLogger(__name__)

KEPT_EVENTS = Q(verb__startswith="isolation.") | Q(verb__in=("account.deleted", "privacy.accepted"))


@dataclass
class Applied:
    """What was done, or with `dry_run` would be: numbers, and ids of sessions."""

    dry_run: bool
    warned: list[uuid.UUID] = field(default_factory=list)
    sessions: list[uuid.UUID] = field(default_factory=list)
    tokens: int = 0
    events: int = 0
    mails_refused: int = 0


@shared_task(name="sessions_app.apply_retention", ignore_result=True)
def apply_if_due() -> None:
    due.do_if_due(due.RETENTION, apply)


def apply(*, dry_run: bool = False) -> Applied:
    done = Applied(dry_run)
    anew = _was_away()
    if anew and not dry_run:
        forget_warnings()
    _sessions(done, anew=anew)
    _spent_tokens(done)
    _events(done)
    logger.info(
        "retention%s: %s sessions deleted, %s announced, %s tokens, %s events, %s mails refused",
        " (dry run)" if dry_run else "",
        len(done.sessions),
        len(done.warned),
        done.tokens,
        done.events,
        done.mails_refused,
    )
    return done


def _was_away() -> bool:
    """Whether whoever was warned may have found no service since: none that was known of within a warning's time."""
    try:
        at = due.last_done(due.RETENTION)
    except (ConnectionInterrupted, RedisError):
        at = None
    longest = max(timedelta(days=settings.RETENTION["warning"]), 2 * due.RETENTION.every)
    return at is None or timezone.now() - at > longest


def forget_warnings() -> int:
    """Owners are warned anew before anything of theirs goes; gives back of how many sessions they were."""
    warned = AnalysisSession.objects.using("system").exclude(deletion_warned_at=None).order_by("owner_id")
    forgotten = 0
    for owner_id in list(warned.values_list("owner_id", flat=True).distinct()):
        with scope(owner_id, kind="task"), transaction.atomic():
            of_owner = AnalysisSession.objects.filter(owner_id=owner_id).exclude(deletion_warned_at=None)
            forgotten += of_owner.update(deletion_warned_at=None)
    return forgotten


def _sessions(done: Applied, *, anew: bool) -> None:
    """Announce what is due within the time of a warning; delete what was announced that long ago and is due.

    `anew`: no warning that was given counts.
    """
    now, ahead = timezone.now(), timedelta(days=settings.RETENTION["warning"])
    soon: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for session in _due(now + ahead):
        if anew or not _still_warned(session):
            soon[session.owner_id].append(session.pk)
    warned = _due(now).filter(deletion_warned_at__lte=now - ahead)
    over = [] if anew else [one for one in warned if _still_warned(one)]
    for owner_id, ids in soon.items():
        if done.dry_run or _warn(owner_id, ids):
            done.warned += ids
        else:
            done.mails_refused += 1
    for session in over:
        if done.dry_run or _delete(session, now):
            done.sessions.append(session.pk)


def _due(by: datetime) -> QuerySet[AnalysisSession]:
    """Sessions whose time is up at that moment, as maintenance finds them; demo accounts end as a whole."""
    due = Q(pk__in=[])
    if days := settings.RETENTION["inactive_sessions"]:
        due |= Q(updated_at__lte=by - timedelta(days=days))
    if days := settings.RETENTION["archived_sessions"]:
        due |= Q(archived_at__lte=by - timedelta(days=days))
    return (
        AnalysisSession.objects.using("system").filter(due, owner__is_demo=False).order_by("owner_id", "pk")
    )


def _still_warned(session: AnalysisSession) -> bool:
    """Nobody has worked on it since the warning."""
    return session.deletion_warned_at is not None and session.updated_at < session.deletion_warned_at


def _warn(owner_id: uuid.UUID, ids: list[uuid.UUID]) -> bool:
    """Tell the owner, and note it only when the mail was taken."""
    with scope(owner_id, kind="task"), transaction.atomic():
        owner = User.objects.filter(pk=owner_id).first()
        names = list(AnalysisSession.objects.filter(pk__in=ids).values_list("name", flat=True))
    if owner is None or not names:
        return False
    try:
        mails.send_retention_warning(owner, names)
    except mails.MailRefused:
        return False
    with scope(owner_id, kind="task"), transaction.atomic():
        AnalysisSession.objects.filter(pk__in=ids).update(deletion_warned_at=timezone.now())
        record(owner_id=owner_id, verb="retention.announced", of=owner, sessions=len(names))
    return True


def _delete(session: AnalysisSession, now: datetime) -> bool:
    """As its owner could have; only if it is still as it was found."""
    with scope(session.owner_id, kind="task"), transaction.atomic():
        row = (
            AnalysisSession.objects.select_for_update()
            .filter(pk=session.pk, updated_at__lt=F("deletion_warned_at"))
            .first()
        )
        if row is None:
            return False
        owner = User(pk=session.owner_id)
        record(owner_id=owner.pk, verb="retention.deleted", of=row, session_id=row.pk)
        delete_session(by=owner, session=row)
    return True


def _spent_tokens(done: Applied) -> None:
    days = settings.RETENTION["spent_tokens"]
    if not days:
        return
    before = timezone.now() - timedelta(days=days)
    spent = Q(revoked_at__lte=before) | Q(expires_at__lte=before)
    found = PersonalToken.objects.using("system").filter(spent)
    for owner_id in found.values_list("owner_id", flat=True).distinct().order_by("owner_id"):
        with scope(owner_id, kind="task"), transaction.atomic():
            of_owner = PersonalToken.objects.filter(spent, owner_id=owner_id)
            done.tokens += of_owner.count() if done.dry_run else of_owner.delete()[0]


def _events(done: Applied) -> None:
    days = settings.RETENTION["events"]
    if not days:
        return
    if done.dry_run:
        before = timezone.now() - timedelta(days=days)
        done.events = Event.objects.using("system").filter(at__lt=before).exclude(KEPT_EVENTS).count()
        return
    with connections["system"].cursor() as cursor:
        cursor.execute("SELECT app.forget_old_events(%s)", [days])
        done.events = cursor.fetchone()[0]


def told(done: Applied) -> Iterator[str]:
    """What a person at a terminal reads."""
    would = "would be " if done.dry_run else ""
    yield f"{len(done.warned)} sessions {would}announced to their owners"
    yield f"{len(done.sessions)} sessions {would}deleted"
    yield from (f"  {session_id}" for session_id in done.sessions)
    yield f"{done.tokens} revoked or expired tokens {would}deleted"
    yield f"{done.events} old events {would}deleted"
    if done.mails_refused:
        yield f"{done.mails_refused} owners could not be told: the mail server did not take the message"
