"""Bringing variables of different units to the common scale 0 (least risk) to 1 (most risk)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd

from .errors import BadInput

Rule = Literal["linear", "reciprocal"]

# Added to x before taking 1/x, as the published tools did.
RECIPROCAL_OFFSET = 1e-10
# A spread below this share of the largest value is rounding, not variation.
CONSTANT_SHARE = 1e-12


def is_constant(values: pd.DataFrame) -> pd.Series:
    """Return, for each column, whether its observed values are all equal (or there are none)."""
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if not len(numbers):
        return pd.Series(True, index=values.columns)
    seen = ~np.isnan(numbers)
    low = np.where(seen, numbers, np.inf).min(axis=0)
    high = np.where(seen, numbers, -np.inf).max(axis=0)
    with np.errstate(invalid="ignore"):
        flat = ~(high - low > CONSTANT_SHARE * np.maximum(np.abs(low), np.abs(high)))
    return pd.Series(flat, index=values.columns)


def normalise(
    values: pd.DataFrame,
    inverse: Collection[str] = (),
    rule: Rule = "linear",
    *,
    refuse_nonpositive: bool = True,
    constant: Literal["missing", "half"] = "missing",
    winsorise: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Scale each variable to 0–1 so that 1 is the highest risk.

    Parameters
    ----------
    values : pandas.DataFrame of n wards × k variables
        Each in its own unit. Missing stays missing and does not count for the extremes.
    inverse : collection of str
        Variables of which a higher value means less risk.
    rule : {"linear", "reciprocal"}
        How an inverse variable is turned round: ``(max − x)/(max − min)``, or the published
        ``1/(x + 1e-10)`` before scaling.
    refuse_nonpositive : bool
        Refuse "reciprocal" on values of 0 or less, where it degenerates. Off to reproduce old
        results.
    constant : {"missing", "half"}
        What a variable without spread becomes: missing (it says nothing), or 0.5 as published.
    winsorise : (float, float), optional
        Percentiles to which extremes are drawn in first, such as (1, 99). Off by default.

    Returns
    -------
    pandas.DataFrame
        Floats in 0–1, same index and columns. [1 = most risk]

    Raises
    ------
    BadInput
        If "reciprocal" is asked of a variable with values of 0 or less.

    Notes
    -----
    Min–max scaling as in the manual of MRPT [1]_, which states linear relationships. The
    reciprocal is strongly convex: one ward at distance 0 presses all others to nearly 0.

    References
    ----------
    .. [1] L. Mhlanga, B. O. Boateng, I. D. Ozodiegwu et al., "Malaria Reprioritization Tool", 2024,
       urbanmalaria.shinyapps.io/mrpt.
    """
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    turned = np.array([name in set(inverse) for name in values.columns], dtype=bool)
    if winsorise is not None and numbers.size:
        low, high = np.nanpercentile(numbers, winsorise, axis=0)
        numbers = np.clip(numbers, low, high)
    flat = is_constant(pd.DataFrame(numbers, columns=values.columns)).to_numpy()
    if rule == "reciprocal" and turned.any():
        if refuse_nonpositive:
            _refuse_nonpositive(values, turned)
        with np.errstate(divide="ignore"):
            numbers[:, turned] = 1.0 / (numbers[:, turned] + RECIPROCAL_OFFSET)
    seen = ~np.isnan(numbers)
    low = np.where(seen, numbers, np.inf).min(axis=0, initial=np.inf)
    high = np.where(seen, numbers, -np.inf).max(axis=0, initial=-np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        span = high - low
        scaled = (numbers - low) / span
        if rule == "linear":
            scaled = np.where(turned, (high - numbers) / span, scaled)
    scaled[:, flat] = 0.5 if constant == "half" else np.nan
    return pd.DataFrame(scaled, index=values.index, columns=values.columns)


def _refuse_nonpositive(values: pd.DataFrame, turned: np.ndarray) -> None:
    bad = [str(name) for name, turn in zip(values.columns, turned, strict=True)
           if turn and bool((values[name] <= 0).any())]  # fmt: skip
    if bad:
        raise BadInput(
            "reciprocal_of_zero",
            "The reciprocal inverse needs values above 0",
            f"{', '.join(bad)} has values of 0 or less, for which 1/x means nothing.",
            "Use the linear inverse for these variables.",
            where=bad[0],
            examples=bad,
        )
