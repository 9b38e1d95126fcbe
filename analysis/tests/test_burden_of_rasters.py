"""Burden among the people of a raster: by the command, of a reference set, of a raster of one's own; cited everywhere."""

import csv
import json
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import shapely
from django.core.management import call_command
from django.urls import reverse

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_covariates import CELL, raster_over
from analysis.tests.test_tpr_burden import states
from analysis.tests.test_tpr_pages import stored, ward_rows, work
from analysis.writers.geo import write_gpkg
from reference.actions import load_reference
from reference.tests.conftest import no_sets, write_raster
from sessions_app.checksums import sha256_of
from sessions_app.events import COMMAND_LINE
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "no_sets", "person"]
WARDS, MONTHS, CHILDREN = 12, 24, 5_000.0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An export of two years, and 5,000 children in each cell of a tenth of a degree."""
    folder = tmp_path_factory.mktemp("rasters")
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    export = write_export(make_export(make_truth(boundaries, months=MONTHS), "B"), folder / "export.csv")
    wards = write_gpkg(boundaries, folder / "wards.gpkg", layer="wards")
    people = raster_over(folder / "children.tif", boundaries, CHILDREN)
    return export, wards, people, boundaries


@pytest.fixture
def elsewhere(tmp_path):
    return write_raster(tmp_path / "far.tif", np.full((4, 4), 9.0), west=100.0, north=60.0)


def load(path, variable="population_u5", name="Test children", **options):
    stated = {"name": name, "year": "2020", "licence": "CC BY 4.0", "source": "made for a test"}
    options = {"variable": variable} | options
    return load_reference(by=COMMAND_LINE, kind="raster", path=path, file_name=path.name, options=options, stated=stated)  # fmt: skip


def command(made, out, *more):
    said = StringIO()
    call_command("tpr", "--facilities", str(made[0]), "--boundaries", str(made[1]), "--out", str(out), *more, stdout=said)  # fmt: skip
    return json.loads(said.getvalue())


def checked(rows, boundaries):
    """By hand: people = 5,000 · area of the ward / area of a cell [degrees]; 1,000 · cases / (people · 2 years)."""
    area = dict(zip(boundaries["ward_code"], shapely.area(boundaries.geometry.array), strict=True))
    assert len(rows) == WARDS
    for row in rows:
        people = CHILDREN * area[row["ward_code"]] / CELL**2
        assert float(row["population"]) == pytest.approx(people)
        if row["burden_per_1000_per_year"]:
            expected = 1000 * float(row["positive"]) / (people * MONTHS / 12)
            assert float(row["burden_per_1000_per_year"]) == pytest.approx(expected)
    assert sum(bool(row["burden_per_1000_per_year"]) for row in rows) >= WARDS - 3


def burden_of(path):
    with path.open(encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def parameters(browser, result):
    return {row["parameter"]: row["value"] for row in ward_rows(browser, result, "positivity_parameters.csv")}


def test_the_command_counts_among_the_people_of_a_raster(made, tmp_path, capsys):
    export, _, people, boundaries = made
    figures = command(made, tmp_path / "o", "--population", str(people), "--population-year", "2020")
    found, rows = figures["burden"], burden_of(tmp_path / "o/burden.csv")
    checked(rows, boundaries)
    assert (found["population"], found["population_year"]) == ("children.tif, sum of a raster", "2020")
    assert {row["population_from"] for row in rows} == {"children.tif, sum of a raster, 2020, not projected"}
    told = pd.read_csv(tmp_path / "o/positivity_parameters.csv", dtype=str).set_index("parameter")["value"]
    assert told["population"] == "children.tif, sum of a raster"
    assert told["population_sha256"] == sha256_of(people)
    assert "sum of a raster" in (tmp_path / "o/burden.svg").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        command(made, tmp_path / "p", "--population", str(people), "--population-band", "2")
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["code"] == "no_such_band"
    with pytest.raises(SystemExit):
        command(made, tmp_path / "p", "--population", str(export), "--population-band", "1")
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["where"] == "--population-band"
    assert not (tmp_path / "p").exists()


def test_a_raster_of_another_place_gives_no_people_and_no_burden(made, elsewhere, tmp_path):
    figures = command(made, tmp_path / "o", "--population", str(elsewhere))
    assert "burden" not in figures and not (tmp_path / "o/burden.csv").exists()
    [note] = [note for note in figures["notes"] if note["code"] == "covariate_not_available"]
    assert note["count"] == WARDS and "population_u5 is not available" in note["message"]


def test_where_the_raster_has_no_data_people_and_burden_are_missing(made, tmp_path):
    half = raster_over(tmp_path / "half.tif", made[3], CHILDREN, east=-9999.0)
    figures = command(made, tmp_path / "o", "--population", str(half))
    rows = burden_of(tmp_path / "o/burden.csv")
    empty = [row for row in rows if not row["population"]]
    assert 0 < len(empty) < WARDS and not any(row["burden_per_1000_per_year"] for row in empty)
    codes = {note["code"]: note["count"] for note in figures["notes"]}
    assert codes["covariate_missing"] == len(empty) and "burden_without_population" in codes


def test_a_reference_raster_of_the_persons_is_chosen_on_the_page_and_cited(no_sets, alice, made, tmp_path):
    export, wards, people, boundaries = made
    row = load(people)
    assert (row.facts["statistic"], row.facts["unit"]) == ("sum", "people")
    women = load(people, "population_women_15_49", name="Test women")
    session, browser = alice.session("Raster"), browse(alice)
    files = stored(alice, session, (export, wards))
    page = reverse("session_tpr", args=[session.pk])
    shown = text_of(browser.get(page))
    assert "Test children, 2020, version 1 (made for a test): sum of a raster, Children under five" in shown
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "map:ward": "Ward"}
    refused = browser.post(page, sent | {"population": str(women.pk)})
    assert refused.status_code == 422 and (
        "Test women holds women of 15 to 49; the cases are counted among children under five: choose a raster of population_u5."
        in text_of(refused)
    )
    assert browser.post(page, sent | {"population": str(row.pk)}).status_code == 302
    result = work(alice)
    assert result.status == "succeeded" and result.input_hashes[str(row.pk)] == row.sha256
    checked(ward_rows(browser, result, "burden.csv"), boundaries)
    cited = result.summary["burden"]["cited"]
    assert (cited["version"], cited["group"]) == (1, "u5") and cited["method"].startswith("sum of the cells")
    words = "Test children, version 1 (made for a test), sum of a raster"
    assert result.summary["burden"]["population"] == words
    assert words in text_of(browser.get(reverse("tpr_result", args=[session.pk, result.pk])))
    told = parameters(browser, result)
    assert (told["population_sha256"], told["population_year"]) == (row.sha256, "2020")
    assert told["population_method"] == "sum of the cells, each by the share of its area inside the ward"
    # A newer version makes it out of date, and stands chosen in the form.
    api = alice.browser()
    assert states(api, result) == [False]
    newer = load(raster_over(tmp_path / "children 2.tif", boundaries, 10.0))
    assert newer.version == 2 and states(api, result) == [True]
    assert browser.get(page).context["population"] == str(newer.pk)
    # What is no count of people can't be a population, whatever it is called.
    other = load(raster_over(tmp_path / "water.tif", boundaries, 0.5), "ndwi", name="Test water")
    asked = {"kind": "tpr", "params": files | {"population": str(other.pk)}}
    answer = api.post(f"/api/sessions/{session.pk}/results/", asked, "application/json")
    assert "Test water holds ndwi" in str(problem(answer, 400, "invalid_request"))


def test_ones_own_raster_is_chosen_on_the_page_and_through_the_api(no_sets, alice, bob, made, elsewhere):
    export, wards, people, boundaries = made
    session, browser = alice.session("Own raster"), browse(alice)
    files = stored(alice, session, (export, wards))
    own = alice.upload(session, people.read_bytes(), "children.tif", "raster")
    page = reverse("session_tpr", args=[session.pk])
    assert "children.tif, your raster of these persons" in text_of(browser.get(page))
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "map:ward": "Ward",
            "population": f"raster:{own.pk}"}  # fmt: skip
    refused = browser.post(page, sent)
    assert refused.status_code == 422 and "Say which year the uploaded population is of." in text_of(refused)
    assert f'<option value="raster:{own.pk}" selected>' in refused.content.decode()
    assert browser.post(page, sent | {"population_year": "2020"}).status_code == 302
    result = work(alice)
    assert result.params["population_raster"] == {"file": str(own.pk)}
    assert result.input_hashes[str(own.pk)] == own.sha256
    found = result.summary["burden"]
    assert (
        found["population"] == "children.tif (uploaded), sum of a raster"
        and found["population_year"] == "2020"
    )
    assert parameters(browser, result)["population_raster_sha256"] == own.sha256
    assert f'<option value="raster:{own.pk}" selected>' in browser.get(page).content.decode()

    api, where = alice.browser(), f"/api/sessions/{session.pk}/results/"
    raster = {"file": str(own.pk)}
    dear = raster_over(elsewhere.parent / "dear.tif", boundaries, -1.0)
    negative = str(alice.upload(session, dear.read_bytes(), "dear.tif", "raster").pk)
    assert "dear.tif, your raster" not in text_of(browser.get(page))
    hers = bob.session()
    stolen = str(bob.upload(hers, people.read_bytes(), "children.tif", "raster").pk)
    for wrong in (
        {"population_raster": raster},
        {"population_raster": {"file": stolen}, "population_year": "2020"},
        {"population_raster": raster | {"band": 2}, "population_year": "2020"},
        {"population_raster": raster | {"variable": "population"}, "population_year": "2020"},
        {"population_raster": {"file": files["boundaries"]}, "population_year": "2020"},
    ):
        answer = api.post(where, {"kind": "tpr", "params": {**files, **wrong}}, "application/json")
        problem(answer, 400, "invalid_request")
    bad = {"population_raster": {"file": negative}, "population_year": "2020"}
    answer = api.post(where, {"kind": "tpr", "params": {**files, **bad}}, "application/json")
    problem(answer, 422, "raster_out_of_range")
    far = alice.upload(session, elsewhere.read_bytes(), "far.tif", "raster")
    asked = files | {"population_raster": {"file": str(far.pk), "band": 1}, "population_year": "2020"}
    alice.request(session, "tpr", **asked)
    result = work(alice)
    assert result.status == "succeeded" and result.summary["burden"] is None
    assert "covariate_not_available" in [note["code"] for note in result.summary["notes"]]


def test_all_ages_need_a_raster_of_all_people(no_sets, alice, made):
    export, wards, people, _ = made
    row = load(people, "population", name="Test people")
    session = alice.session()
    files = stored(alice, session, (export, wards))
    alice.request(session, "tpr", **files, population=str(row.pk), age_group="all_ages")
    found = work(alice).summary["burden"]
    assert found["among"] == "people" and found["cited"]["group"] == "total"
    assert np.isfinite(found["area"]["burden_per_1000_per_year"])
