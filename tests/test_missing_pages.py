"""What stands at no address of ours: a page for people, a problem for programs."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/api/sessions/not-an-id/", "/api/nothing/here/"])
def test_a_program_learns_it_in_its_own_format(path, db):
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_person_gets_a_page(db):
    answer = Client().get("/sessions/not-an-id/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
