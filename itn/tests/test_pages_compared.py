"""The page that sets plans side by side, its map, its table of all wards and its report."""

import csv
import re
import uuid

from django.db import transaction
from django.urls import reverse

from itn.selectors import MOST_COMPARED
from itn.tests.test_pages_nets import carol, desk, files, page
from itn.tests.test_runs import COLUMN, compute, rows_of
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of

__all__ = ["carol", "desk", "files"]


def test_two_plans_side_by_side(desk, carol, bob):
    person, browser, session, risk, plan = desk
    api = carol[1]
    other = compute(
        person, api, carol[2], "itn_plan",
        {"risk": risk["id"], "nets": 100_000, "population": COLUMN, "strategy": "sequential", "name": "<b>Greedy</b>"},
    )  # fmt: skip
    place = reverse("plan_comparison", args=[session])
    answer = browser.get(place, {"plan": [plan["id"], other["id"]]})
    shown = text_of(answer)
    assert answer.status_code == 200 and "&lt;b&gt;Greedy" in shown and "<b>Greedy" not in shown
    before = {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, plan)}
    after = {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, other)}
    more = sum(after[code] > nets for code, nets in before.items())
    fewer = sum(after[code] < nets for code, nets in before.items())
    assert f"{more} wards get more nets, {fewer} get fewer" in shown
    drawn = browser.get(reverse("plan_difference_map", args=[session, plan["id"], other["id"]]))
    svg = drawn.content.decode()
    assert svg.count("data-ward=") == len(before) and "Population unknown" in svg and "&lt;b&gt;Greedy" in svg
    place_of = [session, plan["id"], other["id"]]
    assert reverse("plan_difference_values", args=place_of) in shown
    values = browser.get(reverse("plan_difference_values", args=place_of)).json()
    for code, found in values["wards"].items():
        assert found["facts"][values["facts"].index("Change")] == f"{after[code] - before[code]:+,}"
    assert browse(bob).get(reverse("plan_difference_values", args=place_of)).status_code == 404
    # All wards to take away, with the ids of both plans.
    table = reverse("plan_comparison_csv", args=[session])
    assert f"{table}?plan={plan['id']}&amp;plan={other['id']}" in shown
    rows = list(csv.DictReader(text_of(browser.get(table, {"plan": [plan["id"], other["id"]]})).splitlines()))
    assert {row["ward_code"]: int(row["nets_change"]) for row in rows} == {
        code: after[code] - nets for code, nets in before.items()
    }
    assert {(row["plan_1"], row["plan_2"]) for row in rows} == {(plan["id"], other["id"])}
    assert browser.get(table, {"plan": plan["id"]}).status_code == 422
    assert browse(bob).get(table, {"plan": [plan["id"], other["id"]]}).status_code == 404
    assert "different rankings" not in shown and "in different ways" not in shown
    assert {(row["population_year_1"], row["population_rule_2"]) for row in rows} == {("2026", "as given")}
    assert {row["population_source_2"] for row in rows} == {"column population of the ward table"}
    # One plan, none, nonsense, a stranger's.
    assert "at least two" in page(browser, "plan_comparison", session, plan=plan["id"])
    assert browser.get(place, {"plan": "x"}).status_code == 404
    assert browse(bob).get(place, {"plan": plan["id"]}).status_code == 404
    theirs = bob.session("Other")
    assert (
        browse(bob).get(reverse("plan_comparison", args=[theirs.pk]), {"plan": plan["id"]}).status_code == 404
    )


def copies(person, plan: dict, count: int) -> list[str]:
    """Further rows of a finished plan, as the ledger would hold them; they have no files."""
    with scope(person.user.pk), transaction.atomic():
        row = AnalysisResult.objects.get(pk=plan["id"])
        ids = []
        for _ in range(count):
            row.pk = uuid.uuid4()
            row.save(force_insert=True)
            ids.append(str(row.pk))
    return ids


