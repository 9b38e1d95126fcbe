"""Nets asked for in words: the answer holds the numbers of the plan that the page and the API give."""

import pytest
from django.db import transaction

from assistant.core.net_slots import nets_followed
from assistant.core.routing import decide
from assistant.core.verifier import unsupported_numbers
from assistant.tests.utterances import lexicon
from assistant.wording import DEFINITIONS, FIXED
from itn.tests.test_runs import COLUMN, carol, compute, files, rows_of
from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of

__all__ = ["carol", "files"]


@pytest.fixture
def talk(carol, committed):
    """Say something to Carol's session and get the turn as the API gives it."""
    _, api, session, _, _ = carol
    place = f"/api/conversations/{api.post(f'/api/sessions/{session}/conversations/').json()['id']}/turns/"

    def say(text: str) -> dict:
        answer = api.post(place, {"text": text}, "application/json")
        assert answer.status_code == 201, answer.content
        turn = answer.json()
        allowed = (*FIXED, *DEFINITIONS.values(), text)
        if turn["results"]:
            assert unsupported_numbers(turn["answer"], turn["results"], allowed) == [], turn["answer"]
        assert "could not be traced" not in turn["answer"]
        assert turn["next_actions"]
        return turn

    return say


def stored(person) -> list[AnalysisResult]:
    with scope(person.user.pk), transaction.atomic():
        return list(AnalysisResult.objects.filter(kind="itn_plan").order_by("-created_at"))


def test_a_plan_in_words_is_the_plan_of_the_api_and_stores_nothing_until_asked(talk, carol):
    person, api, session, risk, _ = carol
    before = len(stored(person))
    turn = talk("plan 90k nets, rural first, under 30 % urban")
    (found,) = turn["results"]
    assert (turn["intent"], found["tool"]) == ("nets", "plan_nets")
    assert len(stored(person)) == before and "Nothing is stored yet" in turn["answer"]
    assert "Store this plan" in [chip["label"] for chip in turn["next_actions"]]
    asked = {
        "risk": risk["id"],
        "nets": 90_000,
        "urban_rule": "rural_first",
        "threshold": "30",
        "population": COLUMN,
    }
    same = compute(person, api, session, "itn_plan", asked)
    for name in ("nets_allocated", "people_covered", "coverage_percent", "nets_needed", "high_risk_covered"):
        assert found["facts"][name] == same["summary"][name], name
    assert f"{same['summary']['people_covered']:,}" in turn["answer"]
    rows = {row["ward_code"]: row["nets_allocated"] for row in rows_of(api, same)}
    assert (
        all(rows[row["ward_code"]] == row["nets_allocated"] for row in found["rows"])
        and len(found["rows"]) == 10
    )
    form = text_of(browse(person).get(found["links"][0]["url"]))
    assert f"{same['summary']['people_covered']:,}" in form, "the link opens the same try"
    # Two more than before would be one too many: the API's own, and the one stored now.
    turn = talk("store this plan")
    made = stored(person)
    assert len(made) == before + 2 and turn["results"][0]["tool"] == "store_plan"
    assert made[0].params["threshold"] == "30" and made[0].params["nets"] == 90_000
    assert jobs.run_here(person.user.pk, made[0].pk)


@pytest.mark.parametrize("asked", ["plan 90,000 nets without urban wards", "plan 90,000 nets for villages"])
def test_a_rule_without_a_threshold_is_asked_back_and_the_answer_completes_the_plan(talk, asked):
    turn = talk(asked)
    assert "Urban wards get no nets" in turn["answer"] and "no silent default" in turn["answer"]
    labels = [chip["label"] for chip in turn["next_actions"]]
    assert labels == ["30 %", "50 %", "75 %", "Cancel"]
    turn = talk("50 %")
    (found,) = turn["results"]
    assert found["facts"]["threshold"] == 50 and found["facts"]["urban_rule"] == "Urban wards get no nets"
    turn = talk("what would 5,000 more nets do?")
    assert turn["results"][0]["facts"]["nets"] == 90_000, "it goes on from the plan that was tried"


