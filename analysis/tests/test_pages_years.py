"""Variables that come in years, models that are marked, and both rankings side by side, on the pages of a ranking."""

import io
import re

import numpy as np
import pandas as pd
import pytest
from django.urls import reverse

from analysis.synthetic import make_state, write_state
from analysis.tests.test_runs import compute, journey
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import committed, people

__all__ = ["committed"]
WARDS = 40


@pytest.fixture(scope="module")
def yara(tmp_path_factory, django_db_setup, django_db_blocker):
    """Yara, whose table has rainfall of two years and one variable of her own of three, one of them without a value."""
    table, boundaries = make_state(seed=5, wards=WARDS, lgas=4)
    rising = np.linspace(0, 1, len(table))
    table = table.assign(
        **{"rainfall_2020": 900 + 100 * rising, "Rainfall 2021": 1000 + 100 * rising, "<b>own</b> 2019": rising,
           "<b>own</b> 2020": 2 * rising, "<b>own</b> 2021": np.nan, "evi_2020": rising}
    )  # fmt: skip
    table.loc[0, "rainfall_2020"] = None
    files = write_state((table, boundaries), tmp_path_factory.mktemp("state"))
    with django_db_blocker.unblock(), people() as make:
        someone = make("yara")
        api, session, dataset, _ = journey(someone, files)
        risk = compute(
            someone, api, session, "risk",
            {"dataset": dataset["id"], "variables": ["u5_tpr_rdt", "rainfall", "elevation"], "force_pca": True},
        )  # fmt: skip
        yield someone, session, risk


def page(yara, name: str, language: str = "en", **query) -> str:
    person, session, risk = yara
    answer = browse(person).get(
        reverse(name, args=[session, risk["id"]]), query, headers={"accept-language": language}
    )
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.usefixtures("committed")
def test_each_year_has_a_tab_and_all_years_the_same_classes(yara):
    person, _, risk = yara
    series = {one["label"]: one["years"] for one in risk["summary"]["years"]}
    assert {name: [row["year"] for row in years] for name, years in series.items()} == {
        "<b>own</b>": [2019, 2020, 2021],
        "Rainfall": [2020, 2021],
    }
    assert series["<b>own</b>"][2]["mean"] is None
    number = list(series).index("Rainfall") + 1
    assert "?show=years" in page(yara, "result_variables")
    shown = page(yara, "result_variables", show="years", of=number)
    assert "&lt;b&gt;own" in shown and "<b>own" not in shown
    assert [f"map_year_{number:02d}_{year}.svg" in shown for year in (2020, 2021)] == [True, True]
    assert 1_000 <= series["Rainfall"][1]["lowest"] < series["Rainfall"][1]["highest"] <= 1_100
    one = page(yara, "result_variables", show="years", of=number, year=2021)
    assert f"map_year_{number:02d}_2021.svg" in one and f"map_year_{number:02d}_2020.svg" not in one
    # Nonsense shows the first, as elsewhere.
    assert "map_year_01" in page(yara, "result_variables", show="years", of="x", year="1066")
    told = person.browser().get(f"/api/results/{risk['id']}/explain/map_year_{number:02d}_2020/")
    assert told.status_code == 200, told.content
    facts = told.json()["facts"]
    known = series["Rainfall"][0]["known"]
    assert (facts["n"], facts["wards"], facts["years"]) == (known, risk["summary"]["wards"], 2)
    assert f"/explain/table_years/?of={number}" in shown
    told = person.browser().get(f"/api/results/{risk['id']}/explain/table_years/", {"of": number})
    means = {str(row["year"]): row["mean"] for row in series["Rainfall"]}
    facts = told.json()["facts"]
    assert (facts["most_in"], facts["most_mean"]) == max(means.items(), key=lambda year: year[1])
    assert (facts["least_in"], facts["least_mean"]) == min(means.items(), key=lambda year: year[1])
    assert "Rainfall in the year 2020" in page(yara, "result_downloads")
    french = page(yara, "result_variables", "fr", show="years", of=number, year=2021)
    assert "Rainfall in the year" not in french


