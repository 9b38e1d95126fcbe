"""What a plan costs, line by line, in whole cents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput

from .totals import with_lga_names

CENTS = 100
MOST = Decimal(1_000_000_000_000)


@dataclass(frozen=True)
class Costs:
    """Prices in one currency, at most two decimals; 0 where nothing was stated.

    `per_net` is the price of a net, `per_lga` that of delivering to one LGA that gets nets,
    `of_lga` replaces it for single LGAs, named as `lga_keys` does, `budget` is the ceiling.
    """

    per_net: Decimal = Decimal(0)
    per_lga: Decimal = Decimal(0)
    of_lga: Mapping[str, Decimal] | None = None
    budget: Decimal | None = None

    def __post_init__(self) -> None:
        amounts = {"per_net": self.per_net, "per_lga": self.per_lga, "budget": self.budget or Decimal(0)}
        for name, amount in {**amounts, **(self.of_lga or {})}.items():
            if not Decimal(0) <= amount <= MOST or amount != round(amount, 2):
                raise BadInput(
                    "bad_cost", "A cost can't be used", f"{amount} is not an amount with at most two decimals.",
                    "Correct the amount.", where=name,
                )  # fmt: skip


def costs_of(asked: Mapping[str, Any]) -> Costs:
    """Return costs from the amounts of a plan's parameters, written as texts; what is not stated is 0, or no budget."""
    budget = asked.get("budget")
    return Costs(
        Decimal(asked.get("per_net", "0")),
        Decimal(asked.get("per_lga", "0")),
        {name: Decimal(amount) for name, amount in asked.get("of_lga", {}).items()},
        None if budget in (None, "") else Decimal(budget),
    )


def lga_keys(lgas: pd.DataFrame) -> pd.Series:
    """What each LGA is called where each needs a name of its own.

    Parameters
    ----------
    lgas : pandas.DataFrame
        From `NetPlan.lgas`.

    Returns
    -------
    pandas.Series of str
        The name, or the code where there is no name; with ", state" behind it where two states have an LGA of that
        name. Missing for wards without LGA.
    """
    names = with_lga_names(lgas)["lga_name"].astype("str")
    twice = names.notna() & names.duplicated(keep=False)
    return names.where(~twice, names + ", " + lgas["state_name"].astype("str").fillna("no state"))


def cost_lines(lgas: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """Cost of the nets and of their delivery, per LGA.

    Parameters
    ----------
    lgas : pandas.DataFrame
        From `NetPlan.lgas`.
    costs : Costs

    Returns
    -------
    pandas.DataFrame
        `lgas` with ``cost_nets, cost_delivery, cost_total``. [currency]

    Raises
    ------
    BadInput
        If an LGA is named that the plan does not have.
    """
    nets, delivery = _cents(lgas, costs)
    lines = lgas.copy()
    lines["cost_nets"] = (nets / CENTS).astype("float64")
    lines["cost_delivery"] = (delivery / CENTS).astype("float64")
    lines["cost_total"] = ((nets + delivery) / CENTS).astype("float64")
    return lines


def total_cost(lgas: pd.DataFrame, costs: Costs) -> Decimal:
    """Cost of a plan to the cent, for comparing it with a budget; parameters and errors as in `cost_lines`. [currency]"""
    nets, delivery = _cents(lgas, costs)
    return Decimal(int((nets + delivery).sum())) / CENTS


def _cents(lgas: pd.DataFrame, costs: Costs) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Cost of the nets and of the delivery of each LGA, in whole numbers of any size. [cents]"""
    own = dict(costs.of_lga or {})
    keys = lga_keys(lgas)
    unknown = sorted(set(own) - set(keys.dropna()))
    if unknown:
        raise BadInput(
            "unknown_lga", "A cost names no LGA of this plan", f"{len(unknown)} names are not known here.",
            "Write the LGAs as the plan does; one name in two states as “name, state”.", where="of_lga", examples=unknown,
        )  # fmt: skip
    given = [int(nets) for nets in lgas["nets_allocated"]]
    delivery = [
        int(own.get(key, costs.per_lga) * CENTS) if nets else 0
        for key, nets in zip(keys.tolist(), given, strict=True)
    ]
    price = int(costs.per_net * CENTS)
    return np.array([price * nets for nets in given], dtype=object), np.array(delivery, dtype=object)


def stated_costs(lgas: pd.DataFrame, costs: Costs) -> dict[str, float | None]:
    """Cost of a plan, of what has a price.

    Parameters
    ----------
    lgas : pandas.DataFrame
        From `NetPlan.lgas`.
    costs : Costs

    Returns
    -------
    dict
        ``cost_nets, cost_delivery, cost_total, budget, budget_left``, exact to the cent; None where no price or no
        budget was stated. The total is that of what has a price. ``budget_left`` is negative above the budget.
        [currency]

    Raises
    ------
    BadInput
        If an LGA is named that the plan does not have.
    """
    nets, delivery = (Decimal(int(cents.sum())) / CENTS for cents in _cents(lgas, costs))
    of_nets = nets if costs.per_net else None
    of_delivery = delivery if costs.per_lga or any((costs.of_lga or {}).values()) else None
    total = None if of_nets is None and of_delivery is None else (of_nets or 0) + (of_delivery or 0)
    left = None if total is None or costs.budget is None else costs.budget - total
    stated = {
        "cost_nets": of_nets,
        "cost_delivery": of_delivery,
        "cost_total": total,
        "budget": costs.budget,
        "budget_left": left,
    }
    return {name: None if amount is None else float(amount) for name, amount in stated.items()}


def nets_within(lines: pd.DataFrame, costs: Costs) -> int | None:
    """How many nets the budget pays for while the same LGAs are delivered to.

    Parameters
    ----------
    lines : pandas.DataFrame
        From `cost_lines` with the same `costs`.

    Returns
    -------
    int or None
        Rounded down, never negative; None without a budget or a price of a net. [nets]
    """
    if costs.budget is None or not costs.per_net:
        return None
    delivery = sum(round(amount * CENTS) for amount in lines["cost_delivery"].tolist())
    return max(int(costs.budget * CENTS) - delivery, 0) // int(costs.per_net * CENTS)
