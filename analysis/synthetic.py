"""A made-up state for demonstrations and tests: plausible, spatially ordered, and labelled synthetic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.writers.geo import write_gpkg
from analysis.writers.text import write_csv

STATE_NAME = "Synthetic State"
STATE_CODE = "SY"
WEST, SOUTH = 6.0, 9.0
_DEGREES = 2.4
# Syllables of no language in particular; no name is taken from a real place.
_HEADS = (
    "ba",
    "do",
    "fe",
    "gi",
    "ho",
    "ka",
    "lu",
    "me",
    "no",
    "pi",
    "ra",
    "so",
    "ti",
    "vu",
    "wa",
    "yo",
    "za",
    "bri",
    "klo",
    "dru",
)
_MIDDLES = ("la", "mo", "ne", "ri", "su", "ta", "ve", "zi", "go", "du", "mi", "po", "re", "sa")
_TAILS = ("ra", "n", "mba", "ko", "li", "ndo", "sh", "to", "ye", "wu", "ga", "r")


@dataclass(frozen=True)
class _Plan:
    """Which ward lies where: generator points and the LGA of each."""

    points: NDArray[np.float64]
    lga: NDArray[np.intp]
    capitals: NDArray[np.float64]


def make_state(
    *, seed: int = 20_240, wards: int = 200, lgas: int = 15, names_seed: int | None = None
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Make a ward table and the boundaries it belongs to.

    Parameters
    ----------
    seed : int
        The same seed gives the same state.
    wards, lgas : int
        How many of each.
    names_seed : int, optional
        Draw the names by another seed than the rest.

    Returns
    -------
    table : DataFrame
        Columns ``ward_name, lga_name, state_name``, eight variables, ``population`` and
        ``data_note`` ("synthetic"). No ward codes; some spellings differ from the boundaries,
        some cells are missing.
    boundaries : GeoDataFrame, EPSG:4326
        Columns ``ward_code, ward_name, lga_code, lga_name, state_code, state_name, source``;
        neighbours share their borders exactly.
    """
    draw = np.random.default_rng(seed)
    naming = draw if names_seed is None else np.random.default_rng(names_seed)
    plan = _plan(draw, wards, lgas)
    shapes = _shapes(plan.points)
    lga_names = _names(naming, lgas, set())
    names = _ward_names(naming, plan.lga, lga_names)
    boundaries = gpd.GeoDataFrame(
        {
            "ward_code": _codes(plan.lga),
            "ward_name": names,
            "lga_code": [f"{STATE_CODE}{k + 1:02d}" for k in plan.lga],
            "lga_name": [lga_names[k] for k in plan.lga],
            "state_code": STATE_CODE,
            "state_name": STATE_NAME,
            "source": "synthetic, not a real place",
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    table = pd.DataFrame(
        {
            "ward_name": _respelled(draw, names),
            "lga_name": boundaries["lga_name"],
            "state_name": STATE_NAME,
            **_variables(draw, centres, plan.capitals, shapely.area(shapes)),
            "data_note": "synthetic",
        }
    )
    order = boundaries.sort_values("ward_code").index
    boundaries = boundaries.loc[order].reset_index(drop=True)
    table = table.loc[order].sort_values(["lga_name", "ward_name"], kind="stable").reset_index(drop=True)
    return _with_gaps(draw, table), boundaries


def _plan(draw: Generator, wards: int, lgas: int) -> _Plan:
    """Scatter LGA capitals and wards, wards denser near capitals, then spread them evenly."""
    capitals = _spread(draw.random((lgas, 2)) * _DEGREES, 8)
    near = capitals[draw.integers(0, lgas, wards)] + draw.normal(0, 0.22, (wards, 2))
    points = np.clip(near, 0.02, _DEGREES - 0.02)
    points = _spread(points, 3)
    lga = np.argmin(_distance(points, capitals), axis=1)
    return _Plan(points, lga, capitals)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])


