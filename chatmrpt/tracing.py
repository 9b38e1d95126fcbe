"""Traces of requests, statements, tasks and stored objects, sent over OTLP where TRACES_URL names a collector.

Loaded only then. A span holds routes, classes, numbers and the text of statements without their values; never a path, a
parameter, a key of the storage, a header or a body: those are what users typed, or lead to them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import signals
from django.conf import settings
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chatmrpt.causes import chain_of
from chatmrpt.logs import pseudonym, request_id

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Values are bound and not written; should one stand in a statement nevertheless, it is taken out.
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
LONGEST_STATEMENT = 2_000
EXPORT_SECONDS, FLUSH_MILLISECONDS = 5, 2_000
PARENT = TraceContextTextMapPropagator()


def start(service: str) -> None:
    """Send what this process does from now on. Survives a fork: each process has its own sender."""
    resource = Resource(
        {
            "service.name": f"chatmrpt-{service}",
            "service.version": settings.CODE_VERSION,
            "deployment.environment.name": settings.MODE,
        }
    )
    sampler = ParentBased(TraceIdRatioBased(settings.TRACES_PERCENT / 100))
    headers = {"Authorization": f"Bearer {settings.TRACES_TOKEN}"} if settings.TRACES_TOKEN else None
    exporter = OTLPSpanExporter(endpoint=settings.TRACES_URL, headers=headers, timeout=EXPORT_SECONDS)
    provider = TracerProvider(resource=resource, sampler=sampler)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    connection_created.connect(watch_statements, dispatch_uid="chatmrpt.tracing")
    signals.before_task_publish.connect(pass_on, weak=False)
    signals.task_prerun.connect(begin_task, weak=False)
    signals.task_failure.connect(note_failure, weak=False)
    signals.task_postrun.connect(end_task, weak=False)
    signals.worker_process_shutdown.connect(flush, weak=False)


def tracer() -> trace.Tracer:
    return trace.get_tracer("chatmrpt")


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **options: Any) -> Iterator[Span]:
    """One span. Of an exception that passes it tells the class alone, never the words."""
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with tracer().start_as_current_span(name, kind=kind, **quiet, **options) as current:
        try:
            yield current
        except Exception as error:
            _mark(current, error)
            raise


def _mark(current: Span, error: BaseException) -> None:
    current.set_status(StatusCode.ERROR)
    current.set_attribute("error.type", type(chain_of(error)[-1]).__name__)


class Traced:
    """Middleware: one span for each request, a trace of its own; what a client says about traces is not believed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method if request.method in METHODS else "OTHER"
        with span(method, SpanKind.SERVER, context=Context()) as current:
            response = self.get_response(request)
            match = request.resolver_match
            if match:
                current.update_name(f"{method} {match.route}")
            user = getattr(request, "user", None)
            asker = pseudonym(user.pk) if user is not None and user.is_authenticated else ""
            current.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": match.route if match else "",
                    "http.response.status_code": response.status_code,
                    "chatmrpt.request": request_id(),
                    "user.hash": asker,
                }
            )
            if response.status_code >= 500:
                current.set_status(StatusCode.ERROR)
            return response


def watch_statements(connection: Any, **_: Any) -> None:
    if traced_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(traced_statement)


def traced_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """A statement within something that is traced; what beat asks all day on its own isn't."""
    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    text = LITERAL.sub("?", sql)[:LONGEST_STATEMENT] if isinstance(sql, str) else "composed"
    told = {
        "db.system.name": "postgresql",
        "db.query.text": text,
        "db.namespace": context["connection"].alias,
    }
    with span(text.split(" ", 1)[0], SpanKind.CLIENT, attributes=told):
        return execute(sql, params, many, context)


def pass_on(headers: dict[str, Any], **_: Any) -> None:
    PARENT.inject(headers)


def begin_task(task: Any, **_: Any) -> None:
    parent = PARENT.extract({"traceparent": getattr(task.request, "traceparent", None) or ""})
    current = tracer().start_span(
        task.name, context=parent, kind=SpanKind.CONSUMER, attributes={"messaging.system": "celery"}
    )
    task.request.traced = current, attach(trace.set_span_in_context(current, parent))


def note_failure(sender: Any, exception: BaseException, **_: Any) -> None:
    _mark(trace.get_current_span(), exception)


def end_task(task: Any, state: str | None = None, **_: Any) -> None:
    current, token = task.request.traced
    current.set_attribute("chatmrpt.state", state or "")
    current.end()
    detach(token)


def flush(**_: Any) -> None:
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.force_flush(FLUSH_MILLISECONDS)
