"""From facility reports to the ward table, through the pages and the API, by two people who never meet."""

import csv
import io
import re

import geopandas as gpd
import pytest
import python_calamine
from django.db import transaction
from django.urls import reverse

from analysis import tpr_params
from analysis.core.tpr import positivity, schema
from analysis.management.commands import tpr as command
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.writers.geo import write_gpkg
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, ResultParent, StoredFile
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, people, person, problem

__all__ = ["alice", "bob", "committed", "person"]
WARDS = 24


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dhis2")
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    truth = make_truth(boundaries, months=30)
    path = write_export(make_export(truth, "B"), folder / "export.csv")
    return path, write_gpkg(boundaries, folder / "wards.gpkg", layer="wards")


def stored(someone, session, made):
    """Upload both files; return their ids."""
    return {
        kind: str(someone.upload(session, path.read_bytes(), path.name, kind).pk)
        for kind, path in zip(("facilities", "boundaries"), made, strict=True)
    }


def work(someone) -> AnalysisResult:
    with scope(someone.user.pk), transaction.atomic():
        queued = AnalysisResult.objects.filter(status="queued").get()
    assert jobs.run_here(someone.user.pk, queued.pk)
    done = someone.result(queued)
    assert done.status == "succeeded", done.error
    return done


@pytest.fixture(scope="module")
def carol(made, django_db_setup, django_db_blocker):
    """Carol, who computed test positivity through the pages."""
    with django_db_blocker.unblock(), people() as make:
        someone = make("carol")
        browser, session = browse(someone), someone.session("DHIS2")
        stored(someone, session, made)
        page = reverse("session_tpr", args=[session.pk])
        shown = text_of(browser.get(page))
        assert "Repeated column" in shown and "recommended" in shown
        sent = browser.post(page, {"age_group": "u5", "level": "all", "method": "pooled", "period": "all",
                                   "map:ward": "Ward", "positive_above_tested": "exclude"})  # fmt: skip
        assert sent.status_code == 302, text_of(sent)
        yield someone, browser, session, work(someone)


def test_facility_reports_lead_on_without_a_ward_table(alice, made):
    session, browser = alice.session("From reports"), browse(alice)
    page = reverse("session_data", args=[session.pk])
    alice.upload(session, made[0].read_bytes(), made[0].name, "facilities")
    shown = browser.get(page)
    assert "Still missing: the ward boundaries." in text_of(shown)
    assert (
        reverse("session_tpr", args=[session.pk])
        in shown.content.decode().partition('class="primary-bar"')[2]
    )
    alice.upload(session, made[1].read_bytes(), made[1].name, "boundaries")
    shown = text_of(browser.get(page))
    assert "Still missing" not in shown and "Go on to the facility reports" in shown


def test_many_notes_are_folded_and_say_how_many_want_a_look(done):
    _, browser, session, result = done
    notes = result.summary["notes"]
    warnings = sum(note["severity"] == "warning" for note in notes)
    assert len(notes) > 5 and 0 < warnings < len(notes)
    shown = text_of(browser.get(reverse("tpr_result", args=[session.pk, result.pk])))
    assert f"{len(notes)} notes on this data · {warnings} to look at" in shown


@pytest.fixture
def done(carol, committed):
    return carol


def download(browser, result, name):
    with scope(result.owner_id), transaction.atomic():
        file = StoredFile.objects.get(result_id=result.pk, name=name)
    answer = browser.get(reverse("file_download", args=[file.pk]))
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def ward_rows(browser, result, name):
    return list(csv.DictReader(io.StringIO(download(browser, result, name).decode("utf-8-sig"))))


def test_the_result_shows_wards_combinations_and_reporting(done):
    _, browser, session, result = done
    page = text_of(browser.get(reverse("tpr_result", args=[session.pk, result.pk])))
    for words in ("All combinations", "Who reported when", "Use as the ward table", "95 % interval"):
        assert words in page
    assert len({(row["age_group"], row["level"]) for row in result.summary["combinations"]}) == 16
    wards = ward_rows(browser, result, "wards.csv")
    assert len(wards) == WARDS
    assert sum(float(row["tested"] or 0) for row in wards) == result.summary["tested"]
    for row in wards:
        assert bool(row["tpr_percent"]) == (row["tested"] not in ("", "0"))


