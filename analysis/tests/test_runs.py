"""The whole journey through the API: two people, two uploads, a match, a ranking, everything it leaves."""

import csv
import io
import json
import uuid

import geopandas as gpd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from analysis import params as asked
from analysis.core import composite, impute, pipeline
from analysis.core.ranks import CUTS
from analysis.kinds import DATASET, RISK
from analysis.synthetic import make_state, write_state
from sessions_app import actions, jobs
from sessions_app.isolation.identity import user_by_email
from sessions_app.isolation.scope import scope
from sessions_app.tests.people import PASSWORD, Person, alice, bob, committed, people, person, problem

__all__ = ["alice", "bob", "committed", "person"]
EXPORTS = {
    "wards.csv",
    "models.csv",
    "model_scores.csv",
    "imputation.csv",
    "matches.csv",
    "wards.xlsx",
    "wards.gpkg",
    "wards.parquet",
    "wards.arrow",
    "map.geojson",
    "lgas.geojson",
    "ranking_parameters.csv",
    "ranking_columns.csv",
}


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A small synthetic state as the two files a user would upload."""
    return write_state(make_state(seed=5, wards=40, lgas=4), tmp_path_factory.mktemp("state"))


def sign_in(person: Person) -> Client:
    answer = Client().post(
        "/api/token/", {"email": person.user.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return Client(headers={"Authorization": f"Bearer {answer.json()['access']}"})


def upload(api: Client, session: str, kind: str, path) -> str:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    answer = api.post(f"/api/sessions/{session}/files/", {"kind": kind, "file": file})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def compute(person: Person, api: Client, session: str, kind: str, params: dict) -> dict:
    """Ask for a result, be the worker, read what came out."""
    answer = api.post(
        f"/api/sessions/{session}/results/", {"kind": kind, "params": params}, "application/json"
    )
    assert answer.status_code == 202, answer.content
    assert jobs.run_here(person.user.pk, uuid.UUID(answer.json()["id"]))
    return api.get(f"/api/results/{answer.json()['id']}/").json()


def journey(person: Person, files) -> tuple[Client, str, dict, dict]:
    api = sign_in(person)
    session = api.post("/api/sessions/", {"name": "Work"}, "application/json").json()["id"]
    table, boundaries = (
        upload(api, session, kind, path)
        for kind, path in zip(("ward_table", "boundaries"), files, strict=True)
    )
    dataset = compute(person, api, session, "dataset", {"ward_table": table, "boundaries": boundaries})
    assert dataset["status"] == "succeeded", dataset["error"]
    risk = compute(person, api, session, "risk", {"dataset": dataset["id"]})
    assert risk["status"] == "succeeded", risk["error"]
    return api, session, dataset, risk


def body(answer) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def finished(state, django_db_setup, django_db_blocker):
    """Carol, whose work is done; tests only look at it or add to it."""
    with django_db_blocker.unblock(), people() as make:
        carol = make("carol")
        yield carol, *journey(carol, state)


@pytest.fixture
def done(finished, committed):
    return finished[1:]


def test_two_people_do_the_same_work_and_never_meet(done, bob, state):
    api, session, dataset, risk = done
    theirs, their_session, their_dataset, their_risk = journey(bob, state)
    mine = api.get(f"/api/results/{risk['id']}/wards/").json()
    assert mine["results"] == theirs.get(f"/api/results/{their_risk['id']}/wards/").json()["results"]
    for path in (
        f"/api/sessions/{session}/",
        f"/api/results/{dataset['id']}/",
        f"/api/results/{risk['id']}/wards/",
        f"/api/results/{risk['id']}/map.geojson",
        *(file["download"] for file in risk["artifacts"][:3]),
    ):
        problem(theirs.get(path), 404, "not_found")
    answer = theirs.post(
        f"/api/sessions/{their_session}/results/",
        {"kind": "risk", "params": {"dataset": dataset["id"]}},
        "application/json",
    )
    problem(answer, 400, "invalid_request")
    assert their_dataset["id"] != dataset["id"]


def test_the_match_report_counts_every_row_of_both_sides(done):
    _, _, dataset, _ = done
    summary = dataset["summary"]
    assert summary["rows"] == summary["accepted"] + summary["review"] + summary["unmatched_table"]
    assert summary["wards"] == summary["accepted"] + summary["unmatched_boundaries"] == 40
    assert len(summary["review_rows"]) == summary["review"]
    included = [row for row in summary["variables"] if row["included"]]
    assert len(included) >= 2
    assert all(len(row["histogram_edges"]) == len(row["histogram_counts"]) + 1 for row in included)
    assert {file["name"] for file in dataset["artifacts"]} == {"dataset.parquet", "matches.csv"}


def test_every_export_and_figure_is_there_and_opens(done, tmp_path):
    api, _, _, risk = done
    files = {file["name"]: file for file in risk["artifacts"]}
    assert set(files) >= EXPORTS
    drawn = {f"{figure['name']}.svg" for figure in risk["summary"]["figures"]}
    assert set(files) - EXPORTS - {"scaled.csv"} == drawn
    assert any(name.startswith("map_") for name in drawn)
    for name, start in (("wards.xlsx", b"PK"), ("wards.gpkg", b"SQLite"), ("wards.parquet", b"PAR1")):
        content = body(api.get(files[name]["download"]))
        assert content.startswith(start)
        assert len(content) == files[name]["size_bytes"]
    for name in drawn:
        assert body(api.get(files[name]["download"])).startswith(b"<svg"), name
    figure = files["map_rank.svg"]
    png = api.get(figure["png"])
    assert (png["Content-Type"], png.content[:4]) == ("image/png", b"\x89PNG")
    assert png["Content-Disposition"] == 'attachment; filename="map_rank.png"'
    assert files["wards.csv"]["png"] is None
    problem(api.get(f"{files['wards.csv']['download']}?as=png"), 406, "not_acceptable")
    package = tmp_path / "wards.gpkg"
    package.write_bytes(body(api.get(files["wards.gpkg"]["download"])))
    assert len(gpd.read_file(package, layer="wards")) == 40


def test_the_ward_pages_are_the_rows_of_wards_csv(done):
    api, _, _, risk = done
    files = {file["name"]: file for file in risk["artifacts"]}
    exported = rows_of(body(api.get(files["wards.csv"]["download"])))
    place = f"/api/results/{risk['id']}/wards/"
    page = api.get(place, {"ordering": "composite_rank", "limit": 10}).json()
    assert page["count"] == len(exported) == 40
    assert page["previous"] is None
    assert list(page["results"][0]) == list(exported[0])
    ranks = [row["composite_rank"] for row in page["results"]]
    assert ranks == sorted(ranks)
    assert ranks[0] == 1

    seen = page["results"]
    while page["next"]:
        page = api.get(page["next"]).json()
        seen += page["results"]
    by_code = {row["ward_code"]: row for row in exported}
    assert {row["ward_code"] for row in seen} == set(by_code)
    for row in seen:
        text = by_code[row["ward_code"]]["composite_score"]
        assert row["composite_score"] == (pytest.approx(float(text), abs=1e-12) if text else None)


@pytest.mark.parametrize("asked", ["limit=-1", "limit=abc", "limit=0", "offset=-1", "lgaa=Bosso"])
def test_a_question_that_is_not_understood_is_refused(done, asked):
    api, _, _, risk = done
    refused = api.get(f"/api/results/{risk['id']}/wards/?{asked}")
    assert refused.status_code == 400
    assert refused.json()["where"] == asked.split("=")[0]


def test_wards_are_ordered_filtered_and_searched(done):
    api, _, _, risk = done
    place = f"/api/results/{risk['id']}/wards/"
    everything = api.get(place, {"ordering": "-composite_score"}).json()["results"]
    scores = [row["composite_score"] for row in everything if row["composite_score"] is not None]
    assert scores == sorted(scores, reverse=True)
    missing = [row["composite_score"] is None for row in everything]
    assert missing == sorted(missing), "missing values stand last in either order"

    lga = everything[0]["lga_name"]
    some = api.get(place, {"lga": lga}).json()
    assert 0 < some["count"] < 40
    assert {row["lga_name"] for row in some["results"]} == {lga}
    word = everything[0]["ward_name"][:4].upper()
    found = api.get(place, {"search": word}).json()["results"]
    assert everything[0]["ward_code"] in {row["ward_code"] for row in found}
    assert api.get(place, {"search": "no ward is called this"}).json()["count"] == 0
    refused = problem(api.get(place, {"ordering": "secret"}), 400, "invalid_request")
    assert refused["where"] == "ordering"


def test_the_map_is_small_geojson_with_what_a_reader_taps_for(done):
    api, _, _, risk = done
    answer = api.get(f"/api/results/{risk['id']}/map.geojson", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Type"] == "application/geo+json"
    assert answer["Content-Encoding"] == "gzip"
    features = json.loads(body(api.get(f"/api/results/{risk['id']}/map.geojson")))["features"]
    assert len(features) == 40
    wanted = {"ward_code", "ward_name", "lga_name", "composite_score", "composite_rank", "composite_tier"}
    assert set(features[0]["properties"]) >= wanted


def test_a_person_decides_on_doubtful_pairs(finished, committed):
    carol, api, session, dataset, _ = finished
    doubtful = dataset["summary"]["review_rows"]
    assert doubtful, "the synthetic state spells some wards differently"
    first, *others = doubtful
    confirmed = [{"table_row": first["table_row"], "ward_code": first["ward_code"]}]
    confirmed += [{"table_row": row["table_row"], "ward_code": None} for row in others]
    params = dataset["params"] | {"confirmed": confirmed}
    decided = compute(carol, api, session, "dataset", params)["summary"]
    assert decided["review"] == 0
    assert decided["accepted"] == dataset["summary"]["accepted"] + 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("variables", ["rainfall"]),
        ("variables", ["no such column", "rainfall"]),
        ("inverse", ["no such column"]),
        ("pca_without", ["no such column"]),
        ("method", "guess"),
        ("imputation", {"rainfall": "random"}),
        ("zone", "Middle Belt"),
        ("outcome", "no such column"),
        ("cut", "halves"),
        ("cut", [0.7, 0.4]),
        ("cut", ["0.2"]),
        ("force_pca", "perhaps"),
        ("aggregate", "median_rank"),
    ],
)
def test_parameters_of_a_ranking_that_make_no_sense_are_refused_at_once(done, field, value):
    api, session, dataset, _ = done
    answer = api.post(
        f"/api/sessions/{session}/results/",
        {"kind": "risk", "params": {"dataset": dataset["id"], field: value}},
        "application/json",
    )
    assert field in problem(answer, 400, "invalid_request")["errors"]


def test_files_that_do_not_fit_fail_with_the_culprit_and_stay(alice, state, tmp_path):
    """The boundaries of another state: nothing matches, and the uploads are still there to be used."""
    other = write_state(make_state(seed=9, wards=40, lgas=4, names_seed=77), tmp_path)[1]
    api = sign_in(alice)
    session = api.post("/api/sessions/", {"name": "Work"}, "application/json").json()["id"]
    files = {"ward_table": upload(api, session, "ward_table", state[0])}
    files["boundaries"] = upload(api, session, "boundaries", other)
    failed = compute(alice, api, session, "dataset", files)
    assert failed["status"] == "failed"
    error = failed["error"]
    assert (error["code"], error["where"], error["step"]) == ("no_overlap", "ward_name", "match")
    assert failed["artifacts"] == []
    assert len(api.get(f"/api/sessions/{session}/files/").json()["results"]) == 2


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [
        ("ward_table", "t.csv", b"", "file_empty"),
        ("ward_table", "t.csv", b"WardName,rainfall,temp\n", "no_rows"),
        ("ward_table", "t.xlsx", b"WardName,rainfall\nA,1\n", None),
        ("ward_table", "t.csv", b"rainfall,temp\n1,2\n3,4\n5,6\n", "no_ward_column"),
        ("boundaries", "b.zip", b"PK\x05\x06" + b"\0" * 18, None),
        ("boundaries", "b.geojson", b'{"type": "FeatureCollection", "features": []}', None),
    ],
)
def test_unreadable_uploads_are_refused_by_their_readers_and_leave_nothing(alice, kind, name, content, code):
    api, session = alice.browser(), alice.session()
    answer = api.post(
        f"/api/sessions/{session.pk}/files/", {"kind": kind, "file": SimpleUploadedFile(name, content)}
    )
    refused = problem(answer, 422, code or answer.json()["code"])
    assert refused["where"]
    assert (alice.files(), alice.objects()) == ([], [])


def test_the_kinds_name_the_steps_and_methods_of_the_computation():
    """Written out in the kinds, because a web process should not load the computation to list them."""
    codes = [code for code, _ in RISK.steps]
    assert codes[: len(pipeline.STEPS)] == [code for code, _ in pipeline.STEPS]
    assert asked.METHODS == pipeline.METHODS
    assert asked.MOST_VARIABLES == composite.MAX_VARIABLES
    assert asked.IMPUTATION == impute.METHODS
    assert set(asked.CUTS) == set(CUTS)
    assert DATASET.files == ("ward_table", "boundaries")


@pytest.mark.realdata
def test_the_published_ranking_of_niger_comes_out_of_the_api(alice, realdata):
    """Run A of the predecessor (golden/run_A_ranking.csv): all 275 ranks, scores to 1e-12."""
    niger = realdata / "niger"
    api = sign_in(alice)
    session = api.post("/api/sessions/", {"name": "Niger"}, "application/json").json()["id"]
    files = {"ward_table": upload(api, session, "ward_table", niger / "Niger_plus.csv")}
    files["boundaries"] = upload(api, session, "boundaries", niger / "Niger_State.zip")
    dataset = compute(alice, api, session, "dataset", files)
    assert dataset["summary"]["accepted"] == 275
    names = ["u5_tpr_rdt", "pfpr", "mean_rainfall", "housing_quality", "distance_to_water"]
    params = {
        "dataset": dataset["id"],
        "variables": names,
        "inverse": ["housing_quality", "distance_to_water"],
        "method": "mrpt-legacy",
    }
    risk = compute(alice, api, session, "risk", params)
    assert risk["status"] == "succeeded", risk["error"]
    rows = api.get(f"/api/results/{risk['id']}/wards/?limit=1000").json()["results"]
    golden = rows_of((niger / "golden" / "run_A_ranking.csv").read_bytes())
    code, rank, score = _golden_columns(golden[0])
    expected = {row[code]: (int(float(row[rank])), float(row[score])) for row in golden}
    assert len(rows) == len(expected) == 275
    for row in rows:
        assert row["composite_rank"] == expected[row["ward_code"]][0]
        assert row["composite_score"] == pytest.approx(expected[row["ward_code"]][1], abs=1e-12)


def _golden_columns(row: dict[str, str]) -> tuple[str, str, str]:
    names = {name.lower(): name for name in row}
    code = next(names[name] for name in names if "code" in name)
    rank = next(names[name] for name in names if "rank" in name)
    score = next(names[name] for name in names if "score" in name)
    return code, rank, score


@pytest.mark.usefixtures("committed")
def test_the_demo_is_made_once_and_can_be_signed_in_to(capsys, monkeypatch, tmp_path, settings):
    settings.STATE_FOLDER = tmp_path
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    monkeypatch.setenv("DEMO_EMAIL", f"demo-{uuid.uuid4().hex}@example.org")
    call_command("create_demo")
    first = capsys.readouterr().out.split()
    call_command("create_demo")
    assert capsys.readouterr().out.split() == first
    assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600

    email, password = first
    token = Client().post(
        "/api/token/", {"email": email, "password": password}, content_type="application/json"
    )
    api = Client(headers={"Authorization": f"Bearer {token.json()['access']}"})
    session, facilities = api.get("/api/sessions/").json()["results"]
    assert session["is_demo"]
    assert facilities["is_demo"]
    results = api.get(f"/api/sessions/{session['id']}/results/").json()["results"]
    assert [(row["kind"], row["status"]) for row in results] == [
        ("risk", "succeeded"),
        ("dataset", "succeeded"),
    ]
    # Test positivity is left to the workers, so that a first start doesn't wait for it.
    (waiting,) = api.get(f"/api/sessions/{facilities['id']}/results/").json()["results"]
    assert (waiting["kind"], waiting["status"]) == ("tpr", "queued")
    owner = user_by_email(email)
    assert jobs.run_here(owner.pk, uuid.UUID(waiting["id"]))
    done = api.get(f"/api/results/{waiting['id']}/").json()
    assert (done["status"], done["summary"]["wards"]) == ("succeeded", 40)
    assert not done["summary"]["blocked"]
    with scope(owner.pk):
        actions.delete_account(by=owner)