def test_another_stock_or_sharing_is_compared_and_more_nets_are_told(talk, carol):
    first = talk("plan 60000 nets")["results"][0]["facts"]
    turn = talk("compare with 80,000")
    (found,) = turn["results"]
    second = talk("plan 80000 nets")["results"][0]["facts"]
    assert found["tool"] == "compare_plans"
    assert found["facts"]["first"]["people_covered"] == first["people_covered"]
    assert found["facts"]["second"]["people_covered"] == second["people_covered"]
    assert (
        found["facts"]["difference"]["people_covered"] == second["people_covered"] - first["people_covered"]
    )
    assert found["facts"]["more"] > 0 and found["facts"]["fewer"] == 0, (
        "proportional: nobody loses by more nets"
    )
    talk("plan 60000 nets, rural first, under 30 % urban")
    (found,) = talk("compare with highest risk first")["results"]
    by_rank = talk("plan 60000 nets highest risk first, rural first, under 30 % urban")["results"][0]["facts"]
    assert found["facts"]["second"]["people_covered"] == by_rank["people_covered"]
    assert (
        found["facts"]["second"]["strategy"] == "Highest risk first." != found["facts"]["first"]["strategy"]
    )
    assert found["facts"]["first"]["threshold"] == found["facts"]["second"]["threshold"] == 30
    assert found["facts"]["fewer"] > 0
    (found,) = talk("compare with 50 %")["results"]
    assert (found["facts"]["first"]["threshold"], found["facts"]["second"]["threshold"]) == (30, 50)
    turn = talk("compare my plans")
    (found,) = turn["results"]
    assert found["say"] == "compare_stored" and found["facts"]["plans"] == len(found["rows"]) >= 2
    assert text_of(browse(carol[0]).get(found["links"][0]["url"])).count(found["rows"][0]["plan"]) >= 1
    talk("plan 60000 nets")
    more = talk("what would 20,000 more nets do?")["results"][0]["facts"]
    assert more["people"] == second["people_covered"] - first["people_covered"]


def test_a_wards_nets_are_explained_and_a_delivery_list_adds_up(talk, carol):
    _, api, _, _, plan = carol
    turn = talk("plan 100000 nets")
    names = [row["ward_name"] for row in rows_of(api, plan)]
    row = next(
        row
        for row in rows_of(api, plan)
        if row["reason"] == "served_partial" and names.count(row["ward_name"]) == 1
    )
    turn = talk(f"why does {row['ward_name']} get so few nets?")
    (found,) = turn["results"]
    assert found["tool"] == "explain_allocation" and found["facts"]["nets_allocated"] == row["nets_allocated"]
    assert f"{row['nets_allocated']:,} of the {row['need']:,} nets" in turn["answer"]
    turn = talk("delivery list in bales of 50")
    (found,) = turn["results"]
    assert found["tool"] == "delivery_list" and len(found["rows"]) == len(plan["summary"]["lgas"])
    assert (
        sum(50 * lga["bales"] + lga["loose_nets"] for lga in found["rows"])
        == plan["summary"]["nets_allocated"]
    )
    reasons = [row["reason"] for row in rows_of(api, plan)]
    for text, served in (
        ("which wards are fully covered?", {"served_full"}),
        ("how many wards get no nets?", {*reasons} - {"served_full", "served_partial"}),
    ):
        found = talk(text)["results"][0]
        assert (found["tool"], found["facts"]["n"]) == ("wards_served", sum(one in served for one in reasons))
    asked = talk("which urban wards could nets be taken from?")
    assert "no silent default" in asked["answer"]
    found = talk("30 %")["results"][0]
    assert found == talk("candidates for re-prioritisation from 30 % urban")["results"][0]
    low = [row for row in rows_of(api, plan) if row["tier"] == "Low" and (row["urban_percentage"] or 0) >= 30]
    assert found["tool"] == "net_candidates" and found["facts"]["n"] == len(low)
    assert found["facts"]["nets"] == sum(row["nets_allocated"] for row in low)
    lga = plan["summary"]["lgas"][0]
    turn = talk(f"how many nets for {lga['lga_name']} LGA?")
    assert f"{lga['nets_allocated']:,} of {lga['need']:,} nets needed" in turn["answer"]


