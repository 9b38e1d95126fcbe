"""What a model's numbers are said to be: ranks, shares, values of somebody. Good sentences pass, wrong ones don't."""

import random
import time

import pytest

from assistant.core.claims import texts_told, unsupported_claims
from assistant.core.explaining import explanation
from assistant.core.telling import LONGEST_DATA, ROWS_TOLD, as_json, rows_told
from assistant.definitions import DEFINITIONS
from assistant.language.instructions import result_told
from assistant.wording import untraced


def result(say="", facts=None, columns=(), rows=()):
    heads = [
        {"key": key, "title": title, "unit": unit, "number": key not in ("ward_name", "lga_name", "variable")}
        for key, title, unit in columns
    ]
    return {
        "say": say,
        "facts": dict(facts or {}),
        "columns": heads,
        "rows": list(rows),
        "choices": [],
        "pictures": [],
    }


def wrong(text, *results, repeated=()):
    return unsupported_claims(text, results, [texts_told(one) for one in results], repeated)


WARDS = (
    ("composite_rank", "Rank", ""), ("ward_name", "Ward", ""), ("lga_name", "LGA", ""),
    ("u5_tpr_rdt", "Test positivity rate", "%"), ("rainfall", "Rainfall", "mm per year"), ("composite_score", "Score", ""),
)  # fmt: skip
NAMES = [
    ("Kodo", "Bosso"), ("Sabon Gari II", "Rafi"), ("Sabon Gari", "Bida"), ("Sabon Gari", "Wushishi"), ("Kawo", "Magama"),
    ("Garam", "Bosso"), ("Gallah", "Lapai"), ("Iku 1/Iku South I", "Agaie"), ("Maitumbi", "Bosso"), ("Mago", "Mokwa"),
]  # fmt: skip
ROWS = [
    {
        "composite_rank": place, "ward_name": ward, "lga_name": lga, "u5_tpr_rdt": 45.2 - 3.1 * place, "rainfall": 1100.0 + 13 * place,
        "composite_score": 0.9581 - 0.0123 * place,
    }
    for place, (ward, lga) in enumerate(NAMES, 1)
]  # fmt: skip
RANKED = result(
    "rank_wards",
    {
        "n": 10, "end": "highest", "by": "Rank", "lga": "", "risk": True, "of": 274, "first": ROWS[0], "first_value": 1,
        "conditions": [{"label": "Test positivity rate", "operator": ">", "values": [12.0], "unit": "%"}], "tier": "",
    },
    WARDS,
    ROWS,
)  # fmt: skip
COUNTED = result(
    "count_wards",
    {
        "n": 38, "all": 275, "lga": "", "tier": "", "percent": 13.8182,
        "conditions": [{"label": "Rainfall", "operator": ">", "values": [1200.0], "unit": "mm per year"}],
    },
)  # fmt: skip
EACH_LGA = result(
    "first_of_lgas",
    {
        "n": 25,
        "end": "highest",
        "by": "Rank",
        "limit": 19,
        "risk": True,
        "first": ROWS[0],
        "without": 0,
        "nowhere": 0,
    },
    WARDS,
    ROWS,
)
WARD = result(
    "explain_ward",
    {
        "ward_name": "Kodo", "lga_name": "Bosso", "composite_rank": 1, "composite_tier": "High", "composite_score": 0.9458, "rank_min": 1,
        "rank_max": 37, "share_top_third": 0.9615, "ranked": 274, "models": 26, "models_used": 26, "models_top": 25,
        "strongest": [{"variable": "Rainfall", "value": 1113.0, "unit": "mm per year", "scaled": 0.91, "way": "higher"}], "weakest": [],
    },
    (("variable", "Variable", ""), ("value", "Value", ""), ("scaled", "Part of the score", "0–1")),
    [
        {"variable": "Rainfall", "value": 1113.0, "unit": "mm per year", "scaled": 0.91},
        {"variable": "Test positivity rate", "value": 42.1, "unit": "%", "scaled": 0.88},
    ],
)  # fmt: skip
POSITIVITY = result(
    "tpr_report",
    {
        "label": "all",
        "wards": 275,
        "tested": 120345,
        "positive": 61234,
        "tpr_percent": 50.88,
        "facilities": 1203,
        "first_period": "2024-01",
    },
    (("lga_name", "LGA", ""), ("tested", "Tested", "persons"), ("tpr_percent", "Positivity", "%")),
    [
        {"lga_name": "Bosso", "tested": 5012, "tpr_percent": 61.3},
        {"lga_name": "Lapai", "tested": 4100, "tpr_percent": 33.2},
    ],
)
PLAN = result(
    "plan_nets",
    {
        "nets": 100000, "people_covered": 180000, "population": 300000, "coverage_percent": 60.0, "nets_needed": 166667,
        "nets_allocated": 100000, "people_per_net": 1.8, "threshold": 30.0, "stored": False,
    },
)  # fmt: skip

