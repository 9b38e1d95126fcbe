"""Legends on paper: no two of their texts stand on each other, in either language, and all of them are translated."""

import html
import itertools
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typst

from analysis.figures.map_svg import draw_map, prepare
from analysis.figures.signs import SIGNS
from itn.core.plan import make_plan
from itn.core.settings import PlanSettings
from itn.figures.allocation import MEASURES, draw_allocation
from itn.figures.difference import CLASSES, OTHERS, difference_map
from reports.core.drawings import for_paper
from reports.core.language import LANGUAGES
from reports.renderers.fonts import FAMILY, unpack

# Wards of each outcome, by the reason: more than a hundred, and more than a thousand of the longest label.
SERVED, UNREACHED, URBAN, UNKNOWN, NOBODY, UNRANKED = 130, 120, 110, 140, 1_150, 105


@pytest.fixture(scope="module")
def drawn():
    """Maps of a plan with every outcome, what changes between two, and a ranking with signs; wide and low, and high."""
    counts = (SERVED, UNREACHED, URBAN, UNKNOWN, NOBODY, UNRANKED)
    kinds = np.repeat(np.arange(6), counts)
    wards = pd.DataFrame(
        {"ward_code": [f"w{k}" for k in range(len(kinds))], "rank": np.arange(1.0, len(kinds) + 1)}
    )
    wards["population"] = np.select([kinds == 3, kinds == 4], [np.nan, 0.0], 1_800.0)
    wards["urban_percentage"] = np.where(kinds == 2, 90.0, 0.0)
    wards["rank"] = wards["rank"].where(kinds != 5)
    settings = PlanSettings(1_000 * SERVED, "sequential", urban_rule="exclude", threshold=50)
    plan = make_plan(wards, settings).wards
    assert (plan["reason"].value_counts() >= 100).all() and plan["reason"].nunique() == 6
    maps = {}
    steps = itertools.cycle([60.0, 30.0, 5.0, 0.0, -5.0, -30.0, -60.0, None])
    change = {code: next(steps) for code in wards["ward_code"]}
    other = plan["reason"].where(plan.index % 3 != 0, "served_full")
    reasons = dict(zip(plan["ward_code"], zip(plan["reason"], other, strict=True), strict=True))
    change |= {code: None for code, of in reasons.items() if "zero_need" in of}
    for shape, across in (("wide", 200), ("high", 20)):
        boxes = [shapely.box(8 + k % across / 100, 9 + k // across / 100, 8.01 + k % across / 100, 9.01 + k // across / 100)
                 for k in range(len(wards))]  # fmt: skip
        frame = gpd.GeoDataFrame(plan, geometry=boxes, crs="EPSG:4326")
        drawing = prepare(frame)
        for measure in MEASURES:
            maps[f"{shape} {measure}"] = draw_allocation(
                frame, plan, measure, source="made up", drawing=drawing
            )
        maps[f"{shape} difference"] = difference_map(
            maps[f"{shape} coverage"], change, "From one to another", (), reasons
        )
        flagged = frame.assign(flags=np.select([kinds == 4, kinds == 1], list(SIGNS), ""))
        maps[f"{shape} ranking"] = draw_map(
            flagged, "rank", label="Composite rank", title="Wards by composite rank"
        )
    return maps


def texts_of(svg: str) -> list[tuple[float, float, str, float, str]]:
    """x, y, anchor, size and text of what a legend says."""
    legend = re.search(r'<g id="legend" font-size="([\d.]+)">(.*?)</g>', svg, re.DOTALL)
    found = []
    for attributes, text in re.findall(r"<text([^>]*)>([^<]*)</text>", legend[2]):
        own = dict(re.findall(r' ([\w-]+)="([^"]*)"', attributes))
        size = float(own.get("font-size", legend[1]))
        found.append(
            (float(own["x"]), float(own["y"]), own.get("text-anchor", "start"), size, html.unescape(text))
        )
    return found


def boxes_of(texts, folder) -> list[tuple[float, float, float, float, str]]:
    """Where each text stands: left, top, right, bottom; measured as the PDF sets it."""
    unpack(folder)
    wanted = "".join(f"({json.dumps(text, ensure_ascii=False)}, {size}pt)," for *_, size, text in texts)
    measured = f'#context [#metadata(({wanted}).map(((t, s)) => measure(text(font: "{FAMILY}", size: s, t)).width.pt())) <w>]'
    (folder / "measure.typ").write_text(measured, encoding="utf-8")
    answer = typst.query(
        str(folder / "measure.typ"), "<w>", field="value", one=True, font_paths=[str(folder)]
    )
    boxes = []
    for (x, y, anchor, size, text), width in zip(texts, json.loads(answer), strict=True):
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        boxes.append((left, y - 0.75 * size, left + width, y + 0.2 * size, text))
    return boxes


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_legend_stands_on_another(drawn, language, tmp_path):
    for name, svg in drawn.items():
        paper = for_paper(svg, language, FAMILY)
        boxes = boxes_of(texts_of(paper), tmp_path)
        assert len(boxes) >= 12, name
        for a, b in itertools.combinations(boxes, 2):
            apart = a[2] + 2 <= b[0] or b[2] + 2 <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (name, a, b)
        # Nor on the scale and the arrow below, nor beyond the paper.
        height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', paper)[1])
        assert max(box[3] for box in boxes) < height - 56 and max(box[2] for box in boxes) <= 960


def test_a_count_below_its_label_moves_what_follows_and_the_rest_stays(drawn):
    svg = drawn["high coverage"]
    before, after = texts_of(svg), texts_of(for_paper(svg, "en", FAMILY))
    assert [text for *_, text in before] == [text for *_, text in after]
    moved = {text: b[1] - a[1] for a, b in zip(before, after, strict=True) for text in [a[-1]]}
    assert moved["All it needs"] == 0 and moved["Nobody lives there"] % 18 == 0
    assert moved[f"{NOBODY:,} wards"] == moved["Nobody lives there"] + 18
    assert for_paper(svg, "en", FAMILY).count("<rect") == svg.count("<rect") + for_paper(
        svg, "en", FAMILY
    ).count("<pattern") - svg.count("<pattern")


@pytest.mark.parametrize(
    "label",
    [meaning for _, meaning in SIGNS.values()] + [text for _, text in CLASSES] + [text for text, _ in OTHERS],
)
def test_every_label_of_signs_and_changes_has_french(label):
    assert for_paper(f"<text>{label}</text>", "fr", FAMILY) != f"<text>{label}</text>"
