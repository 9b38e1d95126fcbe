"""The ledger: a computation is claimed by one worker, told of while it runs, and ended once."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from sessions_app import actions, jobs, selectors, tasks
from sessions_app.broker import DEFAULT_QUEUE, UPKEEP_QUEUE, broker_in_use, queue_length
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, ResultParent
from sessions_app.problems import Problem
from sessions_app.tests.browsing import browse, text_of

pytestmark = pytest.mark.usefixtures("counting")


@pytest.fixture
def work(alice):
    """A session of Alice's with one upload of three words, and how to ask for its count."""
    session = alice.session()
    stored = alice.upload(session)

    def ask(**params):
        return alice.request(session, "count", words=str(stored.pk), **params)

    ask.session, ask.stored = session, stored
    return ask


def end_lease(result):
    past = timezone.now() - timedelta(seconds=1)
    AnalysisResult.objects.using("system").filter(pk=result.pk).update(lease_until=past)


def in_thread(function, *arguments):
    """Run in a worker's place: a thread with a connection of its own."""

    def run():
        try:
            return function(*arguments)
        finally:
            connection.close()

    return run


def test_a_request_freezes_its_parameters_inputs_and_code(alice, work, settings):
    result = alice.result(work())
    assert result.status == "queued"
    assert result.params == {"words": str(work.stored.pk), "trouble": ""}
    assert result.input_hashes == {str(work.stored.pk): work.stored.sha256}
    assert result.code_version == settings.CODE_VERSION
    assert [step["state"] for step in result.steps] == ["waiting"] * 3
    assert [event.object_id for event in alice.events("result.requested")] == [result.pk]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "words"),
        ({"words": "not an id"}, "words"),
        ({"words": "7b8a6b1e-9c1d-4a55-8f3e-5f0f6a6f0001"}, "words"),
        ({"words": None, "owner": "x"}, "owner"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(alice, work, params, field):
    with pytest.raises(ValidationError) as refusal:
        alice.request(work.session, "count", **params)
    assert field in refusal.value.detail
    assert alice.events("result.requested") == []


def test_files_of_another_session_or_user_do_not_exist(alice, bob, work):
    strangers = bob.upload(bob.session())
    elsewhere = alice.upload(alice.session())
    for file in (strangers, elsewhere):
        with pytest.raises(ValidationError, match="has no words"):
            alice.request(work.session, "count", words=str(file.pk))


def test_a_run_leaves_a_summary_an_artefact_and_one_event(alice, work):
    result = work()
    assert jobs.run_here(alice.user.pk, result.pk)

    done = alice.result(result)
    assert (done.status, done.percent, done.summary, done.attempt) == ("succeeded", 100, {"words": 3}, 1)
    assert [(step["code"], step["state"]) for step in done.steps] == [
        ("read", "done"),
        ("count", "done"),
        ("store", "done"),
    ]
    assert all(step["seconds"] >= 0 for step in done.steps)
    artifact = next(file for file in alice.files() if file.kind == "artifact")
    assert artifact.pk == jobs.artifact_id(result.pk, "words.csv")
    assert default_storage.size(artifact.storage_key) == artifact.size_bytes
    assert len(alice.events("result.succeeded")) == 1
    assert not jobs.run_here(alice.user.pk, result.pk), "a finished result ran again"


def test_a_result_that_was_read_in_part_is_not_saved(alice, work):
    """It would store the summary without what was left out."""
    result = work()
    assert jobs.run_here(alice.user.pk, result.pk)
    with scope(alice.user.pk), transaction.atomic():
        whole = selectors.results_of(work.session).get(pk=result.pk)
        key = next(iter(whole.summary))
        part = selectors.told_without(selectors.results_of(work.session), key)[result.pk]
        assert key not in part.summary
        for how in ({}, {"update_fields": ["summary"]}):
            with pytest.raises(TypeError, match="read in part"):
                part.save(**how)
        assert selectors.results_of(work.session).get(pk=result.pk).summary == whole.summary


def test_a_refusal_keeps_the_inputs_and_says_at_which_step(alice, work):
    result = work(trouble="refused")
    jobs.run_here(alice.user.pk, result.pk)

    failed = alice.result(result)
    assert failed.status == "failed"
    assert failed.error["code"] == "file_type_not_taken"
    assert (failed.error["where"], failed.error["examples"], failed.error["step"]) == (
        "words.txt",
        ["§"],
        "count",
    )
    assert [step["state"] for step in failed.steps] == ["done", "failed", "waiting"]
    assert [file.kind for file in alice.files()] == ["words"]
    assert alice.objects() == [work.stored.storage_key]


def test_a_fault_tells_an_incident_and_nothing_of_the_machine(alice, work, caplog):
    result = work(trouble="fault")
    jobs.run_here(alice.user.pk, result.pk)

    failed = alice.result(result)
    assert (failed.status, failed.error["code"], failed.error["step"]) == ("failed", "fault", "count")
    assert "/srv" not in str(failed.error)
    assert "ZeroDivision" not in str(failed.error)
    assert failed.error["incident"] in caplog.text


def test_a_passing_failure_gives_the_claim_back_and_the_next_try_succeeds(alice, work):
    result = work(trouble="away_once")
    with pytest.raises(OperationalError):
        jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).status == "running"
    with scope(alice.user.pk), transaction.atomic():
        claimed = AnalysisResult.objects.get(pk=result.pk)
    assert jobs.release(alice.user.pk, claimed)

    assert jobs.run_here(alice.user.pk, result.pk)
    done = alice.result(result)
    assert (done.status, done.attempt) == ("succeeded", 2)


