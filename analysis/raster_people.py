"""The people of wards out of a raster that counts them cell by cell. Needs no Django."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.raster_kinds import RASTER_KINDS, RasterKind
from analysis.raster_notes import NOT_AVAILABLE, not_available, raster_notes
from analysis.readers.rasters import covariate
from analysis.tpr_people import RASTER_OF, raster_fault


def raster_people(
    path: Path,
    filename: str,
    wards: gpd.GeoDataFrame,
    group: str,
    *,
    band: int | None = None,
    kind: RasterKind | None = None,
) -> tuple[pd.Series, list[Note]]:
    """The people of each ward, on the index of `wards`; all of them missing where the raster is of another place.

    `kind` is what a reference set says that it holds; a raster without holds the people of the `group`.
    """
    kind = kind or RASTER_KINDS[RASTER_OF[group]]
    if fault := raster_fault(filename, kind.variable, kind.statistic, group):
        raise BadInput("other_people", "The raster counts other people", fault, "Choose a raster of these people.",
                       where="population")  # fmt: skip
    try:
        found = covariate(path, filename, kind, wards.geometry, band=band)
    except BadInput as refusal:
        if refusal.code not in NOT_AVAILABLE:
            raise
        return pd.Series(np.nan, index=wards.index), [not_available(kind, refusal, len(wards))]
    return found["value"], raster_notes(wards, kind, found)
