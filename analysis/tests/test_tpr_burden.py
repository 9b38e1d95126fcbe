"""Cases per 1,000 people and year: from a population table by the command, from a reference set on the page."""

import csv
import json
from io import StringIO

import geopandas as gpd
import pandas as pd
import pytest
import python_calamine
from django.core.management import call_command
from django.urls import reverse

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, work
from analysis.writers.geo import write_gpkg
from reference.actions import load_reference, withdraw_reference
from reference.tests.conftest import no_sets
from sessions_app.checksums import sha256_of
from sessions_app.events import COMMAND_LINE
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person, problem

__all__ = ["alice", "committed", "no_sets", "person"]
WARDS, MONTHS, CHILDREN = 24, 30, 2_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An export of thirty months; a population table without its last ward."""
    folder = tmp_path_factory.mktemp("burden")
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    export = write_export(make_export(make_truth(boundaries, months=MONTHS), "B"), folder / "export.csv")
    people = boundaries.drop(columns="geometry").iloc[:-1].assign(population=10_000, under5_pop=CHILDREN)
    people.to_csv(folder / "people.csv", index=False)
    return (
        export,
        write_gpkg(boundaries, folder / "wards.gpkg", layer="wards"),
        folder / "people.csv",
        boundaries,
    )


def checked(rows, boundaries):
    """By hand: 1,000 · cases / (people · months / 12), and nothing where the people are unknown."""
    assert len(rows) == WARDS
    by_code = {row["ward_code"]: row for row in rows}
    last = by_code[boundaries["ward_code"].iloc[-1]]
    assert (last["population"], last["burden_per_1000_per_year"]) == ("", "")
    known = [row for row in rows if row["burden_per_1000_per_year"]]
    assert len(known) >= WARDS - 3
    for row in known:
        expected = 1000 * float(row["positive"]) / (CHILDREN * MONTHS / 12)
        assert float(row["burden_per_1000_per_year"]) == pytest.approx(expected)
        assert float(row["burden_shown"]) == pytest.approx(min(expected, 1000))
        assert bool(row["flags"]) == (expected > 1000)


def test_the_command_writes_the_burden_of_a_population_table(made, tmp_path, capsys):
    export, wards, people, boundaries = made
    out = StringIO()
    call_command("tpr", "--facilities", str(export), "--boundaries", str(wards), "--out", str(tmp_path / "o"),
                 "--population", str(people), stdout=out)  # fmt: skip
    figures = json.loads(out.getvalue())
    assert figures["burden"]["years"] == MONTHS / 12 and figures["burden"]["among"] == "children under five"
    assert "burden_without_population" in [note["code"] for note in figures["notes"]]
    with (tmp_path / "o" / "burden.csv").open(encoding="utf-8-sig") as handle:
        checked(list(csv.DictReader(handle)), boundaries)
    with (tmp_path / "o" / "burden_lgas.csv").open(encoding="utf-8-sig") as handle:
        lgas = list(csv.DictReader(handle))
    assert len(lgas) == 3 and {"state_name", "incidence_n1", "cases_n2", "incidence_n2"} <= set(lgas[0])
    assert figures["burden"]["area"]["incidence_n2"] > figures["burden"]["area"]["burden_per_1000_per_year"]
    told = pd.read_csv(tmp_path / "o/positivity_parameters.csv", dtype=str).set_index("parameter")["value"]
    assert told["result"] == sha256_of(tmp_path / "o/wards.csv")
    assert told["population"] == "people.csv" and told["population_sha256"] == sha256_of(people)
    assert told["population_year"] == "year not stated"
    assert {row["result_id"] for row in lgas} == {told["result"]} and "per 1,000 people" in lgas[0]["units"]
    meant = pd.read_csv(tmp_path / "o/positivity_columns.csv", dtype=str).set_index("column")["unit"]
    assert set(lgas[0]) <= set(meant.index)
    book = python_calamine.load_workbook(str(tmp_path / "o/wards.xlsx"))
    assert {"Burden", "Burden of LGAs"} <= set(book.sheet_names)
    layer = gpd.read_file(tmp_path / "o/wards.gpkg", layer="wards")
    assert layer["burden_per_1000_per_year"].isna().sum() >= 1 and set(layer) - {"geometry"} <= set(
        meant.index
    )
    assert figures["burden"]["area"]["incidence_n1"] is None and not figures["burden"]["has_presumed"]


def test_the_command_projects_with_a_source_and_refuses_without(made, tmp_path, capsys):
    export, wards, people, _ = made
    asked = ["--facilities", str(export), "--boundaries", str(wards), "--population", str(people)]
    grown = [*asked, "--population-year", "2020", "--growth-percent", "2.5"]
    out = StringIO()
    call_command("tpr", *grown, "--growth-source", "NPC", "--out", str(tmp_path / "o"), stdout=out)
    burden = json.loads(out.getvalue())["burden"]
    assert (burden["growth_percent"], burden["growth_source"], burden["population_year"]) == (
        2.5,
        "NPC",
        "2020",
    )
    with (tmp_path / "o" / "burden.csv").open(encoding="utf-8-sig") as handle:
        row = next(csv.DictReader(handle))
    # Thirty months from January 2021: their middle is the first of April 2022.
    assert float(row["population"]) == pytest.approx(CHILDREN * 1.025 ** (2022.25 - 2020.5))
    assert "by 2.5 % a year (NPC)" in row["population_from"]
    with pytest.raises(SystemExit) as refused:
        call_command("tpr", *grown, "--out", str(tmp_path / "p"))
    assert (
        refused.value.code == 2
        and json.loads(capsys.readouterr().err.splitlines()[-1])["where"] == "--growth-source"
    )
    assert not (tmp_path / "p").exists()


def test_the_page_counts_among_a_reference_population_and_names_it(no_sets, alice, made):
    export, wards, people, _ = made
    row = load(people)
    session, browser = alice.session("Burden"), browse(alice)
    stored(alice, session, (export, wards))
    page = reverse("session_tpr", args=[session.pk])
    assert "Test people, 2020, version 1" in text_of(browser.get(page))
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "map:ward": "Ward",
            "population": str(row.pk)}  # fmt: skip
    assert browser.post(page, sent).status_code == 302
    result = work(alice)
    assert result.input_hashes[str(row.pk)] == row.sha256
    assert result.summary["burden"]["cited"]["version"] == 1
    shown = text_of(browser.get(reverse("tpr_result", args=[session.pk, result.pk])))
    assert "Cases per 1,000 children under five and year" in shown
    assert "Test people, version 1 (made for a test)" in shown and "not projected" in shown
    assert "N1, adjusted for testing" in shown and "N2, for reporting too" in shown
    assert "The file has no presumed cases of these persons" in shown


def load(people, name="Test people", kind="population"):
    return load_reference(
        by=COMMAND_LINE, kind=kind, path=people, file_name=people.name, options={},
        stated={"name": name, "year": "2020", "licence": "CC BY 4.0", "source": "made for a test"},
    )  # fmt: skip


def states(api, *results):
    return [api.get(f"/api/results/{result.pk}/").json()["stale"] for result in results]


def test_a_newer_version_of_the_population_makes_the_burden_and_what_builds_on_it_out_of_date(
    no_sets, alice, made, tmp_path
):
    export, wards, people, _ = made
    counted_again = tmp_path / "people.csv"
    counted_again.write_bytes(people.read_bytes().replace(b"10000", b"10001"))
    first, session, browser, api = load(people), alice.session(), browse(alice), alice.browser()
    files = stored(alice, session, (export, wards))
    plain = alice.request(session, "tpr", **files)
    assert work(alice).pk == plain.pk
    result = alice.request(session, "tpr", **files, population=str(first.pk))
    assert work(alice).pk == result.pk
    assert browser.post(reverse("tpr_hand_over", args=[session.pk, result.pk])).status_code == 302
    dataset = work(alice)
    assert states(api, plain, result, dataset) == [False, False, False]
    load(people, "Other people")
    assert states(api, plain, result, dataset) == [False, False, False]
    second = load(counted_again)
    assert states(api, plain, result, dataset) == [False, True, True]
    shown = browser.get(reverse("tpr_result", args=[session.pk, result.pk]))
    assert "has been replaced since" in text_of(shown)
    # The way out offers the newest version, chosen.
    form = browser.get(reverse("session_tpr", args=[session.pk]))
    assert form.context["population"] == str(second.pk)
    withdraw_reference(by=COMMAND_LINE, reference=second)
    assert states(api, plain, result, dataset) == [False, False, False]


def test_a_newer_population_table_or_register_makes_what_used_an_earlier_one_out_of_date(alice, made):
    export, wards, people, _ = made
    session, api = alice.session(), alice.browser()
    files = stored(alice, session, (export, wards))
    plain = alice.request(session, "tpr", **files)
    assert work(alice).pk == plain.pk
    own = str(alice.upload(session, people.read_bytes(), "people.csv", "population").pk)
    counted = alice.request(session, "tpr", **files, population_file=own, population_year="2020")
    assert work(alice).pk == counted.pk
    assert states(api, plain, counted) == [False, False]
    alice.upload(session, people.read_bytes() + b"\n", "people 2.csv", "population")
    assert states(api, plain, counted) == [False, True]
    lines = "Facility,Ward,LGA\nA,B,C\n"
    register = str(alice.upload(session, lines.encode(), "r.csv", "facility_register").pk)
    lent = alice.request(session, "tpr", **files, register=register)
    assert work(alice).pk == lent.pk
    assert states(api, plain, lent) == [False, False]
    alice.upload(session, f"{lines}D,E,F\n".encode(), "r2.csv", "facility_register")
    assert states(api, plain, lent) == [False, True]


def test_ones_own_table_is_projected_on_the_page_and_the_burden_goes_on_to_the_ranking(no_sets, alice, made):
    export, wards, people, _ = made
    session, browser = alice.session("Own people"), browse(alice)
    stored(alice, session, (export, wards))
    page = reverse("session_tpr", args=[session.pk])
    assert "add a population table" in text_of(browser.get(page))
    own = alice.upload(session, people.read_bytes(), "people.csv", "population")
    assert "people.csv" in text_of(browser.get(reverse("session_data", args=[session.pk])))
    assert "people.csv, your table" in text_of(browser.get(page))
    sent = {"age_group": "u5", "level": "all", "method": "pooled", "period": "all", "map:ward": "Ward",
            "population": f"own:{own.pk}", "growth_percent": "2.5", "growth_source": "NPC"}  # fmt: skip
    refused = browser.post(page, sent)
    assert refused.status_code == 422 and "Say which year the uploaded population is of." in text_of(refused)
    assert 'value="NPC"' in refused.content.decode() and 'value="2.5"' in refused.content.decode()
    assert browser.post(page, sent | {"population_year": "2020"}).status_code == 302
    result = work(alice)
    assert result.input_hashes[str(own.pk)] == own.sha256
    found = result.summary["burden"]
    assert (found["population"], found["population_year"]) == ("people.csv (uploaded)", "2020")
    assert (found["growth_percent"], found["projected_to"]) == (2.5, pytest.approx(2022.25))
    shown = text_of(browser.get(reverse("tpr_result", args=[session.pk, result.pk])))
    assert "Projected to 2022.3 by 2.5" in shown and "NPC" in shown
    explained = browser.get(
        reverse("explain_figure", args=[session.pk, result.pk, "table_burden"])
    ).content.decode()
    assert "2.5" in explained and "NPC" in explained
    assert browser.post(reverse("tpr_hand_over", args=[session.pk, result.pk])).status_code == 302
    variables = {row["variable"]: row for row in work(alice).summary["variables"]}
    assert variables["u5_tpr_rdt"]["outcome"] and variables["u5_tpr_rdt"]["included"]
    burden = variables["burden_per_1000_per_year"]
    assert not burden["outcome"] or not burden["included"]


def test_the_api_refuses_a_population_that_is_not_said_whole(no_sets, alice, made):
    export, wards, people, _ = made
    session = alice.session("API")
    files = stored(alice, session, (export, wards))
    own = str(alice.upload(session, people.read_bytes(), "people.csv", "population").pk)
    api, where = alice.browser(), f"/api/sessions/{session.pk}/results/"
    for wrong in (
        {"population_file": own},
        {"population_year": "2020"},
        {"growth_percent": 2.5, "growth_source": "NPC"},
        {"population_file": own, "population_year": "2020", "growth_percent": 2.5},
        {
            "population_file": own,
            "population_year": "2020",
            "pregnancy_factor": 2,
            "pregnancy_factor_source": "x",
        },
        {"population_file": files["boundaries"], "population_year": "2020"},
    ):
        answer = api.post(where, {"kind": "tpr", "params": {**files, **wrong}}, "application/json")
        problem(answer, 400, "invalid_request")
    right = {"population_file": own, "population_year": "2020"}
    assert (
        api.post(where, {"kind": "tpr", "params": {**files, **right}}, "application/json").status_code == 202
    )
    found = work(alice).summary["burden"]
    assert found["projected_to"] is None and found["lgas"][0]["incidence_n2"] > 0
