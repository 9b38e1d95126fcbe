"""What is due once a day or every few hours is done on a machine that is switched off every night, and once only."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from celery.beat import Scheduler
from django.core.cache import cache

from sessions_app import due, orphans
from sessions_app.isolation.cache import public_cache_key
from sessions_app.privacy import retention

TASKS = {
    due.RETENTION: (retention, "apply", retention.apply_if_due),
    due.ORPHANS: (orphans, "remove_orphans", orphans.remove_orphans_if_due),
}


class Clock:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)


@pytest.fixture
def clock(django_db_setup, monkeypatch) -> Clock:
    cache.clear()
    clock = Clock()
    monkeypatch.setattr(due, "now", lambda: clock.now)
    return clock


@pytest.fixture
def done(monkeypatch, clock):
    """When each was done, in hours from the beginning."""
    begun, hours = clock.now, {work: [] for work in TASKS}
    for work, (module, name, _) in TASKS.items():
        monkeypatch.setattr(
            module, name, lambda work=work: hours[work].append((clock.now - begun) / timedelta(hours=1))
        )
    return hours


def powered_on(clock: Clock, hours: float) -> None:
    """Beat starts, asks as its schedule says, and is switched off again; workers do at once what it asks."""
    entries = {
        work: Scheduler.Entry(**entry_of(task.name), app=current_app) for work, (*_, task) in TASKS.items()
    }
    end = clock.now + timedelta(hours=hours)
    for entry in entries.values():
        entry.schedule.nowfun = lambda: clock.now
    last = dict.fromkeys(entries, clock.now)
    while clock.now < end:
        clock.now += timedelta(minutes=1)
        for work, entry in entries.items():
            if entry.schedule.is_due(last[work]).is_due:
                last[work] = clock.now
                TASKS[work][2].run()


def entry_of(task: str) -> dict:
    [(name, found)] = [
        (name, one) for name, one in current_app.conf.beat_schedule.items() if one["task"] == task
    ]
    return {"name": name, "task": task, "schedule": found["schedule"]}


def test_a_machine_that_is_off_at_night_does_all_that_is_due(clock, done):
    for _ in range(5):
        powered_on(clock, 8)
        clock.now += timedelta(hours=16)
    assert 4 <= len(done[due.RETENTION]) <= 5
    assert 5 <= len(done[due.ORPHANS]) <= 10


@pytest.mark.parametrize("work", TASKS)
def test_on_a_machine_that_is_always_on_it_is_done_once_in_its_time(clock, done, work):
    powered_on(clock, 50)
    gaps = [later - earlier for earlier, later in zip(done[work], done[work][1:], strict=False)]
    every = work.every / timedelta(hours=1)
    assert gaps == pytest.approx([every] * len(gaps), abs=0.1)


def test_restarts_do_not_repeat_it(clock, done):
    for _ in range(20):
        powered_on(clock, 0.1)
    assert [len(times) for times in done.values()] == [1, 1]


def test_without_the_mark_it_is_done_once_more(clock, done):
    powered_on(clock, 0.1)
    cache.clear()
    powered_on(clock, 0.1)
    assert len(done[due.RETENTION]) == 2


def test_a_mark_of_the_future_holds_nothing_up(clock, done):
    clock.now += timedelta(days=400)
    due.note_done(due.RETENTION)
    clock.now -= timedelta(days=400)
    powered_on(clock, 0.1)
    assert len(done[due.RETENTION]) == 1


def test_what_failed_was_not_done_and_is_tried_again_later(clock, monkeypatch):
    tries = []

    def fails() -> None:
        tries.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        due.do_if_due(due.RETENTION, fails)
    assert due.last_done(due.RETENTION) is None
    # Not with every tick: the same fault a minute later, and two at once, help nobody.
    assert due.do_if_due(due.RETENTION, fails) is False
    assert len(tries) == 1
    cache.clear()  # as the end of its time does
    assert due.do_if_due(due.RETENTION, lambda: None) is True


@pytest.mark.parametrize("work", TASKS)
def test_what_never_ends_in_time_is_tried_a_few_times_in_its_span(clock, settings, work):
    """Such work runs until it is killed: each try takes a worker for a task's longest time."""
    assert due.pause_seconds(work) >= settings.TASK_HARD_LIMIT
    assert due.pause_seconds(work) >= work.every.total_seconds() / 10
    with pytest.raises(ZeroDivisionError):
        due.do_if_due(work, lambda: 1 / 0)
    assert cache.ttl(public_cache_key("doing", work.name)) > due.pause_seconds(work) - 60


def test_no_entry_of_beat_waits_longer_than_a_machine_is_on():
    """An interval begins anew with each start of beat."""
    too_long = {
        name: entry["schedule"]
        for name, entry in current_app.conf.beat_schedule.items()
        if entry["schedule"] > 3_600
    }
    assert too_long == {}
