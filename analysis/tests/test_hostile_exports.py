"""Damaged facility workbooks through the reader, the command, the API and the page: the truth, or a refusal that names it."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command
from django.db import transaction

from analysis.core.errors import BadInput
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.tests.hostile_exports import MONTHS, NAMED, PLACE, READABLE, REFUSED, Export, written
from analysis.tpr_compute import Request, compute
from analysis.writers.geo import write_gpkg
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person, problem

__all__ = ["alice", "committed", "person"]


@pytest.fixture(scope="module")
def boundaries():
    """Made-up wards that are said to lie in a state of that name, so that another one is told from it."""
    return make_state(seed=5, wards=12, lgas=2)[1].assign(state_name="Kwara", state_code="KW")


@pytest.fixture(scope="module")
def map_file(boundaries, tmp_path_factory):
    return write_gpkg(boundaries, tmp_path_factory.mktemp("map") / "wards.gpkg", layer="wards")


@pytest.fixture
def export(boundaries):
    return Export(boundaries[["ward_code", "ward_name", "lga_name", "state_name"]].to_dict("records"))


def expected(export, codes):
    return np.array([export.truth[code] for code in codes])


@pytest.mark.parametrize("case", READABLE)
def test_the_reader_gives_the_truth_and_says_what_it_met(export, boundaries, tmp_path, case):
    make, note = READABLE[case]
    path = make(export, tmp_path / "export.xlsx")
    begun = time.monotonic()
    found = read_facilities(path, path.name)
    assert len(found.frame) == len(export.rows)
    result = compute(found, path.name, boundaries, Request())
    assert time.monotonic() - begun < 30
    assert np.array_equal(result.wards[["tested", "positive"]], expected(export, result.wards["ward_code"]))
    notes = {told.code for told in result.notes}
    assert note in notes or not note
    places = [place for told in result.notes for place in told.examples]
    assert any(place.startswith(NAMED.get(case, "")) for place in places) or case not in NAMED
    # Six months of 2023, in whatever way they were written.
    assert sorted(filter(None, result.cube.periods)) == [
        f"2023-{month:02d}" for month in range(1, MONTHS + 1)
    ]


@pytest.mark.parametrize("case", REFUSED)
def test_the_reader_names_what_is_wrong(export, boundaries, tmp_path, case):
    make, code, _ = REFUSED[case]
    path = make(export, tmp_path / "export.xlsx")
    with pytest.raises(BadInput) as refusal:
        compute(read_facilities(path, path.name), path.name, boundaries, Request())
    said = refusal.value.problem()
    assert said["code"] == code
    assert said["where"] == PLACE[case] and said["fix"]
    named = {"two states": ["Niger"], "no ward column": ["State", "LGA", "Remark"]}.get(case, [])
    assert said["examples"][: len(named)] == named


# The reader shows the million blank rows already, the API beside it among the slow tests.
@pytest.mark.parametrize("case", [*(case for case in READABLE if "million" not in case), *REFUSED])
def test_the_command_ends_with_the_truth_or_with_status_2(export, map_file, tmp_path, capsys, case):
    make, told = (READABLE.get(case) or REFUSED[case])[:2]
    path, out, status = make(export, tmp_path / "export.xlsx"), tmp_path / "out", 0
    try:
        call_command("tpr", "--facilities", str(path), "--boundaries", str(map_file), "--out", str(out))
    except SystemExit as end:
        status = end.code
    stdout, stderr = capsys.readouterr()
    if case in REFUSED:
        assert status == 2
        assert json.loads(stderr.splitlines()[-1])["code"] == told
        assert not out.exists()
        return
    assert status == 0
    wards = pd.read_csv(out / "wards.csv", dtype={"ward_code": str})
    assert np.array_equal(wards[["tested", "positive"]], expected(export, wards["ward_code"]))
    assert told in {note["code"] for note in json.loads(stdout.splitlines()[-1])["notes"]} or not told


def upload(someone, session, path, kind):
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"kind": kind, "file": SimpleUploadedFile(path.name, path.read_bytes())}
    return someone.browser().post(f"/api/sessions/{session.pk}/files/", sent)


def computed(someone, session, files):
    asked = {"kind": "tpr", "params": files}
    answer = someone.browser().post(f"/api/sessions/{session.pk}/results/", asked, "application/json")
    assert answer.status_code in (201, 202), answer.content
    with scope(someone.user.pk), transaction.atomic():
        result = AnalysisResult.objects.get(pk=answer.json()["id"])
    jobs.run_here(someone.user.pk, result.pk)
    return someone.result(result)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.slow] if "million" in case else []) for case in READABLE],
)
def test_the_api_and_the_page_show_the_truth(export, map_file, tmp_path, alice, case):
    make, note = READABLE[case]
    path, session = make(export, tmp_path / "export.xlsx"), alice.session()
    stored = upload(alice, session, path, "facilities")
    assert stored.status_code == 201, stored.content
    shapes = upload(alice, session, map_file, "boundaries").json()["id"]
    done = computed(alice, session, {"facilities": stored.json()["id"], "boundaries": shapes})
    assert done.status == "succeeded", done.error
    tested, positive = np.array(list(export.truth.values())).sum(axis=0)
    assert (done.summary["tested"], done.summary["positive"]) == (tested, positive)
    assert note in {told["code"] for told in done.summary["notes"]} or not note
    page = text_of(browse(alice).get(f"/sessions/{session.pk}/facilities/{done.pk}/"))
    assert f"{int(positive):,} of {int(tested):,} tests were positive" in page


@pytest.mark.parametrize("case", REFUSED)
def test_the_api_and_the_page_name_what_is_wrong(export, map_file, tmp_path, alice, case):
    make, code, at_once = REFUSED[case]
    path, session = make(export, tmp_path / "export.xlsx"), alice.session()
    stored = upload(alice, session, path, "facilities")
    browser = browse(alice)
    if at_once:
        assert problem(stored, 422, code)["where"] == "export.xlsx"
        with path.open("rb") as body:
            page = browser.post(f"/sessions/{session.pk}/data/upload/", {"kind": "facilities", "file": body})
        assert page.status_code == 422
        assert f"<code>{code}</code>" in text_of(page)
        assert (alice.files(), alice.objects()) == ([], [])
        return
    # A person can settle it: another column, one of the states. Until then it is told.
    assert stored.status_code == 201, stored.content
    shapes = upload(alice, session, map_file, "boundaries").json()["id"]
    done = computed(alice, session, {"facilities": stored.json()["id"], "boundaries": shapes})
    assert (done.status, done.error["code"]) == ("failed", code)
    assert f"<code>{code}</code>" in text_of(browser.get(f"/sessions/{session.pk}/facilities/"))


def test_one_of_two_states_can_be_chosen(export, boundaries, tmp_path):
    path = REFUSED["two states"][0](export, tmp_path / "export.xlsx")
    result = compute(
        read_facilities(path, path.name), path.name, boundaries, Request(state="Kwara", least_mapped=None)
    )
    counted = result.wards["tested"].notna().to_numpy()
    assert counted.sum() == 2
    assert np.array_equal(
        result.wards.loc[counted, ["tested", "positive"]], expected(export, boundaries["ward_code"][counted])
    )
    assert result.wards.loc[~counted, "tpr_percent"].isna().all(), "the wards of the other state have no data"


@pytest.mark.parametrize("rule", ["leave", "share"])
def test_reports_without_a_ward_are_shared_only_when_asked(
    export, boundaries, map_file, tmp_path, capsys, rule
):
    for row in export.rows[:MONTHS]:
        row[2] = "Unknown"
    path, out = written(export, tmp_path / "export.xlsx"), tmp_path / "out"
    call_command(
        "tpr", "--facilities", str(path), "--boundaries", str(map_file), "--out", str(out), "--unknown-wards", rule
    )  # fmt: skip
    wards = pd.read_csv(out / "wards.csv", dtype={"ward_code": str, "flags": str}).set_index("ward_code")
    truth = pd.DataFrame(export.truth, index=["tested", "positive"]).T
    first = boundaries["ward_code"].iloc[0]
    assert wards.loc[first, ["tested", "tpr_percent"]].isna().all(), "no ward gets data that had none"
    marked = wards["flags"].fillna("").str.contains("unknown_shared")
    told = {note["code"] for note in json.loads(capsys.readouterr().out.splitlines()[-1])["notes"]}
    if rule == "leave":
        assert wards["tested"].sum() == truth["tested"].sum() - truth.loc[first, "tested"]
        assert not marked.any()
        assert "unknown_wards_shared" not in told
        return
    assert wards["tested"].sum() == pytest.approx(truth["tested"].sum())
    assert wards["positive"].sum() == pytest.approx(truth["positive"].sum())
    home = boundaries.set_index("ward_code")["lga_name"]
    assert set(wards.index[marked]) == set(home.index[home == home[first]]) - {first}
    assert "unknown_wards_shared" in told
