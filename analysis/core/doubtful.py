"""Values that are hardly measurements: codes for "missing", and what lies outside the possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import variables as registry
from .errors import Note

# What programs write where a value is missing; anything of HUGE or more is one, too.
CODES = (-99, -999, -9999, -99999, -999999, 999, 9999, 99999, 999999, -99.9, -999.9, -999.99, -32768)
HUGE = 1e15
# A code among the measurements is far out when it lies this many spreads of theirs outside them.
FAR = 3.0
SCALE = 10_000
EXAMPLES = 20

Mask = NDArray[np.bool_]


def missing_codes(values: NDArray[np.float64], valid_range: tuple[float, float] | None) -> Mask:
    """Return which values look like codes for "missing".

    Parameters
    ----------
    values : float array of shape (n,)
        One variable, in its unit; NaN where missing.
    valid_range : (float, float), optional
        What is possible, in the same unit.

    Returns
    -------
    bool array of shape (n,)
        True for a usual code that can't be one of the measurements: outside `valid_range` while
        at least half of the other values are inside, negative while no other value is, or more
        than three times the spread of the others outside them.
    """
    usual = np.isin(values, CODES) | (np.abs(values) >= HUGE)
    others = values[~usual & ~np.isnan(values)]
    far: Mask = np.zeros(len(values), dtype=bool)
    if others.size:
        low, high = others.min(), others.max()
        reach = FAR * (high - low)
        far = (values < low - reach) | (values > high + reach) | ((values < 0) & (low >= 0))
    if valid_range is not None and (_outside(others, valid_range).mean() if others.size else 0.0) <= 0.5:
        far |= _outside(values, valid_range)
    return np.asarray(usual & far)


def _outside(values: NDArray[np.float64], valid_range: tuple[float, float]) -> Mask:
    return np.asarray((values < valid_range[0]) | (values > valid_range[1]))


def unit_of(name: str, values: NDArray[np.float64]) -> str:
    """Return the unit of a column, or that it is not stated where the values do not fit the usual one.

    Parameters
    ----------
    name : str
        Header of the column.
    values : float array of shape (n,)
        Its values, NaN where missing.

    Returns
    -------
    str
        Empty for a column the registry does not know. The usual unit fits when the median of the
        values, codes for "missing" aside, is in the usual range: a mean annual rainfall of 100 mm
        is none of the country's.
    """
    variable = registry.lookup(name)
    if variable is None:
        return ""
    usual = variable.usual_range or variable.valid_range
    known = values[~np.isnan(values) & ~missing_codes(values, variable.valid_range)]
    if usual is None or not known.size or not _outside(np.median(known, keepdims=True), usual).any():
        return variable.unit
    span = f", {usual[0]:g} to {usual[1]:g}" if np.isfinite(usual).all() else ""
    return f"unit not stated; usually {variable.unit}{span}"


def value_notes(numbers: pd.DataFrame, places: pd.DataFrame) -> list[Note]:
    """Warnings for values that are hardly measurements; the values are left alone.

    Parameters
    ----------
    numbers : pandas.DataFrame of n wards
        Variables as floats in their units, NaN where missing.
    places : pandas.DataFrame of n wards
        The same rows; ``ward_name`` and ``table_row`` (line of the table) are named where present.

    Returns
    -------
    list of Note
        ``missing_value_code`` and ``out_of_range``, by column; the examples give ward, row and
        value.
    """
    notes = []
    for name in map(str, numbers.columns):
        variable = registry.lookup(name)
        valid = variable.valid_range if variable else None
        values = numbers[name].to_numpy(dtype=np.float64)
        codes = missing_codes(values, valid)
        if codes.any():
            notes.append(_code_note(name, values, codes, places))
        if variable is None or valid is None:
            continue
        outside = _outside(values, valid) & ~codes
        if outside.any():
            hint = _scale_hint(values[~codes & ~np.isnan(values)], valid, bool(codes.any()))
            message = f"{name}: values outside {valid[0]:g} to {valid[1]:g} {variable.unit}.{hint}"
            notes.append(Note("out_of_range", "warning", message, int(outside.sum()),
                              _examples(values, outside, places)))  # fmt: skip
    return notes


def _code_note(name: str, values: NDArray[np.float64], codes: Mask, places: pd.DataFrame) -> Note:
    found = ", ".join(f"{value:g}" for value in np.unique(values[codes])[:5])
    message = (
        f"{name}: {found} often stands for a missing value and is far from the other values. It is used as a "
        "measurement and moves the ranks of all wards. If it means missing, empty the cell and upload the table again."
    )
    return Note("missing_value_code", "warning", message, int(codes.sum()), _examples(values, codes, places))


def _scale_hint(values: NDArray[np.float64], valid: tuple[float, float], coded: bool) -> str:
    """What to say when the values of an index or share were stored as whole numbers."""
    if not (abs(valid[0]) <= 1 and valid[1] == 1 and np.abs(values).max() > 100):
        return ""
    if _outside(values, valid).mean() < 0.95 or _outside(values / SCALE, valid).any():
        return ""
    depends = "" if coded else " If all of them are, ranks do not depend on that."
    return f" They look multiplied by {SCALE:,}.{depends}"


def _examples(values: NDArray[np.float64], which: Mask, places: pd.DataFrame) -> tuple[str, ...]:
    """Ward, row and value, the largest numbers first."""
    at = np.flatnonzero(which)
    at = at[np.argsort(-np.abs(values[at]), kind="stable")][:EXAMPLES]
    names = _column(places, "ward_name", at)
    rows = _column(places, "table_row", at)
    return tuple(
        ", ".join(
            [
                *([str(ward)] if pd.notna(ward) else []),
                *([f"row {int(row)}"] if pd.notna(row) else []),
                f"{value:g}",
            ]
        )
        for ward, row, value in zip(names, rows, values[at], strict=True)
    )


def _column(places: pd.DataFrame, name: str, at: NDArray[np.intp]) -> list[Any]:
    return places[name].iloc[at].tolist() if name in places.columns else [None] * len(at)
