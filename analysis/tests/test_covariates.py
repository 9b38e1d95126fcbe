"""Rasters to columns of the ward table: on pages and through the API, with their source; never an invented value."""

import csv
import io

import numpy as np
import pytest
import shapely
from django.db import transaction
from django.urls import reverse
from rasterio import Affine

from analysis.core.errors import BadInput
from analysis.synthetic import make_state, write_state
from analysis.writers.geo import write_gpkg
from reference.actions import load_reference, withdraw_reference
from reference.tests.conftest import STATED, no_sets, write_raster
from sessions_app import jobs
from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "no_sets", "person"]
CELL = 0.1


@pytest.fixture(scope="module")
def state():
    return make_state(seed=5, wards=40, lgas=4)


@pytest.fixture
def files(state, tmp_path):
    return write_state(state, tmp_path)


def raster_over(path, boundaries, value, *, east=None, bands=1, **options):
    """One value over the whole state; `east` is what the cells east of its middle hold instead."""
    west, south, far, north = boundaries.total_bounds
    rows, columns = (int(np.ceil(span / CELL)) + 2 for span in (north - south, far - west))
    cells = np.full((rows, columns), float(value))
    if east is not None:
        cells[:, west - CELL + CELL * np.arange(columns) >= (west + far) / 2] = east
    options["transform"] = Affine(CELL, 0.0, west - CELL, 0.0, -CELL, north + CELL)
    return write_raster(path, *[cells] * bands, **options)


def reference(path, variable="ndwi", name="Test water", **options):
    return load_reference(by=COMMAND_LINE, kind="raster", path=path, file_name=path.name,
                          stated=STATED | {"name": name}, options={"variable": variable} | options)  # fmt: skip


def prepared(someone, files):
    session = someone.session("Rasters")
    ids = {
        kind: str(someone.upload(session, path.read_bytes(), path.name, kind).pk)
        for kind, path in zip(("ward_table", "boundaries"), files, strict=True)
    }
    return session, ids


def computed(someone, result):
    assert jobs.run_here(someone.user.pk, result.pk)
    return someone.result(result)


def newest(someone):
    with scope(someone.user.pk), transaction.atomic():
        return AnalysisResult.objects.order_by("-created_at").first()


def values_of(someone, result):
    with scope(someone.user.pk), transaction.atomic():
        file = StoredFile.objects.get(result_id=result.pk, name="covariates.csv")
    answer = browse(someone).get(reverse("file_download", args=[file.pk]))
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_a_reference_raster_becomes_a_column_with_its_source(no_sets, alice, state, files, tmp_path):
    row = reference(raster_over(tmp_path / "water.tif", state[1], 0.25, east=-9999.0))
    session, _ = prepared(alice, files)
    browser, page = browse(alice), reverse("session_covariates", args=[session.pk])
    shown = text_of(browser.get(page))
    assert "Test water" in shown and "CC BY 4.0" in shown
    sent = browser.post(page, {"rasters": "asked", "raster": f"reference:{row.pk}"})
    assert sent.status_code == 302, text_of(sent)
    done = computed(alice, newest(alice))
    assert done.status == "succeeded", done.error
    assert done.input_hashes[str(row.pk)] == row.sha256
    [facts] = done.summary["covariates"]
    assert facts["cited"]["sha256"] == row.sha256 and facts["cited"]["version"] == 1
    assert "ndwi" in [entry["variable"] for entry in done.summary["variables"]]
    rows = values_of(alice, done)
    filled = [float(entry["value"]) for entry in rows if entry["value"]]
    # Where the raster knows nothing the ward has nothing: not zero, and not its neighbour's.
    assert 0 < len(filled) < len(rows) == 40
    assert filled == pytest.approx([0.25] * len(filled), abs=1e-7)  # stored as 32-bit numbers
    assert all(entry["method"] == "" for entry in rows if not entry["value"])
    shown = text_of(browser.get(page))
    assert f"{len(filled)} of 40 wards have a value" in shown and "Highest" in shown
    # Matching again keeps the choice; the ranking can use it.
    assert browser.post(reverse("session_check", args=[session.pk]), {"action": "match"}).status_code == 302
    assert newest(alice).params["rasters"] == [{"reference": str(row.pk)}]


