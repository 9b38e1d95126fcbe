"""How wards got their values from a raster, and what has to be said of these. Needs no Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.raster_kinds import RasterKind, Statistic

# Below this share of a ward's area with data, its value says little of the ward.
LITTLE_COVERED = 0.5
METHODS: Mapping[Statistic, str] = {
    "mean": "mean of the cells, each by the share of its area inside the ward",
    "sum": "sum of the cells, each by the share of its area inside the ward",
}
SUMMED = "sum of a raster"
"""Said of such people wherever their source is."""
# A raster of another place is missing, not wrong.
NOT_AVAILABLE = frozenset({"raster_elsewhere", "raster_without_data"})


def raster_notes(wards: pd.DataFrame, kind: RasterKind, found: pd.DataFrame) -> list[Note]:
    """Name the wards without a value, and those whose value says little; `found` as `covariate` gives it."""
    name, counts = kind.variable, kind.statistic == "sum"
    has = found["value"].notna().to_numpy()
    covered = found["covered"].to_numpy()
    beyond = ~has & (covered > 0)
    partly = f"{name}: less than half of these wards' area has data."
    if counts:
        partly = f"{name}: less than half of these wards' area has data; cells without data count nobody."
    said: list[tuple[str, Literal["info", "warning"], np.ndarray, str]] = [
        ("covariate_missing", "warning", ~has & ~beyond, f"{name}: the raster has no data in these wards; they stay empty."),
        ("covariate_beyond", "warning", beyond, f"{name}: a part of these wards lies beyond the raster, and who lives there "
         "is not known; they stay empty."),
        ("covariate_partly", "warning", has & (covered < LITTLE_COVERED), partly),
        ("covariate_small_wards", "info", has & found["small"].to_numpy(),
         f"{name}: these wards are smaller than one cell of the raster."),
    ]  # fmt: skip
    names = wards["ward_name"].astype("str").to_numpy()
    return [
        Note(code, severity, message, int(where.sum()), tuple(names[where][:20]))
        for code, severity, where, message in said
        if where.any()
    ]


def not_available(kind: RasterKind, refusal: BadInput, wards: int) -> Note:
    """Say that a raster of another place gives no ward a value."""
    name = kind.variable
    message = f"{name} is not available: {refusal.detail}"
    return Note("covariate_not_available", "warning", message, wards, (name,))


def summed_from(cited: Mapping[str, Any]) -> str:
    """Say where people are from who were summed over a raster: a reference set, or an upload."""
    name, version, source = cited["name"], cited.get("version"), cited.get("source")
    # `SUMMED` is spelt out: the whole is one text in other languages.
    if version:
        return f"{name}, version {version} ({source}), sum of a raster"
    return f"{name} (uploaded), sum of a raster"
