import logging
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.accounts import linked_sign_ins, throttles
from sessions_app.accounts.actions import EmailTaken
from sessions_app.accounts.answers import answers_limits, next_address
from sessions_app.accounts.forms import PasswordAgainForm
from sessions_app.accounts.oidc import flow as walks
from sessions_app.accounts.oidc.provider import (
    Identity,
    NotBelieved,
    Provider,
    ProviderAway,
    authorization_address,
    identify,
    provider_named,
)
from sessions_app.accounts.sign_in import open_web_session, prove_password_again
from sessions_app.isolation.lookup import get_own
from sessions_app.models import LinkedSignIn

logger = logging.getLogger(__name__)


def _provider(name: str) -> Provider:
    found = provider_named(name)
    if found is None:
        raise Http404
    return found


@never_cache
@require_POST
@transaction.non_atomic_requests
@answers_limits
def oidc_start(request: HttpRequest, provider: str) -> HttpResponse:
    """To the provider, to sign in with what it says."""
    chosen, following = _provider(provider), next_address(request, "session_list")
    if request.user.is_authenticated:
        return HttpResponseRedirect(following)
    throttles.take(throttles.PROVIDER_ADDRESS, throttles.client_address(request))
    return _go(request, chosen, walks.new_flow(chosen.name, walks.SIGN_IN, following=following))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@login_required
@answers_limits
def oidc_link(request: HttpRequest, provider: str) -> HttpResponse:
    """To the provider, to link a sign-in with the account; the password is proved first."""
    chosen = _provider(provider)
    if request.user.is_demo or not request.user.has_usable_password():
        messages.info(request, _("Only an account with a password can be linked."))
        return redirect("profile")
    form = PasswordAgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if prove_password_again(request, form.cleaned_data["password"]):
            throttles.take(throttles.PROVIDER_ADDRESS, throttles.client_address(request))
            return _go(request, chosen, walks.new_flow(chosen.name, walks.LINK, user_id=request.user.pk))
        form.add_error("password", _("This is not your password."))
    return render(request, "accounts/oidc_link.html", {"form": form, "provider": chosen})


def _go(request: HttpRequest, chosen: Provider, flow: walks.Flow) -> HttpResponse:
    """A page that leads on by itself: the content policy lets no form end at another host."""
    try:
        address = authorization_address(chosen, flow)
    except ProviderAway as away:
        return _away(request, chosen, away)
    response = render(request, "accounts/oidc_going.html", {"provider": chosen, "address": address})
    response["Refresh"] = f"0; url={address}"
    return walks.keep(response, flow)


@never_cache
@require_GET
@transaction.non_atomic_requests
@answers_limits
def oidc_callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the provider. No transaction is open while it is asked what its code means."""
    chosen = _provider(provider)
    throttles.take(throttles.PROVIDER_ADDRESS, throttles.client_address(request))
    flow = walks.come_back(request, chosen.name)
    if flow is None:
        return walks.drop(_refused(request, chosen, "expired", 400))
    if "code" not in request.GET:
        return walks.drop(_refused(request, chosen, "stopped", 403))
    try:
        identity = identify(chosen, flow, code=request.GET["code"], issuer=request.GET.get("iss"))
    except NotBelieved as doubt:
        logger.warning("a sign-in through a provider was refused: %s", doubt.reason)
        reason = "unverified" if doubt.reason == "no verified address" else "not_believed"
        return walks.drop(_refused(request, chosen, reason, 403))
    except ProviderAway as away:
        return walks.drop(_away(request, chosen, away))
    if flow.purpose == walks.LINK:
        return walks.drop(_link(request, chosen, flow, identity))
    return walks.drop(_sign_in(request, chosen, flow, identity))


def _sign_in(request: HttpRequest, chosen: Provider, flow: walks.Flow, identity: Identity) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("session_list")
    user = linked_sign_ins.account_of(identity)
    if user is None:
        try:
            user = linked_sign_ins.open_account(identity)
        except EmailTaken:
            return _refused(request, chosen, "has_account", 409)
    elif not user.is_active:
        return _refused(request, chosen, "closed", 403)
    else:
        linked_sign_ins.mark_used(by=user, identity=identity)
    open_web_session(request, user, way="provider")
    return HttpResponseRedirect(flow.following)


def _link(request: HttpRequest, chosen: Provider, flow: walks.Flow, identity: Identity) -> HttpResponse:
    if str(request.user.pk) != flow.user:
        # Somebody else is signed in by now, or nobody.
        return _refused(request, chosen, "expired", 400)
    try:
        linked_sign_ins.link(by=request.user, identity=identity)
    except linked_sign_ins.LinkedElsewhere:
        return _refused(request, chosen, "linked_elsewhere", 409)
    messages.success(request, _("You can sign in with %(provider)s now.") % {"provider": chosen.label})
    return redirect("profile")


@require_POST
@login_required
def oidc_unlink(request: HttpRequest, sign_in_id: uuid.UUID) -> HttpResponse:
    row = get_own(LinkedSignIn.objects.filter(owner_id=request.user.pk), sign_in_id)
    try:
        linked_sign_ins.unlink(by=request.user, row=row)
        messages.success(request, _("This sign-in no longer opens your account."))
    except linked_sign_ins.LastWayIn:
        messages.error(request, _("Set a password first: without one you could not sign in any more."))
    return redirect("profile")


def _refused(request: HttpRequest, chosen: Provider, reason: str, status: int) -> HttpResponse:
    context = {"provider": chosen, "reason": reason}
    return render(request, "accounts/oidc_refused.html", context, status=status)


def _away(request: HttpRequest, chosen: Provider, away: ProviderAway) -> HttpResponse:
    logger.warning("the provider %s could not be used: %s", chosen.name, away)
    response = _refused(request, chosen, "away", 503)
    response["Retry-After"] = "30"
    return response
