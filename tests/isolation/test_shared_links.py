"""The one function that shows something of a user to people without an account, and all that it must not do."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connections, transaction
from django.utils import timezone

from assistant.models import SharedLink
from sessions_app.isolation.identity import open_shared
from sessions_app.isolation.testing import acting_as, claim, raw_connection
from tests.isolation.rows import digest
from tests.isolation.victims import content_of


@pytest.fixture
def key(alices) -> str:
    return alices.shared_link.token_hash


def test_a_good_link_gives_its_copy_and_counts(alices, key):
    assert alices.canary in open_shared(key)
    with acting_as(alices.user):
        assert SharedLink.objects.get().opened_count == 1


def test_an_unknown_one_gives_nothing(alices):
    assert open_shared(digest("another")) is None
    assert open_shared("") is None
    assert open_shared("%") is None


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"snapshot": None},
    ],
)
def test_one_that_is_over_gives_nothing_and_counts_nothing(alices, key, change):
    with acting_as(alices.user):
        SharedLink.objects.update(**change)
    assert open_shared(key) is None
    with acting_as(alices.user):
        assert SharedLink.objects.get().opened_count == 0


def test_a_disabled_users_link_gives_nothing(alices, key):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE sessions_app_user SET is_active = false WHERE id = %s", [alices.user.pk])
    assert open_shared(key) is None


def test_opening_it_opens_nothing_else(alices, bob, key):
    """Whoever has a link never runs as its owner: in the same transaction all other tables stay empty."""
    for asker in (None, bob.pk):
        with raw_connection() as web:
            if asker:
                claim(web, asker)
            assert alices.canary in web.execute("SELECT app.open_shared(%s)", [key]).fetchone()[0]
            for table in ("sharedlink", "conversation", "message", "turn"):
                assert web.execute(f"SELECT count(*) FROM assistant_{table}").fetchone() == (0,)
            web.rollback()


def test_other_roles_may_not_call_it(alices, key):
    for role in ("staff", "system"):
        with pytest.raises(Exception) as refused, transaction.atomic(using=role):
            connections[role].cursor().execute("SELECT app.open_shared(%s)", [key])
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_a_link_to_anothers_conversation_and_a_verdict_on_anothers_turn_are_refused(alices, bob):
    from django.db import DatabaseError

    from assistant.models import Feedback

    with pytest.raises(DatabaseError, match="conversation_id_own"), acting_as(bob):
        SharedLink.objects.create(
            owner=bob, conversation=alices.conversation, token_hash=digest("x"), title="x", turn_count=1,
            expires_at=timezone.now(),
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="turn_id_own"), acting_as(bob):
        Feedback.objects.create(owner=bob, turn=alices.turn, verdict="up")


def test_nobodys_writes_reach_anothers_link_or_verdict(victim, attacker):
    talk, turn = victim.conversation.pk, victim.turn.pk
    session = victim.work.session.pk
    tries = [
        attacker.api.post(f"/api/shared-links/{victim.link.pk}/revoke/"),
        attacker.api.post(f"/api/conversations/{talk}/links/", {"days": 7}, content_type="application/json"),
        attacker.api.put(f"/api/turns/{turn}/feedback/", {"verdict": "up"}, content_type="application/json"),
        attacker.api.delete(f"/api/turns/{turn}/feedback/"),
        attacker.pages.post(f"/conversations/shared/{victim.link.pk}/revoke/"),
        attacker.pages.post(f"/sessions/{session}/chat/{talk}/share/", {"days": "7"}),
        attacker.pages.post(f"/sessions/{session}/chat/{talk}/turns/{turn}/feedback/", {"verdict": "up"}),
        attacker.pages.post(f"/sessions/{session}/chat/{talk}/change/", {"title": "x", "version": "0"}),
    ]
    assert [answer.status_code for answer in tries] == [404] * len(tries)
    for place in ("/conversations/", "/conversations/shared/"):
        assert victim.canary not in content_of(
            attacker.pages.get(place, {"search": victim.canary.decode()[:6]})
        )
    with acting_as(victim.user):
        assert SharedLink.objects.get(pk=victim.link.pk).revoked_at is None
