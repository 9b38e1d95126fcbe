"""What a message asks beyond an answer comes back in it, or is refused or told; in the words that people used."""

import pytest

from assistant.core.routing import decide
from assistant.tests.utterances import lexicon


@pytest.mark.parametrize(
    "text",
    [
        # Either of two conditions; a place in an order; a part of a list; some wards of a correlation.
        "wards with tpr above 30 or pfpr above 0.4", "how many wards have tpr above 30 or pfpr above 0.4",
        "second worst ward in Bosso", "third lowest tpr ward", "2nd highest ward by tpr", "number 3 ward by rainfall", "ward ranked 5th in Bosso",
        "give me wards ranked 11 to 20", "the next 10 wards after the top ten", "wards in top 10 for both tpr and pfpr",
        "correlate rainfall with tpr in urban wards", "correlate housing with tpr for rural wards", "correlate rainfall with tpr in high risk wards",
        # The other end of the ranking; a count that nobody keeps; a place that no table knows.
        "why is the last ward last", "why is the least risky ward so low", "which LGA has most wards", "wards wey dey near river",
        # Another stock than the number; a ranking of other variables than those that would be used.
        "what if we get 200k less nets", "450k nets minus 20k reserve", "i have 5000 bales of nets", "distribute 250k nets equally",
        "run analysis without rainfall",
        # What is to be left out would be all that is answered.
        "which ward is far from the lake", "which 4 wards are farthest from the river",
        "top 10 wards, leave out Bosso", "rank the wards leaving out those over 60 % urban", "les 10 premiers wards en excluant Bosso",
    ],
)  # fmt: skip
def test_what_would_be_answered_otherwise_is_refused_by_the_words_that_are_too_much(text):
    decision = decide(text, lexicon())
    assert decision.intent == "cant", dict(decision.slots)


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("plan 200k nets max 80% per ward", {"80%"}), ("nets for 80% coverage", {"80%"}), ("only 60% of the 450k nets don arrive", {"60%"}),
        ("plan 100k nets and 50k nets", {"50k nets"}), ("use 2 persons per net n redo d net plan", {"2 persons"}),
        ("plan 500000 nets for 2026", set()), ("recalculate with one net for 1.8 persons", set()),
        ("only 40k itns arrived instead of 100k, redo the allocation", set()), ("plan 500k nets rural first below 30%", set()),
        # Town and country without an order.
        ("who gets 200k nets first, villages or towns?", {"villages", "towns"}),
        ("plan 200k nets, urban threshold 40 %", set()),
    ],
)  # fmt: skip
def test_a_plan_says_what_it_was_not_made_by(text, aside):
    decision = decide(text, lexicon())
    assert (decision.intent, set(decision.aside)) == ("nets", aside)
    assert "threshold" not in decision.slots or "below 30%" in text or "threshold 40" in text


