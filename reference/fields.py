"""A reference set as a parameter of a computation."""

from typing import Any

from rest_framework import serializers

from reference.models import ReferenceSet
from reference.selectors import offered


class ReferenceField(serializers.UUIDField):
    """A set of one kind that is offered, or that was when an earlier result named it."""

    def __init__(self, *, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> ReferenceSet:
        wanted = super().to_internal_value(data)
        found = ReferenceSet.objects.filter(kind=self.kind, withdrawn_at=None, pk=wanted).first()
        if found is None:
            names = ", ".join(str(row) for row in offered(self.kind)[:20]) or "none is loaded"
            raise serializers.ValidationError(
                f"There is no reference set of kind {self.kind} with this id. Offered: {names}."
            )
        return found

    def to_representation(self, value: Any) -> str:
        return str(getattr(value, "pk", value))
