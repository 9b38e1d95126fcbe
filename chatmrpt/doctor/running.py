"""Valkey, the queue, the storage, workers, beat and mail: each is used for a moment, as the program uses it."""

import smtplib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection

from chatmrpt import health
from chatmrpt.doctor.findings import Finding, ok, reason, warning, wrong
from sessions_app import due
from sessions_app.broker import DEFAULT_QUEUE, UPKEEP_QUEUE, queue_length

VALKEY_SECONDS = 3
FULL_MEMORY = 0.9
LONG_QUEUE = 500
OLDEST_BACKUP_DAYS = 8
OLDEST_RETENTION_DAYS = 2
PING_SECONDS = 1.0
PROBE = b"written, read and deleted by the doctor"


def valkey_answers() -> Iterator[Finding]:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=VALKEY_SECONDS, socket_timeout=VALKEY_SECONDS
    )
    with client:
        facts = client.info()
        saves = _saves(client, facts)
    version = facts.get("valkey_version") or facts["redis_version"]
    yield ok("valkey", f"version {version}, {facts['used_memory_human']} in use")
    policy = facts.get("maxmemory_policy", "")
    if policy.startswith("allkeys"):
        mend = "set maxmemory-policy volatile-lru (or noeviction): queued work must not be thrown out"
        yield wrong("valkey eviction", f"{policy} throws out queued work when memory is short", mend)
    else:
        yield ok("valkey eviction", f"{policy or 'noeviction'} keeps queued work")
    most = facts.get("maxmemory", 0)
    if most and facts["used_memory"] > FULL_MEMORY * most:
        told = f"{facts['used_memory'] / most:.0%} of maxmemory in use"
        yield warning("valkey memory", told, "give it more memory, or see what fills it")
    if saves:
        yield ok("valkey persistence", saves)
    else:
        told = "a restart of Valkey loses the queue; beat publishes waiting results again"
        yield warning("valkey persistence", told, "set appendonly yes")


def _saves(client: redis.Redis, facts: dict) -> str:
    if facts.get("aof_enabled"):
        return "append-only file"
    try:
        rules = client.config_get("save").get("save", "")
    except redis.ResponseError:
        # Managed services answer no questions about their configuration.
        return "the service's own" if facts.get("rdb_last_save_time") else ""
    return f"snapshots ({rules})" if rules else ""


def cache_remembers() -> Iterator[Finding]:
    health.CHECKS["cache"]()
    yield ok("cache", "remembers what it is told")


def queue_is_short() -> Iterator[Finding]:
    health.CHECKS["broker"]()
    for queue in (DEFAULT_QUEUE, UPKEEP_QUEUE, *(["turns"] if settings.LANGUAGE_MODELS else [])):
        length = queue_length(queue)
        if length > LONG_QUEUE:
            mend = "start more workers (runbook: stuck queue)"
            yield warning(f"queue {queue}", f"{length} tasks wait", mend)
        else:
            yield ok(f"queue {queue}", f"{length} tasks wait")


def storage_keeps() -> Iterator[Finding]:
    default_storage.delete(settings.STORAGE_PROBE)
    default_storage.save(settings.STORAGE_PROBE, ContentFile(PROBE))
    with default_storage.open(settings.STORAGE_PROBE) as stored:
        found = stored.read()
    default_storage.delete(settings.STORAGE_PROBE)
    if found != PROBE:
        yield wrong(
            "storage", "gives back other bytes than it was given", "don't use it; restore from a backup"
        )
    else:
        yield ok("storage", f"{settings.STORAGE}: written, read and deleted")


def workers_live() -> Iterator[Finding]:
    from chatmrpt.celery import app, named_for_models

    seen = cache.get(health.WORKER_MARK)
    names = sorted(name for answer in app.control.ping(timeout=PING_SECONDS) or () for name in answer)
    turns = [name for name in names if named_for_models(name)]
    if seen is None:
        mend = "start one: docker/start worker (runbook: lost worker)"
        yield wrong("worker", f"none gave a sign of life within {health.WORKER_MARK_SECONDS} s", mend)
    else:
        told = f"last sign of life {max(0.0, time.time() - seen):.0f} s ago"
        idle = len(names) - len(turns)
        yield ok("worker", f"{told}; {idle} answer at once" if idle else f"{told}; busy or just gone")
    if settings.LANGUAGE_MODELS and not turns:
        mend = "start one: docker/start turns"
        yield wrong("worker of turns", "language models are configured and nobody waits for them", mend)


def beat_lives() -> Iterator[Finding]:
    seen = cache.get(health.BEAT_MARK)
    if seen is None:
        mend = "start exactly one: docker/start beat (runbook: stuck queue)"
        yield wrong("beat", f"has sent nothing for {health.BEAT_MARK_SECONDS} s", mend)
    else:
        yield ok("beat", f"last sent {max(0.0, time.time() - seen):.0f} s ago")


def backup_is_fresh() -> Iterator[Finding]:
    taken = cache.get(health.BACKUP_MARK)
    if taken is None:
        # A database service takes its own, of which nothing is known here.
        yield ok("backup", "none of ours is known; docker/start backup takes one")
        return
    days = max(0.0, time.time() - taken) / 86_400
    if days > OLDEST_BACKUP_DAYS:
        yield warning(
            "backup", f"the last of ours is {days:.0f} days old", "take one: docker/start backup FOLDER"
        )
    else:
        yield ok("backup", f"the last of ours is {days:.1f} days old")


def retention_is_applied() -> Iterator[Finding]:
    at = due.last_done(due.RETENTION)
    mend = "see that beat and a worker run; manage.py apply_retention does it now and says what is in the way"
    if at is None:
        told = "no mark says that it was applied; a minute after its start beat asks for it"
        yield warning("retention", told, mend)
        return
    days = (datetime.now(UTC) - at).total_seconds() / 86_400
    if days > OLDEST_RETENTION_DAYS:
        yield warning("retention", f"last applied {days:.0f} days ago; it is due every day", mend)
    else:
        yield ok("retention", f"last applied {max(0.0, days * 24):.0f} hours ago")


def mail_goes_out() -> Iterator[Finding]:
    if settings.MODE == "test":
        yield ok("mail", "tests keep theirs")
    elif settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            with get_connection(timeout=5):
                yield ok("mail", f"{place} takes our mail")
        except (OSError, smtplib.SMTPException) as error:
            mend = "correct MAIL_HOST, MAIL_PORT, MAIL_TLS, MAIL_USER and MAIL_PASSWORD"
            yield wrong("mail", f"{place}: {reason(error)}", mend)
    else:
        yield ok("mail", f"kept as files in {Path(settings.EMAIL_FILE_PATH).name}/ of the state folder")


def language_models_answer() -> Iterator[Finding]:
    """Asked only on request: each answer costs a few tokens."""
    from assistant.language.probing import probe

    for name in settings.LANGUAGE_MODELS:
        told = probe(name)
        if told:
            upper = name.upper()
            mend = f"correct LANGUAGE_MODEL_{upper}_URL, _MODEL and _KEY, or start the model"
            yield wrong(f"language model {name}", told, mend)
        else:
            yield ok(f"language model {name}", "answered")