def test_a_report_says_that_it_is_of_all_wards():
    assert decide("report for Bosso only", lexicon()).aside == ("Bosso",)


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("quelle ward a le moins de pluie", "rank", {"by": "rainfall", "ascending": True}),
        ("le ward qui a le moins de population", "rank", {"by": "population", "ascending": True}),
        ("i have 450k nets in stock, 5 per household", "nets", {"nets": 450_000, "household_size": 5.0}),
        ("450000 nets 4 people per house", "nets", {"nets": 450_000, "household_size": 4.0}),
        ("planifier 400 000 moustiquaires, zones rurales d'abord", "nets", {"nets": 400_000, "urban_rule": "rural_first"}),
        ("plan 200k nets, urban threshold 40", "nets", {"nets": 200_000, "threshold": 40.0}),
        ("is there a relationship between urban and tpr", "correlate", {"x": "u5_tpr_rdt", "y": "urban_percentage"}),
        ("is tpr going up in Shiroro", "tpr_trend", {"lga": "Shiroro"}),
        ("which wards no go get nets", "net_served", {"served": "none"}),
        # Halves, in words.
        ("plan one and a half million nets", "nets", {"nets": 1_500_000}), ("plan two million and a half nets", "nets", {"nets": 2_500_000}),
        ("plan un million et demi de moustiquaires", "nets", {"nets": 1_500_000}),
        # Who comes first, in other words than the rule's.
        ("plan 200k nets, villages first", "nets", {"urban_rule": "rural_first"}),
        ("plan 200k nets, towns before villages", "nets", {"urban_rule": "urban_first"}),
        ("share 200k nets, villages first and towns afterwards", "nets", {"urban_rule": "rural_first"}),
        ("plan 200k nets, no towns", "nets", {"urban_rule": "exclude"}),
        ("plan 200k nets for villages", "nets", {"urban_rule": "exclude"}), ("plan 200k nets for rural wards", "nets", {"urban_rule": "exclude"}),
        ("plan 400k nets, don't give towns any nets", "nets", {"urban_rule": "exclude"}),
        ("is half a million nets enough to cover all rural wards", "nets", {"urban_rule": "exclude"}),
        ("planifie 400000 moustiquaires, villages d'abord", "nets", {"urban_rule": "rural_first"}),
        # Beside what is denied, or in a denial of something else.
        ("plan 400k nets, do not exclude urban wards, rural first", "nets", {"urban_rule": "rural_first"}),
        ("plan 400k nets, not urban first but rural first", "nets", {"urban_rule": "rural_first"}),
        ("oga plan 400k nets, no wahala, rural first", "nets", {"urban_rule": "rural_first"}),
        ("450k nets don arrive, rural first", "nets", {"urban_rule": "rural_first"}),
        ("plan 400k nets, do not forget to exclude the towns", "nets", {"urban_rule": "exclude"}),
        ("planifie 400000 moustiquaires, n'oublie pas d'exclure les villes", "nets", {"urban_rule": "exclude"}),
        ("there are not enough nets so exclude the towns, plan 400k nets", "nets", {"urban_rule": "exclude"}),
        ("plan 200k nets and leave out any ward above 40 % urban", "nets", {"urban_rule": "exclude", "threshold": 40.0}),
        # Signs behind their number, or of two words.
        ("wards with tpr of 30% or higher", "list", {"where": [["u5_tpr_rdt", ">=", 30.0]]}),
        ("wards avec tpr de 30 % et plus", "list", {"where": [["u5_tpr_rdt", ">=", 30.0]]}),
        ("wards with tpr of 30 or below", "list", {"where": [["u5_tpr_rdt", "<=", 30.0]]}),
        ("wards with tpr greater than or equal to 30", "list", {"where": [["u5_tpr_rdt", ">=", 30.0]]}),
        ("wards avec tpr inférieur ou égal à 30", "list", {"where": [["u5_tpr_rdt", "<=", 30.0]]}),
        # Tiers and orders; ends in other forms of the word.
        ("altitude minimale des wards de Mokwa", "aggregate", {"measure": "elevation", "function": "min", "lga": "Mokwa"}),
        ("quelle est la valeur minimale du NDWI à Borgu", "aggregate", {"measure": "ndwi", "function": "min", "lga": "Borgu"}),
        ("the lowst 5 wards for soil wetness", "rank", {"by": "soil_wetness", "ascending": True, "limit": 5}),
        ("distribute 22k nets rual first", "nets", {"nets": 22_000, "urban_rule": "rural_first"}),
        ("wards à risque élevé", "list", {"tier": "High"}), ("quels wards sont à risque moyen", "list", {"tier": "Medium"}),
        ("rank LGAs by rainfall from lowest to highest", "rank_lgas", {"by": "rainfall", "ascending": True}),
        ("the 5 most urban wards", "rank", {"by": "urban_percentage", "limit": 5}),
        ("most rural wards", "rank", {"by": "urban_percentage", "ascending": True}),
        ("add up the population of Bosso", "aggregate", {"measure": "population", "function": "sum", "lga": "Bosso"}),
    ],
)  # fmt: skip
def test_what_was_said_beside_the_question_is_read(text, intent, slots):
    decision = decide(text, lexicon())
    assert decision.intent == intent
    assert slots.items() <= dict(decision.slots).items()
    assert decision.aside == ()


