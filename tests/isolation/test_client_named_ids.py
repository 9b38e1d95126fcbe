"""A client names owners, sessions and users where it should not: in bodies, headers, cookies and addresses.

Catalogue: client session id in the body, ownership by claiming, cross-session export and maps, shared default folder,
shared anonymous user, objects keyed by another's id, ids as arguments of a computation.
"""

import re
import uuid

import pytest
from django.test import Client

from analysis.dhis2 import logins
from analysis.dhis2.login import Login
from analysis.models import Dhis2Login
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisResult, AnalysisSession
from tests import work
from tests.isolation.victims import content_of

OWNER_FIELDS = ("owner", "owner_id", "user", "user_id", "session_id", "actor", "tenant")


@pytest.mark.parametrize("name", OWNER_FIELDS)
def test_naming_an_owner_in_a_body_is_refused_and_does_nothing(victim, attacker, name):
    """A field that nobody asked for is a 400, never ignored: a client learns that it has no say."""
    body = {"name": "mine", name: str(victim.user.pk)}
    answer = attacker.api.post("/api/sessions/", body, content_type="application/json")
    assert answer.status_code == 400
    assert name in answer.json()["errors"]
    with acting_as(victim.user):
        assert not AnalysisSession.objects.filter(name="mine").exists()


@pytest.mark.parametrize(
    "name", ["X-User-Id", "X-Owner", "X-Session-Id", "X-Remote-User", "Remote-User", "X-Forwarded-User"]
)
def test_naming_a_user_in_a_header_changes_nobody(victim, attacker, name):
    for client in (attacker.api, attacker.pages, Client()):
        answer = client.get("/api/sessions/", headers={name: str(victim.user.pk)})
        assert victim.canary not in answer.content


@pytest.mark.parametrize("name", ["session_id", "conversation_id", "user_id", "owner"])
def test_naming_a_session_in_a_cookie_or_query_changes_nothing(victim, attacker, name):
    attacker.pages.cookies[name] = str(victim.work.session.pk)
    answer = attacker.pages.get(f"/sessions/?{name}={victim.work.session.pk}")
    assert answer.status_code == 200
    assert victim.canary not in answer.content


def test_every_address_of_anothers_things_is_a_404_and_noted(victim, attacker):
    before = len(attacker.attempts())
    for address in victim.addresses():
        for client in (attacker.pages, attacker.api):
            answer = client.get(address)
            if client is attacker.api and not address.startswith("/api/"):
                assert answer.status_code == 302, address  # pages know no tokens
                continue
            assert answer.status_code == 404, address
            assert victim.canary not in content_of(answer)
    noted = attacker.attempts()[before:]
    # Each API address twice (cookie and token), each page once.
    assert len(noted) == sum(2 if address.startswith("/api/") else 1 for address in victim.addresses())
    assert {event.data["holder"] for event in noted} == {str(victim.user.pk)}


def test_anothers_and_nobodys_id_are_answered_alike(victim, attacker):
    mine, nobodys = str(victim.work.session.pk), str(uuid.uuid4())
    for client, address in ((attacker.api, "/api/sessions/{}/"), (attacker.pages, "/sessions/{}/data/")):
        first, second = client.get(address.format(mine)), client.get(address.format(nobodys))
        assert first.status_code == second.status_code == 404
        assert _plain(first, mine) == _plain(second, nobodys)
        assert first.headers.keys() == second.headers.keys()


def _plain(answer, asked: str) -> bytes:
    """Without the id that was asked for and the CSRF token, which is new in every answer."""
    return re.sub(rb'(csrfmiddlewaretoken" value=)"\w+"', rb"\1", answer.content.replace(asked.encode(), b""))


def test_anothers_files_and_results_are_no_arguments(victim, attacker):
    """A computation in one's own session over another's files, and over another's dataset."""
    _, session, _, _ = work.prepared(attacker.user)
    theirs = victim.work
    tries = [
        ("dataset", {"ward_table": str(theirs.table.pk), "boundaries": str(theirs.boundaries.pk)}),
        ("risk", {"dataset": str(theirs.dataset.pk)}),
    ]
    for kind, params in tries:
        asked = {"kind": kind, "params": params}
        answer = attacker.api.post(
            f"/api/sessions/{session.pk}/results/", asked, content_type="application/json"
        )
        assert answer.status_code in (400, 404)
        assert victim.canary not in answer.content
    with acting_as(attacker.user):
        assert not AnalysisResult.objects.filter(session=session).exists()


