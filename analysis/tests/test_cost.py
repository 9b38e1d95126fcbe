"""The ranked table of a state asks the database little, however many rows it shows; `make bench` measures its CPU."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analysis.synthetic import make_state, write_state
from analysis.tests.test_runs import journey
from sessions_app.tests.people import PASSWORD, committed, people

__all__ = ["committed"]
WARDS = 275
MOST_QUERIES = 6


@pytest.fixture(scope="module")
def ranked(tmp_path_factory, django_db_setup, django_db_blocker):
    """Dora with a ranking of as many wards as Niger State has, signed in by browser."""
    files = write_state(make_state(seed=3, wards=WARDS, lgas=25), tmp_path_factory.mktemp("state"))
    with django_db_blocker.unblock(), people() as make:
        dora = make("dora")
        _, session, _, risk = journey(dora, files)
        browser = Client(REMOTE_ADDR="127.77.1.1")
        answer = browser.post("/accounts/sign-in/", {"email": dora.user.email, "password": PASSWORD})
        assert answer.status_code == 302
        yield browser, f"/sessions/{session}/results/{risk['id']}/wards/"


def statements(browser: Client, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT"))]


def test_the_number_of_queries_is_small_and_does_not_grow(ranked, committed):
    browser, path = ranked
    everything = statements(browser, path)
    assert len(everything) <= MOST_QUERIES, everything
    assert len(statements(browser, f"{path}?search=no+ward+is+called+this")) == len(everything)
