"""The made-up state: the same each time, labelled, and as awkward as real data."""

import numpy as np
import pandas as pd
import shapely

from analysis.core.matching import match_wards
from analysis.core.names import canonical_table
from analysis.synthetic import make_state, write_state


def test_the_same_seed_gives_the_same_state():
    first, second, other = make_state(seed=1), make_state(seed=1), make_state(seed=2)
    pd.testing.assert_frame_equal(first[0], second[0])
    assert first[1].geom_equals(second[1]).all()
    assert not first[0]["rainfall"].equals(other[0]["rainfall"])


def test_it_is_labelled_synthetic_everywhere():
    table, boundaries = make_state()
    assert (boundaries["state_name"] == "Synthetic State").all()
    assert boundaries["source"].str.contains("synthetic").all()
    assert (table["state_name"] == "Synthetic State").all() and (table["data_note"] == "synthetic").all()


def test_it_is_as_awkward_as_real_data():
    table, boundaries = make_state()
    assert len(boundaries) == 200 and boundaries["lga_name"].nunique() == 15
    assert boundaries["ward_code"].is_unique
    assert boundaries["ward_name"].duplicated().any(), "names recur in other LGAs"
    assert not boundaries.duplicated(["lga_name", "ward_name"]).any(), "and never within one"
    assert table[["housing_quality", "u5_tpr_rdt"]].isna().any().all()
    assert not set(table["ward_name"]) <= set(boundaries["ward_name"])
    statuses = match_wards(canonical_table(table), boundaries).pairs["status"].value_counts()
    assert statuses["accepted"] > 180 and statuses["review"] > 0


def test_neighbours_share_borders_and_values_hang_together():
    table, boundaries = make_state()
    shapes = boundaries.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all()
    joined = boundaries.merge(table, on=["lga_name", "ward_name"], suffixes=("", "_table"))
    tree = shapely.STRtree(joined.geometry.to_numpy())
    a, b = tree.query(joined.geometry.to_numpy(), predicate="touches")
    rain = joined["rainfall"].to_numpy()
    assert np.corrcoef(rain[a], rain[b])[0, 1] > 0.7, "wards that touch are alike"


def test_files_are_the_same_bytes_for_the_table(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_state(make_state(), tmp_path / name)
    assert (tmp_path / "a/ward_table.csv").read_bytes() == (tmp_path / "b/ward_table.csv").read_bytes()
