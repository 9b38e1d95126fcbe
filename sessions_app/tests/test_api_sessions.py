"""/api/sessions/: mine, nobody else's, page by page, errors as problems."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app import actions
from sessions_app.isolation.scope import scope
from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")


def test_a_session_is_made_read_changed_and_deleted(alice):
    api = alice.browser()
    made = api.post("/api/sessions/", {"name": "Niger 2024"}, "application/json")
    assert made.status_code == 201
    place = f"/api/sessions/{made.json()['id']}/"
    assert api.get(place).json()["name"] == "Niger 2024"
    changed = api.patch(place, {"note": "first try"}, "application/json")
    assert (changed.json()["name"], changed.json()["note"]) == ("Niger 2024", "first try")
    assert api.delete(place).status_code == 204
    problem(api.get(place), 404, "not_found")
    verbs = [event.verb for event in alice.events() if event.verb.startswith("session.")]
    assert verbs == ["session.created", "session.changed", "session.deleted"]


@pytest.mark.parametrize("field", ["owner", "owner_id", "session_id", "id", "is_demo", "settings"])
def test_a_client_never_names_an_owner_or_what_is_not_its_to_set(alice, field):
    api = alice.browser()
    answer = api.post("/api/sessions/", {"name": "x", field: str(uuid.uuid4())}, "application/json")
    assert list(problem(answer, 400, "invalid_request")["errors"]) == [field]
    place = f"/api/sessions/{alice.session().pk}/"
    problem(api.patch(place, {field: "x"}, "application/json"), 400, "invalid_request")


def test_what_cannot_be_read_is_refused(alice):
    api = alice.browser()
    problem(api.post("/api/sessions/", "{", "application/json"), 400, "malformed_body")
    problem(api.post("/api/sessions/", "[]", "application/json"), 400, "invalid_request")
    problem(api.post("/api/sessions/", "<a/>", "application/xml"), 415, "unsupported_media_type")
    problem(api.put("/api/sessions/", {}, "application/json"), 405, "method_not_allowed")
    named = problem(api.post("/api/sessions/", {"name": ""}, "application/json"), 400, "invalid_request")
    assert named["where"] == "name"


def test_without_a_valid_token_there_is_nothing(alice, committed):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Token a.b"}):
        answer = Client(headers=headers).get("/api/sessions/")
        problem(answer, 401, "signed_out")
        assert answer["WWW-Authenticate"]


def test_strangers_find_nothing_of_each_other(alice, bob):
    session = alice.session()
    api = bob.browser()
    place = f"/api/sessions/{session.pk}/"
    for answer in (
        api.get(place),
        api.patch(place, {"name": "mine"}, "application/json"),
        api.delete(place),
        api.get(f"{place}files/"),
        api.get(f"{place}results/"),
        api.post(f"{place}results/", {"kind": "count", "params": {}}, "application/json"),
    ):
        problem(answer, 404, "not_found")
    assert api.get("/api/sessions/").json()["results"] == []
    assert [row["name"] for row in alice.browser().get("/api/sessions/").json()["results"]] == ["Work"]


def test_a_list_is_read_to_its_end_by_cursor_while_it_grows(alice, django_assert_max_num_queries):
    for number in range(5):
        alice.session(f"{number}")
    api = alice.browser()
    with django_assert_max_num_queries(8):
        page = api.get("/api/sessions/?limit=2").json()
    names = [row["name"] for row in page["results"]]
    alice.session("newer")
    while page["next"]:
        page = api.get(page["next"]).json()
        names += [row["name"] for row in page["results"]]
    assert names == ["4", "3", "2", "1", "0"]


def test_the_number_of_queries_does_not_grow_with_the_rows(alice):
    api = alice.browser()
    alice.session()
    with CaptureQueriesContext(connection) as one:
        api.get("/api/sessions/")
    with scope(alice.user.pk):
        for number in range(20):
            actions.create_session(by=alice.user, name=str(number))
    with CaptureQueriesContext(connection) as many:
        assert len(api.get("/api/sessions/").json()["results"]) == 21
    assert len(many) == len(one)
