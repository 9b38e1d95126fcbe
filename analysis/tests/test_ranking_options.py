"""Zone, outcome, tiers and a forced PCA, through the API and the variables page."""

import re

import numpy as np
import pytest
from django.urls import reverse

from analysis.synthetic import make_state, write_state
from analysis.tests.test_runs import compute, journey
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import committed, people, problem

__all__ = ["committed"]
USUAL_IN_THE_SOUTH = {"housing_quality", "elevation", "urban_percentage"}
SAYS_FORCED = "The PCA ranking is forced"
NOISE = ["elevation", "rainfall", "nighttime_lights"]


@pytest.fixture(scope="module")
def dora(tmp_path_factory, django_db_setup, django_db_blocker):
    """Dora, three of whose variables are noise, so that the tests of the PCA fail; her state is none of Nigeria's.

    Her table has ten known variables, two more than a ranking may have.
    """
    table, boundaries = make_state(seed=5, wards=40, lgas=4)
    shuffled = {name: table[name].sample(frac=1, random_state=k).to_numpy() for k, name in enumerate(NOISE)}
    table = table.assign(**shuffled, temp=np.linspace(24, 31, 40), evi=np.linspace(0.1, 0.6, 40) ** 2)
    files = write_state((table, boundaries), tmp_path_factory.mktemp("state"))
    with django_db_blocker.unblock(), people() as make:
        someone = make("dora")
        yield someone, *journey(someone, files)


@pytest.fixture
def done(dora, committed):
    person, _, *rest = dora
    return person, person.browser(), *rest  # a token lives for minutes, this for the whole module


def ask(api, session, **params):
    return api.post(
        f"/api/sessions/{session}/results/", {"kind": "risk", "params": params}, "application/json"
    )


def test_the_options_are_computed_recorded_and_told(done):
    person, api, session, dataset, _ = done
    params = {"dataset": dataset["id"], "zone": "South East", "outcome": "rainfall", "cut": [0.1, 0.5]}
    risk = compute(person, api, session, "risk", params)
    assert risk["status"] == "succeeded", risk["error"]
    assert risk["params"] == params | {"method": "recommended"}
    parameters = risk["summary"]["parameters"]
    assert (parameters["zones"], parameters["outcome"], parameters["cut"]) == (
        ["South East"],
        "rainfall",
        [0.1, 0.5],
    )
    assert set(parameters["variables"]) - {"rainfall"} <= USUAL_IN_THE_SOUTH
    rows = api.get(f"/api/results/{risk['id']}/wards/?limit=1000").json()["results"]
    tiers = [row["composite_tier"] for row in rows]
    assert tiers.count("High") == risk["summary"]["ranked"] // 10
    assert tiers.count("Low") == risk["summary"]["ranked"] // 2
    page = text_of(browse(person).get(reverse("result_methods", args=[session, risk["id"]])))
    for told in ("South East, as chosen", "the first 10.0 % high, the last 50.0 % low", "Rainfall"):
        assert told in page, told


def test_of_ten_known_variables_eight_are_proposed_and_the_others_named(done):
    *_, dataset, risk = done
    proposed = {row["variable"] for row in dataset["summary"]["variables"] if row["included"]}
    assert len(proposed) == 8 and set(risk["summary"]["variables"]) == proposed
    note = next(note for note in risk["summary"]["notes"] if note["code"] == "beyond_limit")
    assert note["examples"] == ["temp", "evi"]


def test_more_than_eight_chosen_variables_are_refused_when_asked_for(done):
    _, api, session, dataset, _ = done
    names = ["u5_tpr_rdt", "temp", "evi", *USUAL_IN_THE_SOUTH, "rainfall", "soil_wetness", "nighttime_lights"]
    asked = {"dataset": dataset["id"], "variables": names}
    told = problem(ask(api, session, **asked), 400, "invalid_request")
    assert "9 variables are chosen; a ranking has 8 at most." in str(told)
    page = browse(done[0]).post(variables_page(done), asked | {"method": "recommended"})
    assert page.status_code == 422
    assert "9 variables are chosen; a ranking has 8 at most." in text_of(page)
    assert "Choose eight variables at most." in text_of(page)
    truncated = ask(api, session, **asked, method="mrpt-legacy-truncated")
    assert truncated.status_code == 202
    assert api.post(f"/api/results/{truncated.json()['id']}/cancel/").status_code in (200, 202)


def test_a_changed_option_is_another_request_and_a_default_is_none(done):
    _, api, session, dataset, _ = done
    asked = {"dataset": dataset["id"]}
    first = ask(api, session, **asked).json()["id"]
    others = [
        ask(api, session, **asked, **more).json()["id"]
        for more in (
            {"cut": "quartiles"},
            {"zone": "North West"},
            {"outcome": "rainfall"},
            {"force_pca": True},
        )
    ]
    same = ask(api, session, **asked, cut="thirds", force_pca=False).json()["id"]
    assert same == first and len({first, *others}) == 5
    for one in (first, *others):
        assert api.post(f"/api/results/{one}/cancel/").status_code in (200, 202)


