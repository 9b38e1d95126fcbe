"""What is kept no longer goes, in its owner's scope, announced first; what is kept stays."""

import re
import secrets
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from django_redis.exceptions import ConnectionInterrupted

from sessions_app import due
from sessions_app.isolation.cache import public_cache_key
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisSession, Event, PersonalToken
from sessions_app.privacy import retention

KEEP = {
    "inactive_sessions": 0,
    "archived_sessions": 0,
    "events": 0,
    "spent_tokens": 0,
    "exports": 7,
    "warning": 14,
}


@pytest.fixture
def keep(settings):
    """Change one number; all others keep for good."""

    def change(**days):
        settings.RETENTION = KEEP | days

    change()
    due.note_done(due.RETENTION)
    yield change
    cache.clear()


def aged(session, days, **fields):
    at = timezone.now() - timedelta(days=days)
    AnalysisSession.objects.using("owner").filter(pk=session.pk).update(updated_at=at, **fields)


def there(session):
    return AnalysisSession.objects.using("owner").filter(pk=session.pk).first()


def mails_to(who):
    return [message for message in mail.outbox if message.to == [who.user.email]]


def test_by_default_everything_is_kept(alice, keep):
    session = alice.session()
    aged(session, 3_000, archived_at=timezone.now() - timedelta(days=3_000))
    done = retention.apply()
    assert (done.sessions, done.warned, done.tokens, done.events) == ([], [], 0, 0)
    assert there(session) is not None


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("way", ["inactive", "archived"])
def test_a_session_is_announced_then_deleted_with_its_files(alice, keep, way):
    old, young = alice.session("Kano 2019"), alice.session("Kano 2026")
    alice.upload(old)
    kept = alice.upload(young)
    archived = {"archived_at": timezone.now() - timedelta(days=400)} if way == "archived" else {}
    aged(old, 400, **archived)
    keep(**{f"{way}_sessions": 365})

    done = retention.apply()
    assert (done.warned, done.sessions) == ([old.pk], [])
    [message] = mails_to(alice)
    assert "Kano 2019" in message.body
    assert "Kano 2026" not in message.body
    assert "14 days" in message.body
    # Not again the next day, and nothing is deleted before its time.
    assert retention.apply().warned == []
    assert len(mails_to(alice)) == 1
    assert there(old) is not None

    aged(old, 400, deletion_warned_at=timezone.now() - timedelta(days=14), **archived)
    done = retention.apply()
    assert done.sessions == [old.pk]
    assert there(old) is None
    assert there(young) is not None
    assert alice.objects() == [kept.storage_key]
    verbs = [
        event.verb for event in alice.events() if event.verb.startswith(("retention.", "session.deleted"))
    ]
    assert sorted(verbs) == ["retention.announced", "retention.deleted", "session.deleted"]


def test_who_works_on_it_again_keeps_it(alice, keep):
    session = alice.session()
    aged(session, 1, deletion_warned_at=timezone.now() - timedelta(days=20))
    keep(inactive_sessions=365)
    done = retention.apply()
    assert (done.sessions, done.warned) == ([], [])
    # And when it is forgotten once more, it is announced once more.
    aged(session, 400, deletion_warned_at=timezone.now() - timedelta(days=500))
    done = retention.apply()
    assert (done.sessions, done.warned) == ([], [session.pk])


AWAY = {
    "no mark": lambda monkeypatch: cache.clear(),
    "a mark of long ago": lambda monkeypatch: cache.set(
        public_cache_key("done", "retention"), (timezone.now() - timedelta(days=15)).timestamp(), timeout=None
    ),
    "no cache": lambda monkeypatch: monkeypatch.setattr(due, "last_done", no_cache),
}


def no_cache(*_):
    raise ConnectionInterrupted(None)


