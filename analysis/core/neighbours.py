"""Which wards touch each other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import scipy
import shapely

TOUCHING_TOLERANCE_DEGREES = 1e-5


def queen_neighbours(
    geometry: gpd.GeoSeries, tolerance_degrees: float = TOUCHING_TOLERANCE_DEGREES
) -> scipy.sparse.csr_matrix:
    """Queen contiguity: wards that share an edge or a single point.

    Parameters
    ----------
    geometry : geopandas.GeoSeries of n polygons
        EPSG:4326. A missing or empty geometry has no neighbours; an invalid one is repaired.
    tolerance_degrees : float
        Wards nearer than this count as touching, so that hairline gaps and overlaps between
        separately drawn borders do not make islands. [degrees; 1e-5 is about 1 m]

    Returns
    -------
    scipy.sparse.csr_matrix of bool, shape (n, n)
        Symmetric, empty diagonal, column indices sorted; row i belongs to the i-th geometry.

    Notes
    -----
    On borders that share their points exactly this equals first-order queen contiguity by
    shared vertices [1]_.

    References
    ----------
    .. [1] L. Anselin, "Spatial Econometrics: Methods and Models", Kluwer, 1988, chapter 3.
    """
    shapes = np.asarray(geometry.array, dtype=object)
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if broken.any():
        shapes = shapes.copy()
        shapes[broken] = shapely.make_valid(shapes[broken])
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    if tolerance_degrees > 0:
        left, right = tree.query(shapes, predicate="dwithin", distance=tolerance_degrees)
    else:
        left, right = tree.query(shapes, predicate="intersects")
    apart = left != right
    left, right = left[apart], right[apart]
    n = len(shapes)
    # Both orders, so that the result is symmetric whichever side is measured from.
    rows, columns = np.concatenate([left, right]), np.concatenate([right, left])
    pairs = np.unique(rows.astype(np.int64) * n + columns)
    ones = np.ones(len(pairs), dtype=bool)
    matrix = scipy.sparse.csr_matrix((ones, (pairs // max(n, 1), pairs % max(n, 1))), shape=(n, n))
    matrix.sort_indices()
    return matrix
