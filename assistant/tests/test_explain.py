"""Every figure and table of a result can be explained, from its own rows, in two languages, to its owner alone."""

import csv
import io
import statistics
import uuid

import pytest

from assistant import tasks
from assistant.core.explaining import FIXED_PARTS, explanation
from assistant.core.explanations import EXPLANATIONS
from assistant.core.verifier import unsupported_numbers
from assistant.tests.scripted import Call, Say, Scripted
from itn.tests.test_runs import COLUMN, artefact, carol, compute, files, rows_of
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse, text_of

__all__ = ["carol", "files"]
PAGES = (
    "",
    "wards/",
    "models/",
    "stability/",
    "stability/?show=ranks",
    "pca/",
    "comparison/",
    "filled/",
    "methods/",
)


def asked(api, result: dict, figure: str, **query) -> dict:
    answer = api.get(f"/api/results/{result['id']}/explain/{figure}/", query)
    assert answer.status_code == 200, (figure, answer.content)
    return answer.json()


def figures_of(result: dict) -> list[str]:
    return [row["name"] for row in result["summary"]["figures"]]


@pytest.mark.parametrize("which", ["ranking", "plan"])
def test_every_figure_is_explained_and_each_number_is_a_fact(carol, committed, which):
    _, api, _, risk, plan = carol
    result = risk if which == "ranking" else plan
    assert len(figures_of(result)) > 5
    for name in figures_of(result):
        said = asked(api, result, name)
        assert said["title"] == next(r["title"] for r in result["summary"]["figures"] if r["name"] == name)
        assert len(said["text"]) >= 2, name
        for line in said["text"]:
            assert unsupported_numbers(line, [said["facts"]], FIXED_PARTS) == [], (name, line)
        french = asked(api, result, name, language="fr")
        assert french["facts"] == said["facts"] and french["text"] != said["text"]
        assert len(french["text"]) == len(said["text"])
        for line in french["text"]:
            assert unsupported_numbers(line, [said["facts"]], FIXED_PARTS, decimal_comma=True) == [], (
                name,
                line,
            )


def test_the_facts_of_the_map_are_those_of_the_ward_table(carol, committed):
    _, api, _, risk, _ = carol
    rows = list(csv.DictReader(io.StringIO(artefact(api, risk, "wards.csv").decode("utf-8-sig"))))
    ranked = sorted(
        (row for row in rows if row["composite_rank"]), key=lambda row: int(row["composite_rank"])
    )
    facts = asked(api, risk, "map_rank")["facts"]
    assert facts["ranked"] == len(ranked) and facts["first"].startswith(ranked[0]["ward_name"])
    assert facts["first_score"] == pytest.approx(float(ranked[0]["composite_score"]))
    high = [row["lga_name"] for row in ranked if row["composite_tier"] == "High"]
    assert facts["lga_high"] == max(high.count(lga) for lga in high) == high.count(facts["lga"])
    used = risk["summary"]["parameters"]["variables"]
    for number, name in enumerate(used, 1):
        facts = asked(api, risk, f"histogram_{number:02d}")["facts"]
        values = [float(row[name]) for row in rows if row[name]]
        assert facts["n"] == len(values) and facts["median"] == pytest.approx(statistics.median(values))
        assert (facts["lowest"], facts["highest"]) == pytest.approx((min(values), max(values)))
    filled = list(csv.DictReader(io.StringIO(artefact(api, risk, "imputation.csv").decode("utf-8-sig"))))
    assert asked(api, risk, "table_filled")["facts"]["cells"] == len(filled)


