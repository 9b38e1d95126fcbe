"""Turns that nobody ends by themselves: a fault in the middle, a killed web process, tables that are older than the files."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from analysis import frames
from assistant import actions, selectors, tasks, turns
from assistant.core.routing import decide
from assistant.models import Message, Turn
from assistant.tests.niger import ask, conversation_of, words_of
from assistant.turns import OUT_OF_DATE
from sessions_app.isolation.scope import scope
from sessions_app.models import StoredFile
from sessions_app.problems import Problem
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people, problem
from tests import work

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def ranked(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), people() as make:
        person = make("ranked")
        yield person, work.finished_work(person.user)


def broken(person, finished, name: str) -> None:
    """The bytes of an artefact are spoilt where they are stored."""
    with scope(person.user.pk), transaction.atomic():
        file = StoredFile.objects.get(result_id=finished.dataset.pk, name=name)
    Path(default_storage.path(file.storage_key)).write_bytes(b"spoilt")


def test_a_fault_in_the_middle_ends_the_turn_with_an_incident(ranked):
    person, finished = ranked
    conversation = conversation_of(person, finished.session)
    broken(person, finished, frames.DATASET)
    turn = ask(person, conversation, "how many wards are there")
    assert (turn.status, turn.error["code"]) == (Turn.Status.FAILED, "fault")
    assert turn.error["incident"] in words_of(person, turn)
    assert turn.next_actions
    page = browse(person).get(conversation.get_absolute_url())
    assert page.status_code == 200
    assert turn.error["incident"] in text_of(page)


@pytest.mark.parametrize("nth", [6, 8, 10, 12, 13])
def test_a_connection_that_ends_in_the_middle_costs_no_answer(ranked, stack, nth):
    """As when the database fails over: whichever statement of the turn meets it, the answer is made once more."""
    person, finished = ranked
    conversation = conversation_of(person, finished.session)
    question = "top 3 wards by rainfall"
    expected = words_of(person, ask(person, conversation, question))
    with ended_before_statement(stack, nth) as ended:
        turn = ask(person, conversation, question)
    assert ended == [nth]
    assert turn.status == Turn.Status.DONE
    assert words_of(person, turn) == expected
    with scope(person.user.pk), transaction.atomic():
        said = Message.objects.filter(turn=turn).values_list("role", flat=True)
        assert sorted(said) == ["assistant", "user"]


def test_before_the_question_is_stored_nothing_of_it_stays(ranked, stack):
    person, finished = ranked
    conversation = conversation_of(person, finished.session)
    with ended_before_statement(stack, 3) as ended, pytest.raises(OperationalError):
        ask(person, conversation, "top 3 wards by rainfall")
    assert ended == [3]
    with scope(person.user.pk), transaction.atomic():
        assert not Turn.objects.filter(conversation=conversation).exists()


@pytest.fixture
def meanwhile(monkeypatch):
    """Does something once, in the middle of the next answer."""

    def do(act) -> None:
        def decided(*args, **named):
            monkeypatch.setattr(turns, "decide", decide)
            act()
            return decide(*args, **named)

        monkeypatch.setattr(turns, "decide", decided)

    return do


@pytest.mark.parametrize("way", ["page", "fragment", "api"])
@pytest.mark.parametrize("fault", [False, True])
def test_an_answer_that_comes_after_its_turn_was_given_up_is_not_stored(
    alice, meanwhile, monkeypatch, way, fault
):
    session = alice.session()
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)

    def give_up():
        with transaction.atomic():
            turn = Turn.objects.get(conversation=conversation)
        actions.give_up_turn(turn_id=turn.pk, problem=Problem("turn_cut"))
        if fault:
            monkeypatch.setattr(turns, "_answered", None)

    meanwhile(give_up)
    answer = sent(alice, session, conversation, way)
    assert answer.status_code == {"page": 302, "fragment": 200, "api": 201}[way]
    if way == "api":
        assert (answer.json()["status"], answer.json()["error"]["code"]) == ("failed", "turn_cut")
    with scope(alice.user.pk), transaction.atomic():
        turn = Turn.objects.get(conversation=conversation)
        assert (turn.status, turn.error["code"]) == (Turn.Status.FAILED, "turn_cut")
        assert Message.objects.filter(turn=turn, role="assistant").count() == 1
    assert [event.verb for event in alice.events() if event.verb.startswith("turn.")] == [
        "turn.started",
        "turn.failed",
    ]


@pytest.mark.parametrize("way", ["page", "fragment", "api"])
@pytest.mark.parametrize("model", [False, True])
def test_a_conversation_that_is_deleted_while_it_is_answered_is_said_to_be(
    alice, meanwhile, monkeypatch, settings, way, model
):
    session = alice.session()
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)
    meanwhile(lambda: actions.delete_conversation(by=alice.user, conversation=conversation))
    if model:
        monkeypatch.setattr(turns, "first_name", lambda: "any")
    answer = sent(alice, session, conversation, way, "please tell the story" if model else "hello")
    if way == "api":
        problem(answer, 410, "conversation_deleted")
    else:
        assert answer.status_code == 410
        assert "You have deleted this conversation" in text_of(answer)
    with scope(alice.user.pk), transaction.atomic():
        assert not Turn.objects.filter(conversation_id=conversation.pk).exists()
    assert not [event for event in alice.events() if event.verb in ("turn.failed", "turn.finished")]


def test_an_answer_and_a_turn_given_up_at_once_do_not_stop_each_other(alice, monkeypatch):
    """One ends the turn and the other leaves it, whoever comes first; no connection waits for the other's lock."""
    session = alice.session()
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)
        turn = actions.begin_turn(by=alice.user, conversation=conversation, text="what came of it")
    locked, running = threading.Event(), actions._running

    def waited_for(one):
        """The answer holds its conversation, and goes on to the turn when the other one waits for a lock."""
        if threading.current_thread() is threads[0]:
            locked.set()
            wait_for_a_lock()
        return running(one)

    monkeypatch.setattr(actions, "_running", waited_for)
    faults: list[Exception] = []

    def at_once(act) -> None:
        try:
            with scope(alice.user.pk):
                act()
        except Exception as fault:  # noqa: BLE001 - told below
            faults.append(fault)
        finally:
            connections.close_all()

    def answer() -> None:
        actions.finish_turn(by=alice.user, turn=turn, text="This.", pending={}, focus={})

    def give_up() -> None:
        assert locked.wait(10)
        actions.give_up_turn(turn_id=turn.pk, problem=Problem("turn_cut"))

    threads = [threading.Thread(target=at_once, args=[act]) for act in (answer, give_up)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    with scope(alice.user.pk), transaction.atomic():
        assert Turn.objects.get(pk=turn.pk).status == Turn.Status.DONE
        assert Message.objects.get(turn=turn, role="assistant").text == "This."


def wait_for_a_lock() -> None:
    """Until some connection of this database waits for another's lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    for _ in range(100):
        with connection.cursor() as cursor:
            if cursor.execute(waiting).fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waited for a lock")


def test_a_turn_handed_over_once_more_does_not_stand_in_its_own_way(alice, monkeypatch, settings):
    """The connection broke behind the hand-over: asked again it is still the only one of its user."""
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"turns_at_once": 1}
    monkeypatch.setattr(turns, "first_name", lambda: "any")
    published: list[object] = []

    def publish(owner_id, turn_id) -> None:
        published.append(turn_id)
        if len(published) == 1:
            raise OperationalError

    monkeypatch.setattr(tasks, "publish", publish)
    session = alice.session()
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)
    turn = ask(alice, conversation, "please tell the story")
    assert (turn.status, turn.route, turn.error) == (Turn.Status.RUNNING, "model", {})
    assert published == [turn.pk, turn.pk]


def sent(person, session, conversation, way: str, text: str = "hello"):
    if way == "api":
        place = reverse("api-turns", args=[conversation.pk])
        return person.browser().post(place, {"text": text}, content_type="application/json")
    place = reverse("conversation_detail", args=[session.pk, conversation.pk])
    headers = {"HX-Request": "true"} if way == "fragment" else {}
    return browse(person).post(place, {"text": text, "known": "yes"}, headers=headers)


@contextmanager
def ended_before_statement(stack, nth: int) -> Iterator[list[int]]:
    """PostgreSQL ends the web role's connection just before that statement is sent."""
    ended: list[int] = []
    count = itertools.count(1)

    def end(execute, sql, params, many, context):
        if next(count) == nth and not ended:
            ended.append(nth)
            with stack.services.superuser() as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(%s)", [context["connection"].connection.info.backend_pid]
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(end):
        yield ended


def test_a_turn_whose_process_was_killed_is_ended_and_its_words_end_in_their_time(alice):
    session = alice.session()
    with scope(alice.user.pk):
        conversation = actions.start_conversation(by=alice.user, session=session)
        turn = actions.begin_turn(by=alice.user, conversation=conversation, text="what came of it")
        fresh = actions.begin_turn(by=alice.user, conversation=conversation, text="still at work")
        with transaction.atomic():
            past = timezone.now() - timedelta(seconds=settings.CHAT["cut_after_seconds"] + 1)
            Turn.objects.filter(pk=turn.pk).update(created_at=past)
    assert tasks.requeue_turns() >= 1
    with scope(alice.user.pk), transaction.atomic():
        found = {one.pk: one for one in selectors.turns_of(conversation)}
        assert found[fresh.pk].status == Turn.Status.RUNNING
        assert (found[turn.pk].status, found[turn.pk].error["code"]) == (Turn.Status.FAILED, "turn_cut")
        assert found[turn.pk].next_actions
        Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(days=4_000))
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        assert not Message.objects.filter(turn=turn).exists()


def test_answers_out_of_older_tables_say_so(ranked):
    person, finished = ranked
    conversation = conversation_of(person, finished.session)
    question = "top 3 wards by rainfall"
    assert OUT_OF_DATE not in words_of(person, ask(person, conversation, question))
    mine = finished.belongings
    work.upload(person.user, finished.session, "ward_table", f"{mine.canary}-2.csv", mine.table + b"\n")
    for text in (
        question,
        "top 5 wards",
        "how many wards",
        "why is the top ward ranked first",
        "show the map",
    ):
        turn = ask(person, conversation, text)
        assert words_of(person, turn).splitlines()[-1] == OUT_OF_DATE, text
    for text in ("status", "help", "what does tpr mean", "thank you"):
        assert OUT_OF_DATE not in words_of(person, ask(person, conversation, text)), text
