"""From an uploaded boundary file to one layer of raw records: which layer, whole or cut off, which encoding."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio
from pyarrow.lib import ArrowException
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from analysis.core.errors import BadInput, Note
from analysis.readers import archives
from analysis.readers.sniff import Content, sniff, truncated


@dataclass(frozen=True)
class Source:
    """One layer, ready to be read."""

    path: Path
    layer: str
    label: str
    has_crs: bool = True
    is_parquet: bool = False


def find_layer(
    path: Path, filename: str, content: Content, folder: Path, layer: str, notes: list[Note]
) -> Source:
    """Return the one layer to read, unpacking an archive into `folder`."""
    if content == "gpkg":
        _check_pages(path, filename)
        if path.suffix != ".gpkg":
            # The driver warns about any other name, and stored files have none.
            named = folder / "layer.gpkg"
            named.symlink_to(path.resolve())
            path = named
        return _layer_of(path, filename, layer)
    if content in ("json", "parquet"):
        label = Path(filename).stem
        if layer not in ("", label):
            raise _no_such_layer(filename, layer, [label])
        if content == "json":
            _check_json(path, filename)
        return Source(path, "", label, is_parquet=content == "parquet")
    extracted = archives.extract(path, filename, folder)
    if extracted.ignored:
        message = "Files in the archive that are not boundaries were left out."
        notes.append(Note("members_ignored", "info", message, len(extracted.ignored), extracted.ignored))
    by_suffix: dict[str, list[str]] = {}
    for member in extracted.files:
        by_suffix.setdefault(Path(member).suffix.lower(), []).append(member)
    layers = [m for suffix in (".shp", ".gpkg", ".geojson", ".json") for m in by_suffix.get(suffix, [])]
    if not layers:
        raise _missing_member(filename, ".shp", list(extracted.files) + list(extracted.ignored))
    if layer:
        layers = _named(layer, layers, filename)
    if len(layers) > 1:
        raise _which_layer(filename, layers)
    member = layers[0]
    inner = extracted.files[member]
    place = f"{filename}: {member}"
    if inner.suffix == ".shp":
        return _shapefile(inner, member, filename, extracted, notes)
    kind = sniff(inner)
    if kind == "gpkg":
        _check_pages(inner, place)
        return _layer_of(inner, place, layer, (member, Path(member).stem))
    if kind == "json":
        _check_json(inner, place)
        return Source(inner, "", Path(member).stem)
    raise BadInput(
        "wrong_type",
        "A member is not what its name says",
        f"{member} in {filename} is not a map layer.",
        "Put the real boundary file into the archive.",
        where=place,
    )


def _named(layer: str, members: Sequence[str], filename: str) -> list[str]:
    """The members that a name may mean: itself, or a GeoPackage that may hold such a layer."""
    found = [member for member in members if layer in (member, Path(member).stem)]
    found = found or [member for member in members if member.lower().endswith(".gpkg")]
    if not found:
        raise _no_such_layer(filename, layer, members)
    return found


def _shapefile(
    shp: Path, member: str, filename: str, extracted: archives.Extracted, notes: list[Note]
) -> Source:
    for suffix in (".shx", ".dbf"):
        if not shp.with_suffix(suffix).exists():
            raise _missing_member(filename, suffix, list(extracted.files))
    for part in (shp, shp.with_suffix(".shx")):
        head = part.read_bytes()[:28]
        place = f"{filename}: {Path(member).with_suffix(part.suffix)}"
        if len(head) < 28 or head[:4] != b"\x00\x00\x27\x0a":
            raise BadInput(
                "wrong_type",
                "A member is not what its name says",
                f"{Path(member).with_suffix(part.suffix)} in {filename} is not part of a shapefile.",
                "Export the shapefile again and zip all its files.",
                where=place,
            )
        if struct.unpack(">i", head[24:28])[0] * 2 > part.stat().st_size:
            raise truncated(
                place, f"{Path(member).with_suffix(part.suffix)} in {filename} is shorter than it says."
            )
    _set_encoding(shp, f"{filename}: {Path(member).with_suffix('.dbf')}", notes)
    has_crs = _readable_projection(shp.with_suffix(".prj"))
    return Source(shp, "", Path(member).stem, has_crs)


def _readable_projection(projection: Path) -> bool:
    """Tell whether the coordinate system is given; an unreadable one counts as not given."""
    if not projection.exists():
        return False
    # Only names in it can be other than ASCII, and the driver stumbles over them.
    text = projection.read_bytes().decode("ascii", errors="replace").replace("\ufffd", "_")
    try:
        CRS.from_wkt(text)
    except CRSError:
        projection.unlink()
        return False
    projection.write_text(text, "ascii")
    return True


def _set_encoding(shp: Path, place: str, notes: list[Note]) -> None:
    """Tell the driver how the attribute table is encoded where the shapefile does not say."""
    dbf = shp.with_suffix(".dbf").read_bytes()
    if len(dbf) < 32:
        raise truncated(place, f"{place} is too short to be an attribute table.")
    rows, header, width = struct.unpack_from("<IHH", dbf, 4)
    if header + rows * width > len(dbf) + 1:
        raise truncated(place, f"{place} announces {rows} records and ends before the last.")
    if shp.with_suffix(".cpg").exists():
        return
    records = dbf[header:]
    if records.isascii():
        encoding = "UTF-8"
    else:
        try:
            records.decode("utf-8")
            encoding = "UTF-8"
        except UnicodeDecodeError:
            encoding = "1252"
            message = (
                "The shapefile has no .cpg file; its names were read as Windows-1252. Check accented letters."
            )
            notes.append(Note("encoding", "warning", message))
    shp.with_suffix(".cpg").write_text(encoding, "ascii")


def _missing_member(filename: str, suffix: str, members: Sequence[str]) -> BadInput:
    return BadInput(
        "missing_member",
        "The archive lacks a part of the shapefile",
        f"{filename} has no {suffix} file.",
        "Zip the .shp, .shx and .dbf files of one layer together (and the .prj file).",
        where=f"{filename}: {suffix}",
        examples=members,
    )


def _which_layer(filename: str, layers: Sequence[str]) -> BadInput:
    return BadInput(
        "several_layers",
        "The file holds several layers",
        f"{filename} has {len(layers)} layers; which one holds the wards?",
        "Say which layer to read, or upload a file with only the ward layer.",
        where=filename,
        examples=layers,
    )


def _no_such_layer(filename: str, layer: str, layers: Sequence[str]) -> BadInput:
    return BadInput(
        "no_such_layer",
        "The file has no such layer",
        f"{filename} has no layer named {layer}.",
        "Choose one of the layers listed.",
        where=filename,
        examples=layers,
    )


def _check_pages(path: Path, place: str) -> None:
    """Refuse a GeoPackage shorter than the page count in its header."""
    head = path.read_bytes()[:100]
    if len(head) < 100:
        raise truncated(place, f"{place} ends within its first page.")
    page_size = struct.unpack_from(">H", head, 16)[0]
    pages = struct.unpack_from(">I", head, 28)[0]
    if pages * (65_536 if page_size == 1 else page_size) > path.stat().st_size:
        raise truncated(place, f"{place} announces {pages} pages and ends before the last.")


def _check_json(path: Path, place: str) -> None:
    data = path.read_bytes()
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise BadInput(
            "nul_bytes",
            "The file holds bytes that no map layer has",
            f"{place} has NUL bytes, the first on line {line}.",
            "Export the layer again as GeoJSON (UTF-8).",
            where=f"{place}: line {line}",
        )
    try:
        top = json.loads(data)
    except UnicodeDecodeError as error:
        raise _not_geojson(place, "is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) - 1 or not error.doc.rstrip().endswith(("}", "]")):
            raise truncated(
                place, f"{place} ends on line {error.lineno} in the middle of a value."
            ) from error
        raise _not_geojson(place, f"is broken on line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _not_geojson(place, "is nested beyond reason") from error
    if not isinstance(top, dict) or top.get("type") != "FeatureCollection" or not top.get("features"):
        raise _not_geojson(place, "has no features")


def _not_geojson(place: str, detail: str) -> BadInput:
    return BadInput(
        "not_geojson",
        "The file is not a GeoJSON layer",
        f"{place} {detail}.",
        "Export the ward layer as a GeoJSON FeatureCollection.",
        where=place,
    )


def _layer_of(path: Path, place: str, layer: str, own_names: Sequence[str] = ()) -> Source:
    """The layer of a GeoPackage; `own_names` are those of the file, not of a layer in it."""
    try:
        listed = pyogrio.list_layers(path)
    except DataSourceError as error:
        raise truncated(place, f"{place} cannot be opened as a GeoPackage.") from error
    names = [str(name) for name, kind in listed if kind is not None]
    if layer and layer in names:
        return Source(path, layer, layer)
    if not names:
        raise BadInput(
            "no_layer",
            "The GeoPackage holds no map layer",
            f"{place} has tables but no layer with shapes.",
            "Export the ward boundaries into the GeoPackage.",
            where=place,
        )
    if layer and layer not in own_names:
        raise _no_such_layer(place, layer, names)
    if len(names) > 1:
        raise _which_layer(place, names)
    return Source(path, names[0], names[0])


def read_layer(source: Source, filename: str) -> gpd.GeoDataFrame:
    """Return the layer's records as they are."""
    options = {"layer": source.layer} if source.layer else {}
    try:
        read = (
            gpd.read_parquet(source.path)
            if source.is_parquet
            else pyogrio.read_dataframe(source.path, use_arrow=True, **options)
        )
        for name in read.select_dtypes("str"):
            # Texts that are no UTF-8 come to light only when they are looked at.
            read[name].to_numpy()
    except (
        DataSourceError,
        DataLayerError,
        GEOSException,
        ArrowException,
        ValueError,
        RuntimeError,
    ) as error:
        raise BadInput(
            "unreadable_boundaries",
            "The boundaries cannot be read",
            f"{filename} is damaged: the layer {source.label} could not be read to its end.",
            "Export the layer again and upload the new file.",
            where=f"{filename}: {source.label}",
        ) from error
    if not isinstance(read, gpd.GeoDataFrame):
        raise no_geometry(filename, len(read))
    return read


def no_geometry(filename: str, wards: int) -> BadInput:
    """Return the refusal of a layer without any shape."""
    return BadInput(
        "no_geometry",
        "No ward has a shape",
        f"All {wards} wards of {filename} are without a polygon.",
        "Upload the boundary file that holds the ward polygons.",
        where=filename,
    )
