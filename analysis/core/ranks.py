"""Ranks, tiers, and how stable a ward's rank is over the models."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .errors import BadInput

# Scores equal to this many decimals are tied: rounding noise never decides a rank.
SCORE_DECIMALS = 12
TIERS = ("High", "Medium", "Low")
CUTS: dict[str, tuple[float, float]] = {
    "thirds": (1 / 3, 1 / 3),
    "quartiles": (1 / 4, 1 / 4),
    "quintiles": (1 / 5, 1 / 5),
}
Cut = str | tuple[float, float]


def check_cut(cut: Cut) -> None:
    """Refuse limits of tiers that mean nothing.

    Parameters
    ----------
    cut : str or (float, float)
        A name of `CUTS`, or the shares of the wards that are High and Low: each above 0, together 1 at most.

    Raises
    ------
    BadInput
        For another name or other numbers.
    """
    if isinstance(cut, str):
        known = cut in CUTS
    else:
        known = len(cut) == 2 and all(0 < share < 1 for share in cut) and sum(cut) <= 1 + 1e-9
    if not known:
        raise BadInput("unknown_cut", "Unknown limits of the tiers", "The tiers can't be cut like this.",
                       "Use thirds, quartiles, quintiles, or the percentages that are High and Low: each above 0, together "
                       "100 at most.", where="cut", examples=list(CUTS))  # fmt: skip


def competition_rank(
    scores: ArrayLike, descending: bool = True, *, ties: Literal["shared", "order"] = "shared"
) -> NDArray[np.float64]:
    """Rank scores so that ties share the lowest rank ("1224" ranking).

    Parameters
    ----------
    scores : float array, shape (n,) or (n, m)
        Each column is ranked by itself; NaN is not ranked. Rounded to 12 decimals first.
    descending : bool
        True: rank 1 is the highest score, that is the highest risk.
    ties : {"shared", "order"}
        "order" numbers tied rows in order of appearance, as R's ``row_number`` does; for
        reproducing published tables only, since it makes the order of rows matter.

    Returns
    -------
    float array, the shape of `scores`
        1 … n, NaN where the score is.
    """
    values = np.round(np.asarray(scores, dtype=np.float64), SCORE_DECIMALS)
    columns = values.reshape(len(values), -1)
    keys = -columns if descending else columns.copy()
    order = np.argsort(keys, axis=0, kind="stable")  # NaN goes last
    ordered = np.take_along_axis(keys, order, axis=0)
    places = np.zeros(ordered.shape, dtype=np.int32)
    rises = (ordered[1:] != ordered[:-1]) | (ties == "order")
    places[1:] = np.where(rises, np.arange(1, len(ordered), dtype=np.int32)[:, None], 0)
    places = np.maximum.accumulate(places, axis=0)
    ranks = np.empty(ordered.shape)
    np.put_along_axis(ranks, order, places + 1.0, axis=0)
    ranks[np.isnan(columns)] = np.nan
    return ranks.reshape(values.shape)


def _bounds(n: ArrayLike, cut: Cut) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Last rank of High and last rank of Medium, for n ranked wards."""
    top, bottom = CUTS[cut] if isinstance(cut, str) else cut
    count = np.asarray(n, dtype=np.float64)
    # The tiny term keeps 0.1 × 30 = 3, which floating point makes 2.9999….
    return np.floor(count * top + 1e-9), count - np.floor(count * bottom + 1e-9)


def tier(rank: ArrayLike, n: int | None = None, cut: Cut = "thirds") -> NDArray[Any]:
    """Sort ranks into High, Medium and Low.

    Parameters
    ----------
    rank : float array of shape (n,)
        Ranks with 1 = highest risk; NaN is not ranked and gets None.
    n : int, optional
        How many wards are ranked; default the ranks that are not NaN.
    cut : {"thirds", "quartiles", "quintiles"} or (float, float)
        Shares of the wards that are High and Low; what lies between is Medium.

    Returns
    -------
    object array
        "High" if rank ≤ floor(n·share), "Low" if rank > n − floor(n·share), else "Medium".
        Tied wards take the tier of their shared rank.
    """
    ranks = np.asarray(rank, dtype=np.float64)
    count = int((~np.isnan(ranks)).sum()) if n is None else n
    last_high, last_medium = _bounds(count, cut)
    named = np.where(ranks <= last_high, "High", np.where(ranks > last_medium, "Low", "Medium")).astype(
        object
    )
    named[np.isnan(ranks)] = None
    return named


def _quantile(ordered: NDArray[np.float64], counts: NDArray[np.intp], share: float) -> NDArray[np.float64]:
    """Linear-interpolated quantile of each row of ascending values with NaN last."""
    place = np.maximum(counts - 1, 0) * share
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    low = np.take_along_axis(ordered, below[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, above[:, None], axis=1)[:, 0]
    return low + (high - low) * (place - below)


def row_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of each row over what is not missing; NaN for an empty row."""
    ordered = np.sort(values, axis=1)
    counts = (~np.isnan(values)).sum(axis=1)
    low, high = np.maximum(counts - 1, 0) // 2, counts // 2
    high = np.minimum(high, np.maximum(counts - 1, 0))
    picked = np.take_along_axis(ordered, np.stack([low, high], axis=1), axis=1)
    return np.asarray(picked.mean(axis=1))


def stability(model_scores: ArrayLike) -> pd.DataFrame:
    """How a ward's rank moves over the models.

    Parameters
    ----------
    model_scores : float array, shape (n, m)
        Score of each ward in each model; NaN where the model does not apply to the ward.

    Returns
    -------
    pandas.DataFrame of n rows
        ``rank_min, rank_q1, rank_median, rank_q3, rank_max`` over the models that apply
        [rank, 1 = highest risk], ``models_used``, how many models apply, and ``share_top_third``,
        the share of those models in which the ward is among the top third of the wards ranked
        there [0–1].
    """
    scores = np.asarray(model_scores, dtype=np.float64)
    ranks = competition_rank(scores)
    present = ~np.isnan(ranks)
    last_high, _ = _bounds(present.sum(axis=0), "thirds")
    counts = present.sum(axis=1)
    ordered = np.sort(ranks, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((ranks <= last_high) & present).sum(axis=1) / counts
    return pd.DataFrame(
        {
            "rank_min": _quantile(ordered, counts, 0.0),
            "rank_q1": _quantile(ordered, counts, 0.25),
            "rank_median": _quantile(ordered, counts, 0.5),
            "rank_q3": _quantile(ordered, counts, 0.75),
            "rank_max": _quantile(ordered, counts, 1.0),
            "models_used": counts,
            "share_top_third": share,
        }
    )
