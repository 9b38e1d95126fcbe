"""Filling gaps in ward variables, with a record of every filled cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike, NDArray

from .errors import BadInput

Floats = NDArray[np.float64]

# Method -> the steps tried in turn for each gap.
METHOD_STEPS: dict[str, tuple[str, ...]] = {
    "spatial": ("spatial", "lga_mean", "area_mean"),
    "spatial_or_mean": ("spatial", "area_mean"),
    "lga_mean": ("lga_mean", "area_mean"),
    "state_mean": ("state_mean",),
    "mean": ("area_mean",),
    "median": ("median",),
    "mode": ("mode",),
    "none": (),
}
METHODS = tuple(METHOD_STEPS)


@dataclass(frozen=True)
class Imputed:
    """The filled values and, row by row, what was filled.

    `values`: float frame, the index and columns asked for. `record`: one row per filled cell with
    ``position`` (row number), ``variable``, ``value``, ``method`` (the step that gave it) and
    ``donors`` (how many wards it was taken from), in order of variable, then position.
    """

    values: pd.DataFrame
    record: pd.DataFrame


def spatial_mean(
    values: Floats, neighbours: scipy.sparse.spmatrix | ArrayLike
) -> tuple[Floats, NDArray[np.intp]]:
    """Mean of the observed values of each ward's neighbours.

    Parameters
    ----------
    values : float array, shape (n,) or (n, k)
        Missing as NaN.
    neighbours : sparse or dense matrix, shape (n, n)
        Contiguity, or any non-negative weights; the diagonal is not expected to be set.

    Returns
    -------
    mean : float array, the shape of `values`
        NaN where no neighbour has a value.
    donors : int array, the shape of `values`
        How many neighbours had a value.

    Notes
    -----
    One pass over original values only: a value filled for one ward never feeds another.
    """
    weights = scipy.sparse.csr_matrix(neighbours).astype(np.float64)
    observed = ~np.isnan(values)
    totals = weights @ np.where(observed, values, 0.0)
    masses = weights @ observed.astype(np.float64)
    links = scipy.sparse.csr_matrix(
        (np.ones_like(weights.data), weights.indices, weights.indptr), weights.shape
    )
    donors = links @ observed.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(masses > 0, totals / masses, np.nan)
    return mean, donors.astype(np.intp)


def _group_mean(values: Floats, groups: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
    """Mean and count of observed values of each row's group; code -1 belongs to none."""
    known = (groups >= 0) & ~np.isnan(values)
    size = int(groups.max(initial=-1)) + 1
    totals = np.bincount(groups[known], weights=values[known], minlength=size)
    counts = np.bincount(groups[known], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = totals / counts
    safe = np.where(groups >= 0, groups, 0)
    if size == 0:
        return np.full(len(values), np.nan), np.zeros(len(values), dtype=np.intp)
    inside = groups >= 0
    return np.where(inside, means[safe], np.nan), np.where(inside, counts[safe], 0).astype(np.intp)


def _summary(step: str, observed: Floats) -> float:
    if step == "area_mean":
        return float(observed.mean())
    if step == "median":
        return float(np.median(observed))
    levels, counts = np.unique(observed, return_counts=True)
    return float(levels[np.argmax(counts)])


def _step(
    step: str,
    values: Floats,
    neighbours: scipy.sparse.spmatrix | ArrayLike,
    lga: NDArray[np.intp],
    state: NDArray[np.intp],
) -> tuple[Floats, NDArray[np.intp]]:
    """Candidate value and number of donors of one step for every row."""
    if step == "spatial":
        return spatial_mean(values, neighbours)
    if step == "lga_mean":
        return _group_mean(values, lga)
    if step == "state_mean":
        return _group_mean(values, state)
    observed = values[~np.isnan(values)]
    filled = _summary(step, observed) if observed.size else np.nan
    return np.full(len(values), filled), np.full(len(values), observed.size, dtype=np.intp)


def _groups(labels: Sequence[object] | pd.Series | None, n: int, default: int) -> NDArray[np.intp]:
    if labels is None:
        return np.full(n, default, dtype=np.intp)
    codes, _ = pd.factorize(pd.Series(list(labels), dtype=object), sort=True, use_na_sentinel=True)
    return np.asarray(codes, dtype=np.intp)


def impute(
    frame: pd.DataFrame,
    columns: Sequence[str],
    neighbours: scipy.sparse.spmatrix | ArrayLike,
    lga: Sequence[object] | pd.Series | None = None,
    *,
    methods: Mapping[str, str] | None = None,
    state: Sequence[object] | pd.Series | None = None,
    eligible: ArrayLike | None = None,
) -> Imputed:
    """Fill missing values of ward variables and record every filled cell.

    Parameters
    ----------
    frame : pandas.DataFrame of n wards
        Not changed.
    columns : sequence of str
        Numeric columns to return, filled or not.
    neighbours : matrix, shape (n, n)
        Row i belongs to row i of `frame`; contiguity or weights.
    lga, state : sequence of n labels, optional
        Group of each ward; a missing label belongs to no group.
    methods : mapping of column to method, optional
        One of `METHODS`; a column not named is filled by "spatial": mean of the touching
        wards, else of the LGA, else of the study area.
    eligible : bool array of n, optional
        Wards that may be filled; others keep their gaps (a ward without any record).

    Returns
    -------
    Imputed
        Values and record. A gap for which no step has a donor stays a gap.

    Raises
    ------
    BadInput
        If a method is unknown.

    Notes
    -----
    Only original observed values are donors, so the result does not depend on row order.
    The neighbour mean is that of [1]_; there is no iteration and no distance weighting.

    References
    ----------
    .. [1] L. Mhlanga, B. O. Boateng, I. D. Ozodiegwu et al., "Malaria Reprioritization Tool", 2024,
       urbanmalaria.shinyapps.io/mrpt.
    """
    n = len(frame)
    chosen = dict(methods or {})
    lga_codes, state_codes = _groups(lga, n, -1), _groups(state, n, 0)
    allowed = np.ones(n, dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    filled_columns: dict[str, Floats] = {}
    records: list[pd.DataFrame] = []
    for column in columns:
        method = chosen.get(column, "spatial")
        if method not in METHOD_STEPS:
            raise BadInput(
                "unknown_imputation",
                "Unknown way of filling gaps",
                f"{method!r} is not a way of filling gaps.",
                f"Use one of {', '.join(METHODS)}.",
                where=str(column),
            )
        original = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        result = original.copy()
        for step in METHOD_STEPS[method]:
            gaps = np.isnan(result) & allowed
            if not gaps.any():
                break
            candidate, donors = _step(step, original, neighbours, lga_codes, state_codes)
            usable = gaps & ~np.isnan(candidate)
            result[usable] = candidate[usable]
            positions = np.flatnonzero(usable)
            records.append(
                pd.DataFrame(
                    {
                        "position": positions,
                        "variable": column,
                        "value": candidate[usable],
                        "method": step,
                        "donors": donors[usable],
                    }
                )
            )
        filled_columns[column] = result
    return Imputed(pd.DataFrame(filled_columns, index=frame.index), _joined(records))


def _joined(records: list[pd.DataFrame]) -> pd.DataFrame:
    types = {"position": "int64", "variable": "str", "value": "float64", "method": "str", "donors": "int64"}
    kept = [record for record in records if len(record)]
    if not kept:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
    joined = pd.concat(kept, ignore_index=True).astype(types)
    return joined.sort_values(["variable", "position"], kind="stable", ignore_index=True)
