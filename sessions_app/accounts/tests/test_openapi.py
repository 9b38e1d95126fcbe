"""The schema tells programs how to sign in."""

import pytest


@pytest.fixture
def schema(browser):
    answer = browser().get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    return answer.json()


def test_the_three_ways_to_say_who_calls(schema):
    schemes = schema["components"]["securitySchemes"]
    assert set(schemes) == {"bearer", "personalToken", "browser"}
    listed = schema["paths"]["/api/tokens/"]["get"]["security"]
    assert [next(iter(way)) for way in listed] == ["bearer", "personalToken", "browser"]


@pytest.mark.parametrize("path", ["/api/token/", "/api/token/refresh/", "/api/token/revoke/"])
def test_signing_in_needs_nobody(schema, path):
    operation = schema["paths"][path]["post"]
    assert operation.get("security", [{}]) == [{}]


def test_the_password_is_never_in_an_answer(schema):
    answers = schema["components"]["schemas"]
    assert set(answers["TokenPair"]["properties"]) == {"access", "refresh"}
    assert "password" not in str(
        {name: body for name, body in answers.items() if not name.endswith("Request")}
    )
