"""A background task runs for the user who asked for it, or not at all."""

import logging
import time
import uuid

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.exceptions import Reject
from django.db import transaction

from chatmrpt.celery import app as project_app
from sessions_app.isolation.errors import BadTaskHeader, NoScope
from sessions_app.isolation.scope import current_owner, current_scope, scope
from sessions_app.isolation.tasks import HEADER, ScopedTask, stamp
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisSession

app = Celery("isolation-tests", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.broker_transport_options = {"polling_interval": 0.02}


@app.task(base=ScopedTask, name="tests.look")
def look(session_id):
    with transaction.atomic():
        found = AnalysisSession.objects.filter(pk=session_id).exists()
    return str(current_owner()), current_scope().kind, found


SEEN: list[str] = []


@app.task(base=ScopedTask, name="tests.remember")
def remember(object_id):
    SEEN.append(object_id)
    return len(SEEN)


@app.task(base=ScopedTask, bind=True, name="tests.again", max_retries=1, default_retry_delay=0)
def again(self, object_id):
    if self.request.retries == 0:
        raise self.retry()
    return self.request.retries, str(current_owner())


def wait_until(question):
    end = time.monotonic() + 20
    while not question():
        assert time.monotonic() < end
        time.sleep(0.02)


def deliver(task, header, *arguments):
    """What a worker does with a message that has this header."""
    task.push_request(args=arguments, headers={HEADER: header} if header is not None else {}, id="m1")
    try:
        return task(*arguments)
    finally:
        task.pop_request()


@pytest.fixture(scope="module")
def worker(django_db_setup, django_db_blocker):
    """A real worker in a thread, behind a real broker in memory."""
    running = start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30)
    with django_db_blocker.unblock(), running:
        yield
    # Starting a worker makes its app the default of the whole process; tests elsewhere publish through the project's.
    for restore in (project_app.set_current, project_app.set_default):
        restore()


def test_the_body_runs_in_the_publishers_scope(alices, worker):
    with scope(alices.user.pk):
        sent = look.delay(str(alices.session.pk))
    assert sent.get(timeout=20) == [str(alices.user.pk), "task", True]
    assert current_owner() is None


def test_a_task_for_anothers_row_finds_nothing(alices, bob, worker):
    with scope(bob.pk):
        assert look.delay(str(alices.session.pk)).get(timeout=20) == [str(bob.pk), "task", False]


def test_a_message_planted_in_the_queue_is_refused(alices, worker, caplog):
    app.send_task("tests.look", (str(alices.session.pk),), headers={HEADER: {"owner": str(alices.user.pk)}})
    with scope(alices.user.pk):
        # Queued behind it: once this one is done, the planted one has been dealt with.
        assert look.delay(str(alices.session.pk)).get(timeout=20)[2] is True
    assert "Task refused" in caplog.text


def test_nobody_can_publish_for_nobody(_database):
    with pytest.raises(NoScope):
        look.publish(uuid.uuid4())
    with pytest.raises(NoScope):
        look.delay(str(uuid.uuid4()))


def test_a_task_is_sent_when_its_transaction_commits_and_not_before(alice, worker):
    object_id = uuid.uuid4()
    with acting_as(alice):
        remember.publish(object_id)
        time.sleep(0.5)
        assert SEEN == []
    wait_until(lambda: [str(object_id)] == SEEN)
    with pytest.raises(ZeroDivisionError), acting_as(alice):
        remember.publish(uuid.uuid4())
        _ = 1 / 0
    with scope(alice.pk):
        assert remember.delay(str(uuid.UUID(int=1))).get(timeout=20) == 2
    SEEN.clear()


def tampered(alice, bob, object_id):
    good = stamp(alice.pk, "tests.look", object_id)
    return {
        "no header": None,
        "not a header": "alice",
        "empty": {},
        "another owner": good | {"owner": str(bob.pk)},
        "another object": good | {"object": str(uuid.uuid4())},
        "another task's": stamp(alice.pk, "tests.other", object_id),
        "another key": good | {"key": "k9"},
        "no signature": good | {"mac": ""},
        "a number for a signature": good | {"mac": 0},
        "a list for an owner": good | {"owner": [1]},
    }


@pytest.mark.parametrize(
    "kind", tampered(type("U", (), {"pk": uuid.uuid4()}), type("U", (), {"pk": 1}), uuid.uuid4())
)
def test_a_message_that_we_didnt_write_is_refused_logged_and_not_tried_again(alice, bob, kind, caplog):
    object_id = uuid.uuid4()
    caplog.set_level(logging.ERROR)
    with pytest.raises(Reject) as refused:
        deliver(look, tampered(alice, bob, object_id)[kind], str(object_id))
    assert refused.value.requeue is False
    assert "Task refused" in caplog.text


def test_the_arguments_must_be_the_signed_object(alice):
    object_id = uuid.uuid4()
    good = stamp(alice.pk, "tests.look", object_id)
    for arguments in ((str(uuid.uuid4()),), (), (str(object_id), "more")):
        with pytest.raises(Reject):
            deliver(look, good, *arguments)
    with pytest.raises(BadTaskHeader), scope(alice.pk):
        look.apply_async((str(object_id), "more"))


def test_a_retry_keeps_its_header(alice, worker):
    with scope(alice.pk):
        assert again.delay(str(uuid.uuid4())).get(timeout=20) == [1, str(alice.pk)]


def test_an_old_key_still_opens_what_was_queued_before_a_rotation(alice, settings):
    object_id = uuid.uuid4()
    queued = stamp(alice.pk, "tests.look", object_id)
    settings.TASK_KEYS = {"new": "n" * 40, **settings.TASK_KEYS}
    assert deliver(look, queued, str(object_id))[0] == str(alice.pk)
    settings.TASK_KEYS = {"new": "n" * 40}
    with pytest.raises(Reject):
        deliver(look, queued, str(object_id))
