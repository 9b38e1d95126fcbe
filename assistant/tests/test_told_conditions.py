"""A condition that was said is computed, refused or told: units, parts of lists, weights, places of a run, second choices."""

import pytest

from assistant.commands import TOOLS, tool_call
from assistant.core.net_slots import NET_INTENTS
from assistant.core.routing import decide
from assistant.core.taken import DECIDING, SHOWN, TAKEN, TPR_CHOICE, taken_by
from assistant.tests.utterances import lexicon
from assistant.toolbox import Toolbox
from sessions_app.isolation.scope import scope


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("wards with elevation above 300 feet", ["elevation", ">", 91.44]), ("wards with elevation over 1000ft", ["elevation", ">", 304.8]),
        ("wards with elevation above 300 yards", ["elevation", ">", 274.32]), ("wards with rainfall above 100 cm", ["rainfall", ">", 1000.0]),
        ("wards with rainfall above 40 inches", ["rainfall", ">", 1016.0]), ("wards with rainfall above 100cm", ["rainfall", ">", 1000.0]),
        ("wards with temperature above 86 F", ["temp", ">", 30.0]), ("wards with temperature above 86°F", ["temp", ">", 30.0]),
        ("wards with temperature above 86 degrees Fahrenheit", ["temp", ">", 30.0]), ("wards with temperature above 300 kelvin", ["temp", ">", 26.85]),
        ("wards with temperature above 30 degrees", ["temp", ">", 30.0]),
        ("wards with distance to water above 2 miles", ["distance_to_waterbodies", ">", 3218.688]),
        ("wards over 3 miles from water", ["distance_to_waterbodies", ">", 4828.032]),
        ("wards with distance to water above two km", ["distance_to_waterbodies", ">", 2000.0]),
        ("quartiers avec altitude au dessus de 300 pieds", ["elevation", ">", 91.44]),
        ("wards with elevation between 500 and 1000 feet", ["elevation", "between", 152.4, 304.8]),
        ("wards between 500 and 1000 feet elevation", ["elevation", "between", 152.4, 304.8]),
        ("wards with population above 2 lakh", ["population", ">", 200_000.0]), ("wards with population above five lakh", ["population", ">", 500_000.0]),
        ("wards with population above 3 crore", ["population", ">", 30_000_000.0]), ("wards with population over 2 hundred", ["population", ">", 200.0]),
        ("wards with population above 2.5 hundred thousand", ["population", ">", 250_000.0]),
        ("quartiers avec plus de 2 milliers d'habitants", ["population", ">", 2000.0]),
        ("wards with rainfall above 1200 mm a year", ["rainfall", ">", 1200.0]),
        ("wards with soil wetness above 40 %", ["soil_wetness", ">", 0.4]), ("wards with pfpr above a quarter", ["pfpr", ">", 0.25]),
        ("quartiers avec un TPR de plus de la moitié", ["u5_tpr_rdt", ">", 50.0]),
        ("wards with tpr above 25, lesquels", ["u5_tpr_rdt", ">", 25.0]),
        # Within a length; a sign behind what is measured; a number beside a variable is no length of the list.
        ("wards within 1 mile of water", ["distance_to_waterbodies", "<=", 1609.344]), ("wards within 2km of water", ["distance_to_waterbodies", "<=", 2000.0]),
        ("wards within 500 m of water", ["distance_to_waterbodies", "<=", 500.0]), ("wards wey dey within 5km of water", ["distance_to_waterbodies", "<=", 5000.0]),
        ("wards within two kilometres of water", ["distance_to_waterbodies", "<=", 2000.0]), ("wards no further than 2 km from water", ["distance_to_waterbodies", "<=", 2000.0]),
        ("wards à moins de 2 km de l'eau", ["distance_to_waterbodies", "<", 2000.0]), ("wards à plus de 5 km de l'eau", ["distance_to_waterbodies", ">", 5000.0]),
        ("wards with 1,000 mm of rain or more", ["rainfall", ">=", 1000.0]), ("1000 mm of rain and above", ["rainfall", ">=", 1000.0]),
        ("wards with 30% TPR or more", ["u5_tpr_rdt", ">=", 30.0]), ("20,000 people or more", ["population", ">=", 20_000.0]),
        ("wards avec 30 % de TPR ou moins", ["u5_tpr_rdt", "<=", 30.0]), ("wards with 40% urban or more", ["urban_percentage", ">=", 40.0]),
        ("which ward get pass 50% TPR", ["u5_tpr_rdt", ">", 50.0]), ("wards wey people plenty pass 15k", ["population", ">", 15_000.0]),
        ("wards wey rain high pass 1000", ["rainfall", ">", 1000.0]), ("wards with under 30% urban and tpr", ["urban_percentage", "<", 30.0]),
        # Kelvin, and a rate's own unit.
        ("wards with temperature over 300 K", ["temp", ">", 26.85]), ("wards with temp between 290 and 300 K", ["temp", "between", 16.85, 26.85]),
        ("burden above 300 per 1,000", ["burden", ">", 300.0]), ("wards with incidence above 300 cases per 1,000 people", ["burden", ">", 300.0]),
        ("wards with tpr above 300 per thousand", ["u5_tpr_rdt", ">", 30.0]), ("wards with pfpr between 20 and 40 %", ["pfpr", "between", 0.2, 0.4]),
        # Two ends without a sign.
        ("TPR 20-40%", ["u5_tpr_rdt", "between", 20.0, 40.0]), ("wards where tpr is 20% - 40 %", ["u5_tpr_rdt", "between", 20.0, 40.0]),
        ("tpr from 20 to 40", ["u5_tpr_rdt", "between", 20.0, 40.0]), ("20 to 40% tpr", ["u5_tpr_rdt", "between", 20.0, 40.0]),
        ("population from 10,000 to 20,000", ["population", "between", 10_000.0, 20_000.0]), ("wards avec TPR de 20 à 40 %", ["u5_tpr_rdt", "between", 20.0, 40.0]),
        ("wards with population ranging from 10,000 to 20,000", ["population", "between", 10_000.0, 20_000.0]),
    ],
)  # fmt: skip
def test_an_amount_is_compared_in_the_unit_of_its_variable(text, condition):
    decision = decide(text, lexicon())
    assert (decision.intent, decision.slots.get("where")) == ("list", [condition])
    assert "limit" not in decision.slots


