"""Covariate rasters: GeoTIFF files to cells over the wards' area, with no-data, unit and range checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.core.errors import BadInput
from analysis.core.raster_kinds import MONTHS, RASTER_KINDS, YEARLY, RasterKind
from analysis.core.zonal import Grid, Rule, check_range, zonal_means, zonal_sums

if TYPE_CHECKING:
    import rasterio
    from rasterio.windows import Window

MOST_CELLS = 400_000_000
# Cells that are looked at in one go.
_CHUNK = 4_000_000
# Values of this size stand for "nothing" in files that name no such value.
_ABSURD = 1e14


def read_grid(
    path: Path, filename: str, wards: gpd.GeoSeries, kind: RasterKind, *, band: int | None = None
) -> Grid:
    """Read the cells around the wards.

    Parameters
    ----------
    wards : geopandas.GeoSeries
        In any coordinate system; the cells are read for their extent.
    band : int, optional
        Counted from 1; without it the only band that has data here.

    Raises
    ------
    BadInput
        For a file that is no raster, names no coordinate system, is turned, does not cover the wards, has several
        bands with data, or holds values that the variable can't have.
    """
    # It loads a cloud library where there is one; nothing else of the readers needs it.
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path) as source:
            _check(source, filename)
            area = wards.to_crs(source.crs)
            window = _window(source, area, filename)
            bands = [band] if band else list(source.indexes)
            found = {number: _values(source, number, window) for number in bands}
            grid = source.transform
    except RasterioError as error:
        raise _unreadable(filename) from error
    filled = {number: values for number, values in found.items() if not np.isnan(values).all()}
    if len(filled) > 1:
        raise BadInput("several_bands", "The raster has several bands", f"Bands {', '.join(map(str, filled))} of {filename} "
                       "hold data; which one is meant?", "Name the band.", where=filename)  # fmt: skip
    values = next(iter(filled.values()), next(iter(found.values())))
    check_range(values, kind, filename)
    west, north = grid.c + window.col_off * grid.a, grid.f + window.row_off * grid.e
    return Grid(values, west, north, grid.a, -grid.e)


def ward_values(
    path: Path,
    filename: str,
    variable: str,
    wards: gpd.GeoSeries,
    *,
    rule: Rule = "exact",
    band: int | None = None,
    kind: RasterKind | None = None,
) -> pd.DataFrame:
    """Return the value of a variable's raster for each ward: its zonal mean, or its sum where its cells count.

    Returns
    -------
    pandas.DataFrame
        As `zonal_means` or `zonal_sums`, with ``value`` in the place of what these name it.

    Raises
    ------
    BadInput
        As `read_grid`, and for a sum by another rule than the exact one.
    """
    import rasterio

    kind = kind or raster_kind(variable)
    if kind.statistic == "sum" and rule != "exact":
        raise BadInput("no_such_rule", "A sum has one rule", f"{variable} is counted by the exact share of each cell.",
                       "Ask for the exact rule.", where=filename)  # fmt: skip
    grid = read_grid(path, filename, wards, kind, band=band)
    with rasterio.open(path) as source:
        shapes, degrees = wards.to_crs(source.crs), bool(source.crs.is_geographic)
    if kind.statistic == "sum":
        return zonal_sums(grid, shapes).rename(columns={"sum": "value"})
    return zonal_means(grid, shapes, rule=rule, latitude=degrees).rename(columns={"mean": "value"})


def raster_kind(variable: str) -> RasterKind:
    """The known variable of this name.

    Raises
    ------
    BadInput
        If there is none.
    """
    kind = RASTER_KINDS.get(variable)
    if kind is None:
        raise BadInput("unknown_raster_variable", "No such raster variable", f"{variable} has no entry in the registry.",
                       "Choose one of the known variables.", where=variable, examples=sorted(RASTER_KINDS))  # fmt: skip
    return kind


def covariate(
    path: Path, filename: str, kind: RasterKind, wards: gpd.GeoSeries, *, band: int | None = None
) -> pd.DataFrame:
    """Ward values of a raster by exact area, its months put together if its twelve bands are those of a year.

    Parameters
    ----------
    wards : geopandas.GeoSeries of W
        Missing or empty shapes get no value.
    band : int, optional
        Counted from 1. Without it, the only band that has data, or all twelve for a variable of a year.

    Returns
    -------
    pandas.DataFrame of W rows
        As `ward_values`, and ``small``: the ward is smaller than a cell, so that its value says little of its own.

    Raises
    ------
    BadInput
        As `read_grid`.
    """
    known = wards.notna() & ~wards.is_empty
    shapes = wards[known]
    if shapes.empty:
        raise BadInput("no_geometry", "No ward has a shape", "A raster needs ward polygons.",
                       "Use boundaries with polygons.", where=filename)  # fmt: skip
    about = look_at(path, filename)
    if band is not None and not 1 <= band <= about.bands:
        raise BadInput("no_such_band", "The raster has no such band", f"{filename} has {about.bands} bands, not {band}.",
                       "Name one of its bands.", where=filename)  # fmt: skip
    if band is None and about.bands == MONTHS and kind.temporal in YEARLY:
        # Months are checked as what they are, their sum as the year's.
        months = [
            ward_values(path, filename, kind.variable, shapes, band=number, kind=kind)
            for number in range(1, MONTHS + 1)
        ]
        found = months[0].assign(value=over_time(months, kind))
        found["covered"] = np.column_stack([month["covered"] for month in months]).min(axis=1)
        found["method"] = found["method"].where(found["value"].notna(), "")
        check_range(found["value"].to_numpy(dtype=np.float64), kind, filename)
    else:
        found = ward_values(path, filename, kind.variable, shapes, band=band, kind=kind)
    found["small"] = shapely.area(np.asarray(shapes.to_crs(about.crs).array)) < about.cell_area
    whole = found.reindex(wards.index)
    whole["covered"] = whole["covered"].fillna(0.0)
    whole["method"] = whole["method"].astype("str").where(whole["value"].notna(), "")
    return whole.assign(small=whole["small"].eq(True))


@dataclass(frozen=True)
class Look:
    """What the head of a raster says. `cell_area` in squared units of its coordinates."""

    crs: str
    bands: int
    rows: int
    columns: int
    cell_area: float
    cell: tuple[float, float]
    bounds: tuple[float, float, float, float]
    no_data: tuple[float | None, ...]


def look_at(path: Path, filename: str) -> Look:
    """Read the head of a raster; raise `BadInput` where it can't be used at all."""
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path) as source:
            _check(source, filename)
            grid = source.transform
            south, east = grid.f + grid.e * source.height, grid.c + grid.a * source.width
            values = [None if v is None or not np.isfinite(v) else float(v) for v in source.nodatavals]
            return Look(
                source.crs.to_string(), source.count, source.height, source.width, float(-grid.a * grid.e),
                (float(grid.a), float(-grid.e)), (float(grid.c), float(south), float(east), float(grid.f)), tuple(values),
            )  # fmt: skip
    except RasterioError as error:
        raise _unreadable(filename) from error


