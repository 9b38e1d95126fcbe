"""Scopes nest, restore and end; pooled connections and threads never carry one on."""

import os
import signal
import socket
import subprocess
import threading
import time
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction

from sessions_app.isolation.errors import NoScope
from sessions_app.isolation.scope import current_owner, required_owner, scope
from sessions_app.isolation.testing import acting_as, forget, make_user
from sessions_app.models import AnalysisSession
from tests.isolation.rows import rows_of


def asker():
    """For whom the database thinks it works."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.current_user_id()")
        return cursor.fetchone()[0]


def test_there_is_no_scope_to_begin_with(_database):
    assert current_owner() is None
    with pytest.raises(NoScope):
        required_owner()


def test_a_scope_reaches_the_transactions_inside_it(alice):
    with scope(alice.pk):
        with transaction.atomic():
            assert asker() == alice.pk
        with transaction.atomic():
            assert asker() == alice.pk
    with transaction.atomic():
        assert asker() is None


def test_a_scope_reaches_a_transaction_that_is_open_already(alice, bob):
    with transaction.atomic():
        assert asker() is None
        with scope(alice.pk):
            assert asker() == alice.pk
            with scope(bob.pk):
                assert asker() == bob.pk
            assert asker() == alice.pk
        assert asker() is None


def test_the_outer_scope_is_restored_after_an_error(alice, bob):
    with scope(alice.pk), transaction.atomic():
        with pytest.raises(ZeroDivisionError), scope(bob.pk):
            _ = 1 / 0
        assert current_owner() == alice.pk
        assert asker() == alice.pk


def test_a_failed_statement_inside_a_savepoint_leaves_the_outer_scope(alice, bob):
    with scope(alice.pk), transaction.atomic():
        with pytest.raises(DatabaseError), scope(bob.pk), transaction.atomic():
            AnalysisSession.objects.create(owner=alice, name="not Bob's")
        assert asker() == alice.pk


def test_a_scope_left_while_the_transaction_is_broken_is_not_carried_on(alice, bob):
    with scope(alice.pk), transaction.atomic():
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            scope(bob.pk),
            connection.cursor() as cursor,
        ):
            cursor.execute("INSERT INTO sessions_app_user (id) VALUES (%s)", [bob.pk])
        assert asker() == alice.pk


def test_a_savepoint_made_in_one_scope_and_rolled_back_in_another(alice, bob):
    with scope(alice.pk), transaction.atomic():
        mark = transaction.savepoint()
        with scope(bob.pk):
            transaction.savepoint_rollback(mark)
            assert asker() == bob.pk
        assert asker() == alice.pk


def test_a_rolled_back_transaction_leaves_a_clean_connection(alice):
    with pytest.raises(ZeroDivisionError), acting_as(alice):
        _ = 1 / 0
    with transaction.atomic():
        assert asker() is None


def test_a_connection_from_the_pool_knows_nobody(alice):
    with acting_as(alice):
        assert asker() == alice.pk
        process = connection.connection.info.backend_pid
    seen = set()
    for _ in range(20):
        connection.close()
        with transaction.atomic():
            assert asker() is None
            seen.add(connection.connection.info.backend_pid)
    assert process in seen, "the pool never gave the same connection again"


def test_connections_that_died_with_their_server_are_replaced(alice, stack):
    """A pool of eight dead ones: the first who asks doesn't pay for them by waiting until it gives up."""
    together = threading.Barrier(8)

    def hold():
        with acting_as(alice):
            assert asker() == alice.pk
            together.wait(30)
        connection.close()

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert connection.pool.get_stats()["pool_available"] >= 8
    with stack.services.superuser() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chatmrpt_web'")
    with acting_as(alice):
        assert asker() == alice.pk


def test_a_scope_is_a_user_id():
    with pytest.raises(ValueError), scope("somebody"):
        pass


def test_eight_threads_on_a_small_pool_never_mix(_database):
    """480 transactions of 8 users over at most 4 connections; each sees its own canary and no other."""
    users = [make_user() for _ in range(8)]
    canaries = {user.pk: rows_of(user).canary for user in users}
    wrong: list[object] = []
    start = threading.Barrier(len(users))

    def work(user):
        try:
            start.wait()
            for _ in range(60):
                with scope(user.pk), transaction.atomic():
                    seen = list(AnalysisSession.objects.values_list("name", flat=True))
                    if seen != [canaries[user.pk]] or asker() != user.pk:
                        wrong.append((user.pk, seen))
                connections["default"].close()
                with transaction.atomic():
                    if asker() is not None:
                        wrong.append((user.pk, "a claim was left behind"))
                connections["default"].close()
        except Exception as error:  # noqa: BLE001 - handed to the test below
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    forget(*users)
    assert wrong == []


def test_a_thread_started_in_a_scope_has_none(alice):
    seen = []
    with scope(alice.pk):
        thread = threading.Thread(target=lambda: seen.append(current_owner()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_new_account_is_written_in_its_own_scope_only(alice):
    other = uuid.uuid4()
    with pytest.raises(DatabaseError), acting_as(alice), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, is_superuser, "
            "is_demo, date_joined) VALUES (%s, %s, '', '', true, false, false, false, now())",
            [other, f"{other.hex}@example.org"],
        )


def test_a_connection_that_died_is_told_as_such_and_replaced(alice):
    """Whoever asked is told to come back (503), which only an OperationalError leads to."""
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    with pytest.raises(OperationalError), scope(alice.pk), transaction.atomic():
        pass
    connection.close()
    with scope(alice.pk), transaction.atomic():
        assert asker() == alice.pk


def test_whoever_waits_for_the_database_lets_other_threads_work(alice):
    """A backend stands still while a transaction begins on it; here the clock goes on meanwhile.

    It would not if libpq were asked for an answer that has not come: behind a pooler the process would stand for good.
    """
    backend, go, done = [], threading.Event(), threading.Event()

    def work():
        with scope(alice.pk), transaction.atomic():
            backend.append(connection.connection.info.backend_pid)
        go.wait()
        with scope(alice.pk), transaction.atomic():
            done.set()
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    while not backend:
        time.sleep(0.01)
    os.kill(backend[0], signal.SIGSTOP)
    # From outside, for a thread that can't run can't wake anybody either.
    waker = subprocess.Popen(["/bin/sh", "-c", f"sleep 3; kill -CONT {backend[0]}"])
    go.set()
    longest, last, end = 0.0, time.monotonic(), time.monotonic() + 1
    while last < end:
        time.sleep(0.02)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    waited = not done.is_set()
    waker.wait()
    thread.join(timeout=30)
    assert waited
    assert done.is_set()
    assert longest < 1.5