@pytest.mark.parametrize(
    "text",
    [
        # No unit of the variable, or an amount of something else.
        "wards with tpr above 30 points", "wards where tpr pass 30 naira", "wards with elevation above 300 fathoms",
        "wards with population above 3 hectares", "wards with rainfall above 2 standard deviations", "wards above the 90th percentile of rainfall",
        "wards with rainfall above 3 times the average", "wards with elevation above 300 degrees", "wards with population above 20 feet",
        "wards with rainfall above 50 percent", "wards with population above 50 %", "wards with score above 50%",
        # Another span of time.
        "wards with rainfall above 900 millimetres per month", "wards with rainfall above 900 mm a month", "quartiers avec plus de 900 mm de pluie par mois",
        "wards with monthly rainfall above 100 mm",
        # Parts of a list.
        "top quartile of wards by rainfall", "first quarter of wards by tpr", "top quarter wards", "top half of the wards", "worst quintile of wards",
        "moitié des quartiers les plus à risque", "le quart des quartiers par pluie", "le premier tiers des quartiers par TPR", "upper half of LGAs by tpr",
        "how many people live in the bottom half of wards", "average tpr of the top quartile wards", "list the top third of wards",
        # Two ends of a list, or two orders; months in their order.
        "facilities with lowest quality and highest tpr", "facilities with highest tests and lowest positivity", "wards with highest and lowest tpr",
        "facilities with best reporting and worst positivity", "facilities with reporting rate below 50 and highest tpr", "the best and the worst wards by rainfall",
        "top 5 and bottom 5 wards by tpr", "top facilities with more than 100 tests", "les 3 derniers mois", "last 3 months", "avant-dernier quartier",
        # Weights that are not there, and some that are.
        "weighted average tpr in Bosso", "weighted average rainfall by LGA", "unweighted average tpr by LGA", "moyenne non pondérée du TPR par LGA",
        "risk weighted tpr by LGA", "weighted median of tpr by LGA", "average tpr by LGA weighted by rainfall",
        # Some wards, of a table of LGAs.
        "average tpr per LGA in urban wards", "rank LGAs by tpr in rural wards",
        # A run of another kind.
        "run the risk analysis for Bosso only", "rerun the risk analysis for Kawo", "run risk analysis using pca", "lance l'analyse de risque pour Bosso",
        "run the risk analysis for urban wards", "run the risk analysis for rural wards only", "run the analysis again with pca",
        "run tpr for all facilities except tertiary", "switch to secondary and primary", "switch to over five and pregnant women",
        "passer à secondaire et primaire", "run tpr but not for tertiary facilities",
        # A number with a unit, a time or a variable is no length of a list.
        "wards 2km from water", "wards 500 m or higher", "wards within 3 days", "wards with tpr 40", "wards within 2 km of Kawo",
        "wards with tpr below 20 or above 40", "TPR went from 20 to 40",
        # What would list everything, or what was to be left out.
        "which wards are left out", "which wards have I left out", "which wards could be left out", "top 10 wards not including towns",
        "wards excluding villages", "top 10 wards in towns", "which wards did we visit", "list of wards we visited", "list the wards with electricity", "which wards have electricity",
        "wards not far from water",
        # Another measure, or another weight.
        "peak rainfall above 40", "top 10 wards by peak rainfall", "wards with daily rainfall above 10 mm", "wards with maximum temperature above 35",
        "weighted mean TPR", "what is the weighted mean TPR",
        # Another question.
        "people covered in Bosso", "tests in Bosso and Bida", "compare tests in Kawo and Beji", "range of rainfall", "why is tpr rising in Kawo",
        "correlate tests with rainfall", "correlation between number of facilities and tpr", "map of rainfall without Bosso", "map not of rainfall but of tpr",
    ],
)  # fmt: skip
def test_what_no_answer_follows_is_refused(text):
    decision = decide(text, lexicon())
    assert decision.intent == "cant", dict(decision.slots)


