"""Plans in which the ranking decides nothing but ties say so, and only these."""

import pandas as pd
import pytest

from itn.core.plan import NetPlan, make_plan
from itn.core.settings import STRATEGIES, PlanSettings, ranks_decide

WARDS = pd.DataFrame(
    {
        "ward_code": list("abcde"),
        "rank": [1, 2, 3, 4, 5],
        "population": [9_000, 5_400, 1_800, 3_600, 7_200],
        "urban_percentage": [90, 0, 80, 10, 0],
    }
)


def plan_of(wards: pd.DataFrame, strategy: str, rule: str, ratio: str) -> NetPlan:
    settings = PlanSettings(
        4_500, strategy=strategy, urban_rule=rule, threshold=None if rule == "off" else 50,
        cap_percent=40 if strategy == "capped" else None, risk_ratio=ratio,
    )  # fmt: skip
    return make_plan(wards, settings)


@pytest.mark.parametrize("ratio", ["1", "3"])
@pytest.mark.parametrize("rule", ["off", "rural_first", "urban_first", "exclude"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_plan_says_that_ranks_break_ties_where_reversed_ranks_change_nothing(strategy, rule, ratio):
    plan = plan_of(WARDS, strategy, rule, ratio)
    reversed_plan = plan_of(WARDS.assign(rank=6 - WARDS["rank"]), strategy, rule, ratio)
    same = plan.wards["nets_allocated"].tolist() == reversed_plan.wards["nets_allocated"].tolist()
    assert plan.summary()["shortfall"] > 0 and same is not ranks_decide(strategy, ratio)
    told = [note.message for note in plan.notes if note.code == "ranks_break_ties"]
    assert bool(told) is same
    assert all("does not change who gets nets" in text for text in told)
