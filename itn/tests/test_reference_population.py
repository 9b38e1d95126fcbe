"""A plan whose people come from a reference population, with source, year and version beside them."""

import re
from functools import partial

import pandas as pd
import pytest
import shapely
from django.urls import reverse

from analysis.core.errors import BadInput
from analysis.synthetic import make_state, write_state
from analysis.tests.test_covariates import CELL, raster_over
from itn.tests.test_runs import ask, compute, ranked, upload
from reference.actions import load_reference
from reference.tests.conftest import no_sets
from sessions_app.events import COMMAND_LINE
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem

__all__ = ["no_sets"]
STATED = {"name": "Test people", "year": "2020", "licence": "CC BY 4.0", "source": "made for a test"}


@pytest.fixture
def state():
    return make_state(seed=5, wards=40, lgas=4)


@pytest.fixture
def people(no_sets, state, tmp_path):
    """1,001 people in the first ward, 1,002 in the second …; the last ward is not in the table, another state is.

    They stand on the second of two sheets.
    """
    wards = pd.DataFrame(state[1].drop(columns="geometry")).iloc[:-1]
    table = wards.assign(total_pop=range(1001, 1001 + len(wards)), under5_pop=100)
    other = table.assign(state_name="Elsewhere", ward_code="E" + table["ward_code"], total_pop=9)
    path = tmp_path / "people.xlsx"
    with pd.ExcelWriter(path) as book:
        table.assign(total_pop=1, under5_pop=1).to_excel(book, sheet_name="2006", index=False)
        pd.concat([other, table]).to_excel(book, sheet_name="2020", index=False)
    load = partial(
        load_reference, by=COMMAND_LINE, kind="population", path=path, file_name="people.xlsx", stated=STATED
    )
    with pytest.raises(BadInput) as asked:
        load(options={})
    assert asked.value.examples == ("2006", "2020")
    return load(options={"sheet": "2020"})


def test_a_plan_counts_the_people_of_the_reference_set(people, committed, alice, state, tmp_path):
    assert people.facts["columns"] == {"total": "total_pop", "u5": "under5_pop"}
    api, session, risk = ranked(alice, write_state(state, tmp_path))
    asked = {"source": "reference", "reference": str(people.pk)}
    plan = compute(alice, api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": asked})
    source = plan["summary"]["source"]
    assert source["population"] == "Test people, version 1 (made for a test)"
    assert source["population_year"] == "2020"
    rows = api.get(f"/api/results/{plan['id']}/wards/?limit=100").json()["results"]
    found = {row["ward_code"]: row["population"] for row in rows}
    codes = list(state[1]["ward_code"])
    assert [found[code] for code in codes[:-1]] == list(range(1001, 1040))
    assert found[codes[-1]] is None
    assert "population_unknown" in [note["code"] for note in plan["summary"]["notes"]]
    # The page offers it, tries it and names where it is from.
    page = reverse("session_nets", args=[session])
    value = f"reference:{people.pk}"
    shown = text_of(browse(alice).get(page, {"nets": "20000", "population": value}))
    assert f'<option value="{value}" selected>' in shown and "Test people, 2020, version 1" in shown
    # A plan within a budget, proposed beside the delivery costs, counts the same people.
    costs = browse(alice).post(
        reverse("plan_delivery", args=[session, plan["id"]]), {"per_net": "10", "budget": "1000"}
    )
    link = re.search(r'href="([^"]*nets=100&[^"]*)"', text_of(costs).replace("&amp;", "&")).group(1)
    assert f'<option value="{value}" selected>' in text_of(browse(alice).get(link))
    for wrong in (
        {"source": "reference"},
        asked | {"year": "2026"},
        asked | {"column": "population"},
        {"source": "column", "column": "population", "reference": str(people.pk)},
        {"source": "reference", "reference": risk["id"]},
    ):
        answer = ask(api, session, "itn_plan", {"risk": risk["id"], "nets": 1, "population": wrong})
        problem(answer, 400, "invalid_request")


def test_a_plan_counts_the_people_that_a_raster_gave_the_wards(no_sets, committed, alice, state, tmp_path):
    table, boundaries = state
    column = next(name for name in table.columns if name.casefold() == "population")
    files = write_state((table.drop(columns=column), boundaries), tmp_path)
    path = raster_over(tmp_path / "people.tif", boundaries, 500.0)
    row = load_reference(by=COMMAND_LINE, kind="raster", path=path, file_name=path.name, stated=STATED,
                         options={"variable": "population"})  # fmt: skip
    api = alice.browser()
    session = api.post("/api/sessions/", {"name": "Raster"}, "application/json").json()["id"]
    ids = {kind: upload(api, session, kind, file.name, file.read_bytes())
           for kind, file in zip(("ward_table", "boundaries"), files, strict=True)}  # fmt: skip
    asked = ids | {"rasters": [{"reference": str(row.pk)}]}
    dataset = compute(alice, api, session, "dataset", asked)
    risk = compute(alice, api, session, "risk", {"dataset": dataset["id"]})
    words = "Test people, version 1 (made for a test), sum of a raster"
    people = {"source": "column", "column": "population", "year": "1999"}
    plan = compute(
        alice, api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": people}
    )
    # The year is the raster's own.
    assert plan["summary"]["source"]["population"] == words
    assert plan["summary"]["source"]["population_year"] == "2020"
    rows = api.get(f"/api/results/{plan['id']}/wards/?limit=100").json()["results"]
    area = dict(zip(boundaries["ward_code"], shapely.area(boundaries.geometry.array), strict=True))
    for ward in rows:
        assert ward["population_source"] == words
        # A plan counts whole people.
        assert abs(ward["population"] - 500 * area[ward["ward_code"]] / CELL**2) <= 1
    shown = text_of(browse(alice).get(reverse("session_nets", args=[session]), {"nets": "20000"}))
    assert "the column population: sum of the raster Test people, 2020" in shown
    assert "the column population of the ward table" not in shown


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("WardName,people_there\nA,1\nB,2\n", "No column counts people"),
        ("WardName,population\nA,1\nB,-2\n", "Row 3"),
        ("WardName,population\nA,1\nB,many\n", "holds text"),
    ],
)
def test_a_population_that_can_not_be_right_is_refused(no_sets, tmp_path, content, told):
    path = tmp_path / "people.csv"
    path.write_text(content)
    with pytest.raises(BadInput) as refused:
        load_reference(by=COMMAND_LINE, kind="population", path=path, file_name="people.csv", stated=STATED,
                       options={})  # fmt: skip
    assert told in str(refused.value.problem())
