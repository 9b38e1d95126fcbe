"""The pages of net planning, as a person without JavaScript uses them."""

import csv
import gzip
import io
import json
import re
import uuid
from dataclasses import replace

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from itn.tests.test_runs import COLUMN, artefact, carol, compute, files, rows_of, upload
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of

__all__ = ["carol", "files"]
PLAN_PAGES = (
    "plan_detail", "plan_map", "plan_map_values", "plan_wards", "plan_delivery", "plan_delivery_csv", "plan_curves", "plan_downloads",
)  # fmt: skip


@pytest.fixture
def desk(carol, committed):
    """Carol's browser, session, ranking and plan."""
    person, _, session, risk, plan = carol
    return person, browse(person), uuid.UUID(session), risk, plan


def page(browser: Client, url_name: str, *place, status: int = 200, **query) -> str:
    answer = browser.get(reverse(url_name, args=place), query)
    assert answer.status_code == status, text_of(answer)
    return text_of(answer)


def asked(**change) -> dict:
    usual = {"nets": "100,000", "population": "column:population", "year": "2026", "strategy": "proportional",
             "urban_rule": "off", "people_per_net": "1.8", "buffer_percent": "0", "rule": "leave", "cap_percent": "",
             "risk_ratio": "2", "threshold": "", "household_size": "", "quantity": "people_per_net", "name": ""}  # fmt: skip
    return usual | change


def stored(person) -> int:
    with scope(person.user.pk), transaction.atomic():
        return AnalysisResult.objects.filter(kind="itn_plan").count()


def test_trying_a_plan_stores_nothing_and_shows_what_would_be_stored(desk):
    person, browser, session, _, plan = desk
    before = stored(person)
    shown = page(browser, "session_nets", session, **asked())
    assert f"{plan['summary']['people_covered']:,}" in shown
    assert f"{plan['summary']['nets_needed']:,}" in shown
    assert stored(person) == before
    fragment = browser.get(reverse("session_nets", args=[session]), asked(), headers={"HX-Request": "true"})
    assert "<html" not in text_of(fragment) and f"{plan['summary']['people_covered']:,}" in text_of(fragment)


def test_a_plan_is_stored_as_tried_and_stays(desk):
    person, browser, session, _, plan = desk
    shown = page(browser, "session_nets", session, **asked(name="By hand", strategy="sequential"))
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
    hidden.pop("csrfmiddlewaretoken", None)
    answer = browser.post(reverse("session_nets", args=[session]), hidden)
    assert answer.status_code == 302
    with scope(person.user.pk), transaction.atomic():
        made = AnalysisResult.objects.filter(kind="itn_plan").latest("created_at")
    assert made.params["strategy"] == "sequential" and made.params["name"] == "By hand"
    assert "Sharing the nets" in page(browser, "session_nets", session), "the running plan shows its steps"
    assert jobs.run_here(person.user.pk, made.pk)
    listed = page(browser, "session_nets", session)
    assert "By hand" in listed and "First" in listed
    again = page(browser, "plan_detail", session, plan["id"])
    assert f"{plan['summary']['people_covered']:,}" in again


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nets": "0"}, "0 nets can&#x27;t be planned"),
        ({"nets": "lots"}, "valid integer"),
        ({"population": ""}, "Say which"),
        ({"population": "column:ward_name"}, "Say which"),
        ({"urban_rule": "exclude"}, "no silent default"),
        ({"urban_rule": "exclude", "threshold": "130"}, "from 0 to 100"),
        ({"strategy": "capped"}, "no silent default"),
        ({"people_per_net": "9"}, "from 1 to 3"),
    ],
)
def test_what_cannot_be_planned_is_said_on_the_page(desk, change, words):
    person, browser, session, _, _ = desk
    before = stored(person)
    assert words in page(browser, "session_nets", session, **asked(**change))
    answer = browser.post(reverse("session_nets", args=[session]), asked(**change))
    assert answer.status_code == 422 and words in text_of(answer)
    assert stored(person) == before


