"""Ward shapes for the screen: as few points as the eye needs, shared borders kept shared."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

# Finer than a pixel on a wide screen that shows the whole area.
SCREEN_PIXELS = 1_600


def simplify(shapes: NDArray[np.object_], *, pixels: int = SCREEN_PIXELS) -> NDArray[np.object_]:
    """Drop points that a map of `pixels` width cannot show.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Longitude and latitude in degrees; missing ones stay missing.

    Returns
    -------
    ndarray, shape (n,)
        Borders that neighbours share exactly stay shared.
    """
    here = ~shapely.is_missing(shapes)
    if not here.any():
        return shapes
    west, south, east, north = shapely.total_bounds(shapes[here])
    tolerance = max(east - west, north - south) / pixels
    simple = shapes.copy()
    try:
        simple[here] = shapely.coverage_simplify(shapes[here], tolerance)
    except shapely.errors.GEOSException:
        # Overlapping wards are no coverage; each is then simplified alone, by less.
        simple[here] = shapely.simplify(shapes[here], tolerance / 2, preserve_topology=True)
    # What would vanish keeps its true shape.
    gone = here & (shapely.is_empty(simple) | (shapely.area(simple) == 0))
    simple[gone] = shapes[gone]
    return simple


def lga_keys(frame: pd.DataFrame) -> pd.Series:
    """Return one text per ward that is the same for wards of one LGA; missing where unknown."""
    lga = frame["lga_code"].fillna(frame["lga_name"])
    state = frame["state_code"].fillna(frame["state_name"]).fillna("")
    return (state.astype("str") + "\x1f" + lga).where(lga.notna())


def dissolve(keys: pd.Series, shapes: NDArray[np.object_]) -> gpd.GeoSeries:
    """Return the union of the wards of each LGA, by key, in key order.

    Gaps between wards that do not quite meet are closed where they are narrower than a ward
    border is thick on screen.
    """
    here = keys.notna().to_numpy() & ~shapely.is_missing(shapes)
    order = np.flatnonzero(here)
    codes, names = pd.factorize(keys[here], sort=True)
    order = order[np.argsort(codes, kind="stable")]
    starts = np.searchsorted(np.sort(codes), np.arange(len(names) + 1))
    unions = []
    for k in range(len(names)):
        parts = shapes[order[starts[k] : starts[k + 1]]]
        try:
            unions.append(shapely.union_all(parts))
        except shapely.errors.GEOSException:
            unions.append(shapely.union_all(shapely.make_valid(parts)))
    polygons = without_slivers(np.array(unions, dtype=object)) if unions else np.array([], dtype=object)
    return gpd.GeoSeries(polygons, index=pd.Index(names, name="lga"), crs="EPSG:4326")


def without_slivers(shapes: NDArray[np.object_], share: float = 2e-4) -> NDArray[np.object_]:
    """Fill holes smaller than `share` of the shape they lie in."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    first = np.r_[True, np.diff(of_part) != 0]
    area = shapely.area(shapely.polygons(rings))
    keep = first | (area > share * shapely.area(shapes)[owner][of_part])
    if keep.all():
        return shapes
    rings, of_part, first = rings[keep], of_part[keep], first[keep]
    holes = np.split(rings, np.flatnonzero(first)[1:])
    parts = np.array([shapely.Polygon(ring[0], ring[1:]) for ring in holes], dtype=object)
    grouped = np.split(parts, np.flatnonzero(np.diff(owner)) + 1)
    return np.array([g[0] if len(g) == 1 else shapely.MultiPolygon(list(g)) for g in grouped], dtype=object)
