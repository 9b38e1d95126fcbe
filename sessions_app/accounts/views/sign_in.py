from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sessions_app.accounts.answers import answers_limits, forget_browser, next_address
from sessions_app.accounts.forms import SignInForm
from sessions_app.accounts.oidc.provider import providers
from sessions_app.accounts.sign_in import open_web_session, prove_password

# One sentence for a wrong password, an unknown address and a closed account.
NOT_SIGNED_IN = _("This e-mail and password do not belong together. Check both, or reset the password.")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@answers_limits
def sign_in(request: HttpRequest) -> HttpResponse:
    following = next_address(request, "session_list")
    if request.user.is_authenticated:
        return HttpResponseRedirect(following)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = prove_password(request, **form.cleaned_data)
        if user is not None:
            open_web_session(request, user)
            return HttpResponseRedirect(following)
        form.add_error(None, NOT_SIGNED_IN)
    context = {"form": form, "next": following, "providers": providers()}
    return render(request, "accounts/sign_in.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return forget_browser(redirect("landing"))
