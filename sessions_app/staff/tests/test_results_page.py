"""What staff do to computations: run again, cancel, hand out anew."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from sessions_app import actions, jobs, tasks
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, Event, StoredFile
from sessions_app.tests import people as workers_people
from sessions_app.tests.people import counting  # noqa: F401 - fixtures are found by their name

LIST = "/admin/sessions_app/analysisresult/"
QUEUE = "/admin/sessions_app/waitingresult/"
Status = AnalysisResult.Status


@pytest.fixture
def work(alice, counting):  # noqa: F811
    """A file of Alice's to count words in."""
    owner = workers_people.Person(alice.user)
    session = owner.session()
    return owner, session, owner.upload(session)


def ask(work, **params) -> AnalysisResult:
    owner, session, file = work
    return owner.request(session, "count", words=str(file.pk), **params)


def fail(work) -> AnalysisResult:
    result = ask(work, trouble="refused")
    assert jobs.run_here(result.owner_id, result.pk)
    return now(result)


def now(result) -> AnalysisResult:
    return AnalysisResult.objects.using("owner").get(pk=result.pk)


def act(staff, address, action, *results):
    sent = {"action": action, "_selected_action": [str(one.pk) for one in results]}
    return staff.client.post(address, sent, follow=True).content.decode()


@pytest.fixture
def published(monkeypatch):
    """What would be handed to the workers; there are none in this test."""
    told = []
    monkeypatch.setattr(tasks, "publish", lambda owner, pk: told.append((owner, pk)))
    return told


def test_a_failure_tells_its_code_step_and_attempts(support, work):
    result = fail(work)
    page = support.client.get(f"{LIST}?status__exact=failed&q={result.pk}").content.decode()
    assert result.error["code"] in page
    assert ">count<" in page


def test_a_failed_result_runs_again_with_all_its_tries(support, alice, work, published, settings):
    result = fail(work)
    settings.CODE_VERSION = "of today"
    AnalysisResult.objects.using("owner").filter(pk=result.pk).update(attempt=3)
    page = act(support, LIST, "run_again", result)
    assert "1 result." in page
    waiting = now(result)
    assert (waiting.status, waiting.error, waiting.attempts_before, waiting.tries) == (
        Status.QUEUED,
        {},
        3,
        0,
    )
    assert (waiting.code_version, waiting.params) == ("of today", result.params)
    assert published == [(alice.user.pk, result.pk)]
    [event] = alice.events("staff.result_run_again")
    assert (event.actor, event.object_id) == (support.user.pk, result.pk)
    assert event.data["error"] == result.error["code"]
    # It fails of the same reason, as a fourth attempt and not as one too many.
    assert jobs.run_here(result.owner_id, result.pk)
    assert (now(result).attempt, now(result).error["code"]) == (4, result.error["code"])


def test_what_passes_now_succeeds_and_leaves_its_files(support, alice, work, published, monkeypatch):
    from sessions_app.tests import counting as kind

    result = fail(work)
    act(support, LIST, "run_again", result)
    monkeypatch.setattr(kind, "_be_in_trouble", lambda job: None)
    assert jobs.run_here(result.owner_id, result.pk)
    assert now(result).status == Status.SUCCEEDED
    assert StoredFile.objects.using("owner").filter(result_id=result.pk).count() == 1


def test_only_what_has_failed_runs_again(support, work, published):
    done, waiting = ask(work), ask(work, trouble="brief")
    assert jobs.run_here(done.owner_id, done.pk)
    page = act(support, LIST, "run_again", done, waiting)
    assert "2 left as they are. Only what has failed can be run again." in page
    assert now(done).status == Status.SUCCEEDED and now(waiting).attempts_before == 0
    assert published == []


def test_a_waiting_result_is_cancelled_and_a_running_one_is_asked_to_stop(support, alice, work, published):
    waiting, running = ask(work), ask(work, trouble="brief")
    assert jobs.claim(running.owner_id, running.pk)
    act(support, QUEUE, "cancel", waiting, running)
    assert now(waiting).status == Status.CANCELLED
    assert now(running).status == Status.RUNNING and now(running).cancel_requested_at
    assert len(alice.events("staff.result_cancelled")) == 2


