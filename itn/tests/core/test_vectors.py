"""The predecessor's plans, repeated on request, and hand-made ones of our own."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from itn.core.candidates import candidates
from itn.core.plan import make_plan
from itn.core.quantify import nets_needed
from itn.core.settings import PlanSettings, parity_settings
from itn.tests.core.worlds import six_wards


@pytest.mark.parametrize(
    ("nets", "threshold", "expected", "remaining", "coverage"),
    [
        # Computed with the predecessor on these six wards; F's people are the mean of the others, E's urban share 50 %.
        (12_000, 75, {"A": 5000, "C": 2000, "F": 3600, "B": 1400}, 0, 55.6),
        (3_000, 75, {"A": 3000}, 0, 13.9),
        (7_000, 75, {"A": 5000, "C": 2000}, 0, 32.4),
        (25_000, 75, {"A": 5000, "B": 10000, "C": 2000, "D": 1000, "F": 3600}, 3_400, 100.0),
        (12_000, 30, {"A": 5000, "F": 3600, "B": 3400}, 0, 55.6),
    ],
)
def test_parity_repeats_the_predecessor(nets, threshold, expected, remaining, coverage):
    plan = make_plan(six_wards(), parity_settings(nets, threshold=threshold))
    wards = plan.wards.set_index("ward_code")
    assert wards["need"].to_dict() == {"A": 5000, "B": 10000, "C": 2000, "D": 1000, "E": 0, "F": 3600}
    assert wards["nets_allocated"].to_dict() == dict.fromkeys("ABCDEF", 0) | expected
    summary = plan.summary()
    assert summary["nets_remaining"] == remaining
    assert round(summary["coverage_percent"], 1) == coverage
    assert summary["population"] == 38_880
    assert wards.loc["F", "population_source"] == "mean of the known wards"
    assert wards.loc["E", "reason"] == "zero_need"


def test_partial_wards_of_the_predecessor():
    wards = make_plan(six_wards(), parity_settings(12_000)).wards.set_index("ward_code")
    assert wards.loc["B", "coverage_percent"] == pytest.approx(14.0)
    assert wards.loc["B", "reason"] == "served_partial"
    wards = make_plan(six_wards(), parity_settings(12_000, threshold=30)).wards.set_index("ward_code")
    assert wards.loc["B", "coverage_percent"] == pytest.approx(34.0)


@pytest.mark.parametrize("nets", [0, -5, 1.5, "many", None, True, False, 10**10])
def test_impossible_stocks_are_refused(nets):
    with pytest.raises(BadInput) as refusal:
        PlanSettings(nets)
    assert refusal.value.code == "bad_nets"


def test_nothing_is_filled_by_default():
    plan = make_plan(six_wards(), PlanSettings(12_000))
    wards = plan.wards.set_index("ward_code")
    assert pd.isna(wards.loc["F", "population"]) and pd.isna(wards.loc["F", "need"])
    assert wards["reason"].to_dict() == {
        "A": "served_partial", "B": "served_partial", "C": "served_partial", "D": "served_partial",
        "E": "zero_need", "F": "no_population",
    }  # fmt: skip
    # 12,000 nets for needs of 5, 10, 2 and 1 thousand: two thirds each. The shares are 3333⅓, 6666⅔,
    # 1333⅓ and 666⅔; rounded to the nearest they add up to 12,000.
    assert wards["nets_allocated"].tolist() == [3333, 6667, 1333, 667, 0, 0]
    assert {note.code for note in plan.notes} == {"no_population", "nobody_there", "ranks_break_ties"}


def test_largest_remainder_splits_as_the_published_correction():
    # Needs 5000, 2000, 0, 3600 and 3000 nets: 1415, 566, 0, 1019 by largest remainder.
    wards = pd.DataFrame(
        {"ward_code": list("ABCD"), "rank": [1, 2, 3, 4], "population": [9000, 3600, 0, 6480]}
    )
    plan = make_plan(wards, PlanSettings(3_000, strategy="largest_remainder"))
    assert plan.wards["nets_allocated"].tolist() == [1415, 566, 0, 1019]


def test_weighted_shares_follow_the_ratio():
    wards = pd.DataFrame({"ward_code": list("ABC"), "rank": [1, 2, 3], "population": [1800, 1800, 1800]})
    plan = make_plan(wards, PlanSettings(900, strategy="weighted", risk_ratio=2))
    # Equal needs, weights 4 : 3 : 2.
    assert plan.wards["nets_allocated"].tolist() == [400, 300, 200]
    plan = make_plan(wards, PlanSettings(2_500, strategy="weighted", risk_ratio=2))
    # 2,500 × 4/9 is above the need of 1,000: capped, and the others share 1,500 as 3 : 2.
    assert plan.wards["nets_allocated"].tolist() == [1000, 900, 600]


def test_a_cap_keeps_one_ward_from_taking_all():
    wards = pd.DataFrame({"ward_code": list("AB"), "rank": [1, 2], "population": [80_670, 900]})
    greedy = make_plan(wards, PlanSettings(10_000, strategy="sequential"))
    # One ward of 80,670 people takes 10,000 of 44,817 nets: the case that users complained of.
    assert greedy.wards["need"].tolist() == [44_817, 500]
    assert greedy.wards["nets_allocated"].tolist() == [10_000, 0]
    assert greedy.wards["coverage_percent"][0] == pytest.approx(22.3, abs=0.05)
    assert "one_ward_takes_most" in {note.code for note in greedy.notes}
    capped = make_plan(wards, PlanSettings(10_000, strategy="capped", cap_percent=20))
    assert capped.wards["nets_allocated"].tolist() == [2_000, 500]
    assert capped.summary()["nets_remaining"] == 7_500
    assert "nets_left_by_cap" in {note.code for note in capped.notes}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # Known to be urban at 75 %: B and D. 11,000 nets in rank order.
        ("rural_first", {"A": 5000, "B": 4000, "C": 2000, "D": 0}),
        ("urban_first", {"A": 0, "B": 10000, "C": 0, "D": 1000}),
        ("exclude", {"A": 5000, "B": 0, "C": 2000, "D": 0}),
        ("off", {"A": 5000, "B": 6000, "C": 0, "D": 0}),
    ],
)
def test_urban_rules(rule, expected):
    threshold = None if rule == "off" else 75
    plan = make_plan(
        six_wards(), PlanSettings(11_000, strategy="sequential", urban_rule=rule, threshold=threshold)
    )
    wards = plan.wards.set_index("ward_code")
    assert {code: int(wards.loc[code, "nets_allocated"]) for code in "ABCD"} == expected
    assert (wards.loc[["B", "D"], "reason"] == "excluded_urban").all() == (rule == "exclude")


def test_a_ward_of_unknown_urban_share_is_never_taken_for_urban():
    wards = pd.DataFrame(
        {
            "ward_code": list("AB"),
            "rank": [1, 2],
            "population": [1800, 1800],
            "urban_percentage": [np.nan, 90.0],
        }
    )
    for rule, first in (("rural_first", "A"), ("exclude", "A"), ("urban_first", "B")):
        plan = make_plan(wards, PlanSettings(1000, urban_rule=rule, threshold=50))
        assert plan.wards.set_index("ward_code").loc[first, "nets_allocated"] == 1000, rule
        assert "urban_unknown" in {note.code for note in plan.notes}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"urban_rule": "rural_first"}, "bad_threshold"),
        ({"threshold": 50}, "bad_threshold"),
        ({"urban_rule": "exclude", "threshold": 100.5}, "bad_threshold"),
        ({"strategy": "capped"}, "bad_cap_percent"),
        ({"cap_percent": 20}, "bad_cap_percent"),
        ({"strategy": "capped", "cap_percent": 0}, "bad_cap_percent"),
        ({"strategy": "fair"}, "bad_strategy"),
        ({"people_per_net": 0.9}, "bad_people_per_net"),
        ({"people_per_net": "1.80001"}, "bad_people_per_net"),
        ({"quantity": "household"}, "bad_household_size"),
        ({"household_size": 5}, "bad_household_size"),
        ({"parity": True}, "bad_parity"),
    ],
)
def test_settings_that_contradict_or_would_be_ignored(options, code):
    with pytest.raises(BadInput) as refusal:
        PlanSettings(100, **options)
    assert refusal.value.code == code


def test_a_threshold_of_zero_is_a_threshold():
    settings = PlanSettings(100, urban_rule="exclude", threshold=0)
    wards = six_wards().assign(population=1800, urban_percentage=[0, 1, 2, 3, 4, np.nan])
    assert (make_plan(wards, settings).wards["reason"] == "excluded_urban").sum() == 5


def test_needs_by_household_and_with_a_buffer():
    people = np.array([9000, 7, 0])
    # 9,000 / 4.5 = 2,000 households of 3 nets; 7 / 4.5 = 1.56 is 2 households.
    assert nets_needed(people, PlanSettings(1, quantity="household", household_size="4.5")).tolist() == [
        6000,
        6,
        0,
    ]
    # 9,000 × 1.1 / 1.8 = 5,500; 7.7 / 1.8 = 4.28.
    assert nets_needed(people, PlanSettings(1, buffer_percent=10)).tolist() == [5500, 5, 0]


@pytest.mark.parametrize(
    ("people", "need", "parity"),
    [
        # By hand: 9,000.4 ÷ 1.8 = 5,000.2. 3.6 is two nets in decimals, whatever its last binary digit says.
        (9000.4, 5001, 5001),
        (9000.0, 5000, 5000),
        (3.6, 2, 2),
        (0.2, 1, 1),
        # A sum of fractions that missed 9,000 by less than a millionth; the predecessor divides it as it is.
        (9000.0000001, 5000, 5001),
    ],
)
def test_needs_are_counted_from_unrounded_people(people, need, parity):
    wards = pd.DataFrame({"ward_code": ["A"], "rank": [1], "population": [people], "urban_percentage": [0.0]})
    for settings, expected in ((PlanSettings(10_000), need), (parity_settings(10_000), parity)):
        plan = make_plan(wards, settings)
        row = plan.wards.iloc[0]
        assert (row["need"], row["nets_allocated"], row["reason"]) == (expected, expected, "served_full")
        assert row["people_covered"] == row["population"] == max(1, round(people))
        # Another stock is shared by the same needs, although the shown population is whole.
        again = make_plan(plan.wards.assign(population=plan.people()), settings)
        assert again.wards["need"].tolist() == [expected]


def test_whole_people_have_no_column_of_fractions():
    assert "population_counted" not in make_plan(six_wards(), PlanSettings(100)).wards
    half = make_plan(six_wards().assign(population=[9000.5, 1, 1, 1, 0, np.nan]), PlanSettings(100))
    assert half.wards["population_counted"].tolist()[:5] == [9000.5, 1, 1, 1, 0]
    assert half.wards["population"].tolist()[:5] == [9001, 1, 1, 1, 0]
    assert pd.isna(half.wards["population_counted"][5])


def test_wards_without_a_rank_stay_with_their_need():
    wards = six_wards().assign(rank=[np.nan, 1, 2, 3, 4, 5])
    plan = make_plan(wards, PlanSettings(100_000))
    first = plan.wards.iloc[0]
    assert (first["reason"], first["need"], first["nets_allocated"]) == ("no_rank", 5000, 0)
    assert "5,000 nets" in next(note.message for note in plan.notes if note.code == "no_rank")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ward_code": list("AABCDE")}, "ward_codes_not_unique"),
        ({"ward_code": [None, *"BCDEF"]}, "ward_codes_not_unique"),
        ({"population": [-1, 1, 1, 1, 1, 1]}, "impossible_population"),
        ({"population": list("abcdef")}, "population_not_numeric"),
        ({"rank": list("abcdef")}, "rank_not_numeric"),
    ],
)
def test_wards_that_cannot_be_planned_for(change, code):
    with pytest.raises(BadInput) as refusal:
        make_plan(six_wards().assign(**change), PlanSettings(100))
    assert refusal.value.code == code


def test_a_cap_below_one_net_is_told_apart_from_a_stock_that_ran_out():
    wards = pd.DataFrame({"ward_code": list("AB"), "rank": [1, 2], "population": [180, 180]})
    plan = make_plan(wards, PlanSettings(50, strategy="capped", cap_percent="1"))
    assert plan.wards["reason"].tolist() == ["cap_too_small", "cap_too_small"]
    assert plan.summary()["nets_remaining"] == 50
    assert "50 nets stay in stock because of the cap" in next(
        note.message for note in plan.notes if note.code == "nets_left_by_cap"
    )
    # A cap of two nets: both are reached, and what is left is not said to have run out.
    plan = make_plan(wards, PlanSettings(200, strategy="capped", cap_percent="1"))
    assert plan.wards["reason"].tolist() == ["served_partial", "served_partial"]


def test_counting_by_household_is_said_to_be_approximate():
    by_household = PlanSettings(100, quantity="household", household_size="4.5")
    notes = {note.code: note for note in make_plan(six_wards(), by_household).notes}
    assert "approximate" in notes["household_approximate"].message
    assert "household_approximate" not in {
        note.code for note in make_plan(six_wards(), PlanSettings(100)).notes
    }


def test_wards_of_one_name_and_one_number_of_people_are_named():
    wards = six_wards().assign(
        ward_name=["Yelwa", "yelwa ", "Ribadu", "Ribadu", "Lamurde", "Lamurde"],
        population=[9000, 9000, 500, 600, 0, 0],
    )
    plan = make_plan(wards, PlanSettings(100))
    (note,) = [note for note in plan.notes if note.code == "same_name_same_people"]
    assert note.count == 2 and note.examples == ("Yelwa, One", "yelwa , One")
    # What a rule filled in says nothing about a mistaken join.
    filled = wards.assign(population_source="median of the LGA")
    assert not [n for n in make_plan(filled, PlanSettings(100)).notes if n.code == "same_name_same_people"]


def test_candidates_are_low_risk_and_urban():
    wards = pd.DataFrame(
        {
            "ward_code": [f"W{i}" for i in range(1, 10)],
            "rank": range(1, 10),
            "population": 1800,
            "urban_percentage": [90, 90, 90, 90, 90, 20, 80, np.nan, 95],
        }
    )
    found = candidates(make_plan(wards, PlanSettings(100)).wards, 75, lowest=3)
    # The low third are ranks 7, 8, 9; of W8 the share is unknown.
    assert found.wards["ward_code"].tolist() == ["W9", "W7"]
    assert found.rural["ward_code"].tolist() == ["W8"] and found.rural_among_lowest


def test_a_ward_where_somebody_lives_needs_a_net_by_household_too():
    wards = pd.DataFrame({"ward_code": list("abcd"), "rank": [1, 2, 3, 4], "population": [2, 9, 0.4, 0]})
    plan = make_plan(wards, PlanSettings(1_000, quantity="household", household_size="20")).wards
    assert plan["reason"].tolist() == ["served_full", "served_full", "served_full", "zero_need"]
    # One household of 20 is given half as many nets; its few people are covered whole.
    assert plan["need"].tolist() == [10, 10, 10, 0] and plan["people_covered"].tolist() == [2, 9, 1, 0]


def test_a_ward_of_unknown_urban_share_is_no_candidate_in_parity():
    wards = six_wards().assign(tier="Low")
    plan = make_plan(wards, parity_settings(12_000))
    found = candidates(plan.wards, 40)
    # E has no urban share: the predecessor's 50 % decides its turn and nothing else.
    assert found.wards["ward_code"].tolist() == ["D", "C", "B"] and "E" in found.rural["ward_code"].tolist()
    assert plan.wards["urban_percentage"].isna().tolist() == [False] * 4 + [True, False]
    codes = {note.code for note in plan.notes}
    assert "urban_filled" in codes and "urban_unknown" not in codes
