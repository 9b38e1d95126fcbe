"""The figures of a finished ranking: what there is to draw, each drawn when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np
import pandas as pd

from analysis.core.model_flags import ModelFlags, model_flags, urban_shares
from analysis.core.pipeline import RiskResult
from analysis.core.ranks import TIERS
from analysis.figures import box_svg, palette, panels_svg
from analysis.figures.asked_charts import Values, histogram
from analysis.figures.correlation import correlation
from analysis.figures.map_svg import Drawing, draw_map, prepare
from analysis.figures.more_maps import more_maps
from analysis.figures.screen import simplify
from analysis.figures.styled import Figure, chart_svg, label_of, lined_label, slugs, to_png, unit_in_figure
from analysis.figures.workflow_svg import workflow
from analysis.figures.year_maps import Years, year_maps

__all__ = ["Figure", "chart_svg", "figure_specs", "to_png"]
# Beyond this many wards a page per twenty wards, or a map per model, serves nobody.
MOST_PAGED_WARDS = 1_000
# As the ranking rounds scores, so that noise never decides a rank.
RANK_DECIMALS = 12


def figure_specs(result: RiskResult, source: str = "", years: Sequence[Years] = ()) -> dict[str, Figure]:
    """Return the figures of a result by name, in the order of the pages.

    Parameters
    ----------
    source : str
        Where the data come from and when; stands in the corner of maps.
    years : sequence of Years
        From `years_of`: variables that the table has for several years.

    Returns
    -------
    dict of str to Figure
        ``map_rank, map_tier, map_score, map_pca_rank, map_variable_…, histogram_…, models_…,
        stability_…, scree, loadings, comparison_ranks, tier_table, rank_boxes_…, lga_variable_…,
        map_scaled_…, map_raw_…, map_year_…, map_gaps, map_urban_…, correlation, workflow``; those that the result has no
        data for are left out.
    """
    drawing = prepare(result.wards)
    return dict(
        [
            *_maps(result, drawing, source),
            *_histograms(result),
            *_panels(result),
            *_boxes(result),
            *_pca(result),
            *_comparison(result),
            *_rank_boxes(result),
            *more_maps(result, drawing, source),
            *year_maps(result, list(years), drawing, source),
            *correlation(result),
            *workflow(result),
        ]
    )


def _maps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    wards, inverse = result.wards, set(result.parameters["inverse"])

    def figure(column: str, kind: str, title: str, label: str, unit: str = "") -> Figure:
        def draw() -> str:
            return draw_map(
                wards, column, kind=kind, title=title, label=label, unit=unit, source=source,  # type: ignore[arg-type]
                inverse=column in inverse, drawing=drawing,
            )  # fmt: skip

        return Figure(title, f"Map: {title}. Darker means higher risk.", draw)

    yield "map_rank", figure("composite_rank", "rank", "Wards by composite rank", "Composite rank")
    yield "map_tier", figure("composite_tier", "tier", "Wards by tier", "Composite tier")
    yield "map_score", figure("composite_score", "score", "Wards by composite score", "Composite score")
    if wards["pca_rank"].notna().any():
        rank, level = pca_labels(result)
        yield "map_pca_rank", figure("pca_rank", "rank", f"Wards by {rank}", rank)
        yield "map_pca_tier", figure("pca_tier", "tier", f"Wards by {level}", level)
    for name, slug in slugs(result):
        label, unit = label_of(name), unit_in_figure(name, result.wards[name])
        yield f"map_variable_{slug}", figure(name, "variable", label, label, unit)


def pca_labels(result: RiskResult) -> tuple[str, str]:
    """What the PCA's ranks and tiers are called; that they were forced stands in the name."""
    return ("PCA rank, forced", "PCA tier, forced") if result.pca.forced else ("PCA rank", "PCA tier")


