"""Joining a matched ward table to its boundaries: one row per boundary ward."""

from __future__ import annotations

from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import BadInput, Note
from .names import CANONICAL, canonical_table, identify_columns
from .variables import VARIABLES, find_column, is_identifier

# Columns a result adds; an uploaded column of the same name is kept under another.
RESULT_COLUMNS = frozenset(
    [
        "composite_score",
        "composite_rank",
        "composite_tier",
        "pca_score",
        "pca_rank",
        "pca_tier",
        "rank_difference",
        "rank_min",
        "rank_q1",
        "rank_median",
        "rank_q3",
        "rank_max",
        "models_used",
        "share_top_third",
        "imputed_variables",
        "area_km2",
        "centroid_lat",
        "centroid_lon",
        "flags",
        "zone",
        "geometry",
        "table_row",
    ]
)
URBAN_WORDS = {
    "yes": 100.0,
    "true": 100.0,
    "1": 100.0,
    "y": 100.0,
    "no": 0.0,
    "false": 0.0,
    "0": 0.0,
    "n": 0.0,
}
MIN_MATCHED_SHARE = 0.8


class _Report(Protocol):
    pairs: pd.DataFrame


def build_dataset(
    table: pd.DataFrame, boundaries: gpd.GeoDataFrame, report: _Report
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Join the accepted pairs of a match report.

    Parameters
    ----------
    table : pandas.DataFrame
        The ward table as uploaded; ``table_row`` or the index says which line a record is.
    boundaries : geopandas.GeoDataFrame of n wards
        With the canonical columns.
    report : MatchReport
        Of these two.

    Returns
    -------
    dataset : geopandas.GeoDataFrame of n rows
        Canonical columns, ``table_row`` (missing where no record matched), the uploaded columns
        under their own headers except identifiers, ``population`` and ``urban_percentage`` when
        known, geometry. In the order of `boundaries`.
    notes : list of Note

    Raises
    ------
    BadInput
        If no pair is accepted.
    """
    accepted = report.pairs[report.pairs["status"] == "accepted"]
    if accepted.empty:
        raise BadInput(
            "nothing_joined",
            "No ward was joined",
            "No pair of table and boundary ward is accepted yet.",
            "Confirm the pairs proposed for review, or give ward codes or LGA names in the table.",
        )
    places = canonical_table(table)
    position_of_row = pd.Series(np.arange(len(table)), index=places["table_row"].to_numpy())
    row_of_code = pd.Series(accepted["table_row"].to_numpy(), index=accepted["ward_code"].to_numpy())
    table_row = row_of_code.reindex(boundaries["ward_code"]).to_numpy(dtype=np.float64, na_value=np.nan)
    matched = ~np.isnan(table_row)
    taken = np.full(len(boundaries), -1)
    taken[matched] = position_of_row.loc[table_row[matched]].to_numpy()
    notes: list[Note] = []
    columns: dict[str, Any] = {}
    for name in CANONICAL:
        columns[name] = _place_column(name, boundaries, places, taken)
    columns["table_row"] = pd.array(np.where(matched, table_row, np.nan), dtype="Float64").astype("Int64")
    for header, renamed in _uploaded_columns(table, notes).items():
        columns[renamed] = _taken(table[header], taken)
    joined = pd.DataFrame(columns, index=pd.RangeIndex(len(boundaries)))
    _add_known(joined, table, taken, notes)
    notes.extend(_join_notes(matched, len(table), boundaries))
    return gpd.GeoDataFrame(joined, geometry=boundaries.geometry.to_numpy(), crs=boundaries.crs), notes


def _taken(values: pd.Series, taken: np.ndarray) -> Any:
    """Values at the taken positions, missing where the position is −1."""
    numbers = values.astype("float64") if values.dtype == bool else values
    picked = numbers.reset_index(drop=True).reindex(taken)  # label -1 does not exist: missing
    if picked.dtype == object:
        picked = picked.map(lambda value: value if pd.isna(value) else str(value))
    return picked.to_numpy() if picked.dtype != "str" else picked.array


def _place_column(name: str, boundaries: gpd.GeoDataFrame, places: pd.DataFrame, taken: np.ndarray) -> Any:
    """A canonical column: the boundaries' where known, else the table's."""
    known = boundaries[name] if name in boundaries.columns else pd.Series(pd.NA, index=boundaries.index)
    known = known.astype("str").where(known.notna(), None).reset_index(drop=True)
    if name in places.columns and name not in ("ward_code", "ward_name"):
        from_table = places[name].reset_index(drop=True).reindex(taken).reset_index(drop=True)
        text = from_table.astype("str").where(from_table.notna(), None)
        known = known.where(known.notna(), text)
    return known.array


def _uploaded_columns(table: pd.DataFrame, notes: list[Note]) -> dict[str, str]:
    """Header -> column name in the dataset, for what is kept of the table."""
    places = set(identify_columns(table.columns).values())
    kept: dict[str, str] = {}
    clashes = []
    for header in map(str, table.columns):
        if header in places or is_identifier(header):
            continue
        name = header.strip()
        if name in RESULT_COLUMNS or name in CANONICAL or name in kept.values():
            clashes.append(name)
            name = f"{name}_uploaded"
        kept[header] = name
    if clashes:
        notes.append(Note("renamed_columns", "info", "These columns got the ending _uploaded because the result has "
                          "columns of the same name.", len(clashes), tuple(clashes)))  # fmt: skip
    return kept


def urban_share(table: pd.DataFrame) -> pd.Series | None:
    """Return how urban each row is [%], from a share or from yes and no; None where no column says it."""
    headers = [str(name) for name in table.columns]
    share = find_column("urban_percentage", headers)
    if share is not None and pd.api.types.is_numeric_dtype(table[share]):
        values = table[share].astype("float64")
        return values.where(values.between(0, 100))
    urban = next((name for name in headers if name.strip().casefold() == "urban"), None)
    words = None if urban is None else _urban_words(table[urban])
    return words if words is not None and words.notna().any() else None


def _urban_words(column: pd.Series) -> pd.Series:
    return column.astype("str").str.strip().str.casefold().map(URBAN_WORDS).astype("float64")


def _add_known(joined: pd.DataFrame, table: pd.DataFrame, taken: np.ndarray, notes: list[Note]) -> None:
    """Add `population` and `urban_percentage` under these names where the table knows them."""
    for variable in VARIABLES:
        if variable.id in ("population", "urban_percentage") and variable.id not in joined.columns:
            header = find_column(variable.id, [str(c) for c in joined.columns if c not in CANONICAL])
            if header and pd.api.types.is_numeric_dtype(joined[header]):
                joined[variable.id] = joined[header]
    urban = next((h for h in table.columns if str(h).strip().casefold() == "urban"), None)
    if urban is None or "urban_percentage" in joined.columns:
        return
    words = _urban_words(table[urban])
    if words.notna().any():
        joined["urban_percentage"] = _taken(words, taken)
        notes.append(Note("urban_from_yes_no", "info", f"{urban}: yes became 100 %, no became 0 %; anything else "
                          "is missing.", int(words.notna().sum())))  # fmt: skip


def _join_notes(matched: np.ndarray, rows: int, boundaries: gpd.GeoDataFrame) -> list[Note]:
    notes = []
    without = boundaries["ward_name"].to_numpy()[~matched]
    share = matched.mean() if len(matched) else 0.0
    if len(without):
        notes.append(
            Note(
                "wards_without_record",
                "warning" if share < MIN_MATCHED_SHARE else "info",
                f"{len(without)} of {len(matched)} wards have no record in the table and are not ranked.",
                len(without),
                tuple(map(str, without[:20])),
            )
        )
    lost = rows - int(matched.sum())
    if lost:
        notes.append(Note("records_without_ward", "warning", f"{lost} of {rows} records of the table joined no "
                          "ward.", lost))  # fmt: skip
    return notes
