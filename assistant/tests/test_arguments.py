"""What a language model may say to a tool: the person's numbers, found ones, and names."""

import pytest

from assistant.language.arguments import invented

QUESTION = "which 12 wards have rainfall above 900k, or is it sabon gari ninety-nine?"
FOUND = [{"facts": {"n": 275}, "rows": [{"ward_name": "Iku 1/Iku South I"}]}]
NAMES = ["u5_tpr_rdt_x", "Kawo 7", "weighted_mean_10"]


@pytest.mark.parametrize(
    "said",
    [
        {"limit": 10}, {"limit": 200}, {"limit": 12}, {"limit": 275}, {"by": "u5_tpr_rdt_x"}, {"by": "U5_TPR_RDT_X"}, {"by": "u5_tpr_rdt"},
        {"ward": "Iku 1/Iku South I"}, {"ward": "kawo 7"}, {"function": "weighted_mean_10"}, {"nets": 900000}, {"figure": "map_variable_01"},
        {"ward": "Sabon Gari ninety-nine"}, {"where": [{"variable": "rainfall", "operator": ">", "value": 12}]}, {"lga": "", "share": True},
    ],
    ids=str,
)  # fmt: skip
def test_what_was_said_or_found_may_be_said_again(said):
    assert invented(said, [QUESTION], FOUND, NAMES) == []


@pytest.mark.parametrize(
    "said",
    [
        {"limit": 37}, {"limit": 9}, {"ward": "ninety"}, {"ward": "x95"}, {"ward": "map_ninety_01"}, {"by": "ninety_percent"}, {"ward": "fifth"},
        {"ward": "XIV"}, {"ward": "fif-ty"}, {"ward": "fіfty"}, {"ward": "12/275"}, {"figure": "map_95_01"}, {"ward": "two thirds"},
        {"where": [{"variable": "ward_name", "operator": "=", "value": "ninety"}]}, {"where": [{"limit": 37}]}, {"nets": 97},
    ],
    ids=str,
)  # fmt: skip
def test_a_number_of_its_own_is_not(said):
    assert invented(said, [QUESTION], FOUND, NAMES) != []
