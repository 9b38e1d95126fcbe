"""What other programs read from `manage.py analyse`: column names, keys, warnings, folders."""

import csv
import os

import geopandas as gpd
import pandas as pd
import pytest

from analysis.headless import FILES, writable
from analysis.tests.test_analyse_command import SIX, last_json, run, state

__all__ = ["state"]
PLACES = "ward_name,ward_code,lga_name,lga_code,state_name,state_code"
SORTED = ",".join(sorted(SIX.split(",")))
HEADERS = {
    "wards.csv": f"{PLACES},zone,population,{SORTED},composite_score,composite_rank,composite_tier,pca_score,pca_rank,"
    "pca_tier,rank_difference,rank_min,rank_q1,rank_median,rank_q3,rank_max,models_used,share_top_third,"
    "imputed_variables,area_km2,centroid_lat,centroid_lon,flags",
    "imputation.csv": "ward_code,ward_name,variable,value,method,donors",
    "matches.csv": "table_row,table_name,ward_code,ward_name,method,score,status",
    "models.csv": "model,variables,size",
    "model_scores.csv": "ward_code," + ",".join(f"model_{number}" for number in range(1, 58)),
}
SUMMARY = [
    "wards", "ranked", "variables", "units", "outcome", "zones", "cut", "method", "models", "imputed_cells", "kmo", "bartlett_p",
    "pca_without", "pca_forced", "pca_ranked", "spearman", "notes", "unmatched_table", "duplicates", "duplicate_rows", "review",
    "unmatched_boundaries", "seconds",
]  # fmt: skip
PCA_COLUMNS = ["pca_score", "pca_rank", "pca_tier"]
TWO = "rainfall,distance_to_waterbodies"


def arguments(state, out, *more):
    return "--table", state / "table.csv", "--boundaries", state / "wards.gpkg", "--out", out, *more


@pytest.fixture
def ranked(monkeypatch, state, tmp_path):
    """Run the command with more arguments; its figures, wards and what it said."""

    def ranked(*more):
        status, out, err = run(monkeypatch, *arguments(state, tmp_path / "out", *more))
        assert status == 0, err
        return last_json(out), pd.read_csv(tmp_path / "out/wards.csv"), err

    return ranked


def test_the_names_of_columns_and_keys_stay(ranked, tmp_path):
    figures, _, _ = ranked("--variables", SIX)
    for name, header in HEADERS.items():
        with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == header.split(","), name
    assert list(figures) == SUMMARY
    assert list(figures["notes"][0]) == ["code", "severity", "message", "count", "examples"]
    layer = gpd.read_file(tmp_path / "out/wards.gpkg", layer="wards")
    assert [name for name in layer.columns if name != "geometry"] == HEADERS["wards.csv"].split(",")


def test_a_pca_that_is_not_suitable_leaves_its_columns_empty(ranked):
    figures, wards, _ = ranked("--variables", TWO)
    assert wards[PCA_COLUMNS].isna().all(axis=None)
    assert wards["composite_rank"].notna().any()
    assert (figures["pca_ranked"], figures["kmo"], figures["bartlett_p"]) == (0, None, None)


def test_a_ranking_without_an_outcome_warns(ranked):
    figures, _, err = ranked("--variables", TWO)
    assert figures["outcome"] is None
    assert [note["severity"] for note in figures["notes"] if note["code"] == "no_outcome"] == ["warning"]
    assert "warning: No malaria outcome" in err
    figures, _, err = ranked("--variables", f"u5_tpr_rdt,{TWO}")
    assert figures["outcome"] == "u5_tpr_rdt"
    assert "No malaria outcome" not in err


@pytest.mark.parametrize(
    ("given", "turned"),
    [
        (None, {"distance_to_waterbodies"}),
        ("rainfall", {"rainfall"}),
        (TWO, set(TWO.split(","))),
        ("", set()),
        (" ", set()),
    ],
)
def test_inverse_replaces_all_directions_and_an_empty_one_turns_nothing(ranked, given, turned):
    _, wards, _ = ranked("--variables", TWO, *(() if given is None else ("--inverse", given)))
    wards = wards[wards["composite_rank"].notna()]
    expected = pd.Series(0.0, index=wards.index)
    for name in TWO.split(","):
        scaled = (wards[name] - wards[name].min()) / (wards[name].max() - wards[name].min())
        # Of two variables there is one model: their mean.
        expected += (1 - scaled if name in turned else scaled) / 2
    assert (wards["composite_score"] - expected).abs().max() < 1e-12


def test_temporary_files_stand_in_the_folder_itself_once_it_is_there(tmp_path):
    """Its parent may be somebody else's."""
    assert writable(tmp_path / "a/b/out") == tmp_path
    (tmp_path / "a/b/out").mkdir(parents=True)
    assert writable(tmp_path / "a/b/out") == tmp_path / "a/b/out"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_be_written_is_enough(ranked, tmp_path):
    (tmp_path / "out").mkdir()
    tmp_path.chmod(0o555)
    try:
        ranked("--variables", TWO)
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    finally:
        tmp_path.chmod(0o755)


def test_files_of_an_earlier_run_are_replaced_and_others_stay(ranked, tmp_path):
    ranked("--variables", SIX)
    (tmp_path / "out/mine.txt").write_text("mine")
    ranked("--variables", TWO)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*FILES, "mine.txt"])
    assert len(pd.read_csv(tmp_path / "out/models.csv")) == 1
