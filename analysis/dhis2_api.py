"""/api/…/dhis2-logins/: handing over, for one import, how to sign in to a DHIS2."""

from collections.abc import Mapping
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.dhis2 import logins
from analysis.dhis2.addresses import LONGEST
from analysis.dhis2.login import Login
from analysis.models import Dhis2Login
from sessions_app import selectors
from sessions_app.isolation.lookup import get_own
from sessions_app.params import StrictSerializer
from sessions_app.throttles import ComputeThrottle, UserThrottle

NO_STORE = {"Cache-Control": "no-store"}
TOKEN, TYPED = r"^[\x21-\x7e]{1,500}$", r"^[^\x00-\x1f\x7f]{1,500}$"


class Dhis2LoginIn(StrictSerializer):
    """A personal access token, or user name and password. Neither is ever shown again, and both go with the import."""

    address = serializers.CharField(
        max_length=LONGEST, help_text="As in the browser, such as https://dhis2.example.org/dhis."
    )
    token = serializers.RegexField(TOKEN, required=False, write_only=True)
    user_name = serializers.RegexField(r"^[^\x00-\x1f\x7f:]{1,200}$", required=False, write_only=True)
    password = serializers.RegexField(TYPED, required=False, write_only=True, trim_whitespace=False)

    def validate(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        named = {name for name in ("token", "user_name", "password") if name in sent}
        if named not in ({"token"}, {"user_name", "password"}):
            raise serializers.ValidationError({"token": ["Send a token, or user_name and password."]})
        return sent


class Dhis2LoginOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")

    class Meta:
        model = Dhis2Login
        fields = ("id", "session", "address", "created_at", "expires_at")
        read_only_fields = fields


class SessionDhis2Logins(APIView):
    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    def _session(self, session_id: Any) -> Any:
        return get_own(selectors.sessions_of(self.request.user), session_id)

    @extend_schema(responses=Dhis2LoginOut(many=True), operation_id="dhis2_logins_list")
    def get(self, request: Request, session_id: Any) -> Response:
        """The login that is kept for this session, if there is one; what it holds is not shown."""
        rows = logins.logins_of(request.user).filter(session_id=self._session(session_id).pk)
        return Response(Dhis2LoginOut(rows, many=True).data)

    @extend_schema(request=Dhis2LoginIn, responses={201: Dhis2LoginOut}, operation_id="dhis2_logins_keep")
    def post(self, request: Request, session_id: Any) -> Response:
        """Keep a login, sealed, until its import succeeds or it expires; it replaces what the session had.

        Then request the result `dhis2_look` to see what the server has, or `dhis2_import` to bring it in.
        """
        session = self._session(session_id)
        sent = Dhis2LoginIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        row = logins.keep_login(
            by=request.user, session=session, address=given.pop("address"), login=Login(**given)
        )
        return Response(Dhis2LoginOut(row).data, status=201, headers=NO_STORE)


class Dhis2LoginDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses={204: None}, operation_id="dhis2_logins_forget")
    def delete(self, request: Request, login_id: Any) -> Response:
        """Forget a login; an import that is at work with it goes on, one that waits fails."""
        logins.forget_login(by=request.user, login=get_own(logins.logins_of(request.user), login_id))
        return Response(status=204)


urlpatterns = [
    path("sessions/<uuid:session_id>/dhis2-logins/", SessionDhis2Logins.as_view(), name="api-dhis2-logins"),
    path("dhis2-logins/<uuid:login_id>/", Dhis2LoginDetail.as_view(), name="api-dhis2-login"),
]
