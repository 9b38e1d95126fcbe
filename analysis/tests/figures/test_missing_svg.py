"""The picture of missing reports: every cell by its share, and said when not everything is drawn."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from analysis.figures import palette
from analysis.figures.missing_svg import MOST_PERIODS, MOST_WARDS, missingness_map

PERIODS = ["2023-11", "2023-12", "2024-01", "2024-02"]


def squares(svg, colour):
    """Start, width and top of each rectangle of a colour."""
    path = re.search(rf'<path d="([^"]*)" fill="{colour}"/>', svg)
    found = re.findall(r"M([\d.]+) (\d+)h([\d.]+)v", path.group(1)) if path else []
    return [(float(x), float(width), int(y)) for x, y, width in found]


def test_cells_have_the_colour_of_their_share_in_order_of_lga_and_ward():
    percent = np.array([[100.0, 100.0, 10.0, np.nan], [85.0, 45.0, 45.0, 45.0]])
    svg = missingness_map(percent, ["Oke", "Afon"], ["B", "A"], PERIODS)
    ET.fromstring(svg)
    wide = 750 / 4
    # Afon of LGA A stands above Oke of LGA B; equal neighbours are one rectangle.
    assert squares(svg, palette.COVERAGE[6]) == [(190, round(wide, 1), 92), (190, 375, 106)]
    assert squares(svg, palette.COVERAGE[2]) == [(377.5, 562.5, 92)]
    assert squares(svg, palette.COVERAGE[0]) == [(565, round(wide, 1), 106)]
    assert squares(svg, palette.NO_DATA) == [(752.5, round(wide, 1), 106)]
    assert "Some report is missing in 71 % of the cells. 2 wards, 4 periods." in svg
    assert ">2023-11<" in svg and ">2024<" in svg and ">Afon, A<" in svg


def test_what_is_too_much_to_draw_is_said():
    many = MOST_WARDS + 5
    periods = [f"{2000 + k // 12}-{k % 12 + 1:02d}" for k in range(MOST_PERIODS + 3)]
    svg = missingness_map(
        np.full((many, len(periods)), 100.0), [f"w{k:04d}" for k in range(many)], ["L"] * many, periods
    )
    assert (
        f"The first {MOST_WARDS:,} of {many:,} wards, the newest {MOST_PERIODS} of {len(periods)} periods."
        in svg
    )
    assert len(squares(svg, palette.COVERAGE[6])) == MOST_WARDS


def test_names_cannot_break_the_picture():
    svg = missingness_map(np.array([[50.0]]), ["<b>&\x01"], ['"'], ["2024-01"], source="a<b")
    ET.fromstring(svg)
    assert "<b>" not in svg
