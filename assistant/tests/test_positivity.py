"""Test positivity asked for in words: the numbers are those of the result's own files."""

import pytest

from analysis.tests.test_tpr_pages import carol, made, stored, ward_rows, work
from assistant.core.verifier import unsupported_numbers
from assistant.wording import DEFINITIONS, FIXED
from sessions_app.tests.browsing import browse, text_of

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


def test_rise_and_fall_is_told_of_all_an_lga_and_a_ward(talk, carol):
    _, browser, _, result = carol
    rows = ward_rows(browser, result, "lga_trends.csv")
    (found,) = talk("is tpr rising?")["results"]
    assert found["facts"]["n"] == len(rows)
    name = rows[0]["lga_name"]
    (found,) = talk(f"trend of tpr in {name}")["results"]
    series = [
        row
        for row in ward_rows(browser, result, "lga_series.csv")
        if row["lga_name"] == name and row["span"] == "month" and row["tpr_percent"]
    ]
    facts = found["facts"]
    assert (facts["place"], facts["points"]) == (name, len(series))
    assert facts["highest"] == pytest.approx(max(float(row["tpr_percent"]) for row in series))
    wards = ward_rows(browser, result, "wards.csv")
    names = [row["ward_name"] for row in wards]
    ward = next(row for row in wards if row["tpr_percent"] and names.count(row["ward_name"]) == 1)
    (found,) = talk(f"is {ward['ward_name']} getting worse?")["results"]
    assert found["facts"]["place"].startswith(ward["ward_name"])


def test_wards_lgas_facilities_and_months_are_ordered_and_chosen_by_what_the_files_say(talk, carol):
    _, browser, _, result = carol

    def rows(name: str) -> list[dict]:
        return ward_rows(browser, result, name)

    def asked(text: str) -> dict:
        (found,) = talk(text)["results"]
        assert found["tool"] == "report_table", (text, found["tool"])
        return found

    facilities = rows("facilities.csv")
    most = max(facilities, key=lambda row: float(row["tested"] or 0))
    found = asked("which facility has the most tests")
    assert (found["rows"][0]["facility"], found["rows"][0]["tested"]) == (
        most["facility"],
        float(most["tested"]),
    )
    levels = [row["level"] for row in facilities]
    assert asked("how many secondary facilities are there")["facts"]["n"] == levels.count("secondary") > 0
    lga = most["lga_name"]
    in_lga = [row for row in facilities if row["lga_name"] == lga]
    assert asked(f"how many facilities in {lga}")["facts"]["n"] == len(in_lga)
    # Sums of the facilities on the map are those of the wards.
    for column in ("tested", "positive"):
        on_map = sum(float(row[column] or 0) for row in facilities if row["ward_code"])
        assert on_map == result.summary[column]
    reporting = {
        row["ward_code"]: float(row["value"])
        for row in rows("quality.csv")
        if row["check"] == "reporting_rate" and row["scope"] == "ward"
    }
    low = [value for value in reporting.values() if value < 95]
    assert asked("how many wards have a reporting rate under 95")["facts"]["n"] == len(low) > 0
    found = asked("which ward has the lowest reporting rate")
    assert found["rows"][0]["reporting_percent"] == pytest.approx(min(reporting.values()))
    lgas = rows("lgas.csv")
    found = asked("which LGA had the most tests")
    assert found["facts"]["first"] == max(lgas, key=lambda row: float(row["tested"]))["lga_name"]
    found = asked("top 5 wards by number tested")
    tested = sorted((float(row["tested"]) for row in rows("wards.csv") if row["tested"]), reverse=True)
    assert [row["tested"] for row in found["rows"]] == tested[:5]
    months: dict[str, list[float]] = {}
    for row in rows("ward_series.csv"):
        if row["span"] == "month":
            sums = months.setdefault(row["period"], [0.0, 0.0])
            sums[0] += float(row["positive"])
            sums[1] += float(row["tested"])
    rates = {period: 100 * positive / tested for period, (positive, tested) in months.items()}
    found = asked("which month had the highest tpr")
    assert found["facts"]["first"] == max(rates, key=rates.get)
    assert found["facts"]["first_value"] == pytest.approx(max(rates.values()))
    rising = [
        row
        for row in rows("trends.csv")
        if row["monthly_slope"]
        and float(row["monthly_slope"]) > 0
        and row["monthly_p"]
        and float(row["monthly_p"]) < 0.05
    ]
    assert asked("which wards are rising")["facts"]["n"] == len(rising)