def test_a_newer_version_of_a_raster_makes_the_covariates_out_of_date_and_keeps_what_was_decided(
    no_sets, alice, state, files, tmp_path
):
    first = reference(raster_over(tmp_path / "water.tif", state[1], 0.25))
    session, ids = prepared(alice, files)
    said = [{"table_row": 2, "ward_code": None}]
    asked = ids | {"rasters": [{"reference": str(first.pk)}], "confirmed": said}
    done = computed(alice, alice.request(session, "dataset", **asked))
    api, check = alice.browser(), reverse("session_check", args=[session.pk])

    def stale():
        return api.get(f"/api/results/{done.pk}/").json()["stale"]

    reference(raster_over(tmp_path / "else.tif", state[1], 0.5), name="Other water")
    assert not stale()
    second = reference(raster_over(tmp_path / "new.tif", state[1], 0.5))
    assert second.version == 2 and stale()
    browser = browse(alice)
    shown = text_of(browser.get(check))
    assert "raster has been replaced since" in shown and "does not carry over" not in shown
    assert "of earlier files" in text_of(browser.get(reverse("session_covariates", args=[session.pk])))
    assert browser.post(check, {"action": "match"}).status_code == 302
    again = computed(alice, newest(alice))
    assert again.params["rasters"] == [{"reference": str(second.pk)}] and again.params["confirmed"] == said
    assert {round(float(entry["value"]), 6) for entry in values_of(alice, again)} == {0.5}


def test_an_upload_of_ones_own_and_a_band_of_several(no_sets, alice, state, files, tmp_path):
    session, ids = prepared(alice, files)
    path = raster_over(tmp_path / "mine.tif", state[1], 0.4, bands=2)
    mine = alice.upload(session, path.read_bytes(), path.name, "raster")
    asked = {"file": str(mine.pk), "variable": "pfpr"}
    failed = computed(alice, alice.request(session, "dataset", **ids, rasters=[asked]))
    assert (failed.status, failed.error["code"]) == ("failed", "several_bands")
    done = computed(alice, alice.request(session, "dataset", **ids, rasters=[asked | {"band": 2}]))
    assert done.status == "succeeded", done.error
    assert {round(float(entry["value"]), 6) for entry in values_of(alice, done)} == {0.4}
    assert done.summary["covariates"][0]["cited"]["source"] == "your upload"
    page = text_of(browse(alice).get(reverse("session_covariates", args=[session.pk])))
    assert "year not stated" in page
    assert "2 bands" in text_of(browse(alice).get(reverse("session_data", args=[session.pk])))


def test_twelve_months_are_put_together_as_the_variable_asks(no_sets, alice, state, tmp_path):
    table, boundaries = state
    files = write_state((table.drop(columns=["rainfall"]), boundaries), tmp_path)
    row = reference(raster_over(tmp_path / "rain.tif", boundaries, 80.0, bands=12), "rainfall", "Test year")
    session, ids = prepared(alice, files)
    done = computed(alice, alice.request(session, "dataset", **ids, rasters=[{"reference": str(row.pk)}]))
    assert {round(float(entry["value"]), 6) for entry in values_of(alice, done)} == {960.0}


