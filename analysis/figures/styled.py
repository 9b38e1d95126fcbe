"""The one style of all charts, and how a figure is handed on before it is drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import vl_convert

from analysis.core.doubtful import unit_of
from analysis.core.pipeline import RiskResult
from analysis.core.variables import lookup
from analysis.figures import palette
from analysis.figures.map_svg import FONT, clean
from analysis.figures.stable_ids import counted_anew

_WIDTH, _HEIGHT = 640, 380
# Readers' fonts run wider than the one that lays a chart out; what is longer than this goes on to another line.
_LABEL_LETTERS, _TITLE_LETTERS, _TEXT_LETTERS = 22, 46, 80


@dataclass(frozen=True)
class Figure:
    """A figure that can be drawn: `svg()` returns the document."""

    title: str
    alt: str
    svg: Callable[[], str]


def to_png(svg: str, scale: float = 2.0) -> bytes:
    """Return the picture of an SVG document, `scale` pixels per unit."""
    return vl_convert.svg_to_png(svg, scale=scale)


def label_of(name: str) -> str:
    variable = lookup(name)
    return variable.label if variable else name


def lined_label(name: str) -> str:
    return textwrap.fill(label_of(name), _LABEL_LETTERS, max_lines=3, placeholder=" …")


def unit_in_figure(name: str, values: pd.Series) -> str:
    """The usual unit, or none where the values do not fit it."""
    variable = lookup(name)
    said = unit_of(name, values.to_numpy(dtype=float, na_value=np.nan))
    return said if variable and said == variable.unit else ""


def slugs(result: RiskResult) -> list[tuple[str, str]]:
    """Return each variable with a name that is safe in a file name."""
    return [(str(name), f"{k:02d}") for k, name in enumerate(result.parameters["variables"], 1)]


def chart_svg(chart: alt.Chart | alt.LayerChart, title: str, text: str, source: str = "") -> str:
    """Return a chart in the common style as an SVG document with a title and a description.

    `source` stands on lines of its own below the text.
    """
    lines = [*textwrap.wrap(text, _TEXT_LETTERS), *textwrap.wrap(source, _TEXT_LETTERS)]
    styled = (
        chart.properties(
            width=_WIDTH, height=_HEIGHT, background=palette.PAPER,
            padding={"left": 60, "right": 40, "top": 20, "bottom": 20},
            title=alt.TitleParams(textwrap.wrap(title, _TITLE_LETTERS), subtitle=lines,
                                  anchor="start", fontSize=20, subtitleFontSize=13,
                                  subtitleColor=palette.MUTED, offset=14),
        )
        .configure(font=FONT.replace("'", ""))
        .configure_axis(
            labelFontSize=12, titleFontSize=13, titleFontWeight="normal", titlePadding=14, gridColor=palette.LINE,
            labelColor=palette.INK, titleColor=palette.INK,
        )
        .configure_view(stroke=None)
        .configure_legend(labelFontSize=12, titleFontSize=13)
    )  # fmt: skip
    svg = counted_anew(vl_convert.vegalite_to_svg(styled.to_dict()))
    start = svg.index(">", svg.index("<svg")) + 1
    head = svg[:start].replace("<svg", '<svg role="img" aria-labelledby="chart-title chart-text"', 1)
    return f'{head}<title id="chart-title">{clean(title)}</title><desc id="chart-text">{clean(text)}</desc>{svg[start:]}'
