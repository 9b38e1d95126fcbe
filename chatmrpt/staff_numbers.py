"""How the parts of the system are, for the first page of the staff site: what /metrics/ and /health/ready/ say."""

import time

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chatmrpt import health, metrics
from sessions_app.staff.numbers import Number, Numbers

PARTS = {
    "database": _("PostgreSQL"),
    "cache": _("Valkey"),
    "broker": _("Task broker"),
    "storage": _("File storage"),
    "worker": _("Workers"),
}


def health_now() -> Numbers:
    found = metrics.gauges()
    entries = [_part(caption, bool(found[f"{name}_up"])) for name, caption in PARTS.items()]
    if found["worker_up"]:
        entries.append(Number(_("Last sign of a worker"), _seconds_ago()))
    if "queue_length" in found:
        waiting = reverse("admin:sessions_app_waitingresult_changelist")
        entries.append(Number(_("Messages in the queue"), int(found["queue_length"]), address=waiting))
    return Numbers(_("System"), entries)


def _part(caption: object, is_up: bool) -> Number:
    return Number(caption, _("answers") if is_up else _("doesn’t answer"), bad=not is_up)


def _seconds_ago() -> str:
    marked = cache.get(health.WORKER_MARK)
    if marked is None:
        return "–"
    seconds = max(0, round(time.time() - marked))
    return ngettext("%(count)d second ago", "%(count)d seconds ago", seconds) % {"count": seconds}
