"""Charts that are asked for: their numbers against pandas and scipy, and names that want to be more than names."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.figures.asked_charts import MOST_ROWS, Values, bars, boxes, histogram, scatter

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "Ward </text><script>alert(1)</script> '\" \x07 {1+1} ]]>"


@pytest.fixture
def columns():
    draw = np.random.default_rng(7)
    x = np.round(draw.normal(900, 80, 120), -1)  # rounded, so that many are equal
    x[[3, 50]] = np.nan
    y = draw.uniform(0, 60, 120)
    y[[3, 7]] = np.nan
    return Values("Rainfall", "mm", x), Values("Test positivity rate", "%", y)


def texts_of(chart):
    return [" ".join(text.itertext()) for text in ET.fromstring(chart.figure.svg()).iter(f"{SVG}text")]


def test_a_histogram_counts_every_ward_with_a_value_once(columns):
    chart = histogram(columns[0])
    known = pd.Series(columns[0].numbers).dropna()
    assert sum(count for _, _, count in chart.rows) == len(known) == chart.facts["n"] == 118
    for low, high, count in chart.rows[:-1]:
        assert count == ((known >= low) & (known < high)).sum()
    assert chart.facts == {
        "n": 118, "missing": 2, "lowest": known.min(), "median": known.median(), "mean": pytest.approx(known.mean()),
        "highest": known.max(), "deviation": pytest.approx(known.std()),
    }  # fmt: skip
    assert "118 wards; 2 without a value." in texts_of(chart)


def test_a_scatter_plot_tells_both_correlations_and_leaves_out_who_lacks_one(columns):
    x, y = columns
    chart = scatter(x, y, ["High", None] * 60)
    both = pd.DataFrame({"x": x.numbers, "y": y.numbers}).dropna()
    assert (chart.facts["n"], chart.facts["missing"]) == (117, 3) == (len(both), 120 - len(both))
    assert chart.facts["pearson"] == pytest.approx(stats.pearsonr(both.x, both.y)[0], abs=1e-12)
    assert chart.facts["spearman"] == pytest.approx(stats.spearmanr(both.x, both.y)[0], abs=1e-12)
    circles = [
        path
        for path in ET.fromstring(chart.figure.svg()).iter(f"{SVG}path")
        if path.get("aria-label", "").startswith("Rainfall")
    ]
    assert len(circles) == 117


@pytest.mark.parametrize(
    ("x", "y"),
    [([1.0, 2.0], [3.0, 1.0]), ([5.0, 5.0, 5.0], [1.0, 2.0, 3.0]), ([np.nan] * 4, [1.0, 2.0, 3.0, 4.0])],
    ids=["two wards", "constant", "nothing"],
)
def test_no_correlation_is_made_up(x, y):
    chart = scatter(Values("A", "", np.array(x)), Values("B", "", np.array(y)), [None] * len(x))
    assert (chart.facts["pearson"], chart.facts["spearman"]) == (None, None)
    assert "Pearson" not in " ".join(texts_of(chart))


def test_bars_are_in_order_and_two_of_one_name_stay_two(columns):
    names = [f"Sabon Gari, LGA {k % 5}" for k in range(120)]
    highest, lowest = (bars(columns[1], names, noun="wards", lowest=low) for low in (False, True))
    known = pd.Series(columns[1].numbers).dropna()
    assert [value for _, value in highest.rows] == known.nlargest(MOST_ROWS).tolist()
    assert [value for _, value in lowest.rows] == known.nsmallest(MOST_ROWS).tolist()
    assert highest.figure.title == "Test positivity rate by ward: the highest 40"
    assert sum(text.startswith("Sabon Gari") for text in texts_of(highest)) == MOST_ROWS


def test_boxes_hold_the_quarters_of_their_group(columns):
    x = columns[0]
    groups = [None if k == 9 else f"LGA {k % 6}" for k in range(120)]
    chart = boxes(x, groups, noun="LGA")
    of = pd.Series(x.numbers).groupby(pd.Series(groups))
    for name, count, *quarters in chart.rows:
        values = of.get_group(name).dropna()
        assert count == len(values)
        assert quarters == pytest.approx(values.quantile([0, 0.25, 0.5, 0.75, 1]).tolist())
    medians = [row[4] for row in chart.rows]
    assert medians == sorted(medians, reverse=True) and chart.facts["groups"] == 6
    assert chart.facts["n"] + chart.facts["missing"] == 120 and chart.facts["missing"] == 3


def test_nothing_to_draw_says_so():
    nothing = Values("Rainfall", "mm", np.full(4, np.nan))
    for chart in (
        histogram(nothing),
        bars(nothing, list("abcd"), noun="wards"),
        boxes(nothing, list("aabb"), noun="LGA"),
    ):
        assert chart.rows == [] and chart.facts["n"] == 0
        assert "4 without a value." in " ".join(texts_of(chart))


@pytest.mark.parametrize(
    "name", ["Slope\nclass", "Slope\u2028class", 'a\\\\"b', "a\x07b", "a\x00b", "a\uffffb"]
)
def test_no_name_of_a_column_stops_the_engine(name):
    """Each of these ended the drawing, some of them the whole process."""
    x = Values(name, name, np.arange(5.0))
    chart = scatter(x, x, ["High"] * 5)
    assert len(ET.fromstring(chart.figure.svg())) > 0
    assert "Slope class and Slope class" in texts_of(chart) or not name.startswith("Slope")


def test_names_are_only_names():
    x = Values(HOSTILE, HOSTILE, np.arange(3.0))
    for chart in (
        histogram(x),
        scatter(x, x, ["High"] * 3),
        bars(x, [HOSTILE] * 3, noun="wards"),
        boxes(x, [HOSTILE] * 3, noun="LGA"),
    ):
        root = ET.fromstring(chart.figure.svg())
        assert {element.tag for element in root.iter()} <= {
            f"{SVG}{name}"
            for name in (
                "svg",
                "title",
                "desc",
                "g",
                "path",
                "text",
                "tspan",
                "rect",
                "line",
                "defs",
                "clipPath",
            )
        }
