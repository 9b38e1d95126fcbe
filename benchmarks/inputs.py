"""What is measured: real polygons where they are at hand, made ones elsewhere; covariates always made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from analysis.synthetic import make_state
from analysis.writers.geo import write_gpkg
from analysis.writers.text import write_csv

VARIABLES = (
    "u5_tpr_rdt", "rainfall", "soil_wetness", "distance_to_waterbodies", "elevation", "housing_quality",
    "nighttime_lights", "ndwi",
)  # fmt: skip
_ROOT = Path(__file__).resolve().parents[1]
_RENAMED = {
    "WardCode": "ward_code", "WardName": "ward_name", "LGACode": "lga_code", "LGAName": "lga_name",
    "StateCode": "state_code", "StateName": "state_name",
}  # fmt: skip


@dataclass(frozen=True)
class Area:
    """A table and boundaries on disk."""

    name: str
    wards: int
    table: Path
    boundaries: Path


def areas(folder: Path, sizes: tuple[int, ...]) -> dict[int, Area]:
    """Write one area per size: 275 is a state, the others are cut from the whole country."""
    data = Path(os.environ.get("CHATMRPT_REALDATA", _ROOT.parent / "shared" / "data"))
    country, label = _country(data)
    made = {}
    for size in sizes:
        if size < 1_000:
            frame, name = _state(data, size)
        else:
            frame, name = country.head(size), label
        made[size] = _write(frame, name, folder / str(size))
    return made


def _country(data: Path) -> tuple[gpd.GeoDataFrame, str]:
    path = data / "national" / "nigeria_wards_9308.parquet"
    if path.is_file():
        frame = gpd.read_parquet(path, columns=[*_RENAMED, "geometry"]).rename(columns=_RENAMED)
        return frame.sort_values(["state_code", "lga_code", "ward_code"]).reset_index(drop=True), "national"
    return make_state(wards=9_308, lgas=774)[1], "synthetic"


def _state(data: Path, size: int) -> tuple[gpd.GeoDataFrame, str]:
    path = data / "niger" / "Niger_State.zip"
    if not path.is_file():
        return make_state(wards=size, lgas=25)[1], "synthetic"
    frame = pyogrio.read_dataframe(path).rename(columns=_RENAMED)
    frame["lga_name"], frame["state_name"] = "LGA " + frame["lga_code"], "Niger"
    return frame[[*_RENAMED.values(), "geometry"]], "niger"


def _write(frame: gpd.GeoDataFrame, name: str, folder: Path) -> Area:
    folder.mkdir()
    table = frame[["ward_code", "ward_name", "lga_name", "state_name"]].copy()
    draw = np.random.default_rng(1)
    at = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    for variable in VARIABLES:
        waves = draw.normal(0, 0.7, (20, 2))
        field = np.cos(at @ waves.T + draw.uniform(0, 2 * np.pi, 20)).sum(axis=1)
        noisy = field + draw.normal(0, 0.3, len(field))
        table[variable] = np.round(noisy - noisy.min() + 0.01, 4)
    for variable, share in (("housing_quality", 0.05), ("soil_wetness", 0.01)):
        table.loc[draw.permutation(len(table))[: int(share * len(table))], variable] = np.nan
    return Area(
        name,
        len(frame),
        write_csv(pd.DataFrame(table), folder / "table.csv"),
        write_gpkg(frame, folder / "boundaries.gpkg"),
    )
