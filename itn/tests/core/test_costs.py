"""Costs by LGA: lines, names that stand in two states, what a budget pays for."""

from decimal import Decimal

import pandas as pd
import pytest

from analysis.core.errors import BadInput
from itn.core.best_split import best_split
from itn.core.costs import Costs, cost_lines, lga_keys, nets_within, total_cost
from itn.core.plan import make_plan
from itn.core.settings import PlanSettings
from itn.core.split_rules import Limits

# Surulere is an LGA of Lagos and one of Oyo.
WARDS = pd.DataFrame(
    {
        "ward_code": ["a", "b", "c", "d"],
        "lga_name": ["Surulere", "Surulere", "Ikeja", None],
        "state_name": ["Lagos", "Oyo", "Lagos", "Lagos"],
        "rank": [1.0, 2.0, 3.0, 4.0],
        "population": [180, 360, 90, 18],
    }
)
LGAS = make_plan(WARDS, PlanSettings(1_000)).lgas()


def test_an_lga_of_two_states_is_named_with_its_state_and_each_has_its_own_cost():
    assert set(lga_keys(LGAS).dropna()) == {"Surulere, Lagos", "Surulere, Oyo", "Ikeja"}
    lines = cost_lines(LGAS, Costs(Decimal(2), Decimal(10), {"Surulere, Oyo": Decimal("99.5")}))
    found = lines.set_index(["state_name", "lga_name"], drop=False)
    assert found.loc[("Oyo", "Surulere"), "cost_delivery"] == 99.5
    assert found.loc[("Lagos", "Surulere"), "cost_delivery"] == 10
    # 360 people ÷ 1.8 = 200 nets at 2.
    assert found.loc[("Oyo", "Surulere"), "cost_total"] == 499.5
    with pytest.raises(BadInput) as refused:
        cost_lines(LGAS, Costs(of_lga={"Surulere": Decimal(1)}))
    assert "name, state" in refused.value.problem()["fix"]


def test_the_solver_reads_the_same_names():
    costs = Costs(Decimal(0), Decimal(1), {"Surulere, Oyo": Decimal(100)}, Decimal(50))
    nets = best_split(WARDS, PlanSettings(1_000), Limits(costs=costs)).plan.wards["nets_allocated"].tolist()
    assert nets == [100, 0, 50, 10], "the one in Oyo alone is too dear to reach"


def test_a_budget_pays_for_whole_nets_after_the_delivery():
    costs = Costs(Decimal("1.50"), Decimal(10), budget=Decimal("100.49"))
    lines = cost_lines(LGAS, costs)
    # Four LGAs, the nameless one among them, at 10 leave 60.49: 40 nets of 1.50.
    assert nets_within(lines, costs) == 40
    assert nets_within(lines, Costs(Decimal(1), Decimal(10), budget=Decimal(39))) == 0
    assert nets_within(lines, Costs(Decimal(1))) is None
    assert nets_within(lines, Costs(budget=Decimal(5))) is None


def test_a_plan_that_costs_its_budget_is_not_above_it():
    dimes = {"Surulere, Lagos": Decimal("0.1"), "Surulere, Oyo": Decimal("0.2"), "Ikeja": Decimal("0.3")}
    costs = Costs(of_lga=dimes)
    # As floats 0.1 + 0.2 + 0.3 is 0.6000000000000001.
    assert total_cost(LGAS, costs) == Decimal("0.6")
    lines = cost_lines(LGAS, Costs(Decimal("0.07"), of_lga=dimes)).set_index(["state_name", "lga_name"])
    # 200 nets at 0.07 and 0.2 for the delivery: 14.2, and no 14.200000000000001.
    assert lines.loc[("Oyo", "Surulere"), "cost_total"] == 14.2
    # A hundred million million cents more are not lost.
    assert total_cost(LGAS, Costs(Decimal("1000000000000"), Decimal("0.01"))) == Decimal("360000000000000.04")
