import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.accounts.answers import next_address
from sessions_app.downloads import send
from sessions_app.isolation.lookup import get_own
from sessions_app.privacy import consent, exports
from sessions_app.privacy.notice import notice
from sessions_app.problems import Problem
from sessions_app.stored_words import translated
from sessions_app.throttles import limited

LOOK_AGAIN_SECONDS = 5


@require_GET
def privacy_notice(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/notice.html", notice())


@require_POST
@login_required
def privacy_accept(request: HttpRequest) -> HttpResponse:
    try:
        consent.accept(by=request.user, version=request.POST.get("version", ""))
    except Problem:
        messages.warning(request, _("The privacy notice has changed since you opened it. Read it again."))
        return redirect("privacy_notice")
    messages.success(request, _("Thank you. Your account says which notice you accepted, and when."))
    return HttpResponseRedirect(next_address(request, "session_list"))


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def my_data(request: HttpRequest) -> HttpResponse:
    """Ask for a copy of everything, follow it while it is made, download it."""
    if request.method == "POST":
        exports.request_export(by=request.user)
        return redirect("my_data")
    export = exports.export_of(request.user)
    response = render(request, "privacy/my_data.html", {"export": export, "days": exports.kept_days()})
    if export is not None and export.is_under_way:
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@require_GET
@transaction.non_atomic_requests
@login_required
def my_data_download(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    with transaction.atomic():
        export = get_own(exports.exports_of(request.user), export_id)
    try:
        return send(exports.as_file(export))
    except Problem as problem:
        messages.warning(request, ". ".join((translated(problem.title), translated(problem.fix))))
        return redirect("my_data")


@require_POST
@login_required
def my_data_discard(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    exports.discard(by=request.user, export=get_own(exports.exports_of(request.user), export_id))
    messages.success(request, _("The copy is deleted."))
    return redirect("my_data")