TREND = result(
    "burden_trend",
    {
        "say": "burden_place", "place": "Kodo", "among": "people", "first": "2019", "began": 301.5, "last": "2024", "ended": 250.25,
        "years": 6, "slope": -8.4, "chance": 0.0085, "clear": 0.05, "language": "en",
    },
)  # fmt: skip
MOVING = result(
    "report_table",
    {
        "of": "ward", "n": 2, "all": 2, "shown": 2, "by": "slope", "label": "Change of positivity", "unit": "points a year", "end": "highest",
        "first": "Kodo", "first_value": 3.25, "lga": "", "conditions": [],
    },
    (*WARDS[1:3], ("slope", "Change of positivity", "points a year"), ("tpr_percent", "Positivity", "%")),
    [
        {"ward_name": "Kodo", "lga_name": "Bosso", "slope": 3.25, "tpr_percent": 42.1},
        {"ward_name": "Kawo", "lga_name": "Magama", "slope": -1.75, "tpr_percent": 33.2},
    ],
)  # fmt: skip
TWO_PLANS = result(
    "compare_plans",
    {
        "first": {"nets": 100000, "people_covered": 180000, "coverage_percent": 60.0},
        "second": {"nets": 150000, "people_covered": 260000, "coverage_percent": 86.7},
        "difference": {"people_covered": 80000, "high_risk_covered": 12000}, "more": 31, "fewer": 4,
    },
)  # fmt: skip
MORE_NETS = result(
    "more_nets",
    {"more": 20000, "used": 20000, "people": 36000, "high_risk_people": 9000, "first": {}, "second": {}},
)
TOGETHER = result(
    "correlate", {"x": "Rainfall", "y": "Positivity", "n": 274, "pearson": 0.42, "spearman": 0.4, "lga": ""}
)
AT_KODO = result(
    "tpr_place",
    {
        "ward_name": "Kodo", "lga_name": "Bosso", "tpr_percent": 42.1, "tpr_low": 38.2, "tpr_high": 46.1, "tested": 512, "positive": 216,
        "label": "all", "reporting": 88.0,
    },
)  # fmt: skip

