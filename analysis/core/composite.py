"""The composite risk score: many simple models, one median."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations as subsets
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import BadInput
from .ranks import competition_rank, row_median

Floats = NDArray[np.float64]
Model = tuple[str, ...]
MAX_VARIABLES = 8
MIN_VARIABLES = 2


@dataclass(frozen=True)
class Composite:
    """`scores` (n,), `ranks` (n,) with 1 = highest risk, `model_scores` (n, m), `models` (m)."""

    scores: Floats
    ranks: Floats
    model_scores: Floats
    models: tuple[Model, ...]


def combinations(names: Iterable[str]) -> list[Model]:
    """All subsets of two or more variables: the models.

    Parameters
    ----------
    names : iterable of str
        2 to 8 distinct variables; their order does not matter.

    Returns
    -------
    list of tuple of str
        2ⁿ − n − 1 subsets of the sorted names, by size, then lexicographic.

    Raises
    ------
    BadInput
        With fewer than 2 or more than 8 variables; nothing is cut silently.
    """
    ordered = sorted(set(names))
    if len(ordered) < MIN_VARIABLES:
        raise BadInput(
            "too_few_variables",
            "Too few variables",
            f"A ranking combines at least {MIN_VARIABLES} variables; {len(ordered)} is usable.",
            "Add numeric variables that differ between wards.",
            examples=ordered,
        )
    if len(ordered) > MAX_VARIABLES:
        raise BadInput(
            "too_many_variables",
            "Too many variables",
            f"{len(ordered)} variables would give {2 ** len(ordered) - len(ordered) - 1} models.",
            f"Deselect variables until at most {MAX_VARIABLES} remain.",
            examples=ordered,
        )
    return [model for size in range(2, len(ordered) + 1) for model in subsets(ordered, size)]


def truncated_combinations(names: Sequence[str]) -> list[Model]:
    """The models of the predecessor, which looked at the first five variables only.

    Up to five variables: all subsets. Beyond: the 10 pairs of the first five, the first five
    triplets in lexicographic order of position, and the five together; so the order of `names`
    weighs the variables.
    """
    if len(names) <= 5:
        return combinations(names)
    first = list(names[:5])
    triplets = list(subsets(first, 3))[:5]
    return [*subsets(first, 2), *triplets, tuple(first)]


def weights_of(models: Sequence[Model], columns: Sequence[str]) -> Floats:
    """Weight matrix (models × variables): 1 where the variable belongs to the model."""
    place = {name: position for position, name in enumerate(columns)}
    weights = np.zeros((len(models), len(columns)))
    rows = np.repeat(np.arange(len(models)), [len(model) for model in models])
    weights[rows, [place[name] for model in models for name in model]] = 1.0
    return weights


def model_scores(
    normalised: pd.DataFrame, models: Sequence[Model] | Floats, *, skip_missing: bool = False
) -> Floats:
    """Score every ward in every model: the mean of the model's normalised variables.

    Parameters
    ----------
    normalised : pandas.DataFrame of n wards × k variables
        Values in 0–1, 1 = most risk, missing as NaN.
    models : sequence of tuple of str, or float array of shape (m, k)
        Subsets of the variables, or non-negative weights in the order of the columns.
    skip_missing : bool
        False: a ward that lacks a variable has no score in the models that use it. True: the
        mean of the variables it has, as the predecessor did.

    Returns
    -------
    float array, shape (n, m)
        Weighted means; NaN where the model does not apply.
    """
    values = normalised.to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(models, np.ndarray):
        weights = np.asarray(models, dtype=np.float64)
    else:
        weights = weights_of(list(models), [str(name) for name in normalised.columns])
    missing = np.isnan(values)
    totals = np.where(missing, 0.0, values) @ weights.T
    if not missing.any():
        return np.asarray(totals / weights.sum(axis=1))
    if skip_missing:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(totals / ((~missing).astype(np.float64) @ weights.T))
    lacking = missing.astype(np.float64) @ (weights.T != 0)
    return np.where(lacking > 0, np.nan, totals / weights.sum(axis=1))


def composite(
    normalised: pd.DataFrame,
    *,
    models: Sequence[Model] | Floats | None = None,
    aggregate: Literal["median_score", "median_rank"] = "median_score",
    skip_missing: bool = False,
    ties: Literal["shared", "order"] = "shared",
) -> Composite:
    """Combine all models into one score and rank per ward.

    Parameters
    ----------
    normalised : pandas.DataFrame of n wards × k variables
        Values in 0–1, 1 = most risk.
    models : sequence of tuple of str, or weight matrix (m, k), optional
        Default all subsets of two or more columns.
    aggregate : {"median_score", "median_rank"}
        Median over the models of the score; or, as the R tool did, of the ward's rank in each
        model counted upwards from the lowest risk (1 = lowest).
    skip_missing : bool
        See `model_scores`.
    ties : {"shared", "order"}
        Ties within a model under "median_rank"; see `competition_rank`.

    Returns
    -------
    Composite
        In both cases a higher score is a higher risk and overall rank 1 is the highest risk.

    Notes
    -----
    The median over all subsets is the method of MRPT [1]_, whose overall rank counts from the lowest.

    References
    ----------
    .. [1] L. Mhlanga, B. O. Boateng, I. D. Ozodiegwu et al., "Malaria Reprioritization Tool", 2024,
       urbanmalaria.shinyapps.io/mrpt.
    """
    columns = [str(name) for name in normalised.columns]
    chosen: Sequence[Model] | Floats = combinations(columns) if models is None else models
    scores = model_scores(normalised, chosen, skip_missing=skip_missing)
    per_model = (
        competition_rank(scores, descending=False, ties=ties) if aggregate == "median_rank" else scores
    )
    overall = row_median(per_model)
    if isinstance(chosen, np.ndarray):
        named = tuple(
            tuple(name for name, weight in zip(columns, row, strict=True) if weight) for row in chosen
        )
    else:
        named = tuple(tuple(model) for model in chosen)
    return Composite(overall, competition_rank(overall), scores, named)
