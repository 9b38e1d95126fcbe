"""The same rows as staff look at them: parts of the ledgers with pages and permissions of their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sessions_app.models.events import Event
from sessions_app.models.results import AnalysisResult


class IsolationAttempt(Event):
    """Somebody asked for a row that is another user's."""

    class Meta:
        proxy = True
        verbose_name = _("isolation attempt")
        verbose_name_plural = _("isolation attempts")


class WaitingResult(AnalysisResult):
    """A computation that waits for a worker or is being worked on."""

    class Meta:
        proxy = True
        verbose_name = _("waiting result")
        verbose_name_plural = _("queue")
