"""What holds of every plan, tried on generated worlds."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itn.core.curves import lorenz
from itn.core.divisor import sainte_lague
from itn.core.plan import REASONS, make_plan, prepare, shared
from itn.core.settings import MOST_NETS, PlanSettings, parity_settings
from itn.tests.core.worlds import requests, worlds

FEW = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))


def keeps_its_promises(world, request):
    plan = make_plan(world, request)
    wards = plan.wards
    assert wards["nets_allocated"].dtype == np.int64 and wards["need"].dtype == "Int64"
    assert wards["ward_code"].tolist() == world["ward_code"].tolist()
    # A few rows are looked through faster than a frame is asked.
    nets, reasons = wards["nets_allocated"].tolist(), wards["reason"].tolist()
    need = wards["need"].fillna(0).tolist()
    people = wards["population"].fillna(0).tolist()
    assert sum(nets) <= request.nets
    assert all(0 <= has <= wanted for has, wanted in zip(nets, need, strict=True))
    assert set(reasons) <= set(REASONS)
    for has, wanted, count, covered, reason in zip(
        nets, need, people, wards["people_covered"].tolist(), reasons, strict=True
    ):
        assert (has > 0) == (reason in ("served_full", "served_partial"))
        if reason == "served_full":
            assert has == wanted and covered == count
        assert count > 0 or not wanted, "nets that nobody needs"
    assert all(0 <= share <= 100 for share in wards["coverage_percent"].dropna().tolist())
    summary = plan.summary()
    assert summary["nets_allocated"] + summary["nets_remaining"] == request.nets
    assert sum(summary["reasons"].values()) == len(world)
    areas = plan.lgas()
    assert areas["nets_allocated"].sum() == summary["nets_allocated"]
    assert areas["need"].sum() == summary["nets_needed"]
    assert areas["wards"].sum() == len(world)
    if "exhausted" in reasons:
        assert summary["nets_remaining"] == 0, "nets left while wards that may be served go without"
    if "cap_too_small" in reasons:
        assert request.strategy == "capped" and summary["nets_remaining"] > 0
        assert int(request.nets * Fraction(request.cap_percent) / 100) == 0
        assert "nets_left_by_cap" in {note.code for note in plan.notes}
    assert "limits_reached" not in reasons
    curve = lorenz(plan)
    assert curve is None or 0 <= curve.gini <= 1
    shuffled = world.sample(frac=1, random_state=len(world))
    again = dict(zip(shuffled["ward_code"], shared(prepare(shuffled, request)).tolist(), strict=True))
    assert again == dict(zip(world["ward_code"], nets, strict=True))


def never_takes_away(world, request, more):
    """With more nets in stock no ward gets less."""
    larger = replace(request, nets=min(MOST_NETS, request.nets + more))
    # What a plan tells about each ward besides takes ten times as long, and changes no net.
    before, after = (shared(prepare(world, one)) for one in (request, larger))
    assert (after >= before).all()


def repeats_the_predecessor(world, nets, threshold):
    """Its plan by its own words: fill what is unknown, rural wards by rank, then urban ones, each in full while nets last."""
    filled = world["population"].astype("float64")
    filled = filled.fillna(filled.mean() if filled.notna().any() else 10_000.0)
    urban = (world["urban_percentage"].astype("float64").fillna(50.0) >= threshold).tolist()
    left, given_out = nets, dict.fromkeys(world["ward_code"], 0)
    rows = [
        row
        for row in zip(urban, world["rank"], world["ward_code"], filled.tolist(), strict=True)
        if row[1] is not pd.NA
    ]
    for _, _, code, count in sorted(rows):
        given_out[code] = min(left, math.ceil(count / 1.8))
        left -= given_out[code]
    plan = make_plan(world, parity_settings(nets, threshold=threshold))
    assert dict(zip(plan.wards["ward_code"], plan.wards["nets_allocated"].tolist(), strict=True)) == given_out


PARITY = (worlds(), st.integers(1, 200) | st.integers(1, 1_000_000_000), st.sampled_from([0, 30, 75, 100]))
MONOTONE = requests(("proportional", "sequential", "weighted"))
MORE = st.one_of(st.integers(1, 3), st.integers(1, 100_000_000))


@FEW
@given(worlds(), requests())
def test_every_plan_keeps_its_promises(world, request):
    keeps_its_promises(world, request)


@FEW
@given(worlds(), MONOTONE, MORE)
def test_more_nets_never_take_nets_from_a_ward(world, request, more):
    never_takes_away(world, request, more)


@FEW
@given(*PARITY)
def test_parity_repeats_the_predecessor_in_any_world(world, nets, threshold):
    repeats_the_predecessor(world, nets, threshold)


@pytest.mark.slow
@MANY
@given(*PARITY)
def test_parity_repeats_the_predecessor_in_thousands_of_worlds(world, nets, threshold):
    repeats_the_predecessor(world, nets, threshold)


@pytest.mark.slow
@MANY
@given(worlds(), requests())
def test_every_plan_keeps_its_promises_in_thousands_of_worlds(world, request):
    keeps_its_promises(world, request)


@pytest.mark.slow
@MANY
@given(worlds(), MONOTONE, MORE)
def test_more_nets_never_take_nets_from_a_ward_in_thousands_of_worlds(world, request, more):
    never_takes_away(world, request, more)


def one_by_one(weights, limits, seats):
    """The definition: each seat to the largest quotient, compared as whole-number products."""
    given_out = [0] * len(weights)
    for _ in range(seats):
        best = None
        for i, weight in enumerate(weights):
            if weight and given_out[i] < limits[i]:
                divisor = 2 * given_out[i] + 1
                if best is None or weight * best[1] > best[0] * divisor:
                    best = (weight, divisor, i)
        if best is None:
            break
        given_out[best[2]] += 1
    return given_out


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), min_size=1, max_size=12),
    st.integers(0, 80),
    st.sampled_from([1, 3, 2**40, 2**53]),
)
def test_the_divisor_method_equals_its_definition(rows, seats, scale):
    weights = [weight * scale for weight, _ in rows]
    limits = [limit for _, limit in rows]
    found = sainte_lague(np.array(weights, dtype=np.int64), np.array(limits, dtype=np.int64), seats)
    assert found.tolist() == one_by_one(weights, limits, seats)


def test_quotients_that_differ_in_the_last_digit_are_told_apart():
    # 2³⁰ seats of 2³⁰ − 1 and of 2³⁰: the last quotients are above one half by 2⁻³² or so.
    weights = np.array([2**30 - 1, 2**30, 2**30 + 1])
    found = sainte_lague(weights, weights, int(weights.sum()) - 1)
    # w / (2w − 1) falls with w: the largest claim waits for its last seat.
    assert (weights - found).tolist() == [0, 0, 1]
    assert sainte_lague(weights, weights, int(weights.sum()) - 2).tolist() == [2**30 - 1, 2**30 - 1, 2**30]


def test_a_weight_that_cannot_be_compared_exactly_is_refused():
    with pytest.raises(ValueError, match="exceeds"):
        sainte_lague(np.array([2**60]), np.array([5]), 1)


def test_largest_remainder_has_the_paradox_that_the_default_has_not():
    """Six, six and two of fourteen; with an eleventh net the third ward loses one."""
    world = pd.DataFrame({"ward_code": list("ABC"), "rank": [1, 2, 3], "population": [6, 6, 2]})
    ten = PlanSettings(10, strategy="largest_remainder", people_per_net=1)
    assert make_plan(world, ten).wards["nets_allocated"].tolist() == [4, 4, 2]
    assert make_plan(world, replace(ten, nets=11)).wards["nets_allocated"].tolist() == [5, 5, 1]
