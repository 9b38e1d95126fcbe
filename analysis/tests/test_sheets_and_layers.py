"""Workbooks of several sheets and maps of several layers: which one is meant is asked, and the answer is kept."""

import base64
import hashlib
import io

import geopandas as gpd
import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from analysis.synthetic import make_state
from analysis.tests.test_runs import compute
from sessions_app.resumable import HEAD_BYTES
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person, problem

__all__ = ["alice", "committed", "person"]


@pytest.fixture(scope="module")
def state():
    return make_state(seed=5, wards=40, lgas=4)


@pytest.fixture(scope="module")
def workbook(state) -> bytes:
    """Two sheets of the same wards; the rain of the second is the one that is meant."""
    table, sink = state[0], io.BytesIO()
    with pd.ExcelWriter(sink) as book:
        table.assign(rainfall=1.0 + table["rainfall"].rank()).to_excel(book, sheet_name="Draft", index=False)
        table.to_excel(book, sheet_name="Final & checked", index=False)
        pd.DataFrame({"note": ["no wards here"]}).to_excel(book, sheet_name="Read me", index=False)
    return sink.getvalue()


@pytest.fixture(scope="module")
def package(state, tmp_path_factory) -> bytes:
    """A GeoPackage of wards and of their LGAs."""
    path, boundaries = tmp_path_factory.mktemp("map") / "both.gpkg", state[1]
    boundaries.to_file(path, layer="wards", driver="GPKG")
    lgas = boundaries.dissolve("lga_name", as_index=False).assign(ward_name=lambda frame: frame["lga_name"])
    gpd.GeoDataFrame(lgas).to_file(path, layer="lgas", driver="GPKG")
    return path.read_bytes()


def send(api, session, kind, name, content, **named):
    file = SimpleUploadedFile(name, content)
    return api.post(f"/api/sessions/{session.pk}/files/", {"kind": kind, "file": file} | named)


def test_the_api_names_the_sheets_and_takes_the_answer(alice, state, workbook, package):
    api, session = alice.browser(), alice.session()
    asked = problem(send(api, session, "ward_table", "wards.xlsx", workbook), 422, "several_sheets")
    assert asked["examples"] == ["Draft", "Final & checked"] and "which sheet" in asked["fix"]
    asked = problem(send(api, session, "boundaries", "map.gpkg", package), 422, "several_layers")
    assert set(asked["examples"]) == {"wards", "lgas"}
    assert (alice.files(), alice.objects()) == ([], [])

    table = send(api, session, "ward_table", "wards.xlsx", workbook, sheet="Final & checked").json()
    shapes = send(api, session, "boundaries", "map.gpkg", package, layer="wards").json()
    assert (table["report"]["sheet"], shapes["report"]["layer"]) == ("Final & checked", "wards")
    assert (table["report"]["wards"], shapes["report"]["wards"]) == (40, 40)
    params = {"ward_table": table["id"], "boundaries": shapes["id"]}
    dataset = compute(alice, api, str(session.pk), "dataset", params)
    assert dataset["status"] == "succeeded", dataset["error"]
    rain = next(row for row in dataset["summary"]["variables"] if row["variable"] == "rainfall")
    assert rain["max"] == pytest.approx(state[0]["rainfall"].max())


@pytest.mark.parametrize(
    ("kind", "name", "named", "status", "code"),
    [
        ("ward_table", "wards.xlsx", {"sheet": "Finale"}, 422, "no_such_sheet"),
        ("ward_table", "wards.csv", {"sheet": "Draft"}, 422, "no_such_sheet"),
        ("ward_table", "wards.xlsx", {"layer": "Draft"}, 400, "invalid_request"),
        ("boundaries", "map.gpkg", {"layer": "states"}, 422, "no_such_layer"),
        ("boundaries", "map.gpkg", {"sheet": "wards"}, 400, "invalid_request"),
    ],
)
def test_a_name_that_is_not_there_is_refused(
    alice, state, workbook, package, kind, name, named, status, code
):
    content = {
        "wards.xlsx": workbook,
        "map.gpkg": package,
        "wards.csv": state[0].to_csv(index=False).encode(),
    }[name]
    api, session = alice.browser(), alice.session()
    refused = problem(send(api, session, kind, name, content, **named), status, code)
    if code == "no_such_sheet" and name == "wards.xlsx":
        assert "Final & checked" in refused["examples"]
    if code == "no_such_layer":
        assert set(refused["examples"]) == {"wards", "lgas"}
    assert alice.files() == []


