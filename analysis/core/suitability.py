"""Tests of whether the correlations between variables carry a principal component at all."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# An eigenvalue this small is 0 but for rounding: the correlation matrix is singular.
SINGULAR = 1e-12


def kmo(correlation: ArrayLike) -> tuple[float, Floats]:
    """Kaiser–Meyer–Olkin measure of sampling adequacy.

    Parameters
    ----------
    correlation : float array, shape (p, p)

    Returns
    -------
    overall : float
        0–1; NaN when there is no correlation at all.
    per_variable : float array of p

    Notes
    -----
    Σr²/(Σr² + Σq²) over i ≠ j, with q the partial correlations from the pseudo-inverse [1]_.

    References
    ----------
    .. [1] H. F. Kaiser, "An index of factorial simplicity", Psychometrika 39, 1974,
       doi:10.1007/BF02291575.
    """
    r = np.asarray(correlation, dtype=np.float64)
    precision = np.linalg.pinv(r)
    scale = np.sqrt(np.abs(np.outer(np.diag(precision), np.diag(precision))))
    with np.errstate(invalid="ignore", divide="ignore"):
        partial = np.nan_to_num(-precision / scale)
        off = ~np.eye(len(r), dtype=bool)
        r2, q2 = np.where(off, r**2, 0.0), np.where(off, partial**2, 0.0)
        overall = r2.sum() / (r2.sum() + q2.sum())
        each = r2.sum(axis=1) / (r2.sum(axis=1) + q2.sum(axis=1))
    return float(overall), each


def kmo_label(value: float | None) -> str:
    """Return Kaiser's word for a KMO value."""
    if value is None or math.isnan(value):
        return "not computable"
    for least, word in ((0.9, "marvelous"), (0.8, "meritorious"), (0.7, "middling"),
                        (0.6, "mediocre"), (0.5, "miserable")):  # fmt: skip
        if value >= least:
            return word
    return "unacceptable"


def bartlett(correlation: ArrayLike, n: int) -> tuple[float, int, float]:
    """Bartlett's test of sphericity: is there any correlation to analyse?

    Parameters
    ----------
    correlation : float array, shape (p, p)
    n : int
        Number of wards.

    Returns
    -------
    chi2 : float
        −[(n − 1) − (2p + 5)/6] · ln det R; NaN when det R ≤ 0 (the test fails).
    df : int
        p(p − 1)/2.
    p : float

    References
    ----------
    .. [1] M. S. Bartlett, "A note on the multiplying factors for various χ² approximations",
       J. R. Stat. Soc. B 16, 1954, doi:10.1111/j.2517-6161.1954.tb00174.x.
    """
    r = np.asarray(correlation, dtype=np.float64)
    p = len(r)
    df = p * (p - 1) // 2
    roots = np.linalg.eigvalsh(r)
    if roots.min() <= SINGULAR:
        return math.nan, df, math.nan
    log_det = float(np.log(roots).sum())
    chi2 = -((n - 1) - (2 * p + 5) / 6) * log_det
    return float(chi2), df, float(scipy.stats.chi2.sf(chi2, df))