def test_the_downloads_say_which_result_they_are_of_and_in_which_units(done, tmp_path):
    _, browser, session, result = done
    told = {row["parameter"]: row["value"] for row in ward_rows(browser, result, "positivity_parameters.csv")}
    uploads = {str(pk): digest for pk, digest in result.input_hashes.items()}
    assert told["result"] == str(result.pk) and told["facilities"] == "export.csv"
    assert told["facilities_sha256"] == uploads[result.params["facilities"]]
    assert told["boundaries_sha256"] == uploads[result.params["boundaries"]]
    assert told["age_group"] == "u5" and "% of the tested" in told["units"] and told["population"] == "none"
    meant = {
        (row["file"], row["column"]): row["unit"]
        for row in ward_rows(browser, result, "positivity_columns.csv")
    }
    assert meant["", "tpr_percent"] == "% of the tested" and meant["", "tested"] == "persons"
    assert meant["unusual_months.csv", "value"] != meant["outliers.csv", "value"] == "persons"
    with scope(result.owner_id), transaction.atomic():
        names = StoredFile.objects.filter(result_id=result.pk, name__endswith=".csv")
        tables = [file.name for file in names if not file.name.startswith("positivity_")]
    assert {
        "facilities.csv",
        "quality.csv",
        "trends.csv",
        "lga_series.csv",
        "hotspots.csv",
        "ward_table.csv",
    } <= set(tables)
    for name in tables:
        header = next(csv.reader(io.StringIO(download(browser, result, name).decode("utf-8-sig"))))
        assert [column for column in header if not {("", column), (name, column)} & set(meant)] == [], name
    assert {file for file, _ in meant} - {""} <= set(tables)
    for row in ward_rows(browser, result, "lgas.csv"):
        assert (row["result_id"], row["source"]) == (str(result.pk), "export.csv") and row["units"]
    book = python_calamine.load_workbook(io.BytesIO(download(browser, result, "wards.xlsx")))
    assert book.sheet_names == ["Wards", "LGAs", "Columns", "Parameters", "Notes"]
    assert ["result", str(result.pk)] in book.get_sheet_by_name("Parameters").to_python()
    path = tmp_path / "wards.gpkg"
    path.write_bytes(download(browser, result, "wards.gpkg"))
    assert len(gpd.read_file(path, layer="wards")) == WARDS
    about = gpd.read_file(path, layer="about").set_index("parameter")["value"]
    assert about["result"] == str(result.pk)
    columns = gpd.read_file(path, layer="columns").set_index("column")["unit"]
    assert columns["tpr_percent"] == "% of the tested"
    page = browser.get(reverse("tpr_result", args=[session.pk, result.pk])).content.decode()
    assert all(name in page for name in ("wards.xlsx", "wards.gpkg", "positivity_parameters.csv"))


def test_all_combinations_stand_on_a_page_that_can_be_narrowed(done, bob):
    _, browser, session, result = done
    page = reverse("tpr_compare", args=[session.pk, result.pk])
    shown = browser.get(page)
    # Of the tests and time of the result: four age groups times four facility levels, with counts and interval.
    assert shown.context["rows_count"] == 16
    words = text_of(shown)
    assert "95 % interval" in words and "RDT only" in words and "Every LGA" in words
    assert "/explain/table_combinations/" in shown.content.decode()
    assert all(row["tested"] and row["tpr_low"] is not None for row in shown.context["rows"])
    everything = dict.fromkeys(("age_group", "level", "method", "period"), "every")
    kinds = browser.get(page, everything).context["filters"]
    assert [len(one["options"]) for one in kinds] == [4, 4, 3, 4]
    assert browser.get(page, everything).context["rows_count"] == 16 * 3 * 4
    one = {"age_group": "u5", "level": "all", "method": "rdt", "period": "2022"}
    lgas = browser.get(page, one | {"place": "lgas"}).context["rows"]
    assert len(lgas) == 3
    (whole,) = browser.get(page, one).context["rows"]
    assert sum(row["tested"] for row in lgas) == whole["tested"]
    assert browser.get(page, one | {"place": "1"}).context["rows"] == [lgas[1]]
    for wrong in ({"place": "99"}, {"method": "guess"}, {"period": "1999"}):
        assert browser.get(page, wrong).status_code == 404
    assert browse(bob).get(page).status_code == 404


