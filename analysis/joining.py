"""Joining a matched table to its boundaries, with everything that has to be said; for the command and the web alike."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from analysis.core.duplicates import merge_rows
from analysis.core.errors import Note
from analysis.core.matching import MatchReport
from analysis.core.pipeline import build_dataset


def join_wards(
    rows: pd.DataFrame, boundaries: gpd.GeoDataFrame, report: MatchReport
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Join the accepted pairs; say which rows became one, and where the names of the LGAs come from."""
    rows, merged = merge_rows(rows, report)
    dataset, notes = build_dataset(rows, boundaries, report)
    notes = [*merged, *notes]
    if boundaries["lga_name"].isna().all() and dataset["lga_name"].notna().any():
        message = "The boundaries name no LGAs; the names were taken from the matched rows of the table."
        count = int(dataset["lga_name"].notna().sum())
        notes = [*notes, Note("lga_names_from_table", "info", message, count)]
    return dataset, notes