def test_the_queue_shows_what_waits_and_what_is_stuck(support, work):
    done, waiting, stuck = ask(work), ask(work, trouble="brief"), ask(work, trouble="slow")
    jobs.run_here(done.owner_id, done.pk)
    assert jobs.claim(stuck.owner_id, stuck.pk)
    AnalysisResult.objects.using("owner").filter(pk=stuck.pk).update(
        lease_until=timezone.now() - timedelta(minutes=5)
    )
    owner = str(waiting.owner_id)
    page = support.client.get(QUEUE, {"q": owner}).content.decode()
    assert str(waiting.pk) in page and str(stuck.pk) in page and str(done.pk) not in page
    page = support.client.get(QUEUE, {"q": owner, "lease": "out"}).content.decode()
    assert str(stuck.pk) in page and str(waiting.pk) not in page


def test_what_waits_and_what_is_stuck_is_handed_out_again(support, alice, work, published):
    waiting, stuck, busy = ask(work), ask(work, trouble="slow"), ask(work, trouble="brief")
    for one in (stuck, busy):
        assert jobs.claim(one.owner_id, one.pk)
    AnalysisResult.objects.using("owner").filter(pk=stuck.pk).update(
        lease_until=timezone.now() - timedelta(minutes=5)
    )
    page = act(support, QUEUE, "requeue", waiting, stuck, busy)
    assert "2 results." in page and "1 left as it is. A worker is busy with the others." in page
    assert {pk for _, pk in published} == {waiting.pk, stuck.pk}
    assert now(busy).lease_until > timezone.now()
    # The next worker may take it: its lease is still the one that ran out.
    assert jobs.claim(stuck.owner_id, stuck.pk).attempt == 2
    assert len(alice.events("staff.result_handed_out")) == 2


def test_a_claim_from_before_no_longer_counts(work, support, published):
    """However often it runs again, the attempt's number only grows, so an old worker can't end the new run."""
    result = ask(work, trouble="refused")
    old = jobs.claim(result.owner_id, result.pk)
    AnalysisResult.objects.using("owner").filter(pk=result.pk).update(status=Status.FAILED, lease_until=None)
    act(support, LIST, "run_again", result)
    new = jobs.claim(result.owner_id, result.pk)
    assert new.attempt > old.attempt
    with scope(result.owner_id), transaction.atomic():
        assert not jobs.held_by(old.pk, old.attempt).exists()
        assert jobs.held_by(new.pk, new.attempt).exists()


@pytest.mark.parametrize("status", ["succeeded", "failed", "running"])
def test_the_database_lets_staff_end_nothing(work, status):
    result = ask(work)
    with pytest.raises(DatabaseError):
        AnalysisResult.objects.using("staff").filter(pk=result.pk).update(status=status)
    assert now(result).status == Status.QUEUED


@pytest.mark.parametrize("status", ["succeeded", "cancelled"])
def test_the_database_lets_only_failures_run_again(work, status):
    result = ask(work)
    AnalysisResult.objects.using("owner").filter(pk=result.pk).update(status=status)
    with pytest.raises(DatabaseError):
        AnalysisResult.objects.using("staff").filter(pk=result.pk).update(status=Status.QUEUED)


def test_the_web_role_runs_no_failure_again(work):
    result = fail(work)
    with pytest.raises(DatabaseError), scope(result.owner_id), transaction.atomic():
        AnalysisResult.objects.filter(pk=result.pk).update(status=Status.QUEUED)


def test_a_cancelled_one_can_be_asked_for_again_by_its_owner(work, support, published):
    result = ask(work)
    act(support, LIST, "cancel", result)
    owner, session, file = work
    with scope(owner.user.pk):
        again = actions.request_result(
            by=owner.user, session=session, kind="count", params={"words": str(file.pk)}, publish=False
        )
    assert again.pk != result.pk
    assert (
        Event.objects.using("owner").filter(object_id=result.pk, verb="staff.result_cancelled").count() == 1
    )
