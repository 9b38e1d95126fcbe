"""Ward boundaries: shapefile in a zip, GeoPackage, GeoJSON or GeoParquet to one row per ward in EPSG:4326."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from analysis.core.dataset import urban_share
from analysis.core.errors import BadInput, Note
from analysis.core.names import identify_columns
from analysis.readers.layers import find_layer, no_geometry, read_layer
from analysis.readers.remarks import name_notes
from analysis.readers.sniff import Content, require

EXTENSIONS: dict[str, tuple[Content, ...]] = {
    ".zip": ("zip",),
    ".gpkg": ("gpkg",),
    ".geojson": ("json",),
    ".json": ("json",),
    ".parquet": ("parquet",),
}
CANONICAL = ("ward_code", "ward_name", "lga_code", "lga_name", "state_code", "state_name")
MIN_WARDS = 3
WGS84 = "EPSG:4326"
# Plain names that only boundary files use, tried when no usual one is there.
_PLAIN = {"ward_code": ("code",)}


@dataclass(frozen=True)
class BoundariesFile:
    """Wards with valid geometry (or none) in longitude and latitude, and what was done to them.

    `frame` has `urban_percentage` [%] where the file says how urban its wards are.
    """

    frame: gpd.GeoDataFrame
    layer: str
    crs: str
    notes: list[Note] = field(default_factory=list)


def read_boundaries(
    path: Path, filename: str, *, layer: str = "", folder: Path | None = None
) -> BoundariesFile:
    """Read and check ward boundaries.

    Parameters
    ----------
    layer : str
        Which layer to read when the file holds several.
    folder : Path, optional
        Where an archive may be unpacked for the time of reading; the system's temporary folder
        when not given.

    Raises
    ------
    BadInput
        With the archive member, layer, field or ward that is wrong.
    """
    path = Path(path)
    content = require(path, filename, EXTENSIONS, "the boundary file")
    notes: list[Note] = []
    with tempfile.TemporaryDirectory(prefix="boundaries-", dir=folder) as unpacked:
        source = find_layer(path, filename, content, Path(unpacked), layer, notes)
        raw = read_layer(source, filename)
    frame = _canonical(raw, filename, notes)
    raw_crs = raw.crs if source.has_crs else None
    frame, crs = _to_wgs84(frame, raw_crs, filename, notes)
    frame = _clean_geometry(frame, filename, notes)
    frame = _with_codes(frame, notes)
    return BoundariesFile(frame, source.label, crs, notes)


def inspect_boundaries(path: Path, filename: str, *, layer: str = "") -> dict[str, Any]:
    """Return what an upload page says about the boundaries; raise `BadInput` when unusable."""
    read = read_boundaries(path, filename, layer=layer)
    frame = read.frame
    west, south, east, north = (round(float(edge), 5) for edge in frame.total_bounds)
    lga = frame["lga_name"].fillna(frame["lga_code"])
    first = frame[list(CANONICAL)].head(5).astype(object)
    return {
        "rows": len(frame),
        "wards": len(frame),
        "columns": list(CANONICAL),
        "first_rows": first.where(first.notna(), None).values.tolist(),
        "with_geometry": int(frame.geometry.notna().sum()),
        "crs": read.crs,
        "layer": read.layer,
        "lgas": int(lga.nunique()),
        "states": sorted(str(s) for s in frame["state_name"].fillna(frame["state_code"]).dropna().unique()),
        "bounds": [west, south, east, north],
        "notes": [note.as_dict() for note in read.notes],
    }


def _canonical(raw: gpd.GeoDataFrame, filename: str, notes: list[Note]) -> gpd.GeoDataFrame:
    headers = [str(name) for name in raw.columns if name != raw.geometry.name]
    found = identify_columns(headers)
    folded = {header.casefold(): header for header in reversed(headers)}
    for canonical, names in _PLAIN.items():
        plain = next(
            (folded[name] for name in names if name in folded and folded[name] not in found.values()), None
        )
        if canonical not in found and plain:
            found[canonical] = plain
    if "ward_name" not in found:
        raise BadInput(
            "no_ward_column",
            "No field names the wards",
            f"None of the {len(headers)} fields of {filename} is known as a ward name.",
            "Name the field of ward names WardName.",
            where=filename,
            examples=headers,
        )
    columns: dict[str, Any] = {}
    for name in CANONICAL:
        if name in found:
            columns[name] = _as_text(raw[found[name]])
        else:
            columns[name] = pd.Series(pd.NA, index=raw.index, dtype="str")
    if len(raw) < MIN_WARDS:
        raise BadInput(
            "too_few_wards",
            "Too few wards to rank",
            f"{filename} has {len(raw)} wards; a ranking needs at least {MIN_WARDS}.",
            "Upload the boundaries of the whole state or area.",
            where=filename,
        )
    said = pd.DataFrame(raw.drop(columns=raw.geometry.name))
    if (urban := urban_share(said.loc[:, ~said.columns.duplicated()])) is not None:
        columns["urban_percentage"] = urban
    frame = gpd.GeoDataFrame(columns, geometry=raw.geometry.values, crs=None)
    nameless = frame["ward_name"].isna()
    if nameless.any():
        rows = tuple(f"record {i + 1}" for i in np.flatnonzero(nameless))
        notes.append(
            Note(
                "wards_without_name", "warning", "Boundaries without a ward name.", int(nameless.sum()), rows
            )
        )
    records = [f"record {number}" for number in range(1, len(frame) + 1)]
    notes += name_notes([frame[name] for name in ("ward_name", "lga_name", "state_name")], records)
    return frame


def _as_text(column: pd.Series) -> pd.Series:
    """Return trimmed text; codes that came as numbers lose their decimals."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    text = column.astype("str").str.strip()
    return text.mask(text.isin(["", "nan", "None", "<NA>"]) | column.isna())


