"""What people can act on: outliers, missing reports and the outpatient rate, by page, API and command alike."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command
from django.urls import reverse

from analysis import tpr_params
from analysis.core.tpr import outliers, periods, totals
from analysis.management.commands import tpr as command
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, ward_rows, work
from analysis.tpr_kinds import HEAT_LGAS
from analysis.writers.geo import write_gpkg
from sessions_app import jobs
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "person"]
WARDS, TYPED = 24, 90_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An older workbook, with attendance, in which one count of under fives was typed wrongly; half of the wards are urban."""
    folder = tmp_path_factory.mktemp("quality")
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    truth = make_truth(boundaries, months=14)
    path = write_export(make_export(truth, "C", damaged=False), folder / "export.csv")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    head = next(k for k, row in enumerate(rows) if any("RDT" in cell for cell in row))
    column = next(k for k, name in enumerate(rows[head]) if "tested for malaria by RDT <5" in name)
    rows[head + 3][column] = str(TYPED)
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    urban = boundaries.assign(Urban=["Yes", "No"] * (WARDS // 2))
    return path, write_gpkg(urban, folder / "wards.gpkg", layer="wards")


def test_the_names_written_out_are_those_of_the_computation():
    assert tpr_params.OUTLIERS == command.OUTLIERS == outliers.OUTLIER_RULES
    assert tpr_params.DATES == command.DATES == periods.DATE_ORDERS
    assert tpr_params.TOTALS == command.TOTALS == totals.TOTALS_RULES


def explained(person, result, table) -> dict:
    """The facts of a table, by the link that stands beside it."""
    address = f"/sessions/{result.session_id}/results/{result.pk}/explain/{table}/"
    browser = browse(person)
    page = text_of(browser.get(reverse("tpr_result", args=[result.session_id, result.pk])))
    assert f'href="{address}"' in page
    assert browser.get(address).status_code == 200
    return person.browser().get(f"/api/results/{result.pk}/explain/{table}/").json()["facts"]


def test_outliers_are_listed_on_the_page_and_replaced_when_asked(committed, alice, bob, made):
    session, browser = alice.session(), browse(alice)
    files = stored(alice, session, made)
    page = reverse("session_tpr", args=[session.pk])
    assert 'name="outliers"' in browser.get(page).content.decode()
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all"}
    assert browser.post(page, sent).status_code == 302
    kept = work(alice)
    assert kept.params["outliers"] == "keep" and not kept.params["outpatient"]
    rows = ward_rows(browser, kept, "outliers.csv")
    wrong = next(row for row in rows if float(row["value"]) == TYPED)
    assert rows[0] == wrong and float(wrong["used"]) == TYPED and wrong["replaced"] == "false"
    assert float(wrong["expected_low"]) <= float(wrong["median"]) <= float(wrong["expected_high"]) < TYPED
    assert kept.summary["outliers"]["count"] == len(rows)
    shown = text_of(browser.get(reverse("tpr_result", args=[session.pk, kept.pk])))
    for words in (
        wrong["facility"],
        "90,000",
        "far from what",
        "Download outliers.csv",
        "They are counted as they are",
    ):
        assert words in shown
    told = explained(alice, kept, "table_outliers")
    assert (told["n"], told["facility"], told["value"]) == (len(rows), wrong["facility"], TYPED)
    assert told["kept"] and not told["replaced"]
    assert browser.post(page, sent | {"outliers": "median"}).status_code == 302
    done = work(alice)
    assert explained(alice, done, "table_outliers")["replaced"]
    again = next(row for row in ward_rows(browser, done, "outliers.csv") if float(row["value"]) == TYPED)
    assert again["replaced"] == "true" and float(again["used"]) == float(wrong["median"])
    changed = sum(float(row["value"]) - float(row["used"]) for row in ward_rows(browser, done, "outliers.csv")
                  if (row["age_group"], row["count"]) == ("under five", "tested"))  # fmt: skip
    assert (
        kept.summary["tested"] - done.summary["tested"] == pytest.approx(changed, abs=2_000)
        and changed > 80_000
    )
    assert "outliers_replaced" in {note["code"] for note in done.summary["notes"]}
    assert "the median of the facility" in text_of(
        browser.get(reverse("tpr_result", args=[session.pk, done.pk]))
    )
    api = alice.browser()
    where = f"/api/sessions/{session.pk}/results/"
    answer = api.post(where, {"kind": "tpr", "params": {**files, "outliers": "mean"}}, "application/json")
    problem(answer, 400, "invalid_request")
    assert browse(bob).get(reverse("tpr_result", args=[session.pk, done.pk])).status_code == 404


def test_totals_of_wards_are_told_before_the_run_and_left_out_when_asked(committed, alice, made, tmp_path):
    rows = list(csv.reader(io.StringIO(made[0].read_text(encoding="utf-8"))))
    head, *body = rows
    at = [head.index(name) for name in ("LGA", "Ward", "Health Faccility", "Month", "Year")]
    counts = [k for k, name in enumerate(head) if "malaria by" in name]
    place = [body[0][k] for k in at[:2]]
    of_ward = [row for row in body if [row[k] for k in at[:2]] == place]
    for period in sorted({(row[at[3]], row[at[4]]) for row in of_ward}):
        same = [row for row in of_ward if (row[at[3]], row[at[4]]) == period]
        total = [*same[0]]
        total[at[2]] = f"{place[1]} Ward"
        for k in counts:
            total[k] = str(sum(float(row[k]) for row in same))
        body.append(total)
    path = tmp_path / "totals.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([head, *body])
    session, browser = alice.session(), browse(alice)
    stored(alice, session, (path, made[1]))
    page = reverse("session_tpr", args=[session.pk])
    shown = text_of(browser.get(page))
    assert "look like the total of a ward" in shown and "its persons are counted twice" in shown
    found = {}
    for rule in ("keep", "drop"):
        assert browser.post(page, {"age_group": "u5", "totals": rule}).status_code == 302
        found[rule] = work(alice)
    tested = [k for k in counts if "positive" not in head[k] and head[k].endswith("<5")]
    doubled = sum(float(row[k]) for row in of_ward for k in tested)
    assert found["keep"].summary["tested"] - found["drop"].summary["tested"] == doubled > 0
    assert "area_totals_left_out" in {note["code"] for note in found["drop"].summary["notes"]}


def test_missing_reports_are_drawn_and_listed_and_an_lga_shows_its_wards(committed, alice, made):
    session, browser = alice.session(), browse(alice)
    queued = alice.request(session, "tpr", **stored(alice, session, made))
    assert jobs.run_here(alice.user.pk, queued.pk)
    result = alice.result(queued)
    rows = ward_rows(browser, result, "reporting_by_month.csv")
    assert len(rows) == WARDS * 14 and len({row["ward_code"] for row in rows}) == WARDS
    page = reverse("tpr_result", args=[session.pk, result.pk])
    shown = browser.get(page)
    assert shown.context["ward_heat"] is None and "Missing reports, ward by ward" in text_of(shown)
    picture = browser.get(reverse("result_picture", args=[session.pk, result.pk, "missing_reports.svg"]))
    assert picture.status_code == 200
    lga = rows[0]["lga_name"]
    heat = browser.get(page, {"reporting": lga}).context["ward_heat"]
    theirs = [row for row in rows if row["lga_name"] == lga]
    assert len(heat["rows"]) == len({row["ward_code"] for row in theirs}) and len(heat["periods"]) == 14
    name, period = theirs[0]["ward_name"], theirs[0]["period"]
    cells = next(row["cells"] for row in heat["rows"] if row["name"] == name)
    assert cells[heat["periods"].index(period)]["value"] == pytest.approx(
        float(theirs[0]["reporting_percent"])
    )
    assert browser.get(page, {"reporting": "nowhere"}).status_code == 404


def test_every_lga_is_on_some_page_of_who_reported_when(committed, alice, tmp_path):
    lgas = HEAT_LGAS + 8
    boundaries = make_state(seed=4, wards=2 * lgas, lgas=lgas)[1]
    # Two states of which each has an LGA of the same name.
    names = sorted(boundaries["lga_name"].unique())
    state = boundaries["lga_name"].map(lambda name: "Kano" if names.index(name) % 2 else "Kaduna")
    same = boundaries["lga_name"].replace({names[1]: names[0]})
    boundaries = boundaries.assign(state_name=state, state_code=None, lga_name=same)
    truth = make_truth(boundaries, months=3)
    export = write_export(make_export(truth, "A", damaged=False), tmp_path / "export.csv")
    session, browser = alice.session(), browse(alice)
    shapes = write_gpkg(boundaries, tmp_path / "wards.gpkg", layer="wards")
    queued = alice.request(session, "tpr", **stored(alice, session, (export, shapes)))
    assert jobs.run_here(alice.user.pk, queued.pk)
    result = alice.result(queued)
    assert result.status == "succeeded", result.error
    page = reverse("tpr_result", args=[session.pk, result.pk])
    shown = [browser.get(page, {"lgas": number}) for number in (1, 2)]
    assert f"All {lgas} LGAs by name" in text_of(shown[0]) and f"{HEAT_LGAS + 1}–{lgas}" in text_of(shown[0])
    heats = [answer.context["heat"] for answer in shown]
    assert [len(heat["rows"]) for heat in heats] == [HEAT_LGAS, 8] and not heats[0]["left_out"]
    rows = [row for heat in heats for row in heat["rows"]]
    assert [row["name"] for row in rows] == heats[0]["lgas"] and len({row["name"] for row in rows}) == lgas
    table = ward_rows(browser, result, "reporting_by_lga.csv")
    known = {(f"{row['lga_name']} ({row['state_name']})", row["period"]): row for row in table}
    for row in rows:
        for period, cell in zip(heats[0]["periods"], row["cells"], strict=True):
            assert cell["value"] == pytest.approx(float(known[row["name"], period]["reporting_percent"]))
    wards = browser.get(page, {"reporting": f"{names[0]} (Kano)"}).context["ward_heat"]
    assert len(wards["rows"]) == (state.eq("Kano") & same.eq(names[0])).sum() > 0
    for wrong in ("0", "3", "-1", "x", "9" * 30):
        assert browser.get(page, {"lgas": wrong}).status_code == 404


def test_the_outpatient_rate_is_a_table_of_its_own_when_asked(committed, alice, made):
    session, browser = alice.session(), browse(alice)
    files = stored(alice, session, made)
    page = reverse("session_tpr", args=[session.pk])
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "outliers": "median"}
    assert browser.post(page, sent | {"outpatient": "yes"}).status_code == 302
    result = work(alice)
    wards = {row["ward_code"]: row for row in ward_rows(browser, result, "wards.csv")}
    assert list(next(iter(wards.values()))) == ["ward_code", "ward_name", "lga_name", "tested", "positive", "tpr_percent",
                                                "tpr_low", "tpr_high", "flags"]  # fmt: skip
    rows = ward_rows(browser, result, "outpatients.csv")
    with_rate = [row for row in rows if row["outpatient_percent"]]
    assert with_rate and len(rows) == WARDS and len(with_rate) == result.summary["outpatients"]["wards"]
    for row in rows:
        high = float(wards[row["ward_code"]]["tpr_percent"] or 0) > 50
        assert bool(row["outpatient_percent"]) == (high and row["urban_percentage"] == "100")
    for row in with_rate:
        share = 100 * float(row["positive"]) / float(row["outpatients"])
        assert float(row["outpatient_percent"]) == pytest.approx(share)
    told = explained(alice, result, "table_outpatients")
    highest = max(with_rate, key=lambda row: float(row["outpatient_percent"]))
    assert (told["n"], told["wards"]) == (len(with_rate), WARDS)
    assert told["highest"] == pytest.approx(float(highest["outpatient_percent"]))
    assert "Positive among outpatients" in text_of(
        browser.get(reverse("tpr_result", args=[session.pk, result.pk]))
    )
    answer = alice.browser().post(
        f"/api/sessions/{session.pk}/results/",
        {
            "kind": "tpr",
            "params": {
                **files,
                "outpatient": True,
                "urban": {"file": files["facilities"], "variable": "evi"},
            },
        },
        "application/json",
    )
    problem(answer, 400, "invalid_request")


def test_the_command_does_the_same(made, tmp_path, capsys):
    export, wards = map(str, made)
    common = ["tpr", "--facilities", export, "--boundaries", wards]
    call_command(*common, "--out", str(tmp_path / "kept"))
    call_command(*common, "--out", str(tmp_path / "done"), "--outliers", "median", "--outpatient")
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"outliers_replaced", "outpatient_rate"} <= {note["code"] for note in figures["notes"]}
    assert not (tmp_path / "kept/outpatients.csv").exists()
    cleaning = json.loads((tmp_path / "done/cleaning.json").read_text())["replaced_counts"]
    listed = pd.read_csv(tmp_path / "done/outliers.csv")
    assert (
        len(cleaning) == len(listed)
        and json.loads((tmp_path / "kept/cleaning.json").read_text())["replaced_counts"] == []
    )
    assert cleaning[0]["old"] == TYPED and cleaning[0]["new"] == listed["median"][0]
    rates = pd.read_csv(tmp_path / "done/outpatients.csv")
    assert rates["outpatient_percent"].notna().any() and set(rates["urban_percentage"]) == {0, 100}
    assert np.array_equal(rates["outpatient_percent"].notna(), rates["flags"] == "outpatient_rate")


def test_without_urban_shares_or_attendance_the_command_says_that_there_is_no_rate(tmp_path, capsys):
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    export = write_export(make_export(make_truth(boundaries, months=14), "B"), tmp_path / "b.csv")
    wards = write_gpkg(boundaries, tmp_path / "wards.gpkg", layer="wards")
    call_command(
        "tpr",
        "--facilities",
        str(export),
        "--boundaries",
        str(wards),
        "--out",
        str(tmp_path / "o"),
        "--outpatient",
    )
    notes = json.loads(capsys.readouterr().out.splitlines()[-1])["notes"]
    assert "no_outpatient_rate" in {note["code"] for note in notes}
    assert pd.read_csv(tmp_path / "o/outpatients.csv")["outpatient_percent"].isna().all()
