from typing import Any

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

from sessions_app import quotas
from sessions_app.accounts import actions
from sessions_app.accounts.answers import answers_limits, forget_browser
from sessions_app.accounts.forms import PasswordAgainForm, ProfileForm
from sessions_app.accounts.oidc.provider import label_of, providers
from sessions_app.accounts.sign_in import prove_password_again, signed_in_just_now
from sessions_app.actions import delete_account as delete_everything
from sessions_app.languages import asked_for
from sessions_app.models import LinkedSignIn, User, WebSession
from sessions_app.privacy.notice import backups_words


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
    room = quotas.room_of(request.user)
    context = {"form": form, "places": places, "room": room, **_sign_ins(request.user)}
    return render(request, "accounts/profile.html", context)


def _sign_ins(user: User) -> dict[str, Any]:
    """The sign-ins at providers that open this account, and the providers that could."""
    linked = list(LinkedSignIn.objects.filter(owner=user))
    taken = {row.issuer for row in linked}
    return {
        "linked": [(row, label_of(row.issuer)) for row in linked],
        "linkable": [provider for provider in providers() if provider.issuer not in taken],
    }


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
    user = request.user
    # A demo account has no password to ask for; who came through a provider proves it by having come just now.
    form = PasswordAgainForm(request.POST or None) if user.has_usable_password() else None
    again = form is None and not user.is_demo and not signed_in_just_now(request)
    if request.method == "POST" and not again and (form is None or form.is_valid()):
        if form is None or prove_password_again(request, form.cleaned_data["password"]):
            logout(request)
            delete_everything(by=user)
            return forget_browser(render(request, "accounts/account_deleted.html"))
        form.add_error("password", gettext("This is not your password."))
    context = {"form": form, "again": again, "backups": backups_words()}
    return render(request, "accounts/delete_account.html", context)