@pytest.mark.parametrize(
    "said",
    [
        "except urban areas", "except for towns", "minus the urban wards", "outside towns", "outside of urban areas", "urban wards excluded",
        "urban areas should be excluded", "urban areas left out", "ignore urban wards", "drop the urban wards", "not for urban wards",
        "not urban", "non-urban only", "urban wards should get nothing", "urban wards get none", "towns get no nets", "towns should be left out",
        "everything but the towns", "but not for towns", "wards over 30% urban are excluded", "wards above 40% urban left out",
        "threshold 30%, urban wards excluded", "urban areas at 30% threshold are excluded", "towns above 40% urban should get nothing",
        "comot all the town",
        "sauf les zones urbaines", "hors zones urbaines", "à l'exclusion des zones urbaines", "sans les quartiers urbains",
        "exclure les quartiers urbains", "en excluant les quartiers urbains", "en excluant la ville", "sauf en ville",
        "quartiers urbains exclus",
    ],
)  # fmt: skip
def test_urban_wards_are_left_out_in_many_words(said):
    decision = decide(f"plan 100,000 nets, {said}", lexicon())
    assert (decision.intent, decision.slots.get("urban_rule"), decision.aside) == ("nets", "exclude", ())
    assert decision.slots.get("threshold") == next(
        (float(share) for share in ("30", "40") if share in said), None
    )


@pytest.mark.parametrize(
    "said",
    [
        "giving rural areas priority", "rural wards have priority", "favour rural areas", "urban wards last", "rural areas then towns",
        "en privilégiant les zones rurales d'abord",
    ],
)  # fmt: skip
def test_rural_wards_come_first_in_many_words(said):
    decision = decide(f"plan 100,000 nets, {said}", lexicon())
    assert (decision.intent, decision.slots.get("urban_rule"), decision.aside) == ("nets", "rural_first", ())


@pytest.mark.parametrize(
    "text",
    [
        # Left out, and not: a denial, other things that are left, no wards at all.
        "plan 500000 nets, do not exclude urban wards", "plan 500k nets and don't leave out the towns", "plan 500k nets without skipping urban wards",
        "planifie 300000 moustiquaires sans exclure les villes", "planifie 300000 moustiquaires sans oublier les villes",
        "plan 500k nets, no ward left out, urban or rural", "plan 500000 nets, omit nothing, urban wards included",
        "plan 300k nets, no urban preference", "plan 300k nets, no matter whether urban or rural", "no more than 400000 nets, urban wards too",
        "plan 400000 nets with no urban threshold", "plan 400000 nets, leave the urban threshold at 30",
        "plan 400k nets without changing the urban threshold", "plan 300000 nets, no capping, urban threshold 50",
        "plan 500000 nets, leave urban wards for last", "plan 500000 nets, leave some for the towns", "there are no towns here, plan 50000 nets",
        "I have no idea how many urban wards there are, plan 300000 nets",
        "which urban wards get no nets in a plan of 400k nets", "plan 400k nets, towns get no nets until the villages have theirs", "plan 400k nets, urban wards are not excluded",
        "plan 400k nets, no nets first for towns", "plan 400k nets, rural areas should not have priority",
        "plan 400k nets, do not favour rural areas", "plan 400k nets, urban areas get all they need",
        # First, and not.
        "start a plan of 400000 nets with urban threshold 40", "first give me a plan with 400000 nets, urban threshold 40",
        "plan 300k nets with priority to risk, urban threshold 50", "plan 250000 nets in town before the rains",
        "plan 600000 nets, first show me the urban wards", "plan 300k nets, don't start with towns", "plan 300k nets, do not give towns priority",
        "plan 300000 moustiquaires, pas de priorité aux villes", "plan 300k nets, urban wards should not come first",
        "plan 300k nets, no rural priority", "rural wards should not be served before urban wards, 300k nets",
        "plan 300k nets prioritising wards with rural populations last", "who gets 200k nets first, villages or towns?",
        # Denials from farther off, behind the words, and in other words than "not".
        "I do not want you to exclude urban wards, plan 400k nets", "there is no need to leave out towns, plan 400k nets",
        "plan 400k nets, avoid leaving out urban wards", "plan 400k nets, it would be wrong to exclude towns",
        "plan 400k nets instead of excluding urban wards", "plan 400k nets rather than starting with villages",
        "plan 400k nets, refuse any plan that leaves out towns", "plan 400k nets, why would anyone exclude urban wards",
        "plan 400k nets, rural first is not what we want", "plan 400k nets, urban wards first? no", "plan 400k nets, exclude no urban wards",
        "plan 400k nets, I don't want the rural wards first", "plan 400k nets, villages should no longer come first",
        "plan 400k nets but do not forget the towns", "plan 400k nets, villages must not be left out", "plan 400k nets, not without the towns",
        "plan 400k nets not only for rural wards", "plan 400k nets for urban and rural wards alike", "plan 400k nets, villages last",
        "plan 400k nets, low priority to villages", "plan 400k nets, urban threshold 30, no rural priority",
        "plan 400k nets, ignore the urban rule", "plan 400k nets, no rule for urban wards", "we don't have towns here, plan 400k nets",
        "plan 400k nets, do not serve towns before villages", "plan 400k nets, do not exclude low risk wards",
        "plan 400k nets, not only for high risk wards",
        "I don't want towns to be left out, plan 400k nets",
        "abeg share 400k nets, no leave any town comot", "abeg plan 400k nets make you no forget village people",
        "we no get town for here, plan 400k nets", "abeg no put town first, 400k nets", "abeg plan 400k nets, no be village first",
        "planifie 400000 moustiquaires, n'oubliez pas les villages", "planifie 400000 moustiquaires, n'excluez pas les villes",
        "planifie 400000 moustiquaires, ne commencez pas par les villes", "planifie 400000 moustiquaires, sans exception, villes comprises",
        "il n'y a pas de villes ici, planifie 400000 moustiquaires", "planifie 400000 moustiquaires, pas seulement pour les villages",
        "planifie 400000 moustiquaires sans donner la priorité aux zones rurales", "planifie 400000 moustiquaires au lieu d'exclure les villes",
        "planifie 400000 moustiquaires, aucun quartier exclu, urbain ou rural",
        "planifie 400000 moustiquaires, les villes ne doivent pas être exclues",
    ],
)  # fmt: skip
def test_no_rule_is_made_of_words_that_state_none(text):
    decision = decide(text, lexicon())
    assert decision.intent == "nets" and "urban_rule" not in decision.slots


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("plan 500k nets and don't leave out the towns", "towns"), ("plan 500k nets without skipping urban wards", "urban"),
        ("plan 500000 nets, do not exclude urban wards", "exclude urban wards"), ("plan 400k nets, rural first is not what we want", "rural first"),
        ("plan 400k nets, rural first and exclude urban", "exclude urban"), ("I have no fuel exclude urban wards, plan 400k nets", "exclude urban wards"),
        ("plan 400k nets, no urban preference", "urban"), ("plan 250000 nets in town before the rains", "town"),
        ("plan 400k nets, no priority for high risk wards", "high risk"), ("planifie 300000 moustiquaires sans oublier les villes", "villes"),
    ],
)  # fmt: skip
def test_what_is_denied_beside_a_plan_is_told(text, named):
    assert named in decide(text, lexicon()).aside


