"""One ward from every side: rank and range, each variable with its place among all wards, and its neighbours."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from django.utils.translation import gettext, pgettext

from analysis import frames
from analysis.filled_cells import filled_cells
from analysis.histograms import spread_of
from analysis.labels import FILLED_HOW, flag_words, unit_in, variable_label
from sessions_app.localised import whole
from sessions_app.models import AnalysisResult
from sessions_app.stored_words import translated

# Wards closer than this touch: as in analysis.core.neighbours.
TOUCHING_DEGREES = 1e-5
STRIP_HEIGHT = 26
SHAPES = "wards.parquet"


def card(result: AnalysisResult, ward_code: str) -> dict[str, Any] | None:
    """The template context of one ward, or None when the result has no such ward."""
    table = frames.load_wards(result)
    codes = table["ward_code"].to_pylist()
    if ward_code not in codes:
        return None
    at = codes.index(ward_code)
    rows = frames.rows_of(table)
    ward = rows[at]
    shapes = _shapes(result)
    return {
        "ward": ward,
        "sentence": _sentence(ward, result.summary),
        "parts": _parts(result, table, at),
        "flags": flag_words(ward["flags"]),
        "neighbours": sorted((rows[place] for place in _touching(shapes, at)), key=_by_rank),
    }


def neighbours(result: AnalysisResult, ward_code: str) -> list[dict[str, Any]]:
    """The rows of the wards that touch one, by rank; those without a rank come last."""
    table = frames.load_wards(result)
    rows, codes = frames.rows_of(table), table["ward_code"].to_pylist()
    return sorted((rows[place] for place in _touching(_shapes(result), codes.index(ward_code))), key=_by_rank)


def _shapes(result: AnalysisResult) -> Any:
    """The shape of each ward, in the order of the ward table."""
    content = pa.BufferReader(frames.artifact_bytes(result, SHAPES))
    column = pq.read_table(content, columns=["geometry"], use_threads=False)["geometry"]
    return shapely.from_wkb(column.to_numpy(zero_copy_only=False))


def _by_rank(ward: dict[str, Any]) -> tuple[bool, int]:
    return ward["composite_rank"] is None, ward["composite_rank"] or 0


def _sentence(ward: dict[str, Any], summary: dict[str, Any]) -> str:
    name = ward["ward_name"] or ward["ward_code"]
    if ward["composite_rank"] is None:
        return gettext("%(name)s has no rank. Below you see why.") % {"name": name}
    place = gettext("%(name)s has rank %(composite_rank)s of %(ranked)s.") % {
        "name": name,
        "composite_rank": whole(ward["composite_rank"]),
        "ranked": whole(summary["ranked"]),
    }
    used = ward.get("models_used")
    if used is None:  # a ranking made before this was counted
        return place
    high = round(ward["share_top_third"] * used)
    which = (
        gettext("%(used)s models") % {"used": whole(used)}
        if used == summary["models"]
        else gettext("the %(used)s models that could score it") % {"used": whole(used)}
    )
    return gettext("%(place)s %(high)s of %(which)s put it in the third with the highest risk.") % {
        "place": place,
        "high": whole(high),
        "which": which,
    }


def _touching(shapes: Any, at: int) -> list[int]:
    if shapes[at] is None:
        return []
    touching = shapely.dwithin(shapes, shapes[at], TOUCHING_DEGREES)
    touching[at] = False
    return np.flatnonzero(touching).tolist()


def _parts(result: AnalysisResult, table: pa.Table, at: int) -> list[dict[str, Any]]:
    parameters = result.summary["parameters"]
    inverse = set(parameters["inverse"])
    code = table["ward_code"][at].as_py()
    scaled = frames.scaled_values(result, code)
    filled = {
        row["variable"]: gettext(FILLED_HOW.get(row["method"], row["method"]))
        for row in filled_cells(result).rows
        if row["ward_code"] == code
    }
    return [
        _part(name, _numbers(table[name]), scaled.get(name), at, name in inverse, filled.get(name, ""))
        | {"unit": translated(unit_in(result.summary, name))}
        for name in parameters["variables"]
    ]


def _numbers(column: pa.ChunkedArray) -> Any:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _part(
    name: str, values: Any, scaled: float | None, at: int, inverse: bool, filled: str
) -> dict[str, Any]:
    present = values[np.isfinite(values)]
    here = values[at]
    known = bool(np.isfinite(here))
    low, high = (present.min(), present.max()) if present.size else (0.0, 0.0)
    return {
        "label": translated(variable_label(name)),
        "inverse": inverse,
        "value": float(here) if known else None,
        "scaled": scaled,
        "filled": filled,
        "bars": spread_of(values, STRIP_HEIGHT),
        "at": f"{100 * (here - low) / (high - low):.2f}" if known and high > low else None,
        "place": pgettext("core", "higher than %(mean)s of the wards")
        % {"mean": f"{100 * np.mean(present < here):.0f} %"}
        if known
        else gettext("no data"),
    }