GOOD = [
    (RANKED, "Kodo in Bosso has the highest risk: it is ranked first of 274 wards, with a score of 0.946."),
    (RANKED, "The ten wards with the highest risk are led by Kodo."),
    (RANKED, "The top 10 wards are shown in the table."),
    (RANKED, "Kodo ranks 1st, followed by Sabon Gari II in second and Sabon Gari in third place."),
    (RANKED, "Its test positivity rate is 42.1 %, and rainfall is 1,113 mm per year."),
    (RANKED, "Kodo has a test positivity rate of 42.1 percent; Sabon Gari II has 39.0 percent."),
    (RANKED, "Kawo (rank 5) and Garam (rank 6) follow."),
    (RANKED, "Garam is ranked sixth, Gallah is number 7 and Mago is #10."),
    (RANKED, "Ranks 1, 2 and 3 are Kodo, Sabon Gari II and Sabon Gari."),
    (RANKED, "Sabon Gari (Bida) has the score 0.921, Sabon Gari (Wushishi) 0.909."),
    (RANKED, "All of them have a positivity above 12 %."),
    (RANKED, "1. Kodo: 0.946\n2. Sabon Gari II: 0.934\n3. Sabon Gari: 0.921"),
    (RANKED, "The scores of the ten wards range from 0.835 to 0.946."),
    (RANKED, "In Bosso, Kodo, Garam and Maitumbi are among them."),
    (RANKED, "Iku 1/Iku South I is ranked eighth, with 1,204 mm of rain."),
    (RANKED, "IKU 1/IKU SOUTH I IS RANKED EIGHTH."),
    (RANKED, "Kodo est classé premier sur 274 wards, avec un score de 0,946."),
    (RANKED, "Kawo est au cinquième rang, Garam au 6e rang."),
    (RANKED, "Le rang de Mago est 10."),
    (RANKED, "Son taux de positivité est de 42,1 % et la pluie de 1 113 mm par an."),
    (RANKED, "Les dix wards les plus à risque sont dans le tableau."),
    (RANKED, "Tous ont une positivité supérieure à 12 pour cent."),
    (RANKED, "First, look at Kodo; the tiers are explained below the table."),
    (RANKED, "Kodo, Sabon Gari II and Kawo are three wards of the list."),
    (RANKED, "The top three are Kodo, Sabon Gari II and Sabon Gari."),
    (RANKED, "The three highest-risk wards are Kodo, Sabon Gari II and Sabon Gari."),
    (RANKED, "Les trois premiers sont Kodo, Sabon Gari II et Sabon Gari."),
    (RANKED, "Positivity ranges from 14.2% in Mago to 42.1% in Kodo."),
    (RANKED, "Kodo has the highest score (0.946), while Mago, in tenth place, has 0.835."),
    (RANKED, "Of 274 wards, Kodo is ranked number one."),
    (RANKED, "Here are the wards: 1. Kodo – 0.946 2. Sabon Gari II – 0.934"),
    (COUNTED, "38 of 275 wards have rainfall above 1,200 mm."),
    (COUNTED, "There are 38 such wards, 13.8 % of all."),
    (COUNTED, "Thirty-eight wards get more than 1200 mm of rain per year, about 14 percent of the 275 wards."),
    (COUNTED, "Sur 275 wards, 38 reçoivent plus de 1 200 mm, soit 13,8 %."),
    (COUNTED, "Trente-huit wards dépassent 1 200 mm."),
    (EACH_LGA, "The 19 wards with the highest risk of each of the 25 LGAs are listed."),
    (EACH_LGA, "For 25 LGAs the nineteen leading wards are shown."),
    (WARD, "Kodo has rank 1 of 274, with a score of 0.946."),
    (WARD, "Over the 26 models its rank lies between 1 and 37."),
    (WARD, "25 of the 26 models put it in the top third."),
    (WARD, "Its rank ranges from 1 to 37, so it is not equally firm in all models."),
    (WARD, "What raises it most is rainfall (1,113 mm per year, scaled 0.91), then test positivity (42.1 %)."),
    (WARD, "Selon les modèles, son rang va de 1 à 37."),
    (WARD, "Elle est au premier rang sur 274."),
    (POSITIVITY, "Over the whole area 50.9 % of 120,345 tests were positive; in Bosso it is 61.3 %."),
    (POSITIVITY, "Bosso has 61.3 % and Lapai 33.2 percent, between 33 and 61 %."),
    (POSITIVITY, "Reports begin in 2024-01."),
    (POSITIVITY, "Dans l'ensemble, 50,9 % des 120 345 tests sont positifs."),
    (PLAN, "With 100,000 nets 180,000 of 300,000 people are covered, which is 60 %."),
    (PLAN, "Needed are 166,667 nets, at 1.8 people for each net; urban means at least 30 % of the area."),
    (PLAN, "Avec 100 000 moustiquaires, 60 % des personnes sont couvertes."),
    (PLAN, "I can't tell from these data whether people sleep under them."),
    # Ages, scales and years.
    (RANKED, "Test positivity of children under 5 in Kodo is 42.1%."),
    (RANKED, "Children under five are tested most."),
    (RANKED, "In Kodo the positivity of under-fives is 42.1 %, of under-5s and of women 15 to 49 it was not measured apart."),
    (RANKED, "Les enfants de moins de cinq ans ont une positivité de 42,1 % à Kodo."),
    (RANKED, "People aged five and over were not counted."),
    (RANKED, "Scores run from 0 to 1."),
    (POSITIVITY, "Since 2024 the tests were counted."),
    (POSITIVITY, "Depuis 2024, 50,9 % des tests sont positifs."),
    # Ranks, lists and bounds.
    (WARD, "Kodo: rank 1/274."),
    (WARD, "Its rank varied between 1 and 37."),
    (WARD, "It is in the top third in 96 % of the models."),
    (RANKED, "All ten have rainfall between 1,113 and 1,230 mm."),
    (RANKED, "1. kodo: 0.946\n2. sabon gari II: 0.934\n3. sabon gari: 0.921"),
    (RANKED, "The top three in Bosso and the first ten wards are in the table."),
    (RANKED, "The ten highest values lie above 12 %."),
    (RANKED, "Wards where the positivity of children is above 12 % are listed."),
    (RANKED, "None of them is below 12 %."),
    (RANKED, "Kawo is number five, Garam number 6 and Kodo comes first."),
    (RANKED, "Kodo is first, Kawo is fifth of the ten wards."),
    (RANKED, "Positivity is given in per cent."),
    (RANKED, "The threshold is 12 %."),
    (RANKED, "Of the ten, Kodo has the highest score."),
    (RANKED, "Kodo (#1) and Kawo (number 5) are ranked out of 274 wards."),
    (RANKED, "Kodo is ranked 1 out of 274 wards, Mago is rank 10 of 274."),
    (RANKED, "Kodo est première, Kawo est au rang 5 sur 274."),
    (POSITIVITY, "The data start in January 2024."),
    (COUNTED, "Rainfall over 1,200 mm per year is found in 38 wards."),
    # Changes that a tool found, and levels beside words of change.
    (TREND, "The burden of Kodo fell by 8.4 cases per year, from 301.5 to 250.25."),
    (TREND, "It moves by −8.4 a year over 6 years."),
    (TREND, "La charge a baissé de 8,4 par an ; elle a diminué de 301,5 à 250,25."),
    (MOVING, "In Kodo positivity rises by 3.25 points a year; it is 42.1 % now."),
    (MOVING, "In Kawo it fell by about 1.75 percentage points a year to 33.2 %."),
    (MOVING, "The change in Kodo is 3.25 points a year."),
    (MOVING, "Kodo has the higher positivity, 42.1 %, and Kawo the lower one of 33.2 %."),
    (TWO_PLANS, "The second plan covers 80,000 people more, 12,000 of them in high-risk wards."),
    (TWO_PLANS, "The two plans differ by 80,000 people; coverage rises from 60 to 86.7 %."),
    (MORE_NETS, "20,000 more nets would cover 36,000 more people."),
    (MORE_NETS, "20 000 moustiquaires de plus couvriraient 36 000 personnes de plus."),
    (RANKED, "More than 12 % of the tests are positive in all ten wards with higher risk."),
    (RANKED, "Rainfall increases risk, and Kodo has 1,113 mm."),
    (POSITIVITY, "5,012 persons were tested in Bosso; more of them were positive (61.3 %) than in Lapai."),
    (RANKED, "Le taux baisse de 42,1 % à Kodo à 14,2 % à Mago."),
    (MOVING, "Kodo: +3.25 points a year; Kawo: −1.75 points a year."),
    (MOVING, "A rise of 3.25 points in Kodo, a fall of 1.75 in Kawo."),
    (TOGETHER, "They go together: r = +0.42."),
    (WARD, "The score was computed 26 times, and in 25 models it is in the top third."),
    # Terms of the method.
    (WARD, "What raises its score most, each scaled to 0–1, is rainfall (0.91)."),
    (WARD, "25 models put it in the third with the highest risk."),
    (WARD, "25 modèles la mettent dans le tiers le plus à risque, le premier tiers des wards."),
    (RANKED, "PCA is a second opinion; c'est un second avis."),
    (TOGETHER, "The two variables go together weakly (r = 0.42)."),
    (AT_KODO, "42.1 % were positive (95 % interval 38.2 to 46.1 %)."),
    (AT_KODO, "42,1 % (intervalle de confiance à 95 % : 38,2 à 46,1 %)."),
]  # fmt: skip


