"""Figures: what they say, that they are well formed, and that hostile names stay names."""

import re
import xml.etree.ElementTree as ET

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import stats

from analysis.core.matching import match_wards
from analysis.core.names import canonical_table
from analysis.core.pipeline import build_dataset, run_risk
from analysis.figures import palette
from analysis.figures.charts import chart_svg, figure_specs, to_png
from analysis.figures.class_limits import limits_of
from analysis.figures.classes import classify
from analysis.figures.map_svg import draw_map, prepare
from analysis.figures.panels_svg import RURAL, Panel, draw_panels
from analysis.figures.svg_paths import Projection, paths
from analysis.figures.workflow_svg import draw_workflow
from analysis.figures.year_maps import years_of
from analysis.synthetic import make_state

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result():
    table, boundaries = make_state(wards=60, lgas=6)
    report = match_wards(canonical_table(table), boundaries)
    return run_risk(build_dataset(table, boundaries, report)[0], force_pca=True)


def wards(names=("A", "B", "C")):
    shapes = [shapely.box(8 + i, 9, 9 + i, 10) for i in range(len(names))]
    return gpd.GeoDataFrame(
        {
            "ward_code": [f"w{i}" for i in range(len(names))], "ward_name": list(names), "lga_name": "Oru",
            "lga_code": "1", "state_code": "SY", "state_name": "Synthetic State",
            "composite_rank": pd.array([1, 2, None], dtype="Int64"),
        },
        geometry=shapes,
        crs="EPSG:4326",
    )  # fmt: skip


def test_the_legend_says_what_rank_one_means_and_counts_every_ward():
    svg = draw_map(wards(), "composite_rank", title="Test", source="made up, 2026")
    root = ET.fromstring(svg)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "Rank (1 = highest risk)" in texts and "No data" in texts and "made up, 2026" in texts
    assert texts.count("1 ward") == 3
    assert any(text.endswith(" km") for text in texts) and "N" in texts
    assert root.find(f"{SVG}title").text == "Test" and "No data: 1." in root.find(f"{SVG}desc").text


def test_the_highest_rank_is_darkest_and_missing_is_hatched():
    root = ET.fromstring(draw_map(wards(), "composite_rank"))
    fills = {
        path.get("data-ward"): group.get("fill")
        for group in root.find(f".//{SVG}g[@id='wards']")
        for path in group
    }
    assert fills == {"w0": palette.RISK[-1], "w1": palette.RISK[0], "w2": "url(#no-data)"}


def test_wards_with_an_open_gap_or_a_filled_outcome_are_marked_and_counted():
    flags = ["partial;missing:x", "missing:partial;imputed", "partial;imputed;outcome_imputed"]
    svg = draw_map(wards().assign(flags=flags), "composite_rank")
    root = ET.fromstring(svg)
    signs = next(group for group in root.iter(f"{SVG}g") if group.get("id") == "signs")
    assert [text.text for text in signs] == ["†", "†*"]
    # The first box is the left third of the map, the third the right one; tenths of a pixel.
    first, third = (float(text.get("x")) for text in signs)
    assert third - first == pytest.approx(2 * first * 2, rel=0.01)
    legend = next(group for group in root.iter(f"{SVG}g") if group.get("id") == "legend")
    rows = [text.text for text in legend.iter(f"{SVG}text")][-6:]
    assert rows == ["†", "a value is missing", "2 wards", "*", "outcome was filled", "1 ward"]
    assert "Marked †, a value is missing: 2. Marked *, outcome was filled: 1." in svg
    assert 'id="signs"' not in draw_map(wards(), "composite_rank")


def test_a_filled_outcome_is_marked_on_every_map_of_wards_and_on_none_of_lgas():
    table, boundaries = make_state(wards=60, lgas=6)
    dataset = build_dataset(table, boundaries, match_wards(canonical_table(table), boundaries))[0]
    result = run_risk(dataset, imputation={"u5_tpr_rdt": "spatial"})
    filled = int(result.wards["flags"].str.contains("outcome_imputed").sum())
    assert filled
    for name, figure in figure_specs(result).items():
        if name.startswith(("map_", "lga_variable")):
            marked = re.findall(r">†?\*</text>", figure.svg().partition('id="legend"')[0])
            assert len(marked) == (filled if name.startswith("map_") else 0), name


