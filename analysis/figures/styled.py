"""The one style of all charts, and how a figure is handed on before it is drawn."""

from __future__ import annotations

import textwrap

import altair as alt
import numpy as np
import pandas as pd

from analysis.core.doubtful import unit_of
from analysis.core.pipeline import RiskResult
from analysis.core.variables import lookup
from analysis.figures.vega import Figure, to_png, vega_svg

__all__ = ["Figure", "chart_svg", "label_of", "lined_label", "slugs", "to_png", "unit_in_figure"]
_LABEL_LETTERS = 22


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

    `source` stands on lines of its own below the text. The charts are ours, and the tests draw each: checking every
    one against the whole grammar once more would take longer than drawing it.
    """
    return vega_svg(chart.to_dict(validate=False), title, text, source)
