"""How the value of an LGA is made of those of its wards: by hand."""

import pytest

from analysis.core.by_lga import lga_values


def test_means_weigh_wards_by_their_people_where_those_are_known():
    way, found = lga_values("rainfall", ["a", "a", "b", None], [10, 40, 5, 99], [900, 100, 7, 1])
    # (10 · 900 + 40 · 100) / 1000
    assert way == "by_people" and found == pytest.approx({"a": 13, "b": 5})


@pytest.mark.parametrize("unknown", [None, float("nan"), 0])
def test_one_ward_without_people_makes_all_count_alike(unknown):
    way, found = lga_values("rainfall", ["a", "a", "b"], [10, 40, 5], [900, unknown, 7])
    assert way == "alike" and found == pytest.approx({"a": 25, "b": 5})


def test_what_is_missing_takes_no_part_and_counts_are_summed():
    way, found = lga_values("rainfall", ["a", "a", "b"], [10, None, float("nan")], [900, None, None])
    assert (way, found) == ("by_people", {"a": 10})
    way, found = lga_values("population", ["a", "a", "b"], [10, 40, 5], [10, 40, 5])
    assert (way, found) == ("summed", {"a": 50, "b": 5})