@pytest.mark.parametrize(("found", "text"), GOOD, ids=lambda one: one if isinstance(one, str) else "")
def test_a_good_sentence_is_shown(found, text):
    assert wrong(text, found) == []


WRONG = [
    # What the caller said itself.
    (EACH_LGA, "In Bosso 19 % of children are infected."),
    (EACH_LGA, "In Bosso 19 children are infected."),
    (EACH_LGA, "Nineteen percent are infected."),
    (COUNTED, "1,200 children are infected."),
    (COUNTED, "More than 1200 % are infected."),
    # A length is none of a share, nor a rank a number of people.
    (RANKED, "10 % of children are infected."),
    (RANKED, "In Kawo 5 % of children are infected."),
    (RANKED, "In Kawo five children are infected."),
    (RANKED, "Rank 9 of children: 9 in Kodo."),
    (RANKED, "274 % of them."),
    (COUNTED, "38 % of the wards fit."),
    (COUNTED, "Between 38 and 13.8 % of the wards fit."),
    (WARD, "37 of the models agree."),
    (WARD, "26 percent of the models agree."),
    (WARD, "The rainfall is 1113 %."),
    (PLAN, "100,000 % of the people."),
    (PLAN, "1.8 % of the people are covered."),
    # Somebody else's.
    (RANKED, "Kodo has a test positivity rate of 39.0 %."),
    (RANKED, "Kawo is ranked first."),
    (RANKED, "Kawo is ranked sixth."),
    (RANKED, "Kawo has rank 1."),
    (RANKED, "Kawo ranks 1st."),
    (RANKED, "Kawo est classé premier."),
    (RANKED, "Kawo est au deuxième rang."),
    (RANKED, "Sabon Gari (Bida) has the score 0.909."),
    (RANKED, "Sabon Gari II has the score 0.921."),
    (POSITIVITY, "In Bosso 33.2 % of the tests were positive."),
    # Never found.
    (RANKED, "Every fifth child is infected."),
    (RANKED, "Three wards have no nets."),
    (RANKED, "37. Kodo is infected."),
    (RANKED, "In Kodo 42 of 100 children are infected."),
    (RANKED, "Kodo is ranked eleventh."),
    (RANKED, "Kodo is #11."),
    (RANKED, "Kodo's score is 0,958."),
    (POSITIVITY, "Half of the tests, or 1/2, were positive."),
    # The length of a list of wards counts wards.
    (RANKED, "Kodo has 10 health facilities."),
    (RANKED, "It rained for ten months in Kodo."),
    (RANKED, "The first five children died."),
    (RANKED, "In the last five years malaria rose."),
    (RANKED, "The three highest mountains are near."),
    (RANKED, "All ten died."),
    (EACH_LGA, "Kodo has 19 facilities."),
    # What a condition compares with bounds what it compares, to that side.
    (RANKED, "Malaria kills at least 12 % of children."),
    (RANKED, "Malaria kills at least 12 %."),
    (RANKED, "All of them have a positivity below 12 %."),
    (RANKED, "Plus de 12 % des enfants meurent."),
    (COUNTED, "More than 1,200 children died."),
    (COUNTED, "In these wards fewer than 1,200 mm fell."),
    (COUNTED, "Deaths exceed 1,200."),
    # A rank counts nothing, a count is no rank.
    (RANKED, "In Kawo, deaths number 5."),
    (RANKED, "Infections in Kawo: number 5."),
    (RANKED, "The number in Kawo is 5."),
    (RANKED, "Kodo is ranked 274."),
    (RANKED, "Kodo is number 274."),
    (RANKED, "Kawo has rank one of 274."),
    (RANKED, "Kawo is number one."),
    (RANKED, "Kawo a le rang un."),
    (RANKED, "Kawo is first in the ranking."),
    (RANKED, "Kawo is first."),
    (RANKED, "Kawo: rank 1/274."),
    (RANKED, "Kodo: rank 1/275."),
    # Shares without a number that could be read.
    (RANKED, "In Kodo fiffty percent are infected."),
    (RANKED, "ninty per cent"),
    (RANKED, "hunderd pour cent"),
    (RANKED, "Every other child is infected."),
    (RANKED, "In Kawo fifth of children is infected."),
    (RANKED, "In Kodo it is 42.1 ‰."),
    (WARD, "It is in the top third in 0.96 % of the models."),
    # Ages and years cover nothing else.
    (RANKED, "Children under 5 % are infected."),
    (RANKED, "In Kodo under five died."),
    (RANKED, "Malaria rose over five years."),
    (RANKED, "In Kodo 0 to 1 children died."),
    (RANKED, "Since 2024 it rained more."),
    (POSITIVITY, "In 2024 children the test was positive."),
    (POSITIVITY, "2024 tests were positive."),
    (RANKED, "2. five children died in Kodo"),
    (RANKED, "Depuis moins de cinq ans la pluie augmente."),
    (RANKED, "Infections in Kawo, number 5."),
    (RANKED, "Deaths in Kawo are number 5."),
    (RANKED, "The deaths (number 5) rose."),
    (RANKED, "Kawo comes in first."),
    (RANKED, "Kawo est la première du classement."),
    (RANKED, "Over 12 % of the under-five children are ill."),
    (RANKED, "In Kodo 1/274 of the children died."),
    (RANKED, "Children over five hundred died."),
    # A level is no change and no ratio.
    (RANKED, "Kodo's risk is 42.1 times as high."),
    (RANKED, "Kodo's risk is 42.1 times that of Kawo."),
    (RANKED, "À Kodo le risque est 42,1 fois plus élevé."),
    (RANKED, "The risk in Kodo is higher by a factor of 42.1."),
    (RANKED, "In Kodo it was multiplied by 42.1."),
    (RANKED, "In Kodo the rate rose by 42.1 percentage points."),
    (RANKED, "In Kodo the rate fell by 42.1 %."),
    (RANKED, "In Kodo the rate fell 42.1 %."),
    (RANKED, "In Kodo the rate is 42.1 percentage points."),
    (RANKED, "There was an increase in Kodo of about 42.1 %."),
    (RANKED, "The increase in Kodo was 42.1 %."),
    (RANKED, "Kodo has a rate 42.1 % higher than Kawo."),
    (RANKED, "Kodo had 42.1 % more cases."),
    (RANKED, "The difference in Kodo is 42.1 %."),
    (RANKED, "Kodo leads by 42.1 %."),
    (RANKED, "À Kodo le taux a augmenté de 42,1 %."),
    (RANKED, "À Kodo le taux a baissé de près de 42,1 points."),
    (RANKED, "À Kodo une hausse de 42,1 %."),
    (RANKED, "À Kodo il y a 42,1 % de cas en plus."),
    (RANKED, "Kodo a 42,1 % de plus."),
    (RANKED, "Kodo: +42.1 % since last year."),
    (RANKED, "In Kodo there was a 42.1 % increase."),
    (RANKED, "A 42.1-point drop was seen in Kodo."),
    (RANKED, "In Kodo the top third die."),
    (RANKED, "Le premier tiers de Kodo est malade."),
    (TREND, "The burden of Kodo rose by 8.4 a year."),
    (TREND, "The burden of Kodo fell by 250.25."),
    (MOVING, "In Kawo positivity rises by 1.75 points a year."),
    (MOVING, "In Kodo positivity fell by 3.25 points a year."),
    (TWO_PLANS, "The second plan covers 260,000 people more."),
    # Terms of the method cover nothing else.
    (WARD, "The top third of its people are ill."),
    (WARD, "The top third of children are ill."),
    (WARD, "Kodo is high, because 0–1 of its people have one."),
    (WARD, "There is a 95 % interval of error."),
    (POSITIVITY, "There is a 95 % interval."),
    (RANKED, "Kodo has two variables."),
    (TOGETHER, "Two wards have no clinic."),
]  # fmt: skip


