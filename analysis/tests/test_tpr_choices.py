"""What is chosen before a run of test positivity: the sheet, the state and the time, each with what stands behind it."""

from dataclasses import replace

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from analysis import tpr_forms
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, ward_rows, work
from analysis.writers.geo import write_gpkg
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "person"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two states, Kano with the more wards, and 15 months."""
    folder = tmp_path_factory.mktemp("choices")
    boundaries = make_state(seed=3, wards=24, lgas=3)[1]
    boundaries["state_name"] = ["Kaduna" if k % 3 == 0 else "Kano" for k in range(24)]
    boundaries["state_code"] = None
    export = make_export(make_truth(boundaries, months=15), "A", damaged=False)
    return export, folder, write_gpkg(boundaries, folder / "wards.gpkg", layer="wards")


@pytest.fixture(scope="module")
def by_sheet(made):
    """One sheet for each year."""
    export, folder, _ = made
    at, path = export.headers.index("periodname"), folder / "years.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for year in ("2021", "2022"):
            sheet = book.add_worksheet(f"Reports {year}")
            rows = [row for row in export.cells if str(row[at]).endswith(year)]
            for number, row in enumerate([export.headers, *rows]):
                sheet.write_row(number, 0, row)
    return path


def newest(someone):
    with scope(someone.user.pk), transaction.atomic():
        return AnalysisResult.objects.filter(kind="tpr").order_by("-created_at").first()


def report_of(someone, pk):
    with scope(someone.user.pk), transaction.atomic():
        return StoredFile.objects.get(pk=pk).report


def test_the_sheet_is_named_with_the_upload_and_another_needs_no_second_sending(
    committed, alice, made, by_sheet
):
    session, browser, api = alice.session(), browse(alice), alice.browser()
    boundaries = str(alice.upload(session, made[2].read_bytes(), made[2].name, "boundaries").pk)
    where = f"/api/sessions/{session.pk}/files/"
    sent = {"kind": "facilities"}
    whole = {"file": SimpleUploadedFile("years.xlsx", by_sheet.read_bytes())}
    asked = problem(api.post(where, sent | whole), 422, "several_sheets")
    assert asked["examples"] == ["Reports 2021", "Reports 2022"]
    whole["file"].seek(0)
    first = api.post(where, sent | whole | {"sheet": "Reports 2021"}).json()
    assert first["report"]["sheets"] == ["Reports 2021", "Reports 2022"]
    page = reverse("session_tpr", args=[session.pk])
    shown = browser.get(page)
    assert "Sheet of the workbook" in text_of(shown) and "need not be sent again" in text_of(shown)
    rows = first["report"]["sheet_rows"]
    assert rows["Reports 2021"] > rows["Reports 2022"] > 0
    assert f"Reports 2022 ({rows['Reports 2022']:,} rows)" in text_of(shown)
    answer = browser.post(
        reverse("session_upload", args=[session.pk]),
        sent | {"again": first["id"], "sheet": "Reports 2022"},
    )
    assert answer.status_code == 302, text_of(answer)
    second = next(file for file in alice.files() if file.report.get("chosen") == "Reports 2022")
    assert str(second.pk) != first["id"] and second.sha256 == first["sha256"]
    assert browser.get(page).context["report"]["rows"] == second.report["rows"] != first["report"]["rows"]
    sent = browser.post(page, {"age_group": "u5", "state": ""})
    assert sent.status_code == 302, text_of(sent)
    done = work(alice)
    assert done.params["facilities"] == str(second.pk) and "sheet" not in done.params
    assert {label[:4] for label in done.summary["periods"]} == {"2022"}
    assert done.summary["reports"] == second.report["rows"]
    told = {row["parameter"]: row["value"] for row in ward_rows(browser, done, "positivity_parameters.csv")}
    assert (told["facilities"], told["facilities_part"]) == ("years.xlsx", "Reports 2022")
    run = {
        "kind": "tpr",
        "params": {"facilities": first["id"], "boundaries": boundaries, "sheet": "Reports 2022"},
    }
    again = api.post(f"/api/sessions/{session.pk}/results/", run, "application/json")
    assert "sheet" in str(problem(again, 400, "invalid_request"))


def test_sheets_without_counts_are_not_offered_and_those_of_an_earlier_upload_all_are():
    counted = {"sheets": ["Y2022", "About", "Y2023"], "sheet_rows": {"Y2022": 1, "Y2023": 3}}
    assert tpr_forms.sheet_choices(counted) == [
        {"name": "Y2022", "rows": 1},
        {"name": "Y2023", "rows": 3},
    ]
    assert tpr_forms.sheet_choices({"sheets": ["Y2022", "About"], "sheet_rows": {"Y2022": 1}}) == []
    # Stored before rows were counted.
    assert [one["rows"] for one in tpr_forms.sheet_choices({"sheets": ["Y2022", "Y2023"]})] == [None, None]


def test_only_ones_own_upload_of_the_kind_is_read_again_and_by_a_named_sheet(
    committed, alice, bob, made, by_sheet
):
    session, api = alice.session(), alice.browser()
    table = SimpleUploadedFile("years.xlsx", by_sheet.read_bytes())
    where = f"/api/sessions/{session.pk}/files/"
    first = api.post(where, {"kind": "facilities", "file": table, "sheet": "Reports 2021"}).json()["id"]
    asked = {"kind": "facilities", "again": first, "sheet": "Reports 2022"}
    theirs = f"/api/sessions/{bob.session().pk}/files/"
    problem(bob.browser().post(theirs, asked), 404, "not_found")
    problem(api.post(f"/api/sessions/{alice.session().pk}/files/", asked), 404, "not_found")
    problem(api.post(where, asked | {"kind": "registration"}), 404, "not_found")
    problem(api.post(where, asked | {"sheet": ""}), 400, "invalid_request")
    problem(api.post(where, asked | {"sheet": "Reports 2023"}), 422, "no_such_sheet")
    problem(api.post(where, {"kind": "facilities", "sheet": "Reports 2022"}), 400, "invalid_request")
    table.seek(0)
    problem(api.post(where, asked | {"file": table}), 400, "invalid_request")
    assert len(alice.files()) == 1
    assert api.post(where, asked).status_code == 201


def test_states_and_times_are_offered_with_their_counts(committed, alice, made, tmp_path):
    export, _, boundaries = made
    session, browser = alice.session(), browse(alice)
    files = stored(alice, session, (write_export(export, tmp_path / "a.csv"), boundaries))
    report = report_of(alice, files["facilities"])
    kaduna, kano = report["counts"]["by_state"]
    assert (kaduna["name"], kano["name"]) == ("Kaduna", "Kano")
    assert kaduna["reports"] + kano["reports"] == report["rows"]
    assert kaduna["tested"] + kano["tested"] == sum(report["counts"]["tested"].values())
    page = reverse("session_tpr", args=[session.pk])
    shown = browser.get(page)
    states = {row["value"]: row["recommended"] for row in shown.context["offered"]["states"]}
    assert states == {"Kaduna": False, "Kano": True} and shown.context["state"] == "Kano"
    words = text_of(shown)
    assert f"{kano['facilities']} facilities" in words and "Each state is a run of its own" in words
    spans = {row["value"]: row["tested"] for row in shown.context["offered"]["spans"]}
    assert len(spans) == 5 + 15 and "2021, quarter 1" in words
    quarter = sum(spans[f"2021-0{month}"] for month in (1, 2, 3))
    assert spans["2021-01..2021-03"] == quarter > 0
    years = {row["value"]: row["tested"] for row in shown.context["offered"]["years"]}
    assert sum(years.values()) == sum(report["counts"]["tested"].values())
    chosen = {"age_group": "all_ages", "period": "all", "span": "2021-01..2021-03", "state": "Kano"}
    assert browser.post(page, chosen).status_code == 302
    done = work(alice)
    assert (done.params["period"], done.params["state"]) == ("2021-01..2021-03", "Kano")
    assert 0 < done.summary["tested"] < quarter
    assert newest(alice).pk == done.pk
    # Chosen again, it stands there chosen.
    again = browser.get(page)
    assert again.context["state"] == "Kano" and again.context["picked"]["period"] == "2021-01..2021-03"


def test_a_register_lends_the_wards_of_a_file_that_names_none(committed, alice, made, tmp_path):
    export, _, boundaries = made
    at = {name: export.headers.index(name) for name in ("HealthFacility", "WardName", "LGA")}
    kept = [k for k in range(len(export.headers)) if k != at["WardName"]]
    bare = replace(
        export,
        headers=[export.headers[k] for k in kept],
        cells=[[row[k] for k in kept] for row in export.cells],
    )
    session, browser = alice.session(), browse(alice)
    files = stored(alice, session, (write_export(bare, tmp_path / "bare.csv"), boundaries))
    page = reverse("session_tpr", args=[session.pk])
    assert report_of(alice, files["facilities"])["unsettled"]["code"] == "no_ward_column"
    entries = {tuple(str(row[k]) for k in at.values()) for row in export.cells}
    lines = ["Facility,Ward,LGA", *(",".join(entry) for entry in sorted(entries))]
    register = alice.upload(session, "\n".join(lines).encode(), "register.csv", "facility_register")
    shown = browser.get(page)
    assert "facility register" in text_of(shown) and shown.context["use_register"]
    sent = browser.post(page, {"age_group": "u5", "state": "", "register": str(register.pk)})
    assert sent.status_code == 302, text_of(sent)
    done = work(alice)
    assert done.params["register"] == str(register.pk) and done.summary["mapped_percent"] == 100
    assert "ward_from_facility_register" in [note["code"] for note in done.summary["notes"]]
    result = browser.get(reverse("tpr_result", args=[session.pk, done.pk]))
    assert "Hot and cold spots" in text_of(result)


def test_dates_that_may_be_either_are_read_as_a_person_says(committed, alice, made, tmp_path):
    """Reports of two months, written 05/03/2024 and 07/04/2024."""
    _, _, wards = made
    boundaries = make_state(seed=3, wards=24, lgas=3)[1]
    lines = [
        "State,LGA,Ward,Facility,period,Persons presenting with fever & tested by RDT <5yrs,Persons tested positive for malaria by RDT <5yrs"
    ]
    for row in boundaries.head(12).itertuples():
        lines += [
            f"Kano,{row.lga_name},{row.ward_name},{row.ward_name} PHC,{day},20,5"
            for day in ("05/03/2024", "07/04/2024")
        ]
    session, browser = alice.session("Dates"), browse(alice)
    files = {
        "facilities": str(alice.upload(session, "\n".join(lines).encode(), "dates.csv", "facilities").pk),
        "boundaries": str(alice.upload(session, wards.read_bytes(), wards.name, "boundaries").pk),
    }
    page = reverse("session_tpr", args=[session.pk])
    assert "Dates such as 03/01/2024 in this file are:" in text_of(browser.get(page))
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all"}
    for dates, periods in (("auto", ["2024-03", "2024-04"]), ("month_first", ["2024-05", "2024-07"])):
        assert browser.post(page, sent | {"dates": dates}).status_code == 302
        result = work(alice)
        assert result.summary["periods"] == periods
        told = {note["code"] for note in result.summary["notes"]}
        assert ("dates_either_way" in told) == (dates == "auto")
    assert 'value="month_first" selected' in browser.get(page).content.decode(), (
        "what was chosen stays chosen"
    )
    answer = alice.browser().post(
        f"/api/sessions/{session.pk}/results/",
        {"kind": "tpr", "params": files | {"dates": "guess"}},
        "application/json",
    )
    problem(answer, 400, "invalid_request")
