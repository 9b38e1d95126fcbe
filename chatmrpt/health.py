"""Answers to a load balancer: is this process alive, and can it reach what it needs?"""

import os
from collections.abc import Callable
from pathlib import Path

import redis.exceptions
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_redis.exceptions import ConnectionInterrupted
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout

WORKER_MARK = "health:worker"
WORKER_MARK_SECONDS = 30
# Left by beat with its most frequent task, every ten seconds.
BEAT_MARK = "health:beat"
BEAT_MARK_SECONDS = 45
# When `python -m chatmrpt.stack backup` last wrote a whole one.
BACKUP_MARK = "health:backup"
FAILURES = (
    DatabaseError,
    PoolTimeout,
    redis.exceptions.RedisError,
    ConnectionInterrupted,
    OperationalError,
    BotoCoreError,
    ClientError,
    OSError,
)


@never_cache
@require_safe
@transaction.non_atomic_requests
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
@transaction.non_atomic_requests
def ready(request: HttpRequest) -> JsonResponse:
    """503 when a dependency of this process is missing. A missing worker is told, yet pages still work."""
    found = {name: answers(check) for name, check in CHECKS.items()}
    usable = all(found.values())
    found["worker"] = found["cache"] and answers(CHECK_WORKER)
    body = {
        "status": "ok" if usable else "unavailable",
        "dependencies": {name: "ok" if answered else "unavailable" for name, answered in found.items()},
    }
    return JsonResponse(body, status=200 if usable else 503)


def answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except FAILURES:
        return False
    return True


def _database() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.set("health:cache", "ok", timeout=10)
    if cache.get("health:cache") != "ok":
        raise OSError("the cache forgot what it was told")


def _broker() -> None:
    from chatmrpt.celery import app

    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)


def _storage() -> None:
    if not isinstance(default_storage, FileSystemStorage):
        default_storage.exists(settings.STORAGE_PROBE)
        return
    folder = Path(default_storage.location)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError("the storage folder can't be written")


def _worker() -> None:
    if cache.get(WORKER_MARK) is None:
        raise OSError("no worker has reported lately")


def _beat() -> None:
    if cache.get(BEAT_MARK) is None:
        raise OSError("beat has sent nothing lately")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": _cache,
    "broker": _broker,
    "storage": _storage,
}
CHECK_WORKER = _worker
CHECK_BEAT = _beat


class AnswerFirst:
    """Answers before anybody asks for the host's name: a load balancer calls a machine by its number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path, self.get_response)
        return view(request)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/health/live/": live, "/health/ready/": ready}
