from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sessions_app.accounts import actions
from sessions_app.languages import CODES, keep_language


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of all pages; back to the page that the form stood on."""
    chosen = request.POST.get("language", "")
    if chosen not in CODES:
        return HttpResponseBadRequest(
            _("There is no such language here."), content_type="text/plain; charset=utf-8"
        )
    if request.user.is_authenticated:
        actions.choose_language(by=request.user, language=chosen)
    # Our referrer policy sends the whole address within the site; a page never repeats an address that it was asked for.
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return keep_language(redirect(back if ours else "landing"), chosen)