def inspect_raster(path: Path, filename: str) -> dict[str, Any]:
    """Return what a page says about a raster: where it lies and what each band holds. Reads every cell once.

    Raises
    ------
    BadInput
        For a file that is no raster or can't be used, or holds no data at all.
    """
    import rasterio
    from rasterio.errors import RasterioError

    about = look_at(path, filename)
    if about.rows * about.columns > MOST_CELLS:
        raise BadInput("raster_too_fine", "The raster is too fine", f"{filename} has {about.rows * about.columns:,} cells; "
                       f"at most {MOST_CELLS:,} are read.", "Cut it to your area, or resample it to coarser cells.",
                       where=filename)  # fmt: skip
    try:
        with rasterio.open(path) as source:
            bands = [_band_facts(source, number) for number in source.indexes]
    except RasterioError as error:
        raise _unreadable(filename) from error
    if not any(band["cells_with_data"] for band in bands):
        raise BadInput("raster_without_data", "The raster has no data", f"{filename} has no cell with data.",
                       "Export it again.", where=filename)  # fmt: skip
    return {
        "rows": about.rows,
        "columns": [f"band {band['band']}" for band in bands],
        "crs": about.crs,
        "cell": list(about.cell),
        "cells": [about.rows, about.columns],
        "bounds": list(about.bounds),
        "bands": bands,
        "notes": [],
    }


