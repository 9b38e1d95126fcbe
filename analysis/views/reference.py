"""Reference sets in a session: what staff keep for everybody, and boundaries taken from it."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from analysis.reference_use import use_boundaries
from reference import selectors as reference
from sessions_app.models import AnalysisSession
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.session_frame import session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session

PAGE = "reference/session_reference.html"


@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
@login_required
@limited("upload")
def session_reference(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """POST takes boundaries into the session; no transaction is open while they are read and stored."""
    with transaction.atomic():
        session = own_session(request, session_id)
        context = _context(session)
    if request.method == "GET":
        return render(request, PAGE, context)
    with Refusal() as refusal:
        chosen, _, state = request.POST.get("boundaries", "").partition(":")
        with transaction.atomic():
            row = next((row for row in context["boundaries"] if str(row.pk) == chosen), None)
        if row is None:
            raise Problem(
                "invalid_request", gettext("No reference boundaries were chosen."), where="boundaries"
            )
        stored = use_boundaries(by=request.user, session=session, boundaries=row, state=state)
        messages.success(
            request, gettext("%(name)s is stored as the session's boundaries.") % {"name": stored.name}
        )
        return redirect("session_data", session.pk)
    return render(request, PAGE, context | {"problem": refusal.problem}, status=refusal.status)


def _context(session: AnalysisSession) -> dict[str, Any]:
    sets = list(reference.offered())
    return session_frame(session, "data") | {
        "boundaries": [row for row in sets if row.kind == "boundaries"],
        "others": [row for row in sets if row.kind != "boundaries"],
    }
