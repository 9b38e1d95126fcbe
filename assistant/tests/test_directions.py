"""Sentences as models say them, of one result each: honest ones are shown, and false ones withheld."""

import csv
import time
from pathlib import Path

import pytest

from assistant.tests import test_claims as told
from assistant.tests.test_claims import result, wrong

VALUES = result(
    "aggregate",
    {
        "label": "Test positivity rate", "unit": "%", "function": "", "lga": "", "tier": "", "n": 270, "wards": 274, "conditions": [],
        "values": {"mean": 33.4, "median": 31.2, "min": 12.3, "max": 58.9},
    },
)  # fmt: skip
TOTAL = result(
    "aggregate",
    {
        "label": "Population", "unit": "people", "function": "sum", "lga": "", "tier": "", "n": 274, "wards": 274, "conditions": [],
        "values": {"sum": 1_254_300},
    },
)  # fmt: skip
TWO_PLACES = result(
    "compare_places",
    {"first": "Kodo", "second": "Kawo", "lgas": False, "counts": [1, 1], "scores": [0.9458, 0.8966]},
    (("variable", "Variable", ""), ("first", "Kodo", ""), ("second", "Kawo", "")),
    [
        {"variable": "Composite rank", "first": 1, "second": 5},
        {"variable": "Test positivity rate", "first": 42.1, "second": 29.7},
        {"variable": "Rainfall", "first": 1113.0, "second": 1165.0},
    ],
)
ALL_TRENDS = result(
    "burden_trend",
    {
        "say": "burden_trends", "among": "people", "first": "2019", "last": "2024", "n": 275, "rises": 31, "falls": 58, "unclear": 180,
        "change": 4, "unknown": 2, "slope": 12.7, "steepest": "Kodo", "clear": 0.05, "lasting": 14, "emerging": None, "resolving": None,
    },
)  # fmt: skip
WARDS_LISTED = result(
    "compare_plans",
    {
        "first": {"nets": 100000},
        "second": {"nets": 150000},
        "difference": {"people_covered": 89997},
        "more": 4,
        "fewer": 0,
    },
    (("ward_name", "Ward", ""), ("nets_change", "Change", "nets")),
    [{"ward_name": ward, "nets_change": 5} for ward in ("Kodo", "Kawo", "Garam", "Mago")],
)
INDEX = result(
    "explain_ward",
    {"ward_name": "Manta", "lga_name": "Shiroro", "composite_rank": 1, "ranked": 275},
    (("variable", "Variable", ""), ("value", "Value", "")),
    [{"variable": "Normalised difference moisture index", "value": 0.282, "unit": "index"}],
)
ALL_TOGETHER = result(
    "correlate_all",
    {"x": "Positivity", "lga": "", "n": 6, "first": "Rainfall", "pearson": 0.42, "spearman": 0.4},
    (
        ("variable", "Variable", ""),
        ("spearman", "Spearman", ""),
        ("pearson", "Pearson", ""),
        ("n", "Wards", ""),
    ),
    [
        {"variable": "Rainfall", "spearman": 0.4, "pearson": 0.42, "n": 274},
        {"variable": "Elevation", "spearman": -0.31, "pearson": -0.35, "n": 274},
    ],
)
HERE = {
    "values": VALUES, "total": TOTAL, "two_places": TWO_PLACES, "all_trends": ALL_TRENDS, "all_together": ALL_TOGETHER,
    "wards_listed": WARDS_LISTED, "index": INDEX,
}  # fmt: skip
with (Path(__file__).parent / "data" / "sentences_of_results.tsv").open(encoding="utf-8") as file:
    SENTENCES = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("one", SENTENCES, ids=lambda one: f"{one['result']}: {one['sentence']}")
def test_honest_sentences_are_shown_and_false_ones_withheld(one):
    found = HERE.get(one["result"]) or getattr(told, one["result"].upper())
    assert (wrong(one["sentence"], found) == []) is (one["said"] == "honest")


def test_each_number_is_held_to_one_sentence_alone():
    text = "The second plan covers more people. In the first, 80,000 fewer are covered."
    assert wrong(text, told.TWO_PLANS) == []


@pytest.mark.parametrize(
    "text",
    [
        "rose from 1 to 2, " * 40,
        "rose from the " * 3_000 + "5",
        "the mean of the lowest and " * 1_500 + "5",
        "than in the first " * 2_000 + "plan 5 fewer",
        "more fewer plus moins " * 2_000 + "31 wards",
        "a baisse a la de " * 3_000 + "5",
        "5 " + "to the average of " * 2_000 + "6",
        "1,1" * 5_000 + " million",
    ],
)
def test_no_text_takes_long(text):
    began = time.process_time()
    wrong(text, told.TWO_PLANS)
    assert time.process_time() - began < 3
