"""Limits of a best split in whole nets and whole cents, and splits that a solver leaves a little beside them."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.core.errors import BadInput
from itn.core.best_split import best_split, kept_split
from itn.core.costs import Costs
from itn.core.plan import make_plan, prepare
from itn.core.settings import PlanSettings
from itn.core.split_rules import Limits, broken, mended, rules_of
from itn.tests.core.worlds import worlds

FEW = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
WARDS = pd.DataFrame(
    {
        "ward_code": list("ABCD"),
        "lga_name": ["East", "East", "West", "West"],
        "rank": [1, 2, 3, 4],
        "population": [100, 50, 80, 40],
    }
)


def rules(stock=1_000, wards=WARDS, **limits):
    asked = PlanSettings(stock, people_per_net=1)
    return rules_of(prepare(wards, asked), asked, Limits(**limits))


@pytest.mark.parametrize("percent", ["14", "28", "55", "56", "57", "0.07", "33.333333", "7.1", "100", "0"])
def test_floors_are_the_shares_rounded_up_and_never_one_net_more(percent):
    needs = [100_000_000, 50_000_000, 99_999_999, 1, 7, 300]
    wards = pd.DataFrame(
        {"ward_code": list("ABCDEF"), "rank": range(1, 7), "population": needs, "lga_name": "One"}
    )
    found = rules(wards=wards, ward_floor=percent, lga_minimum=percent)
    share = Fraction(percent) / 100
    assert found.floor.tolist() == [math.ceil(need * share) for need in needs]
    assert found.minimum.tolist() == [math.ceil(sum(needs) * share)]


def test_a_stock_that_just_reaches_the_floors_is_enough():
    # 14 % of a hundred million is 14,000,000; as a product of floats it is a little more.
    wards = pd.DataFrame({"ward_code": ["A"], "rank": [1], "population": [100_000_000]})
    found = best_split(wards, PlanSettings(14_000_000, people_per_net=1), Limits(ward_floor=14))
    assert found.plan.wards["nets_allocated"].tolist() == [14_000_000]


@pytest.mark.parametrize("percent", ["1e-99999999", "0.0000001", "NaN", "100.5"])
def test_a_limit_that_is_no_usable_percentage_is_refused(percent):
    with pytest.raises(BadInput) as refused:
        Limits(ward_floor=percent)
    assert refused.value.code == "bad_ward_floor"


def test_a_net_in_an_lga_that_is_not_paid_for_is_taken_out():
    found = rules(costs=Costs(Decimal(1), Decimal(30), budget=Decimal(180)))
    # A solver's answer: West is not visited, and holds a millionth of its need, rounded up.
    nets = mended([100, 49.6, 0.7, 0], np.array([True, False]), found)
    assert nets.tolist() == [100, 50, 0, 0] and broken(nets, found) == ""


def test_a_budget_that_is_exceeded_by_a_cent_takes_the_last_net_back():
    found = rules(costs=Costs(Decimal("0.01"), budget=Decimal("1.99")))
    nets = mended([100, 50, 50, 0], np.array([True, True]), found)
    assert nets.tolist() == [100, 50, 49, 0] and found.spent(nets) == 199


def test_what_is_lacking_is_added_and_what_is_left_is_given():
    found = rules(stock=200, lga_minimum=50)
    nets = mended([0, 0, 59.9999, 0], np.array([True, True]), found)
    # East needs half of 150; the rest of the 200 nets goes to the first ward that still needs some.
    assert nets.tolist() == [100, 40, 60, 0] and broken(nets, found) == ""


@pytest.mark.parametrize(
    ("nets", "limits", "wrong"),
    [
        ([101, 0, 0, 0], {}, "need"),
        ([-1, 0, 0, 0], {}, "need"),
        ([100, 50, 80, 3], {"ward_floor": 10}, "ward_floor"),
        ([100, 50, 0, 0], {"lga_minimum": 1}, "lga_minimum"),
        ([100, 50, 80, 40], {"stock": 269}, "stock"),
        ([1, 0, 0, 0], {"costs": Costs(Decimal(1), Decimal(1), budget=Decimal("1.99"))}, "budget"),
        ([1, 0, 0, 0], {"costs": Costs(Decimal(1), Decimal(1), budget=Decimal(2))}, ""),
    ],
)
def test_each_limit_is_told_by_its_name(nets, limits, wrong):
    assert broken(np.array(nets), rules(**limits)) == wrong


def test_a_split_that_was_found_before_is_checked_and_not_searched():
    asked, limits = PlanSettings(200, people_per_net=1), Limits(lga_minimum=20)
    plan, value, wrong = kept_split(WARDS, asked, limits, {"A": 100, "B": 50, "C": 30, "D": 20})
    # Weights fall evenly from 2 to 1: 2, 5/3, 4/3, 1.
    assert wrong == "" and value == pytest.approx(200 + 50 * 5 / 3 + 30 * 4 / 3 + 20)
    assert plan.wards["nets_allocated"].tolist() == [100, 50, 30, 20]
    assert kept_split(WARDS, asked, limits, {"A": 100, "B": 50})[2] == "lga_minimum"
    unknown = WARDS.assign(population=[100, 50, 80, None])
    assert kept_split(unknown, asked, Limits(), {"D": 1})[2] == "need", "nobody is known to live there"


UNRANKED = pd.DataFrame(
    {
        "ward_code": list("ABCD"),
        "lga_name": ["East", "East", "West", "West"],
        "rank": [1, None, 2, 3],
        "population": [100, 60, 80, 40],
        "urban_percentage": [0, 0, 90, 90],
    }
)


def test_the_minimum_of_an_lga_is_of_all_that_its_wards_need():
    plan = best_split(UNRANKED, PlanSettings(200, people_per_net=1), Limits(lga_minimum=50)).plan
    # East needs 160 nets, 60 of them in a ward without a rank: half is 80, and not half of 100.
    lgas = plan.lgas().set_index("lga_name")
    assert (lgas["nets_allocated"] >= 0.5 * lgas["need"]).all() and lgas.loc["East", "need"] == 160
    low = best_split(
        UNRANKED.assign(rank=[3, None, 1, 2]), PlanSettings(150, people_per_net=1), Limits(lga_minimum=50)
    )
    assert low.plan.wards["nets_allocated"].tolist() == [80, 0, 70, 0]


def test_a_minimum_that_the_wards_of_an_lga_cannot_take_is_refused_by_name():
    with pytest.raises(BadInput) as refused:
        best_split(UNRANKED, PlanSettings(1_000, people_per_net=1), Limits(lga_minimum="62.6"))
    # 62.6 % of 160 are 101 nets; the ranked ward of East takes 100.
    told = refused.value.problem()
    assert (
        told["code"] == "no_such_split"
        and told["examples"] == ["East"]
        and "without a rank" in told["detail"]
    )
    assert best_split(UNRANKED, PlanSettings(1_000, people_per_net=1), Limits(lga_minimum="62.5")).proven
    # West is urban and left out; where nobody may be served at all, no minimum is kept either.
    without_urban = PlanSettings(1_000, people_per_net=1, urban_rule="exclude", threshold=50)
    for wards, named in (
        (UNRANKED, ["West"]),
        (UNRANKED.assign(rank=None).astype({"rank": "Float64"}), ["East", "West"]),
    ):
        with pytest.raises(BadInput) as refused:
            best_split(wards, without_urban, Limits(lga_minimum=1))
        assert refused.value.problem()["examples"] == named
    assert kept_split(UNRANKED, without_urban, Limits(lga_minimum=1), {"A": 100})[2] == "lga_minimum"


def test_nets_that_a_limit_keeps_back_did_not_run_out():
    costs = Costs(Decimal(1), budget=Decimal(120))
    plan = best_split(WARDS, PlanSettings(1_000, people_per_net=1), Limits(costs=costs)).plan
    assert plan.wards["reason"].tolist() == [
        "served_full",
        "served_partial",
        "limits_reached",
        "limits_reached",
    ]
    note = next(note for note in plan.notes if note.code == "nets_left_by_limits")
    assert "880 nets" in note.message and note.count == 3
    short = best_split(WARDS, PlanSettings(120, people_per_net=1), Limits()).plan
    assert short.wards["reason"].tolist()[2:] == ["exhausted", "exhausted"]
    assert "nets_left_by_limits" not in {note.code for note in short.notes}


@st.composite
def limited(draw):
    """A stock with limits and prices that may bind or contradict each other."""
    price = draw(st.sampled_from(["0", "0.01", "2.5", "3.33"]))
    delivery = draw(st.sampled_from(["0", "0.07", "1000"]))
    budget = draw(st.none() | st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100))
    asked = PlanSettings(
        draw(st.integers(1, 200) | st.integers(1, 1_000_000_000)),
        people_per_net=draw(st.sampled_from(["1", "1.8", "3"])),
        risk_ratio=draw(st.sampled_from(["1", "2.5", "100"])),
    )
    return asked, Limits(
        draw(st.sampled_from(["0", "0.07", "14", "56.123456"])), draw(st.sampled_from(["0", "0.000001", "7"])),
        Costs(Decimal(price), Decimal(delivery), budget=budget),
    )  # fmt: skip


def every_limit_is_kept_exactly(world, request):
    asked, limits = request
    try:
        found = best_split(world, asked, limits)
    except BadInput as refusal:
        assert refusal.code in ("no_such_split", "no_split_in_time"), refusal
        return
    wards = found.plan.wards
    nets = dict(zip(wards["ward_code"], wards["nets_allocated"].tolist(), strict=True))
    _, value, wrong = kept_split(world, asked, limits, nets)
    assert wrong == "" and value == found.value <= found.bound
    assert found.gap >= 0 and int(wards["nets_allocated"].sum()) <= asked.nets
    assert (wards["reason"] == "exhausted").sum() == 0 or found.plan.summary()["nets_remaining"] == 0
    free = limits.costs.budget is None and not limits.lga_minimum and not limits.ward_floor
    if free:
        greedy = make_plan(world, PlanSettings(asked.nets, "sequential", people_per_net=asked.people_per_net))
        assert greedy.summary()["nets_allocated"] == found.plan.summary()["nets_allocated"]


@FEW
@given(worlds(), limited())
def test_a_best_split_keeps_every_limit(world, request):
    every_limit_is_kept_exactly(world, request)


@pytest.mark.slow
@MANY
@given(worlds(), limited())
def test_a_best_split_keeps_every_limit_in_thousands_of_worlds(world, request):
    every_limit_is_kept_exactly(world, request)