def test_the_ward_table_goes_on_to_the_ranking(done):
    someone, browser, session, result = done
    sent = browser.post(reverse("tpr_hand_over", args=[session.pk, result.pk]))
    assert sent.status_code == 302, text_of(sent)
    dataset = work(someone)
    assert dataset.kind == "dataset" and dataset.summary["accepted"] == WARDS
    variables = {row["variable"]: row for row in dataset.summary["variables"]}
    assert variables["u5_tpr_rdt"]["outcome"] and variables["u5_tpr_rdt"]["included"]
    handed = ward_rows(browser, result, "ward_table.csv")
    assert variables["u5_tpr_rdt"]["missing"] == sum(not row["u5_tpr_rdt"] for row in handed)


def test_another_choice_is_another_result_and_the_first_stays(done):
    someone, browser, session, result = done
    page = reverse("session_tpr", args=[session.pk])
    sent = browser.post(
        page, {"age_group": "all_ages", "level": "primary", "method": "rdt", "period": "2022"}
    )
    assert sent.status_code == 302, text_of(sent)
    other = work(someone)
    assert other.summary["tested"] != result.summary["tested"]
    assert browser.get(reverse("tpr_result", args=[session.pk, result.pk])).status_code == 200


def test_one_merge_of_several_is_taken_back_on_the_page(done):
    someone, browser, session, result = done
    page = reverse("session_tpr", args=[session.pk])
    merges = browser.get(page).context["report"]["cleaning"]["merges"]
    taken = next(merge["column"] for merge in merges if "<5" in merge["column"])
    assert len(merges) == 4
    choice = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "map:ward": "Ward"}
    assert browser.post(page, choice | {"undo": [taken]}).status_code == 302
    other = work(someone)
    told = {merge["column"]: merge["undone"] for merge in other.summary["cleaning"]["merges"]}
    assert [column for column, undone in told.items() if undone] == [taken]
    assert other.params["undo"] == [taken] and other.summary["tested"] < result.summary["tested"]
    # What was stays as it was, and the box stays ticked.
    assert someone.result(result).summary["tested"] == result.summary["tested"]
    assert browser.get(page).context["undone"] == {taken}


def test_a_strangers_result_does_not_exist(done, bob):
    _, _, session, result = done
    theirs = browse(bob)
    mine = bob.session()
    for name, arguments in (
        ("session_tpr", [session.pk]),
        ("tpr_result", [session.pk, result.pk]),
        ("tpr_result", [mine.pk, result.pk]),
    ):
        assert theirs.get(reverse(name, args=arguments)).status_code == 404
    for name in ("tpr_result", "tpr_hand_over"):
        assert theirs.post(reverse(name, args=[session.pk, result.pk]), {}).status_code == 404
    assert theirs.get(reverse("tpr_hand_over", args=[mine.pk, result.pk])).status_code == 405


def test_two_people_compute_the_same_and_never_meet(done, alice, made):
    _, _, _, result = done
    session = alice.session()
    files = stored(alice, session, made)
    api = alice.browser()
    where = f"/api/sessions/{session.pk}/results/"
    answer = api.post(where, {"kind": "tpr", "params": files}, "application/json")
    assert answer.status_code == 202, answer.content
    found = work(alice)
    assert found.summary["tested"] == result.summary["tested"] and found.pk != result.pk
    stolen = {**files, "facilities": result.params["facilities"]}
    problem(api.post(where, {"kind": "tpr", "params": stolen}, "application/json"), 400, "invalid_request")
    assert api.get(f"/api/results/{result.pk}/").status_code == 404


