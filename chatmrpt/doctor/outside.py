"""What lies outside these processes: event streams as browsers reach them, providers of sign-in, who is told of faults and traces."""

import socket
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from chatmrpt.doctor.findings import Finding, ok, reason, warning, wrong

PATIENCE_SECONDS = 4
PORTS = {"http": 80, "https": 443}


def streams_answer() -> Iterator[Finding]:
    name = "event streams"
    if settings.MODE == "test" and not settings.STREAM_URL:
        yield ok(name, "tests start them where they need them")
        return
    address = f"{(settings.STREAM_URL or settings.PUBLIC_URL).rstrip('/')}/stream/health/"
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            address, timeout=PATIENCE_SECONDS
        ).close()
    except OSError as error:
        mend = "start docker/start streams, or correct STREAM_URL; it may be that only this machine can't reach it"
        yield warning(name, f"{address}: {reason(error)}", mend)
    else:
        yield ok(name, f"{address} answers")


def providers_describe_themselves() -> Iterator[Finding]:
    from sessions_app.accounts.oidc import provider

    for one in provider.providers():
        name = f"sign-in {one.name}"
        try:
            provider.ask(one)
        except provider.ProviderAway as error:
            mend = f"correct OIDC_{one.name.upper()}_ISSUER, or let this machine reach it (docs: sign-in)"
            yield wrong(name, f"{one.issuer}: {error}", mend)
        else:
            yield ok(name, f"{one.issuer} describes itself")


def watchers_can_be_reached() -> Iterator[Finding]:
    for name, variable in (("traces", "TRACES_URL"), ("faults", "SENTRY_DSN")):
        parts = urlsplit(getattr(settings, variable))
        if not parts.hostname:
            continue
        port = parts.port or PORTS[parts.scheme]
        place = f"{parts.hostname}:{port}"
        try:
            socket.create_connection((parts.hostname, port), timeout=PATIENCE_SECONDS).close()
        except OSError as error:
            mend = f"start it, correct {variable}, or let this machine reach it (docs: compose)"
            yield warning(name, f"{place} can't be reached: {reason(error)}", mend)
        else:
            yield ok(name, f"{place} can be reached")
