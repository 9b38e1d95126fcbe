"""Attempts to smuggle a number into an answer."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.core.verifier import unsupported_numbers

FOUND = [
    {"facts": {"n": 275, "score": 0.95812, "share": 31.63, "ward_name": "Bosso 2 Central", "r": -0.1443}, "rows": [{"rank": 1}, {"people": 1234567}]}
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "275 wards", "score 0.958", "score 0.96", "31.6 %", "1,234,567 people", "1 234 567 people", "1.2 million people", "1.23 million people", "1,235 thousand people", "rank 1",
        "Bosso 2 Central is first", "r = -0.144", "r = −0.14", "nothing at all", "275.",
    ],
)  # fmt: skip
def test_what_was_found_may_be_said(text):
    assert unsupported_numbers(text, FOUND) == []


@pytest.mark.parametrize(
    "text",
    [
        "276 wards", "27 wards", "score 0.957", "score 0.959", "95.8 %", "1,234,568 people", "1.3 million people", "1 million people",
        "about three hundred wards", "a dozen wards", "half of them", "twice as many", "r = 0.144",
        "٢٧٦ wards", "２７６ wards", "score ½", "10² wards", "Ⅻ wards", "27\u200b6 wards and 27 6", "2.75e3 wards", "275e1",
        "0x114", "275k", "Bosso 3 Central", "Bosso 2", "ward no.9", "v1.2.3", "2-3", "1/4", "douze cents", "-275",
        "275.4 wards", "31.630001 %", "+276", "#276", "3rd", "1st and 2nd", "score 0", "onze wards", "trillions", "a tenfold rise",
        "il y en a une dizaine", "doubled", "gidaje biyu", "1e400 wards", "0e300", "1e-400", "7e" + "9" * 5000,
    ],
)  # fmt: skip
def test_what_was_not_found_is_refused(text):
    assert unsupported_numbers(text, FOUND) != []


@pytest.mark.parametrize("text", ["45.5 nets", "5.5 nets", "15 nets", "5,000 nets", "5k"])
def test_a_name_that_is_a_number_carries_no_other(text):
    assert unsupported_numbers("ward 5 is first", [{"ward_name": "5"}]) == []
    assert unsupported_numbers(text, [{"ward_name": "5"}]) != []


def test_a_whole_number_below_ten_must_have_been_found_itself():
    found = [{"scores": [0.958, 0.2], "tpr": 5.4, "n": 3}]
    assert unsupported_numbers("3 wards, 5.4 %", found) == []
    assert unsupported_numbers("1 ward, 0 nets and 5 %", found) == ["1", "0", "5"]


def test_an_answer_without_a_tool_may_hold_no_number():
    assert unsupported_numbers("There are 275 wards.", []) == ["275"]


def test_true_and_false_are_no_numbers():
    assert unsupported_numbers("1", [{"suitable": True}]) == ["1"]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_only_the_number_itself_passes(found, said):
    assert (unsupported_numbers(f"{said:,} wards", [found]) == []) is (found == said)


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(0, 6))
def test_any_rounding_of_a_finding_passes(found, places):
    assume(places or abs(round(found)) >= 10)
    assert unsupported_numbers(f"value {found:,.{places}f}", [found]) == []


@given(st.text(max_size=200))
def test_no_text_is_a_fault(text):
    unsupported_numbers(text, FOUND)