def _to_wgs84(
    frame: gpd.GeoDataFrame, crs: CRS | None, filename: str, notes: list[Note]
) -> tuple[gpd.GeoDataFrame, str]:
    if frame.geometry.isna().all() or frame.geometry.is_empty.all():
        raise no_geometry(filename, len(frame))
    frame.geometry = shapely.force_2d(frame.geometry.values)
    label = WGS84
    if crs is None:
        if not _in_degrees(frame.total_bounds):
            raise BadInput(
                "unknown_crs",
                "The coordinate system is not known",
                f"{filename} does not say its coordinate system and its coordinates are not degrees.",
                "Add the .prj file, or export the boundaries in longitude and latitude (EPSG:4326).",
                where=filename,
            )
        message = (
            "The file does not say its coordinate system; longitude and latitude (EPSG:4326) were assumed."
        )
        notes.append(Note("crs_assumed", "warning", message))
        return frame.set_crs(WGS84), label
    frame = frame.set_crs(crs)
    if not CRS(crs).equals(CRS(WGS84), ignore_axis_order=True):
        authority = CRS(crs).to_authority()
        label = ":".join(authority) if authority else CRS(crs).name
        frame = frame.to_crs(WGS84)
        notes.append(Note("reprojected", "info", f"Boundaries were converted from {label} to EPSG:4326."))
    if not _in_degrees(frame.total_bounds):
        raise BadInput(
            "coordinates_out_of_range",
            "The coordinates do not fit the coordinate system",
            f"{filename} says {label}, but its coordinates lie outside the Earth.",
            "Export the boundaries again with the right coordinate system.",
            where=filename,
        )
    return frame, label


def _in_degrees(bounds: np.ndarray) -> bool:
    return bool(np.isfinite(bounds).all() and (np.abs(bounds) <= [180, 90, 180, 90]).all())


def _clean_geometry(frame: gpd.GeoDataFrame, filename: str, notes: list[Note]) -> gpd.GeoDataFrame:
    shapes = np.array(frame.geometry.values, dtype=object)
    names = frame["ward_name"].fillna("(no name)").to_numpy()
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if invalid.any():
        shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
        examples = tuple(names[invalid])
        message = "Invalid shapes (crossing lines) were repaired."
        notes.append(Note("geometry_repaired", "warning", message, int(invalid.sum()), examples))
    kinds = shapely.get_type_id(shapes)
    for i in np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = [
            part for part in shapely.get_parts(shapes[i]) if part.geom_type in ("Polygon", "MultiPolygon")
        ]
        shapes[i] = shapely.union_all(parts) if parts else None
    usable = np.isin(
        shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]
    ) & ~shapely.is_empty(shapes)
    if not usable.any():
        kind = next((s.geom_type for s in shapes if s is not None), "nothing")
        if kind in ("Point", "MultiPoint", "LineString", "MultiLineString"):
            raise BadInput(
                "not_polygons",
                "The boundaries are not areas",
                f"{filename} holds {kind} shapes; wards must be polygons.",
                "Upload the layer of ward polygons.",
                where=filename,
            )
        raise no_geometry(filename, len(frame))
    shapes[~usable] = None
    if not usable.all():
        message = "Wards without a polygon are listed but cannot be drawn or have neighbours."
        notes.append(
            Note("geometry_missing", "warning", message, int((~usable).sum()), tuple(names[~usable]))
        )
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=WGS84))


def _with_codes(frame: gpd.GeoDataFrame, notes: list[Note]) -> gpd.GeoDataFrame:
    """Give every ward a code of its own; the row order of the file decides nothing."""
    codes = frame["ward_code"]
    repeated = codes[codes.notna() & codes.duplicated(keep=False)]
    if codes.notna().all() and repeated.empty:
        return frame.reset_index(drop=True)
    centre = shapely.get_coordinates(
        shapely.centroid(np.where(frame.geometry.isna(), shapely.Point(0, 0), frame.geometry))
    )
    keys = pd.DataFrame(
        {
            "state": frame["state_name"].fillna(frame["state_code"]).fillna(""),
            "lga": frame["lga_name"].fillna(frame["lga_code"]).fillna(""),
            "ward": frame["ward_name"].fillna(""),
            "x": centre[:, 0].round(6),
            "y": centre[:, 1].round(6),
        }
    )
    if codes.isna().all():
        order = keys.sort_values(list(keys.columns)).index
        numbers = pd.Series(range(1, len(frame) + 1), index=order)
        frame["ward_code"] = "w" + numbers.reindex(frame.index).astype("str").str.zfill(4)
        message = "The boundaries have no ward codes; codes w0001, w0002 … were made in order of state, LGA and ward."
        notes.append(Note("codes_made", "info", message, len(frame)))
        return frame.reset_index(drop=True)
    clash = codes.isna() | codes.duplicated(keep=False)
    turn = keys[clash].assign(code=codes[clash].fillna("w")).sort_values(["code", *keys.columns])
    suffix = turn.groupby("code").cumcount() + 1
    fresh = turn["code"] + "-" + suffix.astype("str")
    frame.loc[fresh.index, "ward_code"] = fresh
    examples = tuple(f"{code}" for code in sorted(set(turn["code"])))
    message = "Ward codes that are missing or occur more than once were told apart with a number."
    notes.append(Note("codes_repeated", "warning", message, int(clash.sum()), examples))
    return frame.reset_index(drop=True)