def test_doubtful_wards_wait_for_an_answer(committed, alice, made, tmp_path):
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    respelt = boundaries.assign(ward_name=[f"{name}na" for name in boundaries["ward_name"]])
    export = write_export(make_export(make_truth(respelt, months=14), "B"), tmp_path / "b.csv")
    session = alice.session()
    files = stored(alice, session, (export, write_gpkg(respelt, tmp_path / "w.gpkg", layer="wards")))
    first = alice.request(session, "tpr", **files)
    assert jobs.run_here(alice.user.pk, first.pk)
    first = alice.result(first)
    assert first.status == "succeeded", first.error
    doubtful = first.summary["review_rows"]
    assert doubtful and first.summary["blocked"] == (first.summary["mapped_percent"] < 70)
    browser = browse(alice)
    sent = browser.post(
        reverse("tpr_result", args=[session.pk, first.pk]),
        {f"row-{row['table_row']}": "yes" for row in doubtful},
    )
    assert sent.status_code == 302, text_of(sent)
    second = work(alice)
    assert (
        second.summary["review"] == 0 and second.summary["mapped_percent"] > first.summary["mapped_percent"]
    )


def test_what_cannot_be_computed_says_why(committed, alice, made):
    session = alice.session()
    files = stored(alice, session, made)
    api = alice.browser()
    where = f"/api/sessions/{session.pk}/results/"
    for wrong in (
        {"age_group": "adults"},
        {"mapping": {"tests": "Ward"}},
        {"period": "soon"},
        {"period": "2024-1"},
        {"period": "2024-13"},
        {"period": "2024-06..2024-01"},
        {"undo": "all"},
    ):
        answer = api.post(where, {"kind": "tpr", "params": {**files, **wrong}}, "application/json")
        problem(answer, 400, "invalid_request")
    queued = alice.request(session, "tpr", **files, period="2019")
    assert jobs.run_here(alice.user.pk, queued.pk)
    failed = alice.result(queued)
    assert failed.status == "failed" and failed.error["code"] == "no_such_period"
    queued = alice.request(session, "tpr", **files, undo=["nonsense"])
    assert jobs.run_here(alice.user.pk, queued.pk)
    assert alice.result(queued).error["code"] == "unknown_merge"


def test_the_names_written_out_are_those_of_the_computation():
    assert tpr_params.AGE_GROUPS == positivity.AGE_GROUPS == command.AGE_GROUPS
    assert tpr_params.LEVELS == positivity.FACILITY_LEVELS == command.LEVELS
    assert tpr_params.METHODS == positivity.TEST_METHODS == command.METHODS
    assert sorted(tpr_params.FIELDS) == sorted(schema.FIELDS)


def step_of(browser, session, code):
    """The state of a step in the bar, as the page words it."""
    page = browser.get(reverse("session_tpr", args=[session.pk]))
    return next(step.state for step in page.context["steps"] if step.code == code)