def test_the_facts_of_a_plan_are_those_of_its_rows(carol, committed):
    person, api, session, risk, plan = carol
    rows = rows_of(api, plan)
    facts = asked(api, plan, "map_coverage")["facts"]
    assert facts["served"] == sum(row["nets_allocated"] > 0 for row in rows)
    assert facts["unknown"] == sum(row["population"] is None for row in rows)
    lgas = asked(api, plan, "table_delivery")["facts"]
    of_lga = [row["nets_allocated"] for row in rows if row["lga_name"] == lgas["lga"]]
    assert lgas["lga_nets"] == sum(of_lga)
    params = {"risk": risk["id"], "nets": 130_000, "population": COLUMN, "name": "More"}
    other = compute(person, api, session, "itn_plan", params)
    facts = asked(api, plan, "comparison", to=other["id"])["facts"]
    second = {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, other)}
    assert facts["more"] == sum(second[row["ward_code"]] > row["nets_allocated"] for row in rows)
    assert facts["difference"] == other["summary"]["people_covered"] - plan["summary"]["people_covered"]
    page = text_of(
        browse(person).get(f"/sessions/{session}/plans/compare/?plan={plan['id']}&plan={other['id']}")
    )
    assert f"/explain/comparison/?to={other['id']}" in page


def test_the_link_stands_beside_each_figure_and_table_and_leads_to_a_page(carol, committed):
    """Without scripts the link is a page; with them the page's own fragment is put beside the figure."""
    person, _, session, risk, plan = carol
    browser, names = browse(person), set()
    places = [f"/sessions/{session}/results/{risk['id']}/{page}" for page in PAGES]
    places += [
        f"/sessions/{session}/plans/{plan['id']}/{page}" for page in ("", "wards/", "delivery/", "curves/")
    ]
    for place in places:
        page = text_of(browser.get(place))
        assert "/explain/" in page, place
        links = {part.split('"')[0] for part in page.split('href="')[1:] if "/explain/" in part.split('"')[0]}
        for link in links:
            names.add(link.split("/explain/")[1].split("/")[0])
            shown = browser.get(link.replace("&amp;", "&"))
            assert shown.status_code == 200, link
    expected = {
        "map_rank",
        "table_wards",
        "models_01",
        "table_models",
        "stability_01",
        "scree",
        "table_loadings",
    }
    expected |= {
        "table_moves",
        "table_tiers",
        "table_filled",
        "table_variables",
        "map_coverage",
        "table_delivery",
    }
    assert expected | {"curve_stock", "table_stock", "table_outcomes"} <= names
    part = browser.get(
        f"/sessions/{session}/results/{risk['id']}/explain/map_rank/", headers={"HX-Request": "true"}
    )
    assert "<html" not in text_of(part) and "ranks first" in text_of(part)


def test_a_ward_is_explained_by_its_code(carol, committed):
    _, api, _, risk, _ = carol
    row = next(row for row in rows_of(api, risk) if row["composite_rank"] == 3)
    facts = asked(api, risk, "table_ward", ward=row["ward_code"])["facts"]
    assert (facts["rank"], facts["best"], facts["worst"]) == (3, row["rank_min"], row["rank_max"])


def test_whoever_asks_leaves_an_event_without_words(carol, committed):
    person, api, session, risk, _ = carol
    before = len(person.events("explain.requested"))
    asked(api, risk, "scree")
    browse(person).get(f"/sessions/{session}/results/{risk['id']}/explain/map_tier/")
    api_turn(api, session, "explain the map")
    events = person.events("explain.requested")[before:]
    told = [(event.data["where"], event.data["figure"]) for event in events]
    assert told == [("api", "scree"), ("page", "map_tier"), ("chat", "map_rank")]
    assert {str(event.object_id) for event in events} == {risk["id"]}


