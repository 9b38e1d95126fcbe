"""The tables of a plan that a package must give again: wards, sums of LGAs, totals, evenness, candidates, other stocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.writers.text import neutral_text
from itn.core.candidates import CANDIDATE, RURAL, candidates
from itn.core.costs import cost_lines, costs_of, total_cost
from itn.core.curves import lorenz, stock_curve
from itn.core.plan import TOTALS, NetPlan
from itn.params import candidate_threshold_of, settings_of
from itn.traces import TRACES

LGA_PLACES = ("state_code", "state_name", "lga_code", "lga_name")
KEYS = {"lgas": "lga", "totals": "name", "evenness": "name", "curve": "nets"}
"""What tells the rows of a table apart, where it is not the ward code."""


def plan_tables(
    plan: NetPlan, params: Mapping[str, Any], wards: pd.DataFrame | None, more: int | None
) -> dict[str, pd.DataFrame]:
    """Return the tables of a plan that was computed again.

    Parameters
    ----------
    wards : pandas.DataFrame, optional
        What the plan was made from, where it has a curve.
    more : int, optional
        The further stock of the curve. [nets]
    """
    costs = costs_of(params.get("costs", {}))
    lgas = cost_lines(plan.lgas(), costs)
    summary = plan.summary()
    totals = {name: summary[name] for name in TOTALS} | {"cost_total": float(total_cost(lgas, costs))}
    tables = {
        "wards": plan.wards,
        "lgas": lga_table(lgas),
        "totals": _total_table(totals, summary["reasons"]),
    }
    spread = lorenz(plan)
    tables["evenness"] = _total_table({"gini": None if spread is None else spread.gini}, {})
    threshold = candidate_threshold_of(params)
    if threshold is not None:
        found = candidates(plan.wards, threshold)
        tables["candidates"] = _candidate_table(found.wards, found.rural)
    if wards is not None:
        tables["curve"] = stock_curve(wards, settings_of(params), also=(more,) if more else ())
    return tables


def figure_tables(figures: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the same from the figures that a manifest holds; nothing for one that holds none."""
    tables = {}
    totals = {name: figures[name] for name in (*TOTALS, "cost_total") if name in figures}
    if totals:
        tables["totals"] = _total_table(totals, figures.get("reasons", {}))
    if "gini" in figures:
        tables["evenness"] = _total_table({"gini": figures["gini"]}, {})
    if figures.get("candidates"):
        of_kind = (
            pd.DataFrame(figures["candidates"][kind], columns=_OF_CANDIDATES) for kind in ("wards", "rural")
        )
        tables["candidates"] = _candidate_table(*of_kind)
    if figures.get("curve"):
        tables["curve"] = pd.DataFrame(figures["curve"])
    return tables


def _total_table(totals: Mapping[str, Any], reasons: Mapping[str, int]) -> pd.DataFrame:
    rows = {**totals, **{f"wards: {code}": count for code, count in reasons.items()}}
    values = [float("nan") if value is None else float(value) for value in rows.values()]
    return pd.DataFrame({"name": list(rows), "value": values})


_OF_CANDIDATES = ["ward_code", "rank", "urban_percentage", "need", "nets_allocated"]


def _candidate_table(wards: pd.DataFrame, rural: pd.DataFrame) -> pd.DataFrame:
    table = pd.concat([wards.assign(candidate=CANDIDATE), rural.assign(candidate=RURAL)], ignore_index=True)
    numbers = dict.fromkeys(_OF_CANDIDATES[1:], "float64")
    return table[[*_OF_CANDIDATES, "candidate"]].astype(numbers)


def lga_table(lgas: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of LGAs with one key for each, without what only says where the table comes from."""
    places = lgas[list(LGA_PLACES)].astype("str").fillna("")
    keys = places.map(neutral_text).agg("|".join, axis=1)
    return lgas.drop(columns=[*LGA_PLACES, *(name for name in TRACES if name in lgas)]).assign(lga=keys)