# What a computation is asked with, of one id.
ARGUMENTS = {
    "a file": ("dataset", lambda pk: {"ward_table": pk, "boundaries": str(uuid.uuid4())}),
    "a result": ("risk", lambda pk: {"dataset": pk}),
    "one of several": ("report", lambda pk: {"of": str(uuid.uuid4()), "against": [pk]}),
    "a login": ("dhis2_look", lambda pk: {"login": pk}),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_anothers_argument_is_noted_and_answered_like_nobodys(victim, attacker, what):
    """The event stands with the asker. An id that nobody has leaves none, nor does an own one of another session."""
    theirs = {
        "a file": victim.work.table,
        "a result": victim.work.dataset,
        "one of several": victim.work.risk,
        "a login": login_of(victim),
    }[what]
    session, other = work.prepared(attacker.user)[1], work.prepared(attacker.user)[2]
    kind, params_of = ARGUMENTS[what]
    answers = []
    for pk in (theirs.pk, uuid.uuid4(), other.pk):
        answer = attacker.api.post(
            f"/api/sessions/{session.pk}/results/",
            {"kind": kind, "params": params_of(str(pk))},
            content_type="application/json",
        )
        assert answer.status_code == 400
        answers.append((answer.content, sorted(answer.headers)))
    assert answers[0] == answers[1] == answers[2]
    (noted,) = attacker.attempts()
    named = (noted.owner_id, noted.object_type, noted.object_id, noted.data)
    table, holder = theirs._meta.db_table, {"holder": str(victim.user.pk)}
    assert named == (attacker.user.pk, table, theirs.pk, holder)


def login_of(victim) -> Dhis2Login:
    with scope(victim.user.pk):
        address, login = "https://dhis2.example.org", Login(token="t")
        return logins.keep_login(by=victim.user, session=victim.work.session, address=address, login=login)


def test_writing_into_anothers_session_is_a_404(victim, attacker):
    session = victim.work.session.pk
    asked = {"kind": "dataset", "params": {}}
    tries = [
        attacker.api.post(f"/api/sessions/{session}/results/", asked, content_type="application/json"),
        attacker.api.patch(f"/api/sessions/{session}/", {"name": "taken"}, content_type="application/json"),
        attacker.api.delete(f"/api/sessions/{session}/"),
        attacker.pages.post(f"/sessions/{session}/delete/", {"sure": "on"}),
        attacker.pages.post(f"/sessions/{session}/check/", {"action": "match"}),
        attacker.api.post(f"/api/results/{victim.work.risk.pk}/cancel/"),
        attacker.api.delete(f"/api/files/{victim.work.table.pk}/"),
    ]
    assert {answer.status_code for answer in tries} == {404}
    with acting_as(victim.user):
        assert AnalysisSession.objects.get(pk=session).name == victim.work.belongings.session_name


def test_ones_own_id_in_anothers_address_and_the_other_way_round(victim, attacker):
    """A result is found through its own session and no other."""
    _, mine, _, _ = work.prepared(attacker.user)
    theirs = victim.work.risk.pk
    assert attacker.pages.get(f"/sessions/{mine.pk}/results/{theirs}/wards/").status_code == 404
    owners = signed(victim)
    other = work.prepared(victim.user)[1]
    assert owners.get(f"/sessions/{other.pk}/results/{theirs}/wards/").status_code == 404
    assert owners.get(f"/sessions/{victim.work.session.pk}/results/{theirs}/wards/").status_code == 200


def signed(victim) -> Client:
    from tests.isolation.victims import signed_in

    return signed_in(victim.user)


@pytest.mark.parametrize("word", ["default", "None", "null", "0", "undefined", "current", "%00", "../", "*"])
def test_there_is_no_default_session(attacker, word):
    for client in (attacker.pages, attacker.api, Client()):
        for address in (
            f"/sessions/{word}/data/",
            f"/api/sessions/{word}/",
            f"/api/results/{word}/",
            f"/files/{word}/download/",
        ):
            assert client.get(address).status_code == 404


def test_anonymous_people_have_nothing_in_common():
    first, second = Client(), Client()
    assert first.get("/api/sessions/").status_code == 401
    assert first.post("/api/sessions/", {"name": "x"}, content_type="application/json").status_code == 401
    assert second.get("/sessions/").status_code == 302
    assert "sessionid" not in first.cookies


def test_a_page_cursor_of_another_user_leads_to_ones_own_rows(victim, attacker):
    for _ in range(3):
        work.prepared(victim.user)
    owner = Client(headers={"Authorization": f"Bearer {_access(victim.user)}"})
    following = owner.get("/api/sessions/?limit=1").json()["next"]
    assert following
    answer = attacker.api.get(following)
    assert answer.status_code == 200
    assert answer.json()["results"] == []
    assert victim.canary not in answer.content


def _access(user) -> str:
    from sessions_app.accounts.jwt import issue_pair

    return issue_pair(user)["access"]


FILTERS = (
    "owner",
    "owner__email",
    "owner_id",
    "session__owner",
    "search",
    "ordering=owner__password",
    "fields",
    "expand",
    "kind__in",
)


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_reaches_over_to_another(victim, attacker, name):
    pair = name if "=" in name else f"{name}={victim.user.email}"
    answer = attacker.api.get(f"/api/sessions/?{pair}")
    assert answer.status_code in (200, 400)
    assert victim.canary not in answer.content
    assert b"password" not in answer.content


def test_nested_objects_are_not_written(victim, attacker):
    body = {
        "name": "mine",
        "files": [{"id": str(victim.work.table.pk)}],
        "results": [str(victim.work.risk.pk)],
    }
    answer = attacker.api.post("/api/sessions/", body, content_type="application/json")
    assert answer.status_code == 400
    assert {"files", "results"} <= set(answer.json()["errors"])
