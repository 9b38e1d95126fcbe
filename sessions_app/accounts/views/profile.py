from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.accounts import actions
from sessions_app.accounts.answers import answers_limits, forget_browser
from sessions_app.accounts.forms import PasswordAgainForm, ProfileForm
from sessions_app.accounts.sign_in import prove_password_again
from sessions_app.actions import delete_account as delete_everything
from sessions_app.languages import asked_for
from sessions_app.models import WebSession


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    now = {"display_name": request.user.display_name, "language": request.user.language}
    form = ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        actions.rename(by=request.user, display_name=form.cleaned_data["display_name"])
        language = form.cleaned_data["language"]
        # Programs and old pages send the name alone.
        if "language" in request.POST and language != request.user.language:
            actions.choose_language(by=request.user, language=language)
        translation.activate(language or asked_for(request))
        messages.success(request, gettext("Saved."))
        return redirect("profile")
    places = WebSession.objects.filter(owner=request.user).count()
    return render(request, "accounts/profile.html", {"form": form, "places": places})


@require_POST
@login_required
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    ended = actions.end_web_sessions(by=request.user, keep=request.session.key_hash)
    said = ngettext("Signed out in %(count)s other place.", "Signed out in %(count)s other places.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("profile")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@login_required
@answers_limits
def delete_account(request: HttpRequest) -> HttpResponse:
    # A demo account has no password to ask for.
    form = None if request.user.is_demo else PasswordAgainForm(request.POST or None)
    if request.method == "POST" and (form is None or form.is_valid()):
        if form is None or prove_password_again(request, form.cleaned_data["password"]):
            user = request.user
            logout(request)
            delete_everything(by=user)
            return forget_browser(render(request, "accounts/account_deleted.html"))
        form.add_error("password", gettext("This is not your password."))
    return render(request, "accounts/delete_account.html", {"form": form})