def test_a_best_split_is_tried_with_its_gap(desk):
    _, browser, session, _, _ = desk
    tried = asked(strategy="best_split", lga_minimum="1", ward_floor="0.2")
    assert "from the best there is" in page(browser, "session_nets", session, **tried)
    impossible = asked(strategy="best_split", lga_minimum="100")
    assert "No split keeps all limits" in page(browser, "session_nets", session, **impossible)


def test_fields_that_are_not_used_are_not_sent(desk):
    _, browser, session, _, _ = desk
    shown = page(
        browser, "session_nets", session, **asked(threshold="50", cap_percent="10", household_size="5")
    )
    assert 'class="problem"' not in shown


def test_every_page_of_a_plan_opens_for_its_owner_alone(desk, bob):
    _, browser, session, risk, plan = desk
    stranger = browse(bob)
    for name in PLAN_PAGES:
        place = reverse(name, args=[session, plan["id"]])
        assert browser.get(place).status_code == 200, name
        assert stranger.get(place).status_code == 404, name
        assert Client().get(place).status_code == 302, name
        assert browser.post(place).status_code == (200 if name == "plan_delivery" else 405), name
        assert stranger.post(place).status_code in (404, 405), name
        assert browser.get(reverse(name, args=[session, risk["id"]])).status_code == 404, name
    pictures = re.findall(r'src="(/sessions[^"]+\.svg)"', page(browser, "plan_curves", session, plan["id"]))
    assert len(pictures) == 3
    for url in pictures:
        assert browser.get(url).content.startswith(b"<svg") and stranger.get(url).status_code == 404
    assert stranger.get(reverse("session_nets", args=[session])).status_code == 404


def test_the_map_can_show_each_measure(desk):
    _, browser, session, _, plan = desk
    for measure in ("coverage", "nets", "nets_per_person", "nonsense"):
        shown = page(browser, "plan_detail", session, plan["id"], measure=measure)
        assert f"map_{measure if measure != 'nonsense' else 'coverage'}.svg" in shown


def test_the_interactive_map_shows_what_the_drawn_one_shows(desk, carol):
    _, browser, session, risk, plan = desk
    shown = page(browser, "plan_map", session, plan["id"], measure="nets")
    assert 'value="class:nets" selected' in shown and "map_nets.svg" in shown and "data-map-fallback" in shown
    values = browser.get(
        reverse("plan_map_values", args=[session, plan["id"]]), headers={"Accept-Encoding": "gzip"}
    )
    assert values["Content-Encoding"] == "gzip" and values["Content-Type"] == "application/json"
    values = json.loads(gzip.decompress(values.content))
    rows = {row["ward_code"]: row for row in rows_of(carol[1], plan)}
    assert set(values["wards"]) == set(rows)
    drawn = browser.get(
        reverse("plan_picture", args=[session, plan["id"], "map_coverage.svg"])
    ).content.decode()
    layer, place = values["layers"]["class:coverage"], list(values["layers"]).index("class:coverage")
    for label, colour in layer["classes"]:
        assert label in drawn and colour in drawn
    for code, row in rows.items():
        found = values["wards"][code]
        assert (found["classes"][place] is None) == (row["reason"] == "no_population")
        if row["population"] is not None:
            assert f"{row['nets_allocated']:,}" == found["facts"][values["facts"].index("Nets")]
        if found["classes"][place] is not None and row["reason"] == "served_full":
            assert layer["classes"][found["classes"][place]][0] == "All it needs"
    # Shared in proportion: what rounding within wards leaves is no difference that a map may show.
    assert [label for label, _ in values["layers"]["class:nets_per_person"]["classes"]] == [
        f"{plan['summary']['nets_allocated'] / plan['summary']['population']:.3f}"
    ]
    shapes = json.loads(
        browser.get(reverse("result_picture", args=[session, risk["id"], "map.geojson"])).content
    )
    assert {feature["properties"]["ward_code"] for feature in shapes["features"]} == set(rows)


def test_the_ward_table_is_filtered_and_sums_are_shown(desk):
    _, browser, session, _, plan = desk
    unknown = plan["summary"]["reasons"]["no_population"]
    shown = page(browser, "plan_wards", session, plan["id"], reason="no_population")
    assert f"{unknown} of {plan['summary']['wards']} wards" in shown and "population unknown" in shown
    assert "No ward fits" in page(browser, "plan_wards", session, plan["id"], search="no such ward")
    assert page(browser, "plan_wards", session, plan["id"], ordering="drop table")


