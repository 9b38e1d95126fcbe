"""Whether there is anything to compare."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

FEWEST = 2


def is_open() -> bool:
    """Two language models or more are configured."""
    return len(settings.LANGUAGE_MODELS) >= FEWEST


def arena(request: HttpRequest) -> dict[str, Any]:
    """For every template: whether pages offer to compare models. Costs no query."""
    return {"arena_open": is_open()}
