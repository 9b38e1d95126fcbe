"""How the variables of a ranking go together."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.pipeline import RiskResult
from analysis.figures import palette
from analysis.figures.styled import Figure, chart_svg, label_of, lined_label

_TITLE = "Correlation of the variables"
# Beyond these a cell is too dark for ink, in the colours of the loadings.
_DARK = "datum.r < -0.45 || datum.r > 0.85"


def correlation(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    """Give the heat map of Spearman's ρ, over the wards that were ranked, filled values included."""
    names = [str(name) for name in result.parameters["variables"]]
    ranked = result.wards[result.wards["composite_rank"].notna()]
    if len(names) < 2 or len(ranked) < 3:
        return
    table = pd.DataFrame(ranked[names]).astype("float64").corr("spearman")
    yield "correlation", Figure(_TITLE, _alt(table), lambda: _drawn(table, len(ranked)))


def _alt(table: pd.DataFrame) -> str:
    pairs = table.where(pd.DataFrame(~_lower(table), index=table.index, columns=table.columns)).stack()
    if pairs.empty:
        return f"Heat map: {_TITLE}."
    first, second = pairs.abs().idxmax()
    return f"Heat map: {_TITLE}. The strongest: {label_of(first)} with {label_of(second)}, {pairs[(first, second)]:.2f}."


def _lower(table: pd.DataFrame) -> NDArray[np.bool_]:
    return np.tril(np.ones(table.shape, dtype=bool))


def _drawn(table: pd.DataFrame, wards: int) -> str:
    order = [lined_label(str(name)) for name in table.index]
    frame = table.set_axis(order, axis=0).set_axis(order, axis=1).rename_axis("first").reset_index()
    long = frame.melt("first", var_name="second", value_name="r").dropna(subset=["r"])
    axis = alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=0)
    base = alt.Chart(long).encode(
        x=alt.X("second:N", title=None, sort=order, axis=alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=0, labelAngle=-40)),
        y=alt.Y("first:N", title=None, sort=order, axis=axis),
    )  # fmt: skip
    cells = base.mark_rect().encode(
        color=alt.Color("r:Q", title="ρ", scale=alt.Scale(domain=[-1, 1], range=list(palette.DIFFERENCE)))
    )
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("r:Q", format=".2f"),
        color=alt.condition(_DARK, alt.value(palette.PAPER), alt.value(palette.INK)),
    )
    text = f"Spearman's ρ over {wards:,} ranked wards, filled values included. 1 = the same order, -1 = the opposite."
    return chart_svg(cells + numbers, _TITLE, text)
