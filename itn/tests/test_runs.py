"""Plans through the API: two people, a ranking each, plans in the ledger and everything they leave."""

import io
import json
import uuid

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from analysis.synthetic import make_state, write_state
from itn.headless import PLAN_COLUMNS
from sessions_app import jobs
from sessions_app.tests.people import Person, people, problem

WARDS = 40
TABLES = {
    "plan.csv", "plan_lgas.csv", "plan_parameters.csv", "plan.xlsx", "plan.gpkg", "plan.parquet", "wards.arrow",
}  # fmt: skip
FIGURES = {
    "map_coverage.svg", "map_nets.svg", "map_nets_per_person.svg", "curve_stock.svg", "curve_coverage.svg",
    "curve_lorenz.svg",
}  # fmt: skip
COLUMN = {"source": "column", "column": "population", "year": "2026"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_state(made_state(), tmp_path_factory.mktemp("state"))


def made_state():
    """One ward has a name that a spreadsheet would run, one no population."""
    table, boundaries = make_state(seed=5, wards=WARDS, lgas=4)
    name = next(column for column in table.columns if column.lower().replace("_", "") == "wardname")
    known = [row for row in table.index if (boundaries["ward_name"] == table.loc[row, name]).sum() == 1]
    boundaries.loc[boundaries["ward_name"] == table.loc[known[0], name], "ward_name"] = "=1+1"
    table.loc[known[0], name] = "=1+1"
    population = next(column for column in table.columns if column.lower() == "population")
    table.loc[known[1], population] = None
    return table, boundaries


def upload(api: Client, session: str, kind: str, name: str, content: bytes) -> str:
    answer = api.post(
        f"/api/sessions/{session}/files/", {"kind": kind, "file": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def ask(api: Client, session: str, kind: str, params: dict):
    return api.post(f"/api/sessions/{session}/results/", {"kind": kind, "params": params}, "application/json")


def compute(person: Person, api: Client, session: str, kind: str, params: dict) -> dict:
    """Ask for a result, be the worker, read what came out."""
    answer = ask(api, session, kind, params)
    assert answer.status_code == 202, answer.content
    assert jobs.run_here(person.user.pk, uuid.UUID(answer.json()["id"]))
    result = api.get(f"/api/results/{answer.json()['id']}/").json()
    assert result["status"] == "succeeded", result["error"]
    return result


def ranked(person: Person, files) -> tuple[Client, str, dict]:
    api = person.browser()
    session = api.post("/api/sessions/", {"name": "Work"}, "application/json").json()["id"]
    table, boundaries = (
        upload(api, session, kind, path.name, path.read_bytes())
        for kind, path in zip(("ward_table", "boundaries"), files, strict=True)
    )
    dataset = compute(person, api, session, "dataset", {"ward_table": table, "boundaries": boundaries})
    return api, session, compute(person, api, session, "risk", {"dataset": dataset["id"]})


@pytest.fixture(scope="module")
def carol(files, django_db_setup, django_db_blocker):
    """Carol, with a ranking and one plan; tests only look at them or add to them."""
    with django_db_blocker.unblock(), people() as make:
        person = make("carol")
        api, session, risk = ranked(person, files)
        asked = {"risk": risk["id"], "nets": 100_000, "population": COLUMN, "name": "First"}
        yield person, api, session, risk, compute(person, api, session, "itn_plan", asked)


def body(answer) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def artefact(api: Client, result: dict, name: str) -> bytes:
    return body(api.get(next(file["download"] for file in result["artifacts"] if file["name"] == name)))


def rows_of(api: Client, result: dict, query: str = "?limit=500") -> list[dict]:
    answer = api.get(f"/api/results/{result['id']}/wards/{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_plan_accounts_for_every_ward_and_net(carol, committed):
    _, api, _, _, plan = carol
    summary, rows = plan["summary"], rows_of(api, plan)
    assert len(rows) == summary["wards"] == WARDS
    assert sum(row["nets_allocated"] for row in rows) == summary["nets_allocated"] <= 100_000
    assert sum(row["need"] or 0 for row in rows) == summary["nets_needed"]
    assert sum(row["people_covered"] for row in rows) == summary["people_covered"]
    assert sum(lga["nets_allocated"] for lga in summary["lgas"]) == summary["nets_allocated"]
    assert all(row["reason"] == "no_population" for row in rows if row["population"] is None)
    assert summary["reasons"]["no_population"] >= 1
    assert summary["source"]["population"] == "column population of the ward table"
    assert summary["source"]["population_year"] == "2026"
    # Highest risk first, wards without a rank last.
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    assert ranks == sorted(ranks) and all(row["rank"] is None for row in rows[len(ranks) :])


def test_every_table_map_and_curve_is_there_and_agrees(carol, committed, tmp_path):
    _, api, _, _, plan = carol
    assert {file["name"] for file in plan["artifacts"]} == TABLES | FIGURES
    total = plan["summary"]["nets_allocated"]
    table = pd.read_csv(io.BytesIO(artefact(api, plan, "plan.csv")))
    assert tuple(table.columns) == PLAN_COLUMNS and table["nets_allocated"].sum() == total
    assert "'=1+1" in set(table["ward_name"])
    (tmp_path / "plan.gpkg").write_bytes(artefact(api, plan, "plan.gpkg"))
    shapes = gpd.read_file(tmp_path / "plan.gpkg", layer="plan")
    assert shapes["nets_allocated"].sum() == total and shapes.geometry.notna().all()
    book = pd.read_excel(io.BytesIO(artefact(api, plan, "plan.xlsx")), sheet_name=None, engine="calamine")
    assert list(book) == ["Plan", "Wards", "LGAs", "States", "Candidates", "Parameters", "Columns"]
    assert book["Candidates"].empty, "nobody said from which share a ward is urban"
    parameters = book["Parameters"].astype(str).set_index("parameter")["value"]
    assert parameters["plan"] == plan["id"] and parameters["people_per_net"] == "1.8"
    for name in FIGURES:
        assert artefact(api, plan, name).startswith(b"<svg"), name


def test_tables_say_where_their_numbers_come_from(carol, committed, tmp_path):
    _, api, session, risk, plan = carol
    lgas = pd.read_csv(io.BytesIO(artefact(api, plan, "plan_lgas.csv")))
    assert set(lgas["plan_id"]) == {plan["id"]}
    assert set(lgas["population_source"]) == {"column population of the ward table"}
    assert set(lgas["population_year"]) == {2026} and set(lgas["population_rule"]) == {"as given"}
    assert "nets_allocated and shortfall in nets" in lgas["units"][0]
    (tmp_path / "plan.parquet").write_bytes(artefact(api, plan, "plan.parquet"))
    about = json.loads(pq.read_schema(tmp_path / "plan.parquet").metadata[b"chatmrpt"])
    assert about["plan"] == plan["id"] and about["population_year"] == "2026" and "nets" in about["units"]
    assert gpd.read_parquet(tmp_path / "plan.parquet").crs is not None
    for name in ("map_coverage.svg", "curve_stock.svg", "curve_coverage.svg", "curve_lorenz.svg"):
        svg = artefact(api, plan, name).decode()
        assert "Population: column population of the ward table (2026); unknown: left out" in svg, name
    # The CSV files of the ranking have two companions.
    told = pd.read_csv(io.BytesIO(artefact(api, risk, "ranking_parameters.csv"))).set_index("parameter")[
        "value"
    ]
    assert told["result"] == risk["id"]
    uploads = {file["kind"]: file for file in api.get(f"/api/sessions/{session}/files/").json()["results"]}
    for kind in ("ward_table", "boundaries"):
        assert told[kind] == uploads[kind]["name"] and told[f"{kind}_sha256"] == uploads[kind]["sha256"]
    columns = pd.read_csv(io.BytesIO(artefact(api, risk, "ranking_columns.csv"))).set_index("column")
    assert columns.loc["area_km2", "unit"] == "km²"
    wards = pd.read_csv(io.BytesIO(artefact(api, risk, "wards.csv")))
    assert set(wards.columns) <= set(columns.index)


def test_a_plan_by_household_says_so_and_how_people_are_counted(carol, committed):
    person, api, session, risk, _ = carol
    asked = {
        "risk": risk["id"], "nets": 10_000, "population": COLUMN, "quantity": "household", "household_size": "4.5",
        "costs": {"currency": "NGN", "per_net": "2", "budget": "90000"},
    }  # fmt: skip
    result = compute(person, api, session, "itn_plan", asked)
    told = pd.read_csv(io.BytesIO(artefact(api, result, "plan_parameters.csv"))).set_index("parameter")[
        "value"
    ]
    assert "people_per_net" not in told.index and told["household_size"] == "4.5"
    assert "population × nets ÷ need" in told["coverage"]
    assert (told["currency"], told["price_of_a_net"], told["budget"]) == ("NGN", "2", "90000")
    assert "household_approximate" in {note["code"] for note in result["summary"]["notes"]}
    book = pd.read_excel(io.BytesIO(artefact(api, result, "plan.xlsx")), sheet_name=None, engine="calamine")
    meaning = book["Columns"].set_index("column")["meaning"]
    assert "÷ need" in meaning["people_covered"]


def test_candidates_need_no_urban_rule_and_change_no_plan(carol, committed, tmp_path):
    person, api, session, risk, plan = carol
    asked = {"risk": risk["id"], "nets": 100_000, "population": COLUMN, "candidate_threshold": "1"}
    result = compute(person, api, session, "itn_plan", asked)
    given = {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, plan)}
    assert {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, result)} == given
    found = result["summary"]["candidates"]
    assert found["threshold"] == 1 and found["wards"] and plan["summary"]["candidates"] is None
    codes = [ward["ward_code"] for ward in found["wards"]]
    listed = pd.read_csv(io.BytesIO(artefact(api, result, "plan_candidates.csv")), dtype={"ward_code": str})
    low = listed[listed["candidate"] == "low risk and urban"]
    assert low["ward_code"].tolist() == codes and set(low["plan_id"]) == {result["id"]}
    assert set(listed.loc[~listed.index.isin(low.index), "candidate"]) <= {
        "lowest risk but not known to be urban"
    }
    (tmp_path / "plan.gpkg").write_bytes(artefact(api, result, "plan.gpkg"))
    layer = gpd.read_file(tmp_path / "plan.gpkg", layer="plan").set_index("ward_code")
    assert sorted(layer.index[layer["candidate"] == "low risk and urban"]) == sorted(codes)
    problem(
        ask(api, session, "itn_plan", asked | {"candidate_threshold": "120"}), 422, "bad_candidate_threshold"
    )


def test_the_map_says_what_is_not_known(carol, committed):
    _, api, _, _, plan = carol
    svg = artefact(api, plan, "map_coverage.svg").decode()
    unknown = plan["summary"]["reasons"]["no_population"]
    assert "Population unknown" in svg and f"Population unknown: {unknown}." in svg
    assert svg.count("data-ward=") == WARDS


def test_the_curve_is_monotone_and_holds_this_plan(carol, committed):
    curve = carol[4]["summary"]["curve"]
    covered = [row["people_covered"] for row in curve]
    assert covered == sorted(covered)
    here = next(row for row in curve if row["nets"] == 100_000)
    assert here["people_covered"] == carol[4]["summary"]["people_covered"]
    assert {150_000, 100_000} <= {row["nets"] for row in curve}


def test_two_people_plan_and_never_meet(carol, bob, files):
    _, _, session, risk, plan = carol
    theirs, their_session, their_risk = ranked(bob, files)
    mine = compute(
        bob,
        theirs,
        their_session,
        "itn_plan",
        {"risk": their_risk["id"], "nets": 100_000, "population": COLUMN},
    )
    assert rows_of(theirs, mine) == rows_of(carol[1], plan)
    for path in (
        f"/api/results/{plan['id']}/",
        f"/api/results/{plan['id']}/wards/",
        *(file["download"] for file in plan["artifacts"][:3]),
    ):
        problem(theirs.get(path), 404, "not_found")
    asked = {"risk": risk["id"], "nets": 1, "population": COLUMN}
    problem(ask(theirs, their_session, "itn_plan", asked), 400, "invalid_request")
    problem(ask(theirs, session, "itn_plan", asked), 404, "not_found")


def test_a_strangers_registration_list_is_not_there(carol, bob):
    _, api, session, risk, _ = carol
    theirs = bob.browser()
    other = theirs.post("/api/sessions/", {"name": "Other"}, "application/json").json()["id"]
    secret = upload(theirs, other, "registration", "people.csv", b"WardName,LGA,Population\nA,B,5\n")
    asked = {"source": "registration", "file": secret}
    problem(
        ask(api, session, "itn_plan", {"risk": risk["id"], "nets": 5, "population": asked}),
        400,
        "invalid_request",
    )


def test_people_from_a_registration_list(carol, committed):
    person, api, session, risk, plan = carol
    wards = [row for row in rows_of(api, plan) if row["population"]][:3]
    # Two registration points in the first ward, one in the second; and a place that no ward is called.
    lines = ["AdminLevel2,AdminLevel3,N_FamilyMembers"]
    lines += [f"{ward['lga_name']},{ward['ward_name']},900" for ward in [wards[1], wards[1], wards[2]]]
    lines += ["Nowhere,Zzyzx Qwop,77"]
    rest = [
        row for row in rows_of(api, plan) if row["ward_code"] not in {ward["ward_code"] for ward in wards}
    ]
    lines += [
        f"{row['lga_name']},{row['ward_name']},180" for row in rest if not row["ward_name"].startswith("=")
    ]
    file = upload(api, session, "registration", "people.csv", "\n".join(lines).encode())
    result = compute(
        person, api, session, "itn_plan",
        {"risk": risk["id"], "nets": 10_000_000, "population": {"source": "registration", "file": file, "year": "2022"}},
    )  # fmt: skip
    planned = {row["ward_code"]: row for row in rows_of(api, result)}
    assert planned[wards[1]["ward_code"]]["population"] == 1800
    assert planned[wards[1]["ward_code"]]["need"] == 1000
    assert planned[wards[0]["ward_code"]]["reason"] == "no_population"
    note = next(note for note in result["summary"]["notes"] if note["code"] == "registration_unmatched")
    assert "Zzyzx Qwop" in note["examples"] and "77 people" in note["message"]
    assert "people.csv" in result["summary"]["source"]["population"]
    matches = pd.read_csv(
        io.BytesIO(artefact(api, result, "registration_matches.csv")), dtype={"ward_code": str}
    )
    first = matches.iloc[0]
    assert (first["table_name"], first["lga_name"], first["people"]) == ("Zzyzx Qwop", "Nowhere", 77)
    assert first["status"] != "accepted" and len(matches) == len(
        {tuple(line.split(",")[:2]) for line in lines[1:]}
    )
    used = matches[matches["status"] == "accepted"].set_index("ward_code")["people"]
    assert used[wards[1]["ward_code"]] == 1800 and used.sum() == result["summary"]["population"]


def test_rows_of_a_registration_list_without_a_count_are_told(carol, committed):
    person, api, session, risk, plan = carol
    first, second, third = [row for row in rows_of(api, plan) if not row["ward_name"].startswith("=")][:3]
    lines = ["AdminLevel2,AdminLevel3,N_FamilyMembers"]
    for ward, counts in ((first, ("900", "", "")), (second, ("", "")), (third, ("180",))):
        lines += [f"{ward['lga_name']},{ward['ward_name']},{count}" for count in counts]
    sent = {"kind": "registration", "file": SimpleUploadedFile("gaps.csv", "\n".join(lines).encode())}
    file = api.post(f"/api/sessions/{session}/files/", sent).json()
    asked = {"source": "registration", "file": file["id"]}
    result = compute(
        person, api, session, "itn_plan", {"risk": risk["id"], "nets": 10_000, "population": asked}
    )
    people = {row["ward_code"]: row["population"] for row in rows_of(api, result)}
    assert [people[ward["ward_code"]] for ward in (first, second, third)] == [900, None, 180]
    # Said where the file came in, and beside every plan that counts by it.
    for notes in (file["report"]["notes"], result["summary"]["notes"]):
        note = next(note for note in notes if note["code"] == "registration_uncounted")
        assert note["count"] == 4 and "4 rows of 2 wards" in note["message"]
        assert note["message"].endswith("stay unknown: 1.")
        assert note["examples"] == [
            f"{first['ward_name']}, {first['lga_name']}: 2", f"{second['ward_name']}, {second['lga_name']}: 2"
        ]  # fmt: skip


def test_a_registration_workbook_names_the_sheet_that_is_meant(carol, committed):
    person, api, session, risk, plan = carol
    wards = [row for row in rows_of(api, plan) if not row["ward_name"].startswith("=")]
    listed = pd.DataFrame(
        {"LGA": [w["lga_name"] for w in wards], "WardName": [w["ward_name"] for w in wards]}
    )
    sink = io.BytesIO()
    with pd.ExcelWriter(sink) as book:
        listed.assign(Population=180).to_excel(book, sheet_name="2022", index=False)
        listed.assign(Population=360).to_excel(book, sheet_name="2025 checked", index=False)
    place, content = f"/api/sessions/{session}/files/", sink.getvalue()

    def sent(**named):
        book = SimpleUploadedFile("people.xlsx", content)
        return api.post(place, {"kind": "registration", "file": book} | named)

    assert problem(sent(), 422, "several_sheets")["examples"] == ["2022", "2025 checked"]
    problem(sent(sheet="2023"), 422, "no_such_sheet")
    file = sent(sheet="2025 checked").json()
    assert file["report"]["people"] == 360 * len(wards)
    asked = {"source": "registration", "file": file["id"]}
    result = compute(
        person, api, session, "itn_plan", {"risk": risk["id"], "nets": 10_000, "population": asked}
    )
    assert {row["population"] for row in rows_of(api, result)} == {360, None}
    assert result["summary"]["source"]["population"] == (
        "column Population of people.xlsx (2025 checked), added up by ward"
    )


def test_an_unknown_population_is_filled_only_when_chosen(carol, committed):
    person, api, session, risk, plan = carol
    chosen = COLUMN | {"rule": "lga_median"}
    result = compute(
        person, api, session, "itn_plan", {"risk": risk["id"], "nets": 100_000, "population": chosen}
    )
    before = {row["ward_code"] for row in rows_of(api, plan) if row["population"] is None}
    filled = [
        row for row in rows_of(api, result) if row["ward_code"] in before and row["population"] is not None
    ]
    assert filled and all(row["population_source"] == "median of the LGA" for row in filled)
    assert "population_filled" in {note["code"] for note in result["summary"]["notes"]}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"nets": 0}, 422, "bad_nets"),
        ({"nets": -3}, 422, "bad_nets"),
        ({"nets": "many"}, 400, "invalid_request"),
        ({"strategy": "capped"}, 422, "bad_cap_percent"),
        ({"urban_rule": "exclude"}, 422, "bad_threshold"),
        ({"threshold": "x"}, 400, "invalid_request"),
        ({"strategy": "fair"}, 400, "invalid_request"),
        ({"population": {"source": "column"}}, 400, "invalid_request"),
        ({"population": {}}, 400, "invalid_request"),
        ({"population": {"source": "guess"}}, 400, "invalid_request"),
        ({"costs": {"per_net": "-1"}}, 422, "bad_cost"),
        ({"owner": "someone"}, 400, "invalid_request"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_before_it_is_stored(carol, committed, change, status, code):
    _, api, session, risk, _ = carol
    asked = {"risk": risk["id"], "nets": 100, "population": COLUMN} | change
    problem(ask(api, session, "itn_plan", asked), status, code)


def test_a_column_that_is_not_there_fails_the_plan_in_words(carol, committed):
    person, api, session, risk, _ = carol
    asked = {"risk": risk["id"], "nets": 100, "population": {"source": "column", "column": "people_2031"}}
    answer = ask(api, session, "itn_plan", asked)
    assert jobs.run_here(person.user.pk, uuid.UUID(answer.json()["id"]))
    failed = api.get(f"/api/results/{answer.json()['id']}/").json()
    assert failed["status"] == "failed" and failed["error"]["code"] == "no_such_column"
    assert "population" in failed["error"]["examples"]


def test_costs_add_up_line_by_line(carol, committed):
    person, api, session, risk, _ = carol
    first = carol[4]["summary"]["lgas"][0]["lga_name"]
    costs = {
        "currency": "NGN",
        "per_net": "2.25",
        "per_lga": "1000",
        "of_lga": {first: "500.5"},
        "budget": "90000",
    }
    asked = {"risk": risk["id"], "nets": 10_000, "population": COLUMN, "costs": costs}
    summary = compute(person, api, session, "itn_plan", asked)["summary"]
    for line in summary["lgas"]:
        delivery = 0 if line["nets_allocated"] == 0 else 500.5 if line["lga_name"] == first else 1000
        assert line["cost_delivery"] == delivery
        assert line["cost_total"] == pytest.approx(2.25 * line["nets_allocated"] + delivery)
    assert summary["cost_total"] == pytest.approx(sum(line["cost_total"] for line in summary["lgas"]))


def test_a_plan_takes_the_urban_share_as_uploaded(carol, committed):
    person, api, session, risk, _ = carol
    asked = {
        "risk": risk["id"], "nets": 10_000, "population": COLUMN, "strategy": "sequential",
        "urban_rule": "exclude", "threshold": "30",
    }  # fmt: skip
    result = compute(person, api, session, "itn_plan", asked)
    for row in rows_of(api, result):
        urban = row["urban_percentage"] is not None and row["urban_percentage"] >= 30
        assert not (urban and row["nets_allocated"]), row
    found = result["summary"]["candidates"]
    assert all(ward["urban_percentage"] >= 30 for ward in found["wards"])
    assert json.dumps(found)


def test_the_best_split_keeps_its_limits_and_says_its_gap(carol, committed):
    person, api, session, risk, plan = carol
    # Half of what the budget buys is bound by the LGAs' minimum.
    share = 100 * 25_000 / plan["summary"]["nets_needed"]
    floor = share / 4
    asked = {
        "risk": risk["id"], "nets": 60_000, "population": COLUMN, "strategy": "best_split",
        "limits": {"lga_minimum": f"{share:.6f}", "ward_floor": f"{floor:.6f}"}, "costs": {"per_net": "2", "budget": "100000"},
    }  # fmt: skip
    result = compute(person, api, session, "itn_plan", asked)
    summary = result["summary"]
    assert summary["settings"]["strategy"] == "best_split" and 0 <= summary["split"]["gap"] < 0.01
    assert all(lga["nets_allocated"] >= (share - 1e-6) / 100 * lga["need"] for lga in summary["lgas"])
    for row in rows_of(api, result):
        if row["reason"] not in ("no_population", "zero_need", "no_rank"):
            assert row["nets_allocated"] >= (floor - 1e-6) / 100 * row["need"]
    assert summary["nets_allocated"] <= 50_000, "the budget buys 50,000 nets"
    problem(ask(api, session, "itn_plan", asked | {"strategy": "sequential"}), 400, "invalid_request")
    problem(ask(api, session, "itn_plan", asked | {"limits": {"ward_floor": "200"}}), 422, "bad_ward_floor")
