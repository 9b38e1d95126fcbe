"""How long things are kept, as the settings say it, and what the last runs of the clean-up removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event
from sessions_app.staff.pages import StaffPage

LAST_RUNS = 30


class RetentionPage(StaffPage):
    stem = "retention"
    title = _("Retention")
    permission = "sessions_app.view_event"

    def show(self, request: HttpRequest) -> HttpResponse:
        runs = Event.objects.using(STAFF_ALIAS).filter(verb__startswith="retention.").order_by("-at")
        return self.rendered(request, {"rules": rules(), "runs": runs[:LAST_RUNS]})


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
    return [(what, _in_words(after)) for what, after in ends]


def _in_words(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3_600)
    if hours % 24 == 0 and hours:
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
