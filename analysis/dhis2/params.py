"""What a client may ask of a DHIS2 server."""

import uuid
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from analysis.dhis2.logins import logins_of
from analysis.dhis2.wishes import MONTH, MOST_ELEMENTS, SOURCES, UID, Wish, check_wish
from sessions_app.isolation.lookup import Missed, get_own
from sessions_app.models import User
from sessions_app.params import StrictSerializer

WHOLE = "^({})$"


class LoginField(serializers.UUIDField):
    """A login that is kept for this session; it stays an id, so that nothing of it becomes part of a result."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        wanted = super().to_internal_value(data)
        session = self.context["session"]
        kept = logins_of(User(pk=session.owner_id)).filter(session_id=session.pk)
        try:
            return get_own(kept.only("pk"), wanted).pk
        except Missed:
            raise serializers.ValidationError(
                "This session has no login with this id; connect again."
            ) from None


class LookParams(StrictSerializer):
    """What the server has to choose from."""

    login = LoginField()


class ImportParams(StrictSerializer):
    """`org_unit` is the state, or any area; without `elements` those are taken whose names tell tests of malaria."""

    login = LoginField()
    org_unit = serializers.RegexField(WHOLE.format(UID.pattern), max_length=11)
    first = serializers.RegexField(WHOLE.format(MONTH.pattern), max_length=7)
    last = serializers.RegexField(WHOLE.format(MONTH.pattern), max_length=7)
    elements = serializers.ListField(
        child=serializers.RegexField(WHOLE.format(UID.pattern), max_length=11),
        required=False,
        default=list,
        max_length=MOST_ELEMENTS,
    )
    source = serializers.ChoiceField(choices=SOURCES, default="analytics")
    state_level = serializers.IntegerField(default=2, min_value=1, max_value=15)
    lga_level = serializers.IntegerField(default=3, min_value=1, max_value=15)
    ward_level = serializers.IntegerField(default=4, min_value=1, max_value=15)

    def validate(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        check_wish(wish_of(params))
        return params


def wish_of(params: Mapping[str, Any]) -> Wish:
    asked = {name: value for name, value in params.items() if name != "login"}
    return Wish(**(asked | {"elements": tuple(asked.get("elements", ()))}))
