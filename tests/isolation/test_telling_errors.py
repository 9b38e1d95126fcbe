"""Refusals, faults and logs tell ids and numbers, never content, paths, hosts or secrets.

Catalogue: leaking errors, log and analytics leakage, tokens in logs.
"""

import json
import logging
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import path
from django_redis import get_redis_connection

from chatmrpt.logs import JsonLines, pseudonym
from chatmrpt.metrics import COUNTERS
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisSession, Event
from sessions_app.tests.people import problem
from tests import work

SECRET = "secret-word-of-a-user-4711"
PLACES = re.compile(
    rb"/(home|root|work|usr|tmp|srv|var)/|Traceback|File \"|psycopg|site-packages|127\.0\.0\.1:\d{4,}|localhost"
)


def failing(request):
    raise ValueError(f"{SECRET} in {settings.BASE_DIR}")


def failing_in_the_database(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::uuid", [SECRET])


def logged_out_loud(request):
    logging.getLogger("sessions_app").error("incident", exc_info=ValueError(SECRET))
    raise ZeroDivisionError(SECRET)


urlpatterns = [
    path("fail/", failing),
    path("fail/database/", failing_in_the_database),
    path("api/fail/", failing),
    path("fail/loud/<str:word>/", lambda request, word: logged_out_loud(request)),
]
handler500 = "chatmrpt.faults.server_error"


@pytest.fixture
def lines():
    """Every line that the log's own formatter writes during a test."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    keep = Keep()
    keep.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(keep)
    root.setLevel(level)


def faults_counted() -> float:
    return float(get_redis_connection("default").hget(COUNTERS, "faults_total") or 0)


@pytest.mark.parametrize("address", ["/fail/", "/fail/database/", f"/fail/loud/{SECRET}/", "/api/fail/"])
def test_a_fault_shows_a_number_and_logs_no_content(settings, _database, lines, address):
    settings.ROOT_URLCONF = __name__
    counted = faults_counted()
    answer = Client(raise_request_exception=False).get(
        f"{address}?q={SECRET}", headers={"Referer": f"http://x/{SECRET}"}
    )
    assert answer.status_code == 500
    shown = re.search(rb"\b[0-9a-f]{12}\b", answer.content)
    assert shown, "the person gets a number to tell"
    assert not PLACES.search(answer.content), answer.content
    assert SECRET.encode() not in answer.content
    text = "\n".join(lines)
    number = shown[0].decode()
    (line,) = (json.loads(line) for line in lines if f'"{number}"' in line)
    assert line["error"], "and the log has the same number beside what happened"
    # The loud one tells of an incident of its own before it fails.
    assert faults_counted() == counted + (2 if "loud" in address else 1)
    assert SECRET not in text, text
    assert answer["X-Request-Id"]


def test_a_program_is_told_of_a_fault_in_its_own_format(settings, _database, lines):
    settings.ROOT_URLCONF = __name__
    told = problem(Client(raise_request_exception=False).get("/api/fail/"), 500, "fault")
    assert told["detail"] == f"This is incident {told['incident']}."
    assert any(f'"{told["incident"]}"' in line for line in lines)


@pytest.mark.parametrize("address", ["/fail/", "/fail/database/", "/api/fail/"])
def test_a_fault_is_an_event_of_whoever_was_shown_its_number(settings, attacker, lines, address):
    settings.ROOT_URLCONF = __name__
    attacker.pages.raise_request_exception = False
    answer = attacker.pages.get(f"{address}?q={SECRET}")
    shown = re.search(rb"\b[0-9a-f]{12}\b", answer.content)[0].decode()
    with acting_as(attacker.user):
        (event,) = Event.objects.filter(verb="error.shown")
    assert event.data == {"incident": shown, "route": address.lstrip("/"), "status": 500}


def test_lines_are_json_with_request_and_pseudonym(attacker, lines):
    answer = attacker.api.get("/api/sessions/")
    told = [json.loads(line) for line in lines]
    mine = [line for line in told if line.get("logger") == "chatmrpt.request"]
    assert [line["request"] for line in mine] == [answer["X-Request-Id"]]
    (line,) = mine
    assert line["user"] == pseudonym(attacker.user.pk)
    assert line["route"] == "api/sessions/"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["milliseconds"] > 0
    text = "\n".join(lines)
    assert str(attacker.user.pk) not in text
    assert attacker.user.email not in text


def test_a_whole_visit_leaves_no_content_in_the_log(attacker, lines):
    done = work.finished_work(attacker.user)
    mine, session = done.belongings, done.session
    attacker.pages.get(f"/sessions/{session.pk}/results/{done.risk.pk}/wards/?search={mine.canary}")
    attacker.pages.get(f"/sessions/{session.pk}/results/{done.risk.pk}/wards/one/{mine.canary}-00/")
    attacker.pages.get(f"/no-such-page/{mine.canary}/")
    attacker.api.get(f"/api/results/{done.risk.pk}/wards/?ordering={mine.canary}")
    attacker.pages.post("/sessions/new/", {"name": mine.canary})
    Client(headers={"Host": f"{mine.canary}.example"}).get("/")
    text = "\n".join(lines)
    assert len(lines) > 5
    assert mine.canary not in text, [line for line in lines if mine.canary in line]
    assert attacker.user.email not in text
    for secret in (
        settings.SECRET_KEY,
        attacker.pages.cookies["sessionid"].value,
        attacker.pages.cookies["csrftoken"].value,
    ):
        assert secret not in text


def test_no_password_and_no_token_reaches_the_log(attacker, lines):
    sent = {"email": attacker.user.email, "password": SECRET}
    for client, address, form in (
        (Client(), "/api/token/", "application/json"),
        (Client(), "/api/token/", "text/plain"),
    ):
        client.post(address, sent if "json" in form else str(sent), content_type=form)
    Client().post("/accounts/sign-in/", sent)
    Client(headers={"Authorization": f"Bearer {SECRET}"}).get("/api/sessions/")
    Client(headers={"Authorization": f"Token {SECRET}"}).get("/api/sessions/")
    assert SECRET not in "\n".join(lines)
    assert attacker.user.email not in "\n".join(lines)


REFUSED = [
    ("GET", "/api/results/00000000-0000-0000-0000-000000000000/", None),
    ("POST", "/api/sessions/", "{"),
    ("POST", "/api/sessions/", "[]"),
    ("POST", "/api/sessions/", '{"name": {"a": 1}}'),
    ("POST", "/api/sessions/", '{"name": "\\u0000"}'),
    ("GET", "/api/sessions/?cursor=%00", None),
    ("GET", "/api/sessions/?limit=99999999999999999999", None),
    ("GET", "/api/sessions/?cursor=bzE9MSY=", None),
]


@pytest.mark.parametrize(("method", "address", "body"), REFUSED)
def test_refusals_tell_nothing_of_the_machine(attacker, method, address, body):
    attacker.api.raise_request_exception = False
    answer = attacker.api.generic(method, address, body or "", content_type="application/json")
    assert answer.status_code < 500, answer.content
    assert not PLACES.search(answer.content), answer.content


def test_a_database_error_names_no_value_and_no_table_to_the_user(attacker):
    """A name with a NUL, which PostgreSQL refuses."""
    attacker.pages.raise_request_exception = False
    answer = attacker.pages.post("/sessions/new/", {"name": f"a\x00{SECRET}"})
    assert answer.status_code in (400, 422)
    assert not PLACES.search(answer.content)
    with acting_as(attacker.user):
        assert not AnalysisSession.objects.filter(name__contains=SECRET).exists()