def test_every_figure_of_test_positivity_is_explained_by_its_own_rows(carol, committed):
    someone, browser, session, result = carol
    api = someone.browser()
    wards = [row for row in ward_rows(browser, result, "wards.csv") if row["tpr_percent"]]
    names = ("map", "table_wards", "table_combinations", "table_reporting", "trend_map", "table_lga_trends")
    years = [
        name
        for name in ("year_map_2021", "year_map_2022")
        if f"{name}.svg" in {f.name for f in someone.files()}
    ]
    for name in (*names, *years):
        answer = api.get(f"/api/results/{result.pk}/explain/{name}/")
        assert answer.status_code == 200, (name, answer.content)
        said = answer.json()
        for line in said["text"]:
            assert unsupported_numbers(line, [said["facts"]], FIXED) == [], (name, line)
        assert browser.get(f"/sessions/{session.pk}/results/{result.pk}/explain/{name}/").status_code == 200
    facts = api.get(f"/api/results/{result.pk}/explain/map/").json()["facts"]
    assert facts["known"] == len(wards)
    assert facts["highest"] == pytest.approx(max(float(row["tpr_percent"]) for row in wards))
    for place in (
        f"/sessions/{session.pk}/facilities/{result.pk}/",
        f"/sessions/{session.pk}/facilities/{result.pk}/trends/?lga=0",
    ):
        assert "/explain/" in text_of(browser.get(place))


def test_without_facility_data_the_page_is_named(alice):
    api, session = alice.browser(), alice.session("Empty")
    place = f"/api/conversations/{api.post(f'/api/sessions/{session.pk}/conversations/').json()['id']}/turns/"
    for text in ("run tpr", "data quality"):
        turn = api.post(place, {"text": text}, "application/json").json()
        assert turn["answer"].startswith("Test positivity is worked out from facility data")
        assert turn["results"][0]["links"][0]["url"].endswith("/facilities/")


def test_the_burden_of_years_is_told_of_all_an_lga_and_a_ward(talk, carol, alice, made, committed):
    (found,) = talk("is the burden rising?")["results"]
    assert (found["tool"], found["say"]) == ("burden_trend", "no_burden_trend"), "nobody chose a population"

    session, browser = alice.session("Burden"), alice.browser()
    files = stored(alice, session, made[:2])
    wards = ward_rows(carol[1], carol[3], "wards.csv")
    table = "ward_code,ward_name,lga_name,under5_pop\n" + "".join(
        f'{row["ward_code"]},"{row["ward_name"]}","{row["lga_name"]}",2000\n' for row in wards
    )
    people = str(alice.upload(session, table.encode(), "people.csv", "population").pk)
    alice.request(session, "tpr", **files, population_file=people, population_year="2020")
    result = work(alice)
    place = (
        f"/api/conversations/{browser.post(f'/api/sessions/{session.pk}/conversations/').json()['id']}/turns/"
    )

    def asked(text: str) -> tuple[dict, str]:
        turn = browser.post(place, {"text": text}, "application/json").json()
        (found,) = turn["results"]
        assert found["tool"] == "burden_trend", (text, found["tool"])
        allowed = (*FIXED, *DEFINITIONS.values(), text)
        assert unsupported_numbers(turn["answer"], turn["results"], allowed) == []
        return found["facts"], turn["answer"]

    lgas = ward_rows(browse(alice), result, "burden_lga_trends.csv")
    facts, _ = asked("is the burden rising?")
    assert facts["n"] == len(lgas)
    facts, words = asked(f"is the burden rising in {lgas[0]['lga_name']}")
    years = sorted(name for name in lgas[0] if name.startswith("burden_2"))
    assert facts["place"] == lgas[0]["lga_name"] and facts["slope"] == pytest.approx(
        float(lgas[0]["sen_slope"])
    )
    for name, year in (("began", years[0]), ("ended", years[-1])):
        assert facts[name] == pytest.approx(float(lgas[0][year])) and f"{facts[name]:,.1f}" in words
    rows = ward_rows(browse(alice), result, "burden_trends.csv")
    names = [row["ward_name"] for row in rows]
    ward = next(row for row in rows if int(row["points"]) >= 2 and names.count(row["ward_name"]) == 1)
    facts, _ = asked(f"burden trend of {ward['ward_name']}")
    assert facts["place"].startswith(ward["ward_name"]) and facts["ended"] == pytest.approx(
        float(ward[years[-1]])
    )