def test_one_band_of_a_year_is_read_only_once_its_time_is_said(no_sets, alice, state, tmp_path):
    table, boundaries = state
    files = write_state((table.drop(columns=["rainfall"]), boundaries), tmp_path)
    session, ids = prepared(alice, files)
    path = raster_over(tmp_path / "august.tif", boundaries, 244.0)
    mine = str(alice.upload(session, path.read_bytes(), path.name, "raster").pk)
    asked = {"file": mine, "variable": "rainfall"}
    told = problem(ask(alice, session, ids | {"rasters": [asked]}), 422, "raster_time_not_stated")
    assert "august.tif" in told["detail"] and told["examples"] == ["month", "annual_sum"]
    wrong = asked | {"temporal": "annual_mean"}
    problem(ask(alice, session, ids | {"rasters": [wrong]}), 422, "bad_temporal")
    still = {"file": mine, "variable": "elevation", "temporal": "month"}
    problem(ask(alice, session, ids | {"rasters": [still]}), 422, "bad_temporal")
    browser, page = browse(alice), reverse("session_covariates", args=[session.pk])
    sent = {"raster": f"file:{mine}", f"variable:{mine}": "rainfall", f"temporal:{mine}": ""}
    refused = browser.post(page, sent)
    assert refused.status_code == 422 and "One month or a whole year?" in text_of(refused)
    assert browser.post(page, sent | {f"temporal:{mine}": "month"}).status_code == 302
    done = computed(alice, newest(alice))
    assert done.status == "succeeded", done.error
    assert done.summary["covariates"][0]["temporal"] == "month"
    assert "one month" in text_of(browser.get(page))


def test_a_raster_of_another_place_is_not_available_and_stands_for_nothing(
    no_sets, alice, state, files, tmp_path
):
    row = reference(write_raster(tmp_path / "far.tif", np.full((4, 4), 0.5), west=-80.0, north=40.0))
    session, ids = prepared(alice, files)
    done = computed(alice, alice.request(session, "dataset", **ids, rasters=[{"reference": str(row.pk)}]))
    assert done.status == "succeeded"
    assert "ndwi" not in [entry["variable"] for entry in done.summary["variables"]]
    assert done.summary["covariates"][0]["with_value"] == 0
    assert "covariate_not_available" in [note["code"] for note in done.summary["notes"]]
    shown = text_of(browse(alice).get(reverse("session_covariates", args=[session.pk])))
    assert "Not available" in shown and "none was made up" in shown


def ask(someone, session, params):
    return someone.browser().post(
        f"/api/sessions/{session.pk}/results/", {"kind": "dataset", "params": params}, "application/json"
    )


def test_what_can_not_be_right_is_refused_before_anything_is_computed(
    no_sets, alice, bob, state, files, tmp_path
):
    session, ids = prepared(alice, files)
    path = raster_over(tmp_path / "rain.tif", state[1], 9.3e6)
    mine = str(alice.upload(session, path.read_bytes(), path.name, "raster").pk)
    water = reference(raster_over(tmp_path / "water.tif", state[1], 0.2))
    more = reference(raster_over(tmp_path / "more.tif", state[1], 0.3), name="Other water")
    told = problem(
        ask(alice, session, ids | {"rasters": [{"file": mine, "variable": "temp"}]}),
        422,
        "raster_out_of_range",
    )
    assert "9.3e+06" in told["detail"] and "-95 and 60" in told["detail"]
    for rasters in (
        [{"file": mine}],
        [{"file": mine, "variable": "temp", "reference": str(water.pk)}],
        [{}],
        [{"reference": str(session.pk)}],
        [{"reference": str(water.pk)}, {"reference": str(more.pk)}],
        [{"reference": str(water.pk), "variable": "ndwi"}],
    ):
        problem(ask(alice, session, ids | {"rasters": rasters}), 400, "invalid_request")
    # The synthetic ward table has a column of rainfall already.
    path = raster_over(tmp_path / "r.tif", state[1], 900.0)
    rain = reference(path, "rainfall", "Test rain", temporal="annual_sum")
    told = problem(
        ask(alice, session, ids | {"rasters": [{"reference": str(rain.pk)}]}), 400, "invalid_request"
    )
    assert "already" in str(told)
    # A stranger's upload does not exist, and a withdrawn set is offered to nobody.
    their_session, their_ids = prepared(bob, files)
    problem(
        ask(bob, their_session, their_ids | {"rasters": [{"file": mine, "variable": "temp"}]}),
        400,
        "invalid_request",
    )
    withdraw_reference(by=COMMAND_LINE, reference=water)
    problem(ask(alice, session, ids | {"rasters": [{"reference": str(water.pk)}]}), 400, "invalid_request")