def test_hostile_names_stay_text():
    name = "<script>alert(1)</script> & \"'\x00\x1b قرية" + "N" * 200
    svg = draw_map(wards((name, "B", "C")), "composite_rank", title=name)
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert any("قرية" in (tip.text or "") for tip in root.iter(f"{SVG}title"))


def test_the_scale_gets_darker_all_the_way():
    def lightness(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for scale in (palette.RISK, palette.COVERAGE):
        steps = np.diff([lightness(colour) for colour in scale])
        assert (steps < -10).all()


def test_shared_borders_are_drawn_the_same():
    shapes = np.array([shapely.box(0, 0, 1.0000004, 1), shapely.box(1.0000004, 0, 2, 1), None], dtype=object)
    drawn = paths(shapes, Projection.fit((0, 0, 2, 1), 100, 100))
    assert drawn[2] == ""
    numbers = [list(map(int, re.findall(r"-?\d+", path))) for path in drawn[:2]]
    corners = [set(map(tuple, np.cumsum(np.reshape(n, (-1, 2)), axis=0).tolist())) for n in numbers]
    # Tenths of a pixel: the border stands at 50 px in both.
    assert {(500, 0), (500, 500)} == corners[0] & corners[1]


def test_classes_hold_all_wards_once_and_never_part_equals():
    values = pd.Series([1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, np.nan])
    classes = classify(values, "variable")
    assert sum(classes.counts) + classes.missing == len(values)
    assert len(set(classes.of_ward[:4])) == 1
    lower = classify(values, "variable", inverse=True)
    assert lower.of_ward[0] == 0 and classes.of_ward[11] == 0
    assert "lower = more risk" in lower.heading


@pytest.mark.parametrize("inverse", [False, True])
def test_a_rounded_value_stays_in_its_class(inverse):
    values = np.random.default_rng(3).gamma(2, 3, 200)
    found = limits_of(values, "variable", inverse=inverse)
    rounded = np.array([float(f"{value:.6g}") for value in values])
    place = np.searchsorted(found.parts(), rounded)
    wanted = place if found.ascending else len(found.labels) - 1 - place
    assert (wanted == found.of(values)).all()
    assert len(found.labels) == 6 and found.ascending == inverse


def test_long_words_go_on_to_another_line_and_are_not_cut(result):
    figures = figure_specs(result)
    for name in ("loadings", *(name for name in figures if name.startswith("histogram"))):
        lines = [text.text or "" for text in ET.fromstring(figures[name].svg()).iter(f"{SVG}text")]
        assert max(map(len, lines)) <= 80, name
        assert not any("…" in line for line in lines), name
    labels = ET.fromstring(figures["loadings"].svg())
    axis = [
        text
        for group in labels.iter(f"{SVG}g")
        if group.get("class") == "mark-text role-axis-label"
        for text in group
    ]
    assert max(len("".join(part.itertext())) for text in axis for part in (list(text) or [text])) <= 22


def test_nothing_to_draw_is_still_a_map():
    frame = wards()
    frame["x"] = np.nan
    frame.geometry = [None] * 3
    root = ET.fromstring(draw_map(frame, "x", kind="variable"))
    assert any("3 without a shape" in (text.text or "") for text in root.iter(f"{SVG}text"))


def test_every_figure_is_well_formed_and_loads_nothing(result):
    figures = figure_specs(result)
    assert {"map_rank", "map_tier", "map_score", "histogram_01", "models_01", "stability_01", "scree", "loadings",
            "comparison_ranks", "tier_table"} <= set(figures)  # fmt: skip
    for name, figure in figures.items():
        svg = figure.svg()
        root = ET.fromstring(svg)
        assert root.find(f"{SVG}title") is not None and root.get("role") == "img", name
        links = re.findall(r'(?:href|src)="([^#][^"]*)"', svg)
        assert not links and "<script" not in svg and "@import" not in svg, name


def test_maps_of_years_share_their_classes_and_show_what_was_uploaded(result):
    codes, n = result.wards["ward_code"], len(result.wards)
    first, second = np.arange(n, dtype=float), np.arange(n, dtype=float) + 100
    second[0] = np.nan
    dataset = pd.DataFrame(
        {"ward_code": codes, "rainfall_2020": first, "Rainfall 2021": second, "evi_2020": 0.2}
    )
    dataset = dataset.sample(frac=1, random_state=1)
    (found,) = years_of(result, dataset)
    assert found.facts["label"] == "Rainfall" and [row["year"] for row in found.facts["years"]] == [
        2020,
        2021,
    ]
    assert [row["known"] for row in found.facts["years"]] == [n, n - 1]
    assert found.facts["years"][0]["mean"] == (n - 1) / 2 and found.facts["years"][1]["lowest"] == 101
    drawn = figure_specs(result, years=[found])
    maps = [drawn[name].svg() for name in ("map_year_01_2020", "map_year_01_2021")]
    legends = [
        [text.text for text in group.iter(f"{SVG}text")]
        for svg in maps
        for group in ET.fromstring(svg).iter(f"{SVG}g")
        if group.get("id") == "legend"
    ]
    labels = [[text for text in legend if text and "–" in text] for legend in legends]
    assert labels[0] == labels[1] and len(labels[0]) == 6
    assert "No data" in legends[1] and "No data" not in legends[0]
    assert "Rainfall in the year 2020" in maps[0]


def test_pages_of_models_name_all_variables_and_say_what_colours_and_outlines_mean(result):
    drawn = figure_specs(result)
    svg = drawn["models_01"].svg()
    texts = [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]
    assert {"highest risk", "lowest risk"} <= set(texts)
    missing = result.model_scores.drop(columns="ward_code").isna()
    some = bool(missing.iloc[:, :12].to_numpy().any())
    assert ("No score" in texts) == some == any(text.endswith("without a score") for text in texts)
    long = "Normalised difference vegetation index, Distance to water bodies, " * 6
    panel = Panel("Model 1", long, np.where(np.arange(60) < 3, np.nan, 0.5), np.arange(60) == 5)
    root = ET.fromstring(draw_panels(result.wards, [panel], "One", prepare(result.wards)))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert " ".join(texts).count("Distance to water bodies") + " ".join(texts).count("Distance to water") >= 6
    assert not any("…" in text for text in texts) and "3 without a score" in texts and "No score" in texts
    assert "Model 1 (not ideal)" in texts and "Among the five highest, not urban" in texts
    outlined = [group for group in root.iter(f"{SVG}g") if group.get("stroke") == RURAL]
    assert [use.get("href") for group in outlined for use in group] == ["#w5"]
    height = float(root.get("height"))
    assert max(float(text.get("y")) for text in root.iter(f"{SVG}text")) < height


def test_box_plots_show_every_ranked_ward(result):
    figures = figure_specs(result)
    drawn = [figures[name].svg() for name in figures if name.startswith("stability")]
    ranked = int(result.wards["composite_rank"].notna().sum())
    assert sum(svg.count("<rect x=") for svg in drawn) == ranked
    assert len(drawn) == -(-ranked // 20)


def test_rank_boxes_hold_the_ranks_that_each_model_gives(result):
    """Counted by hand from the scores: how many wards score higher in the model, plus one."""
    figures = figure_specs(result)
    first = result.wards.sort_values(["composite_rank", "ward_code"]).index[0]
    scores = result.model_scores.drop(columns="ward_code")
    ranks = sorted(
        1 + int((scores[name].round(12) > round(scores.loc[first, name], 12)).sum())
        for name in scores.columns
        if scores.loc[first, name] == scores.loc[first, name]
    )
    svg = figures["rank_boxes_01"].svg()
    name = result.wards.loc[first, "ward_name"]
    told = re.search(
        rf"<title>{re.escape(name)}[^<]*: median ([\d.]+), from ([\d.]+) to ([\d.]+)</title>", svg
    )
    assert [float(text) for text in told.groups()] == [np.median(ranks), ranks[0], ranks[-1]]
    assert "Rank in a model (1 = highest risk)" in svg
    drawn = [figures[name].svg() for name in figures if name.startswith("rank_boxes")]
    assert sum(part.count("<rect x=") for part in drawn) == int(result.wards["composite_rank"].notna().sum())


def test_maps_by_lga_hold_the_mean_of_their_wards_and_count_lgas(result):
    figures = figure_specs(result)
    name = result.parameters["variables"][0]
    root = ET.fromstring(figures["lga_variable_01"].svg())
    tips = {path.find(f"{SVG}title").text for path in root.iter(f"{SVG}path") if path.get("data-ward")}
    kept = result.wards[result.wards[name].notna()]
    weight = kept["population"] if kept["population"].gt(0).all() else pd.Series(1.0, index=kept.index)
    sums = pd.DataFrame({"value": kept[name] * weight, "weight": weight}).groupby(kept["lga_name"]).sum()
    means = sums["value"] / sums["weight"]
    assert len(tips) == len(means)
    for lga, mean in means.items():
        assert any(tip.startswith(f"{lga}:") and f"{mean:,.6g}" in tip for tip in tips), (lga, tips)
    counts = [
        int(text.text.split()[0])
        for text in root.iter(f"{SVG}text")
        if re.fullmatch(r"\d+ LGAs?", text.text or "")
    ]
    assert sum(counts) == len(means)


def test_scaled_maps_share_their_classes_and_gaps_and_urban_wards_are_counted(result):
    figures = figure_specs(result)
    for name in (name for name in figures if name.startswith("map_scaled")):
        svg = figures[name].svg()
        assert all(f">{text}</text>" in svg for text in ("0.8 – 1", "0 – 0.2")), name
    texts = [text.text or "" for text in ET.fromstring(figures["map_gaps"].svg()).iter(f"{SVG}text")]
    cells = result.imputation.groupby("ward_code").size()
    open_gaps = result.wards[result.parameters["variables"]].isna().sum(axis=1)
    some = int((result.wards["ward_code"].map(cells).fillna(0) + open_gaps > 0).sum())
    counts = {
        text: int(texts[place + 1].split()[0].replace(",", ""))
        for place, text in enumerate(texts)
        if text == "none" or re.fullmatch(r"\d+ of \d+", text)
    }
    assert counts["none"] == len(result.wards) - some and sum(counts.values()) == len(result.wards)
    for threshold in (30, 50, 75):
        texts = [
            text.text or ""
            for text in ET.fromstring(figures[f"map_urban_{threshold}"].svg()).iter(f"{SVG}text")
        ]
        urban = sum(
            int(texts[place + 1].split()[0]) for place, text in enumerate(texts) if text.startswith("Urban, ")
        )
        ranked = result.wards[result.wards["composite_rank"].notna()]
        assert urban == int((ranked["urban_percentage"] >= threshold).sum())


def test_the_workflow_tells_what_was_done_and_the_correlation_is_the_known_one(result):
    figures = figure_specs(result)
    svg = figures["workflow"].svg()
    assert f"{len(result.models):,} models" in svg and f"{len(result.imputation):,} gaps filled" in svg
    assert f"{result.summary()['ranked']:,} with data to rank" in svg
    hostile = draw_workflow([("<b>", ["<script>alert(1)</script>" * 9])])
    assert "<script>" not in hostile and ET.fromstring(hostile) is not None
    names = result.parameters["variables"]
    ranked = result.wards[result.wards["composite_rank"].notna()]
    known = stats.spearmanr(ranked[names[0]].astype(float), ranked[names[1]].astype(float)).statistic
    assert f">{known:.2f}</text>".replace("-", "−") in figures["correlation"].svg()


def test_png_has_twice_the_pixels(result):
    png = to_png(figure_specs(result)["map_rank"].svg())
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 1920


def test_a_long_name_above_the_legend_goes_on_to_another_line(result):
    label = "Normalised difference moisture index of the rainy season"
    svg = draw_map(result.wards, "composite_score", kind="score", label=label)
    legend = next(group for group in ET.fromstring(svg).iter(f"{SVG}g") if group.get("id") == "legend")
    texts = [(float(text.get("y")), text.text) for text in legend.iter(f"{SVG}text")]
    titles = [text for text in texts if text[1] in label]
    assert " ".join(text for _, text in titles) == label and len(titles) > 1
    assert len({y for y, _ in titles}) == len(titles)
    boxes = [float(box.get("y")) for box in legend.iter(f"{SVG}rect")]
    assert min(boxes) > max(y for y, _ in titles)


@pytest.mark.parametrize(
    "name", ["Slope\nclass", "Slope\u2028class", "a\x07b", "a\x00b", "a\uffffb", 'a\\"b']
)
def test_no_name_of_a_variable_stops_the_drawing(name):
    """Excel headers hold line breaks; a control character once ended the whole process that drew it."""
    frame = pd.DataFrame({"variable": [name, "other"], "value": [1.0, 2.0]})
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(x=alt.X("value:Q", title=name), y=alt.Y("variable:N", sort=[name, "other"]))
    )
    root = ET.fromstring(chart_svg(chart, name, name, name))
    assert "other" in ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
