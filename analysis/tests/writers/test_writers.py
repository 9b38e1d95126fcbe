"""Downloads that open everywhere and run nowhere."""

import gzip
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import python_calamine
import shapely

from analysis.core.matching import match_wards
from analysis.core.names import canonical_table
from analysis.core.pipeline import build_dataset, run_risk
from analysis.figures.screen import simplify
from analysis.synthetic import make_state
from analysis.writers.geo import write_gpkg
from analysis.writers.results import write_result
from analysis.writers.text import as_it_was, neutral, read_back, write_csv
from analysis.writers.workbook import write_xlsx

HOSTILE = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\tx", "\rx", "plain", "", None, "a=b"]
HARMLESS = ["'=1+1", "'+1", "'-1+2", "'@SUM(A1)", "'\tx", "'\rx", "plain", None, None, "a=b"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    table, boundaries = make_state(wards=80, lgas=8)
    table.loc[0, "ward_name"] = table.loc[0, "ward_name"].upper()
    boundaries.loc[0, "geometry"] = None
    report = match_wards(canonical_table(table), boundaries)
    dataset, _ = build_dataset(table, boundaries, report)
    result = run_risk(dataset)
    folder = tmp_path_factory.mktemp("written")
    return folder, result, write_result(result, folder, report)


def test_formulas_are_neutralised_and_numbers_are_not(tmp_path):
    frame = pd.DataFrame({"=name": HOSTILE, "value": np.arange(10) - 5.5})
    write_csv(frame, tmp_path / "a.csv")
    back = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert back.columns.tolist() == ["'=name", "value"]
    assert [cell or None for cell in back["'=name"]] == HARMLESS
    assert back["value"].tolist() == frame["value"].tolist()
    write_xlsx({"Wards": frame}, tmp_path / "a.xlsx")
    rows = python_calamine.load_workbook(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert [row[0].replace("\r", "") or None for row in rows[1:]] == [
        text and text.replace("\r", "") for text in HARMLESS
    ]
    assert [row[1] for row in rows[1:]] == frame["value"].tolist()


def test_what_was_made_harmless_can_be_told_from_what_it_was():
    texts = [*filter(None, HOSTILE), "'", "'plain", "'=1+1", "''-x", "null", "-", "x\n=1"]
    table = pa.table({"=name": texts, "'@name": texts, "value": range(len(texts))})
    assert as_it_was(neutral(table)).equals(table)
    assert not any(text[0] in "=+-@\t\r" for text in neutral(table)["'=name"].to_pylist())


def test_what_was_written_is_read_back_with_its_own_texts(tmp_path):
    frame = pd.DataFrame({"code": ["-12", "=x", "NA", None], "@v": [-1.5, np.nan, 0.1, 2.0]})
    back = read_back(write_csv(frame, tmp_path / "a.csv"), ["code"])
    assert back.columns.tolist() == ["code", "@v"]
    assert back["code"].fillna("").tolist() == ["-12", "=x", "NA", ""]
    np.testing.assert_array_equal(back["@v"], frame["@v"])


def test_missing_is_an_empty_cell_and_floats_come_back_exactly(tmp_path):
    frame = pd.DataFrame({"x": [0.1 + 0.2, np.nan, 1e-300], "rank": pd.array([1, None, 3], dtype="Int64")})
    write_csv(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[2] == ","
    back = pd.read_csv(tmp_path / "a.csv")
    assert back["x"].tolist()[0] == 0.1 + 0.2 and np.isnan(back["x"][1])


def test_every_export_has_every_ward(written):
    folder, result, paths = written
    assert {path.name for path in paths} == {path.name for path in folder.iterdir()}
    n = len(result.wards)
    assert len(pd.read_csv(folder / "wards.csv")) == n
    for name in ("wards.gpkg", "wards.parquet"):
        frame = (
            gpd.read_parquet(folder / name)
            if name.endswith("parquet")
            else gpd.read_file(folder / name, layer="wards")
        )
        assert (
            len(frame) == n
            and frame["composite_rank"].notna().sum() == result.wards["composite_rank"].notna().sum()
        )
        assert frame.geometry.isna().sum() == 1
        assert set(result.wards.columns) - {"geometry"} <= set(frame.columns)
    sheets = python_calamine.load_workbook(str(folder / "wards.xlsx")).sheet_names
    assert sheets == ["Wards", "Columns", "Parameters", "Models", "Filled cells", "Notes"]


def test_names_that_capitals_alone_tell_apart_stay_apart_in_a_geopackage(tmp_path):
    shape = shapely.box(8, 9, 9, 10)
    wards = gpd.GeoDataFrame(
        {"population": [1], "Population": [2], "POPULATION": [3], "fid": [4]},
        geometry=[shape],
        crs="EPSG:4326",
    )
    read = gpd.read_file(write_gpkg(wards, tmp_path / "wards.gpkg"))
    assert read.drop(columns="geometry").iloc[0].to_dict() == {
        "population": 1, "Population_2": 2, "POPULATION_3": 3, "fid_2": 4,
    }  # fmt: skip


def test_units_and_directions_stand_in_the_workbook(written):
    folder, result, _ = written
    rows = python_calamine.load_workbook(str(folder / "wards.xlsx")).get_sheet_by_name("Columns").to_python()
    found = {row[0]: row[2:4] for row in rows[1:]}
    assert set(found) == set(result.wards.columns) - {"geometry"}
    assert found["elevation"] == ["m", "higher means less risk"]
    assert found["area_km2"][0] == "km²"


def test_the_map_is_small_and_valid_geojson(written):
    folder, result, _ = written
    data = json.loads((folder / "map.geojson").read_text())
    assert len(data["features"]) == len(result.wards)
    first = data["features"][1]["properties"]
    assert {"ward_code", "ward_name", "lga_name", "composite_rank", "composite_tier"} <= set(first)
    assert data["features"][0]["geometry"] is None
    assert len(gzip.compress((folder / "map.geojson").read_bytes())) < 300_000
    lgas = gpd.read_file(folder / "lgas.geojson")
    assert len(lgas) == 8 and lgas["wards"].sum() == len(result.wards)


def test_simplified_neighbours_still_share_their_borders():
    _, boundaries = make_state(wards=80, lgas=8)
    simple = simplify(boundaries.geometry.to_numpy(), pixels=300)
    assert shapely.coverage_is_valid(simple)
    assert (
        shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(boundaries.geometry).sum() / 2
    )


@pytest.mark.realdata
def test_a_real_state_fits_a_slow_link(realdata, tmp_path):
    from analysis.headless import Inputs, compute

    niger = realdata / "niger"
    found = compute(Inputs(niger / "Niger_plus.csv", niger / "Niger_State.zip"))
    write_result(found.result, tmp_path, found.report)
    weight = sum(
        len(gzip.compress((tmp_path / name).read_bytes())) for name in ("map.geojson", "lgas.geojson")
    )
    # A state's map page weighs at most 300 kB compressed beyond the cached library.
    assert weight < 250_000
