"""Means and sums of raster cells over wards: cells by their centre, or every cell by the exact area inside.

All wards at once and no loop over them: a polygon's sum is a sum over its edges. Along each row of
cells the running sum of the values is known, and an edge adds or takes away what lies to one side of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .errors import BadInput
from .raster_kinds import RasterKind

Floats = NDArray[np.float64]
Rule = Literal["exact", "centre"]
# Of a ward's area: so much may lie beyond the raster, as edges of two sources differ, before its count is not known.
BEYOND = 0.01
# Of a raster's whole sum: what running sums over it leave by rounding, where there is nothing.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Grid:
    """Cells of a north-up raster in the coordinates of the wards.

    `values`: float array (rows, columns), NaN for no data. `west, north`: the outer corner of the
    first cell; `width, height`: of a cell, both positive. [degrees or metres]
    """

    values: Floats
    west: float
    north: float
    width: float
    height: float


def check_range(values: Floats, kind: RasterKind, filename: str) -> None:
    """Refuse a raster whose values can't be what it is said to hold.

    Raises
    ------
    BadInput
        If any cell with data lies outside the valid range, or no cell has data.
    """
    low, high = kind.valid_range
    known = values[~np.isnan(values)]
    if not len(known):
        raise BadInput("raster_without_data", "The raster has no data here", f"{filename} has no cell with data in this "
                       "area.", "Use a raster that covers the wards.", where=filename)  # fmt: skip
    if known.min() < low or known.max() > high:
        raise BadInput("raster_out_of_range", "The raster holds impossible values",
                       f"{filename} holds {known.min():,.6g} to {known.max():,.6g}; {kind.variable} lies between {low:,g} "
                       f"and {high:,g} {kind.unit}.", "Check which quantity and unit the file holds; it is not used.",
                       where=filename)  # fmt: skip


def zonal_means(
    grid: Grid, wards: gpd.GeoSeries, *, rule: Rule = "exact", latitude: bool = True
) -> pd.DataFrame:
    """Mean of the cells of each ward.

    Parameters
    ----------
    grid : Grid
    wards : geopandas.GeoSeries of W
        In the coordinates of the grid.
    rule : {"exact", "centre"}
        "exact": every cell by the share of its area inside the ward. "centre": cells whose centre lies inside, alike.
    latitude : bool
        With the exact rule: weigh cells by their true area on the sphere (degrees), not by their number.

    Returns
    -------
    pandas.DataFrame of W rows
        ``mean``; ``covered``, the share of the ward that has data, by the area or the centres as the rule has it;
        what lies outside the raster has none [0–1]; ``method``: "exact" or
        "centre"; "touched" (all touched cells alike) where no centre lies in a ward; "" and a missing mean where
        there are no data.
    """
    shapes = np.asarray(wards.array)
    if rule == "exact":
        total, known, area = _exact_sums(grid, shapes, latitude=latitude)
        method = "exact"
    else:
        total, known, area = _centre_sums(grid, shapes)
        method = "centre"
    has = known > 1e-12 * np.maximum(area, 1e-300)
    mean = np.divide(total, known, out=np.full(len(shapes), np.nan), where=has)
    names = np.where(has, method, "").astype(object)
    if rule == "centre" and not has.all():
        # Wards smaller than a cell: the mean of the cells they touch.
        left = np.flatnonzero(~has)
        touched = _touched_means(grid, shapes[left])
        mean[left] = touched
        names[left] = np.where(np.isnan(touched), "", "touched")
    covered = np.divide(known, area, out=np.zeros(len(shapes)), where=area > 0)
    return pd.DataFrame({"mean": mean, "covered": np.clip(covered, 0, 1), "method": pd.array(names, dtype="str")},
                        index=wards.index)  # fmt: skip


def zonal_sums(grid: Grid, wards: gpd.GeoSeries) -> pd.DataFrame:
    """Sum of the cells of each ward, each cell by the share of it that lies inside.

    For cells that count something, such as people per cell. A count is of the cell, however large that is on the
    sphere: nothing is weighed by latitude. What is counted is taken to be spread evenly over its cell. The sums of
    wards that part an area add up to the sum of the area.

    Parameters
    ----------
    grid : Grid
        Counts, none of them negative.
    wards : geopandas.GeoSeries of W
        In the coordinates of the grid.

    Returns
    -------
    pandas.DataFrame of W rows
        ``sum``: missing where no cell of the ward has data, and where more than `BEYOND` of the ward lies beyond the
        grid, whose count is not known; cells of the grid without data count nothing. ``covered``, the share of the
        ward that has data, by the number of cells [0–1]; ``method``: "exact", "" where the sum is missing.
    """
    shapes = np.asarray(wards.array)
    total, known, area = _exact_sums(grid, shapes, latitude=False)
    has = (known > 1e-12 * np.maximum(area, 1e-300)) & (_beyond(grid, shapes) <= BEYOND)
    total[total < _ROUNDING * np.nansum(grid.values)] = 0
    covered = np.divide(known, area, out=np.zeros(len(shapes)), where=area > 0)
    return pd.DataFrame({"sum": np.where(has, total, np.nan), "covered": np.clip(covered, 0, 1),
                         "method": pd.array(np.where(has, "exact", ""), dtype="str")}, index=wards.index)  # fmt: skip


def _beyond(grid: Grid, shapes: NDArray[np.object_]) -> Floats:
    """Share of each ward that lies outside the grid."""
    rows, columns = grid.values.shape
    south, east = grid.north - rows * grid.height, grid.west + columns * grid.width
    box = shapely.bounds(shapes)
    out = (box[:, 0] < grid.west) | (box[:, 1] < south) | (box[:, 2] > east) | (box[:, 3] > grid.north)
    inside = shapely.intersection(shapes[out], shapely.box(grid.west, south, east, grid.north))
    share, area = np.zeros(len(shapes)), shapely.area(shapes[out])
    share[out] = 1 - np.divide(shapely.area(inside), area, out=np.zeros(len(area)), where=area > 0)
    return share


def _row_weights(grid: Grid, first: int, rows: int) -> Floats:
    """True area of a cell of each row from the `first` on, in the raster or not, but for a constant factor."""
    edges = np.radians(np.clip(grid.north - grid.height * np.arange(first, first + rows + 1), -90, 90))
    return np.asarray(np.sin(edges[:-1]) - np.sin(edges[1:]))


def _rings(grid: Grid, shapes: NDArray[np.object_]) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Edges of all polygons in cell coordinates: start (e, 2), end (e, 2), ward (e). Outer rings run the same way."""
    outer, whose = shapely.get_parts(shapes, return_index=True)
    # A shape made valid may be a collection with a multipolygon in it.
    parts, of_outer = shapely.get_parts(outer, return_index=True)
    ward = whose[of_outer]
    polygon = shapely.get_type_id(parts) == 3
    oriented = shapely.orient_polygons(parts[polygon])
    rings, part = shapely.get_rings(oriented, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    at = np.column_stack([(points[:, 0] - grid.west) / grid.width, (grid.north - points[:, 1]) / grid.height])
    same = ring[1:] == ring[:-1]
    return at[:-1][same], at[1:][same], ward[polygon][part[ring[:-1][same]]]


def _split(
    start: Floats, end: Floats, ward: NDArray[np.intp], axis: int
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Cut edges where they cross a grid line of the axis."""
    a, b = start[:, axis], end[:, axis]
    low, high = np.minimum(a, b), np.maximum(a, b)
    first = np.floor(low).astype(np.int64) + 1
    crossings = np.maximum(np.ceil(high).astype(np.int64) - first, 0)
    pieces = crossings + 1
    edge = np.repeat(np.arange(len(a)), pieces)
    turn = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    span = (b - a)[edge]
    rising = span > 0
    # Grid line at the start and at the end of each piece, walking from start to end.
    line = np.where(rising, first[edge] + turn - 1, first[edge] + crossings[edge] - turn)
    after = np.where(rising, line + 1, line - 1)
    safe = np.where(span == 0, 1.0, span)
    begin = np.where(turn == 0, 0.0, (line - a[edge]) / safe)
    finish = np.where(turn == crossings[edge], 1.0, (after - a[edge]) / safe)
    step = (end - start)[edge]
    return start[edge] + begin[:, None] * step, start[edge] + finish[:, None] * step, ward[edge]


def _exact_sums(grid: Grid, shapes: NDArray[np.object_], *, latitude: bool) -> tuple[Floats, Floats, Floats]:
    """Σ value·area, Σ area with data and the area of each ward, in weighted cells; the last one of the whole ward."""
    rows, columns = grid.values.shape
    start, end, ward = _split(*_split(*_rings(grid, shapes), axis=1), axis=0)
    middle = (start + end) / 2
    row = np.floor(middle[:, 1]).astype(np.int64)
    rise = end[:, 1] - start[:, 1]
    if latitude and len(row):
        first = int(row.min())
        rise = rise * _row_weights(grid, first, int(row.max()) - first + 1)[row - first]
    whole = np.bincount(ward, weights=rise * (columns - middle[:, 0]), minlength=len(shapes))
    use = (row >= 0) & (row < rows) & (rise != 0)
    middle, row, rise, ward = middle[use], row[use], rise[use], ward[use]
    x = np.clip(middle[:, 0], 0, columns)
    column = np.minimum(np.floor(x).astype(np.int64), columns - 1)
    inside = column + 1 - x
    known = ~np.isnan(grid.values)
    found = []
    for layer in (np.where(known, grid.values, 0.0), known.astype(np.float64)):
        beyond = np.zeros((rows, columns + 1))
        beyond[:, :columns] = np.cumsum(layer[:, ::-1], axis=1)[:, ::-1]
        right = inside * layer[row, column] + beyond[row, column + 1]
        found.append(np.bincount(ward, weights=rise * right, minlength=len(shapes)))
    sign = np.where(whole < 0, -1.0, 1.0)
    total, area, all_of_it = (np.asarray(sums * sign, dtype=np.float64) for sums in (*found, whole))
    return total, area, all_of_it


def _centre_sums(grid: Grid, shapes: NDArray[np.object_]) -> tuple[Floats, Floats, Floats]:
    """Sum, number with data and number of the cells whose centre lies in each ward; the last one goes on outside."""
    rows, columns = grid.values.shape
    start, end, ward = _rings(grid, shapes)
    a, b = start[:, 1] - 0.5, end[:, 1] - 0.5
    low = np.ceil(np.minimum(a, b)).astype(np.int64)
    crossings = np.ceil(np.maximum(a, b)).astype(np.int64) - low
    edge = np.repeat(np.arange(len(a)), crossings)
    row = low[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(crossings) - crossings, crossings)
    share = (row - a[edge]) / (b - a)[edge]
    x = start[edge, 0] + share * (end - start)[edge, 0]
    # A crossing downwards opens, one upwards closes: what lies right of it is added or taken away.
    sign = np.where(b[edge] > a[edge], 1.0, -1.0)
    right_of = np.ceil(x - 0.5)
    cells = np.bincount(ward[edge], weights=sign * (columns - right_of), minlength=len(shapes))
    use = (row >= 0) & (row < rows)
    of_ward, row, sign = ward[edge][use], row[use], sign[use]
    column = np.clip(right_of[use], 0, columns).astype(np.int64)
    known = ~np.isnan(grid.values)
    found = []
    for layer in (np.where(known, grid.values, 0.0), known.astype(np.float64)):
        beyond = np.zeros((rows, columns + 1))
        beyond[:, :columns] = np.cumsum(layer[:, ::-1], axis=1)[:, ::-1]
        found.append(np.bincount(of_ward, weights=sign * beyond[row, column], minlength=len(shapes)))
    turn = np.where(cells < 0, -1.0, 1.0)
    total, with_data, centres = (np.asarray(sums * turn, dtype=np.float64) for sums in (*found, cells))
    return total, np.rint(with_data), np.rint(centres)


def _touched_means(grid: Grid, shapes: NDArray[np.object_]) -> Floats:
    """Plain mean of the cells that each (small) ward touches."""
    rows, columns = grid.values.shape
    box = shapely.bounds(shapes)
    left = np.floor((box[:, 0] - grid.west) / grid.width).astype(np.int64)
    right = np.floor((box[:, 2] - grid.west) / grid.width).astype(np.int64)
    top = np.floor((grid.north - box[:, 3]) / grid.height).astype(np.int64)
    bottom = np.floor((grid.north - box[:, 1]) / grid.height).astype(np.int64)
    wide = right - left + 1
    many = wide * (bottom - top + 1)
    ward = np.repeat(np.arange(len(shapes)), many)
    turn = np.arange(len(ward)) - np.repeat(np.cumsum(many) - many, many)
    row, column = top[ward] + turn // wide[ward], left[ward] + turn % wide[ward]
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    ward, row, column = ward[inside], row[inside], column[inside]
    west, north = grid.west + column * grid.width, grid.north - row * grid.height
    cells = shapely.box(west, north - grid.height, west + grid.width, north)
    touch = shapely.intersects(cells, shapes[ward])
    values = np.where(touch, grid.values[row, column], np.nan)
    known = ~np.isnan(values)
    total = np.bincount(ward[known], weights=values[known], minlength=len(shapes))
    count = np.bincount(ward[known], minlength=len(shapes))
    return np.divide(total, count, out=np.full(len(shapes), np.nan), where=count > 0)
