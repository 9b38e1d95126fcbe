"""Traces and fault reports of a whole stack, received by a server that decodes them: what is in them, and what must not be."""

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chatmrpt.stack.throwaway import ThrowawayStack
from crowd.canaries import Belongings, canaries_in
from tests.running_stack import ROOT, Running, clean_environment, eventually, running

TOKEN = "token-of-the-collector"


@dataclass
class Received:
    """What came in, decoded and as it was."""

    spans: list[tuple[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def named(self, pattern: str) -> list[Any]:
        return [span for _, span in self.spans if re.fullmatch(pattern, span.name)]

    def attributes(self, span: Any) -> dict[str, Any]:
        return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


class Receiver(BaseHTTPRequestHandler):
    received: Received

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.bodies.append(body)
        if self.path == "/v1/traces":
            self.received.tokens.add(self.headers["Authorization"])
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.received.spans += [(names["service.name"], span) for span in scope.spans]
        else:
            assert self.path == "/api/7/envelope/"
            lines = body.split(b"\n")
            self.received.reports += [json.loads(line) for line in lines if b'"exception"' in line]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def received() -> Iterator[tuple[Received, int]]:
    handler = type("Mine", (Receiver,), {"received": Received()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler.received, server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def watched(received) -> Iterator[tuple[Running, str, str, str]]:
    folders = ThrowawayStack()
    address = f"127.0.0.1:{received[1]}"
    variables = {
        "TRACES_URL": f"http://{address}/v1/traces",
        "TRACES_TOKEN": TOKEN,
        "SENTRY_DSN": f"http://key@{address}/7",
    }
    try:
        # Fresh: the computation of its demo session is traced, too.
        with running(folders.folder / "state", fresh=True, **variables) as stack:
            _, url, email, password = stack.ready_line().split()
            yield stack, url, email, password
    finally:
        folders.remove()


@pytest.mark.slow
def test_traces_and_reports_tell_what_happened_and_nothing_that_users_typed(watched, received):
    stack, url, email, password = watched
    told, mine = received[0], Belongings()
    person = requests.Session()
    person.trust_env = False
    token = person.post(f"{url}api/token/", json={"email": email, "password": password}).json()["access"]
    person.headers.update({"Authorization": f"Bearer {token}", "X-Canary": mine.canary})
    session = person.post(f"{url}api/sessions/", json={"name": mine.session_name}).json()["id"]
    files = {}
    for kind, name, content in (
        ("ward_table", f"{mine.canary}.csv", mine.table),
        ("boundaries", f"{mine.canary}.geojson", mine.boundaries),
    ):
        sent = person.post(
            f"{url}api/sessions/{session}/files/", data={"kind": kind}, files={"file": (name, content)}
        )
        files[kind] = sent.json()["id"]
    asked = {"kind": "dataset", "params": files}
    result = person.post(f"{url}api/sessions/{session}/results/", json=asked).json()["id"]

    def done() -> bool:
        return person.get(f"{url}api/results/{result}/").json()["status"] == "succeeded"

    assert eventually(done, 120)
    person.get(f"{url}api/sessions/?{mine.canary}={mine.canary}")
    person.get(f"{url}nothing/{mine.canary}/")
    person.request(mine.canary.upper(), url)

    awaited = (
        r"sessions_app\.run_result",
        "POST api/sessions/<uuid:session_id>/results/",
        "GET api/sessions/",
        "storage save",
    )
    assert eventually(lambda: all(told.named(name) for name in awaited), 60)
    assert eventually(lambda: len(told.named(awaited[0])) == 2, 60)
    (asking,) = told.named("POST api/sessions/<uuid:session_id>/results/")
    # The demo account's own computation is another trace.
    (task,) = (one for one in told.named(r"sessions_app\.run_result") if one.trace_id == asking.trace_id)
    assert told.attributes(task)["chatmrpt.state"] == "SUCCESS"
    services = {name for name, span in told.spans if span.trace_id == task.trace_id}
    assert services == {"chatmrpt-web", "chatmrpt-worker"}, (
        "the task belongs to the request that asked for it"
    )
    known = told.attributes(asking)
    assert (known["http.response.status_code"], known["http.route"]) == (
        202,
        "api/sessions/<uuid:session_id>/results/",
    )
    assert re.fullmatch(r"[0-9a-f]{16}", known["user.hash"])
    statements = [span for _, span in told.spans if span.parent_span_id == asking.span_id]
    inserted = [told.attributes(span)["db.query.text"] for span in statements if span.name == "INSERT"]
    assert any('INSERT INTO "sessions_app_analysisresult"' in text and "%s" in text for text in inserted)
    assert {"Bearer " + TOKEN} == told.tokens

    # A fault: the table of sessions is gone for a moment.
    secrets = json.loads((stack.state / "secrets.json").read_text())
    owner = json.loads((stack.state / "environment.json").read_text())["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE sessions_app_analysissession RENAME TO away")
        answer = person.get(f"{url}api/sessions/{session}/?{mine.canary}", headers={"Cookie": mine.canary})
        connection.execute("ALTER TABLE away RENAME TO sessions_app_analysissession")
    assert answer.status_code == 500
    assert eventually(lambda: told.reports, 30)
    report = told.reports[0]
    assert [value["type"] for value in report["exception"]["values"]][-1] == "ProgrammingError"
    assert "value" not in report["exception"]["values"][-1]
    frames = report["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["filename"].startswith("sessions_app/") for frame in frames)
    assert not [frame for frame in frames if {"vars", "context_line", "abs_path"} & set(frame)]
    assert report["tags"]["sqlstate"] == "42P01"
    assert report["tags"]["request"] == answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", report["user"]["id"])
    assert report["user"]["id"] == known["user.hash"]
    assert set(report) <= {"event_id", "timestamp", "level", "logger", "platform", "release", "environment", "exception", "tags", "user"}  # fmt: skip

    everything = b"\n".join(told.bodies)
    assert canaries_in(everything) == set()
    for value in (email, password, token, session, result, *files.values(), *secrets.values()):
        assert value.encode() not in everything
    assert str(stack.state).encode() not in everything


def test_without_the_settings_nothing_of_it_is_loaded(stack):
    script = (
        "import chatmrpt.wsgi, sys; from chatmrpt.celery import app; app.loader.import_default_modules(); "
        "print([n for n in ('opentelemetry.sdk.trace.export', 'opentelemetry.exporter', 'sentry_sdk', "
        "'chatmrpt.tracing', 'chatmrpt.fault_reports', 'google.protobuf') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=clean_environment(**stack.environment()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr


def test_a_statement_is_told_without_what_stands_in_it():
    from chatmrpt.tracing import LITERAL

    text = "SELECT * FROM wards WHERE name = 'O''Neill' AND rank < 12 AND id = %s"
    assert LITERAL.sub("?", text) == "SELECT * FROM wards WHERE name = ? AND rank < ? AND id = %s"