@pytest.mark.parametrize(("found", "text"), WRONG, ids=lambda one: one if isinstance(one, str) else "")
def test_a_number_said_to_be_something_else_is_refused(found, text):
    assert wrong(text, found) != []


NOTHING_FOUND = [
    "Kodo should plan 100,000 nets.",
    "Kodo is high because 0–1 of its people have one.",
    "There is a 95 % interval of error.",
    "Top 10 wards in Kodo have no clinic.",
    "Two places are infected.",
    "Half lie below it.",
    "Kodo had at least 200 cases per 1,000 in every year.",
    "wards have come to 200 or more",
    "In Kodo rank 1 is the ward with the highest score.",
    "The first causes the second child to die.",
    "Plan 100,000 nets for Kodo",
]


@pytest.mark.parametrize("text", NOTHING_FOUND)
def test_without_a_result_no_phrase_of_ours_lends_its_number(text):
    assert untraced(text, [], ("please tell the story behind everything",)) != []
    assert untraced(text, [], ("plan 100,000 nets",)) != []


@pytest.mark.parametrize(
    "text",
    [
        *DEFINITIONS.values(),
        " ".join(DEFINITIONS.values()),
        "That is simple. Rank 1 is the ward with the highest score; equal scores share a rank.",
        "It does not show that the first causes the second.",
        "PCA is a second opinion on the ranking.",
        "Each is scaled to 0–1, and the top third is the high tier.",
        "“How many of the 500 nets are left?” is nothing that I can tell.",
        "How many of the 500 nets are left? That I can't tell.",
    ],
)
def test_definitions_and_the_question_are_repeated_whole(text):
    assert untraced(text, [], ("How many of the 500 nets are left?",)) == []