def _spread(points: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Move every point to the middle of its cell, some times over."""
    for _ in range(rounds):
        points = shapely.get_coordinates(shapely.centroid(_cells(points)))
    return points


def _outline() -> shapely.Polygon:
    """Return the state's outline, a rounded shape with bays, in its own degrees."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radius = 1.02 + 0.1 * np.sin(3 * angle + 0.4) + 0.05 * np.sin(7 * angle) + 0.02 * np.sin(17 * angle)
    middle = _DEGREES / 2
    return shapely.Polygon(
        np.column_stack([middle + radius * np.cos(angle), middle + radius * np.sin(angle)])
    )


def _cells(points: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the Voronoi cell of every point inside the outline, in the order of the points."""
    outline = _outline()
    inside = shapely.contains_xy(outline, points)
    middle = np.array([_DEGREES / 2, _DEGREES / 2])
    # A point outside is pulled towards the middle until it is in.
    points = np.where(inside[:, None], points, middle + (points - middle) * 0.6)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline))
    tree = shapely.STRtree(cells)
    owner, cell = tree.query(shapely.points(points), predicate="intersects")
    first = np.unique(owner, return_index=True)[1]
    return shapely.intersection(cells[cell[first]], outline)


def _shapes(points: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return ward polygons with uneven borders that neighbours share exactly."""
    cells = shapely.set_precision(_cells(points), 1e-5)
    # Both neighbours see the same vertices, so bending space bends both alike.
    fine = _noded(cells)

    def bend(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        east = 0.010 * np.sin(31 * y + 3 * x) + 0.006 * np.sin(73 * y - 11 * x)
        north = 0.010 * np.sin(29 * x - 2 * y) + 0.006 * np.sin(67 * x + 13 * y)
        return np.round(np.column_stack([WEST + x + east, SOUTH + y + north]), 6)

    return shapely.transform(fine, bend)


def _noded(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give neighbours the same vertices along their common border."""
    lines = shapely.node(shapely.multilinestrings(shapely.get_exterior_ring(_largest(shapes))))
    lines = shapely.segmentize(lines, 0.012)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = shapely.STRtree(faces)
    owner, face = tree.query(shapely.point_on_surface(shapes), predicate="intersects")
    first = np.unique(owner, return_index=True)[1]
    return faces[face[first]]


def _largest(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the largest polygon of each shape."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((-shapely.area(parts), owner))
    return parts[order[np.unique(owner[order], return_index=True)[1]]]


def _names(draw: Generator, count: int, taken: set[str]) -> list[str]:
    names: list[str] = []
    while len(names) < count:
        parts = [draw.choice(_HEADS)]
        if draw.random() < 0.7:
            parts.append(draw.choice(_MIDDLES))
        parts.append(draw.choice(_MIDDLES) + draw.choice(_TAILS))
        name = "".join(map(str, parts)).capitalize()
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


def _ward_names(draw: Generator, lga: NDArray[np.intp], lga_names: list[str]) -> list[str]:
    """Name wards; some numbered pairs, and a few names that recur in several LGAs but never in one."""
    names = _names(draw, len(lga), set(lga_names))
    common = ["Kasuwari", "Tudira", "Sabonta", "Central"]
    for k in np.unique(lga):
        members = np.flatnonzero(lga == k)
        for offset, name in enumerate(common):
            if len(members) > 6 and (k + offset) % 4 == 0:
                names[members[offset]] = name
        if len(members) > 7:
            names[members[5]] = f"{lga_names[k]} 1"
            names[members[6]] = f"{lga_names[k]} 2"
    return names


def _codes(lga: NDArray[np.intp]) -> list[str]:
    counts: dict[int, int] = {}
    codes = []
    for k in lga.tolist():
        counts[k] = counts.get(k, 0) + 1
        codes.append(f"{STATE_CODE}{k + 1:02d}W{counts[k]:02d}")
    return codes


def _respelled(draw: Generator, names: list[str]) -> list[str]:
    """Spell some names as a health office might: upper case, Roman numerals, a doubled or lost letter."""
    spelled = list(names)
    chosen = draw.permutation(len(names))[: max(6, len(names) // 8)]
    for turn, i in enumerate(chosen.tolist()):
        name = names[i]
        if name.endswith((" 1", " 2")):
            spelled[i] = name[:-1] + ("I" if name.endswith("1") else "II")
        elif turn % 5 == 0:
            spelled[i] = name.upper()
        elif turn % 5 == 1:
            spelled[i] = f"{name} Ward"
        elif turn % 5 == 2:
            spelled[i] = name[:2] + name[1] + name[2:]
        elif turn % 5 == 3:
            spelled[i] = name[:-2] + name[-1]
        else:
            spelled[i] = name[:2] + "oe" + name[4:]
    return spelled


def _field(draw: Generator, at: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return a smooth random surface at the points, mean 0 and standard deviation 1."""
    waves = draw.normal(0, 1 / scale, (24, 2))
    phases = draw.uniform(0, 2 * np.pi, 24)
    surface = np.cos(at @ waves.T + phases).sum(axis=1)
    return (surface - surface.mean()) / surface.std()


def _variables(
    draw: Generator, at: NDArray[np.float64], capitals: NDArray[np.float64], area: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return covariates that hang together, and an under-five test positivity that follows them."""
    n = len(at)
    wet = _field(draw, at, 0.5)
    high = _field(draw, at, 0.35)
    poor = _field(draw, at, 0.3)
    town = np.exp(-_distance(at - [WEST, SOUTH], capitals).min(axis=1) / 0.09)
    urban = np.clip(110 * town**0.9 + draw.normal(0, 4, n) - 6, 0, 100)
    rainfall = 1_050 + 170 * wet - 25 * (at[:, 1] - at[:, 1].mean()) + draw.normal(0, 12, n)
    wetness = np.clip(0.46 + 0.05 * wet - 0.05 * high + draw.normal(0, 0.025, n), 0.05, 0.95)
    rivers = _field(draw, at, 0.2)
    water = np.clip(2_400 - 500 * wet + 900 * rivers + draw.gamma(2, 260, n), 30, None)
    housing = np.clip(0.42 + 0.34 * town - 0.11 * poor + draw.normal(0, 0.04, n), 0.02, 0.98)
    lights = np.clip(0.2 + 22 * town**2 * (1 - 0.15 * poor) + draw.gamma(1.2, 0.15, n), 0.05, None)
    risk = 0.5 * wet - 0.45 * high + 0.55 * poor - 1.5 * town + 0.35 * draw.normal(0, 1, n)
    positivity = 100 / (1 + np.exp(0.35 - 0.55 * risk))
    density = 70 + 3_400 * town**1.5
    population = np.clip(density * area * 12_000 * draw.lognormal(0, 0.25, n), 1_800, 190_000)
    return {
        "population": np.rint(population),
        "u5_tpr_rdt": np.round(positivity, 2),
        "rainfall": np.round(rainfall, 1),
        "soil_wetness": np.round(wetness, 3),
        "distance_to_waterbodies": np.rint(water),
        "elevation": np.rint(np.clip(260 + 90 * high + draw.normal(0, 10, n), 40, None)),
        "housing_quality": np.round(housing, 3),
        "nighttime_lights": np.round(lights, 3),
        "urban_percentage": np.round(urban, 1),
    }


def _with_gaps(draw: Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Leave some cells empty, as surveys do."""
    n = len(table)
    for name, share in (("housing_quality", 0.06), ("u5_tpr_rdt", 0.01), ("soil_wetness", 0.02)):
        table.loc[draw.permutation(n)[: max(1, round(share * n))], name] = np.nan
    return table


def write_state(state: tuple[pd.DataFrame, gpd.GeoDataFrame], folder: Path) -> list[Path]:
    """Write a made state as `ward_table.csv` and `boundaries.gpkg`."""
    table, boundaries = state
    return [
        write_csv(table, folder / "ward_table.csv"),
        write_gpkg(boundaries, folder / "boundaries.gpkg", layer="synthetic_wards"),
    ]
