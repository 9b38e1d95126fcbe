"""Where the classes of a legend begin and end: the same for drawn maps, for the interactive one and for its legend."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette

Kind = Literal["rank", "tier", "score", "variable"]
CLASSES = 6


@dataclass(frozen=True)
class Limits:
    """The classes of a number, highest risk first, and their lowest and highest values, in the same order."""

    lows: tuple[float, ...]
    highs: tuple[float, ...]
    labels: tuple[str, ...]
    colours: tuple[str, ...]
    ascending: bool
    """Whether the first class, that of the highest risk, holds the lowest values."""

    def of(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the class of each value, -1 for a missing one."""
        if not self.lows:
            return np.full(len(values), -1)
        edges = np.array(self.lows if self.ascending else self.lows[::-1])
        position = np.searchsorted(edges, values, side="right") - 1
        found = position if self.ascending else len(edges) - 1 - position
        return np.where(np.isfinite(values), found, -1)

    def parts(self) -> list[float]:
        """Return the numbers that part the classes, lowest first, half-way to the next value there is.

        So a value that was rounded on its way to a browser stays in its class.
        """
        spans = list(zip(self.lows, self.highs, strict=True))
        spans = spans if self.ascending else spans[::-1]
        return [(below + above) / 2 for (_, below), (above, _) in pairwise(spans)]


def limits_of(
    values: NDArray[np.float64], kind: Kind, classes: int = CLASSES, *, inverse: bool = False
) -> Limits:
    """Sort numbers into at most `classes` classes of about equal size; equal values are never parted.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Ranks, scores or values of a variable; missing ones are left out.
    inverse : bool
        Of this variable a lower value means more risk, as of a rank.
    """
    known = values[np.isfinite(values)]
    ascending = kind == "rank" or inverse
    if known.size == 0:
        return Limits((), (), (), (), ascending)
    distinct = np.unique(known)
    if distinct.size <= classes:
        edges = distinct
    else:
        cuts = np.quantile(known, np.linspace(0, 1, classes + 1)[1:-1], method="higher")
        edges = np.unique(np.r_[distinct[0], cuts])
    highs = np.r_[distinct[np.searchsorted(distinct, edges[1:]) - 1], distinct[-1]]
    digits = 0 if kind == "rank" else _digits(distinct)
    spans = list(zip(edges.tolist(), highs.tolist(), strict=True))
    if not ascending:
        spans.reverse()
    return Limits(
        tuple(low for low, _ in spans),
        tuple(high for _, high in spans),
        tuple(_span(low, high, digits) for low, high in spans),
        tuple(palette.scale(palette.RISK, len(spans))[::-1]),
        ascending,
    )


def _digits(distinct: NDArray[np.float64]) -> int:
    """Return how many decimals tell the values apart without drowning the reader."""
    if (distinct == np.round(distinct)).all():
        return 0
    spread = float(distinct[-1] - distinct[0])
    return int(np.clip(3 - np.floor(np.log10(spread)) - 1, 0, 6)) if spread > 0 else 3


def _span(low: float, high: float, digits: int) -> str:
    first, last = f"{low:,.{digits}f}", f"{high:,.{digits}f}"
    return first if first == last else f"{first} – {last}"