def test_a_newer_positivity_makes_the_dataset_and_its_ranking_out_of_date(committed, alice, made):
    session, browser = alice.session(), browse(alice)
    files = stored(alice, session, made)
    first = alice.request(session, "tpr", **files)
    assert jobs.run_here(alice.user.pk, first.pk)
    browser.post(reverse("tpr_hand_over", args=[session.pk, first.pk]))
    dataset = work(alice)
    with scope(alice.user.pk), transaction.atomic():
        links = set(ResultParent.objects.filter(result_id=dataset.pk).values_list("parent_id", flat=True))
    assert links == {first.pk} and str(first.pk) in dataset.input_hashes
    # Matching the same table again keeps the link: it follows from the table.
    browser.post(reverse("session_check", args=[session.pk]), {"action": "match"})
    again = work(alice)
    assert again.kind == "dataset" and again.params["tpr"] == str(first.pk)
    names = ["u5_tpr_rdt", "reporting_percent", "total_tested"]
    ranking = alice.request(session, "risk", dataset=str(again.pk), variables=names)
    assert jobs.run_here(alice.user.pk, ranking.pk)
    assert alice.result(ranking).status == "succeeded", alice.result(ranking).error
    api = alice.browser()
    assert api.get(f"/api/results/{again.pk}/").json()["parents"] == [str(first.pk)]

    def stale():
        return [api.get(f"/api/results/{result.pk}/").json()["stale"] for result in (again, ranking)]

    assert stale() == [False, False]
    assert step_of(browser, session, "dataset") == "done"
    other = alice.request(session, "tpr", **files, age_group="o5")
    assert stale() == [False, False], "a run that has not ended replaces nothing"
    assert jobs.run_here(alice.user.pk, other.pk)
    assert stale() == [True, True]
    assert (step_of(browser, session, "dataset"), step_of(browser, session, "risk")) == ("stale", "stale")
    assert "newest test positivity" in text_of(browser.get(reverse("session_check", args=[session.pk])))
    browser.post(reverse("tpr_hand_over", args=[session.pk, other.pk]))
    assert work(alice).params["tpr"] == str(other.pk)
    assert step_of(browser, session, "dataset") == "done" and stale() == [True, True]


def test_a_ward_table_goes_on_with_the_map_of_its_run_and_not_without_it(committed, alice, made, tmp_path):
    session, browser, api = alice.session(), browse(alice), alice.browser()
    files = stored(alice, session, made)
    run = alice.request(session, "tpr", **files)
    assert jobs.run_here(alice.user.pk, run.pk)
    other = write_gpkg(make_state(seed=4, wards=WARDS, lgas=3)[1], tmp_path / "other.gpkg", layer="wards")
    newer = alice.upload(session, other.read_bytes(), other.name, "boundaries")
    page = reverse("tpr_hand_over", args=[session.pk, run.pk])
    assert browser.post(page).status_code == 302
    assert work(alice).params["boundaries"] == files["boundaries"] != str(newer.pk)
    tables = [file for file in alice.files() if file.kind == "ward_table"]
    for pk in (files["boundaries"], newer.pk):
        assert api.delete(f"/api/files/{pk}/?confirm=true").status_code == 204
        refused = browser.post(page)
        assert refused.status_code == 410 and "no longer there" in text_of(refused)
    assert [file for file in alice.files() if file.kind == "ward_table"] == tables


def test_a_ward_table_of_ones_own_depends_on_no_positivity(committed, alice, made):
    session = alice.session()
    files = stored(alice, session, made)
    first = alice.request(session, "tpr", **files)
    assert jobs.run_here(alice.user.pk, first.pk)
    table = make_state(seed=3, wards=WARDS, lgas=3)[0].to_csv(index=False).encode()
    own = alice.upload(session, table, "own.csv", "ward_table")
    params = {"ward_table": str(own.pk), "boundaries": files["boundaries"]}
    assert "tpr" not in alice.request(session, "dataset", **params).params
    api = alice.browser()
    answer = api.post(
        f"/api/sessions/{session.pk}/results/",
        {"kind": "dataset", "params": params | {"tpr": str(first.pk)}},
        "application/json",
    )
    assert "not made from this result" in answer.content.decode() and answer.status_code == 400


