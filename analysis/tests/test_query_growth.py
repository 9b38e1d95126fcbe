"""No page and no list issues more queries because it has more rows."""

import datetime as dt
import hashlib
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analysis import frames
from analysis.synthetic import make_state, write_state
from sessions_app import jobs, resumable
from sessions_app.accounts.actions import make_personal_token
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.tests.browsing import browse
from sessions_app.tests.people import Person, committed, people

__all__ = ["committed"]
VARIABLES = [
    "u5_tpr_rdt", "rainfall", "elevation", "housing_quality", "soil_wetness", "distance_to_waterbodies",
    "nighttime_lights", "urban_percentage",
]  # fmt: skip


@dataclass
class Work:
    """Somebody's session with `times` of everything that stands in a list, `wards` wards and `variables` variables."""

    person: Person
    session: AnalysisSession
    browser: Client
    risk: AnalysisResult

    @classmethod
    def done(cls, person: Person, folder, *, wards: int, times: int, variables: int) -> "Work":
        session = person.session("Growing")
        table, boundaries = make_state(seed=5, wards=wards, lgas=3)
        table = table.drop(columns=VARIABLES[variables:])
        table, shapes = write_state((table, boundaries), folder)
        for _ in range(times):
            files = {
                kind: str(person.upload(session, path.read_bytes(), path.name, kind).pk)
                for kind, path in (("ward_table", table), ("boundaries", shapes))
            }
            dataset = finished(person, session, "dataset", **files)
        risk = finished(person, session, "risk", dataset=str(dataset.pk))
        with scope(person.user.pk):
            for number in range(times):
                begin(person, session, number)
                in_a_week = timezone.now() + dt.timedelta(days=7)
                make_personal_token(by=person.user, name=f"t{number}", read_only=True, expires_at=in_a_week)
        return cls(person, session, browse(person), risk)

    def address(self, name: str) -> str:
        if name.startswith("/"):
            return name.format(session=self.session.pk)
        parts = [] if name in ("tokens", "profile") else [self.session.pk]
        if name.startswith("result_"):
            parts.append(self.risk.pk)
        if name == "result_ward":
            parts.append(frames.load_wards(self.risk)["ward_code"][0].as_py())
        return reverse(name, args=parts)

    def queries(self, name: str) -> int:
        client = self.person.browser() if name.startswith("/api/") else self.browser
        # What is cached for a process is asked for once.
        assert client.get(self.address(name)).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(self.address(name))
        self.page = answer.content.decode()
        return len(captured)


def finished(person: Person, session: AnalysisSession, kind: str, **params: str) -> AnalysisResult:
    asked = person.request(session, kind, **params)
    assert jobs.run_here(person.user.pk, asked.pk)
    done = person.result(asked)
    assert done.status == "succeeded", done.error
    return done


def begin(person: Person, session: AnalysisSession, number: int) -> None:
    resumable.begin(
        by=person.user, session=session, kind="ward_table", name=f"{number}.csv", size_bytes=9_000_000,
        head_sha256=hashlib.sha256(str(number).encode()).hexdigest(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), people() as make:
        yield (
            Work.done(make("few"), tmp_path_factory.mktemp("few"), wards=12, times=1, variables=4),
            Work.done(make("many"), tmp_path_factory.mktemp("many"), wards=60, times=5, variables=8),
        )


@pytest.mark.parametrize(
    "name",
    [
        "session_data", "session_files", "session_check", "session_variables", "result_filled", "tokens",
        "result_models", "result_variables", "result_pca", "result_charts", "result_methods", "result_downloads",
        "result_ward",
        "/api/sessions/{session}/files/", "/api/sessions/{session}/results/",
    ],
)  # fmt: skip
def test_many_rows_cost_the_queries_of_few(work, committed, name):
    few, many = work
    assert many.queries(name) == few.queries(name)
    assert len(many.page) > len(few.page) + 200, "there are more rows"


@pytest.mark.parametrize("name", ["result_stability", "result_comparison"])
def test_a_figure_of_many_wards_costs_the_queries_of_one_of_few(work, committed, name):
    few, many = work
    assert many.queries(name) == few.queries(name)
    assert (few.risk.summary["wards"], many.risk.summary["wards"]) == (12, 60)


def test_the_profile_page_costs_the_same_however_much_there_is(work, committed):
    few, many = work
    browse(many.person)
    assert many.queries("profile") == few.queries("profile")
    assert "In 2 browsers" in many.page and "In this browser only" in few.page
