"""Test positivity asked for in words: the numbers are those of the result's own files."""

import pytest

from analysis.tests.test_tpr_pages import carol, made, ward_rows
from assistant.core.verifier import unsupported_numbers
from assistant.wording import DEFINITIONS, FIXED

__all__ = ["carol", "made"]


@pytest.fixture
def talk(carol, committed):
    someone, _, session, _ = carol
    api = someone.browser()
    place = f"/api/conversations/{api.post(f'/api/sessions/{session.pk}/conversations/').json()['id']}/turns/"

    def say(text: str) -> dict:
        answer = api.post(place, {"text": text}, "application/json")
        assert answer.status_code == 201, answer.content
        turn = answer.json()
        assert (
            unsupported_numbers(turn["answer"], turn["results"], (*FIXED, *DEFINITIONS.values(), text)) == []
        )
        assert "could not be traced" not in turn["answer"] and turn["next_actions"]
        return turn

    return say


def test_the_whole_area_an_lga_and_a_ward_say_what_the_files_say(talk, carol):
    _, browser, _, result = carol
    turn = talk("facility tpr")
    (found,) = turn["results"]
    assert found["tool"] == "tpr_report" and found["facts"]["tpr_percent"] == result.summary["tpr_percent"]
    lgas = {row["lga_name"]: row for row in ward_rows(browser, result, "lgas.csv")}
    assert {row["lga_name"]: row["positive"] for row in found["rows"]} == {
        name: float(row["positive"]) for name, row in lgas.items()
    }
    assert [row["tpr_percent"] for row in found["rows"]] == sorted(
        (float(r["tpr_percent"]) for r in lgas.values()), reverse=True
    )
    name = next(iter(lgas))
    turn = talk(f"facility tpr in {name} LGA")
    assert f"{float(lgas[name]['tpr_percent']):.1f} % positive" in turn["answer"]
    wards = ward_rows(browser, result, "wards.csv")
    names = [row["ward_name"] for row in wards]
    ward = next(row for row in wards if row["tpr_percent"] and names.count(row["ward_name"]) == 1)
    for text in (f"facility tpr of {ward['ward_name']}", f"what is the tpr of {ward['ward_name']}"):
        turn = talk(text)
        assert f"{float(ward['tpr_percent']):.1f} % positive" in turn["answer"], (text, turn["answer"])
        assert f"{float(ward['positive']):,.0f} of {float(ward['tested']):,.0f} tested" in turn["answer"]


def test_the_quality_of_the_reports_is_counted_from_the_quality_file(talk, carol):
    _, browser, _, result = carol
    (found,) = talk("how good is the data quality?")["results"]
    rows = ward_rows(browser, result, "quality.csv")
    rates = [row for row in rows if row["check"] == "reporting_rate" and row["scope"] == "ward"]
    facts = found["facts"]
    assert facts["expected"] == sum(float(row["count"]) for row in rates)
    assert facts["low"] == sum(float(row["value"]) < 80 for row in rates)
    for one in facts["findings"]:
        assert one["count"] <= len(rows)
    lowest = [row["reporting_percent"] for row in found["rows"]]
    assert lowest == sorted(float(row["value"]) for row in rates)[: len(lowest)]


def test_without_facility_data_the_page_is_named(alice):
    api, session = alice.browser(), alice.session("Empty")
    place = f"/api/conversations/{api.post(f'/api/sessions/{session.pk}/conversations/').json()['id']}/turns/"
    for text in ("run tpr", "data quality"):
        turn = api.post(place, {"text": text}, "application/json").json()
        assert turn["answer"].startswith("Test positivity is worked out from facility data")
        assert turn["results"][0]["links"][0]["url"].endswith("/facilities/")