def test_of_many_workers_one_gets_the_claim(alice, work):
    result = work()
    start = threading.Barrier(8)

    def claim():
        start.wait()
        return jobs.claim(alice.user.pk, result.pk)

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: in_thread(claim)(), range(8)))
    assert [claim.attempt for claim in claims if claim] == [1]


def test_two_workers_on_one_result_end_it_once(alice, work):
    """The first worker is taken for dead while it still computes; what it brings later does not count."""
    result = work()
    first = jobs.claim(alice.user.pk, result.pk)
    end_lease(result)
    second = jobs.claim(alice.user.pk, result.pk)
    assert (first.attempt, second.attempt) == (1, 2)

    jobs.run_claimed(second)
    jobs.run_claimed(first)

    done = alice.result(result)
    assert (done.status, done.attempt) == ("succeeded", 2)
    artifacts = [file for file in alice.files() if file.kind == "artifact"]
    assert len(artifacts) == 1
    with default_storage.open(artifacts[0].storage_key) as content:
        assert content.read().endswith(b"attempt 2")
    assert len(alice.events("result.succeeded")) == 1


def test_the_lease_is_renewed_while_a_long_step_runs(alice, work, settings):
    settings.RESULTS = settings.RESULTS | {"lease_seconds": 1}
    result = work(trouble="slow")
    worker = threading.Thread(target=in_thread(jobs.run_here, alice.user.pk, result.pk))
    worker.start()
    time.sleep(1.6)
    assert jobs.claim(alice.user.pk, result.pk) is None, "a living worker lost its claim"
    with scope(alice.user.pk):
        actions.cancel_result(by=alice.user, result=result)
    worker.join(10)
    assert alice.result(result).status == "cancelled"


def test_a_running_result_stops_at_its_next_step_when_cancelled(alice, work):
    result = work(trouble="slow")
    worker = threading.Thread(target=in_thread(jobs.run_here, alice.user.pk, result.pk))
    worker.start()
    for _ in range(100):
        if alice.result(result).percent >= 40:
            break
        time.sleep(0.05)
    with scope(alice.user.pk):
        asked = actions.cancel_result(by=alice.user, result=result)
    assert asked.status == "running"
    worker.join(10)

    ended = alice.result(result)
    assert (ended.status, ended.summary) == ("cancelled", {})
    assert alice.objects() == [work.stored.storage_key]
    verbs = [event.verb for event in alice.events() if event.object_id == result.pk]
    assert verbs == ["result.requested", "result.started", "result.cancel_requested", "result.cancelled"]


def test_a_waiting_result_is_cancelled_at_once_and_never_runs(alice, work):
    result = work()
    with scope(alice.user.pk):
        assert actions.cancel_result(by=alice.user, result=result).status == "cancelled"
        with pytest.raises(Problem) as refusal:
            actions.cancel_result(by=alice.user, result=result)
    assert refusal.value.code == "result_already_finished"
    assert not jobs.run_here(alice.user.pk, result.pk)


