"""How long things are kept, as the settings say it, and what the last runs of the clean-up removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from sessions_app import due
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.staff.pages import StaffPage

LAST_RUNS = 30
# What the clean-up tells of, counted by day; whose it was stands in their own ledgers.
VERBS = ("retention.announced", "retention.deleted")


class RetentionPage(StaffPage):
    stem = "retention"
    title = _("Retention")
    permission = "sessions_app.view_event"

    def show(self, request: HttpRequest) -> HttpResponse:
        told = Event.objects.using(STAFF_ALIAS).filter(verb__in=VERBS).order_by()
        runs = told.values("verb", day=TruncDate("at")).annotate(n=Count("pk")).order_by("-day", "verb")
        return self.rendered(
            request, {"rules": rules(), "runs": runs[:LAST_RUNS], "applied": _last_applied()}
        )


def _last_applied() -> datetime | None:
    """None while no mark says so, and while nobody can be asked for it."""
    try:
        return due.last_done(due.RETENTION)
    except (ConnectionInterrupted, RedisError):
        return None


def rules() -> list[tuple[Any, str]]:
    """What ends by itself, and after how long."""
    ends = [
        (
            _("Demo accounts of visitors, with all that is theirs"),
            timedelta(hours=settings.DEMO_ACCOUNT_HOURS),
        ),
        (_("Sign-ins of browsers"), timedelta(seconds=settings.SESSION_COOKIE_AGE)),
        (
            _("Sign-ins of API clients, unless they are renewed"),
            settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
        ),
        (_("Links to reset a password"), timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)),
        (_("Parts of unfinished uploads"), timedelta(hours=settings.UPLOAD["unfinished_hours"])),
    ]
    days = [
        (_("Sessions that nobody changes, adds a file to or calculates in"), "inactive_sessions"),
        (_("Sessions in the archive"), "archived_sessions"),
        (_("Events"), "events"),
        (_("Spent tokens"), "spent_tokens"),
        (_("Copies of one’s own data"), "exports"),
    ]
    kept = [(what, settings.RETENTION[name]) for what, name in days]
    return [
        *((what, _in_words(after)) for what, after in ends),
        *((what, _in_words(timedelta(days=after)) if after else _("never")) for what, after in kept),
    ]


def _in_words(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3_600)
    if hours % 24 == 0 and hours:
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
