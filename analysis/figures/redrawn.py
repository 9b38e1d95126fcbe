"""A stored map made ready to be drawn again, with other classes than those it was stored in."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd

from analysis.figures.map_svg import Drawing, prepare
from analysis.figures.screen import lga_keys


def redrawn(wards: pd.DataFrame, shapes: bytes, lgas: bytes) -> tuple[gpd.GeoDataFrame, Drawing]:
    """Join the stored ward table to the shapes of its interactive map.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        ``ward_code, ward_name, lga_name, lga_code, state_code, state_name`` and what is to be shown.
    shapes, lgas : bytes
        GeoJSON of the wards and of their LGAs, as `writers.geo` writes them: thinned for the screen already.

    Returns
    -------
    GeoDataFrame of n wards
        In the order of `wards`; a ward without a shape has none.
    Drawing
    """
    of_wards = _frame(shapes).set_index("ward_code").geometry
    frame = gpd.GeoDataFrame(
        wards, geometry=of_wards.reindex(wards["ward_code"]).to_numpy(), crs=of_wards.crs
    )
    outlines = _frame(lgas)
    if not outlines.empty:
        outlines.index = pd.Index(lga_keys(outlines))
    # Two LGAs that can't be told apart have one outline each all the same.
    named = None if outlines.empty or outlines.index.has_duplicates else outlines.geometry
    return frame, prepare(frame, simplified=frame.geometry.to_numpy(), lga_shapes=named)


def _frame(geojson: bytes) -> gpd.GeoDataFrame:
    features = json.loads(geojson)["features"]
    if not features:
        return gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    return gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
