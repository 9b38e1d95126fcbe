"""Polygons to SVG path data, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

# Path coordinates are whole tenths of a pixel; the group they stand in is scaled back.
UNITS = 10


@dataclass(frozen=True)
class Projection:
    """Degrees to tenths of a pixel: equirectangular, true to scale at the middle latitude."""

    west: float
    north: float
    squeeze: float
    pixels_per_degree: float
    width: float
    height: float

    @classmethod
    def fit(cls, bounds: tuple[float, float, float, float], width: float, height: float) -> Projection:
        """Return the projection that fits `bounds` into a box of pixels."""
        west, south, east, north = bounds
        squeeze = float(np.cos(np.radians((south + north) / 2)))
        spans = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
        scale = min(width / spans[0], height / spans[1])
        return cls(west, north, squeeze, scale, spans[0] * scale, spans[1] * scale)

    def apply(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return whole tenths of a pixel, x to the right and y down, shape (n, 2)."""
        x = (points[:, 0] - self.west) * self.squeeze
        y = self.north - points[:, 1]
        scaled = np.column_stack([x, y]) * (self.pixels_per_degree * UNITS)
        return np.rint(scaled).astype(np.int64)

    def kilometres(self, pixels: float) -> float:
        """Return the length of `pixels` on the ground at the middle latitude."""
        return pixels / self.pixels_per_degree * 111.195


def paths(shapes: NDArray[np.object_], projection: Projection) -> list[str]:
    """Return the path data of each polygon; empty for a missing one.

    Parameters
    ----------
    shapes : ndarray of Polygon, MultiPolygon or None, shape (n,)
        In degrees.

    Notes
    -----
    Neighbouring points that fall on the same tenth of a pixel become one. Rounding is the same
    for both wards of a shared border, so no gap opens.
    """
    result = [""] * len(shapes)
    here = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if here.size == 0:
        return result
    rings, owner = _rings(shapes[here])
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grid = projection.apply(points)
    first = np.r_[True, np.diff(ring) != 0]
    # A ring repeats its first point at its end; the path is closed by its own sign instead.
    last = np.r_[first[1:], True]
    moved = np.r_[True, (np.diff(grid, axis=0) != 0).any(axis=1)]
    keep = first | (moved & ~last)
    grid, ring, first = grid[keep], ring[keep], first[keep]
    steps = np.diff(grid, axis=0, prepend=grid[:1])
    steps[first] = grid[first]
    words = list(map(str, steps.ravel().tolist()))
    starts = np.flatnonzero(first)
    ward = owner[ring[starts]]
    fresh = np.r_[True, np.diff(ward) != 0].tolist()
    for start, opens in zip(starts.tolist(), fresh, strict=True):
        words[2 * start] = ("M" if opens else "zM") + words[2 * start]
        words[2 * start + 1] += "l"
    edges = [*(2 * starts[fresh]).tolist(), len(words)]
    for k, position in enumerate(ward[fresh].tolist()):
        result[here[position]] = " ".join(words[edges[k] : edges[k + 1]]) + "z"
    return result


def _rings(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    return rings, of_shape[of_part]
