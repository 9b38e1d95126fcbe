"""How far the composite ranking and the PCA ranking agree."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from .ranks import TIERS

# Rank differences up to these shares of the number of wards count as close and as moderate.
CLOSE_SHARE, MODERATE_SHARE = 0.05, 0.15


@dataclass(frozen=True)
class Comparison:
    """Agreement of two rankings; None where it can't be computed.

    `jaccard_top10` and `jaccard_top_third` are shared ÷ united wards of the two lists.
    `tier_table` counts wards by composite tier (rows) and PCA tier (columns). `largest` lists
    the wards with the greatest rank difference (position, composite_rank, pca_rank,
    rank_difference = composite − PCA).
    """

    wards: int
    spearman: float | None
    kendall: float | None
    jaccard_top10: float | None
    jaccard_top_third: float | None
    share_close: float | None
    share_moderate: float | None
    tier_table: pd.DataFrame
    largest: pd.DataFrame = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as a JSON-ready mapping (without the ward list)."""
        return {
            "wards": self.wards,
            "spearman": self.spearman,
            "kendall": self.kendall,
            "jaccard_top10": self.jaccard_top10,
            "jaccard_top_third": self.jaccard_top_third,
            "share_close": self.share_close,
            "share_moderate": self.share_moderate,
            "tier_table": {
                row: {column: int(self.tier_table.loc[row, column]) for column in TIERS} for row in TIERS
            },
        }


def jaccard(a: ArrayLike, b: ArrayLike) -> float | None:
    """Shared ÷ united members of two sets given as bool arrays; None when both are empty."""
    first, second = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else None


def compare(
    composite_rank: ArrayLike,
    pca_rank: ArrayLike,
    composite_tier: ArrayLike,
    pca_tier: ArrayLike,
    *,
    largest: int = 20,
) -> Comparison:
    """Compare two rankings of the same wards.

    Parameters
    ----------
    composite_rank, pca_rank : float arrays of n
        1 = highest risk, NaN where not ranked; only wards with both ranks count.
    composite_tier, pca_tier : object arrays of n
        "High", "Medium", "Low" or None.
    largest : int
        How many of the most different wards to list.

    Returns
    -------
    Comparison
        Spearman's ρ and Kendall's τ-b [−1 … 1], overlaps of the top 10 and of the High tiers,
        shares of wards whose ranks differ by at most 5 % and 15 % of n.
    """
    first = np.asarray(composite_rank, dtype=np.float64)
    second = np.asarray(pca_rank, dtype=np.float64)
    both = ~(np.isnan(first) | np.isnan(second))
    n = int(both.sum())
    a, b = first[both], second[both]
    tiers_a = np.asarray(composite_tier, dtype=object)[both]
    tiers_b = np.asarray(pca_tier, dtype=object)[both]
    table = pd.DataFrame(
        [[int(((tiers_a == row) & (tiers_b == column)).sum()) for column in TIERS] for row in TIERS],
        index=list(TIERS),
        columns=list(TIERS),
    )
    difference = a - b
    order = np.argsort(-np.abs(difference), kind="stable")[:largest]
    listed = pd.DataFrame(
        {
            "position": np.flatnonzero(both)[order],
            "composite_rank": a[order],
            "pca_rank": b[order],
            "rank_difference": difference[order],
        }
    )
    varied = n >= 2 and len(np.unique(a)) > 1 and len(np.unique(b)) > 1
    return Comparison(
        wards=n,
        spearman=_number(scipy.stats.spearmanr(a, b).statistic) if varied else None,
        kendall=_number(scipy.stats.kendalltau(a, b).statistic) if varied else None,
        jaccard_top10=jaccard(a <= 10, b <= 10) if n else None,
        jaccard_top_third=jaccard(tiers_a == "High", tiers_b == "High") if n else None,
        share_close=float((np.abs(difference) <= CLOSE_SHARE * n).mean()) if n else None,
        share_moderate=float((np.abs(difference) <= MODERATE_SHARE * n).mean()) if n else None,
        tier_table=table,
        largest=listed,
    )


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
