"""What a page answers when something raised that no view expected."""

import random
import sys
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from chatmrpt.admission import busy
from chatmrpt.logs import request_logger
from sessions_app.api.problems import AWAY, MEDIA_TYPE
from sessions_app.problems import Problem, note_incident

AWAY_SECONDS = 10
AWAY_DETAIL = "A service we need does not answer. Nothing of the request was kept."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404. A program that asks for an address of no view is told so as for a missing row."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    return _told(404, Problem("not_found").problem())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A dependency that is away for a moment is not a fault: 503, and when to come back.

    Of a fault the person, or the program, learns a number to tell us; everything else stands in the log under that number.
    """
    error = sys.exc_info()[1]
    if isinstance(error, AWAY):
        return busy(request, AWAY_SECONDS * random.uniform(0.6, 1.4), AWAY_DETAIL)
    incident = uuid.uuid4().hex[:12]
    request_logger.error("incident %s", incident, extra={"incident": incident}, exc_info=error)
    note_incident(incident)
    if request.path.startswith("/api/"):
        told = Problem("fault", f"This is incident {incident}.").problem()
        return _told(500, told | {"incident": incident})
    return HttpResponse(render_to_string("500.html", {"incident_id": incident}), status=500)


def _told(status: int, problem: dict[str, Any]) -> HttpResponse:
    body = {"type": "about:blank", "status": status} | problem
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
