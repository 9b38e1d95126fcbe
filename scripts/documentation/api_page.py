"""The page of the REST API, from the schema that the running system serves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
HEAD = """# REST API

Every operation, by address. A running system has the same with all fields at `/api/docs/`, and for programs at
`/api/schema/`. Errors are `application/problem+json`. [How to use it with curl](../howto/api.md). This page is made from
the schema.
"""


def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in sorted(described["paths"].items())
        for method, operation in methods.items()
        if method in METHODS
    ]


def page() -> str:
    parts, before = [HEAD], ""
    for path, method, operation in operations(schema()):
        if path != before:
            parts += [f"## {path}", ""]
            before = path
        parts += [f"**{method.upper()}** – {_words(operation)}", ""]
        if given := _parameters(operation):
            parts += [given, ""]
        parts += [_answers(operation), ""]
    return "\n".join(parts)


def _words(operation: dict[str, Any]) -> str:
    text = (
        operation.get("description") or operation.get("summary") or operation["operationId"].replace("_", " ")
    )
    return _plain(text)


def _parameters(operation: dict[str, Any]) -> str:
    lines = [
        f"- `{one['name']}`{' (needed)' if one.get('required') else ''}: {_plain(one.get('description') or one['schema'].get('type', ''))}"
        for one in operation.get("parameters", [])
        if one["in"] != "path"
    ]
    body = operation.get("requestBody", {}).get("content", {})
    kinds = {content.get("schema", {}).get("$ref", "").rpartition("/")[2] for content in body.values()}
    lines += [f"- body: `{name}`" for name in sorted(kinds - {""})]
    return "\n".join(lines)


def _answers(operation: dict[str, Any]) -> str:
    told = []
    for status, answer in sorted(operation["responses"].items()):
        if status.endswith("XX"):
            continue  # said once, at the head of the page
        names = {
            content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            for content in answer.get("content", {}).values()
        }
        told.append(f"{status}{''.join(f' `{name}`' for name in sorted(names - {''}))}")
    return "Answers: " + ", ".join(told)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")
