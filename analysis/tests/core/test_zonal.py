"""Zonal means against hand-made areas, two published tools and published ward values."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from hypothesis import given
from hypothesis import strategies as st
from rasterstats import zonal_stats

from analysis.core.errors import BadInput
from analysis.core.raster_kinds import RASTER_KINDS
from analysis.core.zonal import Grid, check_range, zonal_means, zonal_sums
from analysis.raster_notes import raster_notes
from analysis.readers.rasters import covariate, inspect_raster, over_time, read_grid, ward_values
from analysis.reference_inspect import inspect_reference_raster

GRID = Grid(np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, np.nan]]), 10.0, 3.0, 1.0, 1.0)


def means(*shapes, **options):
    return zonal_means(GRID, gpd.GeoSeries(list(shapes)), latitude=False, **options)


def test_exact_shares_of_cells_by_hand():
    # Half of cell 1, a quarter of cells 1, 2, 4, 5; cell 5 without its middle; a triangle over 4 and half of 1 and 5.
    hole = shapely.Polygon(
        [(11, 1), (12, 1), (12, 2), (11, 2)], [[(11.2, 1.2), (11.8, 1.2), (11.8, 1.8), (11.2, 1.8)]]
    )
    found = means(shapely.box(10, 2.5, 11, 3), shapely.box(10.5, 1.5, 11.5, 2.5), hole,
                  shapely.Polygon([(10, 1), (12, 1), (10, 3)]))  # fmt: skip
    assert found["mean"].to_numpy() == pytest.approx([1, 3, 5, (4 + 0.5 * 1 + 0.5 * 5) / 2], abs=1e-12)
    assert found["covered"].to_numpy() == pytest.approx([1, 1, 1, 1])


def test_the_way_a_ring_runs_and_several_parts_do_not_matter():
    one = shapely.box(10.1, 0.3, 11.7, 2.9)
    parts = shapely.MultiPolygon([shapely.box(10, 2, 11, 3), shapely.box(12, 2, 13, 3)])
    assert means(one, one.reverse())["mean"].nunique() == 1
    assert means(parts)["mean"][0] == pytest.approx(2)


def test_a_collection_counts_by_its_polygons_however_deep():
    """What making a polygon valid can leave: a multipolygon beside a line."""
    squares = shapely.MultiPolygon([shapely.box(10, 2, 11, 3), shapely.box(12, 2, 13, 3)])
    mixed = shapely.GeometryCollection([squares, shapely.LineString([(10, 0), (13, 0)])])
    for rule in ("exact", "centre"):
        assert means(mixed, rule=rule)["mean"][0] == pytest.approx(2)


def test_cells_without_data_are_left_out_and_told():
    found = means(shapely.box(12, 0, 13, 2), shapely.box(12.1, 0.1, 12.9, 0.9), shapely.box(20, 0, 21, 1))
    assert found["mean"][0] == pytest.approx(6) and found["covered"][0] == pytest.approx(0.5)
    assert np.isnan(found["mean"][1:]).all() and found["method"].tolist() == ["exact", "", ""]


# Three quarters of a ward beside the raster, to each side of it; all of it inside; all round it; half of it without data.
SIDES = [shapely.box(9.25, 1, 10.25, 3), shapely.box(12.75, 1, 13.75, 3), shapely.box(10, 2.75, 12, 3.75),
         shapely.box(10, -0.75, 12, 0.25), shapely.box(10, 1, 12, 3), shapely.box(9, -1, 14, 4),
         shapely.box(12, 0, 13, 2)]  # fmt: skip


@pytest.mark.parametrize("latitude", [False, True])
def test_what_lies_outside_the_raster_has_no_data(latitude):
    found = zonal_means(GRID, gpd.GeoSeries(SIDES), latitude=latitude)
    expected = [0.25, 0.25, 0.25, 0.25, 1, 8 / 25, 0.5]
    assert found["covered"].to_numpy() == pytest.approx(expected, abs=1e-12 if not latitude else 1e-3)
    assert found["mean"].notna().all()
    turned = zonal_means(GRID, gpd.GeoSeries(SIDES).reverse(), latitude=latitude)
    assert turned["covered"].to_numpy() == pytest.approx(found["covered"].to_numpy())


def test_centres_outside_the_raster_have_no_data():
    """The grid goes on beyond its edge: two columns of centres outside for one inside, and so on."""
    shapes = [shapely.box(8, 0, 11, 3), shapely.box(12, 0, 14, 3), shapely.box(10, 1, 12, 4), shapely.box(10, -1, 12, 1),
              shapely.box(10, 1, 12, 3), shapely.box(9, -1, 14, 4)]  # fmt: skip
    found = means(*shapes, rule="centre")
    assert found["covered"].tolist() == pytest.approx([1 / 3, 2 / 6, 4 / 6, 1 / 2, 1, 8 / 25])
    assert found["mean"].tolist() == pytest.approx([4, 4.5, 3, 7.5, 3, 4.5])


def test_a_ward_mostly_beside_the_raster_is_told(tmp_path):
    path, affine = tmp_path / "night.tif", rasterio.Affine(1, 0, 10, 0, -1, 3)
    with rasterio.open(path, "w", driver="GTiff", width=3, height=3, count=1, dtype="float64", crs="EPSG:4326",
                       transform=affine, nodata=-9.0) as raster:  # fmt: skip
        raster.write(np.nan_to_num(GRID.values, nan=-9.0), 1)
    wards = gpd.GeoDataFrame({"ward_name": list("abcdef")}, geometry=SIDES[:6], crs="EPSG:4326")
    found = covariate(path, path.name, RASTER_KINDS["nighttime_lights"], wards.geometry)
    notes = {note.code: note for note in raster_notes(wards, RASTER_KINDS["nighttime_lights"], found)}
    assert notes["covariate_partly"].examples == ("a", "b", "c", "d", "f")
    assert "covariate_missing" not in notes


def test_centre_rule_and_the_way_out_for_small_wards():
    found = means(shapely.box(10, 1, 11.6, 3), shapely.box(10.6, 2.6, 11.2, 2.9), rule="centre")
    assert found["mean"].tolist() == [3.0, 1.5]
    assert found["method"].tolist() == ["centre", "touched"]


def test_true_areas_weigh_the_southern_row_more():
    grid = Grid(np.array([[0.0], [1.0]]), 0.0, 60.0, 30.0, 30.0)
    found = zonal_means(grid, gpd.GeoSeries([shapely.box(0, 0, 30, 60)]))
    # sin 30° of sin 60°
    assert found["mean"][0] == pytest.approx(0.5 / np.sin(np.radians(60)))


def test_impossible_values_are_refused():
    # Temperature that went through a rain conversion: 9.3 million "mm".
    with pytest.raises(BadInput) as refusal:
        check_range(np.array([[9.3e6, np.nan]]), RASTER_KINDS["rainfall"], "rainfall_2021.tif")
    assert refusal.value.code == "raster_out_of_range" and "9.3e+06" in refusal.value.detail
    with pytest.raises(BadInput):
        check_range(np.array([[np.nan]]), RASTER_KINDS["evi"], "evi.tif")


@pytest.fixture
def scaled(tmp_path):
    """Write a raster that stores 2,500 in each cell but one, which is −9 for no data."""

    def write(scale, offset=0.0):
        path = tmp_path / "rain.tif"
        cells = np.full((3, 3), 2500, dtype="int16")
        cells[0, 0] = -9
        with rasterio.open(path, "w", driver="GTiff", width=3, height=3, count=1, dtype="int16", crs="EPSG:4326",
                           transform=rasterio.Affine(1, 0, 10, 0, -1, 3), nodata=-9) as raster:  # fmt: skip
            raster.write(cells, 1)
            raster.scales, raster.offsets = (scale,), (offset,)
        return path

    return write


def test_scale_and_offset_make_the_value_of_a_cell(scaled):
    wards = gpd.GeoSeries([shapely.box(10.5, 0.5, 12.5, 2.5), shapely.box(10, 2, 11, 3)], crs="EPSG:4326")
    path = scaled(0.1)
    found = ward_values(path, path.name, "rainfall", wards)["value"]
    # No data is what the file stores, not what becomes of it.
    assert found[0] == pytest.approx(250) and np.isnan(found[1])
    (band,) = inspect_raster(path, path.name)["bands"]
    assert (band["min"], band["max"], band["cells_with_data"]) == (250, 250, 8)
    assert (band["scale"], band["offset"], band["no_data"]) == (0.1, 0, -9)
    facts = inspect_reference_raster(
        path, path.name, "2021", {"variable": "rainfall", "temporal": "annual_sum"}
    )
    assert (facts["seen"], facts["scale"], facts["offset"]) == ([250, 250], 0.1, 0)
    # 0.01 · 2,500 − 30 = −5 °C: the range is held against the temperature.
    path = scaled(0.01, -30.0)
    assert ward_values(path, path.name, "temp", wards)["value"][0] == pytest.approx(-5)
    (band,) = inspect_raster(scaled(1.0), path.name)["bands"]
    assert band["max"] == 2500 and "scale" not in band


def test_a_scale_of_nothing_and_values_beyond_the_range_by_the_scale_are_refused(scaled):
    wards = gpd.GeoSeries([shapely.box(10, 0, 13, 2)], crs="EPSG:4326")
    for scale, code in ((0.0, "raster_without_scale"), (10.0, "raster_out_of_range")):
        path = scaled(scale)
        with pytest.raises(BadInput) as refusal:
            ward_values(path, path.name, "rainfall", wards)
        assert refusal.value.code == code


def test_a_year_has_twelve_months():
    month = pd.DataFrame({"value": [10.0, np.nan]})
    assert over_time([month] * 12, RASTER_KINDS["rainfall"])[0] == 120
    assert np.isnan(over_time([month] * 12, RASTER_KINDS["temp"])[1])
    with pytest.raises(BadInput) as refusal:
        over_time([month] * 3, RASTER_KINDS["rainfall"])
    assert refusal.value.code == "incomplete_year"


def test_people_are_summed_by_the_share_of_each_cell_by_hand():
    # Half of cell 1; a quarter of cells 1, 2, 4 and 5; a ward of 0.06 cells in cell 5; a triangle over cell 4 and half of
    # 1 and 5. Further north cells are smaller, and hold as many people as they say.
    shapes = [shapely.box(10, 2.5, 11, 3), shapely.box(10.5, 1.5, 11.5, 2.5), shapely.box(11.1, 1.1, 11.3, 1.4),
              shapely.Polygon([(10, 1), (12, 1), (10, 3)])]  # fmt: skip
    found = zonal_sums(GRID, gpd.GeoSeries(shapes))
    assert found["sum"].to_numpy() == pytest.approx([0.5, 3, 0.3, 4 + 0.5 * 1 + 0.5 * 5], abs=1e-12)
    assert found["covered"].to_numpy() == pytest.approx([1, 1, 1, 1]) and set(found["method"]) == {"exact"}
    north = Grid(GRID.values, GRID.west, 60.0, 1.0, 1.0)
    moved = gpd.GeoSeries(shapes).translate(0, 57)
    assert zonal_sums(north, moved)["sum"].to_numpy() == pytest.approx(found["sum"].to_numpy())


def test_who_is_not_known_is_missing_and_never_0():
    # Cells 6 and no data; no data; beside the raster; half of cell 1 and as much beside it; half a percent beside it.
    shapes = [shapely.box(12, 0, 13, 2), shapely.box(12.2, 0.2, 12.9, 0.9), shapely.box(20, 0, 21, 1),
              shapely.box(9.5, 2, 10.5, 3), shapely.box(9.995, 2, 10.995, 3)]  # fmt: skip
    found = zonal_sums(GRID, gpd.GeoSeries(shapes))
    assert found["sum"][0] == pytest.approx(6) and found["covered"][0] == pytest.approx(0.5)
    assert found["sum"][1:4].isna().all() and (found["method"][1:4] == "").all()
    assert found["covered"][3] == pytest.approx(0.5) and found["sum"][4] == pytest.approx(0.995)


def test_nobody_is_exactly_nobody_beside_the_most_crowded_cells():
    """Running sums leave a ten-millionth of a person by rounding; cases among so few would be a burden of billions."""
    rng = np.random.default_rng(1)
    values = rng.random((400, 2000)) * 1e5
    values[100:300, 500:700] = 0
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = rng.uniform(5, 90, (60, 40))
    shapes = shapely.polygons(np.dstack([600 + reach * np.cos(angles), 200 + reach * np.sin(angles)]))
    found = zonal_sums(Grid(values, 0.0, 400.0, 1.0, 1.0), gpd.GeoSeries(shapes))
    assert (found["sum"] == 0).all()


places = st.tuples(st.integers(1000, 1300), st.integers(0, 300))


@given(
    cells=st.lists(st.one_of(st.just(np.nan), st.floats(0, 1e6)), min_size=9, max_size=9),
    points=st.lists(places, min_size=3, max_size=12, unique=True),
)
def test_wards_that_part_an_area_have_all_its_people(cells, points):
    grid = Grid(np.array(cells).reshape(3, 3), 10.0, 3.0, 1.0, 1.0)
    whole = shapely.box(10, 0, 13, 3)
    parts = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(np.array(points) / 100), extend_to=whole)
    )
    wards = shapely.intersection(parts, whole)
    found = zonal_sums(grid, gpd.GeoSeries(wards[shapely.area(wards) > 0]))
    assert found["sum"].sum() == pytest.approx(np.nansum(cells), rel=1e-6, abs=1e-6)
    assert (found["sum"].dropna() >= 0).all()


def test_a_raster_of_people_says_what_its_sums_leave_out(tmp_path):
    path, affine = tmp_path / "people.tif", rasterio.Affine(1, 0, 10, 0, -1, 3)
    with rasterio.open(path, "w", driver="GTiff", width=3, height=3, count=1, dtype="float64", crs="EPSG:4326",
                       transform=affine, nodata=-9.0) as raster:  # fmt: skip
        raster.write(np.nan_to_num(GRID.values, nan=-9.0), 1)
    # Half a cell; three quarters and all of a ward without data; half beside the raster.
    shapes = [shapely.box(10, 2.5, 11, 3), shapely.box(12, 0, 13, 4 / 3), shapely.box(12, 0, 13, 1),
              shapely.box(9, 2, 11, 3)]  # fmt: skip
    wards = gpd.GeoDataFrame({"ward_name": list("abcd")}, geometry=shapes, crs="EPSG:4326")
    kind = RASTER_KINDS["population_u5"]
    found = covariate(path, path.name, kind, wards.geometry)
    assert found["value"].tolist() == pytest.approx([0.5, 2, np.nan, np.nan], nan_ok=True)
    notes = {note.code: note for note in raster_notes(wards, kind, found)}
    assert (
        notes["covariate_partly"].examples == ("b",) and "count nobody" in notes["covariate_partly"].message
    )
    assert notes["covariate_missing"].examples == ("c",) and notes["covariate_beyond"].examples == ("d",)
    with pytest.raises(BadInput) as refusal:
        ward_values(path, path.name, "population", wards.geometry, rule="centre")
    assert refusal.value.code == "no_such_rule"


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "variable", "column", "count"),
    [
        ("distance_to_water_static.tif", "distance_to_waterbodies", "distance", 29),
        ("housing_quality_2015.tif", "housing_quality", "val_housing_15", 15),
    ],
)
def test_published_values_of_ilorin(realdata, file, variable, column, count):
    wards = gpd.read_file(realdata / "ilorin/Ilorin_3LGA.zip")
    published = pd.read_csv(realdata / "ilorin/example.csv")
    found = ward_values(realdata / "rasters" / file, file, variable, wards.geometry, rule="centre")
    both = published.merge(found.assign(WardName=wards["WardName"]), on="WardName")
    centred = both[both["method"] == "centre"]
    assert np.isclose(centred["value"], centred[column], rtol=1e-6, atol=0).sum() == len(centred) == count
    exact = ward_values(realdata / "rasters" / file, file, variable, wards.geometry)
    assert (exact.loc[found["method"] != "", "method"] == "exact").all()


def test_a_ward_of_whole_cells_has_one_value_by_both_rules():
    whole = shapely.box(10, 1, 12, 3)
    assert means(whole)["mean"][0] == means(whole, rule="centre")["mean"][0] == 3.0
    # Half a column more: those cells count by halves, or not at all, as their centres lie outside.
    more = shapely.box(10, 1, 12.4, 3)
    assert means(more)["mean"][0] == pytest.approx((12 + 0.4 * (3 + 6)) / 4.8)
    assert means(more, rule="centre")["mean"][0] == 3.0


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "variable"),
    [
        ("distance_to_water_static.tif", "distance_to_waterbodies"),
        ("housing_quality_2015.tif", "housing_quality"),
    ],
)
def test_the_two_rules_differ_by_the_cells_on_the_edge_alone(realdata, file, variable):
    wards = gpd.read_file(realdata / "ilorin/Ilorin_3LGA.zip").geometry
    grid = read_grid(realdata / "rasters" / file, file, wards, RASTER_KINDS[variable])
    exact, centre = zonal_means(grid, wards, latitude=False), zonal_means(grid, wards, rule="centre")
    row, column = np.indices(grid.values.shape)
    west, north = grid.west + column * grid.width, grid.north - row * grid.height
    cells = shapely.box(west, north - grid.height, west + grid.width, north)
    middles = shapely.points(west + grid.width / 2, north - grid.height / 2)
    known = ~np.isnan(grid.values)
    for k, shape in enumerate(wards):
        share = shapely.area(shapely.intersection(cells, shape)) / (grid.width * grid.height)
        inside = shapely.contains(shape, middles)
        edge = (share > 1e-9) & (share < 1 - 1e-9)
        # Away from the edge both rules take a cell whole or not at all.
        assert ((share > 0.5) == inside)[~edge].all()
        if known[share > 1e-9].any():
            by_area = (share * grid.values)[known].sum() / share[known].sum()
            assert exact["mean"][k] == pytest.approx(by_area, rel=1e-9)
        if centre["method"][k] == "centre":
            assert centre["mean"][k] == pytest.approx(grid.values[inside & known].mean(), rel=1e-9)


@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore:Use .@. matmul")  # from the other tool
@pytest.mark.parametrize(
    ("file", "variable"),
    [
        ("distance_to_water_static.tif", "distance_to_waterbodies"),
        ("housing_quality_2015.tif", "housing_quality"),
        ("soil_wetness_2018_08.tif", "soil_wetness"),
        ("pfpr_2022.tif", "pfpr"),
    ],
)
def test_same_numbers_as_published_tools(realdata, file, variable):
    path = realdata / "rasters" / file
    wards = gpd.read_file(realdata / "niger/Niger_State.zip")
    grid = read_grid(path, file, wards.geometry, RASTER_KINDS[variable])
    centre = zonal_means(grid, wards.geometry, rule="centre")
    # As double precision: in single precision its sums are good to seven digits only.
    with rasterio.open(path) as source:
        cells, corner, nothing = source.read(1).astype(float), source.transform, source.nodata
    rows = zonal_stats(
        wards, cells, affine=corner, nodata=-9999 if nothing is None else nothing, stats="mean"
    )
    theirs = pd.Series([row["mean"] for row in rows], dtype=float)
    by_centre = (centre["method"] == "centre").to_numpy()
    assert np.allclose(centre["mean"][by_centre], theirs[by_centre], rtol=1e-9)
    exact = zonal_means(grid, wards.geometry, latitude=False)
    reference = exact_extract(str(path), wards, ["mean"], output="pandas").filter(like="mean").iloc[:, 0]
    # Their shares of cells are single precision.
    assert np.allclose(exact["mean"], reference.astype(float), rtol=2e-6, equal_nan=True)