def test_a_strangers_page_does_not_exist(alice, bob, files):
    session, _ = prepared(alice, files)
    for name in ("session_covariates", "session_reference"):
        page = reverse(name, args=[session.pk])
        assert browse(bob).get(page).status_code == 404
        assert browse(bob).post(page, {}).status_code == 404


def test_reference_boundaries_come_into_the_session_by_state(no_sets, alice, state, tmp_path):
    _, boundaries = state
    frame = boundaries.assign(
        state_name=np.where(np.arange(len(boundaries)) < 15, "North State", "South State")
    )
    path = write_gpkg(frame, tmp_path / "all.gpkg", layer="wards")
    frame.head(4).to_file(path, layer="draft", driver="GPKG")
    row = load_reference(by=COMMAND_LINE, kind="boundaries", path=path, file_name="all.gpkg",
                         stated=STATED | {"name": "Test wards"}, options={"layer": "wards"})  # fmt: skip
    assert row.facts["states"] == [{"name": "North State", "wards": 15}, {"name": "South State", "wards": 25}]
    session = alice.session("Reference")
    browser, page = browse(alice), reverse("session_reference", args=[session.pk])
    assert "North State (15 wards)" in text_of(browser.get(page))
    assert browser.post(page, {"boundaries": f"{row.pk}:Nowhere"}).status_code == 400
    assert browser.post(page, {"boundaries": ""}).status_code == 400
    assert browser.post(page, {"boundaries": f"{row.pk}:North State"}).status_code == 302
    with scope(alice.user.pk), transaction.atomic():
        [file] = StoredFile.objects.filter(session_id=session.pk)
    assert (file.kind, file.report["wards"]) == ("boundaries", 15)
    assert (
        file.report["reference"]["sha256"] == row.sha256
        and file.report["reference"]["state"] == "North State"
    )
    shown = text_of(browser.get(reverse("session_data", args=[session.pk])))
    assert "From the reference set" in shown and "Test wards" in shown and "version 1" in shown
    # The same through the API.
    answer = alice.browser().post(
        f"/api/sessions/{session.pk}/files/reference/", {"reference": str(row.pk), "state": "South State"},
        "application/json",
    )  # fmt: skip
    assert answer.status_code == 201 and answer.json()["report"]["wards"] == 25


def test_people_of_a_raster_are_summed_and_say_so(no_sets, alice, state, files, tmp_path):
    boundaries = state[1]
    path = raster_over(tmp_path / "people.tif", boundaries, 500.0)
    row = reference(path, "population_o5", name="Test people")
    assert (row.facts["statistic"], row.facts["valid_range"]) == ("sum", [0, 10_000_000])
    # A density is no count; nor is what is of a month.
    for wrong in ({"unit": "people/km²"}, {"temporal": "month"}, {"temporal": "annual_sum"}):
        with pytest.raises(BadInput) as refused:
            reference(path, "population_o5", name="Wrong", **wrong)
        assert refused.value.code == "not_a_count"
    session, ids = prepared(alice, files)
    done = computed(alice, alice.request(session, "dataset", **ids, rasters=[{"reference": str(row.pk)}]))
    assert done.status == "succeeded", done.error
    [facts] = done.summary["covariates"]
    words = "sum of the cells, each by the share of its area inside the ward"
    assert (facts["unit"], facts["statistic"], facts["method"]) == ("people", "sum", words)
    rows = {entry["ward_code"]: entry for entry in values_of(alice, done)}
    assert {entry["method"] for entry in rows.values()} == {words}
    # By hand: 500 people in each cell of a tenth of a degree, spread evenly.
    for code, area in zip(boundaries["ward_code"], shapely.area(boundaries.geometry.array), strict=True):
        assert float(rows[code]["value"]) == pytest.approx(500 * area / CELL**2)
    # Never a variable of the ranking by itself, never filled.
    variable = next(one for one in done.summary["variables"] if one["variable"] == "population_o5")
    assert not variable["included"]
    assert words in text_of(browse(alice).get(reverse("session_covariates", args=[session.pk])))
