"""What was chosen beside the variables stands in the report, and the package gives the same numbers again."""

import json
import zipfile

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from analysis.synthetic import make_state, write_state
from itn.tests.test_runs import COLUMN, artefact, compute
from reports.reproduce import reproduce

NOISE = ["elevation", "rainfall", "nighttime_lights"]


@pytest.fixture
def chosen(alice, tmp_path):
    """A ranking of noise from the second sheet of a workbook, with every option chosen."""
    table, boundaries = make_state(seed=5, wards=40, lgas=4)
    table = table.assign(
        **{name: table[name].sample(frac=1, random_state=k).to_numpy() for k, name in enumerate(NOISE)}
    )
    _, shapes = write_state((table, boundaries), tmp_path)
    with pd.ExcelWriter(tmp_path / "wards.xlsx") as book:
        table.assign(rainfall=7 * table["rainfall"]).to_excel(book, sheet_name="Last year", index=False)
        table.to_excel(book, sheet_name="This year", index=False)
    api = alice.browser()
    session = api.post("/api/sessions/", {"name": "Options"}, "application/json").json()["id"]
    sent = {
        "ward_table": (tmp_path / "wards.xlsx", {"sheet": "This year"}),
        "boundaries": (shapes, {}),
    }
    files = {}
    for kind, (path, named) in sent.items():
        content = SimpleUploadedFile(path.name, path.read_bytes())
        answer = api.post(f"/api/sessions/{session}/files/", {"kind": kind, "file": content} | named)
        assert answer.status_code == 201, answer.content
        files[kind] = answer.json()["id"]
    dataset = compute(alice, api, session, "dataset", files)
    params = {
        "dataset": dataset["id"], "variables": NOISE, "zone": "South East", "outcome": "rainfall", "cut": [0.1, 0.5],
        "force_pca": True, "period": "2024/25",
    }  # fmt: skip
    return alice, api, session, compute(alice, api, session, "risk", params)


def test_the_report_tells_them_and_the_package_gives_the_same_numbers(chosen, tmp_path):
    alice, api, session, risk = chosen
    assert risk["summary"]["pca_forced"]
    report = compute(alice, api, session, "report", {"of": risk["id"], "formats": ["html", "package"]})
    page = artefact(api, report, "report.html").decode()
    for told in (
        "forced although its tests do not allow it",
        "Principal components although their tests fail",
        "South East, as chosen",
        "first 10.0",
        "2024/25",
        "wards.xlsx (This year)",
    ):
        assert told in page, told
    package = tmp_path / "package.zip"
    package.write_bytes(artefact(api, report, "package.zip"))
    with zipfile.ZipFile(package) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    dataset, ranking = manifest["steps"]
    assert dataset["inputs"]["ward_table"]["part"] == "This year"
    assert ranking["params"]["cut"] == [0.1, 0.5] and ranking["params"]["force_pca"] is True
    found = reproduce(package)
    assert found["identical"] and all(step["recomputed"] for step in found["steps"])


def test_a_plan_by_a_forced_pca_says_so(chosen):
    alice, api, session, risk = chosen
    asked = {"risk": risk["id"], "population": COLUMN, "nets": 100_000, "ranking": "pca"}
    plan = compute(alice, api, session, "itn_plan", asked)
    assert "plan_pca_forced" in [note["code"] for note in plan["summary"]["notes"]]
