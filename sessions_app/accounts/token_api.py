"""The API's sign-in: tokens for a password, new tokens for a refresh token, and personal tokens."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_app.accounts import actions, jwt, throttles
from sessions_app.accounts.authentication import used_personal_token
from sessions_app.accounts.forms import PASSWORD_MAX
from sessions_app.accounts.personal_tokens import MOST_PER_USER
from sessions_app.accounts.sign_in import prove_password
from sessions_app.isolation.lookup import get_own
from sessions_app.models import PersonalToken
from sessions_app.params import StrictFields
from sessions_app.problems import Problem
from sessions_app.throttles import UserThrottle

NO_STORE = {"Cache-Control": "no-store"}
DEFAULT_LIFETIME = timedelta(days=30)


class CredentialsSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_MAX, trim_whitespace=False, write_only=True)


class RefreshSerializer(serializers.Serializer):
    refresh = serializers.CharField(max_length=4096)


class TokenPairSerializer(serializers.Serializer):
    access = serializers.CharField()
    refresh = serializers.CharField()


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SignInView(APIView):
    """Base of the views that are used before anybody is signed in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def handle_exception(self, error: Exception) -> Response:
        if isinstance(error, throttles.TooManyTries):
            error = Throttled(wait=error.retry_after)
        elif isinstance(error, throttles.CountingUnavailable):
            error = Problem("service_away", "Tries cannot be counted now, so nobody can sign in.")
        return super().handle_exception(error)


class TokenView(SignInView):
    @extend_schema(operation_id="token_obtain", request=CredentialsSerializer, responses=TokenPairSerializer)
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for an access token (15 minutes) and a refresh token (7 days)."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = prove_password(request._request, **given.validated_data)
        if user is None:
            raise AuthenticationFailed("This e-mail and password do not belong together.")
        return Response(jwt.issue_pair(user), headers=NO_STORE)


class TokenRefreshView(SignInView):
    @extend_schema(operation_id="token_refresh", request=RefreshSerializer, responses=TokenPairSerializer)
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. Each works once; a second use ends the sign-in."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        throttles.take(throttles.REFRESH_ADDRESS, throttles.client_address(request._request))
        pair = jwt.rotate(given.validated_data["refresh"])
        if pair is None:
            raise AuthenticationFailed("This refresh token is not valid. Sign in again.")
        return Response(pair, headers=NO_STORE)


class TokenRevokeView(SignInView):
    @extend_schema(operation_id="token_revoke", request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out: the refresh token and the access tokens that came with it end."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        throttles.take(throttles.REFRESH_ADDRESS, throttles.client_address(request._request))
        jwt.revoke(given.validated_data["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class PersonalTokenSerializer(StrictFields, serializers.ModelSerializer):
    """As on the page, a token that says no more may only read, and for 30 days; `"expires_at": null` is for good."""

    read_only = serializers.BooleanField(default=True)
    token = serializers.SerializerMethodField(
        help_text="In clear, in the answer that made it and never again."
    )

    class Meta:
        model = PersonalToken
        fields = ("id", "name", "prefix", "read_only", "expires_at", "last_used_at", "created_at", "token")
        read_only_fields = ("id", "prefix", "last_used_at", "created_at")
        extra_kwargs = {"name": {"max_length": 80}}

    def get_token(self, row: PersonalToken) -> str | None:
        return self.context.get("shown_once")

    def validate_expires_at(self, value: object) -> object:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This moment has passed.")
        return value


class PersonalTokensView(APIView):
    throttle_classes = (UserThrottle,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        # Otherwise a token that leaked could make itself a successor before it is revoked.
        if used_personal_token(request):
            raise PermissionDenied("A personal token may not manage tokens. Sign in with your password.")
        if request.user.is_demo:
            raise PermissionDenied("A demo account has no tokens.")


class PersonalTokenListView(PersonalTokensView):
    @extend_schema(operation_id="personal_token_list", responses=PersonalTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's tokens that were not revoked; at most 20."""
        rows = PersonalToken.objects.filter(owner=request.user, revoked_at=None).order_by("-created_at")
        return Response(PersonalTokenSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="personal_token_create",
        request=PersonalTokenSerializer,
        responses={201: PersonalTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a token. `token` is in this answer only."""
        given = PersonalTokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        try:
            row, token = actions.make_personal_token(
                by=request.user,
                name=wanted["name"],
                read_only=wanted["read_only"],
                expires_at=wanted.get("expires_at", timezone.now() + DEFAULT_LIFETIME),
            )
        except actions.TooManyTokens:
            raise serializers.ValidationError(
                {"name": [f"There are {MOST_PER_USER} tokens already. Revoke one first."]}
            ) from None
        answer = PersonalTokenSerializer(row, context={"shown_once": token})
        return Response(answer.data, status=status.HTTP_201_CREATED, headers=NO_STORE)


class PersonalTokenView(PersonalTokensView):
    @extend_schema(operation_id="personal_token_revoke", responses={204: None})
    def delete(self, request: Request, token_id: uuid.UUID) -> Response:
        """Revoke a token: it stops working at once."""
        token = get_own(PersonalToken.objects.all(), token_id)
        actions.revoke_personal_token(by=request.user, token=token)
        return Response(status=status.HTTP_204_NO_CONTENT)
