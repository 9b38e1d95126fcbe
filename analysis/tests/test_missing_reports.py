"""A ward without data stays without a value in everything that a run of test positivity leaves."""

import html
import re
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import python_calamine

from analysis import tpr_trends
from analysis.core.tpr.positivity import Choice
from analysis.figures.map_svg import draw_map
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.tests.hostile_exports import MONTHS, Export, written
from analysis.tpr_compute import Request, compute
from analysis.tpr_exports import FILES as EXPORTS
from analysis.tpr_exports import write_exports
from analysis.tpr_headless import TABLES, write_files
from analysis.tpr_runs import ward_table
from analysis.writers.text import write_csv


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Ward one has no report, ward two reports and tested nobody."""
    folder = tmp_path_factory.mktemp("missing")
    boundaries = make_state(seed=5, wards=12, lgas=2)[1]
    export = Export(boundaries[["ward_code", "ward_name", "lga_name", "state_name"]].to_dict("records"))
    for row in export.rows[MONTHS : 2 * MONTHS]:
        row[5] = row[6] = 0
    export.rows = export.rows[MONTHS:]
    path = written(export, folder / "export.xlsx")
    result = compute(read_facilities(path, path.name), path.name, boundaries, Request())
    return result, boundaries["ward_code"].iloc[0], boundaries["ward_code"].iloc[1], folder


def test_files_have_empty_cells_and_no_zero_rate(run):
    result, silent, idle, folder = run
    write_files(result, folder)
    write_exports(result, Choice(), folder, {"result": "R", "facilities": "export.xlsx"}, {})
    assert {*TABLES, *EXPORTS} <= {path.name for path in folder.iterdir()}
    write_csv(ward_table(result, Choice()), folder / "ward_table.csv")
    for name in ("wards.csv", "ward_table.csv", "lgas.csv"):
        assert 0 not in pd.read_csv(folder / name).filter(regex="tpr|positivity|percent").to_numpy(), name
    wards = pd.read_csv(folder / "wards.csv", dtype={"ward_code": str}).set_index("ward_code")
    assert wards.loc[silent, ["tested", "positive", "tpr_percent", "tpr_low", "tpr_high"]].isna().all()
    assert wards.loc[silent, "flags"] == "no_data"
    # Nobody tested is known to be nobody, and still no rate.
    assert wards.loc[idle, "tested"] == 0
    assert wards.loc[idle, ["tpr_percent", "tpr_low", "tpr_high"]].isna().all()
    handed = pd.read_csv(folder / "ward_table.csv", dtype={"WardCode": str}).set_index("WardCode")
    assert handed.loc[[silent, idle], "u5_tpr_rdt"].isna().all()
    combined = pd.read_csv(folder / "combinations.csv", dtype={"ward_code": str})
    assert combined.loc[combined["ward_code"].isin([silent, idle]), "tpr_percent"].isna().all()


def test_workbook_and_layer_have_empty_cells_and_no_colour_for_them(run):
    result, silent, idle, folder = run
    write_exports(result, Choice(), folder, {"result": "R", "facilities": "export.xlsx"}, {})
    layer = gpd.read_file(folder / "wards.gpkg", layer="wards").set_index("ward_code")
    assert len(layer) == 12 and layer.loc[[silent, idle], "tpr_percent"].isna().all()
    rows = python_calamine.load_workbook(str(folder / "wards.xlsx")).get_sheet_by_name("Wards").to_python()
    cells = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert cells[silent]["tested"] == cells[silent]["tpr_percent"] == cells[idle]["tpr_percent"] == ""
    # QGIS takes the first rule that fits: one without data fits none but the last, which is hatched.
    with closing(sqlite3.connect(folder / "wards.gpkg")) as book:
        (style,) = book.execute("SELECT styleQML FROM layer_styles").fetchone()
        filters = [html.unescape(one) for one in re.findall(r'<rule [^>]*filter="([^"]*)"', style)]
        coloured = [
            book.execute(f"SELECT ward_code FROM wards WHERE {one}").fetchall() for one in filters[:-1]
        ]
    assert filters[-1] == "ELSE" and "b_diagonal" in style
    codes = [code for found in coloured for (code,) in found]
    assert sorted([*codes, silent, idle]) == sorted(layer.index)


def test_the_map_hatches_them(run):
    result, *_ = run
    svg = draw_map(result.wards, "tpr_percent", kind="variable", title="t", label="l", unit="%", source="s")
    assert re.search(r"No data[^<]*\(?2\)?|>2<", svg)
    assert svg.count("url(#") >= 2


def test_trends_have_no_row_of_them(run):
    result, silent, idle, _ = run
    moves = tpr_trends.ward_moves(result, Choice())
    assert silent not in set(moves.series["ward_code"])
    assert moves.series.loc[moves.series["ward_code"] == idle, "tpr_percent"].isna().all()
    table = moves.table.set_index("ward_code")
    assert table.loc[[silent, idle], ["slope", "sen_slope", "monthly_slope"]].isna().all(axis=None)
    assert not set(moves.unusual["ward_code"]) & {silent, idle}
    assert np.isnan(tpr_trends.best_slope(table)[[silent, idle]]).all()
