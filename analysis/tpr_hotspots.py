"""Wards whose positivity and that of their neighbours is high or low together. Needs no Django."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.core.neighbours import queen_neighbours
from analysis.core.tpr.hotspots import local_g, stands_out
from analysis.figures import palette
from analysis.figures.classes import NO_CLASS, Classes
from analysis.figures.map_svg import draw_map

LABELS = ("high together", "no more than chance", "low together")
COLOURS = tuple(palette.DIFFERENCE[k] for k in (6, 3, 0))


def hotspots(wards: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``ward_code, ward_name, lga_name, tpr_percent`` with ``gi_z, gi_p`` and ``hotspot`` (hot, cold or empty)."""
    rate = wards["tpr_percent"].to_numpy(dtype=np.float64)
    z, p = local_g(rate, queen_neighbours(wards.geometry.to_crs("EPSG:4326")))
    out = stands_out(p)
    names = pd.DataFrame(wards)[["ward_code", "ward_name", "lga_name", "tpr_percent"]].reset_index(drop=True)
    with np.errstate(invalid="ignore"):
        kind = np.select([out & (z > 0), out & (z < 0)], ["hot", "cold"], default="")
    return names.assign(gi_z=z, gi_p=p, hotspot=kind)


def hotspot_map(wards: gpd.GeoDataFrame, table: pd.DataFrame, source: str) -> str:
    """Return a map of the wards that stand out together with their neighbours."""
    z = table["gi_z"].to_numpy()
    place = table["hotspot"].map({"hot": 0, "": 1, "cold": 2}).to_numpy(dtype=np.int64)
    place = np.where(np.isfinite(z), place, NO_CLASS)
    counts = tuple(np.bincount(place[place >= 0], minlength=len(LABELS)).tolist())
    classes = Classes(place, COLOURS, LABELS, counts, int((place < 0).sum()), "With their neighbours", "Not judged",
                      "high first")  # fmt: skip
    tips = [
        f"{name}: {'not judged' if at < 0 else LABELS[at]}"
        for name, at in zip(table["ward_name"], place, strict=True)
    ]
    return draw_map(
        wards.assign(gi_z=z), "gi_z", kind="variable", title="Hot and cold spots of test positivity",
        label="Positivity of a ward and its neighbours", source=source, classes=classes, tips=tips,
    )  # fmt: skip
