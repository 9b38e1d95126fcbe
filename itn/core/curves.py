"""Plans as curves: what more nets would do, and how evenly they are spread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .plan import NetPlan, make_plan
from .settings import MOST_NETS, PlanSettings

POINTS = 25


def stock_curve(
    wards: pd.DataFrame, settings: PlanSettings, *, points: int = POINTS, also: tuple[int, ...] = ()
) -> pd.DataFrame:
    """What other stocks would do under the same rule.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        As for `make_plan`.
    settings : PlanSettings
        Of the plan; its stock is one of the points.
    points : int
        How many stocks from the first share to the whole need are tried.
    also : tuple of int
        Further stocks, such as this one and 50,000 more. [nets]

    Returns
    -------
    pandas.DataFrame
        ``nets, nets_allocated, people_covered, high_risk_covered, wards_served`` by rising stock.
    """
    need = make_plan(wards, replace(settings, nets=MOST_NETS)).summary()["nets_needed"]
    stocks = {int(stock) for stock in np.linspace(0, max(need, 1), points + 1)[1:].round()}
    stocks |= {settings.nets, *also}
    rows = []
    for stock in sorted(stock for stock in stocks if 1 <= stock <= MOST_NETS):
        plan = make_plan(wards, replace(settings, nets=stock))
        summary = plan.summary()
        served = int((plan.wards["nets_allocated"] > 0).sum())
        rows.append(
            (
                stock,
                summary["nets_allocated"],
                summary["people_covered"],
                summary["high_risk_covered"],
                served,
            )
        )
    names = ["nets", "nets_allocated", "people_covered", "high_risk_covered", "wards_served"]
    return pd.DataFrame(rows, columns=pd.Index(names))


@dataclass(frozen=True)
class Lorenz:
    """`people` and `nets`: cumulative shares, 0 … 1, from the wards with fewest nets a person. `gini` 0 … 1."""

    people: NDArray[np.float64]
    nets: NDArray[np.float64]
    gini: float


def lorenz(plan: NetPlan) -> Lorenz | None:
    """How evenly the nets are spread over the people.

    Parameters
    ----------
    plan : NetPlan

    Returns
    -------
    Lorenz or None
        None without people or nets. The Gini coefficient is 0 when every person has the same
        share of a net.
    """
    counted = plan.wards[plan.wards["population"].notna() & (plan.wards["population"] > 0)]
    people = counted["population"].to_numpy(dtype=np.float64)
    nets = counted["nets_allocated"].to_numpy(dtype=np.float64)
    if not people.sum() or not nets.sum():
        return None
    order = np.lexsort((counted["ward_code"].to_numpy(dtype=str), nets / people))
    x = np.r_[0.0, np.cumsum(people[order]) / people.sum()]
    y = np.r_[0.0, np.cumsum(nets[order]) / nets.sum()]
    return Lorenz(x, y, float(max(0.0, 1.0 - np.sum(np.diff(x) * (y[1:] + y[:-1])))))


def coverage_by_rank(plan: NetPlan) -> pd.DataFrame:
    """Cumulative nets and people covered from the highest risk to the lowest.

    Returns
    -------
    pandas.DataFrame
        One row per ranked ward: ``rank, people, people_covered``, cumulative. [people]
    """
    ranked = plan.wards[plan.wards["rank"].notna() & plan.wards["population"].notna()]
    ranked = ranked.sort_values(["rank", "ward_code"])
    return pd.DataFrame(
        {
            "rank": ranked["rank"].to_numpy(),
            "people": ranked["population"].astype("int64").cumsum().to_numpy(),
            "people_covered": ranked["people_covered"].cumsum().to_numpy(),
        }
    )
