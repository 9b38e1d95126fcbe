"""Small worlds for the tests of the core, and where the published data lies."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, settings

from analysis.core.names import identify_columns

# Every run draws other examples; `make test-full` draws more of them at once.
settings.register_profile(
    "core", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.register_profile("core-full", settings.get_profile("core"), max_examples=200)

REPOSITORY = Path(__file__).resolve().parents[3]


def pytest_configure(config: pytest.Config) -> None:
    """As many examples as the run has time for: the full number where slow tests aren't left out.

    Called before the tests beside this file are imported; they take their settings then.
    """
    settings.load_profile("core" if "not slow" in config.getoption("markexpr") else "core-full")


@pytest.fixture(scope="session")
def published() -> Path:
    """Folder of the published data, or a skip that says what is missing."""
    folder = Path(os.environ.get("CHATMRPT_REALDATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "niger" / "Niger_plus.csv").exists():
        pytest.skip(f"published data not found in {folder}; set CHATMRPT_REALDATA")
    return folder


def canonical_boundaries(path: Path) -> gpd.GeoDataFrame:
    """A boundary file with its place columns under their canonical names."""
    frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    found = identify_columns(frame.columns)
    renamed = frame.rename(columns={header: name for name, header in found.items()})
    if "ward_code" not in renamed.columns:
        renamed["ward_code"] = [f"w{number:04d}" for number in range(1, len(renamed) + 1)]
    return renamed[[name for name in renamed.columns if name in {*found, "ward_code", "geometry"}]]


def square_wards(rows: int, columns: int, per_lga: int = 4) -> gpd.GeoDataFrame:
    """A chessboard of wards of 0.1 degrees in Kwara, `per_lga` in a row to an LGA."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    return gpd.GeoDataFrame(
        {
            "ward_code": [f"KW{number:04d}" for number in range(rows * columns)],
            "ward_name": [f"Ward {chr(65 + number % 26)}{number}" for number in range(rows * columns)],
            "lga_name": [f"Lga {number // per_lga}" for number in range(rows * columns)],
            "state_name": "Kwara",
        },
        geometry=shapely.box(4 + 0.1 * x, 8 + 0.1 * y, 4.1 + 0.1 * x, 8.1 + 0.1 * y),
        crs="EPSG:4326",
    )


def wards_with(values: dict[str, list[float]], columns: int = 1) -> gpd.GeoDataFrame:
    """Wards in a row (or a board of `columns`) with the given variables."""
    n = len(next(iter(values.values())))
    wards = square_wards(-(-n // columns), columns).iloc[:n].reset_index(drop=True)
    return gpd.GeoDataFrame(pd.concat([wards, pd.DataFrame(values)], axis=1), crs=wards.crs)