def test_more_plans_than_stand_side_by_side_are_refused_and_not_left_out(desk, carol):
    person, browser, session, _, plan = desk
    ids = [plan["id"], *copies(person, plan, MOST_COMPARED)]
    for name in ("plan_comparison", "plan_comparison_csv"):
        answer = browser.get(reverse(name, args=[session]), {"plan": ids})
        assert answer.status_code == 422 and f"{MOST_COMPARED} plans" in text_of(answer), name
    reports = reverse("session_reports", args=[session])
    assert browser.post(reports, {"of": ids[:MOST_COMPARED], "language": "en"}).status_code == 302
    with scope(person.user.pk), transaction.atomic():
        asked = AnalysisResult.objects.filter(kind="report").latest("created_at")
    assert [asked.params["of"], *asked.params["against"]] == ids[:MOST_COMPARED]
    carol[1].post(f"/api/results/{asked.pk}/cancel/")
    assert browser.post(reports, {"of": ids, "language": "en"}).status_code == 422


def test_plans_of_two_rankings_are_said_to_differ(desk, carol):
    person, browser, session, risk, plan = desk
    api = carol[1]
    dataset = api.get(f"/api/results/{risk['id']}/").json()["params"]["dataset"]
    again = compute(person, api, carol[2], "risk", {"dataset": dataset})
    other = compute(
        person, api, carol[2], "itn_plan", {"risk": again["id"], "nets": 5_000, "population": COLUMN}
    )
    shown = page(browser, "plan_comparison", session, plan=[plan["id"], other["id"]])
    assert "rest on different rankings" in shown


def test_plans_that_count_differently_are_said_to_differ_and_the_map_names_both(desk, carol):
    person, browser, session, risk, plan = desk
    counted = {"population": COLUMN | {"year": "2020", "rule": "lga_median"}, "people_per_net": "2"}
    other = compute(person, carol[1], carol[2], "itn_plan", {"risk": risk["id"], "nets": 100_000} | counted)
    shown = page(browser, "plan_comparison", session, plan=[plan["id"], other["id"]])
    assert "in different ways" in shown and "different rankings" not in shown
    told = re.findall(r"<li>([^<]*): <bdi>([^<]*)</bdi> · <bdi>([^<]*)</bdi></li>", shown)
    assert told == [
        ("People per net", "1.8", "2"), ("Year of the population", "2026", "2020"),
        ("Unknown populations", "as given", "median of the LGA where unknown"),
    ]  # fmt: skip
    svg = browser.get(
        reverse("plan_difference_map", args=[session, plan["id"], other["id"]])
    ).content.decode()
    source = "Population: column population of the ward table"
    assert f"<tspan>Plan 1: </tspan><tspan>{source} (2026); unknown: left out</tspan>" in svg
    assert f"<tspan>Plan 2: </tspan><tspan>{source} (2020); unknown: median of the LGA</tspan>" in svg


def test_the_plans_that_changes_are_told_of_are_chosen_freely(desk, carol):
    person, browser, session, risk, plan = desk
    more, fewer = (
        compute(
            person, carol[1], carol[2], "itn_plan", {"risk": risk["id"], "nets": nets, "population": COLUMN}
        )
        for nets in (120_000, 40_000)
    )
    three = [plan["id"], more["id"], fewer["id"]]
    place = reverse("plan_comparison", args=[session])
    for sides, first, second in (
        ({}, plan, more),
        ({"first": fewer["id"], "second": plan["id"]}, fewer, plan),
        ({"first": fewer["id"]}, fewer, plan),
        ({"second": fewer["id"]}, plan, fewer),
    ):
        answer = browser.get(place, {"plan": three} | sides)
        shown = text_of(answer)
        assert answer.status_code == 200
        assert reverse("plan_difference_map", args=[session, first["id"], second["id"]]) in shown
        told = answer.context["table"]
        assert [row["nets"] for row in told[:2]] == [first["summary"]["nets"], second["summary"]["nets"]]
        assert len(told) == 3, "the others stay beside them"
    # A side that was not ticked comes along; one plan has no two sides.
    answer = browser.get(place, {"plan": plan["id"], "second": more["id"]})
    assert len(answer.context["table"]) == 2
    answer = browser.get(place, {"plan": three, "first": plan["id"], "second": plan["id"]})
    assert answer.status_code == 422 and "from one plan to another" in text_of(answer)
    assert browser.get(place, {"plan": three, "first": "x"}).status_code == 404
    table = browser.get(reverse("plan_comparison_csv", args=[session]), {"plan": three, "first": fewer["id"]})
    (row, *_) = csv.DictReader(text_of(table).splitlines())
    assert (row["plan_1"], row["plan_2"], row["plan_3"]) == (fewer["id"], plan["id"], more["id"])


