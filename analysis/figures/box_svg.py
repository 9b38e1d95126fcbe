"""Box plots of ward scores or ranks over the models, twenty wards a page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.map_svg import WIDTH
from analysis.figures.vega import FONT, clean

PER_PAGE = 20
_LEFT, _RIGHT, _TOP, _ROW = 300, 40, 96, 24


@dataclass(frozen=True)
class Axis:
    """What the boxes are of: the words of the axis and of the line in a box, and decimals."""

    title: str
    middle: str
    what: str
    decimals: int


SCORES = Axis("Score (higher = more risk)", "median (the composite score)", "Ward scores", 2)
RANKS = Axis("Rank in a model (1 = highest risk)", "median rank", "Ward ranks", 0)


def page_height(wards: int) -> int:
    """Return the height of a page with so many wards."""
    return _TOP + _ROW * wards + 60


def draw_boxes(
    labels: list[str],
    ranks: list[int],
    tiers: list[str],
    scores: NDArray[np.float64],
    title: str,
    axis: Axis = SCORES,
) -> str:
    """Return one page of box plots as an SVG document.

    Parameters
    ----------
    labels, ranks, tiers : list, length n
        Ward name with LGA, composite rank and tier, in rank order.
    scores : ndarray, shape (n, models)
        Model scores, or the ranks that the models give; missing where a model does not apply.
    axis : Axis
        Which of the two.
    """
    n = len(labels)
    height = page_height(n)
    digits = axis.decimals + 1
    quartiles = np.nanquantile(scores, [0, 0.25, 0.5, 0.75, 1], axis=1)
    low, high, step = _range(scores, axis)
    span = (high - low) or 1.0
    x = _LEFT + (quartiles - low) / span * (WIDTH - _LEFT - _RIGHT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="box-title box-text" font-family="{FONT}" fill="{palette.INK}">',
        f'<title id="box-title">{clean(title)}</title><desc id="box-text">{clean(_description(labels, quartiles, axis))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="{palette.PAPER}"/>',
        f'<text x="20" y="32" font-size="20" font-weight="600">{clean(title)}</text>',
        f'<text x="20" y="56" font-size="13" fill="{palette.MUTED}">Box: middle half of the models; line in it: '
        f"{axis.middle}; whiskers: lowest and highest model</text>",
        *_axis(low, high, step, height, axis),
    ]
    for i in range(n):
        y = _TOP + _ROW * i + _ROW / 2
        low_x, q1, median, q3, high_x = x[:, i]
        fill = palette.TIERS.get(tiers[i], palette.NO_DATA)
        ink = palette.PAPER if tiers[i] == "High" else palette.INK
        parts.append(
            f"<g><title>{clean(labels[i])}: median {quartiles[2, i]:.{digits}f}, from {quartiles[0, i]:.{digits}f} to "
            f'{quartiles[4, i]:.{digits}f}</title><text x="{_LEFT - 12}" y="{y + 4:.1f}" font-size="12" text-anchor="end">'
            f'{clean(_short(labels[i]))}  <tspan fill="{palette.MUTED}">{ranks[i]}</tspan></text>'
            f'<path d="M{low_x:.1f} {y:.1f}H{high_x:.1f}M{low_x:.1f} {y - 4:.1f}v8M{high_x:.1f} {y - 4:.1f}v8" '
            f'stroke="{palette.INK}" fill="none"/><rect x="{q1:.1f}" y="{y - 7:.1f}" width="{max(q3 - q1, 1):.1f}" '
            f'height="14" fill="{fill}" stroke="{palette.INK}"/>'
            f'<path d="M{median:.1f} {y - 7:.1f}v14" stroke="{ink}" stroke-width="2"/></g>'
        )
    parts.append("</svg>")
    return "".join(parts)


def ward_labels(wards: pd.DataFrame) -> list[str]:
    """Return names with the LGA where it is known."""
    names = wards["ward_name"].fillna("no name").tolist()
    return [
        f"{n} ({g})" if isinstance(g, str) else str(n) for n, g in zip(names, wards["lga_name"], strict=True)
    ]


def _range(values: NDArray[np.float64], axis: Axis) -> tuple[float, float, float]:
    """The ends of the axis and its steps."""
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    if axis is RANKS:
        power = 10 ** np.floor(np.log10(max(highest, 1) / 5))
        step = max(float(next(k * power for k in (1, 2, 5, 10) if k * power >= highest / 8)), 1.0)
        return 0.0, float(np.ceil(highest / step) * step), step
    step = 0.1 if highest - lowest > 0.4 else 0.05
    return float(np.floor(lowest / step) * step), float(np.ceil(highest / step) * step), step


def _axis(low: float, high: float, step: float, height: int, axis: Axis) -> list[str]:
    bottom = height - 44
    parts = [f'<g font-size="12" fill="{palette.MUTED}" text-anchor="middle">']
    for value in np.arange(low, high + step / 2, step):
        x = _LEFT + (value - low) / ((high - low) or 1.0) * (WIDTH - _LEFT - _RIGHT)
        parts.append(
            f'<path d="M{x:.1f} {_TOP - 8}V{bottom}" stroke="{palette.LINE}" fill="none"/>'
            f'<text x="{x:.1f}" y="{bottom + 16}">{value:.{axis.decimals}f}</text>'
        )
    parts.append(f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2:.0f}" y="{bottom + 34}">{axis.title}</text></g>')
    return parts


def _short(label: str, most: int = 40) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def _description(labels: list[str], quartiles: NDArray[np.float64], axis: Axis) -> str:
    return f"{axis.what} over all models. " + "; ".join(
        f"{label}: median {median:.{axis.decimals + 1}f}"
        for label, median in zip(labels, quartiles[2], strict=True)
    )
