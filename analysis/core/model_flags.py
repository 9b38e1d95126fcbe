"""Models that put rural wards on top: the check of the R tool for programmes that move nets within cities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .ranks import competition_rank
from .result import RiskResult

URBAN = "urban_percentage"
TOP = 5
URBAN_FROM = 50.0
"""The predecessor's limit. [% of the ward's area]"""


@dataclass(frozen=True)
class ModelFlags:
    """`first` says which wards are among the first of a model, `rural` which of those are known not to be urban.

    Both have shape (n wards, m models), in the order of the scores. `unknown` is how many of the first wards of each
    model have no urban share, shape (m,).
    """

    first: NDArray[np.bool_]
    rural: NDArray[np.bool_]
    unknown: NDArray[np.int64]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Return which models have a ward among their first that is known not to be urban, shape (m,)."""
        return np.asarray(self.rural.any(axis=0))


def model_flags(
    scores: NDArray[np.float64], urban: NDArray[np.float64], *, top: int = TOP, urban_from: float = URBAN_FROM
) -> ModelFlags:
    """Find the models whose highest wards are not all urban.

    Parameters
    ----------
    scores : float array, shape (n, m)
        Score of each ward in each model, missing as NaN.
    urban : float array, shape (n,)
        Urban share of each ward as measured; missing as NaN. [% of area]
    top : int
        How many wards of a model count; wards that share the last place all do.
    urban_from : float
        From this share on a ward is urban. [% of area]

    Returns
    -------
    ModelFlags
        A ward of unknown share flags no model.

    Notes
    -----
    After the MRPT Shiny app [1]_, which called such a model "Not Ideal".

    References
    ----------
    .. [1] L. Mhlanga, B. O. Boateng, I. D. Ozodiegwu et al., "Malaria Reprioritization Tool", 2024,
       urbanmalaria.shinyapps.io/mrpt.
    """
    ranks = competition_rank(scores)
    first = np.nan_to_num(ranks, nan=np.inf) <= top
    with np.errstate(invalid="ignore"):
        rural = first & (urban < urban_from)[:, None]
    unknown = (first & np.isnan(urban)[:, None]).sum(axis=0)
    return ModelFlags(first, rural, unknown.astype(np.int64))


def urban_shares(result: RiskResult) -> NDArray[np.float64]:
    """Return the urban share of each ward as its table has it, without what a ranking filled; shape (n,). [% of area]"""
    if URBAN not in result.wards.columns:
        return np.full(len(result.wards), np.nan)
    filled = result.imputation.loc[result.imputation["variable"] == URBAN, "ward_code"]
    shares = result.wards[URBAN].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(result.wards["ward_code"].isin(filled), np.nan, shares)


def flagged_models(
    models: pd.DataFrame, wards: pd.DataFrame, flags: ModelFlags, urban: NDArray[np.float64]
) -> dict[str, Any]:
    """Return the flagged models as a JSON-ready mapping.

    Parameters
    ----------
    models : pandas.DataFrame of m models
        ``model, variables``.
    wards : pandas.DataFrame of n wards
        ``ward_code, ward_name, lga_name``.
    flags : ModelFlags
    urban : float array, shape (n,)
        As given to `model_flags`. [% of area]

    Returns
    -------
    dict
        ``top, urban_from, models, unknown`` (wards among the first of any model whose share is not known), and ``flagged``:
        rows of ``model, variables, wards``, each ward with ``ward_code, ward_name, lga_name, urban``.
    """
    places = wards[["ward_code", "ward_name", "lga_name"]].astype(object).where(lambda t: t.notna(), None)
    listed = places.assign(urban=urban.tolist()).to_dict("records")
    rows = [
        {
            "model": model,
            "variables": variables,
            "wards": [listed[at] for at in np.flatnonzero(flags.rural[:, k])],
        }
        for k, (model, variables) in enumerate(zip(models["model"], models["variables"], strict=True))
        if flags.flagged[k]
    ]
    return {
        "top": TOP, "urban_from": URBAN_FROM, "models": len(models), "flagged": rows,
        "unknown": int((flags.first.any(axis=1) & np.isnan(urban)).sum()),
    }  # fmt: skip
