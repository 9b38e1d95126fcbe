"""Wards of facility reports on their way: spellings that are confirmed for one ward, and wards that reported no tests."""

import csv
import io

import pytest
from django.db import transaction
from django.urls import reverse

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, ward_rows, work
from analysis.writers.geo import write_gpkg
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person, problem

__all__ = ["alice", "committed", "person"]
WARDS, OTHER = 24, "Kurmin Bayan Gari"


@pytest.fixture(scope="module")
def boundaries():
    return make_state(seed=3, wards=WARDS, lgas=3)[1]


def test_another_spelling_is_confirmed_for_a_ward_that_has_reports(committed, alice, boundaries, tmp_path):
    name, code = boundaries["ward_name"].iloc[0], boundaries["ward_code"].iloc[0]
    path = write_export(
        make_export(make_truth(boundaries, months=14), "A", damaged=False), tmp_path / "a.csv"
    )
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    column = rows[0].index("WardName")
    theirs = [
        row
        for row in rows[1:]
        if row[column] == name and row[rows[0].index("LGA")] == boundaries["lga_name"].iloc[0]
    ]
    assert len(theirs) > 10
    for row in theirs[::2]:
        row[column] = OTHER
    spelt = tmp_path / "spelt.csv"
    with spelt.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    wards = write_gpkg(boundaries, tmp_path / "w.gpkg", layer="wards")
    browser, whole_session, session = browse(alice), alice.session(), alice.session()
    alice.request(whole_session, "tpr", **stored(alice, whole_session, (path, wards)))
    whole = work(alice)
    alice.request(session, "tpr", **stored(alice, session, (spelt, wards)))
    first = work(alice)
    assert first.summary["tested"] < whole.summary["tested"]
    (open_row,) = (row for row in first.summary["unmatched_rows"] if row["table_name"] == OTHER)
    page = reverse("tpr_result", args=[session.pk, first.pk])
    assert f"[{code}]" in browser.get(page).content.decode()
    number = open_row["table_row"]
    sent = browser.post(page, {f"row-{number}": "other", f"other-{number}": f"{name} [{code}]"})
    assert sent.status_code == 302, text_of(sent)
    second = work(alice)
    assert second.summary["tested"] == whole.summary["tested"]
    assert second.summary["facilities"] == whole.summary["facilities"]
    before, after = (
        next(row for row in ward_rows(browser, result, "wards.csv") if row["ward_code"] == code)
        for result in (whole, second)
    )
    assert before == after
    assert "spellings_confirmed" in {note["code"] for note in second.summary["notes"]}
    # The next file with both names needs no answer.
    third_session = alice.session()
    alice.request(third_session, "tpr", **stored(alice, third_session, (spelt, wards)))
    assert work(alice).summary["tested"] == whole.summary["tested"]


def test_a_ward_table_still_takes_one_row_for_a_ward(committed, alice, boundaries, tmp_path):
    session = alice.session()
    table = alice.upload(
        session,
        make_state(seed=3, wards=WARDS, lgas=3)[0].to_csv(index=False).encode(),
        "t.csv",
        "ward_table",
    )
    shapes = write_gpkg(boundaries, tmp_path / "w.gpkg", layer="wards")
    map_file = alice.upload(session, shapes.read_bytes(), "w.gpkg", "boundaries")
    code = boundaries["ward_code"].iloc[0]
    pairs = [{"table_row": row, "ward_code": code} for row in (2, 3)]
    params = {"ward_table": str(table.pk), "boundaries": str(map_file.pk), "confirmed": pairs}
    answer = alice.browser().post(
        f"/api/sessions/{session.pk}/results/", {"kind": "dataset", "params": params}, "application/json"
    )
    problem(answer, 400, "invalid_request")


def test_a_ward_that_tested_nobody_is_not_ranked_and_grey(committed, alice, boundaries, tmp_path):
    truth = make_truth(boundaries, months=14)
    truth.counts[(truth.rows["ward"] == 0).to_numpy()] = 0
    path = write_export(make_export(truth, "A", damaged=False), tmp_path / "a.csv")
    wards = write_gpkg(boundaries, tmp_path / "w.gpkg", layer="wards")
    code = boundaries["ward_code"].iloc[0]
    session, browser = alice.session(), browse(alice)
    alice.request(session, "tpr", **stored(alice, session, (path, wards)))
    first = work(alice)
    assert browser.post(reverse("tpr_hand_over", args=[session.pk, first.pk])).status_code == 302
    dataset = work(alice)
    names = ["u5_tpr_rdt", "reporting_percent", "total_tested"]

    def ranked(**more):
        queued = alice.request(session, "risk", dataset=str(dataset.pk), variables=names, **more)
        assert jobs.run_here(alice.user.pk, queued.pk)
        result = alice.result(queued)
        assert result.status == "succeeded", result.error
        return result, {row["ward_code"]: row for row in ward_rows(browser, result, "wards.csv")}

    result, rows = ranked()
    with scope(alice.user.pk), transaction.atomic():
        assert AnalysisResult.objects.get(pk=result.pk).params["require_outcome"] is True
    row = rows[code]
    assert row["flags"] == "no_outcome_data" and row["total_tested"] == "0"
    assert {
        row[name]
        for name in ("composite_score", "composite_rank", "composite_tier", "pca_rank", "u5_tpr_rdt")
    } == {""}
    assert sum(bool(one["composite_rank"]) for one in rows.values()) == WARDS - 1 == result.summary["ranked"]
    svg = browser.get(reverse("result_picture", args=[session.pk, result.pk, "map_rank.svg"]))
    content = b"".join(svg.streaming_content) if svg.streaming else svg.content
    assert b"No data" in content
    ward = browser.get(reverse("result_ward", args=[session.pk, result.pk, code]))
    assert "malaria outcome was not measured" in text_of(ward)
    _, filled = ranked(imputation={"u5_tpr_rdt": "spatial"})
    assert filled[code]["composite_rank"] and "outcome_imputed" in filled[code]["flags"]
