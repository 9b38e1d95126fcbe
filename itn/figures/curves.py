"""Charts of a plan: what more nets would do, coverage by rank, and how evenly nets are spread."""

from __future__ import annotations

import altair as alt
import pandas as pd

from analysis.figures import palette
from analysis.figures.charts import chart_svg
from itn.core.curves import Lorenz

WARM = "#a75f10"


def stock_chart(curve: pd.DataFrame, nets: int, high_risk: bool, source: str = "") -> str:
    """Return the chart of people covered against nets in stock; the plan's own stock is marked."""
    lines = {"people_covered": "All people"} | (
        {"high_risk_covered": "People in high-risk wards"} if high_risk else {}
    )
    long = curve[["nets", *lines]].melt("nets", var_name="who", value_name="people")
    long["who"] = long["who"].map(lines)
    start = pd.DataFrame({"nets": 0, "who": list(lines.values()), "people": 0})
    chart = (
        alt.Chart(pd.concat([start, long]))
        .mark_line(point=True, strokeWidth=2.5)
        .encode(
            x=alt.X("nets:Q", title="Nets in stock", axis=alt.Axis(format=",.0f", tickCount=6)),
            y=alt.Y("people:Q", title="People covered", axis=alt.Axis(format=",.0f")),
            color=alt.Color(
                "who:N", title=None, sort=list(lines.values()),
                scale=alt.Scale(domain=list(lines.values()), range=[palette.BRAND, WARM][: len(lines)]),
            ),
            strokeDash=alt.StrokeDash("who:N", legend=None, sort=list(lines.values())),
        )
    )  # fmt: skip
    here = (
        alt.Chart(pd.DataFrame({"nets": [nets]}))
        .mark_rule(color=palette.INK, strokeDash=[4, 4])
        .encode(x="nets:Q")
    )
    return chart_svg(
        chart + here, "What more or fewer nets would do", f"Dashed: this plan, {nets:,} nets.", source
    )


def lorenz_chart(found: Lorenz, source: str = "") -> str:
    """Return the Lorenz curve of nets over people."""
    frame = pd.DataFrame({"people": 100 * found.people, "nets": 100 * found.nets})
    even = pd.DataFrame({"people": [0.0, 100.0], "nets": [0.0, 100.0]})
    x = alt.X("people:Q", title="People, from the wards with fewest nets a person (%)")
    y = alt.Y("nets:Q", title="Nets (%)")
    line = alt.Chart(frame).mark_line(color=palette.BRAND, strokeWidth=2.5).encode(x=x, y=y, order="people:Q")
    diagonal = alt.Chart(even).mark_line(color=palette.MUTED, strokeDash=[4, 4]).encode(x=x, y=y)
    text = f"Gini coefficient {found.gini:.3f}: 0 = every person has the same share. Dashed: perfectly even."
    return chart_svg(diagonal + line, "How evenly the nets are spread", text, source)


def coverage_chart(curve: pd.DataFrame, source: str = "") -> str:
    """Return people and people covered, added up from the highest risk to the lowest."""
    lines = {"people": "People living there", "people_covered": "People covered"}
    long = curve[["rank", *lines]].astype("float64").melt("rank", var_name="who", value_name="count")
    long["who"] = long["who"].map(lines)
    names = list(lines.values())
    chart = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("rank:Q", title="Wards up to this rank (1 = highest risk)"),
            y=alt.Y("count:Q", title="People, added up", axis=alt.Axis(format=",.0f")),
            color=alt.Color("who:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[palette.MUTED, palette.BRAND])),
            strokeDash=alt.StrokeDash("who:N", legend=None, sort=names),
        )
    )  # fmt: skip
    return chart_svg(
        chart,
        "Coverage from the highest risk down",
        f"{len(curve):,} ranked wards of known population.",
        source,
    )
