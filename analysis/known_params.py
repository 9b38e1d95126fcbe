"""Known names as they are frozen with the parameters of a match."""

from typing import Any

from rest_framework import serializers

from analysis import remembered
from sessions_app.params import StrictSerializer


class KnownName(StrictSerializer):
    """What is called `name` in `lga` of a table is the ward of this code, name and LGA."""

    name = serializers.CharField(max_length=200)
    lga = serializers.CharField(max_length=200, allow_blank=True, default="")
    ward_code = serializers.CharField(max_length=200)
    ward_name = serializers.CharField(max_length=200)
    ward_lga = serializers.CharField(max_length=200, allow_blank=True, default="")


class KnownNames(serializers.ListField):
    """Those the user confirmed before unless others are sent; an empty list means none."""

    child = KnownName()

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=remembered.MOST_NAMES, **options)


def with_known_names(params: dict[str, Any], serializer: serializers.Serializer) -> dict[str, Any]:
    """Freeze what is known now, so that the result doesn't depend on what is learned later."""
    if "known_names" not in params:
        known = remembered.known_names(serializer.context["session"].owner_id)
        return params | {"known_names": known} if known else params
    return params
