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
