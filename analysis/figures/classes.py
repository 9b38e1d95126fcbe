"""How values become the classes of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.class_limits import CLASSES, Kind, limits_of

__all__ = ["NO_CLASS", "Classes", "Kind", "classify"]
NO_CLASS = -1


@dataclass(frozen=True)
class Classes:
    """The class of every ward and what the legend says about each class, highest risk first."""

    of_ward: NDArray[np.int64]
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    heading: str
    missing_label: str = "No data"
    order: str = "highest risk first"


def classify(
    values: pd.Series, kind: Kind, unit: str = "", classes: int = CLASSES, *, inverse: bool = False
) -> Classes:
    """Sort wards into legend classes.

    Parameters
    ----------
    values : Series, shape (n,)
        Ranks, tiers, scores or values of a variable; missing ones get no class.
    kind : {"rank", "tier", "score", "variable"}
        Ranks and tiers: class 0 is the highest risk. Scores and variables: class 0 holds the
        highest values. Class 0 has the darkest colour.
    inverse : bool
        Of this variable a lower value means more risk; class 0 then holds the lowest values.
    classes : int
        At most so many classes of about equal size; equal values are never parted.
    """
    if kind == "tier":
        names = [name for name in palette.TIERS if (values == name).any()] or list(palette.TIERS)
        codes = pd.Categorical(values, categories=names).codes.astype(np.int64)
        labels = [f"{palette.TIER_LETTERS[name]}  {name}" for name in names]
        return _finish(codes, [palette.TIERS[name] for name in names], labels, "Tier (H = highest risk)")
    numbers = values.astype(float).to_numpy()
    limits = limits_of(numbers, kind, classes, inverse=inverse)
    codes = limits.of(numbers)
    if not limits.labels:
        return _finish(codes, [], [], unit)
    heading = {"rank": "Rank (1 = highest risk)", "score": "Score (higher = more risk)"}.get(
        kind, unit or "Value"
    )
    if inverse:
        heading += ", lower = more risk"
    return _finish(codes, list(limits.colours), list(limits.labels), heading)


def classify_alike(columns: Sequence[pd.Series], unit: str, *, inverse: bool = False) -> list[Classes]:
    """Sort several columns into the same classes, made from all their values together: for maps that are compared.

    Parameters
    ----------
    columns : sequence of Series, shape (n,)
        One for each map, such as one a year.
    unit : str
        Heads the legend.
    """
    numbers = [column.astype(float).to_numpy() for column in columns]
    limits = limits_of(np.concatenate(numbers), "variable", inverse=inverse)
    heading = f"{unit}, the same classes on all these maps"
    if inverse:
        heading += ", lower = more risk"
    return [
        _finish(limits.of(values), list(limits.colours), list(limits.labels), heading) for values in numbers
    ]


def _finish(codes: NDArray[np.int64], colours: list[str], labels: list[str], heading: str) -> Classes:
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    missing = int((codes < 0).sum())
    return Classes(codes, tuple(colours), tuple(labels), tuple(counts.tolist()), missing, heading)
