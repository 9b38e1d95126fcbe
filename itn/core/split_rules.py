"""What a best split must keep, in whole nets and whole cents, and how a solver's answer is brought to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .allocate import in_turn, risk_weights
from .costs import CENTS, Costs, lga_keys
from .plan import Prepared
from .settings import PlanSettings, checked_decimal

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """What a split must keep.

    `lga_minimum` and `ward_floor` are percentages of the need, 0 to 100 with at most 6 decimals: every LGA
    gets at least the first of the need of all its wards, those that get no nets among them; every ward that
    may be served at least the second. `costs` with a budget bound what is spent on nets and on delivery to
    each LGA that gets any.
    """

    lga_minimum: Decimal = Decimal(0)
    ward_floor: Decimal = Decimal(0)
    costs: Costs = field(default_factory=Costs)

    def __post_init__(self) -> None:
        for name in ("lga_minimum", "ward_floor"):
            object.__setattr__(self, name, checked_decimal(name, getattr(self, name), 0, 100, 6))


@dataclass(frozen=True)
class Rules:
    """The limits of one split, worked out. Rows are the wards that may be served, by rank, then ward code.

    `need` and `floor` [nets] and `weights` have one entry per row; `lgas` numbers the LGA of each row;
    `names`, `minimum` [nets] and `delivery` [cents] have one entry per LGA, also where no ward may be served.
    `price` is that of a net [cents]; `budget` [cents] is None where nothing bounds what is spent.
    """

    need: Whole
    floor: Whole
    weights: Whole
    lgas: NDArray[np.intp]
    names: tuple[str, ...]
    minimum: Whole
    delivery: tuple[int, ...]
    stock: int
    price: int
    budget: int | None

    def by_lga(self, nets: Whole) -> Whole:
        """Nets of each LGA."""
        summed = np.zeros(len(self.minimum), dtype=np.int64)
        np.add.at(summed, self.lgas, nets)
        return summed

    def unreachable(self) -> list[str]:
        """LGAs whose minimum is above all that their wards may get."""
        short = np.flatnonzero(self.minimum > self.by_lga(self.need)).tolist()
        return [self.names[k] for k in short]

    def spent(self, nets: Whole) -> int:
        """What a split costs. [cents]"""
        visited = np.flatnonzero(self.by_lga(nets) > 0).tolist()
        return self.price * int(nets.sum()) + sum(self.delivery[k] for k in visited)

    def value(self, nets: Whole) -> float:
        """Nets of a split, each weighted; the lowest rank weighs 1."""
        return int(self.weights @ nets) / int(self.weights.min())


def rules_of(ready: Prepared, settings: PlanSettings, limits: Limits) -> Rules:
    """Work out what a split of these wards must keep. Percentages are exact; shares of a net are rounded up."""
    need = ready.need[ready.order]
    lgas, names = _lgas(ready)
    of_lga = np.zeros(len(names), dtype=np.int64)
    np.add.at(of_lga, lgas, ready.need)
    costs = limits.costs
    own = costs.of_lga or {}
    return Rules(
        need, _at_least(need, limits.ward_floor), risk_weights(ready.ranks[ready.order], Fraction(settings.risk_ratio)),
        lgas[ready.order], names, _at_least(of_lga, limits.lga_minimum), tuple(int(own.get(name, costs.per_lga) * CENTS) for name in names),
        settings.nets, int(costs.per_net * CENTS), None if costs.budget is None else int(costs.budget * CENTS),
    )  # fmt: skip


def _at_least(need: Whole, percent: Decimal) -> Whole:
    """``ceil(need × percent / 100)``; six decimals keep the product in 64 bits."""
    share = Fraction(percent) / 100
    return np.asarray(-((-need * share.numerator) // share.denominator), dtype=np.int64)


def _lgas(ready: Prepared) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Which LGA each ward is in; wards without an LGA form one of their own."""
    frame = ready.frame[["state_name", "lga_code", "lga_name"]]
    number = frame.groupby(list(frame.columns), dropna=False, sort=True).ngroup().to_numpy()
    each = frame.iloc[np.unique(number, return_index=True)[1]]
    return number, tuple(lga_keys(each).fillna("").astype(str).tolist())


def broken(nets: Whole, rules: Rules) -> str:
    """Return the first limit that a split breaks, empty where it keeps all. Whole numbers only, no tolerance."""
    checks = (
        ("need", bool(((nets < 0) | (nets > rules.need)).any())),
        ("ward_floor", bool((nets < rules.floor).any())),
        ("lga_minimum", bool((rules.by_lga(nets) < rules.minimum).any())),
        ("stock", int(nets.sum()) > rules.stock),
        ("budget", rules.budget is not None and rules.spent(nets) > rules.budget),
    )
    return next((name for name, is_broken in checks if is_broken), "")


def mended(solved: Sequence[float], visited: NDArray[np.bool_], rules: Rules) -> Whole:
    """Bring a solver's answer to whole nets within the limits.

    Parameters
    ----------
    solved : n numbers
        Nets of each row, whole within the solver's tolerance.
    visited : bool array, one per LGA
        Which LGAs the solver pays the delivery to; without a budget not used.

    Returns
    -------
    int64 array, shape (n,)
        Usually within all limits; `broken` tells.

    Notes
    -----
    A solver holds rows within 10⁻⁶ or so: it may leave a net in an LGA that it does not pay for, or exceed
    the budget by a cent. Such LGAs get nothing; what an LGA lacks is added from its first row; what is too
    much is taken from the last row; what is left in stock and paid for is given from the first row.
    """
    nets = np.clip(np.rint(solved).astype(np.int64), rules.floor, rules.need)
    obliged = (rules.minimum > 0) | (rules.by_lga(rules.floor) > 0)
    if rules.budget is not None:
        nets[~(visited | obliged)[rules.lgas]] = 0
    _reach_minimums(nets, rules)
    _take_back(nets, rules)
    _give_rest(nets, rules)
    return nets


def _reach_minimums(nets: Whole, rules: Rules) -> None:
    lacking = rules.minimum - rules.by_lga(nets)
    for lga in np.flatnonzero(lacking > 0):
        rows = np.flatnonzero(rules.lgas == lga)
        nets[rows] += in_turn((rules.need - nets)[rows], int(lacking[lga]))


def _take_back(nets: Whole, rules: Rules) -> None:
    over = int(nets.sum()) - rules.stock
    if rules.budget is not None and rules.price:
        over = max(over, -((rules.budget - rules.spent(nets)) // rules.price))
    if over <= 0:
        return
    spare, lgas = (nets - rules.floor)[::-1], rules.lgas[::-1]
    earlier = pd.Series(spare).groupby(lgas).cumsum().to_numpy() - spare
    free = rules.by_lga(nets) - rules.minimum
    nets -= in_turn(np.clip(free[lgas] - earlier, 0, spare), over)[::-1]


def _give_rest(nets: Whole, rules: Rules) -> None:
    left = rules.stock - int(nets.sum())
    room = rules.need - nets
    if rules.budget is not None:
        unspent = rules.budget - rules.spent(nets)
        if rules.price:
            left = min(left, unspent // rules.price)
        free = (rules.by_lga(nets) > 0) | (np.array(rules.delivery, dtype=object) == 0)
        room = np.where(free[rules.lgas], room, 0)
    if left > 0:
        nets += in_turn(room, left)
