"""Small maps side by side, one per model: the ward shapes are written once and coloured many times."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.class_limits import CLASSES
from analysis.figures.classes import classify
from analysis.figures.map_svg import WIDTH, Drawing, hatch
from analysis.figures.svg_paths import UNITS
from analysis.figures.vega import FONT, clean

PER_PAGE = 12
# As many pixels as a small map has on a dense screen.
PIXELS = 500
RURAL = "#1464d2"
"""The outline of wards that flag a model: no hue of the scale, and visible on its darkest class."""
_COLUMNS = 4
_GAP, _TOP, _FOOT = 16, 112, 40
_HEADING, _LINE = 16, 12
_LINE_CHARACTERS = 38


@dataclass(frozen=True)
class Panel:
    """One small map: `text` names the variables, `scores` and `rural` have one entry per ward.

    `rural` marks wards among the model's highest that are not urban; none where the model is not flagged.
    """

    heading: str
    text: str
    scores: NDArray[np.float64]
    rural: NDArray[np.bool_] | None = None

    @property
    def flagged(self) -> bool:
        return self.rural is not None and bool(self.rural.any())

    def lines(self) -> list[str]:
        """Return what stands above the map, whole, on as many lines as it takes."""
        lines = textwrap.wrap(self.text, _LINE_CHARACTERS)
        missing = int(np.isnan(self.scores).sum())
        return [*lines, f"{missing:,} without a score"] if missing else lines


def page_height(drawing: Drawing, panels: Sequence[Panel]) -> int:
    """Return the height of a page of these panels."""
    rows = -(-len(panels) // _COLUMNS)
    return round(_TOP + rows * (drawing.projection.height * _scale(drawing) + _head(panels) + _GAP) + _FOOT)


def _head(panels: Sequence[Panel]) -> float:
    return _HEADING + _LINE * max((len(panel.lines()) for panel in panels), default=0) + 4


def _scale(drawing: Drawing) -> float:
    width = (WIDTH - 2 * 20 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    return width / max(drawing.projection.width, drawing.projection.height)


def draw_panels(frame: gpd.GeoDataFrame, panels: Sequence[Panel], title: str, drawing: Drawing) -> str:
    """Return a page of small maps as an SVG document.

    Parameters
    ----------
    panels : sequence of Panel
        At most `PER_PAGE`; scores aligned with `frame`. Each panel has its own classes of about
        equal size; darker means higher risk.
    """
    scale, head = _scale(drawing), _head(panels)
    height = page_height(drawing, panels)
    width = (WIDTH - 2 * 20 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="panels-title panels-text" font-family="{FONT}" fill="{palette.INK}">',
        f'<title id="panels-title">{clean(title)}</title><desc id="panels-text">{len(frame)} wards coloured by the '
        f"score of each model: {clean('; '.join(panel.text for panel in panels))}</desc><defs>{hatch('no-data', UNITS)}"
        f"{hatch('no-data-key')}",
        *(f'<path id="w{i}" d="{path}"/>' for i, path in enumerate(drawing.wards) if path),
        f'</defs><rect width="{WIDTH}" height="{height}" fill="{palette.PAPER}"/>',
        f'<text x="20" y="32" font-size="20" font-weight="600">{clean(title)}</text>',
        f'<text x="20" y="54" font-size="13" fill="{palette.MUTED}">Six classes with about the same number of wards in '
        "each map; darker = higher risk</text>",
        *_legend(panels),
    ]
    names = np.array(
        [f'<use href="#w{i}"/>' if path else "" for i, path in enumerate(drawing.wards)], dtype=object
    )
    for k, panel in enumerate(panels):
        x = 20 + (k % _COLUMNS) * (width + _GAP)
        y = _TOP + (k // _COLUMNS) * (drawing.projection.height * scale + head + _GAP)
        classes = classify(frame.assign(score=panel.scores)["score"], "score")
        heading = f"{panel.heading} (not ideal)" if panel.flagged else panel.heading
        parts.append(
            f'<g><title>{clean(heading)}: {clean(panel.text)}</title><text x="{x:.0f}" y="{y + 14:.0f}" font-size="12" '
            f'font-weight="600">{clean(heading)}</text>{_lines(panel, x, y + 28)}<g transform="translate({x:.1f} {y + head:.1f}) '
            f'scale({scale / UNITS:.5f})" stroke="{palette.WARD_LINE}" stroke-width="{0.6 * UNITS}">'
        )
        for code, colour in [*enumerate(classes.colours), (-1, "url(#no-data)")]:
            members = names[classes.of_ward == code]
            if members.size:
                parts.append(f'<g fill="{colour}">{"".join(members)}</g>')
        if panel.flagged:
            parts.append(
                f'<g fill="none" stroke="{RURAL}" stroke-width="{1.8 / scale * UNITS:.1f}" '
                f'stroke-linejoin="round">{"".join(names[panel.rural])}</g>'
            )
        parts.append("</g></g>")
    parts.append("</svg>")
    return "".join(parts)


def _legend(panels: Sequence[Panel]) -> list[str]:
    """The classes from the highest to the lowest, and what stands for no score and for a flag where there is any."""
    parts = ['<g id="legend" font-size="12"><text x="20" y="86">highest risk</text>']
    x = 100.0
    for colour in palette.scale(palette.RISK, CLASSES)[::-1]:
        parts.append(
            f'<rect x="{x:g}" y="72" width="26" height="18" fill="{colour}" stroke="{palette.MUTED}" stroke-width="0.5"/>'
        )
        x += 26
    parts.append(f'<text x="{x + 8:g}" y="86">lowest risk</text>')
    x += 92
    if any(np.isnan(panel.scores).any() for panel in panels):
        parts.append(
            f'<rect x="{x:g}" y="72" width="26" height="18" fill="url(#no-data-key)" stroke="{palette.MUTED}" '
            f'stroke-width="0.5"/><text x="{x + 34:g}" y="86">No score</text>'
        )
        x += 110
    if any(panel.flagged for panel in panels):
        parts.append(
            f'<rect x="{x + 1:g}" y="73" width="24" height="16" fill="none" stroke="{RURAL}" stroke-width="2.4"/>'
            f'<text x="{x + 34:g}" y="86">Among the five highest, not urban</text>'
        )
    return [*parts, "</g>"]


def _lines(panel: Panel, x: float, y: float) -> str:
    return "".join(
        f'<text x="{x:.0f}" y="{y + _LINE * k:.0f}" font-size="10.5" fill="{palette.MUTED}">{clean(line)}</text>'
        for k, line in enumerate(panel.lines())
    )
