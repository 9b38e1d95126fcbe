"""Months whose positivity stands out from what place, season and year let expect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from .months import Floats

YEARS_NEEDED = 3
LEAST_TESTED = 10.0
MOST_FALSE = 0.05
COLUMNS = ("place", "period", "value", "usual", "score", "q")
# A month whose own value fixes what is expected of it can't stand out.
_LEVERAGE = 0.9


def anomalies(
    tested: Floats, positive: Floats, labels: list[str], *, most_false: float = MOST_FALSE
) -> pd.DataFrame:
    """Find the months that stand out from their place's season and year.

    Parameters
    ----------
    tested, positive : float arrays (W, M)
        Persons by place and month of `labels`; NaN where no report is.
    labels : list of str
        ``2024-03`` and the like.
    most_false : float
        The share of the marked months that chance alone may be expected to have marked [0–1].

    Returns
    -------
    pandas.DataFrame
        ``place`` (position), ``period``, ``value`` [%], ``usual`` [%] (expected from the other months), ``score``
        (distance from it in standard deviations of the place, externally studentised), ``q`` (the smallest
        `most_false` at which the month is marked). By place and period.

    Notes
    -----
    Counts are put on a scale on which chance spreads them alike, arcsin √((x + 3/8) / (n + 3/4)) with variance
    1 / (4n + 2) [1]_. On it each place has an effect of each calendar month and of each year, fitted by weighted least
    squares. The spread of a place around that fit, but never less than that of chance, says what is far: so wards whose
    reports scatter anyway are marked less (overdispersion, as in [2]_). Each month is judged without itself, by Student's
    t with the degrees of freedom that are left; all of them together are held to `most_false` [3]_. A calendar month
    needs three years, a month ten tested persons. Dependence between months is not modelled.

    References
    ----------
    .. [1] F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial data," Biometrika, vol. 35,
       pp. 246-254, 1948, doi:10.1093/biomet/35.3-4.246.
    .. [2] A. Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance systems,"
       Statistics in Medicine, vol. 32, pp. 1206-1222, 2013, doi:10.1002/sim.5595.
    .. [3] Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate," J. R. Stat. Soc. B, vol. 57,
       pp. 289-300, 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    nothing = pd.DataFrame({name: pd.Series(dtype=object if name == "period" else float) for name in COLUMNS})
    if not labels or not len(tested):
        return nothing
    known = (tested > 0) & ~np.isnan(positive)
    n, x = np.where(known, tested, 0.0), np.where(known, np.clip(positive, 0, tested), 0.0)
    value = np.arcsin(np.sqrt((x + 0.375) / (n + 0.75)))
    design = _design(labels)
    expected, score, freedom = _studentised(value, np.where(known, 4 * n + 2, 0.0), design)
    judged = known & (tested >= LEAST_TESTED) & _enough_years(known, labels) & np.isfinite(score)
    if not judged.any():
        return nothing
    at, when = np.nonzero(judged)
    chance = 2 * scipy.stats.t.sf(np.abs(score[at, when]), freedom[at])
    q = false_share(chance)
    kept = q <= most_false
    at, when = at[kept], when[kept]
    return pd.DataFrame(
        {
            "place": at,
            "period": np.array(labels, dtype=object)[when],
            "value": 100 * x[at, when] / n[at, when],
            "usual": 100 * np.sin(np.clip(expected[at, when], 0, np.pi / 2)) ** 2,
            "score": score[at, when],
            "q": q[kept],
        }
    )


def _design(labels: list[str]) -> Floats:
    """Calendar months and, but for the first, years: a column of ones and zeros for each."""
    years = sorted({label[:4] for label in labels})
    months = sorted({label[5:] for label in labels})
    columns = [[label[5:] == month for label in labels] for month in months]
    columns += [[label[:4] == year for label in labels] for year in years[1:]]
    return np.array(columns, dtype=np.float64).T


def _studentised(value: Floats, weight: Floats, design: Floats) -> tuple[Floats, Floats, Floats]:
    """What the other months let expect (W, M), how far off each month is (W, M), degrees of freedom (W)."""
    root = np.sqrt(weight)[:, :, None] * design
    inverse = np.linalg.pinv(np.einsum("wmp,wmq->wpq", root, root), hermitian=True, rcond=1e-9)
    effect = np.einsum("wpq,mq,wm->wp", inverse, design, weight * value, optimize=True)
    off = value - effect @ design.T
    leverage = weight * np.einsum("mp,wpq,mq->wm", design, inverse, design, optimize=True)
    rank = np.rint(leverage.sum(axis=1))
    freedom = (weight > 0).sum(axis=1) - rank - 1.0
    usable = (weight > 0) & (leverage < _LEVERAGE) & (freedom > 0)[:, None]
    left = np.where(usable, 1 - leverage, 1.0)
    squared = weight * off**2
    own = squared / left
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.maximum((squared.sum(axis=1)[:, None] - own) / freedom[:, None], 1.0)
        score = np.where(usable, np.sign(off) * np.sqrt(own / spread), np.nan)
    return value - off / left, score, freedom


def _enough_years(known: NDArray[np.bool_], labels: list[str]) -> NDArray[np.bool_]:
    """Whether each month's calendar month is known in enough years of the place."""
    found = np.zeros(known.shape, dtype=bool)
    for month in sorted({label[5:] for label in labels}):
        columns = [k for k, label in enumerate(labels) if label[5:] == month]
        found[:, columns] = (known[:, columns].sum(axis=1) >= YEARS_NEEDED)[:, None]
    return found


def false_share(chance: Floats) -> Floats:
    """Benjamini and Hochberg's adjusted p-values."""
    order = np.argsort(chance)
    raised = chance[order] * len(chance) / np.arange(1, len(chance) + 1)
    adjusted = np.empty(len(chance))
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
