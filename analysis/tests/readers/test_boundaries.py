"""Boundaries in every form that is read, and archives that must not be opened."""

import io
import json
import stat
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.core.errors import BadInput
from analysis.readers.boundaries import inspect_boundaries, read_boundaries


def wards(n=4, **columns):
    boxes = [shapely.box(8 + i, 9, 9 + i, 10) for i in range(n)]
    names = [f"Ward {i}" for i in range(n)]
    codes = [f"SY{i:03d}" for i in range(n)]
    return gpd.GeoDataFrame(
        {"WardName": names, "WardCode": codes, "LGAName": ["Oru"] * n, **columns},
        geometry=boxes,
        crs="EPSG:4326",
    )


def shapefile(tmp_path, frame, **options):
    folder = tmp_path / "shapefile"
    folder.mkdir(exist_ok=True)
    frame.to_file(folder / "wards.shp", **options)
    return {f"wards{path.suffix}": path.read_bytes() for path in sorted(folder.iterdir())}


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def read(tmp_path, content, name="wards.zip", **options):
    path = tmp_path / "stored"
    path.write_bytes(content)
    return read_boundaries(path, name, **options)


def refusal(tmp_path, content, name="wards.zip"):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content, name)
    return caught.value


def codes(result):
    return {note.code: note for note in result.notes}


def gpkg(tmp_path, frame, layer="wards", path=None):
    path = path or tmp_path / "made.gpkg"
    frame.to_file(path, layer=layer, driver="GPKG")
    return path.read_bytes()


def geojson(frame):
    return frame.to_json().encode()


def test_all_three_formats_give_the_same_wards(tmp_path):
    frame = wards()
    for content, name in [
        (zipped(shapefile(tmp_path, frame)), "wards.zip"),
        (gpkg(tmp_path, frame), "wards.gpkg"),
        (geojson(frame), "wards.geojson"),
    ]:
        result = read(tmp_path, content, name)
        assert result.frame["ward_code"].tolist() == frame["WardCode"].tolist()
        assert result.frame["lga_name"].tolist() == ["Oru"] * 4
        assert result.frame["state_name"].isna().all()
        assert result.frame.crs == "EPSG:4326"
        assert shapely.equals(result.frame.geometry.values, frame.geometry.values).all()
        assert result.notes == []


def test_no_projection_file_in_degrees_is_assumed(tmp_path):
    members = shapefile(tmp_path, wards())
    del members["wards.prj"]
    assert codes(read(tmp_path, zipped(members)))["crs_assumed"].severity == "warning"


def test_no_projection_file_in_metres_is_refused(tmp_path):
    members = shapefile(tmp_path, wards().to_crs("EPSG:32632"))
    del members["wards.prj"]
    assert refusal(tmp_path, zipped(members)).code == "unknown_crs"


def test_other_coordinates_are_converted(tmp_path):
    result = read(tmp_path, zipped(shapefile(tmp_path, wards().to_crs("EPSG:32632"))))
    assert result.crs == "EPSG:32632" and "reprojected" in codes(result)
    assert np.allclose(result.frame.total_bounds, [8, 9, 12, 10], atol=1e-6)


def test_crossing_lines_are_repaired_and_missing_shapes_listed(tmp_path):
    frame = wards(5)
    bowtie = shapely.Polygon([(8, 9), (9, 10), (9, 9), (8, 10)])
    frame.geometry = [bowtie, None, *frame.geometry[2:]]
    result = read(tmp_path, gpkg(tmp_path, frame), "wards.gpkg")
    notes = codes(result)
    assert notes["geometry_repaired"].examples == ("Ward 0",)
    assert notes["geometry_missing"].examples == ("Ward 1",)
    assert len(result.frame) == 5
    assert shapely.is_valid(result.frame.geometry.dropna().values).all()
    assert result.frame.geometry.isna().tolist() == [False, True, False, False, False]


def test_names_in_an_old_encoding(tmp_path):
    frame = wards(WardName=["Gañá", "Titi", "Boro", "Keko"])
    members = shapefile(tmp_path, frame, encoding="cp1252")
    del members["wards.cpg"]
    result = read(tmp_path, zipped(members))
    assert result.frame["ward_name"].iloc[0] == "Gañá"
    assert "encoding" in codes(result)


def test_utf8_names_without_a_code_page_file(tmp_path):
    members = shapefile(tmp_path, wards(WardName=["قرية", "Titi", "Boro", "Keko"]), encoding="utf-8")
    del members["wards.cpg"]
    assert read(tmp_path, zipped(members)).frame["ward_name"].iloc[0] == "قرية"


