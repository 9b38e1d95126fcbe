"""Parameters of a computation: checked, resolved through the owner's own rows, frozen as JSON."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from sessions_app.isolation.lookup import Missed, get_own
from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile
from sessions_app.problems import Problem


class StrictFields:
    """Refuses fields it does not know: a misspelt option must not be ignored, nor an owner be sent along."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(StrictFields, serializers.Serializer):
    pass


class _OwnField(serializers.UUIDField):
    """An id that stands for one of the session's own rows; anything else is an id that does not exist."""

    def rows(self, session: AnalysisSession) -> Any:
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Any:
        wanted = super().to_internal_value(data)
        try:
            return get_own(self.rows(self.context["session"]), wanted)
        except Missed:
            raise serializers.ValidationError(f"This session has no {self.what} with this id.") from None

    def to_representation(self, value: Any) -> str:
        return str(getattr(value, "pk", value))


class FileField(_OwnField):
    """An upload of the session."""

    def __init__(self, *, kind: str, **options: Any) -> None:
        self.kind = kind
        self.what = kind.replace("_", " ")
        super().__init__(**options)

    def rows(self, session: AnalysisSession) -> Any:
        return StoredFile.objects.filter(session_id=session.pk, kind=self.kind)


class ParentField(_OwnField):
    """A succeeded result of the session that the new one builds on."""

    def __init__(self, *, kind: str, **options: Any) -> None:
        self.kind = kind
        self.what = f"{kind} result"
        super().__init__(**options)

    def rows(self, session: AnalysisSession) -> Any:
        return AnalysisResult.objects.filter(session_id=session.pk, kind=self.kind)

    def to_internal_value(self, data: Any) -> AnalysisResult:
        parent = super().to_internal_value(data)
        if parent.status != AnalysisResult.Status.SUCCEEDED:
            raise Problem(
                "parent_not_usable",
                f"The {self.what} is {parent.status}.",
                where=self.field_name or self.kind,
            )
        return parent


def check(serializer: type[serializers.Serializer], params: Any, session: AnalysisSession) -> dict[str, Any]:
    """Validated parameters; raises the serializer's ValidationError or a Problem."""
    checked = serializer(data=params, context={"session": session})
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def frozen(value: Any) -> Any:
    """The parameters as they are stored: plain JSON, rows as their ids."""
    if isinstance(value, Mapping):
        return {str(key): frozen(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [frozen(item) for item in value]
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, (uuid.UUID, date)):
        return str(value)
    return value


def rows_in(value: Any) -> Iterator[Model]:
    """Every file, result and reference set that the parameters name."""
    if isinstance(value, Model):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from rows_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from rows_in(item)
