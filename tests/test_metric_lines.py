"""Numbers as CloudWatch reads them from the log: each line that says it holds metrics is one that would be taken."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from chatmrpt import metrics
from chatmrpt.celery import app
from chatmrpt.logs import JsonLines
from sessions_app.tests.people import Person, alice, committed, person

__all__ = ["alice", "committed", "person"]

# CloudWatch user guide, "Specification: Embedded metric format": its JSON schema, its limits and its units.
UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *(f"{size}{what}{per}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for what in ("bytes", "bits") for per in ("", "/Second")),
    *(f"{what}{per}" for what in ("Bytes", "Bits") for per in ("", "/Second")),
}  # fmt: skip
LONGEST_LINE, LONGEST_NAME, MOST_DIMENSIONS, MOST_METRICS = 256 * 1024, 255, 9, 100


def read(line: str) -> dict[tuple[str, ...], dict[str, float]]:
    """The metrics of one line by dimensions; an AssertionError says why CloudWatch would not take it."""
    assert len(line.encode()) <= LONGEST_LINE
    assert "\n" not in line
    root = json.loads(line)
    stamp = root["_aws"]["Timestamp"]
    assert isinstance(stamp, int)
    assert 1_500_000_000_000 < stamp < 10_000_000_000_000, "milliseconds since 1970"
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for directive in root["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert re.fullmatch(r"[A-Za-z0-9._/#:-]{1,255}", directive["Namespace"])
        assert 1 <= len(directive["Metrics"]) <= MOST_METRICS
        assert directive["Dimensions"]
        for names in directive["Dimensions"]:
            assert len(names) <= MOST_DIMENSIONS
            values = [root[name] for name in names]
            assert all(isinstance(value, str) and 0 < len(value) <= LONGEST_NAME for value in values), values
            key = tuple(f"{name}={root[name]}" for name in names)
            for metric in directive["Metrics"]:
                assert set(metric) <= {"Name", "Unit"}
                assert 0 < len(metric["Name"]) <= LONGEST_NAME
                assert metric["Unit"] in UNITS
                value = root[metric["Name"]]
                assert isinstance(value, (int, float))
                assert not isinstance(value, bool)
                found.setdefault(key, {})[metric["Name"]] = value
    return found


@pytest.fixture
def lines(settings, committed) -> Iterator[list[str]]:
    """What the log's own formatter writes while the numbers go there."""
    settings.METRICS_EMF = True
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    keep, counted, root = Keep(), metrics.CountedErrors(), logging.getLogger()
    keep.setFormatter(JsonLines())
    before = root.level
    for handler in (keep, counted):
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    for handler in (keep, counted):
        root.removeHandler(handler)
    root.setLevel(before)


def measured(lines: list[str]) -> list[dict[tuple[str, ...], dict[str, float]]]:
    return [read(line) for line in lines if "_aws" in json.loads(line)]


def test_a_count_and_a_duration_are_told_with_their_labels(lines):
    metrics.count("responses_total", status="503")
    metrics.observe_seconds("task_seconds", 1.5, task="sessions_app.run_result", state="SUCCESS")
    assert measured(lines) == [
        {("status=503",): {"responses_total": 1}},
        {("state=SUCCESS", "task=sessions_app.run_result"): {"task_seconds": 1.5}},
    ]
    (_, second) = (json.loads(line)["_aws"]["CloudWatchMetrics"][0] for line in lines)
    assert second["Namespace"] == "ChatMRPT"
    assert second["Metrics"] == [{"Name": "task_seconds", "Unit": "Seconds"}]


def test_each_number_tells_of_which_installation_it_is(lines, settings):
    """Alarms and scaling ask for exactly this dimension; two stacks of one account don't hear each other's."""
    settings.METRICS_STACK = "programme-a" * 8
    metrics.count("faults_total")
    metrics.count("responses_total", status="503")
    app.tasks["chatmrpt.emit_gauges"]()
    stack = f"{metrics.STACK}={settings.METRICS_STACK}"
    plain, labelled, gauges = measured(lines)
    assert (plain, labelled) == (
        {(stack,): {"faults_total": 1}},
        {(stack, "status=503"): {"responses_total": 1}},
    )
    assert "queue_length" in gauges[stack,]


def test_a_label_without_a_value_is_no_dimension(lines):
    """The state of a task that was revoked is not known; a named dimension that is missing voids the line."""
    metrics.observe_seconds("task_seconds", 0.1, task="mail", state="")
    metrics.count("tasks_refused_total")
    assert measured(lines) == [{("task=mail",): {"task_seconds": 0.1}}, {(): {"tasks_refused_total": 1}}]


def test_the_task_that_tells_the_state_of_the_system_tells_all_of_it(lines):
    app.tasks["chatmrpt.emit_gauges"]()
    (told,) = measured(lines)
    for name in ("database_up", "cache_up", "broker_up", "storage_up", "queue_length", "results_queued", "isolation_attempts"):  # fmt: skip
        assert name in told[()], told
    assert told[()]["database_up"] == 1.0


def test_a_visit_is_counted_and_nothing_of_the_visitor_is_in_the_lines(alice: Person, lines, settings):
    word = "Gwagwalada-4711"
    settings.API_LIMITS = settings.API_LIMITS | {"user": (1, 60)}
    browser = alice.browser()
    browser.raise_request_exception = False
    browser.post("/api/sessions/", {"name": word}, content_type="application/json")
    answers = [browser.get(f"/api/sessions/?search={word}") for _ in range(3)]
    Client().post("/api/token/", {"email": alice.user.email, "password": word})
    assert 429 in {answer.status_code for answer in answers}
    assert {("status=429",): {"responses_total": 1}} in measured(lines)
    told = "\n".join(line for line in lines if "_aws" in json.loads(line))
    for secret in (word, alice.user.email, str(alice.user.pk)):
        assert secret not in told
    known: set[str] = {
        "at",
        "level",
        "logger",
        "message",
        "request",
        "user",
        "_aws",
        "responses_total",
        "status",
    }
    members: set[str] = set()
    for line in told.splitlines():
        root: dict[str, Any] = json.loads(line)
        members |= set(root)
    assert members <= known, "a new member has to be looked at: can it hold what somebody typed?"


def test_without_the_setting_no_line_is_written(lines, settings):
    settings.METRICS_EMF = False
    metrics.count("responses_total", status="503")
    assert measured(lines) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda root: root.pop("status"),
        lambda root: root.update(responses_total="1"),
        lambda root: root["_aws"].update(Timestamp=1.5),
        lambda root: root["_aws"]["CloudWatchMetrics"][0].update(Dimensions=[]),
        lambda root: root["_aws"]["CloudWatchMetrics"][0]["Metrics"][0].update(Unit="Wards"),
    ],
)
def test_the_reader_refuses_what_cloudwatch_refuses(lines, spoilt):
    metrics.count("responses_total", status="503")
    root = json.loads(lines[0])
    spoilt(root)
    with pytest.raises((AssertionError, KeyError)):
        read(json.dumps(root))


def test_a_quiet_log_still_holds_the_numbers():
    """This test run logs warnings only; a log that is read for metrics must hold them nevertheless."""
    assert not logging.getLogger("chatmrpt.request").isEnabledFor(logging.INFO)
    assert logging.getLogger("chatmrpt.metrics").isEnabledFor(logging.INFO)
