"""Computations through the API: asked for, watched, cancelled, and published only once committed."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sessions_app import jobs
from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")


@pytest.fixture
def work(alice):
    session = alice.session()
    return session, alice.upload(session)


def ask(person, session, params, kind="count", **headers):
    return person.browser().post(
        f"/api/sessions/{session.pk}/results/",
        {"kind": kind, "params": params},
        "application/json",
        headers=headers or None,
    )


def test_a_result_is_asked_for_and_watched_to_its_end(alice, work):
    session, stored = work
    answer = ask(alice, session, {"words": str(stored.pk)})
    assert answer.status_code == 202, answer.content
    asked = answer.json()
    place = f"/api/results/{asked['id']}/"
    assert answer["Location"] == place
    assert (asked["status"], asked["progress"]["percent"], asked["artifacts"]) == ("queued", 0, [])

    jobs.run_here(alice.user.pk, uuid.UUID(asked["id"]))
    done = alice.browser().get(place).json()
    assert (done["status"], done["summary"], done["error"], done["stale"]) == (
        "succeeded",
        {"words": 3},
        None,
        False,
    )
    assert done["progress"]["percent"] == 100
    assert [step["state"] for step in done["progress"]["steps"]] == ["done"] * 3
    assert [file["name"] for file in done["artifacts"]] == ["words.csv"]
    listed = alice.browser().get(f"/api/sessions/{session.pk}/results/").json()["results"]
    assert [row["id"] for row in listed] == [asked["id"]]
    assert "summary" not in listed[0]


def test_what_is_wrong_with_a_request_is_named(alice, work):
    session, stored = work
    refused = problem(ask(alice, session, {"words": str(uuid.uuid4())}), 400, "invalid_request")
    assert list(refused["errors"]) == ["words"]
    refused = problem(ask(alice, session, {"words": str(stored.pk), "owner": "x"}), 400, "invalid_request")
    assert list(refused["errors"]) == ["owner"]
    problem(ask(alice, session, {}, kind="astrology"), 400, "invalid_request")
    body = {"kind": "count", "params": {"words": str(stored.pk)}, "session_id": str(session.pk)}
    answer = alice.browser().post(f"/api/sessions/{session.pk}/results/", body, "application/json")
    assert list(problem(answer, 400, "invalid_request")["errors"]) == ["session_id"]


def test_a_failed_result_answers_with_its_problem(alice, work):
    session, stored = work
    asked = ask(alice, session, {"words": str(stored.pk), "trouble": "refused"}).json()
    jobs.run_here(alice.user.pk, uuid.UUID(asked["id"]))
    failed = alice.browser().get(f"/api/results/{asked['id']}/").json()
    assert failed["status"] == "failed"
    assert (failed["error"]["code"], failed["error"]["step"]) == ("file_type_not_taken", "count")


def test_a_repeated_request_with_the_same_key_is_the_same_result(alice, work):
    session, stored = work
    params = {"words": str(stored.pk)}
    first = ask(alice, session, params, **{"Idempotency-Key": "a-1"}).json()
    second = ask(alice, session, params, **{"Idempotency-Key": "a-1"})
    assert (second.status_code, second.json()["id"]) == (202, first["id"])
    assert ask(alice, session, params, **{"Idempotency-Key": "a-2"}).json()["id"] != first["id"]
    other = params | {"trouble": "slow"}
    problem(ask(alice, session, other, **{"Idempotency-Key": "a-1"}), 409, "idempotency_key_reused")
    problem(ask(alice, session, params, **{"Idempotency-Key": "x" * 201}), 400, "invalid_request")
    assert len(alice.events("result.requested")) == 2


def test_the_same_key_of_another_session_is_another_request(alice, bob, work):
    session, stored = work
    theirs = bob.session()
    file = bob.upload(theirs)
    mine = ask(alice, session, {"words": str(stored.pk)}, **{"Idempotency-Key": "same"}).json()
    his = ask(bob, theirs, {"words": str(file.pk)}, **{"Idempotency-Key": "same"}).json()
    assert mine["id"] != his["id"]


def test_cancelling(alice, work):
    session, stored = work
    asked = ask(alice, session, {"words": str(stored.pk)}).json()
    place = f"/api/results/{asked['id']}/cancel/"
    answer = alice.browser().post(place)
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    problem(alice.browser().post(place), 409, "result_already_finished")


def test_strangers_neither_see_nor_stop_nor_build_on_a_result(alice, bob, work):
    session, stored = work
    asked = ask(alice, session, {"words": str(stored.pk)}).json()
    jobs.run_here(alice.user.pk, uuid.UUID(asked["id"]))
    api = bob.browser()
    problem(api.get(f"/api/results/{asked['id']}/"), 404, "not_found")
    problem(api.post(f"/api/results/{asked['id']}/cancel/"), 404, "not_found")
    theirs = bob.session()
    refused = problem(ask(bob, theirs, {"count": asked["id"]}, kind="double"), 400, "invalid_request")
    assert "has no count result" in refused["detail"]
    problem(ask(bob, theirs, {"words": str(stored.pk)}), 400, "invalid_request")


def test_a_request_that_is_rolled_back_is_never_published(alice, work, stack):
    """The queue is looked at itself: a message for a row that does not exist would run for nothing."""
    from django_redis import get_redis_connection

    session, stored = work
    queue = get_redis_connection()
    waiting = queue.llen("queue:celery")
    problem(ask(alice, session, {"words": str(uuid.uuid4())}), 400, "invalid_request")
    assert queue.llen("queue:celery") == waiting
    ask(alice, session, {"words": str(stored.pk)})
    assert queue.llen("queue:celery") == waiting + 1


def test_a_detail_costs_a_fixed_number_of_queries(alice, work, django_assert_max_num_queries):
    session, stored = work
    asked = ask(alice, session, {"words": str(stored.pk)}).json()
    jobs.run_here(alice.user.pk, uuid.UUID(asked["id"]))
    api = alice.browser()
    with django_assert_max_num_queries(14):
        assert api.get(f"/api/results/{asked['id']}/").status_code == 200


def test_what_is_under_way_is_not_computed_twice(alice, work):
    session, stored = work
    params = {"words": str(stored.pk)}
    first = ask(alice, session, params)
    again = ask(alice, session, params)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert again["Location"] == first["Location"]
    assert len(alice.events("result.requested")) == 1

    other = ask(alice, session, params | {"trouble": "refused"}).json()["id"]
    keyed = ask(alice, session, params, **{"Idempotency-Key": "mine"}).json()["id"]
    elsewhere = alice.session()
    same_words = {"words": str(alice.upload(elsewhere).pk)}
    apart = ask(alice, elsewhere, same_words).json()["id"]
    assert len({first.json()["id"], other, keyed, apart}) == 4

    # Once it is over, or somebody stops it, the same request is a new computation.
    jobs.run_here(alice.user.pk, uuid.UUID(keyed))
    jobs.run_here(alice.user.pk, uuid.UUID(first.json()["id"]))
    second = ask(alice, session, params).json()["id"]
    assert second not in (first.json()["id"], keyed)
    claimed = jobs.claim(alice.user.pk, uuid.UUID(second))
    assert alice.browser().post(f"/api/results/{claimed.pk}/cancel/").status_code == 202
    assert ask(alice, session, params).json()["id"] != second


def test_many_at_once_ask_for_one_computation(alice, work):
    session, stored = work

    def post(_):
        try:
            return ask(alice, session, {"words": str(stored.pk)}).json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(post, range(6)))) == 1
    assert len(alice.events("result.requested")) == 1