def test_very_long_and_right_to_left_names_are_told(tmp_path):
    frame = wards(WardName=["N" * 200, "قرية", "Ward 2", "Ward 3"])
    found = codes(read(tmp_path, geojson(frame), "wards.geojson"))
    assert {"long_names", "right_to_left_names"} <= set(found)


def test_made_codes_do_not_depend_on_row_order(tmp_path):
    frame = wards(6).drop(columns="WardCode")
    frame["WardName"] = ["B", "A", "A", "C", "D", "E"]
    first = read(tmp_path, geojson(frame), "a.geojson")
    second = read(tmp_path, geojson(frame.iloc[::-1]), "a.geojson")
    assert "codes_made" in codes(first)
    assert first.frame["ward_code"].tolist() == second.frame["ward_code"].tolist()[::-1]
    assert sorted(first.frame["ward_code"]) == [f"w{i:04d}" for i in range(1, 7)]


def test_repeated_codes_are_told_apart(tmp_path):
    result = read(tmp_path, geojson(wards(WardCode=["K1", "K1", "K2", None])), "a.geojson")
    assert result.frame["ward_code"].tolist() == ["K1-1", "K1-2", "K2", "w-1"]
    assert codes(result)["codes_repeated"].count == 3


def test_numeric_codes_become_plain_text(tmp_path):
    result = read(tmp_path, gpkg(tmp_path, wards(WardCode=[10101.0, 10102.0, 10103.0, 10104.0])), "w.gpkg")
    assert result.frame["ward_code"].iloc[0] == "10101"


def test_several_layers_ask_which(tmp_path):
    path = tmp_path / "two.gpkg"
    gpkg(tmp_path, wards(), "wards", path)
    content = gpkg(tmp_path, wards(5), "lgas", path)
    error = refusal(tmp_path, content, "two.gpkg")
    assert error.code == "several_layers" and set(error.examples) == {"wards", "lgas"}
    assert len(read(tmp_path, content, "two.gpkg", layer="lgas").frame) == 5
    members = shapefile(tmp_path, wards())
    both = members | {f"lgas{name[5:]}": data for name, data in members.items()}
    assert refusal(tmp_path, zipped(both)).code == "several_layers"


def test_other_members_are_left_out_with_a_note(tmp_path):
    members = shapefile(tmp_path, wards()) | {"readme.txt": b"x", "__MACOSX/._wards.shp": b"x"}
    assert codes(read(tmp_path, zipped(members)))["members_ignored"].count == 2


@pytest.mark.parametrize("lost", [".shp", ".shx", ".dbf"])
def test_a_missing_part_is_named(tmp_path, lost):
    members = shapefile(tmp_path, wards())
    del members[f"wards{lost}"]
    error = refusal(tmp_path, zipped(members))
    assert (error.code, error.where) == ("missing_member", f"wards.zip: {lost}")


def test_parts_cut_off_inside_the_archive(tmp_path):
    members = shapefile(tmp_path, wards())
    for part in ("wards.shp", "wards.dbf", "wards.shx"):
        error = refusal(tmp_path, zipped(members | {part: members[part][:-20]}))
        assert (error.code, error.where) == ("truncated_file", f"wards.zip: {part}")


def linked(target):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("wards.shp")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
    return buffer.getvalue()