def api_turn(api, session: str, *texts: str) -> dict:
    place = f"/api/conversations/{api.post(f'/api/sessions/{session}/conversations/').json()['id']}/turns/"
    for text in texts:
        answer = api.post(place, {"text": text}, "application/json")
        assert answer.status_code in (201, 202), answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("texts", "figure"),
    [
        (("explain the map",), "map_rank"), (("explain the PCA",), "scree"), (("explain the tier map",), "map_tier"),
        (("show the tier map", "explain the map"), "map_tier"), (("explain the scree plot",), "scree"),
        (("explain the net map",), "map_coverage"), (("explain the delivery list",), "table_delivery"),
        (("explique la carte",), "map_rank"), (("what does the map mean",), "map_rank"),
    ],
)  # fmt: skip
def test_the_chat_explains_by_the_same_facts(carol, committed, texts, figure):
    _, api, session, *_ = carol
    turn = api_turn(api, session, *texts)
    (found,) = turn["results"]
    assert (found["tool"], found["facts"]["figure"]) == ("explain_figure", figure)
    explained = found["links"][0]["url"].split("/results/")[1].split("/")[0]
    same = asked(api, {"id": explained}, figure)
    kind = "itn_plan" if figure in ("map_coverage", "table_delivery") else "risk"
    assert api.get(f"/api/results/{explained}/").json()["kind"] == kind
    assert {name: found["facts"][name] for name in same["facts"]} == same["facts"]
    if texts == ("explique la carte",):
        assert "Chaque ward est coloré" in turn["answer"]
    else:
        assert turn["answer"].splitlines() == same["text"]


def test_a_model_may_reword_and_an_invented_number_is_withheld(carol, committed, settings):
    """The sentences made of the facts stand in any case; of the model's words only those whose numbers are facts."""
    person, api, session, risk, _ = carol
    same = asked(api, risk, "map_rank")
    ranked = same["facts"]["ranked"]
    for words, shown in ((f"Of all places {ranked} have a rank.", True), ("About 4711 have a rank.", False)):
        with Scripted([Call("explain_figure", {"figure": "map_rank"}), Say(words)]).running() as server:
            settings.LANGUAGE_MODELS = server.configured()
            turn = api_turn(api, session, "Rephrase the explanation of map_rank")
            assert turn["status"] == "running"
            with scope(person.user.pk):
                tasks.answer_turn.run(turn["id"])
        turn = api.get(f"/api/turns/{turn['id']}/").json()
        assert turn["answer"].splitlines()[: len(same["text"])] == same["text"]
        assert (words in turn["answer"]) is shown, turn["answer"]
        assert "4711" not in turn["answer"]


