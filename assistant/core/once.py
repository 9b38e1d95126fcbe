"""What is found in a message, found once: many rules ask for the same of one message."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from assistant.core.reading import Reading

Rule = TypeVar("Rule", bound=Callable[..., Any])


def once(rule: Rule) -> Rule:
    """Return a rule that remembers with each reading what it found there; nobody may change what it returns."""

    @wraps(rule)
    def found(reading: Reading, *args: Any) -> Any:
        asked = (rule, args)
        if asked not in reading.remembered:
            reading.remembered[asked] = rule(reading, *args)
        return reading.remembered[asked]

    return cast(Rule, found)