@pytest.mark.parametrize("away", AWAY)
def test_after_a_time_without_service_owners_are_warned_anew(alice, keep, monkeypatch, away):
    """A warning of before the outage, or before the backup: its owner may have wanted to keep the session, and couldn't."""
    over, forgotten = alice.session("Kano 2019"), alice.session("Kano 2020")
    aged(over, 400, deletion_warned_at=timezone.now() - timedelta(days=20))
    aged(forgotten, 1, deletion_warned_at=timezone.now() - timedelta(days=500))
    keep(inactive_sessions=365)
    AWAY[away](monkeypatch)
    said = retention.apply(dry_run=True)
    assert (said.warned, said.sessions) == ([over.pk], [])
    assert there(over).deletion_warned_at < timezone.now() - timedelta(days=19)

    done = retention.apply()
    assert (done.warned, done.sessions) == ([over.pk], [])
    assert len(mails_to(alice)) == 1
    assert there(over).deletion_warned_at > timezone.now() - timedelta(minutes=5)

    monkeypatch.undo()
    due.note_done(due.RETENTION)
    assert retention.apply().sessions == []
    aged(over, 400, deletion_warned_at=timezone.now() - timedelta(days=14))
    assert retention.apply().sessions == [over.pk]


@pytest.mark.parametrize(("warning", "days"), [(14, 7), (1, 1.1)])
def test_a_machine_that_is_off_for_less_than_a_warnings_time_forgets_none(alice, keep, warning, days):
    session = alice.session()
    aged(session, 400, deletion_warned_at=timezone.now() - timedelta(days=20))
    keep(inactive_sessions=365, warning=warning)
    key = public_cache_key("done", "retention")
    cache.set(key, (timezone.now() - timedelta(days=days)).timestamp(), timeout=None)
    assert retention.apply().sessions == [session.pk]


def test_a_warning_that_cannot_be_given_anew_deletes_nothing_later(alice, keep, settings):
    session = alice.session()
    aged(session, 400, deletion_warned_at=timezone.now() - timedelta(days=20))
    keep(inactive_sessions=365)
    cache.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    for _ in range(2):
        done = retention.apply()
        assert (done.sessions, done.mails_refused) == ([], 1)
        due.note_done(due.RETENTION)
    assert there(session) is not None


def test_after_a_restore_elsewhere_warnings_are_forgotten_by_hand(alice, keep):
    session = alice.session()
    aged(session, 400, deletion_warned_at=timezone.now() - timedelta(days=20))
    keep(inactive_sessions=365)
    out = StringIO()
    call_command("apply_retention", "--forget-warnings", stdout=out)
    assert out.getvalue() == "1 warnings forgotten\n"
    done = retention.apply()
    assert (done.warned, done.sessions) == ([session.pk], [])


def test_what_was_done_is_told_when_it_cannot_be_noted(alice, keep, monkeypatch):
    monkeypatch.setattr(due, "note_done", no_cache)
    out, err = StringIO(), StringIO()
    call_command("apply_retention", stdout=out, stderr=err)
    assert "0 sessions deleted" in out.getvalue()
    assert "all of this was done" in err.getvalue()


def test_without_a_mail_nothing_is_deleted(alice, keep, settings):
    session = alice.session()
    aged(session, 400)
    keep(inactive_sessions=365)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    done = retention.apply()
    assert (done.warned, done.mails_refused) == ([], 1)
    assert there(session).deletion_warned_at is None


def test_a_dry_run_says_and_does_nothing(alice, keep):
    soon, over = alice.session(), alice.session()
    aged(soon, 400)
    aged(over, 400, deletion_warned_at=timezone.now() - timedelta(days=20))
    keep(inactive_sessions=365)
    out = StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    assert "1 sessions would be announced" in out.getvalue()
    assert f"1 sessions would be deleted\n  {over.pk}" in out.getvalue()
    assert there(over) is not None
    assert there(soon).deletion_warned_at is None
    assert mails_to(alice) == []
    call_command("apply_retention", stdout=out)
    assert there(over) is None
    assert len(mails_to(alice)) == 1