def test_bales_and_loose_nets_add_up_to_the_plan(desk):
    _, browser, session, _, plan = desk
    answer = browser.get(
        reverse("plan_delivery_csv", args=[session, plan["id"]]), {"bale": "50", "pallet": "24"}
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    # What the nets of a row are of, and how large a package is.
    assert {(row["plan_id"], row["nets_per_bale"], row["bales_per_pallet"]) for row in rows} == {
        (plan["id"], "50", "24")
    }
    assert all("shortfall in nets" in row["units"] and row["population_source"] for row in rows)
    given = sum(50 * int(row["bales"]) + int(row["loose_nets"]) for row in rows)
    assert given == plan["summary"]["nets_allocated"]
    for row in rows:
        assert int(row["nets_rounded_up"]) - int(row["nets_allocated"]) in range(50)
        assert int(row["pallets_rounded_up"]) == -(-int(row["bales_rounded_up"]) // 24)
    taken = sum(int(row["nets_rounded_up"]) for row in rows)
    stock = plan["summary"]["nets"]
    assert taken > stock
    address = reverse("plan_delivery", args=[session, plan["id"]])
    shown = " ".join(text_of(browser.get(address, {"bale": "50"})).split())
    assert (
        f"Bales rounded up hold {taken:,} nets, and {stock:,} are in stock: {taken - stock:,} nets are lacking."
        in shown
    )
    assert shown.count(f">{taken:,}</td>") == 1
    assert "nets are lacking" not in text_of(browser.get(address))
    assert "nets are lacking" not in text_of(browser.get(address, {"bale": "1"}))
    for wrong in ({"bale": "0"}, {"bale": "x"}, {"bale": "50", "pallet": "-1"}):
        answer = browser.get(reverse("plan_delivery", args=[session, plan["id"]]), wrong)
        assert answer.status_code == 422 and "package" in text_of(answer)
        assert browser.get(reverse("plan_delivery_csv", args=[session, plan["id"]]), wrong).status_code == 422


def typed(plan: dict, **change) -> dict:
    """What the delivery page sends: every LGA has a field, by its place in the list."""
    fields = {f"lga{place}": "" for place, _ in enumerate(plan["summary"]["lgas"])}
    usual = {
        "bale": "",
        "pallet": "",
        "currency": "NGN",
        "per_net": "1,500",
        "per_lga": "20000",
        "budget": "",
    }
    return fields | usual | change


def test_the_costs_of_each_lga_are_tried_on_the_page_and_add_up(desk):
    person, browser, session, _, plan = desk
    before, place = stored(person), reverse("plan_delivery", args=[session, plan["id"]])
    lgas, nets = plan["summary"]["lgas"], plan["summary"]["nets_allocated"]
    # By hand: every LGA gets nets; the second one's delivery is named, the others take 20,000.
    assert all(lga["nets_allocated"] > 0 for lga in lgas)
    delivery = 20_000 * (len(lgas) - 1) + 70_000.5
    total = 1500 * nets + delivery
    sent = typed(plan, lga1="70,000.50", budget=str(int(total) - 999_999))
    answer = browser.post(place, sent)
    shown = text_of(answer)
    assert answer.status_code == 200, shown
    assert f"{1500 * nets:,}, their delivery {delivery:,.2f}: {total:,.2f} NGN in all" in shown
    assert "1,000,000.50 above the budget" not in shown and "above the budget" in shown
    enough = int((int(total) - 999_999 - delivery) // 1500)
    assert f"the budget pays for {enough:,} nets" in shown and f"nets={enough}" in shown
    assert stored(person) == before, "trying stores nothing"
    again = re.search(r'href="([^"]*nets=[^"]*)"', shown).group(1).replace("&amp;", "&")
    form = text_of(browser.get(again))
    assert f'value="{enough}"' in form and 'class="problem"' not in form
    rows = list(csv.DictReader(browser.post(place, sent | {"do": "csv"}).content.decode().splitlines()))
    assert sum(float(row["cost_total"]) for row in rows) == pytest.approx(total, abs=0.001)
    assert float(rows[1]["cost_delivery"]) == 70_000.5


def test_costs_that_cannot_be_used_are_refused_by_the_name_of_their_line(desk):
    person, browser, session, _, plan = desk
    before, place = stored(person), reverse("plan_delivery", args=[session, plan["id"]])
    second = plan["summary"]["lgas"][1]["lga_name"]
    for change, words in (
        ({"lga1": "lots"}, f"{second}: “lots” is not an amount"),
        ({"lga1": "-5"}, second),
        ({"per_net": "1.234"}, "at most two decimals"),
        ({"per_net": "inf"}, "Price of a net"),
        ({"budget": "1e99"}, "at most two decimals"),
        ({"bale": "0"}, "package"),
    ):
        for do in ("try", "csv", "store"):
            answer = browser.post(place, typed(plan, do=do, **change))
            assert answer.status_code == 422 and words in text_of(answer), (change, text_of(answer))
    assert stored(person) == before


def test_costs_are_stored_as_a_new_plan_and_the_old_one_stays(desk, carol):
    person, browser, session, _, plan = desk
    place = reverse("plan_delivery", args=[session, plan["id"]])
    assert browser.post(place, typed(plan, lga0="1", do="store")).status_code == 302
    with scope(person.user.pk), transaction.atomic():
        made = AnalysisResult.objects.filter(kind="itn_plan").latest("created_at")
    assert jobs.run_here(person.user.pk, made.pk)
    first = plan["summary"]["lgas"][0]["lga_name"]
    assert made.params["costs"]["of_lga"] == {first: "1"} and made.params["nets"] == plan["params"]["nets"]
    shown = text_of(browser.get(reverse("plan_delivery", args=[session, made.pk])))
    assert 'name="lga0" inputmode="decimal" value="1"' in shown and "NGN in all" in shown
    assert "NGN in all" not in text_of(browser.get(place))


def test_more_nets_are_told_in_people(desk):
    _, browser, session, _, plan = desk
    curve = {row["nets"]: row for row in plan["summary"]["curve"]}
    more = curve[150_000]["people_covered"] - curve[100_000]["people_covered"]
    assert f"50,000 more nets, shared the same way, would cover {more:,} more people" in page(
        browser, "plan_curves", session, plan["id"]
    )


def test_without_a_ranking_the_page_says_what_comes_first(alice):
    session = alice.session("Empty")
    shown = page(browse(alice), "session_nets", session.pk)
    assert "No ranking yet" in shown and 'name="nets"' not in shown


def test_an_unproven_split_does_not_promise_to_be_kept(desk, monkeypatch):
    from itn import preview

    _, browser, session, _, _ = desk
    asked_for = asked(strategy="best_split", lga_minimum="1", per_lga="1", budget="99999", currency="NGN")
    assert "Keeps exactly what stands below" in page(browser, "session_nets", session, **asked_for)
    found = preview.planned

    def cut_short(*arguments, **options):
        plan, split = found(*arguments, **options)
        return plan, replace(split, proven=False)

    monkeypatch.setattr(preview, "planned", cut_short)
    shown = page(browser, "session_nets", session, **asked_for)
    assert "Keeps exactly what stands below" not in shown and "can differ from what stands below" in shown


def test_the_form_explains_the_paradox_of_largest_remainders(desk):
    _, browser, session, _, _ = desk
    assert f'href="{reverse("help")}#paradox"' in page(browser, "session_nets", session)
    help_page = text_of(browser.get(reverse("help")))
    assert 'id="paradox"' in help_page and "4, 4 and 2" in help_page and "5, 5 and 1" in help_page


def test_the_downloads_page_says_how_people_are_counted(desk, carol):
    person, browser, session, risk, plan = desk
    assert "nets × people per net" in page(browser, "plan_downloads", session, plan["id"])
    by_household = compute(
        person, carol[1], carol[2], "itn_plan",
        {"risk": risk["id"], "nets": 5_000, "population": COLUMN, "quantity": "household", "household_size": "5"},
    )  # fmt: skip
    shown = page(browser, "plan_downloads", session, by_household["id"])
    assert "population × nets ÷ need" in shown and "nets × people per net" not in shown


def link_of(shown: str) -> str:
    """Where “Try a plan with these” leads."""
    return re.search(r'href="([^"]*nets=[^"]*)"', shown).group(1).replace("&amp;", "&")


def test_a_plan_that_costs_its_budget_is_not_said_to_exceed_it(desk):
    _, browser, session, _, plan = desk
    assert len(plan["summary"]["lgas"]) == 4
    dimes = {"lga0": "0.1", "lga1": "0.2", "lga2": "0.3", "per_net": "", "per_lga": "0"}
    place = reverse("plan_delivery", args=[session, plan["id"]])
    # 0.1 + 0.2 + 0.3 is 0.6, though not in binary fractions.
    shown = text_of(browser.post(place, typed(plan, **dimes, budget="0.6")))
    assert (
        "0.60 NGN in all" in shown and "above the budget" not in shown and "0 of the budget are left" in shown
    )
    assert "0.01 above the budget" in text_of(browser.post(place, typed(plan, **dimes, budget="0.59")))
    names = [lga["lga_name"] for lga in plan["summary"]["lgas"]]
    lines = "\n".join(f"{name}: {amount}" for name, amount in zip(names, ("0.1", "0.2", "0.3"), strict=False))
    for budget, above in (("0.6", False), ("0.59", True)):
        shown = page(browser, "session_nets", session, **asked(currency="NGN", of_lga=lines, budget=budget))
        assert ("above the budget" in shown) == above and "0.60" in shown


def test_a_plan_within_the_budget_keeps_the_delivery_of_each_lga(desk):
    person, browser, session, _, plan = desk
    place = reverse("plan_delivery", args=[session, plan["id"]])
    shown = text_of(browser.post(place, typed(plan, lga1="70,000.50", lga2="0", budget="9000000")))
    first, second, third = (lga["lga_name"] for lga in plan["summary"]["lgas"][:3])
    # 20,000 each for two LGAs, 70,000.50 and nothing: 8,889,999.50 are left for nets at 1,500.
    enough = int((9_000_000 - 2 * 20_000 - 70_000.5) // 1500)
    assert f"the budget pays for {enough:,} nets" in shown
    form = text_of(browser.get(link_of(shown)))
    assert f"{second}: 70000.50\n{third}: 0" in form and 'class="problem"' not in form
    assert f"{1500 * enough + 2 * 20_000 + 70_000.5:,.2f}" in form and "above the budget" not in form
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    hidden.pop("csrfmiddlewaretoken", None)
    assert browser.post(reverse("session_nets", args=[session]), hidden).status_code == 302
    with scope(person.user.pk), transaction.atomic():
        made = AnalysisResult.objects.filter(kind="itn_plan").latest("created_at")
    assert made.params["costs"]["of_lga"] == {second: "70000.50", third: "0"}
    assert jobs.run_here(person.user.pk, made.pk)
    # What is no line of an LGA is refused.
    for wrong, words in (
        ("Nowhere: 5", "Nowhere"),
        (f"{first}: lots", "not a number"),
        ("5", "names no LGA"),
    ):
        assert words in page(browser, "session_nets", session, **asked(of_lga=wrong)), wrong


def test_a_plan_as_the_predecessor_made_it_stays_one_in_the_form(desk, carol):
    person, browser, session, risk, _ = desk
    rule = {"strategy": "sequential", "urban_rule": "rural-first", "threshold": "75", "parity": True}
    costs = {"per_net": "10", "budget": "1000"}
    params = {"risk": risk["id"], "nets": 100_000, "population": COLUMN, "costs": costs} | rule
    plan = compute(person, carol[1], carol[2], "itn_plan", params)
    assert plan["params"]["urban_rule"] == "rural_first" and plan["summary"]["reasons"]["no_population"] == 0
    assert plan["summary"]["source"]["population_rule"] == "mean of the known wards where unknown"
    shown = page(browser, "plan_delivery", session, plan["id"])
    form = text_of(browser.get(link_of(shown)))
    assert 'name="parity" value="true" checked' in form and 'class="problem"' not in form
    assert "were given the mean" in form and "population unknown" not in form
    assert 'type="checkbox" name="parity"' not in page(browser, "session_nets", session, **asked())


def test_every_page_opens_of_a_plan_in_which_nobody_is_known_to_live(desk, carol):
    person, browser, session, risk, plan = desk
    # The list names a ward without counting it, and counts a place that is no ward.
    ward = next(row for row in rows_of(carol[1], plan) if not row["ward_name"].startswith("="))
    listed = f"LGA,WardName,Population\n{ward['lga_name']},{ward['ward_name']},\nQwop,Zzyzx,5\n"
    file = upload(carol[1], carol[2], "registration", "elsewhere.csv", listed.encode())
    asked_for = {"source": "registration", "file": file}
    plan = compute(
        person, carol[1], carol[2], "itn_plan", {"risk": risk["id"], "nets": 100, "population": asked_for}
    )
    assert plan["summary"]["population"] == 0 and plan["summary"]["lgas"][0]["coverage_percent"] is None
    for name in PLAN_PAGES:
        assert browser.get(reverse(name, args=[session, plan["id"]])).status_code == 200, name
    place = reverse("plan_delivery", args=[session, plan["id"]])
    for do in ("try", "csv"):
        assert browser.post(place, typed(plan, do=do, budget="5")).status_code == 200


def test_wards_whose_people_were_filled_are_marked(desk, carol):
    person, browser, session, risk, plan = desk
    filled = compute(
        person, carol[1], carol[2], "itn_plan",
        {"risk": risk["id"], "nets": 100_000, "population": COLUMN | {"rule": "lga_median"}},
    )  # fmt: skip
    marked = {
        row["ward_code"]: f"{row['population']:,}; not counted but filled: median of the LGA"
        for row in rows_of(carol[1], filled)
        if row["population_source"] == "median of the LGA"
    }
    shown = page(browser, "plan_wards", session, filled["id"])
    assert shown.count('<span class="filled" title="median of the LGA">') == len(marked) > 0
    assert "* = the population was filled" in shown
    plain = page(browser, "plan_wards", session, plan["id"])
    assert 'class="filled"' not in plain and "* = the population" not in plain
    values = browser.get(reverse("plan_map_values", args=[session, filled["id"]])).json()
    people = {
        code: found["facts"][values["facts"].index("People")] for code, found in values["wards"].items()
    }
    assert {code: text for code, text in people.items() if "filled" in text} == marked
    drawn = artefact(carol[1], filled, "map_coverage.svg").decode()
    assert drawn.count("population filled: median of the LGA") == len(marked)


def test_the_interactive_map_speaks_the_language_of_the_page(desk, carol):
    person, browser, session, risk, plan = desk
    filled = compute(
        person, carol[1], carol[2], "itn_plan",
        {"risk": risk["id"], "nets": 50_000, "population": COLUMN | {"rule": "lga_median"}},
    )  # fmt: skip
    for name, place in (
        ("plan_map_values", [session, filled["id"]]),
        ("plan_difference_values", [session, plan["id"], filled["id"]]),
    ):
        english, french = (
            browser.get(reverse(name, args=place), headers={"accept-language": language})
            for language in ("en", "fr")
        )
        assert english["ETag"] != french["ETag"]
        one, other = english.json(), french.json()
        assert all(a != b for a, b in zip(one["facts"], other["facts"], strict=True)), other["facts"]
        for key, layer in one["layers"].items():
            said = other["layers"][key]
            assert said["hint"] != layer["hint"] and said["missing"] != layer["missing"]
            for (label, colour), (own, same) in zip(layer["classes"], said["classes"], strict=True):
                assert colour == same and (own != label or not re.search("[a-z]", label)), label
        for code, ward in one["wards"].items():
            for text, own in zip(ward["facts"], other["wards"][code]["facts"], strict=True):
                assert own != text or not re.search("[A-Za-z]|,", text), text
                assert "filled" not in own
    shown = browser.get(reverse("plan_map", args=[session, filled["id"]]), headers={"accept-language": "fr"})
    assert "Population: column" not in text_of(shown)
