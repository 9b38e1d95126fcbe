"""The solver keeps every limit, and finds what trying everything finds."""

from decimal import Decimal
from itertools import product

import pandas as pd
import pytest

from analysis.core.errors import BadInput
from itn.core.best_split import best_split
from itn.core.costs import Costs
from itn.core.plan import make_plan
from itn.core.settings import PlanSettings
from itn.core.split_rules import Limits

WARDS = pd.DataFrame(
    {
        "ward_code": list("ABCDE"),
        "lga_name": ["East", "East", "West", "West", "West"],
        "rank": [1, 4, 2, 3, 5],
        "population": [9, 5, 7, 4, 6],
    }
)
SETTINGS = PlanSettings(14, people_per_net=1, risk_ratio=3)
LIMITS = Limits(
    lga_minimum=40, ward_floor=10, costs=Costs(Decimal("2.5"), Decimal(3), {"West": Decimal(9)}, Decimal(45))
)
# The weight falls evenly from 3 at rank 1 to 1 at rank 5.
WEIGHTS = [3.0, 1.5, 2.5, 2.0, 1.0]


def tried_out():
    """The best value over all 10 × 6 × 8 × 5 × 7 splits that keep the limits."""
    best = -1.0
    needs = WARDS["population"].tolist()
    for nets in product(*(range(need + 1) for need in needs)):
        east, west = nets[0] + nets[1], nets[2] + nets[3] + nets[4]
        if east + west > 14 or east < 5.6 or west < 6.8 or min(nets) < 1:
            continue
        if 2.5 * (east + west) + 3 * (east > 0) + 9 * (west > 0) > 45:
            continue
        best = max(best, sum(weight * given for weight, given in zip(WEIGHTS, nets, strict=True)))
    return best


def test_the_split_is_the_best_of_all():
    found = best_split(WARDS, SETTINGS, LIMITS)
    assert found.proven and found.gap <= 1e-6
    assert found.value == pytest.approx(tried_out()) and found.bound >= found.value - 1e-6
    wards = found.plan.wards
    assert (wards["nets_allocated"] <= wards["need"]).all() and (wards["nets_allocated"] >= 1).all()
    lgas = found.plan.lgas().set_index("lga_name")
    assert (lgas["nets_allocated"] >= 0.4 * lgas["need"]).all()
    assert 2.5 * wards["nets_allocated"].sum() + 12 <= 45


def test_without_limits_the_highest_risk_comes_first():
    found = best_split(WARDS, SETTINGS, Limits())
    greedy = make_plan(WARDS, PlanSettings(14, people_per_net=1, strategy="sequential"))
    assert found.plan.wards["nets_allocated"].tolist() == greedy.wards["nets_allocated"].tolist()


def test_an_lga_that_costs_too_much_to_reach_is_left_out():
    costs = Costs(Decimal(0), Decimal(1), {"West": Decimal(100)}, Decimal(50))
    found = best_split(WARDS, SETTINGS, Limits(costs=costs))
    assert found.plan.wards["nets_allocated"].tolist() == [9, 5, 0, 0, 0]


@pytest.mark.parametrize(
    ("settings", "limits", "code"),
    [
        (SETTINGS, {"lga_minimum": 90}, "no_such_split"),
        (SETTINGS, {"lga_minimum": 101}, "bad_lga_minimum"),
        (SETTINGS, {"ward_floor": -1}, "bad_ward_floor"),
        (PlanSettings(14, urban_rule="rural_first", threshold=50), {}, "bad_urban_rule"),
    ],
)
def test_limits_that_cannot_be_kept(settings, limits, code):
    with pytest.raises(BadInput) as refusal:
        best_split(WARDS, settings, Limits(**limits))
    assert refusal.value.code == code


def test_unknown_populations_stay_out_and_in_the_list():
    wards = WARDS.assign(population=[9, None, 7, 4, 0])
    found = best_split(wards, SETTINGS, Limits(lga_minimum=50)).plan.wards
    assert found.loc[[1, 4], "reason"].tolist() == ["no_population", "zero_need"]
    # West needs half of 11; the rest of the 14 nets goes to the higher weights first.
    assert found["nets_allocated"].tolist() == [8, 0, 6, 0, 0]
    nothing = best_split(wards.assign(population=None), SETTINGS, Limits())
    assert nothing.plan.summary()["nets_allocated"] == 0
