"""A reference set as a parameter of a computation."""

from typing import Any

from rest_framework import serializers

from reference.models import ReferenceSet
from reference.selectors import offered


class ReferenceField(serializers.UUIDField):
    """A set of one kind (or of some) that is offered, or that was when an earlier result named it."""

    def __init__(self, *, kind: str, or_kind: str = "", **options: Any) -> None:
        self.kinds = (kind, or_kind) if or_kind else (kind,)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> ReferenceSet:
        wanted = super().to_internal_value(data)
        found = ReferenceSet.objects.filter(kind__in=self.kinds, withdrawn_at=None, pk=wanted).first()
        if found is None:
            rows = offered().filter(kind__in=self.kinds)[:20]
            names = ", ".join(str(row) for row in rows) or "none is loaded"
            raise serializers.ValidationError(
                f"There is no reference set of kind {' or '.join(self.kinds)} with this id. Offered: {names}."
            )
        return found

    def to_representation(self, value: Any) -> str:
        return str(getattr(value, "pk", value))
