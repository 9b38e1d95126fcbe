"""Rose: a state with names that want to be code, a ranking and two plans of it. Tests only look at them or add."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from analysis.synthetic import make_state, write_state
from itn.tests.test_runs import COLUMN, compute, ranked
from sessions_app.tests.people import Person, alice, bob, committed, people, person

__all__ = ["alice", "bob", "committed", "person"]

WARDS = 40
HOSTILE = (
    '#read("/etc/passwd")', "<script>alert(1)</script>", '=cmd|"/c calc"!A1', "$1+1$ *bold* _it_ @ref", "](javascript:1)",
    "ﻋﻤﺮ #panic()", "W" * 90,
)  # fmt: skip
SESSION = '#import "@preview/cetz:0.3.0" <b>&amp;'
PLAN = '#eval("1") <img src=x onerror=alert(1)>'


@dataclass
class Work:
    person: Person
    session: str
    risk: dict[str, Any]
    plans: list[dict[str, Any]]

    @property
    def api(self) -> Client:
        """With a token of now: one lives for fifteen minutes, this for the whole run."""
        return self.person.browser()


def hostile_state():
    """Some wards have names that Typst, a browser or a spreadsheet would run if they were taken for code."""
    table, boundaries = make_state(seed=11, wards=WARDS, lgas=4)
    name = next(column for column in table.columns if column.lower().replace("_", "") == "wardname")
    once = [row for row in table.index if (boundaries["ward_name"] == table.loc[row, name]).sum() == 1]
    for row, hostile in zip(once, HOSTILE, strict=False):
        boundaries.loc[boundaries["ward_name"] == table.loc[row, name], "ward_name"] = hostile
        table.loc[row, name] = hostile
    return table, boundaries


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return write_state(hostile_state(), tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def rose(files, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), people() as make:
        someone = make("rose")
        api, session, risk = ranked(someone, files)
        api.patch(f"/api/sessions/{session}/", {"name": SESSION}, "application/json")
        plans = [
            compute(someone, api, session, "itn_plan", {"risk": risk["id"], "population": COLUMN, **asked})
            for asked in (
                {"nets": 100_000, "name": PLAN},
                {"nets": 150_000, "strategy": "sequential", "urban_rule": "rural_first", "threshold": "50"},
            )
        ]
        yield Work(someone, session, risk, plans)


@pytest.fixture(scope="session")
def written(rose, django_db_blocker):
    """Reports of the ranking in both languages, of a plan and of both plans; packages in English only."""
    french = {"language": "fr", "formats": ["pdf", "docx", "html"]}
    asked = {
        "risk_en": {"of": rose.risk["id"]},
        "risk_fr": {"of": rose.risk["id"], **french},
        "plan_en": {"of": rose.plans[0]["id"]},
        "plan_fr": {"of": rose.plans[1]["id"], **french},
        "comparison_en": {"of": rose.plans[0]["id"], "against": [rose.plans[1]["id"]]},
        "comparison_fr": {"of": rose.plans[0]["id"], "against": [rose.plans[1]["id"]], **french},
    }
    with django_db_blocker.unblock():
        return {
            name: compute(rose.person, rose.api, rose.session, "report", params)
            for name, params in asked.items()
        }