def test_a_cancelled_result_whose_worker_died_is_not_started_again(alice, work):
    result = work()
    jobs.claim(alice.user.pk, result.pk)
    with scope(alice.user.pk):
        actions.cancel_result(by=alice.user, result=result)
    end_lease(result)
    assert jobs.claim(alice.user.pk, result.pk) is None
    assert alice.result(result).status == "cancelled"


def test_a_result_that_kills_its_workers_is_given_up(alice, work, settings):
    result = work()
    for _ in range(settings.RESULTS["max_attempts"]):
        assert jobs.claim(alice.user.pk, result.pk)
        end_lease(result)
    assert jobs.claim(alice.user.pk, result.pk) is None
    assert alice.result(result).error["code"] == "worker_lost"


def test_a_result_deleted_while_it_runs_leaves_nothing(alice, work):
    claimed = jobs.claim(alice.user.pk, work().pk)
    with scope(alice.user.pk):
        actions.delete_session(by=alice.user, session=work.session)
    jobs.run_claimed(claimed)
    assert alice.objects() == []


def test_what_nobody_works_on_is_published_again(alice, work):
    waiting, running, fresh = work(), work(trouble="refused"), work(trouble="fault")
    jobs.claim(alice.user.pk, running.pk)
    end_lease(waiting)
    end_lease(running)
    assert tasks.requeue_expired() >= 2
    assert alice.result(waiting).lease_until > timezone.now(), "it would be published at every beat"
    silent = alice.result(running)
    assert (silent.status, silent.attempt) == ("queued", 1), "it would be published at every beat"
    assert jobs.claim(alice.user.pk, running.pk).attempt == 2, "nobody could claim it"
    assert alice.result(fresh).lease_until > timezone.now()


def test_a_result_builds_only_on_parents_that_succeeded(alice, work):
    count = work()
    with pytest.raises(Problem) as refusal:
        alice.request(work.session, "double", count=str(count.pk))
    assert refusal.value.code == "parent_not_usable"

    jobs.run_here(alice.user.pk, count.pk)
    double = alice.request(work.session, "double", count=str(count.pk))
    jobs.run_here(alice.user.pk, double.pk)
    assert alice.result(double).summary == {"words": 6}
    with scope(alice.user.pk), transaction.atomic():
        assert ResultParent.objects.get(result_id=double.pk).parent_id == count.pk
        assert double.input_hashes == {str(count.pk): selectors.fingerprint(count)}


def test_a_result_is_stale_once_something_before_it_was_replaced(alice, work, django_assert_num_queries):
    count = work()
    jobs.run_here(alice.user.pk, count.pk)
    double = alice.request(work.session, "double", count=str(count.pk))
    jobs.run_here(alice.user.pk, double.pk)

    def states():
        with scope(alice.user.pk), transaction.atomic(), django_assert_num_queries(2):
            return {step.code: step.state for step in selectors.step_states(work.session)}

    assert states() == {"data": "done", "count": "done", "double": "done", "double_result": "done"}
    again = work()
    jobs.run_here(alice.user.pk, again.pk)
    assert states() == {"data": "done", "count": "done", "double": "stale", "double_result": "stale"}
    with scope(alice.user.pk), transaction.atomic():
        assert selectors.stale(alice.result(double))
        assert not selectors.stale(alice.result(again))
    alice.upload(work.session)
    assert states() == {"data": "done", "count": "stale", "double": "stale", "double_result": "stale"}


def test_the_bar_of_steps_says_what_is_missing(alice):
    session = alice.session()
    with scope(alice.user.pk), transaction.atomic():
        steps = selectors.step_states(session)
    assert [(step.code, step.state) for step in steps] == [
        ("data", "ready"),
        ("count", "blocked"),
        ("double", "blocked"),
        ("double_result", "blocked"),
    ]
    assert all(step.missing for step in steps)


def test_one_user_cannot_fill_the_queue(alice, work, settings):
    settings.RESULTS = settings.RESULTS | {"max_waiting_per_user": 2}
    work(), work(trouble="refused")
    with pytest.raises(Problem) as refusal:
        work(trouble="fault")
    assert refusal.value.code == "too_many_results"