@pytest.fixture(scope="module")
def forced(dora, django_db_blocker):
    person, api, session, dataset, _ = dora
    with django_db_blocker.unblock():
        params = {"dataset": dataset["id"], "variables": NOISE, "force_pca": True}
        risk = compute(person, api, session, "risk", params)
        assert risk["status"] == "succeeded", risk["error"]
        assert not risk["summary"]["pca"]["suitable"], "noise has no components"
        return risk


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("result_pca", "The PCA ranking is shown all the same, as asked."),
        ("result_detail", "the PCA is forced although its tests fail"),
        ("result_wards", SAYS_FORCED),
        ("result_comparison", SAYS_FORCED),
        ("result_methods", "forced although its tests do not allow it"),
        ("result_map", "PCA rank, forced"),
        ("result_downloads", "Wards by PCA rank, forced"),
        ("session_nets", "PCA, forced although its tests fail"),
    ],
)
def test_every_page_that_tells_of_a_forced_pca_says_so(done, forced, page, told):
    place = [done[2]] if page == "session_nets" else [done[2], forced["id"]]
    assert told in text_of(browse(done[0]).get(reverse(page, args=place)))


def test_a_forced_pca_is_called_so_on_a_ward_s_page_and_in_the_api(done, forced):
    person, api, session, *_ = done
    rows = api.get(f"/api/results/{forced['id']}/wards/").json()["results"]
    ranked = next(row for row in rows if row["pca_rank"] is not None)
    assert "pca_forced" in ranked["flags"].split(";")
    page = text_of(
        browse(person).get(reverse("result_ward", args=[session, forced["id"], ranked["ward_code"]]))
    )
    assert "asked for although the tests do not allow a PCA" in page
    assert forced["summary"]["pca_forced"] is True


def variables_page(done) -> str:
    return reverse("session_variables", args=[done[2]])


def sent_back(context) -> dict:
    """The form of the page as a browser would send it unchanged."""
    asked = {
        "dataset": str(context["dataset"].pk),
        "method": context["method"],
        "cut": context["more"]["cut"],
    }
    asked |= {"variables": [row["name"] for row in context["rows"] if row["included"]]}
    for row in context["rows"]:
        asked[f"direction:{row['name']}"] = "lower" if row["inverse"] else "higher"
        if row["missing"]:
            asked[f"imputation:{row['name']}"] = row["imputation"]
    return asked


def test_the_page_ticks_the_variables_of_another_zone_without_running(done):
    browser = browse(done[0])
    before = browser.get(variables_page(done)).context
    answer = browser.post(
        variables_page(done), sent_back(before) | {"zone": "South East", "preselect": "zone"}
    )
    assert answer.status_code == 200
    ticked = {row["name"] for row in answer.context["rows"] if row["included"]}
    assert ticked == USUAL_IN_THE_SOUTH | {"u5_tpr_rdt"}
    page = text_of(answer)
    assert '<option value="South East" selected>' in page and '<details class="more-options" open>' in page
    assert answer.context["running"] is None


def test_the_page_s_options_become_parameters(done):
    person, api, session, *_ = done
    browser = browse(person)
    context = browser.get(variables_page(done)).context
    asked = sent_back(context) | {
        "zone": "North West", "outcome": "elevation", "outcome_shown": "", "cut": "own", "cut_high": "10",
        "cut_low": "25.5", "force_pca": "1", "variables": NOISE,
        "imputation:elevation": "spatial", "period": " 2024 ",
    }  # fmt: skip
    bad = browser.post(variables_page(done), asked | {"cut_low": "ninety-five"})
    assert bad.status_code == 422 and 'value="ninety-five"' in text_of(bad)
    assert browser.post(variables_page(done), asked).status_code == 302
    newest = api.get(f"/api/sessions/{session}/results/").json()["results"][0]
    params = newest["params"]
    assert (params["zone"], params["outcome"], params["cut"]) == ("North West", "elevation", [0.1, 0.255])
    assert params["force_pca"] is True and "elevation" not in params["imputation"]
    assert params["period"] == "2024"
    assert api.post(f"/api/results/{newest['id']}/cancel/").status_code in (200, 202)
    again = text_of(browser.get(variables_page(done)))
    assert 'name="cut_low" inputmode="decimal" size="5" value="25.5"' in again
    assert re.search(r'name="force_pca" value="1" checked', again)
    assert 'name="period" value="2024"' in again


def test_a_zone_that_is_not_known_is_asked_for(done):
    assert done[3]["summary"]["zones"] == []
    browser = browse(done[0])
    shown = browser.get(variables_page(done)).context
    page = text_of(browser.post(variables_page(done), sent_back(shown) | {"preselect": "zone"}))
    assert "Your data name no state that we know. Choose the zone" in page
