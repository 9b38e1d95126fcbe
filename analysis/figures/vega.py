"""What every chart shares, whoever puts it together: its letters, its frame, and how it becomes a document.

Light: neither pandas nor a chart library is loaded, so a page may draw while it is made.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import vl_convert

from analysis.figures import palette
from analysis.figures.stable_ids import counted_anew
from analysis.readers.text import strip_controls

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
WIDTH, HEIGHT = 640, 380
# Readers' fonts run wider than the one that lays a chart out; what is longer than this goes on to another line.
_TITLE_LETTERS, _TEXT_LETTERS = 46, 80
# Ends of lines to a script, though not to a table.
_LINE_ENDS = re.compile("[\u2028\u2029]")
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_AXIS = {
    "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "titlePadding": 14,
    "gridColor": palette.LINE, "labelColor": palette.INK, "titleColor": palette.INK,
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure that can be drawn: `svg()` returns the document."""

    title: str
    alt: str
    svg: Callable[[], str]


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a drawn document. [px]"""
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("an SVG document without a viewBox from 0 0")
    return float(found[1]), float(found[2])


def clean(text: object) -> str:
    """Return text that is safe inside XML."""
    return escape(strip_controls(str(text)))


def to_png(svg: str, scale: float = 2.0) -> bytes:
    """Return the picture of an SVG document, `scale` pixels per unit."""
    return vl_convert.svg_to_png(svg, scale=scale)


def vega_svg(chart: Mapping[str, Any], title: str, text: str, source: str = "", height: int = HEIGHT) -> str:
    """Return a Vega-Lite chart in the common style as an SVG document with a title and a description.

    `source` stands on lines of its own below the text; `height` is that of the plot. [px]
    """
    title, text, source = map(_said, (title, text, source))
    lines = [*textwrap.wrap(text, _TEXT_LETTERS), *textwrap.wrap(source, _TEXT_LETTERS)]
    spec = _drawable(chart) | {
        "width": WIDTH,
        "height": height,
        "background": palette.PAPER,
        "padding": {"left": 60, "right": 40, "top": 20, "bottom": 20},
        "title": {
            "text": textwrap.wrap(title, _TITLE_LETTERS), "subtitle": lines, "anchor": "start", "fontSize": 20,
            "subtitleFontSize": 13, "subtitleColor": palette.MUTED, "offset": 14,
        },
        "config": {
            "font": FONT.replace("'", ""),
            "axis": _AXIS,
            "view": {"stroke": None},
            "legend": {"labelFontSize": 12, "titleFontSize": 13},
        },
    }  # fmt: skip
    svg = counted_anew(vl_convert.vegalite_to_svg(spec))
    start = svg.index(">", svg.index("<svg")) + 1
    head = svg[:start].replace("<svg", '<svg role="img" aria-labelledby="chart-title chart-text"', 1)
    return f'{head}<title id="chart-title">{clean(title)}</title><desc id="chart-text">{clean(text)}</desc>{svg[start:]}'


def _drawable(part: Any, key: str = "") -> Any:
    """The same specification in characters that the engine can take, whatever a column or ward is called.

    A control character ends the whole process. Of titles it makes expressions, in which a line break or a quotation
    mark behind a backslash is a syntax error.
    """
    if isinstance(part, Mapping):
        return {name: _drawable(value, name) for name, value in part.items()}
    if isinstance(part, list):
        return [_drawable(one) for one in part]
    if not isinstance(part, str):
        return part
    return _said(part) if key == "title" else _LINE_ENDS.sub(" ", strip_controls(part))


def _said(words: str) -> str:
    return " ".join(strip_controls(words.replace("\\", "\u2216")).split())
