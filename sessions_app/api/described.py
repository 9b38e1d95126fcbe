"""What every operation answers when it refuses or fails, told once for all of them in the schema."""

from typing import Any

from sessions_app.api.problems import MEDIA_TYPE

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "A refusal or a fault: what happened, and what to do.",
    "properties": {
        "type": TEXT,
        "status": {"type": "integer"},
        "code": {**TEXT, "description": "Stays the same in every language."},
        "title": TEXT,
        "detail": TEXT,
        "fix": {**TEXT, "description": "What to do about it."},
        "where": {**TEXT, "description": "The field, file or row that is meant."},
        "examples": {"type": "array", "items": {}},
        "errors": {"description": "Of each field, where a body was not right."},
        "incident": {**TEXT, "description": "The number of a fault, for whoever runs the installation."},
    },
    "required": ["type", "status", "code", "title", "detail", "fix"],
}
ANSWERS = {
    "4XX": "Refused; nothing was changed. 429 and 503 say in Retry-After when to come back.",
    "5XX": "A fault, or a service that is away.",
}


def with_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular; an operation that describes a status by itself keeps its own words."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, words in ANSWERS.items():
                operation["responses"].setdefault(status, {"description": words, "content": content})
    return result
