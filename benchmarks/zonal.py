"""Ward values of rasters beside rasterstats: `python -m benchmarks.zonal` prints JSON, `measure` adds the limits.

The same wards, rasters and rule: cells whose centre lies in the ward. The published rasters where they are at hand, made
ones of the same grids elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio import Affine
from rasterstats import zonal_stats

from analysis.core.raster_kinds import RasterKind
from analysis.core.zonal import Grid, zonal_means
from analysis.readers.boundaries import read_boundaries
from analysis.readers.rasters import covariate, read_grid
from benchmarks.analyse import COUNTRY, Line
from benchmarks.inputs import areas
from benchmarks.processes import run

ROOT = Path(__file__).resolve().parents[1]
# Grids of the published rasters: rows, columns, cell in degrees, west, north.
GRIDS = {
    "distance_to_water_static.tif": (1200, 1560, 1 / 120, 2.0, 14.0),
    "flood_extent_2021_annual.tif": (1072, 1337, 0.009, 2.67, 13.9),
    "housing_quality_2015.tif": (232, 288, 1 / 24, 2.67, 13.9),
    "pfpr_2022.tif": (232, 288, 1 / 24, 2.67, 13.9),
    "rainfall_2018_08.tif": (721, 1440, 0.25, -180.125, 90.125),
    "soil_wetness_2018_08.tif": (305, 608, 180 / 305, -180.0, 90.0),
    "temperature_2018_08.tif": (721, 1440, 0.25, -180.125, 90.125),
}
ANY = RasterKind("any", "", (-float("inf"), float("inf")))
FASTER, SAME = 1.0, 1e-9


def measure() -> list[Line]:
    """Measure on the whole country, in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        area = areas(folder, (COUNTRY,))[COUNTRY]
        done = run(["-m", "benchmarks.zonal", str(area.boundaries), str(folder)], folder)
        found = json.loads(done.output.splitlines()[-1])
    label = f"zonal means, {COUNTRY:,} wards ({area.name}) × {found['rasters']} rasters ({found['kind']})"
    return [
        Line(f"{label}: rasterstats, by centres, CPU", found["theirs"], "s"),
        Line(f"{label}: ours, by centres, CPU", found["ours"], "s"),
        Line(f"{label}: ours, by exact area, CPU", found["exact"], "s"),
        Line(f"{label}: ours ÷ rasterstats, both by centres", found["ours"] / found["theirs"], "×", FASTER),
        Line(
            f"{label}: by exact area ÷ rasterstats by centres", found["exact"] / found["theirs"], "×", FASTER
        ),
        Line(f"{label}: values compared", found["compared"], ""),
        Line(
            f"{label}: largest relative difference ÷ {SAME:g}, same rule",
            found["difference"] / SAME,
            "×",
            1.0,
        ),
        Line(f"{label}: values that only one of the two has", found["only_one"], "", 0.0),
    ]


def main(boundaries: str, folder: str) -> None:
    """Time both on every raster and compare each value that has a centre in its ward."""
    wards = read_boundaries(Path(boundaries), Path(boundaries).name).frame.geometry
    kind, paths = _rasters(Path(folder))
    found = {"rasters": len(paths), "kind": kind, "ours": 0.0, "exact": 0.0, "theirs": 0.0,
             "compared": 0, "difference": 0.0, "only_one": 0}  # fmt: skip
    for path in paths:
        started = time.process_time()
        grid = read_grid(path, path.name, wards, ANY)
        mine = zonal_means(grid, wards, rule="centre")
        found["ours"] += time.process_time() - started
        started = time.process_time()
        covariate(path, path.name, ANY, wards)
        found["exact"] += time.process_time() - started
        started = time.process_time()
        theirs = _theirs(path, wards, grid)
        found["theirs"] += time.process_time() - started
        by_centre = mine["mean"].where(mine["method"] == "centre").to_numpy(dtype=np.float64)
        both = ~np.isnan(by_centre) & ~np.isnan(theirs)
        apart = np.abs(by_centre[both] - theirs[both]) / np.maximum(np.abs(theirs[both]), 1e-12)
        found["compared"] += int(both.sum())
        found["only_one"] += int((np.isnan(by_centre) != np.isnan(theirs)).sum())
        found["difference"] = max(found["difference"], float(apart.max(initial=0.0)))
    sys.stdout.write(json.dumps(found) + "\n")


def _theirs(path: Path, wards: gpd.GeoSeries, grid: Grid) -> np.ndarray:
    """Given the cells as numbers, which is the fastest way to use it: no ward opens the file again."""
    at = Affine(grid.width, 0.0, grid.west, 0.0, -grid.height, grid.north)
    stats = zonal_stats(wards, grid.values, affine=at, nodata=np.nan, stats=["mean"])
    means = [row["mean"] for row in stats]
    return np.array(
        [np.nan if mean is None or np.ma.is_masked(mean) else mean for mean in means], dtype=float
    )


def _rasters(folder: Path) -> tuple[str, list[Path]]:
    data = Path(os.environ.get("CHATMRPT_REALDATA", ROOT.parent / "shared" / "data")) / "rasters"
    if data.is_dir():
        return "published", sorted(data.glob("*.tif"))
    draw, made = np.random.default_rng(4), []
    for name, (rows, columns, cell, west, north) in GRIDS.items():
        path = folder / name
        profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": "float32",
                   "crs": "EPSG:4326", "transform": Affine(cell, 0.0, west, 0.0, -cell, north)}  # fmt: skip
        with rasterio.open(path, "w", **profile) as out:
            out.write(draw.random((rows, columns), dtype="float32"), 1)
        made.append(path)
    return "made", made


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