def test_costs_and_the_distance_to_the_best_stand_in_page_and_api(desk, carol):
    person, browser, session, risk, plan = desk
    asked = {
        "risk": risk["id"], "nets": 50_000, "population": COLUMN, "strategy": "best_split", "name": "Split",
        "costs": {"currency": "NGN", "per_net": "2.50", "budget": "100000"},
    }  # fmt: skip
    split = compute(person, carol[1], carol[2], "itn_plan", asked)
    both = {"plan": [plan["id"], split["id"]]}
    shown = page(browser, "plan_comparison", session, **both)
    assert "solver’s split is" in shown and "Per person covered" in shown and "Left of the budget" in shown
    answer = carol[1].get(f"/api/sessions/{session}/plans/compare/", both)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    rule, solved = told["plans"]
    given = split["summary"]["nets_allocated"]
    assert (solved["cost_nets"], solved["cost_total"], solved["currency"]) == (
        2.5 * given,
        2.5 * given,
        "NGN",
    )
    assert solved["budget_left"] == 100_000 - 2.5 * given and solved["cost_delivery"] is None
    assert solved["cost_per_person"] == 2.5 * given / split["summary"]["people_covered"]
    assert solved["split_gap"] == split["summary"]["split"]["gap"] and solved["split_proven"] is True
    assert all(
        rule[name] is None for name in ("cost_nets", "cost_total", "budget", "split_gap", "split_proven")
    )
    assert [row["id"] for row in told["plans"]] == [told["first"], told["second"]] == both["plan"]
    before = {row["ward_code"]: row["nets_allocated"] for row in rows_of(carol[1], plan)}
    after = {row["ward_code"]: row["nets_allocated"] for row in rows_of(carol[1], split)}
    assert {row["ward_code"]: row["nets_change"] for row in told["changes"]} == {
        code: after[code] - nets for code, nets in before.items() if after[code] != nets
    }
    sizes = [abs(row["nets_change"]) for row in told["changes"]]
    assert sizes == sorted(sizes, reverse=True)
    assert told["wards_with_more"] + told["wards_with_fewer"] == len(told["changes"])
    assert [len(row["coverage"]) for row in told["lgas"]] == [2] * len(told["lgas"])


def test_the_api_compares_what_the_page_does_and_nothing_of_others(desk, carol, bob):
    person, _, session, _, plan = desk
    api, place = carol[1], f"/api/sessions/{session}/plans/compare/"
    other = copies(person, plan, 1)[0]
    both = {"plan": [plan["id"], other]}
    assert bob.browser().get(place, both).status_code == 404
    theirs = bob.session("Other")
    assert bob.browser().get(f"/api/sessions/{theirs.pk}/plans/compare/", both).status_code == 404
    for wrong, status in (
        ({"plan": plan["id"]}, 400),
        ({}, 400),
        ({"plan": "x"}, 400),
        (both | {"colour": "red"}, 400),
        (both | {"first": plan["id"], "second": plan["id"]}, 400),
        (both | {"first": str(uuid.uuid4())}, 404),
        ({"plan": [str(uuid.uuid4()) for _ in range(MOST_COMPARED + 1)]}, 400),
    ):
        answer = api.get(place, wrong)
        assert answer.status_code == status, (wrong, answer.content)
        assert answer.json()["code"]
