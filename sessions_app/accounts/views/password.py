import uuid

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from sessions_app.accounts import actions, asked_mails, linked_sign_ins, links, throttles
from sessions_app.accounts.answers import answers_limits
from sessions_app.accounts.forms import ChoosePasswordForm, PasswordChangeForm, PasswordResetForm
from sessions_app.accounts.sign_in import prove_password_again


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@answers_limits
def password_reset(request: HttpRequest) -> HttpResponse:
    form = PasswordResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        throttles.take(throttles.MAIL_ADDRESS, throttles.client_address(request))
        throttles.take(throttles.MAIL_EMAIL, email)
        asked_mails.ask_for_password_reset(email)
        return redirect("password_reset_sent")
    return render(request, "accounts/password_reset.html", {"form": form})


@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_sent.html")


@never_cache
@require_safe
def password_reset_link(request: HttpRequest, user_id: uuid.UUID, token: str) -> HttpResponse:
    return links.keep(redirect("password_reset_new"), f"{user_id}:{token}")


@never_cache
@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def password_reset_new(request: HttpRequest) -> HttpResponse:
    user = links.read_reset(links.kept(request))
    if user is None:
        return render(request, "accounts/link_spent.html", {"again": "password_reset"}, status=410)
    form = ChoosePasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_password(
                by=user, password=form.cleaned_data["new_password"], verb="account.password_reset"
            )
        except actions.AccountChanged:
            spent = render(request, "accounts/link_spent.html", {"again": "password_reset"}, status=410)
            return links.drop(spent)
        actions.end_web_sessions(by=user)
        linked_sign_ins.drop_foreign_links(by=user)
        messages.success(request, gettext("Your new password is set. Sign in with it."))
        return links.drop(redirect("sign_in"))
    return render(request, "accounts/password_reset_new.html", {"form": form})


@never_cache
@sensitive_post_parameters("password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
@login_required
@answers_limits
def password_change(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if prove_password_again(request, form.cleaned_data["password"]):
            actions.set_password(by=request.user, password=form.cleaned_data["new_password"])
            with transaction.atomic():
                update_session_auth_hash(request, request.user)
            actions.end_web_sessions(by=request.user, keep=request.session.key_hash)
            messages.success(
                request, gettext("Your password is changed. You were signed out everywhere else.")
            )
            return redirect("profile")
        form.add_error("password", gettext("This is not your password."))
    return render(request, "accounts/password_change.html", {"form": form})