def test_with_a_model_the_page_offers_other_words(carol, committed, settings):
    person, _, session, risk, _ = carol
    place = f"/sessions/{session}/results/{risk['id']}/explain/map_rank/"
    assert "Rephrase" not in text_of(browse(person).get(place))
    with Scripted([]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        page = text_of(browse(person).get(place))
    assert "Rephrase the explanation of map_rank" in page


def test_a_stranger_an_unknown_figure_and_a_path_get_404(carol, bob, committed):
    person, api, session, risk, plan = carol
    place = f"/sessions/{session}/results/{risk['id']}/explain/"
    assert browse(bob).get(f"{place}map_rank/").status_code == 404
    assert bob.browser().get(f"/api/results/{risk['id']}/explain/map_rank/").status_code == 404
    for figure in ("nothing", "map_variable_99", "map_variable_", "wards.csv", "..%2F..%2Fetc%2Fpasswd"):
        assert browse(person).get(f"{place}{figure}/").status_code == 404, figure
    refused = api.get(f"/api/results/{risk['id']}/explain/nothing/")
    assert refused.status_code == 404 and "map_rank" in refused.json()["examples"]
    assert api.get(f"/api/results/{risk['id']}/explain/map_rank/", {"owner": "x"}).status_code == 400
    # Another's plan can't be compared with, whatever the address says.
    for other in (str(uuid.uuid4()), risk["id"]):
        assert api.get(f"/api/results/{plan['id']}/explain/comparison/", {"to": other}).status_code == 404


def test_the_sentences_of_both_languages_hold_the_same_facts():
    import re

    wrong = []
    for name, said in EXPLANATIONS.items():
        for english, french in said:
            facts = [set(re.findall(r"\{(\w+)(?::\w)?\}", text)) for text in (english, french)]
            # What is only in English is a phrase that the stored result has in English.
            if not facts[1] <= facts[0] or not facts[0] - facts[1] <= {
                "how",
                "commonest",
                "strategy",
                "among",
            }:
                wrong.append((name, facts))
    assert wrong == []


def test_a_sentence_whose_fact_is_missing_is_left_out():
    facts = {"say": "curve_lorenz", "gini": 0.25}
    assert (
        explanation("en", facts)[1] == "The Gini coefficient is 0.250: 0 is even, 1 is all nets in one place."
    )
    assert len(explanation("en", facts | {"gini": None})) == len(explanation("en", facts)) - 1


@pytest.mark.parametrize(
    ("figure", "query", "expected"),
    [
        ("urban", {"urban_from": "40"}, {"threshold": 40.0}),
        ("chart", {"chart": "histogram"}, {"say": "chart_histogram"}),
        ("chart", {"chart": "scatter"}, {"say": "chart_scatter"}),
        ("chart", {"chart": "bars", "by": "ward", "order": "lowest"}, {"say": "chart_bars"}),
        ("chart", {"chart": "boxes", "by": "tier"}, {"say": "chart_boxes", "groups": 3}),
    ],
)
def test_a_chart_is_explained_as_its_address_asks_for_it(carol, committed, figure, query, expected):
    person, api, session, risk, _ = carol
    said = asked(api, risk, figure, **query)
    assert expected.items() <= said["facts"].items()
    french = asked(api, risk, figure, language="fr", **query)
    assert len(said["text"]) == len(french["text"]) >= 2
    for text, comma in ((said["text"], False), (french["text"], True)):
        for line in text:
            assert unsupported_numbers(line, [said["facts"]], FIXED_PARTS, decimal_comma=comma) == [], line
    address = f"/sessions/{session}/results/{risk['id']}/"
    page = text_of(browse(person).get(f"{address}charts/", {"chart": "urban"} | query))
    assert f"/explain/{figure}/?chart=" in page


def test_the_facts_of_urban_wards_are_those_of_the_rows(carol, committed):
    _, api, _, risk, _ = carol
    facts = asked(api, risk, "urban", urban_from="40")["facts"]
    tiered = [
        row for row in rows_of(api, risk) if row["composite_tier"] and row["urban_percentage"] is not None
    ]
    over = [row for row in tiered if row["urban_percentage"] >= 40]
    assert (facts["urban"], facts["n"]) == (len(over), len(tiered))
    assert facts["urban_high"] == sum(row["composite_tier"] == "High" for row in over)
    drawn = asked(api, risk, "map_urban_50")["facts"]
    picked = asked(api, risk, "urban", urban_from="50")["facts"]
    counts = ("threshold", "n", "urban", "rural", "urban_high")
    assert [drawn[name] for name in counts] == [picked[name] for name in counts]
    assert drawn["n"] == len(tiered)


@pytest.mark.parametrize(
    ("figure", "query"),
    [
        ("urban", {}), ("urban", {"urban_from": "most"}), ("chart", {"chart": "pie"}), ("chart", {"x": "nobody"}),
        ("chart", {"chart": "urban", "urban_from": "40"}), ("table_years", {"of": "9"}), ("table_years", {"of": "-1"}),
        ("rankings_by_year", {}),
    ],
)  # fmt: skip
def test_what_there_is_not_is_not_explained(carol, committed, figure, query):
    _, api, _, risk, _ = carol
    answer = api.get(f"/api/results/{risk['id']}/explain/{figure}/", query)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_tables_of_matched_wards_are_explained(carol, committed):
    person, api, session, risk, _ = carol
    dataset = api.get(f"/api/results/{risk['params']['dataset']}/").json()
    facts = asked(api, dataset, "table_matches")["facts"]
    assert facts["accepted"] == dataset["summary"]["accepted"]
    whole = sum(row["missing"] == 0 for row in dataset["summary"]["variables"])
    assert asked(api, dataset, "table_variables")["facts"]["whole"] == whole
    browser = browse(person)
    for page, figure in (("check", "table_matches"), ("variables", "table_variables")):
        address = f"/sessions/{session}/results/{dataset['id']}/explain/{figure}/"
        assert f'href="{address}"' in text_of(browser.get(f"/sessions/{session}/{page}/"))
        assert browser.get(address).status_code == 200
