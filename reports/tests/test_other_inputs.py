"""Packages of results that rest on more, or on less, than two uploads and a column."""

import io

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from analysis.synthetic import make_state, write_state
from itn.tests.test_reference_population import STATED, no_sets, people, state
from itn.tests.test_runs import artefact, compute, ranked, upload
from reference.actions import load_reference
from reports.reproduce import reproduce
from sessions_app.events import COMMAND_LINE
from sessions_app.tests.people import people as persons

__all__ = ["no_sets", "people", "state"]


@pytest.fixture(scope="module")
def olga(tmp_path_factory, django_db_setup, django_db_blocker):
    """Olga, with a ranking of the wards that the reference sets count; the last test deletes her uploads."""
    files = write_state(make_state(seed=5, wards=40, lgas=4), tmp_path_factory.mktemp("state"))
    with django_db_blocker.unblock(), persons() as make:
        someone = make("olga")
        yield someone, ranked(someone, files)


@pytest.fixture
def ranking(olga, committed):
    return olga[1]


def again(api, report, tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(artefact(api, report, "package.zip"))
    return reproduce(path)


def test_people_of_a_reference_population_are_in_the_package(people, ranking, olga, tmp_path):
    api, session, risk = ranking
    asked = {"source": "reference", "reference": str(people.pk), "rule": "lga_median"}
    plan = compute(
        olga[0], api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": asked}
    )
    report = compute(olga[0], api, session, "report", {"of": plan["id"], "formats": ["html", "package"]})
    assert (
        "Test people, version 1 (made for a test), year 2020" in artefact(api, report, "report.html").decode()
    )
    found = again(api, report, tmp_path)
    assert found["identical"] and all(step["recomputed"] for step in found["steps"])


def test_fractions_of_a_reference_population_are_in_the_package(no_sets, ranking, olga, state, tmp_path):
    wards = pd.DataFrame(state[1].drop(columns="geometry"))
    path = tmp_path / "people.csv"
    # 9,000.4 people need 5,001 nets; the whole people that tables show would need 5,000.
    wards.assign(total_pop=9000.4).to_csv(path, index=False)
    people = load_reference(
        by=COMMAND_LINE, kind="population", path=path, file_name="people.csv", stated=STATED, options={}
    )
    api, session, risk = ranking
    asked = {"source": "reference", "reference": str(people.pk)}
    plan = compute(
        olga[0], api, session, "itn_plan", {"risk": risk["id"], "nets": 100_000, "population": asked}
    )
    assert plan["summary"]["nets_needed"] == 5001 * len(wards) and plan["summary"][
        "population"
    ] == 9000 * len(wards)
    report = compute(olga[0], api, session, "report", {"of": plan["id"], "formats": ["package"]})
    found = again(api, report, tmp_path)
    assert found["identical"] and found["steps"][-1]["taken"] == ["population"]


def test_a_sheet_of_a_registration_workbook_is_in_the_package(ranking, olga, state, tmp_path):
    api, session, risk = ranking
    listed = pd.DataFrame(state[1].drop(columns="geometry"))[["ward_name", "lga_name"]]
    sink = io.BytesIO()
    with pd.ExcelWriter(sink) as book:
        listed.assign(Population=180).to_excel(book, sheet_name="Draft", index=False)
        listed.assign(Population=360).to_excel(book, sheet_name="Final", index=False)
    file = SimpleUploadedFile("people.xlsx", sink.getvalue())
    sent = api.post(
        f"/api/sessions/{session}/files/", {"kind": "registration", "file": file, "sheet": "Final"}
    )
    asked = {"source": "registration", "file": sent.json()["id"]}
    plan = compute(
        olga[0], api, session, "itn_plan", {"risk": risk["id"], "nets": 2_000, "population": asked}
    )
    assert plan["summary"]["population"] == 360 * len(listed)
    report = compute(olga[0], api, session, "report", {"of": plan["id"], "formats": ["package"]})
    assert again(api, report, tmp_path)["identical"]


def test_a_registration_list_is_in_the_package(ranking, olga, state, tmp_path):
    api, session, risk = ranking
    wards = pd.DataFrame(state[1].drop(columns="geometry"))
    rows = wards[["ward_name", "lga_name"]].assign(N_FamilyMembers=range(500, 500 + len(wards)))
    listed = upload(
        api, session, "registration", "=list.csv", pd.concat([rows, rows]).to_csv(index=False).encode()
    )
    asked = {"source": "registration", "file": listed, "year": "2024"}
    plan = compute(
        olga[0], api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": asked}
    )
    report = compute(
        olga[0], api, session, "report", {"of": plan["id"], "language": "fr", "formats": ["pdf", "package"]}
    )
    found = again(api, report, tmp_path)
    assert found["identical"] and found["steps"][-1]["cells"] > 0


def test_a_deleted_upload_leaves_the_matched_wards_to_start_from(ranking, olga, tmp_path):
    api, session, risk = ranking
    for file in api.get(f"/api/sessions/{session}/files/").json()["results"]:
        assert api.delete(f"/api/files/{file['id']}/?confirm=true").status_code == 204
    report = compute(olga[0], api, session, "report", {"of": risk["id"], "formats": ["package"]})
    found = again(api, report, tmp_path)
    dataset, ranking_step = found["steps"]
    assert (dataset["status"], ranking_step["status"]) == ("taken_as_given", "identical")
    assert not dataset["recomputed"] and found["status"] == "taken_as_given" and not found["identical"]
