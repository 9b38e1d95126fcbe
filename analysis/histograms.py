"""Bars of small histograms, in the 100-wide coordinates of the SVG that draws them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

BINS = 20
GAP = 0.6


def bars_of(counts: Sequence[int], height: float) -> list[dict[str, str]]:
    """One rectangle for each bin that holds something; the fullest has the full height."""
    most = max(counts, default=0)
    if not most:
        return []
    width = 100 / len(counts)
    return [
        {
            "x": f"{place * width + GAP / 2:.2f}",
            "y": f"{height - height * count / most:.2f}",
            "width": f"{width - GAP:.2f}",
            "height": f"{height * count / most:.2f}",
        }
        for place, count in enumerate(counts)
        if count
    ]


def spread_of(values: Any, height: float) -> list[dict[str, str]]:
    """Bars for the values that are there."""
    present = np.asarray(values, dtype=np.float64)
    present = present[np.isfinite(present)]
    return bars_of(np.histogram(present, bins=BINS)[0].tolist(), height) if present.size else []
