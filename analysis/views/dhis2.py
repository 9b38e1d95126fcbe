"""Importing facility reports from a DHIS2: connect, choose, and watch it being brought in."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from analysis.dhis2 import forms, logins
from analysis.models import Dhis2Login
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult, AnalysisSession, User
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.views import own_session

PAGE = "dhis2/session_dhis2.html"
KINDS = ("dhis2_look", "dhis2_import")


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_dhis2(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """POST asks for the import of what was chosen."""
    session = own_session(request, session_id)
    if request.method == "GET":
        return render(request, PAGE, _context(session))
    login = _kept(session)
    if login is None:
        messages.warning(request, _("The token is no longer kept. Connect again."))
        return redirect("session_dhis2", session.pk)
    sent = forms.read_import(request.POST, str(login.pk))
    with Refusal() as refusal:
        actions.request_result(by=request.user, session=session, kind="dhis2_import", params=sent)
        return redirect("session_dhis2", session.pk)
    return render(request, PAGE, _context(session, sent=sent) | {"problem": refusal.problem}, status=422)


@sensitive_post_parameters("token", "password")
@require_POST
@login_required
@limited("compute")
def dhis2_connect(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Keep the login, and have a worker look at what the server has."""
    session = own_session(request, session_id)
    form = forms.ConnectForm(request.POST)
    if not form.is_valid():
        return render(request, PAGE, _context(session, form=form), status=422)
    with Refusal() as refusal:
        login = logins.keep_login(
            by=request.user, session=session, address=form.cleaned_data["address"], login=form.login()
        )
        actions.request_result(
            by=request.user, session=session, kind="dhis2_look", params={"login": str(login.pk)}
        )
        return redirect("session_dhis2", session.pk)
    context = _context(session, form=form) | {"problem": refusal.problem}
    return render(request, PAGE, context, status=refusal.status)


@require_POST
@login_required
def dhis2_forget(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    login = _kept(session)
    if login is not None:
        logins.forget_login(by=request.user, login=login)
    messages.success(request, _("The token is forgotten."))
    return redirect("session_dhis2", session.pk)


def _kept(session: AnalysisSession) -> Dhis2Login | None:
    return logins.logins_of(User(pk=session.owner_id)).filter(session_id=session.pk).first()


def _context(
    session: AnalysisSession, *, form: forms.ConnectForm | None = None, sent: dict[str, Any] | None = None
) -> dict[str, Any]:
    newest = selectors.newest_of(session)
    asked = sorted(
        (newest.results[kind] for kind in KINDS if kind in newest.results),
        key=lambda result: result.created_at,
    )
    last = asked[-1] if asked else None
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    login = _kept(session)
    context = session_frame(session, "data", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "login": login,
        "form": form or forms.ConnectForm(initial={"address": login.address if login else ""}),
    }
    if running:
        return context
    if last and last.kind == "dhis2_import" and last.status == AnalysisResult.Status.SUCCEEDED:
        context["finished"] = AnalysisResult.objects.get(pk=last.pk)
    looked = newest.succeeded.get("dhis2_look")
    if login and looked and looked.params["login"] == str(login.pk):
        found = AnalysisResult.objects.get(pk=looked.pk).summary
        earlier = sent or (ended.params if ended and ended.kind == "dhis2_import" else {})
        context |= {"found": found, "offered": forms.choices(found, earlier)}
    return context
