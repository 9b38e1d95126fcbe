"""On grey paper no two classes of a map look alike: they are lighter or darker, or one of them has a pattern of its own."""

import itertools
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.figures import palette
from analysis.figures.charts import figure_specs
from analysis.figures.map_svg import prepare
from analysis.headless import Inputs, compute
from analysis.synthetic import make_state, write_state
from itn.core.plan import make_plan
from itn.core.settings import PlanSettings
from itn.figures.allocation import draw_allocation
from itn.figures.difference import COLOURS, OTHERS, difference_map
from reports.core.drawings import for_paper
from reports.runs import _shown

# Of 255 shades; neighbours on the lightest scale are 19 apart.
APART = 16
_KEY = re.compile(r'<rect x="[\d.]+" y="[\d.]+" width="26" height="18" fill="([^"]+)"')


def grey(colour: str) -> float:
    """How light a colour is on grey paper, 0 to 255 (ITU-R BT.601)."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def alike(fills: list[str]) -> list[tuple[str, str]]:
    """Pairs of classes that grey paper does not tell apart."""
    return [
        (a, b)
        for a, b in itertools.combinations(fills, 2)
        if a == b or (a.startswith("#") and b.startswith("#") and abs(grey(a) - grey(b)) < APART)
    ]


def classes_of(svg: str) -> list[str]:
    return _KEY.findall(svg[svg.index('<g id="legend"') :])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Every map of a report: those of a ranking, those of plans with every outcome, and a difference of all classes."""
    state = write_state(make_state(seed=5, wards=60, lgas=4), tmp_path_factory.mktemp("state"))
    result = compute(Inputs(*state)).result
    maps = {
        name: one.svg()
        for name, one in figure_specs(result).items()
        if _shown(name) and name.startswith("map_")
    }
    wards = result.wards.rename(columns={"composite_rank": "rank", "composite_tier": "tier"})
    frame = pd.DataFrame(wards.drop(columns="geometry"))
    frame["population"] = np.where(frame.index % 9 == 0, np.nan, np.where(frame.index % 9 == 1, 0, 9_000))
    frame["urban_percentage"] = frame.index % 100
    frame["rank"] = frame["rank"].astype("float64").where(frame.index % 9 != 2)
    for name, rule in (("rule", "exclude"), ("turns", "rural_first")):
        plan = make_plan(frame, PlanSettings(90_000, "sequential", urban_rule=rule, threshold=50))
        located = gpd.GeoDataFrame(plan.wards, geometry=result.wards.geometry.array, crs=result.wards.crs)
        for measure in ("coverage", "nets"):
            maps[f"{name} {measure}"] = draw_allocation(
                located, plan.wards, measure, source="", drawing=prepare(located)
            )
    steps = itertools.cycle([60.0, 30.0, 5.0, 0.0, -5.0, -30.0, -60.0, None])
    change = {str(code): next(steps) for code in frame["ward_code"]}
    others = itertools.cycle(["zero_need", "served_full", "no_population"])
    reasons = {code: ("zero_need", next(others)) for code, value in change.items() if value is None}
    maps["difference"] = difference_map(maps["rule coverage"], change, "From one to another", (), reasons)
    return maps


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_two_classes_of_a_map_look_alike(drawn, language):
    assert {"map_rank", "map_tier", "difference"} <= set(drawn) and len(drawn) > 8
    for name, svg in drawn.items():
        fills = classes_of(for_paper(svg, language, "FiraGO"))
        assert len(fills) >= 2, name
        assert alike(fills) == [], name
        assert "difference" not in name or len(fills) == len(COLOURS) + len(OTHERS) + 1


def test_losses_have_patterns_and_gains_have_none(drawn):
    svg = for_paper(drawn["difference"], "en", "FiraGO")
    fills = classes_of(svg)
    assert fills[:4] == list(COLOURS[:4]) and all(fill.startswith("url(#k") for fill in fills[4:7])
    # On the map as in the legend, each pattern drawn once for both.
    for fill in fills[4:7]:
        name = fill.removeprefix("url(#k").rstrip(")")
        assert f'fill="url(#p{name})"' in svg and svg.count(f'<pattern id="k{name}"') == 1
    # Without them a loss would look like a gain.
    assert alike(list(COLOURS))


def test_tiers_of_charts_are_told_apart():
    assert alike(list(palette.TIERS.values())) == []
