"""The language models of this installation. Without one, everything else works as before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Configured:
    """One model: where it answers, in which protocol, and what it costs."""

    name: str
    protocol: str
    url: str
    model: str
    key: str = field(repr=False)
    prices: tuple[Decimal, Decimal] | None = None


def configured(name: str) -> Configured | None:
    found: Mapping[str, Any] | None = settings.LANGUAGE_MODELS.get(name)
    return Configured(name=name, **found) if found else None


def first_name() -> str:
    """The model that answers the chat; empty when none is configured."""
    return next(iter(settings.LANGUAGE_MODELS), "")
