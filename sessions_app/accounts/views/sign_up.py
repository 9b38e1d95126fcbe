from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from sessions_app.accounts import actions, asked_mails, links, throttles
from sessions_app.accounts.answers import answers_limits
from sessions_app.accounts.forms import ChoosePasswordForm, SignUpAddressForm, SignUpForm
from sessions_app.accounts.oidc.provider import providers
from sessions_app.accounts.sign_in import open_web_session
from sessions_app.models import User
from sessions_app.privacy.notice import current_version

NOT_POSSIBLE = _(
    "An account cannot be opened with this e-mail. If it is yours, sign in or reset the password."
)


@never_cache
@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@answers_limits
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("session_list")
    prove_first = settings.ACCOUNTS_CONFIRM_EMAIL
    form = (SignUpAddressForm if prove_first else SignUpForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        throttles.take(throttles.SIGN_UP_ADDRESS, throttles.client_address(request))
        email, name = form.cleaned_data["email"], form.cleaned_data["display_name"]
        if prove_first:
            # The same answer whether or not the address has an account: the mail tells its reader.
            throttles.take(throttles.MAIL_EMAIL, email)
            asked_mails.ask_for_sign_up(email, name)
            return redirect("sign_up_sent")
        try:
            user = actions.sign_up(
                email=email,
                password=form.cleaned_data["new_password"],
                display_name=name,
                language=get_language() or "",
                privacy_version=current_version(),
            )
        except actions.EmailTaken:
            form.add_error("email", NOT_POSSIBLE)
        else:
            open_web_session(request, user)
            return redirect("session_list")
    context = {"form": form, "prove_first": prove_first, "providers": providers()}
    return render(request, "accounts/sign_up.html", context)


@require_safe
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/sign_up_sent.html")


@never_cache
@require_safe
def sign_up_link(request: HttpRequest, token: str) -> HttpResponse:
    return links.keep(redirect("sign_up_password"), token)


@never_cache
@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def sign_up_password(request: HttpRequest) -> HttpResponse:
    """Behind the mailed link: the address is proved, the password is chosen, the account opens."""
    proved = links.read_sign_up(links.kept(request))
    if proved is None:
        return render(request, "accounts/link_spent.html", {"again": "sign_up"}, status=410)
    person = User(email=proved["email"], display_name=proved["name"])
    form = ChoosePasswordForm(request.POST or None, user=person)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.sign_up(
                email=proved["email"],
                password=form.cleaned_data["new_password"],
                display_name=proved["name"],
                language=get_language() or "",
                privacy_version=current_version(),
            )
        except actions.EmailTaken:
            return links.drop(render(request, "accounts/link_spent.html", {"again": "sign_in"}, status=410))
        open_web_session(request, user)
        return links.drop(redirect("session_list"))
    return render(request, "accounts/sign_up_password.html", {"form": form, "email": proved["email"]})
