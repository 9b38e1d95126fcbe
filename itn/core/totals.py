"""Sums over wards: one definition of every total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput

_SUMS = ("population", "need", "nets_allocated", "shortfall", "people_covered")


def with_lga_names(wards: pd.DataFrame) -> pd.DataFrame:
    """Return the wards with the code of their LGA as its name where there is no name.

    Parameters
    ----------
    wards : pandas.DataFrame
        ``lga_name`` and, where there are any, ``lga_code``.
    """
    if "lga_code" not in wards:
        return wards
    return wards.assign(lga_name=wards["lga_name"].astype("str").fillna(wards["lga_code"].astype("str")))


def totals(wards: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Sum a plan over areas.

    Parameters
    ----------
    wards : pandas.DataFrame
        `NetPlan.wards`.
    by : sequence of str
        Place columns; wards without an LGA form a row of their own.

    Returns
    -------
    pandas.DataFrame
        The place columns, ``wards, wards_served, wards_full, wards_without_population``, the sums
        of people and nets, and ``coverage_percent`` = Σ people covered / Σ population × 100.
    """
    grouped = wards.assign(
        wards=1,
        wards_served=(wards["nets_allocated"] > 0).astype("int64"),
        wards_full=(wards["reason"] == "served_full").astype("int64"),
        wards_without_population=wards["population"].isna().astype("int64"),
    ).groupby(list(by), dropna=False, sort=True)
    counted = ["wards", "wards_served", "wards_full", "wards_without_population", *_SUMS]
    summed = grouped[counted].sum().astype("int64").reset_index()
    with np.errstate(invalid="ignore", divide="ignore"):
        summed["coverage_percent"] = (
            100.0 * summed["people_covered"] / summed["population"].replace(0, np.nan)
        )
    return summed


def delivery_list(
    lgas: pd.DataFrame, *, nets_per_bale: int | None = None, bales_per_pallet: int | None = None
) -> pd.DataFrame:
    """What to bring to each LGA.

    Parameters
    ----------
    lgas : pandas.DataFrame
        From `NetPlan.lgas`.
    nets_per_bale : int, optional
        1 to 10,000. Whole bales are counted and the rest as loose nets, so that no net is added. [nets]
    bales_per_pallet : int, optional
        1 to 10,000; only with `nets_per_bale`. [bales]

    Returns
    -------
    pandas.DataFrame
        `lgas` with ``bales`` (whole), ``loose_nets``, ``bales_rounded_up``, ``nets_rounded_up`` and
        ``pallets_rounded_up``, as far as asked for.

    Raises
    ------
    BadInput
        Sizes outside their range.
    """
    for name, size in (("nets_per_bale", nets_per_bale), ("bales_per_pallet", bales_per_pallet)):
        if size is not None and not 1 <= size <= 10_000:
            raise BadInput(
                f"bad_{name}", "The size of a package can't be used", f"{size} is not from 1 to 10,000.",
                "Correct the number.", where=name,
            )  # fmt: skip
    listed = lgas.copy()
    if nets_per_bale is None:
        return listed
    nets = listed["nets_allocated"]
    listed["bales"], listed["loose_nets"] = nets // nets_per_bale, nets % nets_per_bale
    listed["bales_rounded_up"] = -(-nets // nets_per_bale)
    listed["nets_rounded_up"] = listed["bales_rounded_up"] * nets_per_bale
    if bales_per_pallet is not None:
        listed["pallets_rounded_up"] = -(-listed["bales_rounded_up"] // bales_per_pallet)
    return listed


def whole_bales(listed: pd.DataFrame, stock: int) -> dict[str, int]:
    """What whole bales take in all, and how many nets they lack.

    Parameters
    ----------
    listed : pandas.DataFrame
        From `delivery_list` with a size of bales, every LGA of the plan.
    stock : int
        Nets in stock. [nets]

    Returns
    -------
    dict
        ``nets_rounded_up``, and ``nets_lacking``, what of them is not in stock. [nets]
    """
    taken = int(listed["nets_rounded_up"].sum())
    return {"nets_rounded_up": taken, "nets_lacking": max(0, taken - stock)}
