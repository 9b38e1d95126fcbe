"""The same person twice at once: two tabs, two sessions, an old page, a repeated click, a deletion during a run.

Catalogue: lost updates, results after a new upload, stop and retry, two conversations of one user, back button.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from sessions_app import jobs
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisResult, AnalysisSession, Event, StoredFile
from tests import work

TABS = 6


def at_once(*calls):
    """Run the calls in threads of their own, all let go at the same moment."""
    gate = threading.Barrier(len(calls))

    def one(call):
        gate.wait()
        try:
            return call()
        finally:
            for each in connections.all(initialized_only=True):
                each.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def api_of(user) -> Client:
    return Client(
        headers={"Authorization": f"Bearer {issue_pair(user)['access']}"}, raise_request_exception=False
    )


@pytest.fixture
def mine(attacker):
    _, session, table, boundaries = work.prepared(attacker.user)
    return attacker.user, session, {"ward_table": str(table.pk), "boundaries": str(boundaries.pk)}


def test_one_key_is_one_computation_however_often_it_is_sent(mine):
    user, session, files = mine
    api = api_of(user)
    address = f"/api/sessions/{session.pk}/results/"
    asked = {"kind": "dataset", "params": files}

    def send():
        return api.post(address, asked, content_type="application/json", headers={"Idempotency-Key": "once"})

    answers = at_once(*[send] * TABS)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    with acting_as(user):
        assert AnalysisResult.objects.count() == 1
        assert Event.objects.filter(verb="result.requested").count() == 1


def test_of_two_tabs_renaming_both_are_written_down_and_the_last_stands(mine):
    user, session, _ = mine
    api = api_of(user)
    calls = [
        lambda name=f"name {number}": api.patch(
            f"/api/sessions/{session.pk}/", {"name": name}, content_type="application/json"
        )
        for number in range(TABS)
    ]
    answers = at_once(*calls)
    assert {answer.status_code for answer in answers} == {200}
    with acting_as(user):
        assert AnalysisSession.objects.get(pk=session.pk).name in {f"name {number}" for number in range(TABS)}
        assert Event.objects.filter(verb="session.changed", object_id=session.pk).count() == TABS


def test_of_two_tabs_that_say_what_they_saw_one_changes_and_the_others_are_told(mine):
    user, session, _ = mine
    api = api_of(user)
    seen = str(api.get(f"/api/sessions/{session.pk}/").json()["version"])
    calls = [
        lambda name=f"name {number}": api.patch(
            f"/api/sessions/{session.pk}/",
            {"name": name},
            content_type="application/json",
            headers={"If-Match": seen},
        )
        for number in range(TABS)
    ]
    answers = at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (TABS - 1)
    (done,) = [answer.json()["name"] for answer in answers if answer.status_code == 200]
    told = {answer.json()["current"]["name"] for answer in answers if answer.status_code == 409}
    assert told == {done}
    with acting_as(user):
        assert AnalysisSession.objects.get(pk=session.pk).name == done
        assert Event.objects.filter(verb="session.changed", object_id=session.pk).count() == 1


def test_of_two_tabs_cancelling_one_succeeds_and_the_others_are_told(mine):
    user, session, files = mine
    api = api_of(user)
    result = work.ask_for(user, session, "dataset", **files)
    answers = at_once(*[lambda: api.post(f"/api/results/{result.pk}/cancel/")] * TABS)
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * (TABS - 1)
    with acting_as(user):
        assert Event.objects.filter(object_id=result.pk, verb="result.cancelled").count() == 1


def test_deleting_twice_at_once_is_one_deletion_and_no_fault(mine):
    user, session, _ = mine
    api = api_of(user)
    answers = at_once(*[lambda: api.delete(f"/api/sessions/{session.pk}/")] * TABS)
    assert {answer.status_code for answer in answers} <= {204, 404}
    with acting_as(user):
        assert not AnalysisSession.objects.filter(pk=session.pk).exists()
        assert not StoredFile.objects.exists()


def test_uploading_into_a_session_that_is_deleted_meanwhile_leaves_nothing(mine):
    user, session, _ = mine
    api = api_of(user)
    from crowd.canaries import Belongings

    def send():
        from django.core.files.uploadedfile import SimpleUploadedFile

        file = SimpleUploadedFile("more.csv", Belongings().table)
        return api.post(f"/api/sessions/{session.pk}/files/", {"kind": "ward_table", "file": file})

    answers = at_once(send, send, lambda: api.delete(f"/api/sessions/{session.pk}/"), send)
    assert {answer.status_code for answer in answers} <= {201, 204, 404}, [
        answer.content for answer in answers
    ]
    with acting_as(user):
        assert not StoredFile.objects.exists()
    assert _objects_of(user) == []


def _objects_of(user) -> list[str]:
    from pathlib import Path

    from django.conf import settings

    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / str(user.pk)
    return [str(path) for path in folder.rglob("*") if path.is_file()]


def test_a_session_deleted_during_a_run_takes_the_run_with_it(mine, monkeypatch):
    """The worker notices at its next step; nothing of it stays, and the worker goes on to others."""
    user, session, files = mine
    api = api_of(user)
    result = work.ask_for(user, session, "dataset", **files)
    claimed = jobs.claim(user.pk, result.pk)

    def run():
        try:
            jobs.run_claimed(claimed)
        finally:
            connection.close()

    answers = at_once(run, lambda: api.delete(f"/api/sessions/{session.pk}/"))
    assert answers[1].status_code == 204
    with acting_as(user):
        assert not AnalysisResult.objects.filter(pk=result.pk).exists()
    assert _objects_of(user) == []


def test_an_old_page_of_a_deleted_session_is_told_so(mine, attacker):
    user, session, files = mine
    api = api_of(user)
    assert api.delete(f"/api/sessions/{session.pk}/").status_code == 204
    asked = {"kind": "dataset", "params": files}
    answer = api.post(f"/api/sessions/{session.pk}/results/", asked, content_type="application/json")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    page = attacker.pages.post(f"/sessions/{session.pk}/check/", {"action": "match"})
    assert page.status_code == 404
    # A deleted row of one's own is no attempt on anybody.
    assert attacker.attempts() == []


def test_two_sessions_of_one_person_know_nothing_of_each_other(attacker):
    first, second = work.prepared(attacker.user), work.prepared(attacker.user)
    api = api_of(attacker.user)
    listed = api.get(f"/api/sessions/{second[1].pk}/files/").content
    assert first[0].canary.encode() not in listed
    asked = {"kind": "dataset", "params": {"ward_table": str(first[2].pk), "boundaries": str(second[3].pk)}}
    answer = api.post(f"/api/sessions/{second[1].pk}/results/", asked, content_type="application/json")
    assert answer.status_code == 400
    for step in ("data", "check"):
        page = attacker.pages.get(f"/sessions/{second[1].pk}/{step}/").content
        assert first[0].canary.encode() not in page


def test_a_new_upload_marks_what_was_computed_before_as_stale(attacker):
    done = work.finished_work(attacker.user)
    plan = work.computed(attacker.user, work.asked_plan(attacker.user, done))
    assert plan.status == "succeeded", plan.error
    api = api_of(attacker.user)
    ranking = f"/sessions/{done.session.pk}/results/{done.risk.pk}/"
    planned = f"/sessions/{done.session.pk}/plans/{plan.pk}/"
    pages = [ranking + tab for tab in ("", "wards/", "map/", "variables/", "downloads/")]
    pages += [planned + tab for tab in ("", "map/", "wards/", "downloads/")]
    pages += [f"/sessions/{done.session.pk}/{step}/" for step in ("check", "nets")]

    def marked() -> dict[str, bool]:
        found = {}
        for address in pages:
            answer = attacker.pages.get(address)
            assert answer.status_code == 200, address
            found[address] = "Out of date" in answer.content.decode()
        return found

    def stale() -> list[bool]:
        return [api.get(f"/api/results/{one.pk}/").json()["stale"] for one in (done.dataset, done.risk, plan)]

    assert (marked(), stale()) == (dict.fromkeys(pages, False), [False] * 3)
    work.upload(attacker.user, done.session, "ward_table", "newer.csv", done.belongings.table)
    assert (marked(), stale()) == (dict.fromkeys(pages, True), [True] * 3)