@pytest.mark.parametrize(
    ("kind", "part", "choice", "label"),
    [
        ("ward_table", "sheet", "Final & checked", "Which sheet to read"),
        ("boundaries", "layer", "wards", "Which layer holds the wards"),
    ],
)
def test_the_page_asks_which_and_takes_the_answer_without_scripts(
    alice, workbook, package, kind, part, choice, label
):
    browser, session = browse(alice), alice.session()
    place = reverse("session_upload", args=[session.pk])
    name, content = ("wards.xlsx", workbook) if kind == "ward_table" else ("map.gpkg", package)
    refused = browser.post(place, {"kind": kind, "file": SimpleUploadedFile(name, content)})
    page = text_of(refused)
    assert refused.status_code == 422 and label in page
    assert f'name="{part}"' in page and f"<option>{choice.replace('&', '&amp;')}</option>" in page
    # The other panel asks nothing.
    assert page.count('id="which-') == 1
    sent = {"kind": kind, "file": SimpleUploadedFile(name, content), part: choice}
    assert browser.post(place, sent).status_code == 302
    (stored,) = alice.files()
    assert stored.report["chosen"] == choice
    assert f"{part} {choice}".replace("&", "&amp;") in text_of(
        browser.get(reverse("session_data", args=[session.pk]))
    )


def in_parts(api, session, name, content):
    """Send a file in parts; give back the id of the upload and what finishes it."""
    begun = {
        "kind": "ward_table", "name": name, "size_bytes": len(content),
        "head_sha256": hashlib.sha256(content[:HEAD_BYTES]).hexdigest(),
    }  # fmt: skip
    upload = api.post(f"/api/sessions/{session.pk}/uploads/", begun, "application/json").json()
    sums = []
    for number, at in enumerate(range(0, len(content), upload["part_bytes"]), 1):
        chunk = content[at : at + upload["part_bytes"]]
        digest = hashlib.sha256(chunk)
        sums.append(digest.hexdigest())
        header = {"Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"}
        place = f"/api/uploads/{upload['id']}/parts/{number}/"
        assert api.put(place, chunk, "application/octet-stream", headers=header).status_code == 201
    return upload["id"], {"parts_sha256": hashlib.sha256("".join(sums).encode()).hexdigest()}


def test_a_file_in_parts_need_not_be_sent_again_to_name_its_sheet(alice, workbook):
    api, session = alice.browser(), alice.session()
    upload, whole = in_parts(api, session, "wards.xlsx", workbook)
    place = f"/api/uploads/{upload}/finish/"
    for named in ({}, {"sheet": "Finale"}):
        assert api.post(place, whole | named, "application/json").status_code == 422
        assert len(api.get(f"/api/uploads/{upload}/").json()["received"]) > 0
    problem(api.post(place, whole | {"layer": "Draft"}, "application/json"), 400, "invalid_request")
    stored = api.post(place, whole | {"sheet": "Draft"}, "application/json")
    assert stored.status_code == 201, stored.content
    assert stored.json()["report"]["sheet"] == "Draft"


def test_the_page_asks_for_the_sheet_of_a_file_in_parts(alice, workbook):
    api, session = alice.browser(), alice.session()
    upload, whole = in_parts(api, session, "wards.xlsx", workbook)
    browser, place = browse(alice), reverse("upload_finish", args=[session.pk, upload])
    refused = browser.post(place, whole)
    assert refused.status_code == 422 and "Which sheet to read" in text_of(refused)
    assert browser.post(place, whole | {"sheet": "Draft"}).status_code == 302
    assert [file.report["chosen"] for file in alice.files()] == ["Draft"]


def test_another_refusal_still_takes_the_parts_along(alice):
    api, session = alice.browser(), alice.session()
    upload, whole = in_parts(api, session, "wards.csv", b"rainfall,temp\n1,2\n3,4\n5,6\n")
    assert api.post(f"/api/uploads/{upload}/finish/", whole, "application/json").status_code == 422
    assert api.get(f"/api/uploads/{upload}/").status_code == 404
