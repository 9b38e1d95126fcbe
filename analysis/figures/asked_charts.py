"""Charts that somebody asks for: how a variable is spread, how two go together, which wards or LGAs lie where.

Each comes with the numbers it is drawn from, as a table. A ward without a value takes no part and is counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.vega import HEIGHT, Figure, vega_svg
from analysis.readers.text import strip_controls

Numbers = NDArray[np.float64]
# A row of a bar or box chart; what has fewer rows is as high as other charts.
_ROW = 18
# So many wards or groups can be told apart on one page.
MOST_ROWS = 40
_FEWEST_PAIRS = 3


@dataclass(frozen=True)
class Values:
    """One column of the wards. `numbers`: shape (n,), NaN where there is none."""

    label: str
    unit: str
    numbers: Numbers

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True)
class Asked:
    """A chart and the numbers in it. `header` and `rows` are those of a table; `facts` are its key figures."""

    figure: Figure
    header: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    facts: dict[str, float | int | None]


def histogram(x: Values) -> Asked:
    """How many wards have which value, in as many bars as fit their number.

    `facts`: n, missing, lowest, median, mean, highest, deviation (the standard deviation of the wards).
    """
    known = x.numbers[np.isfinite(x.numbers)]
    counts, edges = (
        np.histogram(known, bins=min(30, max(5, round(len(known) ** 0.5)))) if len(known) else ([], [])
    )
    rows = [(float(a), float(b), int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    label_words = x.label
    title = f"{label_words}: how many wards have which value"
    spec = {
        "data": {"values": [{"from": a, "to": b, "wards": n} for a, b, n in rows]},
        "mark": {"type": "rect", "color": palette.BRAND, "stroke": palette.PAPER},
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "title": x.heading, "scale": {"zero": False}},
            "x2": {"field": "to"},
            "y": {"field": "wards", "type": "quantitative", "title": "Wards"},
        },
    }
    facts = _spread(known) | {"missing": len(x.numbers) - len(known)}
    return _asked(
        spec, title, f"Histogram of {label_words}.", _counted(facts), ("From", "To", "Wards"), rows, facts
    )


def scatter(x: Values, y: Values, tiers: Sequence[str | None]) -> Asked:
    """Two columns against each other, a point per ward, coloured by its tier.

    `facts`: n, missing (a ward without one of the two), pearson and spearman, None for fewer than three wards or
    where one of the two is constant.
    """
    both = np.isfinite(x.numbers) & np.isfinite(y.numbers)
    a, b = x.numbers[both], y.numbers[both]
    named = [tier or "No rank" for tier, here in zip(tiers, both.tolist(), strict=True) if here]
    colours = palette.TIERS | {"No rank": palette.NO_DATA_LINE}
    shown = [tier for tier in colours if tier in named]
    spec = {
        "data": {
            "values": [{"x": p, "y": q, "tier": t} for p, q, t in zip(a.tolist(), b.tolist(), named, strict=True)]
        },
        "mark": {"type": "circle", "size": 34, "opacity": 0.85, "stroke": palette.INK, "strokeWidth": 0.4},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x.heading, "scale": {"zero": False}},
            "y": {"field": "y", "type": "quantitative", "title": y.heading, "scale": {"zero": False}},
            "color": {
                "field": "tier", "type": "nominal", "title": "Tier",
                "scale": {"domain": shown, "range": [colours[tier] for tier in shown]},
            },
        },
    }  # fmt: skip
    facts: dict[str, float | int | None] = {"n": len(a), "missing": int((~both).sum())}
    facts |= {"pearson": _correlation(a, b), "spearman": _correlation(_ranks(a), _ranks(b))}
    text = _counted(facts)
    if facts["pearson"] is not None:
        text += f" Pearson's r {facts['pearson']:.2f}, Spearman's ρ {facts['spearman']:.2f}."
    rows = list(zip(a.tolist(), b.tolist(), named, strict=True))
    title_words = f"{x.label} and {y.label}"
    return _asked(
        spec, title_words, f"Scatter plot: {title_words}.", text, (x.heading, y.heading, "Tier"), rows, facts
    )


def bars(x: Values, names: Sequence[str], *, noun: str, way: str = "", lowest: bool = False) -> Asked:
    """The highest, or lowest, wards or LGAs as bars in order; equal ones by their names.

    Parameters
    ----------
    names : sequence of str, length n
        What each row of `x` is called.
    noun, way : str
        What the rows are, such as ``wards``, and how their value was made, such as ``mean of its wards``.
    """
    known = [(value, name) for value, name in zip(x.numbers.tolist(), names, strict=True) if value == value]
    known.sort(key=lambda one: (one[0] if lowest else -one[0], one[1]))
    shown, noun_words, label_words = known[:MOST_ROWS], noun.removesuffix("s"), x.label
    title_words = f"{label_words} by {noun_words}"
    if len(shown) < len(known):
        which_words = "the lowest" if lowest else "the highest"
        title_words += f": {which_words} {len(shown)}"
    spec = {
        "data": {"values": [{"row": k, "value": v} for k, (v, _) in enumerate(shown)]},
        "mark": {"type": "bar", "color": palette.BRAND},
        "encoding": {
            "y": _named_rows([name for _, name in shown]),
            "x": {"field": "value", "type": "quantitative", "title": x.heading},
        },
    }
    facts: dict[str, float | int | None] = {"n": len(known), "missing": len(x.numbers) - len(known)}
    text = f"{way.capitalize()}. {_counted(facts, noun)}" if way else _counted(facts, noun)
    rows = [(name, value) for value, name in shown]
    heading = f"{noun_words[:1].upper()}{noun_words[1:]}"
    return _asked(
        spec, title_words, f"Bar chart: {title_words}.", text, (heading, x.heading), rows, facts,
        height=max(_ROW * len(shown), 60),
    )  # fmt: skip


def boxes(x: Values, groups: Sequence[str | None], *, noun: str) -> Asked:
    """How a column is spread within each group of wards: lowest, quarters and highest, highest median first.

    Quarters as numpy's linear rule has them. Wards without a group or a value take no part.
    """
    gathered: dict[str, list[float]] = {}
    for group, value in zip(groups, x.numbers.tolist(), strict=True):
        if group and value == value:
            gathered.setdefault(group, []).append(value)
    found = [
        (name, len(v), *map(float, np.percentile(v, [0, 25, 50, 75, 100]))) for name, v in gathered.items()
    ]
    found.sort(key=lambda row: (-row[4], row[0]))
    shown = found[:MOST_ROWS]
    label_words, noun_words = x.label, noun
    title_words = f"{label_words} within each {noun_words}"
    if len(shown) < len(found):
        title_words += f": the highest {len(shown)} by their median"
    keys = ("low", "first", "middle", "third", "high")
    data = [{"row": k} | dict(zip(keys, row[2:], strict=True)) for k, row in enumerate(shown)]
    y, x_axis = _named_rows([row[0] for row in shown]), {"type": "quantitative", "scale": {"zero": False}}
    spec = {
        "data": {"values": data},
        "layer": [
            {"mark": {"type": "rule", "color": palette.INK},
             "encoding": {"y": y, "x": x_axis | {"field": "low", "title": x.heading}, "x2": {"field": "high"}}},
            {"mark": {"type": "bar", "color": palette.COVERAGE[2], "stroke": palette.INK, "size": 10},
             "encoding": {"y": y, "x": x_axis | {"field": "first"}, "x2": {"field": "third"}}},
            {"mark": {"type": "tick", "color": palette.INK, "thickness": 2, "size": 12},
             "encoding": {"y": y, "x": x_axis | {"field": "middle"}}},
        ],
    }  # fmt: skip
    used = sum(row[1] for row in found)
    facts: dict[str, float | int | None] = {"n": used, "missing": len(x.numbers) - used, "groups": len(found)}
    text = f"Line: lowest to highest; box: the middle half; mark: the median. {_counted(facts)}"
    header = (noun, "Wards", "Lowest", "First quarter", "Median", "Third quarter", "Highest")
    return _asked(
        spec,
        title_words,
        f"Box plots: {title_words}.",
        text,
        header,
        list(shown),
        facts,
        height=max(_ROW * len(shown), 60),
    )


def _asked(
    spec: dict[str, Any], title: str, alt: str, text: str, header: tuple[str, ...], rows: list[Any],
    facts: dict[str, float | int | None], height: int = HEIGHT,
) -> Asked:  # fmt: skip
    return Asked(Figure(title, alt, lambda: vega_svg(spec, title, text, height=height)), header, rows, facts)


def _named_rows(names: Sequence[str]) -> dict[str, Any]:
    """An axis of rows in their own order, whatever they are called: two of one name stay two."""
    words = {str(k): _short(strip_controls(name)) for k, name in enumerate(names)}
    return {
        "field": "row", "type": "ordinal", "title": None, "sort": None,
        "axis": {"labelExpr": f"({json.dumps(words)})[datum.label]", "labelLimit": 0, "labelOverlap": False},
    }  # fmt: skip


def _short(name: str, most: int = 34) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _spread(known: Numbers) -> dict[str, float | int | None]:
    if not len(known):
        return {"n": 0, "lowest": None, "median": None, "mean": None, "highest": None, "deviation": None}
    return {
        "n": len(known), "lowest": float(known.min()), "median": float(np.median(known)), "mean": float(known.mean()),
        "highest": float(known.max()), "deviation": float(known.std(ddof=1)) if len(known) > 1 else None,
    }  # fmt: skip


def _counted(facts: dict[str, float | int | None], noun: str = "wards") -> str:
    missing = f"; {facts['missing']:,} without a value" if facts["missing"] else ""
    return f"{facts['n']:,} {noun}{missing}."


def _correlation(a: Numbers, b: Numbers) -> float | None:
    if len(a) < _FEWEST_PAIRS or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))


def _ranks(values: Numbers) -> Numbers:
    """Ranks from 1, equal values sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + 1 + last) / 2)[place]
