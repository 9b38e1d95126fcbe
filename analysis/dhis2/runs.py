"""What a worker does with a DHIS2 server: looks at what it has, or brings its facility reports into the session.

No transaction is open while a server is waited for. A worker that dies leaves nothing: the next attempt begins anew.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction

from analysis.dhis2 import logins
from analysis.dhis2.connection import Limits, Server
from analysis.dhis2.params import wish_of
from analysis.dhis2.pulling import Pulled, look, pull
from analysis.models import Dhis2Login
from analysis.tpr_inspect import inspect_facilities
from analysis.writers.text import write_csv
from sessions_app import selectors
from sessions_app.files import display_name, refuse_size
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import AnalysisSession
from sessions_app.problems import Problem

TOLD_EVERY_SECONDS = 2.0


class Telling:
    """Tells the ledger how far an import is, and by that hears whether it is to stop."""

    def __init__(self, job: Job) -> None:
        self._job, self._here, self._told = job, ("connect", 0.0), 0.0

    def step(self, step: str, percent: float) -> None:
        soon = step == self._here[0] and time.monotonic() - self._told < TOLD_EVERY_SECONDS / 4
        self._here = (step, percent)
        if not soon:
            self._tell()

    def look(self) -> None:
        """While a server is waited for."""
        if time.monotonic() - self._told >= TOLD_EVERY_SECONDS:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._job.progress(*self._here)


@contextmanager
def asked_server(job: Job, telling: Telling) -> Iterator[Server]:
    address, login = logins.opened(job.owner_id, uuid.UUID(job.params["login"]))
    limits = Limits(total_seconds=settings.DHIS2["total_seconds"])
    with Server(address, login, logins.policy(), limits, looking=telling.look) as server:
        yield server


def run_look(job: Job) -> dict[str, Any]:
    """What there is to choose from; the login is kept for the import that follows."""
    telling = Telling(job)
    with asked_server(job, telling) as server:
        return look(server, telling.step)


def run_import(job: Job) -> dict[str, Any]:
    """Pull the reports and store them as the session's facility file. The login goes when that is told."""
    telling = Telling(job)
    _refuse_full_session(job)
    with asked_server(job, telling) as server:
        pulled = pull(server, wish_of(job.params), telling.step)
    job.progress("store", 95)
    report = _store(job, pulled)
    login_id = job.params["login"]
    job.when_succeeded.append(lambda: Dhis2Login.objects.filter(pk=login_id).delete())
    return {
        "origin": pulled.origin,
        "rows": report["rows"],
        "notes": [note.as_dict() for note in pulled.notes],
        "layout": report["layout"],
        "unsettled": report["unsettled"],
    }


def _store(job: Job, pulled: Pulled) -> dict[str, Any]:
    """Write and inspect the table as an upload would be; give back its report."""
    origin = pulled.origin
    area = origin["org_unit"]["name"][:80].replace("/", "-").replace("\\", "-")
    name = display_name(f"DHIS2 {area} {origin['first']} to {origin['last']}.csv")
    path = write_csv(pulled.frame, job.folder / "facilities.csv")
    refuse_size(path.stat().st_size, name)
    report = inspect_facilities(path, name)
    report["notes"] = [*(note.as_dict() for note in pulled.notes), *report["notes"]]
    report["origin"] = origin
    job.save_upload("facilities", name, path, report)
    return report


def _refuse_full_session(job: Job) -> None:
    session = AnalysisSession(pk=job.result.session_id, owner_id=job.owner_id)
    with scope(job.owner_id), transaction.atomic():
        if selectors.files_of(session).count() >= settings.UPLOAD["max_files_per_session"]:
            raise Problem("too_many_files", where="session")