def _band_facts(source: rasterio.DatasetReader, number: int) -> dict[str, Any]:
    from rasterio.windows import Window

    step = max(1, _CHUNK // source.width)
    low, high, count = np.inf, -np.inf, 0
    for top in range(0, source.height, step):
        window = Window(0, top, source.width, min(step, source.height - top))
        values = _values(source, number, window)
        known = values[~np.isnan(values)]
        if known.size:
            low, high, count = min(low, known.min()), max(high, known.max()), count + known.size
    named = source.nodatavals[number - 1]
    scale, offset = float(source.scales[number - 1]), float(source.offsets[number - 1])
    return {
        "band": number,
        "no_data": None if named is None or not np.isfinite(named) else float(named),
        "cells_with_data": count,
        "min": float(low) if count else None,
        "max": float(high) if count else None,
    } | ({} if (scale, offset) == (1, 0) else {"scale": scale, "offset": offset})


def _unreadable(filename: str) -> BadInput:
    return BadInput("unreadable_raster", "The raster can't be read", f"{filename} is not a GeoTIFF or is damaged.",
                    "Export the raster again as GeoTIFF.", where=filename)  # fmt: skip


def over_time(months: Sequence[pd.DataFrame], kind: RasterKind) -> pd.Series:
    """Put monthly ward values together as the variable asks: their sum or mean over exactly twelve months.

    Raises
    ------
    BadInput
        If a yearly sum or mean is to be made of another number of months, or a static raster of several files.
    """
    if kind.temporal == "static" and len(months) == 1:
        return months[0]["value"]
    if kind.temporal == "static" or len(months) != 12:
        needed = "one file" if kind.temporal == "static" else "twelve monthly files"
        raise BadInput("incomplete_year", "The rasters do not make up a year", f"{kind.variable} needs {needed}, not "
                       f"{len(months)}.", "Give the files of one whole year.", where=kind.variable)  # fmt: skip
    values = np.column_stack([month["value"] for month in months])
    joined = values.sum(axis=1) if kind.temporal == "annual_sum" else values.mean(axis=1)
    return pd.Series(joined, index=months[0].index, name="value")


def _check(source: rasterio.DatasetReader, filename: str) -> None:
    if source.crs is None:
        raise BadInput("raster_without_crs", "The raster names no coordinate system", f"{filename} does not say where on "
                       "earth it lies.", "Export it with its coordinate system (such as EPSG:4326).", where=filename)  # fmt: skip
    turned = source.transform.b or source.transform.d
    if turned or source.transform.a <= 0 or source.transform.e >= 0:
        raise BadInput("raster_turned", "The raster does not run north-up", f"{filename} is turned or mirrored.",
                       "Warp it to a north-up grid.", where=filename)  # fmt: skip
    if 0 in source.scales:
        raise BadInput("raster_without_scale", "The raster's scale is 0", f"By the scale that {filename} states all its cells "
                       "are alike.", "Export it again with its scale, or with 1.", where=filename)  # fmt: skip


def _window(source: rasterio.DatasetReader, area: gpd.GeoSeries, filename: str) -> Window:
    """The whole cells around the wards, within the raster."""
    from rasterio.windows import Window

    west, south, east, north = area.total_bounds
    grid = source.transform
    left = max(0, int(np.floor((west - grid.c) / grid.a)) - 1)
    right = min(source.width, int(np.ceil((east - grid.c) / grid.a)) + 1)
    top = max(0, int(np.floor((north - grid.f) / grid.e)) - 1)
    bottom = min(source.height, int(np.ceil((south - grid.f) / grid.e)) + 1)
    if right <= left or bottom <= top:
        raise BadInput("raster_elsewhere", "The raster does not cover the wards", f"{filename} lies elsewhere.",
                       "Use a raster of the same area as the boundaries.", where=filename)  # fmt: skip
    if (right - left) * (bottom - top) > MOST_CELLS:
        raise BadInput("raster_too_fine", "The raster is too fine", f"{filename} has {(right - left) * (bottom - top):,} "
                       f"cells over the wards; at most {MOST_CELLS:,} are read.", "Resample it to coarser cells.",
                       where=filename)  # fmt: skip
    return Window(left, top, right - left, bottom - top)


def _values(source: rasterio.DatasetReader, band: int, window: Window) -> np.ndarray:
    """Values of the quantity: no data is known by the stored value, before scale and offset."""
    values = source.read(band, window=window, masked=True).astype(np.float64).filled(np.nan)
    values[~np.isfinite(values) | (np.abs(values) >= _ABSURD)] = np.nan
    values *= source.scales[band - 1]
    values += source.offsets[band - 1]
    return values