@pytest.mark.parametrize(
    ("text", "intent", "aside"),
    [
        ("report without maps", "report", "without maps"), ("report in english and french", "report", "french"), ("rapport sans les cartes en français", "report", "sans les cartes"), ("report in excel", "report", "excel"),
        ("download results for Bosso", "download", "Bosso"), ("match report for Bosso", "matches", "Bosso"),
        ("compute tpr for primary facilities in Bosso", "tpr", "Bosso"), ("map of reporting rate by ward", "map", "reporting rate"),
        ("map of tpr trend", "map", "trend"), ("run the risk analysis for high risk wards", "run_risk", "high risk"),
        ("map for rainfall in high risk wards", "map", "high risk"), ("map of TPR for rural wards", "map", "rural"), ("chart of tpr in high risk wards", "chart", "high risk"),
        ("carte de la pluie dans les quartiers à haut risque", "map", "a haut risque"), ("histogram of rainfall in urban wards", "chart", "urban"),
        ("run analysis using tpr", "run_risk", "u5_tpr_rdt"),
        ("data quality in Bosso and Bida", "tpr_quality", "Bida"), ("tell me about Bosso and Bida", "about_lga", "Bida"),
    ],
)  # fmt: skip
def test_what_an_answer_of_everything_does_not_follow_is_told(text, intent, aside):
    decision = decide(text, lexicon())
    assert (decision.intent, decision.aside) == (intent, (aside,))


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("les dix derniers quartiers par TPR", "rank", {"limit": 10, "by": "u5_tpr_rdt", "ascending": True}),
        ("les 10 derniers quartiers", "rank", {"limit": 10, "ascending": True}),
        ("les dix derniers du classement", "rank", {"limit": 10, "ascending": True, "subject": "ranks"}),
        ("la dernière LGA par pluie", "rank_lgas", {"by": "rainfall", "ascending": True, "subject": "lga"}),
        ("weighted average tpr by LGA", "rank_lgas", {"by": "u5_tpr_rdt", "subject": "lga"}),
        ("population-weighted mean tpr by LGA", "rank_lgas", {"by": "u5_tpr_rdt", "subject": "lga"}),
        ("moyenne pondérée par la population du TPR par LGA", "rank_lgas", {"by": "u5_tpr_rdt", "subject": "lga"}),
        ("unweighted mean rainfall by LGA", "rank_lgas", {"by": "rainfall", "function": "mean", "subject": "lga"}),
        ("unweighted mean tpr of Bosso", "aggregate", {"lga": "Bosso", "measure": "u5_tpr_rdt", "function": "mean"}),
        ("why does Kawo get no nets", "net_ward", {"ward": "Kawo"}), ("why does Kawo get nothing", "net_ward", {"ward": "Kawo"}),
        ("why Kawo no get net", "net_ward", {"ward": "Kawo"}),
        ("Our partners read no English, so produce the report in French please", "report", {"language": "fr"}),
        ("report as pdf and word", "report", {}),
        # Two ends of one span, and a second variable.
        ("TPR above 20% and below 40%", "list", {"where": [["u5_tpr_rdt", ">", 20.0], ["u5_tpr_rdt", "<", 40.0]]}),
        ("wards with tpr more than 20 but less than 40", "list", {"where": [["u5_tpr_rdt", ">", 20.0], ["u5_tpr_rdt", "<", 40.0]]}),
        ("wards with elevation above 500 and below 1000 feet", "list", {"where": [["elevation", ">", 152.4], ["elevation", "<", 304.8]]}),
        ("tpr >= 20 and <= 40", "list", {"where": [["u5_tpr_rdt", ">=", 20.0], ["u5_tpr_rdt", "<=", 40.0]]}),
        ("wards with tpr over 20 and under 40 and rainfall over 1000", "list", {"where": [["u5_tpr_rdt", ">", 20.0], ["u5_tpr_rdt", "<", 40.0], ["rainfall", ">", 1000.0]]}),
        ("wards with population of at least 10k and tpr of 40% or more", "list", {"where": [["population", ">=", 10_000.0], ["u5_tpr_rdt", ">=", 40.0]]}),
        ("wards with temp above 300 K and population above 20k", "list", {"where": [["temp", ">", 26.85], ["population", ">", 20_000.0]]}),
        ("5 wards with tpr 40% or more", "list", {"where": [["u5_tpr_rdt", ">=", 40.0]], "limit": 5}),
        ("which LGA has TPR above 40", "list", {"where": [["u5_tpr_rdt", ">", 40.0]], "of_lgas": True, "subject": "lga"}),
        # All that are asked for, and one of an order.
        ("Which wards dey inside Lapai LGA?", "list", {"lga": "Lapai", "subject": "lga"}),
        ("which ward has the highest tpr above 30", "rank", {"where": [["u5_tpr_rdt", ">", 30.0]], "limit": 1}),
        ("top 10 wards uniquement en milieu rural", "rank", {"where": [["urban_percentage", "<", 50.0]], "limit": 10}),
        ("quels wards ne reçoivent rien", "net_served", {"served": "none"}), ("which wards are left out of the plan", "net_served", {"served": "none"}),
        ("I want all the wards, complete list, nothing left out", "list", {"subject": "imputation"}),
        ("start tpr analysis", "tpr", {"start": True}), ("run the test positivity analysis", "tpr", {"start": True}), ("lance l'analyse du TPR", "tpr", {"start": True}),
        ("tell me about Bosso LGA", "about_lga", {"lga": "Bosso", "subject": "lga"}),
        ("wards without rainfall", "missing", {"variable": "rainfall"}), ("quartiers sans TPR", "missing", {"variable": "u5_tpr_rdt"}),
        ("which wards have no data for tpr", "missing", {"variable": "u5_tpr_rdt", "subject": "imputation"}), ("how many wards no get data", "missing", {}),
        ("good morning, rainfall in Kawo", "value", {"ward": "Kawo", "measure": "rainfall"}),
        ("unweighted mean TPR", "aggregate", {"measure": "u5_tpr_rdt", "function": "mean"}), ("wetin tpr mean", "methods", {"by": "u5_tpr_rdt"}),
        # "And" inside a message goes on from no question before.
        ("relation entre la pluie et le TPR", "correlate", {"x": "rainfall", "y": "u5_tpr_rdt"}),
        ("facilities with most tests from highest to lowest", "reports", {"of": "facility", "by": "tested"}),
        ("facilities with more than 2 hundred tests", "reports", {"of": "facility", "where": [["tested", ">", 200.0]]}),
        ("what is the total population covered by this analysis", "aggregate", {"measure": "population", "function": "sum"}),
    ],
)  # fmt: skip
def test_what_was_said_is_followed(text, intent, slots):
    decision = decide(text, lexicon())
    assert (decision.intent, dict(decision.slots)) == (intent, slots)


@pytest.mark.parametrize("intent", sorted(set(TOOLS) - NET_INTENTS - {"methods", "report"}))
def test_an_answer_takes_up_no_more_than_its_tool_may_be_told(intent, alice):
    with scope(alice.user.pk):
        toolbox = Toolbox(by=alice.user, session=alice.session(), turn_key="t")
        for one in sorted(taken_by(intent, {}) - DECIDING):
            name, told = tool_call(intent, {one: "burden"}, toolbox)
            assert told or name != TOOLS[intent], f"{name} is never told {one}"


def test_a_choice_of_test_positivity_takes_up_no_place():
    assert taken_by("tpr", {"start": True, "lga": "Bosso"}) == TPR_CHOICE
    assert not taken_by("tpr", {"combinations": True})
    assert not {"run_risk", "nets"} & {*TAKEN, *SHOWN} and not taken_by("run_risk", {"lga": "Bosso"})


def test_a_word_that_nobody_knows_is_named_once():
    assert decide("wards in cities", lexicon()).unknown == ("cities",)
