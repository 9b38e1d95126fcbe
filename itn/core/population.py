"""Filling an unknown population, only when somebody chose to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note

from .plan import FILLED_MEDIAN

RULES = ("leave", "lga_median")


def fill_population(wards: pd.DataFrame, rule: str) -> tuple[pd.DataFrame, list[Note]]:
    """Fill unknown populations by a chosen rule and mark each.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        ``population`` [people], ``population_source``, and LGA columns.
    rule : {"leave", "lga_median"}
        "lga_median" gives a ward the median of the known wards of its LGA; a ward whose LGA is
        unknown, or has none, stays unknown.

    Returns
    -------
    wards : pandas.DataFrame
        A copy; filled wards have the source "median of the LGA".
    notes : list of Note

    Raises
    ------
    BadInput
        An unknown rule.
    """
    if rule not in RULES:
        raise BadInput(
            "bad_population_rule", "A setting of the plan can't be used", f"“{rule}” is not known.",
            "Choose one of the examples.", where="rule", examples=RULES,
        )  # fmt: skip
    filled = wards.copy()
    if rule == "leave":
        return filled, []
    keys = [filled[name].astype("str").fillna("") for name in ("state_name", "lga_code", "lga_name")]
    known_lga = filled["lga_code"].notna() | filled["lga_name"].notna()
    population = filled["population"].astype("float64")
    medians = population.groupby(keys).transform("median")
    use = population.isna() & medians.notna() & known_lga
    filled["population"] = population.where(~use, np.floor(medians + 0.5))
    filled["population_source"] = filled["population_source"].astype("str").where(~use, FILLED_MEDIAN)
    if not use.any():
        return filled, []
    names = tuple(filled.loc[use, "ward_name"].astype("str").head(20))
    message = "Wards of unknown population were given the median of their LGA, as chosen."
    return filled, [Note("population_filled", "warning", message, int(use.sum()), names)]