def test_the_trends_page_shows_every_lga_and_the_place_asked_for(done, bob):
    _, browser, session, result = done
    page = reverse("tpr_trends", args=[session.pk, result.pk])
    shown = browser.get(page)
    assert shown.status_code == 200
    assert len(shown.context["pictures"]) == 3 and shown.context["wards_count"] == WARDS
    lgas = ward_rows(browser, result, "lga_trends.csv")
    assert [row["lga_name"] for row in lgas] == sorted(row["lga_name"] for row in lgas)
    wards = ward_rows(browser, result, "trends.csv")
    first = wards[0]
    words = text_of(browser.get(page, {"ward": first["ward_code"]}))
    for said in (first["ward_name"], "Month by month", "Unusual months", "Mann–Kendall", "points a year"):
        assert said in words
    # The months of all wards of an LGA add up to the months of the LGA.
    months = [row for row in ward_rows(browser, result, "ward_series.csv") if row["span"] == "month"]
    theirs = [row for row in ward_rows(browser, result, "lga_series.csv") if row["span"] == "month"]
    for row in theirs[:5]:
        same = [
            point
            for point in months
            if (point["lga_name"], point["period"]) == (row["lga_name"], row["period"])
        ]
        assert sum(float(point["tested"]) for point in same) == float(row["tested"])
    assert sum(float(row["positive"]) for row in theirs) == result.summary["positive"]
    assert browser.get(page, {"lga": "1"}).context["place"]["name"] == lgas[1]["lga_name"]
    # A ward left over from the LGA chosen before is dropped.
    other = next(k for k, row in enumerate(lgas) if row["lga_name"] != first["lga_name"])
    assert browser.get(page, {"lga": other, "ward": first["ward_code"]}).context["ward"] is None
    for wrong in ({"lga": "99"}, {"ward": "nowhere"}, {"lga": "x"}):
        assert browser.get(page, wrong).status_code == 404
    assert browse(bob).get(page).status_code == 404


def test_every_year_has_a_map_with_the_same_classes(done):
    _, browser, session, result = done
    page = reverse("tpr_trends", args=[session.pk, result.pk])
    shown = browser.get(page)
    years = [
        name.removeprefix("tpr_")
        for name in ward_rows(browser, result, "trends.csv")[0]
        if re.fullmatch(r"tpr_\d{4}", name)
    ]
    assert len(years) >= 2 and shown.context["years"] == sorted(years) and shown.context["year"] == max(years)
    legends = set()
    wards = ward_rows(browser, result, "trends.csv")
    for year in years:
        file = browser.get(page, {"year": year}).context["year_file"]
        answer = browser.get(reverse("file_download", args=[file.pk]))
        svg = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        legend = svg[svg.index('<g id="legend"') : svg.index('<g id="scale"')]
        legends.add(tuple(re.findall(r"fill=\"(#\w+)\" stroke=[^>]*/><text[^>]*>([^<]+)<", legend)))
        known = sum(bool(row[f"tpr_{year}"]) for row in wards)
        assert sum(int(count) for count in re.findall(r">(\d+) wards?<", legend)) == len(wards)
        assert (f">{len(wards) - known} ward" in legend) == (known < len(wards))
    assert len({tuple(row for row in legend if row[1] != "No data") for legend in legends}) == 1
    assert browser.get(page, {"year": "x"}).context["year"] == max(years)


def test_an_export_without_dates_says_that_there_are_no_trends(committed, alice, made, tmp_path):
    path = tmp_path / "undated.csv"
    rows = list(csv.reader(io.StringIO(made[0].read_text(encoding="utf-8"))))
    rows = rows if any(rows[0]) else rows[1:]
    kept = [k for k, name in enumerate(rows[0]) if "period" not in name.lower()]
    assert len(kept) < len(rows[0])
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([row[k] for k in kept] for row in rows)
    session = alice.session()
    first = alice.request(session, "tpr", **stored(alice, session, (path, made[1])))
    assert jobs.run_here(alice.user.pk, first.pk)
    assert alice.result(first).status == "succeeded", alice.result(first).error
    page = text_of(browse(alice).get(reverse("tpr_trends", args=[session.pk, first.pk])))
    assert "name no month or year" in page


def test_a_session_of_facility_reports_opens_where_the_work_stands(committed, alice, made):
    """Its ward table comes out of the reports: nobody is asked for one."""
    browser, session = browse(alice), alice.session("Reports")
    detail, page = f"/sessions/{session.pk}/", reverse("session_tpr", args=[session.pk])
    assert browser.get(detail)["Location"] == reverse("session_data", args=[session.pk])
    files = stored(alice, session, made)
    assert browser.get(detail)["Location"] == page
    alice.request(session, "tpr", **files)
    work(alice)
    assert browser.get(detail)["Location"] == page
    assert "see the wards" in text_of(browser.get(page))
