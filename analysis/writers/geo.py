"""Wards with their shapes: GeoPackage, GeoParquet, and GeoJSON small enough for a phone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray

from analysis.figures.screen import dissolve, lga_keys, simplify
from analysis.writers.styles import Rule, add_style, add_tables
from analysis.writers.text import arrow_table

# Four decimals of a degree are 11 m, finer than a screen shows of a whole state.
_DECIMALS = 4
_DIGITS = 6


def write_gpkg(
    wards: gpd.GeoDataFrame,
    path: Path,
    layer: str = "wards",
    *,
    style: Sequence[Rule] = (),
    about: Mapping[str, str] | None = None,
    columns: pd.DataFrame | None = None,
) -> Path:
    """Write the wards, shapes as they are, as one layer of a GeoPackage.

    Parameters
    ----------
    style : sequence of Rule
        How QGIS colours the layer when it opens it.
    about : mapping of str to str, optional
        Parameters, sources and the id of the result; a table of their own.
    columns : DataFrame, optional
        What each column means and in which unit; a table of its own.
    """
    path.unlink(missing_ok=True)
    # To a GeoPackage "population" and "Population" are the same name.
    frame = gpd.GeoDataFrame(_plain_types(wards), geometry=wards.geometry.array, crs=wards.crs)
    frame = frame.rename(columns=_apart([str(name) for name in frame.columns]))
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer,
        driver="GPKG",
        promote_to_multi=True,
        geometry_type="MultiPolygon",
        use_arrow=True,
    )
    if style:
        add_style(path, layer, style, layer)
    add_tables(path, about or {}, columns)
    return path


def _apart(names: Sequence[str]) -> dict[str, str]:
    """New names for those that differ from an earlier one by capital letters only: `Population` → `Population_2`."""
    taken, changed = {"fid", "geom"}, {}
    for name in names:
        free, number = name, 2
        while free.casefold() in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free.casefold())
        if free != name:
            changed[name] = free
    return changed


ABOUT = b"chatmrpt"


def write_geoparquet(wards: gpd.GeoDataFrame, path: Path, *, about: Mapping[str, str] | None = None) -> Path:
    """Write the wards as GeoParquet.

    `about`, the parameters, sources and id of the result, stands as JSON in the metadata `ABOUT` of the file.
    """
    frame = gpd.GeoDataFrame(_plain_types(wards), geometry=wards.geometry.array, crs=wards.crs)
    frame.to_parquet(path, compression="zstd", index=False)
    if about:
        table = pq.read_table(path, use_threads=False)
        told = {**(table.schema.metadata or {}), ABOUT: json.dumps(dict(about), ensure_ascii=False).encode()}
        pq.write_table(table.replace_schema_metadata(told), path, compression="zstd")
    return path


def write_map_geojson(
    wards: gpd.GeoDataFrame, path: Path, *, simplified: NDArray[np.object_] | None = None
) -> Path:
    """Write the wards for the interactive map: few points, shared borders still shared.

    Parameters
    ----------
    simplified : ndarray of n shapes, optional
        From `screen.simplify`; made here when not given.
    """
    shapes = simplify(wards.geometry.to_numpy()) if simplified is None else simplified
    return _write(wards.drop(columns="geometry"), shapes, path)


def write_lgas_geojson(
    wards: gpd.GeoDataFrame, path: Path, *, simplified: NDArray[np.object_] | None = None
) -> Path:
    """Write the outline of each LGA, with how many wards it has and how many are in the high tier."""
    shapes = simplify(wards.geometry.to_numpy()) if simplified is None else simplified
    keys = lga_keys(wards)
    outlines = dissolve(keys, shapes)
    named = wards[["lga_code", "lga_name", "state_code", "state_name"]].groupby(keys).first()
    named["wards"] = keys.groupby(keys).size()
    if "composite_tier" in wards:
        named["high_tier_wards"] = (wards["composite_tier"] == "High").groupby(keys).sum()
        named["best_rank"] = wards["composite_rank"].groupby(keys).min()
    return _write(named.reindex(outlines.index).reset_index(drop=True), outlines.to_numpy(), path)


def _write(properties: pd.DataFrame, shapes: NDArray[np.object_], path: Path) -> Path:
    """Write features one per line, numbers to six significant digits, missing ones as null."""
    columns: list[list[Any]] = []
    for name in properties.columns:
        values = arrow_table(properties[[name]]).column(0).to_pylist()
        if properties[name].dtype.kind == "f":
            values = [None if v is None else float(f"{v:.{_DIGITS}g}") for v in values]
        columns.append([json.dumps(v, ensure_ascii=False, allow_nan=False) for v in values])
    keys = [json.dumps(str(name), ensure_ascii=False) for name in properties.columns]
    geometries = _geometries(shapes)
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        sink.write('{"type":"FeatureCollection","features":[\n')
        for i, values in enumerate(zip(*columns, strict=True)):
            pairs = ",".join(f"{key}:{value}" for key, value in zip(keys, values, strict=True))
            end = ",\n" if i + 1 < len(geometries) else "\n"
            sink.write(
                f'{{"type":"Feature","id":{i},"properties":{{{pairs}}},"geometry":{geometries[i]}}}{end}'
            )
        sink.write("]}\n")
    return path


def _geometries(shapes: NDArray[np.object_]) -> list[str]:
    """Return GeoJSON geometries on a grid of four decimals, repeated points left out."""
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out = ["null"] * len(shapes)
    rounded = shapely.set_precision(shapes[here], 10.0**-_DECIMALS, mode="pointwise")
    fallback = shapely.is_empty(rounded) | (shapely.area(rounded) == 0)
    rounded[fallback] = shapes[here][fallback]
    thinned = shapely.remove_repeated_points(rounded)
    points, owner = shapely.get_coordinates(thinned, return_index=True)
    points = np.where(fallback[owner, None], np.round(points, 7), np.round(points, _DECIMALS))
    texts = shapely.to_geojson(shapely.set_coordinates(thinned, points))
    for position, text in zip(np.flatnonzero(here).tolist(), texts.tolist(), strict=True):
        out[position] = text.replace(" ", "")
    return out


def _plain_types(wards: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columns as types that every driver knows: texts, floats, whole numbers."""
    frame = pd.DataFrame(wards.drop(columns="geometry"))
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = pd.array(arrow_table(frame[[name]]).column(0).to_pylist(), dtype="str")
    return frame
