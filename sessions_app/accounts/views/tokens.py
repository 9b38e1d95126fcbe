import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.accounts import actions
from sessions_app.accounts.forms import PersonalTokenForm
from sessions_app.accounts.personal_tokens import MOST_PER_USER
from sessions_app.isolation.lookup import get_own
from sessions_app.models import PersonalToken


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    if request.user.is_demo:
        messages.info(request, gettext("A demo account has no tokens. Sign up to make some."))
        return redirect("profile")
    form = PersonalTokenForm(request.POST or None)
    shown_once = None
    if request.method == "POST" and form.is_valid():
        try:
            _, shown_once = actions.make_personal_token(
                by=request.user,
                name=form.cleaned_data["name"],
                read_only=form.cleaned_data["reach"] == "read",
                expires_at=form.expires_at(),
            )
            form = PersonalTokenForm()
        except actions.TooManyTokens:
            form.add_error(
                None,
                gettext("You have %(most_per_user)s tokens already. Revoke one that is not needed.")
                % {"most_per_user": MOST_PER_USER},
            )
    live = PersonalToken.objects.filter(owner=request.user, revoked_at=None).order_by("-created_at")
    context = {"form": form, "shown_once": shown_once, "tokens": live, "now": timezone.now()}
    # The clear token stands in this one answer: not in a message cookie, not behind a redirect.
    return render(request, "accounts/tokens.html", context)


@require_POST
@login_required
def token_revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    token = get_own(PersonalToken.objects.all(), token_id)
    actions.revoke_personal_token(by=request.user, token=token)
    messages.success(request, gettext("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("tokens")
