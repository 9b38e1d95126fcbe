"""Cases per 1,000 people and year: from a population table by the command, from a reference set on the page."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, work
from analysis.writers.geo import write_gpkg
from reference.actions import load_reference
from reference.tests.conftest import no_sets
from sessions_app.events import COMMAND_LINE
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person

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


def test_the_page_counts_among_a_reference_population_and_names_it(no_sets, alice, made):
    export, wards, people, _ = made
    row = load_reference(
        by=COMMAND_LINE, kind="population", path=people, file_name="people.csv", options={},
        stated={"name": "Test people", "year": "2020", "licence": "CC BY 4.0", "source": "made for a test"},
    )  # fmt: skip
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
