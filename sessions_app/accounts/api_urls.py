"""Addresses of the API's sign-in, below /api/."""

from django.urls import path

from sessions_app.accounts import (
    openapi,  # noqa: F401  (registers how the schema describes our authentication)
    token_api,
)

urlpatterns = [
    path("token/", token_api.TokenView.as_view(), name="api-token"),
    path("token/refresh/", token_api.TokenRefreshView.as_view(), name="api-token-refresh"),
    path("token/revoke/", token_api.TokenRevokeView.as_view(), name="api-token-revoke"),
    path("tokens/", token_api.PersonalTokenListView.as_view(), name="api-personal-tokens"),
    path("tokens/<uuid:token_id>/", token_api.PersonalTokenView.as_view(), name="api-personal-token"),
]
