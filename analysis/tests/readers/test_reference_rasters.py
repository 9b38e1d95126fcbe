"""The published rasters as reference sets would hold them, and the national wards as boundaries and population."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.core.raster_kinds import RASTER_KINDS
from analysis.readers.boundaries import read_boundaries
from analysis.readers.people import match_people, read_people
from analysis.readers.rasters import covariate
from analysis.reference_inspect import (
    inspect_boundaries,
    inspect_population,
    inspect_reference_raster,
    kind_of_facts,
)

pytestmark = pytest.mark.realdata

# File, what it holds, and the grid and range that the data pack's own description gives.
PUBLISHED = [
    ("distance_to_water_static.tif", "distance_to_waterbodies", {}, (1200, 1560), (0, 14_110)),
    ("housing_quality_2015.tif", "housing_quality", {}, (232, 288), (0.01, 0.79)),
    ("pfpr_2022.tif", "pfpr", {}, (232, 288), (0, 1)),
    ("flood_extent_2021_annual.tif", "flood", {}, (1072, 1337), (0, 1)),
    ("soil_wetness_2018_08.tif", "soil_wetness", {"temporal": "month"}, (305, 608), (0, 1)),
    ("temperature_2018_08.tif", "temp", {"temporal": "month"}, (721, 1440), (-70, 60)),
    ("rainfall_2018_08.tif", "rainfall", {"temporal": "month"}, (721, 1440), (0, 6000)),
]


@pytest.fixture(scope="module")
def niger(realdata):
    return read_boundaries(realdata / "niger" / "Niger_State.zip", "Niger_State.zip").frame


@pytest.mark.parametrize(("name", "variable", "options", "grid", "within"), PUBLISHED)
def test_each_published_raster_can_be_loaded_and_read(realdata, niger, name, variable, options, grid, within):
    path = realdata / "rasters" / name
    year = "2018-08" if options else "2018"
    facts = inspect_reference_raster(path, name, year, {"variable": variable} | options)
    assert facts["crs"] == "EPSG:4326" and tuple(facts["cells"]) == grid
    low, high = facts["seen"]
    assert within[0] - 0.005 <= low < high <= within[1] * 1.01  # the description rounds
    assert facts["band"] == 1  # of the two bands of pfpr_2022 the second is empty
    found = covariate(path, name, kind_of_facts(facts), niger.geometry, band=facts["band"])
    values = found["value"].dropna()
    assert len(values) > 270 and values.between(low - 1e-9, high + 1e-9).all()


def test_values_of_niger_state_are_those_that_were_described(realdata, niger):
    """data/README: 213–433 mm of rain in the month, 23.8–26.7 °C, no flood at all."""
    folder = realdata / "rasters"
    rain = covariate(folder / "rainfall_2018_08.tif", "r", RASTER_KINDS["rainfall"], niger.geometry)["value"]
    assert 200 < rain.min() < rain.max() < 440
    temp = covariate(folder / "temperature_2018_08.tif", "t", RASTER_KINDS["temp"], niger.geometry)
    assert 23.5 < temp["value"].min() < temp["value"].max() < 27
    # A cell of a quarter of a degree is larger than most wards.
    assert temp["small"].mean() > 0.5
    flood = covariate(folder / "flood_extent_2021_annual.tif", "f", RASTER_KINDS["flood"], niger.geometry)
    assert (flood["value"] == 0).all()


def test_a_raster_taken_for_another_is_refused(realdata):
    """Metres of distance taken for degrees."""
    with pytest.raises(BadInput) as refused:
        inspect_reference_raster(
            realdata / "rasters" / "distance_to_water_static.tif", "d.tif", "2021", {"variable": "temp"}
        )
    assert refused.value.problem()["code"] == "raster_out_of_range"


def test_the_national_wards_are_offered_by_state_and_count_their_people(realdata):
    path = realdata / "national" / "nigeria_wards_9308.parquet"
    facts = inspect_boundaries(path, path.name, "2020", {})
    assert facts["wards"] == 9308 and len(facts["states"]) == 37
    counted = inspect_population(path, path.name, "2020", {"total": "pop_worldpop2020"})
    # data/README: the two populations disagree, 203.3 and 216.6 million.
    assert counted["people"]["total"] == pytest.approx(203.3e6, rel=1e-3)
    usual = inspect_population(path, path.name, "2020", {})
    assert usual["people"]["total"] == pytest.approx(216.6e6, rel=1e-3)
    wards = read_boundaries(path, path.name).frame
    kwara = wards[wards["state_name"] == "Kwara"].reset_index(drop=True)
    found = read_people(path, path.name, {"total": "pop_worldpop2020"})
    people, report, notes = match_people(found, kwara)
    table = pd.read_parquet(path, columns=["StateName", "pop_worldpop2020"])
    assert np.nansum(people) == pytest.approx(
        table.loc[table["StateName"] == "Kwara", "pop_worldpop2020"].sum()
    )
    assert not notes and report.counts()["accepted"] == len(kwara)
