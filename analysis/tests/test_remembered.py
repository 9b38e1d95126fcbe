"""What one person confirmed is used with the next file, said there, forgotten on request, and never another's."""

import pandas as pd
import pytest
from django.db import transaction

from analysis import remembered
from analysis.known_names import aliases_for
from analysis.models import RememberedColumns, RememberedName
from analysis.synthetic import make_state
from analysis.tests.hostile_exports import HEADER, Export, written
from analysis.writers.geo import write_gpkg
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "person"]
ODD = "Headquarters clinic area"


@pytest.fixture(scope="module")
def boundaries():
    return make_state(seed=5, wards=12, lgas=2)[1]


@pytest.fixture(scope="module")
def map_file(boundaries, tmp_path_factory):
    return write_gpkg(boundaries, tmp_path_factory.mktemp("map") / "wards.gpkg", layer="wards")


@pytest.fixture
def odd_export(boundaries, tmp_path):
    """An export in which one ward has a name that no map has, and a column that no rule knows as the ward."""
    export = Export(boundaries[["ward_code", "ward_name", "lga_name", "state_name"]].to_dict("records"))
    for row in export.rows[:6]:
        row[2] = ODD
    header = ["Place of work" if name == "Ward" else name for name in HEADER]
    return written(export, tmp_path / "export.xlsx", header)


def run(someone, session, kind, **params):
    api = someone.browser()
    answer = api.post(
        f"/api/sessions/{session.pk}/results/", {"kind": kind, "params": params}, "application/json"
    )
    assert answer.status_code in (201, 202), answer.content
    with scope(someone.user.pk), transaction.atomic():
        queued = AnalysisResult.objects.get(pk=answer.json()["id"])
    jobs.run_here(someone.user.pk, queued.pk)
    return someone.result(queued)


def fresh(someone, odd_export, map_file):
    """Another session with the same kind of file, as in the next month."""
    session = someone.session()
    files = {
        kind: str(someone.upload(session, path.read_bytes(), path.name, kind).pk)
        for kind, path in (("facilities", odd_export), ("boundaries", map_file))
    }
    return session, files


def taught(someone, odd_export, map_file, boundaries):
    """A first run with corrected columns and one confirmed name."""
    session, files = fresh(someone, odd_export, map_file)
    asked = files | {"mapping": {"ward": "Place of work"}}
    waiting = run(someone, session, "tpr", **asked)
    assert waiting.status == "succeeded", waiting.error
    rows = [row for row in waiting.summary["unmatched_rows"] if row["table_name"] == ODD]
    assert len(rows) == 1
    pair = {"table_row": rows[0]["table_row"], "ward_code": boundaries["ward_code"].iloc[0]}
    done = run(someone, session, "tpr", **asked, confirmed=[pair])
    assert done.status == "succeeded", done.error
    return done


def test_the_next_file_of_the_layout_needs_no_word(alice, odd_export, map_file, boundaries):
    first = taught(alice, odd_export, map_file, boundaries)
    session, files = fresh(alice, odd_export, map_file)
    browser = browse(alice)
    page = text_of(browser.get(f"/sessions/{session.pk}/facilities/"))
    assert "As you corrected it for a file with the same columns" in page
    assert '<option value="Place of work" selected>' in page

    again = run(alice, session, "tpr", **files)
    assert again.status == "succeeded", again.error
    assert again.params["mapping"] == {"ward": "Place of work"}
    assert [name["name"] for name in again.params["known_names"]] == [ODD]
    for figure in ("tested", "positive", "wards_with_tpr"):
        assert again.summary[figure] == first.summary[figure]
    notes = {note["code"]: note for note in again.summary["notes"]}
    assert ODD in notes["known_names_used"]["examples"][0]
    assert "What we remember" in text_of(browser.get(f"/sessions/{session.pk}/facilities/{again.pk}/"))


def test_what_is_forgotten_is_not_used_and_results_keep_what_they_used(
    alice, odd_export, map_file, boundaries
):
    taught(alice, odd_export, map_file, boundaries)
    session, files = fresh(alice, odd_export, map_file)
    used = run(alice, session, "tpr", **files)
    browser, api = browse(alice), alice.browser()
    names = api.get("/api/remembered/names/").json()["results"]
    assert [(row["name"], row["ward_code"]) for row in names] == [(ODD, boundaries["ward_code"].iloc[0])]
    page = text_of(browser.get("/remembered/"))
    assert ODD in page
    assert "ward = <bdi>Place of work</bdi>" in page
    assert browser.post(f"/remembered/names/{names[0]['id']}/forget/").status_code == 302
    layouts = api.get("/api/remembered/columns/").json()["results"]
    assert api.delete(f"/api/remembered/columns/{layouts[0]['id']}/").status_code == 204
    assert ODD not in text_of(browser.get("/remembered/")).replace(f"“{ODD}” is forgotten", "")

    session, files = fresh(alice, odd_export, map_file)
    unknown = run(alice, session, "tpr", **files)
    assert (unknown.status, unknown.error["code"]) == ("failed", "no_ward_column")
    assert len(alice.result(used).params["known_names"]) == 1


