"""How values become the classes of a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures import palette

Kind = Literal["rank", "tier", "score", "variable"]
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
    values: pd.Series, kind: Kind, unit: str = "", classes: int = 6, *, inverse: bool = False
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
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        return _finish(np.full(len(numbers), NO_CLASS), [], [], unit)
    distinct = np.unique(known)
    if distinct.size <= classes:
        edges = distinct
    else:
        cuts = np.quantile(known, np.linspace(0, 1, classes + 1)[1:-1], method="higher")
        edges = np.unique(np.r_[distinct[0], cuts])
    # Class k holds edges[k] <= value < edges[k + 1].
    position = np.searchsorted(edges, numbers, side="right") - 1
    lows = edges
    highs = np.array([known[known < edge].max() for edge in edges[1:]] + [distinct[-1]])
    if kind == "rank" or inverse:
        codes = np.where(np.isfinite(numbers), position, NO_CLASS)
        spans = list(zip(lows, highs, strict=True))
    else:
        codes = np.where(np.isfinite(numbers), len(edges) - 1 - position, NO_CLASS)
        spans = list(zip(lows, highs, strict=True))[::-1]
    heading = {"rank": "Rank (1 = highest risk)", "score": "Score (higher = more risk)"}.get(
        kind, unit or "Value"
    )
    if inverse:
        heading += ", lower = more risk"
    digits = 0 if kind == "rank" else _digits(distinct)
    labels = [_span(low, high, digits) for low, high in spans]
    return _finish(codes, palette.scale(palette.RISK, len(labels))[::-1], labels, heading)


def _finish(codes: NDArray[np.int64], colours: list[str], labels: list[str], heading: str) -> Classes:
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    missing = int((codes < 0).sum())
    return Classes(codes, tuple(colours), tuple(labels), tuple(counts.tolist()), missing, heading)


def _digits(distinct: NDArray[np.float64]) -> int:
    """Return how many decimals tell the values apart without drowning the reader."""
    if (distinct == np.round(distinct)).all():
        return 0
    spread = float(distinct[-1] - distinct[0])
    return int(np.clip(3 - np.floor(np.log10(spread)) - 1, 0, 6)) if spread > 0 else 3


def _span(low: float, high: float, digits: int) -> str:
    first, last = f"{low:,.{digits}f}", f"{high:,.{digits}f}"
    return first if first == last else f"{first} – {last}"
