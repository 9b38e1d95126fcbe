"""Filling an unknown population, or taking 0 people for an unknown number, only when somebody chose to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note

from .plan import FILLED_MEAN, FILLED_MEDIAN

RULES = ("leave", "lga_median", "zero_unknown", "zero_lga_median")
ZERO_IS_UNKNOWN = ("zero_unknown", "zero_lga_median")
"""Rules under which 0 people stands for a number that is not known, as a join writes it for wards that it did not find."""
ZERO_TOLD, AS_GIVEN, WHERE_UNKNOWN = "0 taken for unknown", "as given", " where unknown"


def fill_population(wards: pd.DataFrame, rule: str) -> tuple[pd.DataFrame, list[Note]]:
    """Fill unknown populations by a chosen rule and mark each.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        ``population`` [people], ``population_source``, and LGA columns.
    rule : {"leave", "lga_median", "zero_unknown", "zero_lga_median"}
        "lga_median" gives a ward the median of the known wards of its LGA; a ward whose LGA is
        unknown, or has none, stays unknown. Under `ZERO_IS_UNKNOWN` wards with 0 people are taken
        for unknown first, and then treated as "leave" and "lga_median" do.

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
    filled, notes = wards.copy(), []
    if rule in ZERO_IS_UNKNOWN:
        notes += _without_zeros(filled)
    if rule not in ("lga_median", "zero_lga_median"):
        return filled, notes
    keys = [filled[name].astype("str").fillna("") for name in ("state_name", "lga_code", "lga_name")]
    known_lga = filled["lga_code"].notna() | filled["lga_name"].notna()
    population = filled["population"].astype("float64")
    medians = population.groupby(keys).transform("median")
    use = population.isna() & medians.notna() & known_lga
    filled["population"] = population.where(~use, np.floor(medians + 0.5))
    filled["population_source"] = filled["population_source"].astype("str").where(~use, FILLED_MEDIAN)
    if not use.any():
        return filled, notes
    names = tuple(filled.loc[use, "ward_name"].astype("str").head(20))
    message = "Wards of unknown population were given the median of their LGA, as chosen."
    return filled, [*notes, Note("population_filled", "warning", message, int(use.sum()), names)]


def rule_told(rule: str, *, parity: bool = False) -> str:
    """Return what becomes of wards of unknown population and of wards with 0 people, as outputs say it.

    Examples
    --------
    >>> [rule_told(rule) for rule in RULES[:3]]
    ['as given', 'median of the LGA where unknown', '0 taken for unknown']
    >>> rule_told("zero_unknown", parity=True)
    '0 taken for unknown; mean of the known wards where unknown'
    """
    filled = FILLED_MEDIAN if rule.endswith("lga_median") else FILLED_MEAN if parity else ""
    told = [ZERO_TOLD] if rule in ZERO_IS_UNKNOWN else []
    return "; ".join([*told, *([filled + WHERE_UNKNOWN] if filled else [])]) or AS_GIVEN


def _without_zeros(wards: pd.DataFrame) -> list[Note]:
    zero = (wards["population"] == 0).fillna(False).astype(bool)
    if not zero.any():
        return []
    wards["population"] = wards["population"].astype("float64").where(~zero)
    names = tuple(wards.loc[zero, "ward_name"].astype("str").head(20))
    message = "Wards with 0 people were taken for wards of unknown population, as chosen."
    return [Note("zero_taken_for_unknown", "warning", message, int(zero.sum()), names)]