def test_a_run_whose_worker_has_gone_silent_says_that_it_reconnects(alice, work, settings):
    result = work()
    place = reverse("result_progress", args=[work.session.pk, result.pk])
    browser = browse(alice)
    assert "Reconnecting" not in text_of(browser.get(place))
    jobs.claim(alice.user.pk, result.pk)
    assert "Reconnecting" not in text_of(browser.get(place))
    # Renewals are due every third of the lease: with less than half of it left, one is missing.
    late = timezone.now() + timedelta(seconds=settings.RESULTS["lease_seconds"] / 2 - 1)
    AnalysisResult.objects.using("system").filter(pk=result.pk).update(lease_until=late)
    page = text_of(browser.get(place))
    assert "Reconnecting: the machine that worked on this stopped answering" in page
    assert "starts again within a minute" in page
    assert re.search(r'<small id="percent-count" hx-swap-oob="true">0 %</small>', page), (
        "the bar of steps follows"
    )


def test_a_long_line_that_waits_for_its_turn_is_not_published_again(alice, bob, committed):
    """Each message that is published again takes a worker's time from those that wait."""
    _purged()
    line = [
        (person, person.request(session, "count", words=str(person.upload(session).pk)))
        for person in (alice, bob)
        for session in (person.session() for _ in range(11))
    ]
    for person, result in line:
        tasks.publish(person.user.pk, result.pk)
    assert queue_length(DEFAULT_QUEUE) == len(line) > tasks.LONG_LINE
    for _, result in line:
        end_lease(result)
    # One of a killed worker is published again all the same, and once.
    person, cut = line[0]
    jobs.claim(person.user.pk, cut.pk)
    end_lease(cut)
    assert tasks.requeue_expired() == 1
    assert tasks.requeue_expired() == 0
    assert queue_length(DEFAULT_QUEUE) == len(line) + 1
    assert all(person.result(result).lease_until > timezone.now() for person, result in line)
    # Lost with the broker, they are published again.
    _purged()
    for _, result in line:
        end_lease(result)
    tasks.requeue_expired()
    assert queue_length(DEFAULT_QUEUE) >= len(line)


def test_a_connection_that_the_broker_closed_costs_no_answer(alice, committed):
    """Kombu's channel as a restart of Valkey leaves it now and then: without the connection that it belongs to.

    What was asked for is in the ledger, so nothing failed; the workers get it once the broker is back.
    """
    _purged()
    session = alice.session()
    result = alice.request(session, "count", words=str(alice.upload(session).pk))
    with current_app.producer_pool.acquire(block=True) as producer:
        channel = producer.channel
        channel._pool = None  # it would make another one, and ask the connection for the address
        held, channel.connection = channel.connection, None
    try:
        tasks.publish(alice.user.pk, result.pk)
        assert queue_length(DEFAULT_QUEUE) == 0, "the channel was whole, and this test shows nothing"
    finally:
        channel.connection = held
    end_lease(result)
    assert tasks.requeue_expired() == 1
    assert queue_length(DEFAULT_QUEUE) == 1


def test_a_fault_of_ours_is_not_taken_for_a_broker_that_is_away():
    with pytest.raises(AttributeError), broker_in_use():
        None.message_count  # noqa: B018


def test_upkeep_and_mails_do_not_stand_in_the_line_of_computations(settings):
    router = current_app.amqp.router
    upkeep = {name: entry["options"] for name, entry in current_app.conf.beat_schedule.items()}
    assert {options["queue"] for options in upkeep.values()} == {UPKEEP_QUEUE}
    assert all(options["expires"] for options in upkeep.values())
    for mail in ("accounts.write_password_reset", "accounts.write_sign_up"):
        assert router.route({}, mail)["queue"].name == UPKEEP_QUEUE
    assert router.route({}, "sessions_app.run_result")["queue"].name == DEFAULT_QUEUE
    assert set(current_app.amqp.queues.consume_from) == {DEFAULT_QUEUE, UPKEEP_QUEUE}


def _purged():
    with current_app.connection_for_write() as connection:
        connection.default_channel.queue_purge(DEFAULT_QUEUE)
