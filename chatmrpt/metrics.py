"""Numbers about the system as Prometheus reads them; as CloudWatch's embedded metric format by setting.

Counters live in Valkey, so that every process of every machine adds to the same ones and any of them can answer.
None of them knows a user.
"""

import ipaddress
import logging
import secrets
from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from chatmrpt import health
from chatmrpt.causes import chain_of
from sessions_app.broker import DEFAULT_QUEUE, queue_length
from sessions_app.isolation.cache import public_cache_key

Handler = Callable[[HttpRequest], HttpResponse]

NAMESPACE = "ChatMRPT"
# Two installations in one account write to one namespace; the dimension tells their numbers apart.
STACK = "Stack"
PATH = "/metrics/"
COUNTERS = public_cache_key("metrics")
SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300)
HELP = {
    "claims_denied_total": "Claims that the database refused.",
    "tasks_refused_total": "Background tasks without a valid signature.",
    "storage_errors_total": "Errors of the object store.",
    "faults_total": "Errors that no code expected.",
    "responses_total": "Responses that sent somebody away, by status.",
    "task_seconds": "How long background tasks took.",
}
logger = logging.getLogger("chatmrpt.metrics")


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter. When Valkey is away the number is lost; the work that is counted goes on."""
    try:
        get_redis_connection("default").hincrbyfloat(COUNTERS, _field(name, labels), amount)
    except (RedisError, ConnectionInterrupted):
        return
    _emit({name: amount}, labels)


def observe_seconds(name: str, seconds: float, **labels: str) -> None:
    """Add one duration to a histogram."""
    try:
        with get_redis_connection("default").pipeline(transaction=True) as pipe:
            for edge in SECONDS:
                if seconds <= edge:
                    pipe.hincrbyfloat(COUNTERS, _field(f"{name}_bucket", labels | {"le": str(edge)}), 1)
            pipe.hincrbyfloat(COUNTERS, _field(f"{name}_bucket", labels | {"le": "+Inf"}), 1)
            pipe.hincrbyfloat(COUNTERS, _field(f"{name}_count", labels), 1)
            pipe.hincrbyfloat(COUNTERS, _field(f"{name}_sum", labels), seconds)
            pipe.execute()
    except (RedisError, ConnectionInterrupted):
        return
    _emit({name: seconds}, labels, unit="Seconds")


class CountedErrors(logging.Handler):
    """Counts what the log tells anyway, so that a failure is counted wherever it was handled."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "sessions_app.isolation.tasks" and record.levelno >= logging.WARNING:
            count("tasks_refused_total")
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        chain = chain_of(error)
        if any(getattr(part, "sqlstate", None) == "28000" for part in chain):
            count("claims_denied_total")
        elif any(isinstance(part, (BotoCoreError, ClientError)) for part in chain):
            count("storage_errors_total")
        elif hasattr(record, "incident") or "incident" in str(record.msg):
            count("faults_total")


@never_cache
@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """For a scraper with the token, without a token for one on this machine, and for staff; else there is no such page."""
    known = _has_the_token(request) if settings.METRICS_TOKEN else _from_this_machine(request)
    if not (known or (request.user.is_authenticated and request.user.is_staff)):
        raise Http404
    text = "\n".join([*_counter_lines(), *_gauge_lines()]) + "\n"
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def answer_scrapers_first(get_response: Handler) -> Handler:
    """Whoever sends the token is answered before anybody asks for the host's name or TLS: a scraper of the inside calls
    `web:8000` and speaks plain HTTP. Everybody else goes the way of every page."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.path == PATH and settings.METRICS_TOKEN and _has_the_token(request):
            # The log names the route, and no address was looked up yet.
            request.resolver_match = resolve(PATH)
            return metrics(request)
        return get_response(request)

    return respond


def _has_the_token(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "")
    return secrets.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def _from_this_machine(request: HttpRequest) -> bool:
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def gauges() -> dict[str, float]:
    """What is measured at the moment of asking."""
    up = {name: health.answers(check) for name, check in health.CHECKS.items()}
    found: dict[str, float] = {f"{name}_up": float(is_up) for name, is_up in up.items()}
    found["worker_up"] = float(up["cache"] and health.answers(health.CHECK_WORKER))
    found["beat_up"] = float(up["cache"] and health.answers(health.CHECK_BEAT))
    if up["broker"]:
        found["queue_length"] = float(queue_length(DEFAULT_QUEUE))
    if up["database"]:
        found |= _from_the_ledger()
    return found


def _from_the_ledger() -> dict[str, float]:
    """Counted by the maintenance role, which sees whole tables; only numbers leave it."""
    with connections["system"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sessions_app_event WHERE verb = 'isolation.attempt'")
        attempts = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'running') "
            "FROM sessions_app_analysisresult WHERE status IN ('queued', 'running')"
        )
        queued, running = cursor.fetchone()
    return {"isolation_attempts": attempts, "results_queued": queued, "results_running": running}


def _counter_lines() -> Iterator[str]:
    try:
        stored = get_redis_connection("default").hgetall(COUNTERS)
    except (RedisError, ConnectionInterrupted):
        return
    for name, words in HELP.items():
        kind = "counter" if name.endswith("_total") else "histogram"
        yield f"# HELP chatmrpt_{name} {words}"
        yield f"# TYPE chatmrpt_{name} {kind}"
        lines = sorted((key.decode(), value.decode()) for key, value in stored.items())
        mine = [(key, value) for key, value in lines if key.startswith(name)]
        if not mine and kind == "counter":
            yield f"chatmrpt_{name} 0"
        yield from (f"chatmrpt_{key} {value}" for key, value in mine)


def _gauge_lines() -> Iterator[str]:
    try:
        found = gauges()
    except DatabaseError:
        found = {"database_up": 0.0}
    for name, value in sorted(found.items()):
        kind = "counter" if name == "isolation_attempts" else "gauge"
        shown = f"chatmrpt_{name}_total" if kind == "counter" else f"chatmrpt_{name}"
        yield f"# TYPE {shown} {kind}"
        yield f"{shown} {value:g}"


def _field(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{_plain(value)}"' for key, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name


def _plain(value: str) -> str:
    return "".join(letter for letter in value if letter.isalnum() or letter in "._-+")[:64]


def _emit(values: dict[str, float], labels: dict[str, str], unit: str = "Count") -> None:
    """One line of CloudWatch's embedded metric format, if the log is read by it."""
    if not settings.METRICS_EMF:
        return
    # Each dimension that is named must be there and must not be empty, or CloudWatch drops the line.
    known = {name: plain for name, value in labels.items() if (plain := _plain(value))}
    if settings.METRICS_STACK:
        known[STACK] = settings.METRICS_STACK
    described = [{"Name": name, "Unit": unit} for name in values]
    metrics_of = {"Namespace": NAMESPACE, "Dimensions": [sorted(known)], "Metrics": described}
    logger.info("measured", extra={"measured": {"metrics": metrics_of, "values": values | known}})


def emit_gauges() -> None:
    _emit(gauges(), {}, unit="None")