@pytest.mark.usefixtures("committed")
def test_models_whose_highest_wards_are_not_urban_are_listed(yara):
    found = yara[2]["summary"]["model_flags"]
    assert found["models"] == 4 and found["urban_from"] == 50
    shown = page(yara, "result_models")
    assert f"{len(found['flagged'])} of 4 models have among their 5 highest wards" in shown
    for row in found["flagged"]:
        assert all(ward["urban"] < 50 for ward in row["wards"])
        assert row["model"].replace("_", " ").capitalize() in shown


@pytest.mark.usefixtures("committed")
def test_the_maps_of_both_rankings_stand_beside_each_other_before_any_script(yara):
    shown = page(yara, "result_comparison")
    linked = shown.partition("data-linked>")[2].partition("data-linked-hint")[0]
    assert "map_rank.svg" in linked and "map_pca_rank.svg" in linked
    assert shown.count("map_rank.svg") == linked.count("map_rank.svg"), "not twice"
    assert shown.count("<tr data-ward=") == 20


@pytest.mark.usefixtures("committed")
def test_one_ranking_for_each_year_stands_in_tabs_of_the_same_classes(yara):
    """A year is read from the names of the variables, or stated; the newest ranking for it counts."""
    person, session, risk = yara
    api = person.browser()
    assert "Rank at least two years" in page_of(person, reverse("session_years", args=[session]))
    dataset = risk["params"]["dataset"]
    asked = {"dataset": dataset, "imputation": {}}
    rankings = {}
    for names, period in (
        (["u5_tpr_rdt", "rainfall_2020"], ""),
        (["elevation", "rainfall_2020"], ""),
        (["u5_tpr_rdt", "rainfall"], "2021"),
    ):
        made = compute(person, api, session, "risk", asked | {"variables": names, "period": period})
        rankings[period or "2020"] = made
    shown = browse(person).get(reverse("session_years", args=[session]))
    assert [row["year"] for row in shown.context["rows"]] == ["2020", "2021"]
    assert [str(row["result"].pk) for row in shown.context["rows"]] == [
        one["id"] for one in rankings.values()
    ]
    tiers = {
        year: {row["ward_code"] for row in wards_of(api, one) if row["composite_tier"] == "High"}
        for year, one in rankings.items()
    }
    assert shown.context["rows"][1]["stayed"] == len(tiers["2020"] & tiers["2021"])
    explained = reverse("api-result-explain", args=[rankings["2021"]["id"], "rankings_by_year"])
    assert explained.removeprefix("/api") in shown.content.decode()
    facts = api.get(explained).json()["facts"]
    assert (facts["years"], facts["stayed"], facts["high"]) == (
        2,
        len(tiers["2020"] & tiers["2021"]),
        len(tiers["2021"]),
    )
    legends = []
    for _, address in shown.context["maps"]:
        drawing = browse(person).get(address)
        assert (drawing.status_code, drawing["Content-Type"]) == (200, "image/svg+xml")
        rows = re.findall(
            r'stroke-width="0.5"/><text[^>]*>([^<]+)</text><text[^>]*>([^<]+)<', drawing.content.decode()
        )
        legends.append([label for label, _ in rows])
        assert sum(int(count.split()[0]) for _, count in rows) == WARDS
    assert legends[0] == legends[1]
    one = browse(person).get(
        reverse("session_years", args=[session]), {"of": "composite_score", "year": "2021"}
    )
    assert [year for year, _ in one.context["maps"]] == ["2021"]
    table = pd.read_csv(
        io.BytesIO(browse(person).get(reverse("session_years_csv", args=[session])).content)
    ).set_index("ward_code")
    for year, made in rankings.items():
        told = {row["ward_code"]: row["composite_rank"] for row in wards_of(api, made)}
        assert table[f"composite_rank_{year}"].dropna().to_dict() == {
            k: v for k, v in told.items() if v is not None
        }
    assert "<td><bdi>2021</bdi></td>" in page_of(
        person, reverse("result_methods", args=[session, rankings["2021"]["id"]])
    )


def page_of(person, address: str) -> str:
    return text_of(browse(person).get(address))


def wards_of(api, result) -> list[dict]:
    return api.get(f"/api/results/{result['id']}/wards/?limit=500").json()["results"]
