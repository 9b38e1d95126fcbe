"""Several plans of the same wards side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput
from analysis.core.ranks import TIERS

from .costs import Costs, lga_keys, stated_costs
from .plan import NetPlan
from .totals import with_lga_names


def side_by_side(plans: Mapping[str, NetPlan]) -> pd.DataFrame:
    """One row per plan: its figures and its coverage by tier.

    Parameters
    ----------
    plans : mapping of name to NetPlan
        Of the same wards.

    Returns
    -------
    pandas.DataFrame
        ``plan, nets, nets_allocated, nets_remaining, people_covered, coverage_percent,
        high_risk_covered, wards_served, wards_full, coverage_high, coverage_medium, coverage_low``.
        Coverage of a tier is Σ people covered / Σ population. [%]

    Raises
    ------
    BadInput
        If the plans are not of the same wards.
    """
    _same_wards(plans)
    rows = []
    for name, plan in plans.items():
        summary, wards = plan.summary(), plan.wards
        row = {"plan": name} | {key: summary[key] for key in _COMPARED}
        row["wards_served"] = int((wards["nets_allocated"] > 0).sum())
        row["wards_full"] = int((wards["reason"] == "served_full").sum())
        sums = wards.groupby("tier")[["people_covered", "population"]].sum()
        for tier in TIERS:
            people = int(sums["population"].get(tier, 0))
            row[f"coverage_{tier.lower()}"] = (
                100 * int(sums["people_covered"][tier]) / people if people else None
            )
        rows.append(row)
    return pd.DataFrame(rows)


def costs_side_by_side(plans: Mapping[str, NetPlan], costs: Mapping[str, Costs]) -> pd.DataFrame:
    """One row per plan: what it costs.

    Parameters
    ----------
    plans : mapping of name to NetPlan
    costs : mapping of name to Costs
        Of the same names. Currencies may differ and are not converted.

    Returns
    -------
    pandas.DataFrame
        ``plan, cost_nets, cost_delivery, cost_total, budget, budget_left`` as `stated_costs` tells them [currency], and
        ``cost_per_person``, the total per person covered, missing where nobody is [currency per person].

    Raises
    ------
    BadInput
        If a cost names an LGA that its plan does not have.
    """
    rows = []
    for name, plan in plans.items():
        stated = stated_costs(plan.lgas(), costs[name])
        total, covered = stated["cost_total"], int(plan.wards["people_covered"].sum())
        rows.append(
            {
                "plan": name,
                **stated,
                "cost_per_person": total / covered if total is not None and covered else None,
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(_COSTS, "Float64"))


_COSTS = ("cost_nets", "cost_delivery", "cost_total", "budget", "budget_left", "cost_per_person")
_COMPARED = (
    "nets", "nets_allocated", "nets_remaining", "people_covered", "coverage_percent", "high_risk_covered",
)  # fmt: skip


def differences(first: NetPlan, second: NetPlan) -> pd.DataFrame:
    """What changes ward by ward from one plan to another.

    Returns
    -------
    pandas.DataFrame
        One row per ward, in the order of `first`: place columns, ``rank, nets_first, nets_second,
        nets_change, coverage_first, coverage_second, coverage_change, reason_first, reason_second``.
        [nets, % points]

    Raises
    ------
    BadInput
        If the plans are not of the same wards.
    """
    _same_wards({"first": first, "second": second})
    left = first.wards.set_index("ward_code", drop=False)
    right = second.wards.set_index("ward_code").loc[left.index]
    return pd.DataFrame(
        {
            "ward_code": left["ward_code"],
            "ward_name": left["ward_name"],
            "lga_name": left["lga_name"],
            "rank": left["rank"],
            "nets_first": left["nets_allocated"],
            "nets_second": right["nets_allocated"],
            "nets_change": right["nets_allocated"] - left["nets_allocated"],
            "coverage_first": left["coverage_percent"],
            "coverage_second": right["coverage_percent"],
            "coverage_change": right["coverage_percent"] - left["coverage_percent"],
            "reason_first": left["reason"],
            "reason_second": right["reason"],
        }
    ).reset_index(drop=True)


def ward_by_ward(plans: Mapping[str, NetPlan]) -> pd.DataFrame:
    """Every ward in each plan.

    Parameters
    ----------
    plans : mapping of id to NetPlan
        Of the same wards.

    Returns
    -------
    pandas.DataFrame
        One row per ward, in the order of the first plan's ranks: place columns, ``rank`` in the first plan, per plan
        ``nets_k, coverage_k, reason_k`` [nets, % of people], ``nets_change, coverage_change`` from the first plan to the
        second [nets, % points], and ``plan_k``, the id of each plan.

    Raises
    ------
    BadInput
        If the plans are not of the same wards.
    """
    _same_wards(plans)
    first = next(iter(plans.values())).wards.sort_values(["rank", "ward_code"], na_position="last")
    table = first[["ward_code", "ward_name", "lga_name", "state_name", "rank"]].reset_index(drop=True)
    codes = table["ward_code"].tolist()
    for number, plan in enumerate(plans.values(), 1):
        wards = plan.wards.set_index("ward_code").loc[codes]
        table[f"nets_{number}"] = wards["nets_allocated"].to_numpy()
        table[f"coverage_{number}"] = wards["coverage_percent"].to_numpy(dtype="float64")
        table[f"reason_{number}"] = wards["reason"].array
    if len(plans) > 1:
        table["nets_change"] = table["nets_2"] - table["nets_1"]
        table["coverage_change"] = table["coverage_2"] - table["coverage_1"]
    return table.assign(**{f"plan_{number}": name for number, name in enumerate(plans, 1)})


def _same_wards(plans: Mapping[str, NetPlan]) -> None:
    codes = [plan.wards["ward_code"].array for plan in plans.values()]
    # In the same order almost always; sets of many wards take long.
    if any(not found.equals(codes[0]) and set(found) != set(codes[0]) for found in codes[1:]):
        raise BadInput(
            "different_wards",
            "These plans are not of the same wards",
            "One of the plans has wards that another does not have.",
            "Compare plans that were made from the same ranking.",
            where="plans",
            examples=list(plans),
        )


def lga_coverage(plans: Mapping[str, NetPlan]) -> list[dict[str, object]]:
    """Coverage of each LGA in each plan.

    Returns
    -------
    list of dict
        ``lga_name``, with the state where two states have an LGA of that name, the code where there is no name, and
        ``coverage``: one value per plan, in the order given, None where nobody is known to live. [%]
    """
    _same_wards(plans)
    if not plans:
        return []
    wards = with_lga_names(next(iter(plans.values())).wards)
    grouped = wards.groupby(["state_name", "lga_name"], dropna=False, sort=True)
    lgas, number = grouped.size().reset_index(), grouped.ngroup().to_numpy()
    of_ward = pd.Series(number, index=pd.Index(wards["ward_code"]))
    columns = []
    for plan in plans.values():
        same = plan.wards["ward_code"].array.equals(wards["ward_code"].array)
        of = number if same else of_ward.loc[plan.wards["ward_code"].tolist()].to_numpy()
        people, covered = (
            np.bincount(of, plan.wards[name].to_numpy(dtype="float64", na_value=0), minlength=len(lgas))
            for name in ("population", "people_covered")
        )
        columns.append(
            [100 * c / p if p else None for c, p in zip(covered.tolist(), people.tolist(), strict=True)]
        )
    labels = [label if isinstance(label, str) else None for label in lga_keys(lgas).tolist()]
    return [
        {"lga_name": label, "coverage": list(shares)}
        for label, shares in zip(labels, zip(*columns, strict=True), strict=True)
    ]
