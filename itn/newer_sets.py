"""Whether the reference population of a net plan has a newer version."""

from collections.abc import Mapping
from typing import Any

from reference.selectors import any_replaced


def of_plan(params: Mapping[str, Any]) -> bool:
    """Of the people that a plan counts."""
    chosen = params["population"].get("reference")
    return any_replaced([chosen] if chosen else ())
