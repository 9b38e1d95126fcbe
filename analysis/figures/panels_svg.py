"""Small maps side by side, one per model: the ward shapes are written once and coloured many times."""

from __future__ import annotations

import textwrap

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.classes import classify
from analysis.figures.map_svg import WIDTH, Drawing, hatch
from analysis.figures.svg_paths import UNITS
from analysis.figures.vega import FONT, clean

PER_PAGE = 12
# As many pixels as a small map has on a dense screen.
PIXELS = 500
_COLUMNS = 4
_GAP, _TOP, _HEAD, _FOOT = 16, 70, 62, 40
_LINES, _LINE_CHARACTERS = 3, 38


def page_height(drawing: Drawing, panels: int) -> int:
    """Return the height of a page with so many panels."""
    scale = _scale(drawing)
    rows = -(-panels // _COLUMNS)
    return round(_TOP + rows * (drawing.projection.height * scale + _HEAD + _GAP) + _FOOT)


def _scale(drawing: Drawing) -> float:
    width = (WIDTH - 2 * 20 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    return width / max(drawing.projection.width, drawing.projection.height)


def draw_panels(
    frame: gpd.GeoDataFrame,
    panels: list[tuple[str, str, NDArray[np.float64]]],
    title: str,
    drawing: Drawing,
) -> str:
    """Return a page of small maps as an SVG document.

    Parameters
    ----------
    panels : list of (heading, text, scores)
        At most `PER_PAGE`; `scores` aligned with `frame`. Each panel has its own classes of about
        equal size; darker means higher risk.
    """
    scale = _scale(drawing)
    height = page_height(drawing, len(panels))
    width = (WIDTH - 2 * 20 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="panels-title panels-text" font-family="{FONT}" fill="{palette.INK}">',
        f'<title id="panels-title">{clean(title)}</title><desc id="panels-text">{len(frame)} wards coloured by the '
        f"score of each model: {clean('; '.join(text for _, text, _ in panels))}</desc><defs>{hatch('no-data', UNITS)}",
        *(f'<path id="w{i}" d="{path}"/>' for i, path in enumerate(drawing.wards) if path),
        f'</defs><rect width="{WIDTH}" height="{height}" fill="{palette.PAPER}"/>',
        f'<text x="20" y="32" font-size="20" font-weight="600">{clean(title)}</text>',
        f'<text x="20" y="54" font-size="13" fill="{palette.MUTED}">Six classes with about the same number of wards in '
        "each map; darker = higher risk</text>",
    ]
    names = np.array(
        [f'<use href="#w{i}"/>' if path else "" for i, path in enumerate(drawing.wards)], dtype=object
    )
    for k, (heading, text, scores) in enumerate(panels):
        x = 20 + (k % _COLUMNS) * (width + _GAP)
        y = _TOP + (k // _COLUMNS) * (drawing.projection.height * scale + _HEAD + _GAP)
        classes = classify(frame.assign(score=scores)["score"], "score")
        parts.append(
            f'<g><title>{clean(heading)}: {clean(text)}</title><text x="{x:.0f}" y="{y + 14:.0f}" font-size="12" '
            f'font-weight="600">{clean(heading)}</text>{_lines(text, x, y + 28)}<g transform="translate({x:.1f} {y + _HEAD:.1f}) '
            f'scale({scale / UNITS:.5f})" stroke="{palette.WARD_LINE}" stroke-width="{0.6 * UNITS}">'
        )
        for code, colour in [*enumerate(classes.colours), (-1, "url(#no-data)")]:
            members = names[classes.of_ward == code]
            if members.size:
                parts.append(f'<g fill="{colour}">{"".join(members)}</g>')
        parts.append("</g></g>")
    parts.append("</svg>")
    return "".join(parts)


def _lines(text: str, x: float, y: float) -> str:
    """Return the text on as many lines as fit, its end marked when it had to be cut."""
    lines = textwrap.wrap(text, _LINE_CHARACTERS, max_lines=_LINES, placeholder=" …")
    return "".join(
        f'<text x="{x:.0f}" y="{y + 12 * k:.0f}" font-size="10.5" fill="{palette.MUTED}">{clean(line)}</text>'
        for k, line in enumerate(lines)
    )
