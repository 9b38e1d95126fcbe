"""The description of the API is complete, and its page keeps to our content policy."""

import re

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

PROMISED = {
    ("/api/token/", "post"),
    ("/api/sessions/", "get"),
    ("/api/sessions/", "post"),
    ("/api/sessions/{session_id}/", "get"),
    ("/api/sessions/{session_id}/", "patch"),
    ("/api/sessions/{session_id}/", "delete"),
    ("/api/sessions/{session_id}/files/", "get"),
    ("/api/sessions/{session_id}/files/", "post"),
    ("/api/sessions/{session_id}/uploads/", "post"),
    ("/api/uploads/{upload_id}/", "get"),
    ("/api/uploads/{upload_id}/", "delete"),
    ("/api/uploads/{upload_id}/parts/{number}/", "put"),
    ("/api/uploads/{upload_id}/finish/", "post"),
    ("/api/files/{file_id}/", "get"),
    ("/api/files/{file_id}/download/", "get"),
    ("/api/sessions/{session_id}/results/", "get"),
    ("/api/sessions/{session_id}/results/", "post"),
    ("/api/results/{result_id}/", "get"),
    ("/api/results/{result_id}/cancel/", "post"),
    ("/api/results/{result_id}/wards/", "get"),
    ("/api/results/{result_id}/map.geojson", "get"),
}


def test_every_promised_address_is_described_in_openapi_3_1(capsys):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert schema["openapi"] == "3.1.0"
    described = {(path, method) for path, item in schema["paths"].items() for method in item}
    assert described >= PROMISED
    assert "Warning" not in capsys.readouterr().err, "the generator had to guess"


@pytest.mark.usefixtures("committed")
def test_the_schema_and_its_page_are_served_without_inline_code():
    client = Client()
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    script = re.search(r'src="(/api/docs/\?[^"]+)"', page)
    assert script
    answer = client.get(script[1].replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")


def test_the_upload_of_a_part_tells_its_checksum_and_its_body():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    part = schema["paths"]["/api/uploads/{upload_id}/parts/{number}/"]["put"]
    (header,) = [one for one in part["parameters"] if one["in"] == "header"]
    assert (header["name"], header["required"]) == ("Content-Digest", True)
    assert list(part["requestBody"]["content"]) == ["application/octet-stream"]
    assert set(part["responses"]) >= {"200", "201"}


def test_every_operation_tells_what_a_refusal_looks_like():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    operations = [operation for item in schema["paths"].values() for operation in item.values()]
    assert len(operations) > 60
    for operation in operations:
        for status in ("4XX", "5XX"):
            (told,) = operation["responses"][status]["content"].items()
            assert told == ("application/problem+json", {"schema": {"$ref": "#/components/schemas/Problem"}})