@pytest.mark.parametrize(
    ("text", "intent", "where"),
    [
        ("average rainfall of the most urban wards", "aggregate", ["urban_percentage", ">=", 50.0]),
        ("how many people live in the most rural wards", "aggregate", ["urban_percentage", "<", 50.0]),
        ("top 10 most urban wards by TPR", "rank", ["urban_percentage", ">=", 50.0]),
        ("wards with 40% or more TPR", "list", ["u5_tpr_rdt", ">=", 40.0]),
        ("wards with 1000 mm or more rainfall", "list", ["rainfall", ">=", 1000.0]),
        ("wards with TPR 40 or over", "list", ["u5_tpr_rdt", ">=", 40.0]),
    ],
)
def test_a_condition_stands_beside_what_is_asked_of_the_wards(text, intent, where):
    decision = decide(text, lexicon())
    assert decision.intent == intent and where in decision.slots["where"]


@pytest.mark.parametrize(
    ("text", "ascending"),
    [
        ("LGAs with low rainfall", True),
        ("which LGAs have low housing quality", True),
        ("which LGA has a high TPR", None),
    ],
)
def test_lgas_of_a_low_or_high_value_begin_at_that_end(text, ascending):
    decision = decide(text, lexicon())
    assert (
        decision.intent == "rank_lgas"
        and decision.slots.get("ascending") is ascending
        and "tier" not in decision.slots
    )


@pytest.mark.parametrize(
    "text",
    [
        "LGAs with medium TPR",
        "LGAs with high risk and low rainfall",
        "LGAs with high risk and high TPR",
        "wards with rainfall 1200 and more TPR",
    ],
)
def test_two_ends_or_a_middle_are_no_order(text):
    assert decide(text, lexicon()).intent == "cant"
