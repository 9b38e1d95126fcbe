"""Addresses of the account pages."""

from django.urls import path

from sessions_app.accounts.views import demo, language, oidc, password, profile, sign_in, sign_up, tokens

urlpatterns = [
    path("accounts/sign-up/", sign_up.sign_up, name="sign_up"),
    path("accounts/sign-up/sent/", sign_up.sign_up_sent, name="sign_up_sent"),
    path("accounts/sign-up/password/", sign_up.sign_up_password, name="sign_up_password"),
    path("accounts/sign-up/link/<str:token>/", sign_up.sign_up_link, name="sign_up_link"),
    path("accounts/sign-in/", sign_in.sign_in, name="sign_in"),
    path("accounts/sign-out/", sign_in.sign_out, name="sign_out"),
    path("accounts/oidc/<slug:provider>/start/", oidc.oidc_start, name="oidc_start"),
    path("accounts/oidc/<slug:provider>/link/", oidc.oidc_link, name="oidc_link"),
    path("accounts/oidc/<slug:provider>/callback/", oidc.oidc_callback, name="oidc_callback"),
    path("accounts/profile/sign-ins/<uuid:sign_in_id>/unlink/", oidc.oidc_unlink, name="oidc_unlink"),
    path("accounts/password/reset/", password.password_reset, name="password_reset"),
    path("accounts/password/reset/sent/", password.password_reset_sent, name="password_reset_sent"),
    path("accounts/password/reset/new/", password.password_reset_new, name="password_reset_new"),
    path(
        "accounts/password/reset/link/<uuid:user_id>/<str:token>/",
        password.password_reset_link,
        name="password_reset_link",
    ),
    path("accounts/password/change/", password.password_change, name="password_change"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/profile/sign-out-elsewhere/", profile.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("accounts/profile/delete/", profile.delete_account, name="delete_account"),
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("language/", language.language, name="language"),
    path("demo/", demo.try_demo, name="try_demo"),
]