def test_a_model_may_repeat_what_explains_a_figure():
    for line in explanation("en", TREND["facts"]):
        assert untraced(line, [TREND | {"links": []}], ("why?",)) == [], line


def ranked(many: int):
    make = random.Random(1)
    rows = [
        {"composite_rank": place, "ward_name": f"Ward{chr(65 + place % 26)}{place}", "lga_name": "L",
         "composite_score": make.random(), "rainfall": make.uniform(800, 1600)}
        for place in range(1, many + 1)
    ]  # fmt: skip
    columns = (*WARDS[:3], WARDS[4], WARDS[5])
    return result("rank_wards", {"n": many, "of": many, "conditions": [], "first": rows[0]}, columns, rows)


def test_no_share_is_found_among_ranks_and_scores():
    found = ranked(274)
    assert all(wrong(f"{one} % of the children are infected", found) for one in range(275))
    assert all(wrong(f"{one} children are infected", found) for one in range(2, 274))


def test_rows_that_a_model_was_not_told_support_nothing():
    found = ranked(274)
    assert wrong("It has rank 25.", found) == []
    assert wrong("It has rank 26.", found) != []
    assert wrong(f"A score is {found['rows'][100]['composite_score']:.6f}.", found) != []


def test_what_is_told_is_told_whole():
    found = ranked(274)
    for row in found["rows"]:
        row["note"] = "x" * 1000
    told = rows_told(found)
    assert 0 < len(told) < ROWS_TOLD
    text = result_told(found)
    assert len(text) <= LONGEST_DATA + len("<data></data>")
    assert text.count("composite_rank") >= len(told)
    assert text.endswith("}]}</data>")
    assert as_json(told[-1]["note"])[1:-1] in text


