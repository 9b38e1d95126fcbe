"""The best split of a stock under constraints, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from analysis.core.errors import BadInput

from .allocate import in_turn
from .costs import CENTS
from .plan import NetPlan, Prepared, finish, prepare
from .settings import PlanSettings
from .split_rules import Limits, Rules, broken, mended, rules_of

# `scipy.optimize` is loaded by its first use: web processes import this module and split nothing.
SECONDS = 20.0
GAP = 1e-6
"""A split this near to the bound is the best."""


@dataclass(frozen=True)
class Split:
    """`plan` is the split found; `gap` how far it may be from the best there is, as a share of it.

    `proven` is False when time ran out first: another run may then find another split. `value` is the
    weighted nets of the split, `bound` the most that any split could have.
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
        Of a plan that keeps every limit exactly, in whole nets and whole cents.

    Raises
    ------
    BadInput
        If the limits contradict each other, the stock, or what the wards of an LGA may get, or time ran out
        before any split.

    Notes
    -----
    Maximises Σ weight × nets, the weight falling evenly by rank from the risk ratio to 1, subject
    to whole nets, need, stock, the floors, and the budget. With a price of delivery one yes-or-no
    variable per LGA says whether it is visited. Solved by HiGHS [1]_, whose answer holds the limits
    within its tolerances; `split_rules` brings it to whole numbers and checks these.

    References
    ----------
    .. [1] Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method,"
       Mathematical Programming Computation, vol. 10, 2018, doi:10.1007/s12532-017-0130-5.
    """
    ready = _prepared(wards, settings)
    rules = rules_of(ready, settings, limits)
    if unreachable := rules.unreachable():
        raise _out_of_reach(unreachable)
    if not ready.order.size:
        return Split(
            finish(ready, np.zeros(len(ready.need), dtype=np.int64), split=True), 0.0, True, 0.0, 0.0
        )
    weights = rules.weights / rules.weights.min()
    visits = len(rules.minimum)
    solved = scipy.optimize.milp(
        np.r_[-weights, np.zeros(visits)],
        integrality=np.ones(len(weights) + visits),
        bounds=scipy.optimize.Bounds(
            np.r_[rules.floor, np.zeros(visits)], np.r_[rules.need, np.ones(visits)]
        ),
        constraints=_constraints(rules),
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )
    if solved.x is None:
        raise _impossible(solved.status, rules)
    given = mended(solved.x[: len(weights)], solved.x[len(weights) :] > 0.5, rules)
    if wrong := broken(given, rules):
        raise _inexact(wrong)
    nets = np.zeros(len(ready.need), dtype=np.int64)
    nets[ready.order] = given
    value = rules.value(given)
    bound = max(value, _bound(solved.mip_dual_bound, rules))
    gap = (bound - value) / value if value else 0.0 if bound == value else 1.0
    return Split(finish(ready, nets, split=True), gap, solved.status == 0 and gap <= 2 * GAP, value, bound)


def kept_split(
    wards: pd.DataFrame, settings: PlanSettings, limits: Limits, nets: Mapping[str, int]
) -> tuple[NetPlan, float, str]:
    """Take a split that was found before, and check it.

    Parameters
    ----------
    nets : mapping of ward_code to int
        What each ward gets. [nets]

    Returns
    -------
    plan : NetPlan
    value : float
        As of `Split`.
    broken : str
        The first limit that is not kept; empty where all are.
    """
    ready = _prepared(wards, settings)
    given = np.array([int(nets.get(code, 0)) for code in ready.frame["ward_code"]], dtype=np.int64)
    rules = rules_of(ready, settings, limits)
    elsewhere = int(np.abs(given).sum()) - int(np.abs(given[ready.order]).sum())
    wrong = "need" if elsewhere else broken(given[ready.order], rules)
    value = rules.value(given[ready.order]) if ready.order.size else 0.0
    return finish(ready, given, split=True), value, wrong


def _prepared(wards: pd.DataFrame, settings: PlanSettings) -> Prepared:
    if settings.urban_rule not in ("off", "exclude"):
        raise BadInput(
            "bad_urban_rule", "A setting of the plan can't be used", "A best split knows no first and second turn.",
            "Exclude urban wards, or switch the rule off.", where="urban_rule",
        )  # fmt: skip
    return prepare(wards, settings)


def _constraints(rules: Rules) -> list[scipy.optimize.LinearConstraint]:
    n, visits = len(rules.need), len(rules.minimum)
    members = scipy.sparse.csr_array((np.ones(n), (rules.lgas, np.arange(n))), shape=(visits, n))
    lga_need = rules.by_lga(rules.need)
    idle = scipy.sparse.csr_array((visits, visits))
    constraints = [
        scipy.optimize.LinearConstraint(
            scipy.sparse.csr_array(np.r_[np.ones(n), np.zeros(visits)][None, :]), 0, rules.stock
        ),
        scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([members, idle]).tocsr(), rules.minimum, lga_need
        ),
    ]
    if rules.budget is None:
        return constraints
    delivery = np.array(rules.delivery, dtype=np.float64) / CENTS
    spent = np.r_[np.full(n, rules.price / CENTS), delivery][None, :]
    constraints.append(
        scipy.optimize.LinearConstraint(scipy.sparse.csr_array(spent), 0, rules.budget / CENTS)
    )
    # An LGA gets nets only when it is visited.
    visited = scipy.sparse.csr_array(
        (-lga_need.astype(np.float64), (np.arange(visits), np.arange(visits))), shape=(visits, visits)
    )
    constraints.append(
        scipy.optimize.LinearConstraint(scipy.sparse.hstack([members, visited]).tocsr(), -np.inf, 0)
    )
    return constraints


def _bound(of_solver: float | None, rules: Rules) -> float:
    """The most that any split could be worth: the solver's bound, or what the stock alone allows if that is less."""
    by_rank = rules.value(in_turn(rules.need, rules.stock))
    if of_solver is None or not np.isfinite(of_solver):
        return by_rank
    return min(by_rank, -float(of_solver))


def _least(rules: Rules) -> int:
    """Nets that the minimums alone take."""
    floors: NDArray[np.int64] = rules.by_lga(rules.floor)
    return int(np.maximum(rules.minimum, floors).sum())


def _out_of_reach(lgas: list[str]) -> BadInput:
    return BadInput(
        "no_such_split",
        "No split keeps all limits",
        f"The minimum of {len(lgas):,} LGAs is above what their wards may get: it is a share of the need of all their "
        "wards, and wards without a rank or left out as urban get no nets.",
        "Lower the minimum of the LGAs, rank these wards, or do not exclude urban wards.",
        where="limits",
        examples=[name or "wards without an LGA" for name in lgas],
    )


def _impossible(status: int, rules: Rules) -> BadInput:
    if status == 1:
        return BadInput(
            "no_split_in_time", "No split was found in time", "The solver was stopped before it had any.",
            "Loosen a limit, or leave out the price of delivery.", where="limits",
        )  # fmt: skip
    return BadInput(
        "no_such_split",
        "No split keeps all limits",
        f"The minimums alone take {_least(rules):,} nets; there are {rules.stock:,}, and a budget may buy fewer.",
        "Lower a minimum, or raise the stock or the budget.",
        where="limits",
    )


def _inexact(wrong: str) -> BadInput:
    return BadInput(
        "no_exact_split", "No split keeps all limits exactly",
        f"The solver's split breaks the limit “{wrong}” by less than it can tell apart, and could not be mended.",
        "Loosen that limit a little.", where="limits",
    )  # fmt: skip
