"""What the client sends and reads stands in the description that the server makes of itself; a change of either fails here."""

import ast
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from chatmrpt_client import contract
from chatmrpt_client.contract import Operation

ROOT = Path(__file__).resolve().parents[3]
NAMES = [f"{one.method} {one.path}" for one in contract.ALL]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def followed(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def properties(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    part = followed(schema, part)
    if part.get("type") == "array":
        part = followed(schema, part["items"])
    found = dict(part.get("properties", {}))
    for piece in part.get("allOf", ()):
        found |= properties(schema, piece)
    return found


def faults(schema: dict[str, Any], one: Operation) -> list[str]:
    """What the client believes of an operation and the server doesn't say."""
    described = schema["paths"].get(one.path, {}).get(one.method.lower())
    if described is None:
        return ["there is no such operation"]
    wrong = []
    parameters = {(row["in"], row["name"]) for row in described.get("parameters", ())}
    for place, names in (("query", one.query), ("header", one.headers)):
        wrong += [f"no {place} {name}" for name in names if (place, name) not in parameters]
    if one.sends or one.content != "application/json":
        content = described.get("requestBody", {}).get("content", {})
        if one.content not in content:
            wrong.append(f"takes no {one.content}")
        elif one.sends:
            taken = properties(schema, content[one.content]["schema"])
            wrong += [f"takes no {name}" for name in one.sends if name not in taken]
    if one.reads is not None:
        for status, answer in described["responses"].items():
            if not status.startswith("2"):
                continue
            told = properties(schema, answer["content"]["application/json"]["schema"])
            wrong += [
                f"{status} tells no {field.name}" for field in fields(one.reads) if field.name not in told
            ]
            if one.items is not None:
                rows = properties(schema, told["results"])
                required = [field for field in fields(one.items) if not _has_default(field)]
                wrong += [f"{status} lists no {field.name}" for field in required if field.name not in rows]
    return wrong


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


@pytest.mark.parametrize("one", contract.ALL, ids=NAMES)
def test_an_operation_is_as_the_server_describes_it(schema, one):
    assert faults(schema, one) == []


def test_the_comparison_finds_what_is_not_there(schema):
    wrong = Operation(
        "POST",
        "/api/sessions/",
        sends=("name", "colour"),
        query=("page",),
        headers=("X-Other",),
        reads=contract.rows.PairRow,
    )
    assert faults(schema, wrong) == [
        "no query page", "no header X-Other", "takes no colour", "201 tells no access", "201 tells no refresh",
    ]  # fmt: skip
    assert faults(schema, Operation("GET", "/api/everything/")) == ["there is no such operation"]
    assert len(contract.ALL) >= 27


def test_every_request_of_the_client_goes_through_its_contract():
    """No address stands anywhere else in the package, and the server imports nothing of it."""
    package = ROOT / "clients" / "python" / "chatmrpt_client"
    for path in package.glob("*.py"):
        if path.name == "contract.py":
            continue
        texts = [
            node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
        ]
        assert [text for text in texts if isinstance(text, str) and text.startswith("/api/")] == [], path.name
    for folder in (
        "chatmrpt",
        "sessions_app",
        "reference",
        "analysis",
        "itn",
        "reports",
        "assistant",
        "crowd",
    ):
        for path in (ROOT / folder).rglob("*.py"):
            assert "chatmrpt_client" not in path.read_text(), path