def test_what_was_said_before_the_number_of_nets_is_in_the_plan(talk, carol):
    lga = stored(carol[0])[-1].summary["lgas"][0]["lga_name"]
    assert "How many nets" in talk("plan nets, rural first, under 30 % urban")["answer"]
    told = talk(f"how many nets for {lga} LGA?")
    assert told["results"][0]["tool"] == "delivery_list", "the stored plan is asked"
    assert "How many nets" in talk("plan nets, rural first, under 30 % urban")["answer"]
    (found,) = talk("we have 60,000")["results"]
    assert (found["facts"]["nets"], found["facts"]["threshold"]) == (60_000, 30)
    assert found["facts"]["urban_rule"]


def test_a_plan_that_is_stored_is_not_stored_again(talk, carol):
    before = len(stored(carol[0]))
    turn = talk("store this plan")
    assert "is stored already" in turn["answer"] and len(stored(carol[0])) == before


def test_what_cannot_be_planned_is_said_with_the_reason(talk):
    turn = talk("plan 100k nets, rural first, under 130 % urban")
    assert turn["results"] == [] and "from 0 to 100" in turn["answer"]


def test_nets_of_another_owner_are_out_of_reach(carol, bob, committed):
    stranger = bob.browser()
    session = bob.session("Other").pk
    place = (
        f"/api/conversations/{stranger.post(f'/api/sessions/{session}/conversations/').json()['id']}/turns/"
    )
    answer = stranger.post(place, {"text": "plan 900k nets"}, "application/json").json()
    assert answer["results"] == [] and "no ranking yet" in answer["answer"]
    mine = carol[1].post(f"/api/sessions/{carol[2]}/conversations/").json()["id"]
    assert (
        stranger.post(
            f"/api/conversations/{mine}/turns/", {"text": "plan nets"}, "application/json"
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("plan 900k nets, rural first, under 30 % urban", "nets", {"nets": 900_000, "urban_rule": "rural_first", "threshold": 30.0}),
        ("distribute 500,000 nets highest risk first", "nets", {"nets": 500_000, "strategy": "sequential"}),
        ("plan 1 million nets capped at 5 %", "nets", {"nets": 1_000_000, "strategy": "capped", "cap_percent": 5.0}),
        ("share 300k nets weighted by risk without urban wards above 60 %", "nets", {"nets": 300_000, "strategy": "weighted", "urban_rule": "exclude", "threshold": 60.0}),
        ("compare 500k and 700k nets", "nets", {"nets": 500_000, "other_nets": 700_000, "compare": True}),
        ("compare with 700k nets", "nets", {"nets": 700_000, "compare": True}),
        ("compare proportional with highest risk first", "nets", {"strategy": "proportional", "other_strategy": "sequential", "compare": True}),
        ("compare 500k nets weighted by risk and proportional", "nets", {"nets": 500_000, "strategy": "weighted", "other_strategy": "proportional", "compare": True}),
        ("compare with highest risk first", "nets", {"other_strategy": "sequential", "compare": True}),
        ("compare 30% with 50% urban", "nets", {"threshold": 30.0, "other_threshold": 50.0, "compare": True}),
        ("urban wards get no nets, set the threshold to 50, 30 % is too low", "nets", {"urban_rule": "exclude", "threshold": 50.0}),
        ("plan 90000 moustiquaires, seuil à 50, 30 est trop bas", "nets", {"nets": 90_000, "threshold": 50.0}),
        ("plan 90000 nets, cutoff = 40 %", "nets", {"nets": 90_000, "threshold": 40.0}),
        ("compare threshold 30 with 50 % urban", "nets", {"threshold": 30.0, "other_threshold": 50.0, "compare": True}),
        ("compare with urban wards first from 60 %", "nets", {"other_urban_rule": "urban_first", "other_threshold": 60.0, "compare": True}),
        ("compare my plans", "nets", {"compare": True}),
        ("what would 50,000 more nets do?", "net_more", {"more": 50_000}),
        ("store this plan", "net_store", {}),
        ("delivery list", "net_delivery", {}),
        ("delivery list in bales of 40 and pallets of 24", "net_delivery", {"bale": 40, "pallet": 24}),
        ("how many nets does Manta get", "net_ward", {"ward": "Manta"}),
        ("why does Manta get so few nets", "net_ward", {"ward": "Manta"}),
        ("nets per LGA", "net_delivery", {}), ("which LGA gets the most nets", "net_delivery", {}),
        ("which wards get no nets?", "net_served", {"served": "none"}),
        ("list the wards that are fully covered", "net_served", {"served": "full"}),
        ("re-prioritise: exclude urban wards above 40%", "net_candidates", {"urban_share": 40.0}),
        ("plan 500000 nets only in rural wards", "nets", {"nets": 500_000, "urban_rule": "exclude"}),
        ("plan 500000 nets rural wards only", "nets", {"nets": 500_000, "urban_rule": "exclude"}),
        ("répartir 300 000 moustiquaires uniquement dans les zones rurales", "nets", {"nets": 300_000, "urban_rule": "exclude"}),
        ("plan 500000 nets household size 5 and 1.8 people per net", "nets", {"nets": 500_000, "household_size": 5.0}),
        ("plan 500000 nets with household size from 5 to 6", "nets", {"nets": 500_000, "household_size": 6.0}),
        ("use household size 5.4 instead of 6 and redo the nets", "nets", {"household_size": 5.4}),
        ("hh size 5, nets required?", "nets", {"household_size": 5.0}),
        ("instead of 100k plan 40k nets", "nets", {"nets": 40_000}),
        ("plan 500000 nets by risk", "nets", {"nets": 500_000, "strategy": "sequential"}),
        ("répartis 300 000 moustiquaires selon le risque", "nets", {"nets": 300_000, "strategy": "sequential"}),
        ("plan 500000 nets, high risk wards first", "nets", {"nets": 500_000, "strategy": "sequential"}),
        ("répartir 500 000 moustiquaires en priorité dans les quartiers à haut risque", "nets", {"nets": 500_000, "strategy": "sequential"}),
        ("plan 500000 nets, do not serve urban wards above 60 %", "nets", {"nets": 500_000, "urban_rule": "exclude", "threshold": 60.0}),
        ("plan 500000 nets by population only", "nets", {"nets": 500_000, "strategy": "proportional"}),
        ("plan 500000 nets up to 20% per ward", "nets", {"nets": 500_000, "cap_percent": 20.0}),
        ("what if we add 50000 nets", "net_more", {"more": 50_000}),
        ("que feraient 50 000 moustiquaires de plus", "net_more", {"more": 50_000}),
        ("if dem give us 50k more net wetin go happen", "net_more", {"more": 50_000}),
        ("compare 500000 nets with 50000 more", "net_more", {"nets": 500_000, "more": 50_000}),
        ("compare 100,000 nets by risk and by population", "nets", {"nets": 100_000, "strategy": "sequential", "other_strategy": "proportional", "compare": True}),
        ("compare 100,000 nets by risk with 100,000 nets by population", "nets", {"nets": 100_000, "strategy": "sequential", "other_nets": 100_000, "other_strategy": "proportional", "compare": True}),
        ("compare 100,000 nets rural first and urban excluded", "nets", {"nets": 100_000, "urban_rule": "rural_first", "other_urban_rule": "exclude", "compare": True}),
        ("compare urban excluded with rural first", "nets", {"urban_rule": "exclude", "other_urban_rule": "rural_first", "compare": True}),
        ("plan 100,000 nets, 3 persons per household", "nets", {"nets": 100_000, "household_size": 3.0}),
        ("plan 100,000 nets, do not exceed 80% in any ward", "nets", {"nets": 100_000, "cap_percent": 80.0}),
        ("compare with weighted and rural first", "nets", {"other_strategy": "weighted", "other_urban_rule": "rural_first", "compare": True}),
        # How a plan is made, said before how many nets there are.
        ("use proportional", "nets", {"strategy": "proportional"}), ("now with rural first", "nets", {"urban_rule": "rural_first"}),
        ("with a cap of 60%", "nets", {"strategy": "capped", "cap_percent": 60.0}), ("exclude urban wards", "nets", {"urban_rule": "exclude"}),
        # Points that group thousands; all wards that there are; a net for so many people; who gave the nets.
        ("plan 100.000 nets", "nets", {"nets": 100_000}), ("100.000 moustiquaires", "nets", {"nets": 100_000}),
        ("répartir 1.250.000 moustiquaires", "nets", {"nets": 1_250_000}), ("nets: 100.000", "nets", {"nets": 100_000}),
        ("plan 100,000 nets for 15 LGAs", "nets", {"nets": 100_000}), ("100,000 nets from UNICEF", "nets", {"nets": 100_000}),
        ("plan 100,000 nets without any priority", "nets", {"nets": 100_000}),
        ("with 100,000 nets, does Manta get any", "net_ward", {"ward": "Manta", "nets": 100_000}),
        ("list wards without nets in Bosso", "net_served", {"lga": "Bosso", "served": "none"}),
        ("how many net Rafi go collect", "net_delivery", {"lga": "Rafi"}),
        ("combien de moustiquaires recevrait Bosso avec un stock de 80 000 ?", "net_delivery", {"lga": "Bosso", "nets": 80_000}),
    ],
)  # fmt: skip
def test_words_for_nets_find_their_tool_and_slots(text, intent, slots):
    decision = decide(text, lexicon())
    assert (decision.intent, dict(decision.slots)) == (intent, slots)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # Some wards only, or without some.
        ("plan 500000 nets excluding Bosso", "Bosso"), ("plan 500000 nets without Bosso", "Bosso"),
        ("plan 500000 nets but skip Suleja", "Suleja"), ("plan 500000 nets excluding Kawo", "Kawo"),
        ("répartir 500 000 moustiquaires sauf Bosso", "Bosso"), ("abeg share 200k net for only Rijau", "Rijau"),
        ("oga share 200k nets but leave Bida comot", "Bida"), ("plan 500000 nets for Bosso only", "Bosso"),
        ("plan 500000 nets for Bida", "Bida"), ("compare 500000 and 700000 nets without Bosso", "Bosso"),
        ("compare with 700000 nets without Bosso", "Bosso"), ("plan 500000 nets for high risk wards only", "high risk"),
        ("plan 500000 nets excluding low risk wards", "low risk"), ("plan 500000 nets in urban wards only", "urban"),
        ("répartir 300 000 moustiquaires uniquement dans les zones à haut risque", "a haut risque"),
        ("plan 500000 nets without rural wards", "rural"), ("plan 500000 nets by risk for high risk wards", "high risk"),
        ("kindly share 750,000 ITNs, Bosso should get nothing", "Bosso"), ("plan 500000 nets for the top 20 wards", "20 wards"),
        ("plan 500000 nets excluding wards with poor housing", "excluding"), ("plan 500000 nets excluding Gotham", "gotham"),
        ("plan 300k nets for high risk wards only", "high risk"), ("plan nets for Bosso only 20000", "Bosso"),
        ("plan 200k nets for Bosso and Bida", "Bida"), ("share 200k nets among top 50 wards", "50 wards"),
        ("plan 400k nets for towns", "towns"), ("plan 400k nets, leave out villages", "villages"),

        ("plan 400k nets in the town only", "town"), ("plan 400k nets without the priority wards", "without"),
        ("plan 400k nets, low risk wards should be skipped", "low risk"), ("plan 400k nets, extra care for rural wards", "rural"),
        ("plan 400k nets, the roads in villages are bad", "villages"),
        ("plan 400k nets, low risk wards excluded", "low risk"),
        ("plan 400k nets, no wards but the rural ones", "rural"),
        ("plan 400k nets, not in urban wards, rural first", "urban"),
        ("planifie 400000 moustiquaires uniquement pour les villes", "villes"), ("planifie 400000 moustiquaires sauf les zones rurales", "rurales"),
        # An end of the ranking; a choice beside the share from which wards are urban.
        ("plan 100,000 nets targeting high risk areas", "high risk"), ("plan 100,000 nets targeting the highest risk wards", "highest"),
        ("plan 100,000 nets to the worst wards", "worst"), ("plan 100,000 nets for urban wards only, threshold 30%", "urban"),
        ("plan 100,000 nets for wards less than 30% urban", "urban"), ("plan 100,000 nets, wards under 30% urban are excluded", "urban"),
        ("plan 100,000 nets for 14 LGAs", "14 lgas"), ("plan 400k nets except hospitals in towns", "towns"),
        ("plan 400k nets, except in urban wards where risk is low", "urban"), ("plan 400k nets without the urban wards with high tpr", "tpr"),
        ("plan 400k nets, do not give towns too many nets", "towns"), ("plan 400k nets, urban wards get no more nets than villages", "urban"),
        # A third rule or strategy beside two that are compared, or one kind on each side.
        ("compare highest risk first, weighted and proportional", "proportional"), ("compare 100,000 nets rural first with by population", "by"),
        # More nets for some.
        ("what would 50000 more nets do in Bosso", "Bosso"), ("what would 50000 more nets do without Bosso", "Bosso"),
        ("que feraient 50 000 moustiquaires supplémentaires à Bosso", "Bosso"),
        ("what will 20000 extra nets do for high risk wards", "high risk"), ("plan 500000 nets and give more to Bosso", "Bosso"),
        # Other houses, and shares for each of them.
        ("plan 500000 nets with 2 nets per household", "2 nets"), ("plan 500000 nets with household size 5 or 6", "6"),
        ("plan 500000 nets 5 people per household with 2 nets each", "2 nets"),
        ("répartir 500 000 moustiquaires, 2 moustiquaires par ménage", "2 moustiquaires"),
        ("compare household size 5 with 6 for the nets", "6"), ("how many nets for 500000 people", "500000 people"),
        # A second place.
        ("how many nets for Bosso and Bida", "Bida"), ("delivery list for Bosso and Bida", "Bida"),
        ("which wards in Bosso and Bida get no nets", "Bida"), ("how many nets do Kawo and Kodo get", "Kodo"),
        ("combien de moustiquaires pour Bosso et Bida", "Bida"),
        # Another order, and other people.
        ("plan 500000 nets by rainfall", "rainfall"), ("plan 500000 nets by tpr", "tpr"), ("plan 500000 nets by cases", "cases"),
        ("plan 500000 nets using pca ranking", "pca"), ("répartir 500 000 moustiquaires selon la pluviométrie", "pluviometrie"),
        ("plan 500000 nets starting with the highest tpr", "tpr"), ("plan 500000 nets for pregnant women", "pregnant women"),
        ("plan 500000 nets for children under five", "under five"), ("plan 500000 nets for schools", "schools"),
        # No stock at all.
        ("plan -500000 nets", "-500000 nets"), ("répartir -300 000 moustiquaires", "-300 000 moustiquaires"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_made_is_refused_and_says_why(text, named):
    decision = decide(text, lexicon())
    assert (decision.intent, decision.slots) == ("cant", {})
    assert named in decision.unknown


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("plan 500000 nets monthly", "monthly"), ("plan 500000 nets through primary facilities", "primary facilities"),
        ("plan 500000 nets, the rains are near", "rains"), ("plan 500000 nets, 2 persons per net", "2 persons"),
        ("how many nets to cover all high risk wards", "high risk"), ("plan 100,000 nets, map of coverage", "map"),
        # People are no stock, and so few for each house may be nets.
        ("our population is 250,000, plan 100,000 nets", "250,000"), ("population 250000, nets 100000", "250000"),
        ("state population is 5 million, we have 2 million nets", "5 million"), ("100,000 nets for 1.2 million people", "1.2 million people"),
        ("100,000 nets, two per household", "two per household"), ("100,000 nets, 3 per house", "3 per house"),
        # A share of a ward's own people is no cap, and no share of its area.
        ("100,000 nets cover at most 70% of each ward", "70%"), ("plan 100,000 nets covering up to 80% of people in each ward", "80%"),
        ("plan 100,000 nets above 40%", "40%"), ("plan 100,000 nets by risk and by population", "by"),
        # No preference is no exclusion.
        ("plan 100,000 nets without urban preference", "without urban"), ("plan 100,000 nets without urban priority", "without urban"),
        ("plan 100,000 nets without urban bias", "without urban"), ("plan 100,000 nets with no urban wards first", "no urban wards"),
    ],
)  # fmt: skip
def test_what_a_plan_is_not_made_by_is_named(text, named):
    decision = decide(text, lexicon())
    assert (decision.intent, decision.aside) == ("nets", (named,))
    assert not {"urban_rule", "threshold", "cap_percent", "household_size"} & set(decision.slots)
    assert decision.slots.get("nets") != 250_000


