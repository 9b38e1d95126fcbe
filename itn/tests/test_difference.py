"""The difference map is a well-formed document whatever the names."""

import xml.etree.ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from itn.core.candidates import candidate_table, candidates
from itn.core.plan import make_plan
from itn.core.scenarios import differences
from itn.core.settings import PlanSettings
from itn.figures.allocation import MEASURES, allocation_classes, draw_allocation, ward_tips
from itn.figures.difference import change_class, difference_map
from itn.figures.interactive import difference_values
from itn.headless import plan_table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def planned():
    wards = pd.DataFrame(
        {
            "ward_code": ["a&b", "c<d", "e", "f", "g", "h"],
            "ward_name": ["One & only", "<script>", "Three", "Four", "Five", "Six"],
            "lga_name": ["East", "East", "West", "West", None, None],
            "rank": [1, 2, 3, 4, 5, None],
            "population": [1800, 900, None, 0, 180, 90],
            "urban_percentage": [0, 0, 0, 0, 90, 0],
        }
    )
    plan = make_plan(wards, PlanSettings(1100, strategy="sequential", urban_rule="exclude", threshold=50))
    shapes = [shapely.box(8 + i, 9, 9 + i, 10) for i in range(6)]
    return plan, gpd.GeoDataFrame(plan.wards, geometry=shapes, crs="EPSG:4326")


def test_each_outcome_is_a_class_of_its_own(planned):
    from analysis.figures.map_svg import prepare

    plan, frame = planned
    assert plan.wards["reason"].tolist() == [
        "served_full", "served_partial", "no_population", "zero_need", "excluded_urban", "no_rank",
    ]  # fmt: skip
    for measure in MEASURES:
        found = allocation_classes(plan.wards, measure)
        assert len(set(found.of_ward.tolist())) >= 5 and found.missing == 1
        assert sum(found.counts) + found.missing == 6
        assert len(set(found.colours)) == len(found.colours)
        svg = draw_allocation(frame, plan.wards, measure, source="made up", drawing=prepare(frame))
        texts = [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]
        assert {"Population unknown", "Left out: urban", "Nobody lives there", "No rank, no nets"} <= set(
            texts
        )


def test_the_difference_is_drawn_from_the_map(planned):
    from analysis.figures.map_svg import prepare

    plan, frame = planned
    drawn = draw_allocation(frame, plan.wards, "coverage", source="made up", drawing=prepare(frame))
    svg = difference_map(drawn, {"a&b": -60.0, "c<d": 12.0, "e": None, "f": 0.0}, "From <x> to “y”")
    root = ET.fromstring(svg)
    fills = {
        path.get("data-ward"): group.get("fill")
        for group in root.find(f".//{SVG}g[@id='wards']")
        for path in group
    }
    assert len(fills) == 6 and fills["e"] == fills["h"] == "url(#no-data)"
    assert len({fills["a&b"], fills["c<d"], fills["f"], fills["e"]}) == 4
    assert "From <x> to “y”" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_ward_where_nobody_lives_is_not_one_of_unknown_population(planned):
    from analysis.figures.map_svg import prepare

    plan, frame = planned
    other = make_plan(
        plan.wards.assign(population=[1800, 0, None, 0, 180, 0], rank=[1, 2, 3, 4, 5, 6]), PlanSettings(1100)
    )
    changes = differences(plan, other)
    change = dict(zip(changes["ward_code"], changes["coverage_change"], strict=True))
    reasons = dict(
        zip(
            changes["ward_code"],
            zip(changes["reason_first"], changes["reason_second"], strict=True),
            strict=True,
        )
    )
    drawn = draw_allocation(frame, plan.wards, "coverage", source="made up", drawing=prepare(frame))
    root = ET.fromstring(difference_map(drawn, change, "From one to another", (), reasons))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    for label, count in (
        ("Nobody lives there", "1"),
        ("0 people in one of the plans", "2"),
        ("Population unknown", "1"),
    ):
        assert texts[texts.index(label) + 1] == count
    values = difference_values(changes)
    labels = [label for label, _ in values["layers"]["class:change"]["classes"]]
    shown = {code: found["classes"][0] for code, found in values["wards"].items()}
    assert shown["e"] is None and labels[shown["f"]] == "Nobody lives there"
    assert labels[shown["c<d"]] == labels[shown["h"]] == "0 people in one of the plans"


def test_a_difference_names_both_sources_where_they_differ(planned):
    from analysis.figures.map_svg import prepare

    plan, frame = planned
    first, second = "Population: a & b (2020); unknown: left out", "Population: <c> (2026); unknown: left out"
    drawn = draw_allocation(frame, plan.wards, "coverage", source=first, drawing=prepare(frame))

    def said(*sources):
        root = ET.fromstring(difference_map(drawn, {"a&b": 1.0}, "From “x” to “y”", sources))
        return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]

    assert {f"Plan 1: {first}", f"Plan 2: {second}"} <= set(said(first, second)) and first not in said(
        first, second
    )
    assert first in said(first, first) and first in said()


def test_the_tip_of_a_ward_says_that_its_people_were_filled():
    wards = pd.DataFrame(
        {
            "ward_code": ["a", "b"], "ward_name": ["A", "B"], "lga_name": "East", "rank": [1, 2], "population": [180, 90],
            "population_source": ["column population", "median of the LGA"],
        }
    )  # fmt: skip
    counted, filled = ward_tips(make_plan(wards, PlanSettings(1_000)).wards)
    assert counted == "A, East: 100 of 100 nets, 100 % of people covered"
    assert filled == "B, East: 50 of 50 nets, 100 % of people covered; population filled: median of the LGA"


def test_an_lga_that_has_only_a_code_is_told_by_it():
    wards = pd.DataFrame(
        {
            "ward_code": ["a", "b", "c"], "ward_name": ["A", "B", "C"], "lga_name": [None, None, "East"],
            "lga_code": ["TR01", None, "TR02"], "rank": [1, 2, 3], "population": [180, None, None],
            "urban_percentage": [90, 0, 0], "tier": "Low",
        }
    )  # fmt: skip
    plan = make_plan(wards.assign(population=None), PlanSettings(1_000))
    assert ("A, TR01", "B", "C, East") in [note.examples for note in plan.notes]
    plan = make_plan(wards, PlanSettings(1_000))
    assert ward_tips(plan.wards)[0].startswith("A, TR01: ")
    assert plan_table(plan)["lga_name"].fillna("").tolist() == ["TR01", "", "East"]
    assert candidate_table(candidates(plan.wards, 50))["lga_name"].tolist()[0] == "TR01"


def test_no_change_is_a_class_of_its_own():
    assert change_class(0.0) == 3 and change_class(1e-9) == 2 and change_class(-1e-9) == 4
    assert change_class(float("nan")) == -1
