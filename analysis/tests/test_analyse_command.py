"""`manage.py analyse` as other programs call it: files, exit status, last lines."""

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.headless import FILES
from analysis.synthetic import make_state

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
SIX = "u5_tpr_rdt,rainfall,soil_wetness,distance_to_waterbodies,housing_quality,urban_percentage"


def run(monkeypatch, *arguments):
    """Run manage.py as a program does and return status, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", [str(MANAGE), "analyse", *map(str, arguments)])
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(str(MANAGE), run_name="__main__")
        except SystemExit as end:
            status = end.code or 0
    return status, out.getvalue(), err.getvalue()


def last_json(text):
    return json.loads(text.rstrip("\n").splitlines()[-1])


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    table, boundaries = make_state(wards=60, lgas=6)
    table.to_csv(folder / "table.csv", index=False)
    boundaries.to_file(folder / "wards.gpkg", layer="wards", driver="GPKG")
    return folder


def test_a_state_from_files_to_files(monkeypatch, state, tmp_path):
    status, out, err = run(
        monkeypatch,
        "--table",
        state / "table.csv",
        "--boundaries",
        state / "wards.gpkg",
        "--out",
        tmp_path / "out",
    )
    assert status == 0, err
    figures = last_json(out)
    wards = pd.read_csv(tmp_path / "out/wards.csv")
    scores = pd.read_csv(tmp_path / "out/model_scores.csv")
    matches = pd.read_csv(tmp_path / "out/matches.csv")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    assert len(wards) == figures["wards"] == 60
    assert (
        figures["models"]
        == len(scores.columns) - 1
        == 2 ** len(figures["variables"]) - len(figures["variables"]) - 1
    )
    assert figures["ranked"] == wards["composite_rank"].notna().sum()
    assert (wards.loc[wards["composite_rank"].isna(), "flags"].str.len() > 0).all()
    assert figures["imputed_cells"] == len(pd.read_csv(tmp_path / "out/imputation.csv"))
    table = pd.read_csv(state / "table.csv")
    assert matches["table_row"].tolist() == list(range(2, len(table) + 2))
    assert figures["unmatched_table"] == (matches["status"] == "unmatched").sum()
    assert {"wards", "ranked", "kmo", "bartlett_p", "seconds", "unmatched_boundaries"} <= set(figures)
    assert len(gpd.read_file(tmp_path / "out/wards.gpkg", layer="wards")) == 60
    # The score is the median of the models, computed here from the two files.
    order = scores.set_index("ward_code").loc[wards["ward_code"]]
    assert np.allclose(order.median(axis=1), wards["composite_score"], equal_nan=True, atol=1e-12)


def test_a_variable_is_left_out_of_the_pca(monkeypatch, state, tmp_path):
    base = ["--table", state / "table.csv", "--boundaries", state / "wards.gpkg", "--variables", SIX]
    _, out, _ = run(monkeypatch, *base, "--out", tmp_path / "a")
    status, less, err = run(
        monkeypatch, *base, "--out", tmp_path / "b", "--pca-without", "rainfall,soil_wetness"
    )
    assert status == 0, err
    assert (
        last_json(less)["pca_without"] == ["rainfall", "soil_wetness"] and last_json(out)["pca_without"] == []
    )
    assert last_json(less)["kmo"] != last_json(out)["kmo"]
    assert "Left out of the PCA by choice." in err
    whole, without = (pd.read_csv(tmp_path / name / "wards.csv") for name in "ab")
    assert whole["composite_score"].equals(without["composite_score"])


def test_rows_that_repeat_a_ward_are_refused_averaged_or_the_first_is_used(monkeypatch, state, tmp_path):
    table = pd.read_csv(state / "table.csv")
    twice = pd.concat([table, table.iloc[[5]].assign(rainfall=table["rainfall"].iloc[5] + 300)])
    twice.to_csv(tmp_path / "twice.csv", index=False)
    base = ["--table", tmp_path / "twice.csv", "--boundaries", state / "wards.gpkg", "--variables", SIX]
    status, _, err = run(monkeypatch, *base, "--out", tmp_path / "no")
    assert (status, last_json(err)["code"], last_json(err)["where"]) == (2, "duplicate_wards", "rows 7, 62")
    for rule, rain in (("average", 150), ("first", 0)):
        status, out, err = run(monkeypatch, *base, "--out", tmp_path / rule, "--duplicates", rule)
        assert status == 0, err
        figures, matches = last_json(out), pd.read_csv(tmp_path / rule / "matches.csv")
        assert (figures["duplicates"], figures["duplicate_rows"]) == (rule, 1)
        assert "can't be told apart" in err
        assert matches["method"].iloc[-1].endswith("_row_7") and matches["status"].iloc[-1] == "unmatched"
        wards = pd.read_csv(tmp_path / rule / "wards.csv").set_index("ward_code")
        used = wards.loc[matches["ward_code"].iloc[5], "rainfall"]
        assert used == pytest.approx(table["rainfall"].iloc[5] + rain)


def test_review_pairs_are_joined_only_on_request(monkeypatch, state, tmp_path):
    base = ["--table", state / "table.csv", "--boundaries", state / "wards.gpkg"]
    _, out, _ = run(monkeypatch, *base, "--out", tmp_path / "a")
    before = last_json(out)
    assert before["review"] > 0, "the synthetic state has doubtful spellings"
    _, out, _ = run(monkeypatch, *base, "--out", tmp_path / "b", "--accept-review")
    assert last_json(out)["ranked"] == before["ranked"] + before["review"]
    matches = pd.read_csv(tmp_path / "a/matches.csv", dtype=str)
    doubtful = matches["status"] == "review"
    matches.loc[doubtful, "status"] = "accepted"
    matches.loc[doubtful.idxmax(), "status"] = "rejected"
    matches[doubtful].to_csv(tmp_path / "aliases.csv", index=False)
    _, out, err = run(monkeypatch, *base, "--out", tmp_path / "c", "--aliases", tmp_path / "aliases.csv")
    assert last_json(out)["ranked"] == before["ranked"] + before["review"] - 1, err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"--variables": "rainfall,no_such_column"}, None),
        ({"--variables": "rainfall"}, None),
        ({"--method": "astrology"}, "bad_arguments"),
        ({"--pca-without": "no_such_column"}, "unknown_variable"),
        ({"--duplicates": "guess"}, "bad_arguments"),
        ({"--table": None}, "bad_arguments"),
        ({"--table": "missing.csv"}, "file_not_found"),
        ({"--aliases": "missing.csv"}, "file_not_found"),
        ({"--boundaries": MANAGE}, "unknown_file_type"),
        ({"--variables": ","}, "bad_arguments"),
        ({"--unheard-of": "x"}, "bad_arguments"),
    ],
)
def test_refusals_are_json_and_leave_nothing(monkeypatch, state, tmp_path, change, code):
    options = {
        "--table": state / "table.csv",
        "--boundaries": state / "wards.gpkg",
        "--out": tmp_path / "deep/out",
    }
    options |= change
    arguments = [part for name, value in options.items() if value is not None for part in (name, value)]
    status, out, err = run(monkeypatch, *arguments)
    problem = last_json(err)
    assert status == 2 and out == ""
    assert list(problem) == ["code", "title", "detail", "fix", "where", "examples"]
    assert code in (None, problem["code"])
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_the_folder(monkeypatch, state, tmp_path):
    (tmp_path / "out").write_text("mine")
    status, _, err = run(
        monkeypatch,
        "--table",
        state / "table.csv",
        "--boundaries",
        state / "wards.gpkg",
        "--out",
        tmp_path / "out",
    )
    assert status == 2 and last_json(err)["code"] == "output_not_writable"
    assert (tmp_path / "out").read_text() == "mine"


def test_files_of_different_states(monkeypatch, state, tmp_path):
    table, _ = make_state(seed=99, wards=60, lgas=6, names_seed=7)
    table["state_name"] = "Synthetic Elsewhere"
    table.to_csv(tmp_path / "other.csv", index=False)
    status, _, err = run(
        monkeypatch,
        "--table",
        tmp_path / "other.csv",
        "--boundaries",
        state / "wards.gpkg",
        "--out",
        tmp_path / "out",
    )
    assert status == 2 and last_json(err)["code"] == "no_overlap"
    assert last_json(err)["where"] == "ward_name"
    assert not (tmp_path / "out").exists()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("golden", "variables"),
    [
        ("run_A_ranking.csv", "u5_tpr_rdt,pfpr,mean_rainfall,housing_quality,distance_to_water"),
        ("run_B_ranking.csv", "u5_tpr_rdt,pfpr,mean_rainfall,mean_soil_wetness,housing_quality"),
    ],
)
def test_published_rankings_are_reproduced(monkeypatch, realdata, tmp_path, golden, variables):
    niger = realdata / "niger"
    status, out, err = run(
        monkeypatch, "--table", niger / "Niger_plus.csv", "--boundaries", niger / "Niger_State.zip",
        "--out", tmp_path, "--method", "mrpt-legacy", "--variables", variables,
    )  # fmt: skip
    assert status == 0, err
    ours = pd.read_csv(tmp_path / "wards.csv").set_index("ward_code")
    theirs = pd.read_csv(niger / "golden" / golden).set_index("WardCode").loc[ours.index]
    assert (ours["composite_rank"] == theirs["overall_rank"]).all()
    # The predecessor put the 184th of 275 wards into Low: its lowest group had 92 wards, its highest 91.
    unlike = ours["composite_tier"] != theirs["vulnerability_category"]
    assert ours.loc[unlike, "composite_rank"].tolist() == [184]
    assert np.allclose(ours["composite_score"], theirs["median_score"], rtol=0, atol=1e-12)
    assert ours["lga_name"].notna().all()
    assert "lga_names_from_table" in {note["code"] for note in last_json(out)["notes"]}


@pytest.mark.realdata
def test_a_table_without_codes(monkeypatch, realdata, tmp_path):
    ilorin = realdata / "ilorin"
    status, out, err = run(
        monkeypatch,
        "--table",
        ilorin / "example.csv",
        "--boundaries",
        ilorin / "Ilorin_3LGA.zip",
        "--out",
        tmp_path,
    )
    assert status == 0, err
    # All 35 names match, says the data's own description.
    assert last_json(out)["ranked"] == 35


@pytest.mark.realdata
def test_names_that_two_wards_share_are_not_guessed(monkeypatch, realdata, tmp_path):
    adamawa = realdata / "adamawa-itn"
    status, out, err = run(
        monkeypatch, "--table", adamawa / "itn_2000000_nets.csv", "--boundaries",
        adamawa / "adamawa_wards_from_map.geojson", "--out", tmp_path / "out",
        "--variables", "population,coverage_percent",
    )  # fmt: skip
    # Ribadu, Lamurde, Nassarawo and Yelwa name two wards each, with neither code nor LGA.
    assert status == 2, out
    problem = last_json(err)
    assert any("Ribadu" in example for example in problem["examples"]), problem


def test_a_raster_becomes_a_variable_and_is_refused_where_there_is_one(state, tmp_path, monkeypatch):
    from reference.tests.conftest import write_raster

    everywhere = write_raster(
        tmp_path / "p.tif", np.linspace(0.1, 0.6, 400).reshape(20, 20), west=0, north=20
    )
    given = ["--table", state / "table.csv", "--boundaries", state / "wards.gpkg", "--out", tmp_path / "o"]
    wanted = ["--raster", f"ndwi={everywhere}", "--variables", f"{SIX},ndwi"]
    status, _, err = run(monkeypatch, *given, *wanted)
    assert status == 0, err
    wards = pd.read_csv(tmp_path / "o/wards.csv")
    ranked = wards[wards["composite_rank"].notna()]
    assert len(ranked) > 50 and ranked["ndwi"].between(0.1, 0.6).all()
    status, _, err = run(monkeypatch, *given, "--raster", f"rainfall={everywhere}")
    assert (status, last_json(err)["code"]) == (2, "covariate_already_there")
    status, _, err = run(monkeypatch, *given, "--raster", f"temp={everywhere}")
    assert (status, last_json(err)["code"]) == (2, "raster_time_not_stated")
    wanted = ["--raster", f"temp={everywhere}:month", "--variables", f"{SIX},temp"]
    status, _, err = run(monkeypatch, *given, *wanted)
    assert status == 0, err
    status, _, err = run(monkeypatch, *given, "--raster", f"moonlight={everywhere}")
    assert (status, last_json(err)["code"]) == (2, "unknown_raster_variable")
    status, _, err = run(monkeypatch, *given, "--raster", "ndwi")
    assert (status, last_json(err)["code"]) == (2, "bad_arguments")


def test_a_required_outcome_leaves_wards_without_it_unranked(monkeypatch, state, tmp_path):
    table = pd.read_csv(state / "table.csv", dtype={"WardCode": "str"})
    table.loc[:1, "u5_tpr_rdt"] = np.nan
    table.to_csv(tmp_path / "gaps.csv", index=False)
    given = ["--table", tmp_path / "gaps.csv", "--boundaries", state / "wards.gpkg", "--variables", SIX]
    ranked = {}
    for name, more in (("partial", []), ("required", ["--require-outcome"])):
        status, _, err = run(monkeypatch, *given, "--out", tmp_path / name, *more)
        assert status == 0, err
        wards = pd.read_csv(tmp_path / name / "wards.csv")
        ranked[name] = wards[wards["u5_tpr_rdt"].isna() & wards["flags"].ne("unmatched")]
    assert len(ranked["partial"]) >= 2 and ranked["partial"]["composite_rank"].notna().all()
    assert ranked["required"]["composite_rank"].isna().all() and set(ranked["required"]["flags"]) == {
        "no_outcome_data"
    }


def test_zone_outcome_tiers_and_a_forced_pca_are_options(monkeypatch, state, tmp_path):
    base = ["--table", state / "table.csv", "--boundaries", state / "wards.gpkg", "--out", tmp_path / "out"]
    status, out, err = run(
        monkeypatch, *base, "--zone", "south-east", "--outcome", "rainfall", "--cut", "10,50", "--force-pca"
    )
    assert status == 0, err
    figures = last_json(out)
    assert (figures["zones"], figures["outcome"], figures["cut"]) == (["South East"], "rainfall", [0.1, 0.5])
    assert set(figures["variables"]) <= {
        "rainfall",
        "ndwi",
        "housing_quality",
        "elevation",
        "urban_percentage",
    }
    assert isinstance(figures["pca_forced"], bool)
    wards = pd.read_csv(tmp_path / "out/wards.csv")
    assert (wards["composite_tier"] == "High").sum() == figures["ranked"] // 10
    assert (wards["composite_tier"] == "Low").sum() == figures["ranked"] // 2
    for wrong in (("--zone", "Middle Belt"), ("--cut", "20,x"), ("--cut", "80,40"), ("--outcome", "fever")):
        status, _, err = run(monkeypatch, *base, *wrong)
        assert status == 2 and last_json(err)["fix"]
