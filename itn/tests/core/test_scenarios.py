"""Plans side by side: each value against a hand calculation."""

from decimal import Decimal

import pandas as pd
import pytest

from analysis.core.errors import BadInput
from itn.core.costs import Costs
from itn.core.plan import make_plan
from itn.core.scenarios import costs_side_by_side, lga_coverage, side_by_side, ward_by_ward
from itn.core.settings import PlanSettings

# Surulere is an LGA of Lagos and one of Oyo. One person a net; D is unknown.
WARDS = pd.DataFrame(
    {
        "ward_code": ["a", "b", "c", "d", "e"],
        "ward_name": ["A", "B", "C", "D", "E"],
        "lga_name": ["Surulere", "Surulere", "Ikeja", "Ikeja", None],
        "state_name": ["Lagos", "Oyo", "Lagos", "Lagos", "Lagos"],
        "rank": [1, 2, 3, 4, 5],
        "tier": ["High", "High", "Medium", "Low", "Low"],
        "population": [100, 200, 40, None, 60],
    }
)


def plan(nets, strategy="sequential"):
    return make_plan(WARDS, PlanSettings(nets, strategy=strategy, people_per_net=1))


PLANS = {"few": plan(150), "many": plan(1_000), "even": plan(200, "proportional")}


def test_side_by_side_counts_each_plan():
    few, many, even = side_by_side(PLANS).to_dict("records")
    assert few == {
        "plan": "few", "nets": 150, "nets_allocated": 150, "nets_remaining": 0, "people_covered": 150,
        "coverage_percent": 37.5, "high_risk_covered": 150, "wards_served": 2, "wards_full": 1,
        "coverage_high": 50.0, "coverage_medium": 0.0, "coverage_low": 0.0,
    }  # fmt: skip
    assert (many["nets_allocated"], many["nets_remaining"], many["wards_full"]) == (400, 600, 4)
    assert many["coverage_percent"] == many["coverage_low"] == 100.0
    # Half of each need: 50, 100, 20 and 30.
    assert (even["people_covered"], even["wards_served"], even["wards_full"]) == (200, 4, 0)
    assert even["coverage_high"] == even["coverage_medium"] == even["coverage_low"] == 50.0


def test_costs_stand_side_by_side_and_what_has_no_price_stays_missing():
    costs = {
        "few": Costs(Decimal("2.50"), Decimal(10), {"Ikeja": Decimal(99)}, Decimal(390)),
        "many": Costs(),
        "even": Costs(per_net=Decimal(1)),
    }
    few, many, even = costs_side_by_side(PLANS, costs).to_dict("records")
    # 150 nets at 2.50; they reach Surulere of Lagos and of Oyo, 10 each, and no ward of Ikeja.
    assert few == {
        "plan": "few", "cost_nets": 375.0, "cost_delivery": 20.0, "cost_total": 395.0, "budget": 390.0,
        "budget_left": -5.0, "cost_per_person": 395 / 150,
    }  # fmt: skip
    assert all(pd.isna(value) for name, value in many.items() if name != "plan")
    assert (even["cost_nets"], even["cost_total"], even["cost_per_person"]) == (200.0, 200.0, 1.0)
    assert pd.isna(even["cost_delivery"]) and pd.isna(even["budget_left"])


def test_a_tier_in_which_nobody_is_known_to_live_has_no_coverage():
    wards = WARDS.assign(population=[100, 200, None, None, 60])
    (row,) = side_by_side({"x": make_plan(wards, PlanSettings(100, people_per_net=1))}).to_dict("records")
    assert pd.isna(row["coverage_medium"])


def test_coverage_of_an_lga_is_told_with_its_state_where_two_have_that_name():
    assert lga_coverage(PLANS) == [
        {"lga_name": "Ikeja", "coverage": [0.0, 100.0, 50.0]},
        {"lga_name": "Surulere, Lagos", "coverage": [100.0, 100.0, 50.0]},
        {"lga_name": None, "coverage": [0.0, 100.0, 50.0]},
        {"lga_name": "Surulere, Oyo", "coverage": [25.0, 100.0, 50.0]},
    ]
    assert lga_coverage({}) == []


def test_an_lga_of_two_codes_is_added_up_and_not_cut():
    wards = WARDS.assign(lga_code=["1", "2", "3", "4", None], population=[100, 200, 40, 40, 60])
    found = lga_coverage({"x": make_plan(wards, PlanSettings(340, strategy="sequential", people_per_net=1))})
    assert {row["lga_name"]: row["coverage"] for row in found}["Ikeja"] == [50.0]


def test_every_ward_of_every_plan_stands_in_one_table():
    table = ward_by_ward({"id-1": PLANS["few"], "id-2": PLANS["many"]})
    assert table["ward_code"].tolist() == ["a", "b", "c", "d", "e"]
    assert table["nets_1"].tolist() == [100, 50, 0, 0, 0] and table["nets_2"].tolist() == [
        100,
        200,
        40,
        0,
        60,
    ]
    assert table["nets_change"].tolist() == [0, 150, 40, 0, 60]
    assert table["coverage_change"].tolist()[:3] == [0.0, 75.0, 100.0] and table["coverage_1"].isna()[3]
    assert table["reason_1"].tolist() == [
        "served_full",
        "served_partial",
        "exhausted",
        "no_population",
        "exhausted",
    ]
    assert set(table["plan_1"]) == {"id-1"} and set(table["plan_2"]) == {"id-2"}
    with pytest.raises(BadInput):
        ward_by_ward({"x": PLANS["few"], "y": make_plan(WARDS.head(3), PlanSettings(5))})
