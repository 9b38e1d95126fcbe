"""Faults that a user was shown a number of, as events in that user's ledger.

The number is made while an answer is, in a transaction that may be rolled back; the event is written after it.
"""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from sessions_app.events import record
from sessions_app.isolation.scope import current_owner
from sessions_app.models import User
from sessions_app.problems import collecting_incidents, logger


def incident_events(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware inside the user's scope: one `error.shown` for each number that the answer holds."""

    def respond(request: HttpRequest) -> HttpResponse:
        with collecting_incidents() as noted:
            response = get_response(request)
        if noted and current_owner() is not None:
            _write(request, response.status_code, noted)
        return response

    return respond


def _write(request: HttpRequest, status: int, noted: list[str]) -> None:
    owner_id = current_owner()
    route = request.resolver_match.route if request.resolver_match else ""
    try:
        with transaction.atomic():
            for incident in noted:
                record(
                    owner_id=owner_id,
                    verb="error.shown",
                    of=User(pk=owner_id),
                    incident=incident,
                    route=route,
                    status=status,
                )
    except (OperationalError, InterfaceError):
        logger.warning("incidents %s have no events: the database does not answer", ", ".join(noted))