def locked():
    data = bytearray(zipped({"wards.shp": b"x"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def nul_named():
    data = zipped({"wards_shp": b"x"})
    return data.replace(b"wards_shp", b"wards\x00shp")


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (zipped({"../wards.shp": b"x"}), "archive_path_traversal", "../wards.shp"),
        (zipped({"a/../../wards.shp": b"x"}), "archive_path_traversal", "a/../../wards.shp"),
        (zipped({"..\\wards.shp": b"x"}), "archive_path_traversal", "..\\wards.shp"),
        (zipped({"/etc/wards.shp": b"x"}), "archive_absolute_path", "/etc/wards.shp"),
        (zipped({"C:\\wards.shp": b"x"}), "archive_absolute_path", "C:\\wards.shp"),
        (linked("/etc/passwd"), "archive_link", "wards.shp"),
        (locked(), "archive_locked", "wards.shp"),
        (nul_named(), "archive_nul_bytes", "wards\\0shp"),
        (zipped({"wards.shp": b"\x00" * 60_000_000}), "archive_too_large", "wards.shp"),
        (zipped({"readme.txt": b"x"}), "missing_member", ".shp"),
    ],
)
def test_unsafe_archives_are_refused(tmp_path, content, code, where):
    error = refusal(tmp_path, content)
    assert (error.code, error.where) == (code, f"wards.zip: {where}")


def test_fifty_thousand_members_are_counted_not_read(tmp_path):
    content = zipped({f"{i}.shp": b"" for i in range(50_000)})
    assert refusal(tmp_path, content).code == "archive_too_many_members"
    # An end record that lies about the count is found out as well.
    lying = bytearray(content)
    at = lying.rindex(b"PK\x05\x06")
    lying[at + 8 : at + 12] = struct.pack("<HH", 3, 3)
    assert refusal(tmp_path, bytes(lying)).code == "archive_too_many_members"


def test_a_member_that_lies_about_its_size(tmp_path):
    content = bytearray(zipped({"wards.shp": b"\x00" * 60_000_000}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    error = refusal(tmp_path, bytes(content))
    assert error.code in {"truncated_file", "archive_too_large"}
    assert not list(tmp_path.glob("**/*.shp"))


def truncations(tmp_path):
    yield zipped(shapefile(tmp_path, wards()))[:-30], "wards.zip"
    yield zipped(shapefile(tmp_path, wards()))[:600], "wards.zip"
    yield gpkg(tmp_path, wards())[:20_000], "wards.gpkg"
    yield geojson(wards())[:400], "wards.geojson"


def test_uploads_cut_off_in_the_middle(tmp_path):
    for content, name in truncations(tmp_path):
        assert refusal(tmp_path, content, name).code == "truncated_file", name


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "wards.zip", "empty_file"),
        (b"WardName,a\n", "wards.zip", "wrong_type"),
        (b"PK\x03\x04....", "wards.geojson", "wrong_type"),
        (b"{}", "wards.geojson", "not_geojson"),
        (b'{"type": "FeatureCollection", "features": []}', "wards.geojson", "not_geojson"),
        (b'{"type": "FeatureCollection",, "features": []}', "wards.geojson", "not_geojson"),
        (b"[" * 200_000 + b"]" * 200_000, "wards.geojson", "not_geojson"),
        (b'{"type": "Featu\x00re"}', "wards.geojson", "nul_bytes"),
        (geojson(wards().drop(columns=["WardName"])), "wards.geojson", "no_ward_column"),
        (geojson(wards(2)), "wards.geojson", "too_few_wards"),
        (geojson(wards().set_geometry([None] * 4)), "wards.geojson", "no_geometry"),
        (geojson(wards().set_geometry(wards().representative_point())), "wards.geojson", "not_polygons"),
    ],
)
def test_refused_contents(tmp_path, content, name, code):
    assert refusal(tmp_path, content, name).code == code


def test_inspection_is_ready_for_json(tmp_path):
    path = tmp_path / "stored"
    path.write_bytes(geojson(wards()))
    report = json.loads(json.dumps(inspect_boundaries(path, "wards.geojson"), allow_nan=False))
    assert (report["wards"], report["lgas"], report["bounds"]) == (4, 1, [8, 9, 12, 10])


@pytest.mark.realdata
def test_real_boundaries(realdata):
    # Numbers from the data's own description.
    niger = read_boundaries(realdata / "niger/Niger_State.zip", "Niger_State.zip")
    assert len(niger.frame) == 275 and niger.frame["ward_code"].is_unique and niger.notes == []
    taraba = read_boundaries(realdata / "taraba/ta-wards.geojson", "ta-wards.geojson")
    assert len(taraba.frame) == 167 and set(codes(taraba)) == {"codes_made"}


def test_an_unreadable_projection_counts_as_none(tmp_path):
    for broken in (b"nonsense", b'GEOGCS["\xb0\xff'):
        members = shapefile(tmp_path, wards()) | {"wards.prj": broken}
        assert "crs_assumed" in codes(read(tmp_path, zipped(members)))


def test_texts_that_are_no_text(tmp_path):
    content = gpkg(tmp_path, wards(WardName=["Abcdefgh", "Titi", "Boro", "Keko"]))
    error = refusal(tmp_path, content.replace(b"Abcdefgh", b"Abc\xff\xfefgh"), "wards.gpkg")
    assert error.code == "unreadable_boundaries"


def test_damage_anywhere_is_a_refusal_and_never_a_fault(tmp_path):
    """Bytes changed or lost at random places: read, or refused, but nothing else."""
    draw = np.random.default_rng(7)
    whole = {
        "wards.zip": zipped(shapefile(tmp_path, wards(12))),
        "wards.gpkg": gpkg(tmp_path, wards(12)),
        "wards.geojson": geojson(wards(12)),
    }
    refused = 0
    for name, content in whole.items():
        for turn in range(40):
            data = bytearray(content)
            for at in draw.integers(0, len(data), 1 + turn % 6):
                data[at] = draw.integers(0, 256)
            if turn % 4 == 0:
                del data[draw.integers(1, len(data)) :]
            try:
                read(tmp_path, bytes(data), name)
            except BadInput as error:
                refused += 1
                json.dumps(error.problem())
    assert refused > 40
