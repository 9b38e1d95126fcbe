"""The best split of a stock under constraints, by mixed-integer programming."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from analysis.core.errors import BadInput

from .allocate import risk_weights
from .costs import CENTS, Costs, lga_keys
from .plan import NetPlan, Prepared, finish, prepare
from .settings import PlanSettings

SECONDS = 20.0


@dataclass(frozen=True)
class Limits:
    """What a split must keep.

    `lga_minimum` and `ward_floor` are percentages of the need, 0 to 100: every LGA with a need gets
    at least the first, every ward that may be served at least the second. `costs` with a budget
    bound what is spent on nets and on delivery to each LGA that gets any.
    """

    lga_minimum: float = 0.0
    ward_floor: float = 0.0
    costs: Costs = field(default_factory=Costs)

    def __post_init__(self) -> None:
        for name in ("lga_minimum", "ward_floor"):
            if not 0 <= getattr(self, name) <= 100:
                raise BadInput(
                    f"bad_{name}", "A limit can't be used", f"{getattr(self, name)} is not from 0 to 100.",
                    "Correct the percentage.", where=name,
                )  # fmt: skip


@dataclass(frozen=True)
class Split:
    """`plan` is the split found; `gap` how far it may be from the best there is, as a share of it.

    `proven` is False when time ran out first. `value` is the weighted nets of the split, `bound` the
    most that any split could have.
    """

    plan: NetPlan
    gap: float
    proven: bool
    value: float
    bound: float


def best_split(
    wards: pd.DataFrame, settings: PlanSettings, limits: Limits, *, seconds: float = SECONDS
) -> Split:
    """Split a stock so that the nets do most where the risk is highest.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        As for `make_plan`.
    settings : PlanSettings
        Stock, people per net, risk ratio; urban rule "off" or "exclude". The strategy is not used.
    limits : Limits
    seconds : float
        Most time for the solver. [s]

    Returns
    -------
    Split

    Raises
    ------
    BadInput
        If the limits contradict each other or the stock, or time ran out before any split.

    Notes
    -----
    Maximises Σ weight × nets, the weight falling evenly by rank from the risk ratio to 1, subject
    to whole nets, need, stock, the floors, and the budget. With a price of delivery one yes-or-no
    variable per LGA says whether it is visited. Solved by HiGHS [1]_.

    References
    ----------
    .. [1] Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method,"
       Mathematical Programming Computation, vol. 10, 2018, doi:10.1007/s12532-017-0130-5.
    """
    if settings.urban_rule not in ("off", "exclude"):
        raise BadInput(
            "bad_urban_rule", "A setting of the plan can't be used", "A best split knows no first and second turn.",
            "Exclude urban wards, or switch the rule off.", where="urban_rule",
        )  # fmt: skip
    ready = prepare(wards, settings)
    order = ready.order
    if not order.size:
        return Split(finish(ready, np.zeros(len(ready.need), dtype=np.int64)), 0.0, True, 0.0, 0.0)
    need = ready.need[order]
    weights = risk_weights(ready.ranks[order], Fraction(settings.risk_ratio)).astype(np.float64)
    weights /= weights.min()
    lgas, names = _lgas(ready)
    floor = np.ceil(need * (limits.ward_floor / 100) - 1e-9)
    rules = _rules(need, lgas, names, settings, limits)
    visits = len(names)
    solved = milp(
        np.r_[-weights, np.zeros(visits)],
        integrality=np.ones(len(need) + visits),
        bounds=Bounds(np.r_[floor, np.zeros(visits)], np.r_[need, np.ones(visits)]),
        constraints=rules,
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )
    if solved.x is None:
        raise _impossible(solved.status, _least(need, lgas, floor, limits), settings)
    nets = np.zeros(len(ready.need), dtype=np.int64)
    nets[order] = np.rint(solved.x[: len(need)]).astype(np.int64)
    return Split(
        finish(ready, nets),
        float(solved.mip_gap or 0.0),
        solved.status == 0,
        float(weights @ nets[order]),
        -float(solved.mip_dual_bound),
    )


def _lgas(ready: Prepared) -> tuple[NDArray[np.intp], list[str]]:
    """Which LGA each servable ward is in; wards without an LGA form one of their own."""
    frame = ready.frame[["state_name", "lga_code", "lga_name"]]
    number = frame.groupby(list(frame.columns), dropna=False, sort=True).ngroup().to_numpy()
    each = frame.iloc[np.unique(number, return_index=True)[1]]
    names = lga_keys(each).fillna("").tolist()
    present, codes = np.unique(number[ready.order], return_inverse=True)
    return codes, [str(names[k]) for k in present]


def _rules(
    need: NDArray[np.int64],
    lgas: NDArray[np.intp],
    names: list[str],
    settings: PlanSettings,
    limits: Limits,
) -> list[LinearConstraint]:
    n, visits = len(need), len(names)
    members = csr_array((np.ones(n), (lgas, np.arange(n))), shape=(visits, n))
    lga_need = members @ need
    idle = csr_array((visits, visits))
    minimum = np.ceil(lga_need * (limits.lga_minimum / 100) - 1e-9)
    rules = [
        LinearConstraint(csr_array(np.r_[np.ones(n), np.zeros(visits)][None, :]), 0, settings.nets),
        LinearConstraint(hstack([members, idle]).tocsr(), minimum, lga_need),
    ]
    costs = limits.costs
    if costs.budget is None:
        return rules
    own = costs.of_lga or {}
    delivery = np.array([float(own.get(name, costs.per_lga)) for name in names])
    spent = np.r_[np.full(n, float(costs.per_net)), delivery][None, :]
    rules.append(LinearConstraint(csr_array(spent), 0, int(costs.budget * CENTS) / CENTS))
    # An LGA gets nets only when it is visited.
    visited = csr_array(
        (-lga_need.astype(np.float64), (np.arange(visits), np.arange(visits))), shape=(visits, visits)
    )
    rules.append(LinearConstraint(hstack([members, visited]).tocsr(), -np.inf, 0))
    return rules


def _least(
    need: NDArray[np.int64], lgas: NDArray[np.intp], floor: NDArray[np.float64], limits: Limits
) -> int:
    """Nets that the minimums alone take."""
    of_lga = np.ceil(np.bincount(lgas, weights=need) * (limits.lga_minimum / 100) - 1e-9)
    return int(np.maximum(of_lga, np.bincount(lgas, weights=floor)).sum())


def _impossible(status: int, least: int, settings: PlanSettings) -> BadInput:
    if status == 1:
        return BadInput(
            "no_split_in_time", "No split was found in time", "The solver was stopped before it had any.",
            "Loosen a limit, or leave out the price of delivery.", where="limits",
        )  # fmt: skip
    return BadInput(
        "no_such_split",
        "No split keeps all limits",
        f"The minimums alone take {least:,} nets; there are {settings.nets:,}, and a budget may buy fewer.",
        "Lower a minimum, or raise the stock or the budget.",
        where="limits",
    )
