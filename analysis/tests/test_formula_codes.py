"""Wards whose codes and names a spreadsheet would run, or a reader of CSV would take for nothing, on the pages."""

import re
from html import unescape

import pytest
from django.urls import reverse

from analysis import frames
from analysis.synthetic import make_state, write_state
from analysis.tests.test_query_growth import finished
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import committed, people

__all__ = ["committed"]
SIGNS = "-=+@"


@pytest.fixture(scope="module")
def erin(tmp_path_factory, django_db_setup, django_db_blocker):
    """Erin's table has one row whose ward is proposed only, and a column with a name like a formula."""
    table, boundaries = make_state(seed=5, wards=24, lgas=3)
    boundaries["ward_code"] = [f"{SIGNS[n % 4]}{n}x" for n in range(24)]
    boundaries["ward_name"] = [f"Kawo{'abcdefghijklmnopqrstuvwx'[n]}{n}" for n in range(24)]
    boundaries.loc[0, "ward_name"] = "NULL"
    table = boundaries[["ward_name", "lga_name", "state_name"]].assign(
        **{"-slope": [float(n % 7) for n in range(24)]}, rainfall=table["rainfall"].fillna(900.0)
    )
    table.loc[3, ["-slope", "rainfall"]] = None, 800.0
    table.loc[9, "rainfall"] = None
    table.loc[5, "ward_name"] += " (2)"
    files = write_state((table, boundaries), tmp_path_factory.mktemp("state"))
    table.to_csv(files[0], index=False)  # as somebody's own program writes it, with nothing marked
    with django_db_blocker.unblock(), people() as make:
        person = make("erin")
        session = person.session("Formulas")
        uploads = {
            kind: str(person.upload(session, path.read_bytes(), path.name, kind).pk)
            for kind, path in zip(("ward_table", "boundaries"), files, strict=True)
        }
        dataset = finished(person, session, "dataset", **uploads)
        names = [row["variable"] for row in dataset.summary["variables"] if row["variable"] != "population"]
        risk = finished(person, session, "risk", dataset=str(dataset.pk), variables=names)
        yield person, session, dataset, risk


@pytest.fixture
def done(erin, committed):
    return browse(erin[0]), *erin


def test_codes_are_marked_in_the_files_and_read_back_as_they_were(done):
    *_, dataset, risk = done
    assert b"'-0x" in frames.artifact_bytes(dataset, frames.MATCHES)
    codes = {row["ward_code"] for row in frames.match_rows(dataset)}
    assert {"-0x", "=1x", "+2x", "@3x"} <= codes and not any(code.startswith("'") for code in codes if code)
    assert "NULL" in {row["ward_name"] for row in frames.match_rows(dataset)}
    filled = {(row["ward_code"], row["variable"]) for row in frames.csv_rows(risk, "imputation.csv")}
    assert filled == {("@3x", "-slope"), ("=9x", "rainfall")}


def test_the_links_of_filled_cells_lead_to_wards_that_show_them(done):
    browser, _, session, _, risk = done
    page = text_of(browser.get(reverse("result_filled", args=[session.pk, risk.pk])))
    links = re.findall(r'class="ward-link" href="([^"]+)"', page)
    assert len(links) == 2
    for link in links:
        answer = browser.get(unescape(link))
        assert answer.status_code == 200, link
        parts = answer.context["parts"]
        assert sum(bool(part["filled"]) for part in parts) == 1
        assert all(part["scaled"] is not None for part in parts)


def test_a_yes_on_the_check_page_names_the_ward(done):
    browser, person, session, dataset, _ = done
    [row] = [row for row in frames.match_rows(dataset) if row["status"] == "review"]
    assert row["ward_code"] == "=5x"
    sent = {"action": "decide", f"row-{row['table_row']}": "yes"}
    assert browser.post(reverse("session_check", args=[session.pk]), sent).status_code == 302
    asked = person.browser().get(f"/api/sessions/{session.pk}/results/").json()["results"][0]
    assert asked["params"]["confirmed"] == [{"table_row": row["table_row"], "ward_code": "=5x"}]
    again = finished(person, session, "dataset", **asked["params"])
    assert again.summary["accepted"] == 24
