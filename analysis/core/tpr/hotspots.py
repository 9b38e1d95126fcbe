"""Where high and low values lie together more than chance would have it."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from .anomalies import false_share

Floats = NDArray[np.float64]
FEWEST = 10
FALSE_FINDS = 0.05


def local_g(values: Floats, neighbours: scipy.sparse.csr_matrix) -> tuple[Floats, Floats]:
    """Getis–Ord Gi* of each place: the values of it and its neighbours against those of all.

    Parameters
    ----------
    values : float array of n
        NaN is missing and takes no part.
    neighbours : scipy.sparse matrix of bool, shape (n, n)
        Symmetric with an empty diagonal; a place counts as its own neighbour.

    Returns
    -------
    z, p : float arrays of n
        Standard score, positive where high values lie together, and its two-sided chance [0–1] by the normal
        distribution, without permutations. Missing where the value is, where no neighbour has one, and everywhere
        when fewer than ten places have one or all are the same.

    Notes
    -----
    With weights 1 for the place itself and each neighbour that has a value, k of them, mean m and standard
    deviation s of all n values: z = (Σ x − k m) / (s √((n k − k²) / (n − 1))) [1]_, eq. 14.

    References
    ----------
    .. [1] J. K. Ord and A. Getis, "Local spatial autocorrelation statistics," Geographical Analysis, vol. 27,
       pp. 286-306, 1995, doi:10.1111/j.1538-4632.1995.tb00912.x.
    """
    known = np.isfinite(values)
    n, z = int(known.sum()), np.full(len(values), np.nan)
    spread = float(values[known].std()) if n else 0.0
    if n < FEWEST or spread == 0:
        return z, z.copy()
    x = np.where(known, values, 0.0)
    ties = neighbours.astype(np.float64)
    k, total = ties @ known.astype(np.float64) + 1, ties @ x + x
    some = known & (k > 1) & (k < n)
    z[some] = (total - k * x[known].mean())[some] / (spread * np.sqrt((n * k - k**2) / (n - 1))[some])
    return z, np.asarray(2 * scipy.stats.norm.sf(np.abs(z)), dtype=np.float64)


def stands_out(p: Floats) -> NDArray[np.bool_]:
    """Which places stand out when all are judged together; at most about one in twenty of them by chance.

    Notes
    -----
    Benjamini and Hochberg. Neighbouring places share values; the procedure holds under such positive dependence:
    Y. Benjamini and D. Yekutieli, Ann. Stat. 29, 2001, doi:10.1214/aos/1013699998.
    """
    known = np.isfinite(p)
    found = np.zeros(len(p), dtype=bool)
    found[known] = false_share(p[known]) <= FALSE_FINDS
    return found
