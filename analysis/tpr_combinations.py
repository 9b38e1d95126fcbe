"""Every combination of persons, facilities, tests and time: of the wards, LGAs and states of a run. Needs no Django."""

from __future__ import annotations

import pandas as pd

from analysis.core.tpr.positivity import COMBINATION, rates
from analysis.tpr_compute import WardPositivity

_SUMS = {"wards": ("tpr_percent", "count"), "tested": ("tested", "sum"), "positive": ("positive", "sum")}


def of_wards(result: WardPositivity) -> pd.DataFrame:
    """Return every combination with the codes and names of its wards."""
    names = ["ward_code", "ward_name", "lga_name"]
    return _named(result, names).drop(columns="place")


def of_map(result: WardPositivity) -> pd.DataFrame:
    """Return every combination over all wards, from sums."""
    return _summed(result.combinations, [])


def of_areas(result: WardPositivity) -> pd.DataFrame:
    """Every combination of the whole map, of each state and of each LGA, from the sums of their wards.

    Returns
    -------
    pandas.DataFrame
        ``scope`` (map, state or lga), ``state_name, lga_name``, the combination, ``wards`` that have a rate,
        ``tested, positive`` [persons], ``tpr_percent, tpr_low, tpr_high`` [%]. Wards whose boundaries name no LGA
        or state are part of the wider areas only. LGAs of the same name in two states stay apart.
    """
    wards = _named(result, ["state_name", "lga_name"])
    states = wards[wards["state_name"].notna()]
    lgas = wards[wards["lga_name"].notna()]
    parts = [
        of_map(result).assign(scope="map"),
        _summed(states, ["state_name"]).assign(scope="state"),
        _summed(lgas, ["state_name", "lga_name"]).assign(scope="lga"),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.reindex(columns=["scope", "state_name", "lga_name", *COMBINATION, "wards", "tested", "positive",
                                  "tpr_percent", "tpr_low", "tpr_high"])  # fmt: skip


def _named(result: WardPositivity, names: list[str]) -> pd.DataFrame:
    found = result.combinations
    where = found["place"].to_numpy(dtype=int)
    said = pd.DataFrame(result.wards)[names].iloc[where].reset_index(drop=True)
    return pd.concat([said, found.reset_index(drop=True)], axis=1)


def _summed(table: pd.DataFrame, area: list[str]) -> pd.DataFrame:
    grouped = table.groupby([*area, *COMBINATION], sort=False, observed=True, dropna=False)
    sums = grouped.agg(**_SUMS)
    return sums.join(rates(sums)).reset_index()
