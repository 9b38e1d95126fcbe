"""Ward maps as SVG, written directly: no chart library can draw thousands of wards fast enough."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.classes import Classes, Kind, classify
from analysis.figures.screen import dissolve, lga_keys, simplify
from analysis.figures.signs import Signs, draw_signs, signs_of
from analysis.figures.svg_paths import UNITS, Projection, paths
from analysis.figures.vega import FONT, clean

WIDTH = 960
_MARGIN, _TOP, _LEGEND, _FOOT = 20, 64, 250, 44
_MAP_WIDTH = WIDTH - _LEGEND - 2 * _MARGIN
_MAP_HEIGHT = 640
_LINE = 18


@dataclass(frozen=True)
class Drawing:
    """The parts of a map that stay the same whatever is coloured: drawn once, used for many maps."""

    projection: Projection
    wards: list[str]
    lgas: list[str]
    labels: list[tuple[float, float, str]]
    signs: Signs = field(default_factory=Signs)


def prepare(
    frame: gpd.GeoDataFrame,
    *,
    simplified: NDArray[np.object_] | None = None,
    lga_shapes: gpd.GeoSeries | None = None,
    lga_outlines: bool = True,
) -> Drawing:
    """Project the wards and their LGAs onto the page.

    Parameters
    ----------
    simplified, lga_shapes : optional
        Shapes already made for the screen, aligned with `frame`; made here when not given.
    """
    shapes = simplify(frame.geometry.to_numpy()) if simplified is None else simplified
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    bounds = tuple(map(float, shapely.total_bounds(shapes[here]))) if here.any() else (0.0, 0.0, 1.0, 1.0)
    projection = Projection.fit(bounds, _MAP_WIDTH, _MAP_HEIGHT)
    signs = signs_of(frame, shapes, projection)
    if not lga_outlines:
        return Drawing(projection, paths(shapes, projection), [], [], signs)
    keys = lga_keys(frame)
    if lga_shapes is None:
        lga_shapes = dissolve(keys, shapes)
    names = frame["lga_name"].groupby(keys).first().reindex(lga_shapes.index)
    outlines = lga_shapes.to_numpy()
    return Drawing(
        projection,
        paths(shapes, projection),
        paths(outlines, projection),
        _labels(outlines, names, projection),
        signs,
    )


def draw_map(
    frame: gpd.GeoDataFrame,
    column: str,
    *,
    kind: Kind = "rank",
    title: str = "",
    label: str = "",
    unit: str = "",
    source: str = "",
    inverse: bool = False,
    lga_outlines: bool = True,
    drawing: Drawing | None = None,
    classes: Classes | None = None,
    tips: Sequence[str] | None = None,
    noun: str = "ward",
) -> str:
    """Return a map of one column as an SVG document.

    Parameters
    ----------
    frame : GeoDataFrame
        Wards with `ward_name, lga_name, lga_code, state_code, state_name` and `column`.
    kind : {"rank", "tier", "score", "variable"}
        How values become classes; darker always means higher risk, rank 1 the highest.
    label, unit : str
        What the column is called in the legend and in tooltips, and its unit.
    inverse : bool
        Of this variable a lower value means more risk.
    source : str
        Where the data come from and when, for the corner.
    drawing : Drawing, optional
        From `prepare`, when several maps of the same wards are drawn.
    classes : Classes, optional
        Classes made elsewhere, instead of those of `kind`.
    tips : sequence of str, optional
        What is said about each ward, instead of its value.
    noun : str
        What the legend counts.
    """
    drawing = drawing or prepare(frame, lga_outlines=lga_outlines)
    classes = classes or classify(frame[column], kind, unit, inverse=inverse)
    tips = list(map(clean, tips)) if tips is not None else _tips(frame, column, kind, label, unit)
    label = label or column
    lines = sum(map(len, _legend_lines(classes, label)))
    legend = 120 + 26 * (len(classes.labels) + len(drawing.signs.rows)) + _LINE * (lines - 2)
    height = max(_TOP + drawing.projection.height, _TOP + legend) + _FOOT
    undrawn = sum(1 for path in drawing.wards if not path)
    described = _description(classes, label, len(frame), undrawn, noun, drawing.signs)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-labelledby="map-title map-text" font-family="{FONT}" '
        f'fill="{palette.INK}">',
        f'<title id="map-title">{clean(title or label)}</title><desc id="map-text">{clean(described)}</desc>',
        f"<defs>{hatch('no-data', UNITS)}{hatch('no-data-key')}</defs>",
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="{palette.PAPER}"/>',
        f'<text x="{_MARGIN}" y="32" font-size="20" font-weight="600">{clean(title or label)}</text>',
        f'<g transform="translate({_MARGIN} {_TOP}) scale({1 / UNITS})">',
        *_wards(frame, tips, classes, drawing),
        *_outlines(drawing),
        *draw_signs(drawing.signs, len(frame)),
        "</g>",
        *_legend(classes, label, undrawn, noun, drawing.signs),
        *_frame(drawing.projection, height, source),
        "</svg>",
    ]
    return "".join(parts)


def hatch(name: str, scale: float = 1) -> str:
    """Return the pattern that stands for missing data."""
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45) scale({scale})"><rect width="6" height="6" fill="{palette.NO_DATA}"/>'
        f'<path d="M0 0v6" stroke="{palette.NO_DATA_LINE}" stroke-width="2"/></pattern>'
    )


def _wards(
    frame: gpd.GeoDataFrame,
    tips: Sequence[str],
    classes: Classes,
    drawing: Drawing,
) -> list[str]:
    codes = (
        [clean(code) for code in frame["ward_code"].tolist()] if "ward_code" in frame else [""] * len(tips)
    )
    line = 0.2 if len(tips) > 2_000 else 0.7
    parts = [
        f'<g id="wards" stroke="{palette.WARD_LINE}" stroke-width="{line * UNITS}" stroke-linejoin="round">'
    ]
    fills = [*classes.colours, "url(#no-data)"]
    for k, fill in enumerate(fills):
        members = np.flatnonzero(classes.of_ward == (k if k < len(classes.colours) else -1)).tolist()
        if members:
            parts.append(f'<g fill="{fill}">')
            parts += [
                f'<path data-ward="{codes[i]}" d="{drawing.wards[i]}"><title>{tips[i]}</title></path>'
                for i in members
                if drawing.wards[i]
            ]
            parts.append("</g>")
    parts.append("</g>")
    return parts


def _tips(frame: gpd.GeoDataFrame, column: str, kind: Kind, label: str, unit: str) -> list[str]:
    names = frame["ward_name"].fillna("no name").tolist()
    lgas = frame["lga_name"].fillna("").tolist()
    values = frame[column].tolist()
    tail = f" {unit}" if unit and kind == "variable" else ""
    return [
        clean(f"{name}{f', {lga}' if lga else ''}: {label} {_value(value, kind)}{tail}")
        for name, lga, value in zip(names, lgas, values, strict=True)
    ]


def _value(value: Any, kind: Kind) -> str:
    if value is None or value is pd.NA or value != value:
        return "no data"
    if kind == "tier":
        return str(value)
    if kind == "rank":
        return f"{value:.0f}"
    return f"{value:.3f}" if kind == "score" else f"{value:,.6g}"


def _outlines(drawing: Drawing) -> list[str]:
    if not drawing.lgas:
        return []
    line = 0.5 if len(drawing.lgas) > 100 else 1.1
    return [
        f'<g id="lgas" fill="none" stroke="{palette.LGA_LINE}" stroke-width="{line * UNITS}" '
        'stroke-linejoin="round" pointer-events="none">',
        *(f'<path d="{path}"/>' for path in drawing.lgas if path),
        "</g>",
        f'<g id="lga-names" font-size="{10 * UNITS}" text-anchor="middle" pointer-events="none" '
        f'stroke="{palette.PAPER}" stroke-width="{2.4 * UNITS}" stroke-linejoin="round" paint-order="stroke">',
        *(f'<text x="{x:.0f}" y="{y:.0f}">{clean(name)}</text>' for x, y, name in drawing.labels),
        "</g>",
    ]


def _labels(
    outlines: NDArray[np.object_], names: pd.Series, projection: Projection
) -> list[tuple[float, float, str]]:
    """Return the LGA names that fit inside their LGA, and where."""
    if len(outlines) == 0 or len(outlines) > 60:
        return []
    points = projection.apply(shapely.get_coordinates(shapely.point_on_surface(outlines)))
    bounds = shapely.bounds(outlines)
    room = (bounds[:, 2] - bounds[:, 0]) * projection.squeeze * projection.pixels_per_degree
    return [
        (float(x), float(y), str(name))
        for (x, y), name, space in zip(points.tolist(), names.tolist(), room.tolist(), strict=True)
        if isinstance(name, str) and len(name) * 5.8 < space
    ]


def _legend_lines(classes: Classes, label: str) -> tuple[list[str], list[str]]:
    """Return what stands above the classes, on as many lines as the margin needs."""
    return textwrap.wrap(label, 25) or [""], textwrap.wrap(classes.heading, 28) or [""]


def _legend(classes: Classes, label: str, undrawn: int, counted: str, signs: Signs) -> list[str]:
    x = WIDTH - _LEGEND
    titles, hints = _legend_lines(classes, label)
    parts = ['<g id="legend" font-size="13">']
    parts += [
        f'<text x="{x}" y="{_TOP + 6 + _LINE * k}" font-weight="600">{clean(line)}</text>'
        for k, line in enumerate(titles)
    ]
    top = _TOP + _LINE * (len(titles) - 1)
    parts += [
        f'<text x="{x}" y="{top + 26 + _LINE * k}" fill="{palette.MUTED}">{clean(line)}</text>'
        for k, line in enumerate(hints)
    ]
    top += _LINE * (len(hints) - 1)
    rows: list[tuple[str, str, int]] = list(zip(classes.colours, classes.labels, classes.counts, strict=True))
    if classes.missing:
        rows.append(("url(#no-data-key)", classes.missing_label, classes.missing))
    for k, (fill, text, count) in enumerate(rows):
        y = top + 40 + 26 * k
        noun = counted if count == 1 else f"{counted}s"
        parts.append(
            f'<rect x="{x}" y="{y}" width="26" height="18" fill="{fill}" stroke="{palette.MUTED}" '
            f'stroke-width="0.5"/><text x="{x + 34}" y="{y + 14}">{clean(text)}</text>'
            f'<text x="{WIDTH - _MARGIN}" y="{y + 14}" text-anchor="end" fill="{palette.MUTED}">{count:,} {noun}</text>'
        )
    top += 26 * len(rows)
    for k, (sign, text, count) in enumerate(signs.rows):
        y = top + 54 + 26 * k
        parts.append(
            f'<text x="{x + 13}" y="{y}" text-anchor="middle" font-weight="600">{sign}</text>'
            f'<text x="{x + 34}" y="{y}">{text}</text><text x="{WIDTH - _MARGIN}" y="{y}" text-anchor="end" '
            f'fill="{palette.MUTED}">{count:,} {counted if count == 1 else f"{counted}s"}</text>'
        )
    y = top + 58 + 26 * len(signs.rows)
    if undrawn:
        parts.append(
            f'<text x="{x}" y="{y}" fill="{palette.MUTED}">{undrawn:,} without a shape, not drawn</text>'
        )
    parts.append("</g>")
    return parts


def _frame(projection: Projection, height: float, source: str) -> list[str]:
    length, kilometres = _scale_bar(projection)
    y = height - 18
    # Under the legend, so that the words about the data have the whole width of the map.
    left = WIDTH - _LEGEND
    north_x, north_y = WIDTH - _MARGIN - 8, height - 30
    return [
        f'<g id="scale" font-size="12"><path d="M{left} {y - 6}v6h{length:.1f}v-6" fill="none" '
        f'stroke="{palette.INK}"/><text x="{left + length + 8:.1f}" y="{y}">{kilometres:g} km</text></g>',
        f'<g id="north" font-size="12" text-anchor="middle"><path d="M{north_x} {north_y - 26}l-6 18h12z"/>'
        f'<text x="{north_x}" y="{north_y + 6}">N</text></g>',
        f'<text x="{WIDTH - _LEGEND - _MARGIN}" y="{y}" font-size="11" text-anchor="end" '
        f'fill="{palette.MUTED}">{clean(source)}</text>',
    ]


def _scale_bar(projection: Projection) -> tuple[float, float]:
    """Return a bar of round length, about a sixth of the map wide: pixels and kilometres."""
    target = projection.kilometres(projection.width / 6)
    power = 10.0 ** np.floor(np.log10(target))
    kilometres = float(max(step * power for step in (1, 2, 5) if step * power <= target))
    return kilometres / projection.kilometres(1.0), kilometres


def _description(classes: Classes, label: str, wards: int, undrawn: int, noun: str, signs: Signs) -> str:
    groups: Sequence[str] = [
        f"{text}: {count}" for text, count in zip(classes.labels, classes.counts, strict=True)
    ]
    label_words = label
    text = f"Map of {label_words} for {wards} {noun}s. {classes.heading}. {noun[0].upper()}{noun[1:]}s per class, {classes.order}: "
    text += "; ".join(groups) or "none"
    text += f". {classes.missing_label}: {classes.missing}." if classes.missing else "."
    text += "".join(f" Marked {sign}, {meaning}: {count}." for sign, meaning, count in signs.rows)
    return text + (f" {undrawn} {noun}s have no shape and are not drawn." if undrawn else "")