def test_an_empty_list_and_an_empty_mapping_use_nothing(alice, odd_export, map_file, boundaries):
    taught(alice, odd_export, map_file, boundaries)
    session, files = fresh(alice, odd_export, map_file)
    plain = run(alice, session, "tpr", **files, known_names=[], mapping={"ward": "Place of work"})
    assert plain.status == "succeeded", plain.error
    assert [row["table_name"] for row in plain.summary["unmatched_rows"]] == [ODD]
    assert run(alice, session, "tpr", **files, mapping={}).error["code"] == "no_ward_column"


def test_a_ward_table_profits_from_names_of_facility_reports(alice, odd_export, map_file, boundaries):
    taught(alice, odd_export, map_file, boundaries)
    wards = boundaries[["ward_name", "lga_name"]].assign(rain=range(12), pfpr=[k / 20 for k in range(12)])
    wards.loc[0, "ward_name"] = ODD
    session = alice.session()
    table = alice.upload(session, wards.to_csv(index=False).encode(), "wards.csv", "ward_table")
    shapes = alice.upload(session, map_file.read_bytes(), map_file.name, "boundaries")
    done = run(alice, session, "dataset", ward_table=str(table.pk), boundaries=str(shapes.pk))
    assert done.status == "succeeded", done.error
    assert done.summary["accepted"] == 12
    assert "known_names_used" in {note["code"] for note in done.summary["notes"]}
    page = text_of(browse(alice).get(f"/sessions/{session.pk}/check/"))
    assert "you confirmed this name before" in page
    # Its person says that it was wrong: the name is forgotten with the decision.
    pair = {"table_row": 2, "ward_code": None}
    run(alice, session, "dataset", ward_table=str(table.pk), boundaries=str(shapes.pk), confirmed=[pair])
    assert alice.browser().get("/api/remembered/names/").json()["results"] == []


def test_nobody_else_profits_or_forgets(alice, bob, odd_export, map_file, boundaries):
    taught(alice, odd_export, map_file, boundaries)
    session, files = fresh(bob, odd_export, map_file)
    result = run(bob, session, "tpr", **files)
    assert (result.status, result.error["code"]) == ("failed", "no_ward_column")
    assert "known_names" not in result.params
    assert ODD not in text_of(browse(bob).get("/remembered/"))
    with scope(alice.user.pk), transaction.atomic():
        name, columns = RememberedName.objects.get(), RememberedColumns.objects.get()
    api, pages = bob.browser(), browse(bob)
    problem(api.delete(f"/api/remembered/names/{name.pk}/"), 404, "not_found")
    problem(api.delete(f"/api/remembered/columns/{columns.pk}/"), 404, "not_found")
    assert pages.post(f"/remembered/names/{name.pk}/forget/").status_code == 404
    assert pages.post(f"/remembered/columns/{columns.pk}/forget/").status_code == 404
    with scope(alice.user.pk), transaction.atomic():
        assert RememberedName.objects.count() == RememberedColumns.objects.count() == 1


def test_a_code_alone_does_not_carry_a_name_to_another_map():
    """Maps without codes number their wards: w0001 is another ward in each."""
    known = [{"name": "HQ", "lga": "Offa", "ward_code": "w0001", "ward_name": "Afon", "ward_lga": "Asa"}]
    same = pd.DataFrame(
        {"ward_code": ["w0001", "w0002"], "ward_name": ["Afon", "Oke"], "lga_name": ["Asa", "Asa"]}
    )
    moved = same.assign(ward_code=["w0007", "w0001"])
    other = same.assign(ward_name=["Gana", "Titi"])
    twice = pd.concat([moved, moved.assign(ward_code=["x1", "x2"])], ignore_index=True)
    assert aliases_for(known, same)["ward_code"].tolist() == ["w0001"]
    assert aliases_for(known, moved)["ward_code"].tolist() == ["w0007"]
    assert aliases_for(known, other) is None
    assert aliases_for(known, twice) is None
    assert aliases_for([], same) is None


def test_the_layout_is_its_columns_in_any_order():
    assert remembered.layout_of(["a", "b"]) == remembered.layout_of(["b", "a"])
    assert remembered.layout_of(["a", "b"]) != remembered.layout_of(["a", "c"])
    assert remembered.name_key("Zone IV Ward", "Asa LGA") == remembered.name_key("zone 4", "Asa")