def test_one_net_for_so_many_people_and_a_map_of_coverage_are_told():
    assert decide("1 net for every 2 people, 100,000 nets", lexicon()).aside == ("1 net", "2 people")
    assert "rual" not in decide("plan 100,000 dual AI nets", lexicon()).aside
    assert decide("map of coverage", lexicon()).aside == ("coverage",)
    assert decide("map of net coverage", lexicon()).aside == ()


def test_what_is_said_next_goes_on_from_the_last_plan():
    last = {"nets": 900_000, "urban_rule": "rural_first", "code": "threshold=30"}
    assert nets_followed({"more": 5}, last) == {
        "nets": 900_000, "urban_rule": "rural_first", "chosen": "threshold=30", "more": 5,
    }  # fmt: skip
    compared = nets_followed({"nets": 700_000, "compare": True}, last)
    assert (compared["nets"], compared["other_nets"]) == (900_000, 700_000)
    both = {"nets": 5_000, "strategy": "weighted", "other_strategy": "sequential", "compare": True}
    assert nets_followed(both, last) == both | {"chosen": "threshold=30"}
    assert nets_followed({"nets": 1_000}, last) == {"nets": 1_000, "chosen": "threshold=30"}


def test_a_number_that_was_asked_for_completes_the_plan_that_waits_for_it():
    waiting = {"urban_rule": "exclude", "household_size": 6.0}
    assert nets_followed({"nets": 1_000}, waiting) == {"nets": 1_000} | waiting
    assert nets_followed({"nets": 1_000, "urban_rule": "rural_first"}, waiting) == {
        "nets": 1_000, "urban_rule": "rural_first", "household_size": 6.0,
    }  # fmt: skip
    for intent in ("net_ward", "net_delivery", "net_served"):
        assert nets_followed({"lga": "Bosso"}, waiting, intent) == {"lga": "Bosso"}
        assert nets_followed({}, waiting | {"nets": 5_000}, intent) == waiting | {"nets": 5_000}