def test_the_words_of_a_condition_are_no_finding():
    said = {
        "n": 0,
        "all": 275,
        "conditions": [{"label": "Ward", "operator": "=", "values": ["ninety"], "unit": ""}],
    }
    assert wrong("Now ninety percent of the children are infected.", result("count_wards", said)) != []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 20_000,
        "a." * 10_000,
        "1/" * 10_000,
        "1/1 " * 5_000,
        "rank 1, " * 2_500,
        "rise of the " * 2_000 + "5",
        "in the " * 3_000,
    ],
)
def test_no_text_takes_long(text):
    began = time.process_time()
    wrong(text, RANKED)
    assert time.process_time() - began < 3


def test_a_title_in_per_cent_may_be_said_and_takes_no_sign_from_a_number():
    covered = ("covered", "Covered people, %", "% of people")
    found = result(
        "plan",
        {"n": 1},
        (*WARDS[1:3], covered),
        [{"ward_name": "Kodo", "lga_name": "Bosso", "covered": 40.0}],
    )
    assert wrong("Covered people, %, is 40.0 in Kodo.", found) == []
    assert wrong("In Kodo it is 40 % of people.", found) == []
    assert wrong("In Kodo it is 1 % of people.", found) != []
    assert wrong("In Kodo % of people is 40.", found) != []