def test_spent_tokens_go_and_live_ones_stay(alice, bob, keep):
    long_ago, now = timezone.now() - timedelta(days=31), timezone.now()
    made = {}
    for name, fields in {
        "revoked": {"revoked_at": long_ago},
        "expired": {"expires_at": long_ago},
        "just revoked": {"revoked_at": now},
        "live": {},
    }.items():
        with acting_as(alice.user):
            made[name] = PersonalToken.objects.create(
                owner=alice.user, name=name, prefix="p", secret_hash=secrets.token_hex(32), **fields
            )
    keep(spent_tokens=30)
    assert retention.apply(dry_run=True).tokens == 2
    assert retention.apply().tokens == 2
    left = PersonalToken.objects.using("owner").filter(owner_id=alice.user.pk)
    assert set(left.values_list("name", flat=True)) == {"just revoked", "live"}


def test_old_events_go_but_what_tells_of_misuse_stays(alice, keep):
    verbs = ("session.created", "isolation.attempt", "privacy.accepted", "account.deleted")
    with connections["owner"].cursor() as cursor:
        for days in (300, 100):
            for verb in verbs:
                cursor.execute(
                    "INSERT INTO sessions_app_event (id, owner_id, verb, object_type, data, at) "
                    "VALUES (gen_random_uuid(), %s, %s, '', '{}', now() - make_interval(days => %s))",
                    [alice.user.pk, verb, days],
                )
    keep(events=200)
    mine = Event.objects.using("owner").filter(owner_id=alice.user.pk)
    before = mine.count()
    assert retention.apply(dry_run=True).events == 1
    assert mine.count() == before
    assert retention.apply().events == 1
    assert mine.filter(verb="session.created").count() == 1
    assert mine.count() == before - 1
    mine._raw_delete("owner")


def every_verb():
    """Those that the code can write, as the page about events has them; `tests/test_events.py` compares the two."""
    page = (settings.BASE_DIR / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^\| `([a-z0-9_]+\.[a-z0-9_]+)` \|", page, re.MULTILINE)))


def test_what_the_database_keeps_of_events_is_what_the_notice_names(committed, client):
    """One old event of every kind: those that outlive the time for events, then those that outlive their account."""
    from sessions_app.models import User
    from sessions_app.privacy import notice

    gone = User.objects.create_user("events@example.org", "lantern lantern lantern")
    verbs = every_verb()
    assert len(verbs) > 50
    mine = Event.objects.using("owner").filter(owner_id=gone.pk)
    mine._raw_delete("owner")
    with connections["owner"].cursor() as cursor:
        for verb in verbs:
            cursor.execute(
                "INSERT INTO sessions_app_event (id, owner_id, verb, object_type, data, at) "
                "VALUES (gen_random_uuid(), %s, %s, '', '{}', now() - interval '9 years')",
                [gone.pk, verb],
            )
    with connections["system"].cursor() as cursor:
        cursor.execute("SELECT app.forget_old_events(90)")
    kept = {*notice.EVENTS_OF_THE_ACCOUNT, *notice.EVENTS_FOR_GOOD}
    assert set(mine.values_list("verb", flat=True)) == kept
    User.objects.using("owner").filter(pk=gone.pk)._raw_delete("owner")
    assert sorted(mine.values_list("verb", flat=True)) == sorted(notice.EVENTS_FOR_GOOD)
    mine._raw_delete("owner")

    shown = client.get("/privacy/").content.decode()
    for words in (
        "which version of this notice you accepted",
        "attempts to reach what belongs to others, and that an account was deleted",
        "for good: attacks can be followed up",
    ):
        assert shown.count(words) == 1


def test_the_database_forgets_no_young_event_whatever_it_is_asked(alice):
    alice.session()
    with connections["system"].cursor() as cursor:
        cursor.execute("SELECT app.forget_old_events(0)")
    assert len(alice.events("session.created")) == 1
    with pytest.raises(DatabaseError), acting_as(alice.user), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.forget_old_events(0)")
    with pytest.raises(DatabaseError), transaction.atomic(using="system"):
        Event.objects.using("system").filter(owner_id=alice.user.pk).delete()


def test_sessions_of_demo_accounts_end_with_their_account(alice, keep):
    from sessions_app.models import User

    session = alice.session()
    User.objects.using("owner").filter(pk=alice.user.pk).update(is_demo=True)
    aged(session, 400)
    keep(inactive_sessions=365)
    assert retention.apply().warned == []