def _histograms(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    for name, slug in slugs(result):
        numbers = result.wards[name].to_numpy(dtype=float, na_value=np.nan)
        unit = unit_in_figure(name, result.wards[name])
        yield f"histogram_{slug}", histogram(Values(label_of(name), unit, numbers)).figure


def _panels(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    if len(result.wards) > MOST_PAGED_WARDS:
        return
    shapes = simplify(result.wards.geometry.to_numpy(), pixels=panels_svg.PIXELS)
    drawing = prepare(result.wards, simplified=shapes, lga_outlines=False)
    models, scores = result.models, result.model_scores
    total, flags = len(models), flags_of(result)
    for start in range(0, total, panels_svg.PER_PAGE):
        page = models.iloc[start : start + panels_svg.PER_PAGE]
        title = f"Models {start + 1} to {start + len(page)} of {total}"

        def draw(page: pd.DataFrame = page, title: str = title) -> str:
            panels = [
                panels_svg.Panel(
                    str(row.model).replace("_", " ").capitalize(),
                    ", ".join(label_of(name) for name in str(row.variables).split(";")),
                    scores[row.model].to_numpy(dtype=float),
                    None if flags is None else flags.rural[:, row.Index],
                )
                for row in page.itertuples()
            ]
            return panels_svg.draw_panels(result.wards, panels, title, drawing)

        yield f"models_{start // panels_svg.PER_PAGE + 1:02d}", Figure(title, f"Small maps: {title}.", draw)


def flags_of(result: RiskResult) -> ModelFlags | None:
    """Return which models put wards on top that are not urban; None where no ward has an urban share."""
    urban = urban_shares(result)
    scores = result.model_scores.drop(columns="ward_code").to_numpy(dtype=float)
    return None if np.isnan(urban).all() else model_flags(scores, urban)


def _boxes(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    scores = result.model_scores.drop(columns="ward_code").to_numpy(dtype=float)
    yield from _box_pages(result, scores, "stability", "Scores over the models", box_svg.SCORES)


def _rank_boxes(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    """Which rank each model gives a ward, among the wards that it scores."""
    scores = result.model_scores.drop(columns="ward_code")
    ranks = scores.round(RANK_DECIMALS).rank(ascending=False, method="min").to_numpy(dtype=float)
    yield from _box_pages(result, ranks, "rank_boxes", "Ranks over the models", box_svg.RANKS)


def _box_pages(
    result: RiskResult, values: np.ndarray, name: str, heading: str, axis: box_svg.Axis
) -> Iterator[tuple[str, Figure]]:
    wards = result.wards
    ranked = np.flatnonzero(wards["composite_rank"].notna())
    order = ranked[
        np.lexsort((wards["ward_code"].to_numpy()[ranked], wards["composite_rank"].to_numpy()[ranked]))
    ]
    shown = order[:MOST_PAGED_WARDS]
    of_all = f" of {len(order):,}"
    for start in range(0, len(shown), box_svg.PER_PAGE):
        rows = shown[start : start + box_svg.PER_PAGE]
        title = f"{heading}, wards {start + 1} to {start + len(rows)}{of_all} by rank"

        def draw(rows: np.ndarray = rows, title: str = title) -> str:
            page = wards.iloc[rows]
            ranks = page["composite_rank"].astype(int).tolist()
            tiers = page["composite_tier"].tolist()
            return box_svg.draw_boxes(box_svg.ward_labels(page), ranks, tiers, values[rows], title, axis)

        yield f"{name}_{start // box_svg.PER_PAGE + 1:02d}", Figure(title, f"Box plots: {title}.", draw)


def _pca(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    found = result.pca
    if len(found.eigenvalues) == 0:
        return

    def scree() -> str:
        frame = pd.DataFrame(
            {
                "component": np.arange(1, len(found.eigenvalues) + 1),
                "eigenvalue": found.eigenvalues,
                "used": np.arange(len(found.eigenvalues)) < found.components_used,
            }
        )
        base = alt.Chart(frame).encode(
            x=alt.X("component:O", title="Component", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("eigenvalue:Q", title="Eigenvalue"),
        )
        bars = base.mark_bar().encode(
            color=alt.Color(
                "used:N",
                title="In the score",
                scale=alt.Scale(domain=[True, False], range=[palette.BRAND, palette.LINE]),
                legend=alt.Legend(labelExpr="datum.label == 'true' ? 'yes' : 'no'"),
            )
        )
        labels = base.mark_text(dy=-8, fontSize=12).encode(text=alt.Text("eigenvalue:Q", format=".2f"))
        one = alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")
        shares = ", ".join(f"{share:.1%}" for share in found.explained)
        return chart_svg(
            bars + labels + one, "Eigenvalues of the components", f"Share of the variation: {shares}."
        )

    yield "scree", Figure("Eigenvalues of the components", "Bar chart of the eigenvalues.", scree)
    if found.loadings.size:
        yield (
            "loadings",
            Figure("Loadings of the variables", "Heat map of the loadings.", lambda: _loadings(result)),
        )


def _loadings(result: RiskResult) -> str:
    table = result.pca.loadings
    frame = (
        table.rename_axis("variable")
        .reset_index()
        .melt("variable", var_name="component", value_name="loading")
    )
    frame["variable"] = frame["variable"].map(lined_label)
    order = [lined_label(str(name)) for name in table.index]
    base = alt.Chart(frame).encode(
        x=alt.X(
            "component:O", title="Component", sort=list(map(str, table.columns)), axis=alt.Axis(labelAngle=0)
        ),
        y=alt.Y(
            "variable:N",
            title=None,
            sort=order,
            axis=alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=0),
        ),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "loading:Q", title="Loading", scale=alt.Scale(domain=[-1, 1], range=list(palette.DIFFERENCE))
        )
    )
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("loading:Q", format=".2f"),
        color=alt.condition(
            "datum.loading < -0.45 || datum.loading > 0.85", alt.value(palette.PAPER), alt.value(palette.INK)
        ),
    )
    return chart_svg(cells + numbers, "Loadings of the variables", "How each variable enters each component.")


def _comparison(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    wards = result.wards
    both = wards["composite_rank"].notna() & wards["pca_rank"].notna()
    if not both.any():
        return

    rank, level = pca_labels(result)
    ranks_title = f"Composite rank and {rank}"

    def scatter() -> str:
        columns = ["composite_rank", "pca_rank", "composite_tier"]
        frame = pd.DataFrame(wards.loc[both, columns]).astype({"composite_rank": float, "pca_rank": float})
        most = float(frame[["composite_rank", "pca_rank"]].max().max())
        points = (
            alt.Chart(frame)
            .mark_circle(size=34, opacity=0.85, stroke=palette.INK, strokeWidth=0.4)
            .encode(
                x=alt.X("composite_rank:Q", title="Composite rank (1 = highest risk)"),
                y=alt.Y("pca_rank:Q", title=f"{rank} (1 = highest risk)"),
                color=alt.Color(
                    "composite_tier:N",
                    title="Composite tier",
                    scale=alt.Scale(domain=list(palette.TIERS), range=list(palette.TIERS.values())),
                ),
            )
        )
        line = alt.Chart(pd.DataFrame({"x": [1, most], "y": [1, most]})).mark_line(
            strokeDash=[4, 4], color=palette.MUTED
        )
        rho = result.comparison.spearman
        text = "" if rho is None else f"Spearman's rank correlation {rho:.2f}."
        return chart_svg(line.encode(x="x:Q", y="y:Q") + points, ranks_title, text)

    yield "comparison_ranks", Figure(ranks_title, f"Scatter plot: {ranks_title}.", scatter)
    title = "Tiers by both methods"
    yield "tier_table", Figure(title, f"Cross table: {title}.", lambda: _tier_table(result, level))


def _tier_table(result: RiskResult, level: str) -> str:
    table = result.comparison.tier_table
    rows = [(a, b, int(table.loc[a, b])) for a in TIERS for b in TIERS]
    frame = pd.DataFrame(rows, columns=["composite", "pca", "wards"])
    base = alt.Chart(frame).encode(
        x=alt.X("pca:N", title=level, sort=list(TIERS), axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("composite:N", title="Composite tier", sort=list(TIERS)),
    )
    cells = base.mark_rect(stroke=palette.PAPER).encode(
        color=alt.Color("wards:Q", title="Wards", scale=alt.Scale(range=list(palette.COVERAGE)))
    )
    limit = 0.6 * float(frame["wards"].max())
    numbers = base.mark_text(fontSize=16).encode(
        text="wards:Q",
        color=alt.condition(f"datum.wards > {limit}", alt.value(palette.PAPER), alt.value(palette.INK)),
    )
    return chart_svg(
        cells + numbers, "Tiers by both methods", f"{int(frame['wards'].sum())} wards ranked by both."
    )
