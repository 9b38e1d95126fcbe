"""Packages of results that rest on more, or on less, than two uploads and a column."""

import pandas as pd
import pytest

from analysis.synthetic import write_state
from itn.tests.test_reference_population import no_sets, people, state
from itn.tests.test_runs import artefact, compute, ranked, upload
from reports.reproduce import reproduce

__all__ = ["no_sets", "people", "state"]


@pytest.fixture
def ranking(committed, alice, state, tmp_path):
    return ranked(alice, write_state(state, tmp_path))


def again(api, report, tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(artefact(api, report, "package.zip"))
    return reproduce(path)


def test_people_of_a_reference_population_are_in_the_package(people, ranking, alice, tmp_path):
    api, session, risk = ranking
    asked = {"source": "reference", "reference": str(people.pk), "rule": "lga_median"}
    plan = compute(alice, api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": asked})
    report = compute(alice, api, session, "report", {"of": plan["id"], "formats": ["html", "package"]})
    assert (
        "Test people, version 1 (made for a test), year 2020" in artefact(api, report, "report.html").decode()
    )
    found = again(api, report, tmp_path)
    assert found["identical"] and all(step["recomputed"] for step in found["steps"])


def test_a_registration_list_is_in_the_package(ranking, alice, state, tmp_path):
    api, session, risk = ranking
    wards = pd.DataFrame(state[1].drop(columns="geometry"))
    rows = wards[["ward_name", "lga_name"]].assign(N_FamilyMembers=range(500, 500 + len(wards)))
    listed = upload(
        api, session, "registration", "=list.csv", pd.concat([rows, rows]).to_csv(index=False).encode()
    )
    asked = {"source": "registration", "file": listed, "year": "2024"}
    plan = compute(alice, api, session, "itn_plan", {"risk": risk["id"], "nets": 20_000, "population": asked})
    report = compute(
        alice, api, session, "report", {"of": plan["id"], "language": "fr", "formats": ["pdf", "package"]}
    )
    found = again(api, report, tmp_path)
    assert found["identical"] and found["steps"][-1]["cells"] > 0


def test_a_deleted_upload_leaves_the_matched_wards_to_start_from(ranking, alice, tmp_path):
    api, session, risk = ranking
    for file in api.get(f"/api/sessions/{session}/files/").json()["results"]:
        assert api.delete(f"/api/files/{file['id']}/?confirm=true").status_code == 204
    report = compute(alice, api, session, "report", {"of": risk["id"], "formats": ["package"]})
    found = again(api, report, tmp_path)
    dataset, ranking_step = found["steps"]
    assert (dataset["status"], ranking_step["status"]) == ("taken_as_given", "identical")
    assert not dataset["recomputed"] and found["status"] == "taken_as_given" and not found["identical"]
