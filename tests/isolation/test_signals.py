"""Code that runs because something else happened: receivers of signals, calls after a commit, clean-up after a request."""

import pytest
from django.core.signals import request_finished
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.test import Client

from sessions_app.isolation.errors import NoScope
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisSession


@pytest.fixture
def heard():
    """What receivers saw of everybody's sessions, each time one was saved or deleted."""
    seen: list[set[str]] = []

    def look(sender, **_: object) -> None:
        seen.append(set(AnalysisSession.objects.values_list("name", flat=True)))

    for signal in (post_save, post_delete):
        signal.connect(look, sender=AnalysisSession)
    yield seen
    for signal in (post_save, post_delete):
        signal.disconnect(look, sender=AnalysisSession)


def test_a_receiver_sees_what_the_one_sees_who_caused_it(alices, alice, bob, heard):
    with acting_as(alice):
        theirs = set(AnalysisSession.objects.values_list("name", flat=True))
        assert theirs, "there is something to be seen"
    with acting_as(bob):
        mine = AnalysisSession.objects.create(owner=bob, name="Bob's")
        mine.delete()
    assert heard == [{"Bob's"}, set()]


def test_a_call_after_the_commit_is_in_the_scope_that_registered_it_or_in_none(alices, bob):
    seen: list[object] = []

    def ask() -> None:
        try:
            with transaction.atomic():
                seen.append(AnalysisSession.objects.count())
        except NoScope:
            seen.append("refused")

    with scope(bob.pk):
        with transaction.atomic():
            transaction.on_commit(ask)
        with transaction.atomic():
            pass
    with transaction.atomic():
        transaction.on_commit(ask)
    assert seen == [0, "refused"]


def test_after_a_request_nobodys_scope_is_left(alices, attacker):
    seen: list[str] = []

    def look(sender, **_: object) -> None:
        try:
            with transaction.atomic():
                seen.append(f"{AnalysisSession.objects.count()} rows")
        except NoScope:
            seen.append("refused")

    request_finished.connect(look)
    try:
        for client in (attacker.pages, attacker.api, Client()):
            client.get("/api/sessions/").close()
    finally:
        request_finished.disconnect(look)
    assert seen
    assert set(seen) == {"refused"}
