"""The published results of the predecessors are reproduced."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.composite import composite, model_scores
from analysis.core.dataset import build_dataset
from analysis.core.impute import impute
from analysis.core.matching import match_wards
from analysis.core.neighbours import queen_neighbours
from analysis.core.normalise import normalise
from analysis.core.pipeline import run_risk
from analysis.tests.core.conftest import canonical_boundaries

pytestmark = pytest.mark.realdata

RUNS = {
    "A": ["u5_tpr_rdt", "pfpr", "mean_rainfall", "housing_quality", "distance_to_water"],
    "B": ["u5_tpr_rdt", "pfpr", "mean_rainfall", "mean_soil_wetness", "housing_quality"],
}


@pytest.fixture(scope="module")
def niger(published):
    table = pd.read_csv(published / "niger" / "Niger_plus.csv")
    boundaries = canonical_boundaries(published / "niger" / "Niger_State.zip")
    report = match_wards(table, boundaries)
    assert report.counts() == {"accepted": 275, "review": 0, "unmatched": 0, "unmatched_boundaries": 0}
    return build_dataset(table, boundaries, report)[0]


@pytest.mark.parametrize("run", RUNS)
def test_niger_ranks_and_scores(niger, published, run):
    """Golden files: rankings of the older ChatMRPT (May 2025) on the same two files."""
    golden = pd.read_csv(published / "niger" / "golden" / f"run_{run}_ranking.csv").set_index("WardCode")
    result = run_risk(niger, variables=RUNS[run], method="mrpt-legacy")
    wards = result.wards.set_index("ward_code").loc[golden.index]
    assert (wards["composite_rank"] == golden["overall_rank"]).sum() == 275
    np.testing.assert_allclose(wards["composite_score"], golden["median_score"], rtol=0, atol=1e-12)


def test_niger_model_scores_of_the_top_twenty(niger, published):
    golden = pd.read_csv(published / "niger" / "golden" / "run_B_models_top20.csv").sort_values(
        "overall_rank"
    )
    result = run_risk(niger, variables=RUNS["B"], method="mrpt-legacy")
    top = result.wards.sort_values("composite_rank").head(20)
    assert top["ward_name"].tolist() == golden["WardName"].tolist()
    ours = np.sort(result.model_scores.set_index("ward_code").loc[top["ward_code"]].to_numpy(), axis=1)
    theirs = golden.filter(like="score_sorted").to_numpy()
    assert ours.shape == (20, 26)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_niger_normalised_rainfall(niger, published):
    golden = pd.read_csv(published / "niger" / "golden" / "normalized_mean_rainfall.csv").set_index(
        "WardCode"
    )
    ours = normalise(niger.set_index("ward_code")[["mean_rainfall"]])["mean_rainfall"].loc[golden.index]
    np.testing.assert_allclose(ours, golden["normalization_mean_rainfall"], rtol=0, atol=1e-12)


def test_niger_touching_wards_are_those_that_share_a_vertex(published):
    """Queen contiguity by definition: two polygons have a vertex in common."""
    import shapely

    wards = canonical_boundaries(published / "niger" / "Niger_State.zip")
    points, owner = shapely.get_coordinates(wards.geometry.to_numpy(), return_index=True)
    vertices = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "ward": owner}).drop_duplicates()
    shared = vertices.merge(vertices, on=["x", "y"]).query("ward_x != ward_y")
    expected = set(zip(shared["ward_x"], shared["ward_y"], strict=True))
    found = queen_neighbours(wards.geometry).tocoo()
    assert set(zip(found.row, found.col, strict=True)) == expected
    assert len(expected) == 1500


def test_niger_defaults_are_those_of_north_central(niger):
    result = run_risk(niger)
    assert set(result.parameters["variables"]) == {
        "u5_tpr_rdt", "avgRAD", "housing_quality", "mean_soil_wetness", "distance_to_water", "NDMI",
        "urbanPercentage",
    }  # fmt: skip
    assert result.parameters["outcome"] == "u5_tpr_rdt"
    assert result.summary()["models"] == 120
    # 17 wards lack housing quality and 2 NDMI; the missing test positivity stays missing.
    assert result.summary()["imputed_cells"] == 19
    partial = result.wards[result.wards["flags"].str.contains("partial")]
    assert partial["flags"].tolist() == ["partial;missing:u5_tpr_rdt"]
    assert partial["composite_rank"].notna().all() and partial["pca_rank"].isna().all()


def test_niger_variables_with_a_low_kmo_of_their_own_are_named(niger):
    found = run_risk(niger)
    low = {name: value for name, value in found.pca.kmo_per_variable.items() if value < 0.5}
    (note,) = (note for note in found.notes if note.code == "pca_little_shared")
    assert low and set(note.examples) == {f"{name}: {value:.3f}" for name, value in low.items()}


def test_niger_scaled_vegetation_is_warned_of(niger):
    notes = run_risk(niger, variables=["mean_EVI", "u5_tpr_rdt", "mean_rainfall"]).notes
    note = next(note for note in notes if note.code == "out_of_range")
    assert note.count == 275 and "10,000" in note.message


# The ten additive models of the Ilorin study over T, D, E, S = test positivity, minus distance, EVI and
# settlement type; the four of its second table leave S out.
TEN = np.array(
    [
        [1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1],
        [1, 0.5, 1, 1], [1, 1, 0.5, 1], [1, 0.5, 0.5, 1],
    ]
)  # fmt: skip
FOUR = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0]], dtype=float)


@pytest.fixture(scope="module")
def ilorin(published):
    table = pd.read_csv(published / "ilorin" / "example.csv").set_index("WardName")
    smoothed = pd.read_csv(published / "ilorin" / "golden" / "ward_levelsmoothed_tpr_u5.csv").set_index(
        "WardName"
    )
    table["tpr"] = smoothed["tpr_u5_new"]
    columns = ["tpr", "distance", "meanEVI", "settlement_type"]
    return normalise(table[columns], {"distance"})


@pytest.mark.parametrize(("name", "weights"), [("medians_10_models", TEN), ("medians_4_models", FOUR)])
def test_ilorin_median_ranks(ilorin, published, name, weights):
    """Rank 1 is the lowest risk in these tables, and ties are numbered in order of appearance."""
    golden = pd.read_csv(published / "ilorin" / "golden" / f"{name}.csv").set_index("WardName")[
        "median_value"
    ]
    result = composite(ilorin, models=weights, aggregate="median_rank", ties="order")
    ours = pd.Series(result.scores, index=ilorin.index).loc[golden.index]
    assert (ours == golden).sum() == 35
    assert model_scores(ilorin, weights).shape == (35, len(weights))


def test_ilorin_ward_without_tests_takes_its_neighbours(published):
    """Akanbi 2 has no test data; the study filled it with 0.20148."""
    wards = canonical_boundaries(published / "ilorin" / "Ilorin_3LGA.zip")
    golden = pd.read_csv(published / "ilorin" / "golden" / "ward_levelsmoothed_tpr_u5.csv").set_index(
        "WardName"
    )
    raw = golden["tpr_u5"].clip(upper=1).reindex(wards["ward_name"])
    assert raw[raw.isna()].index.tolist() == ["Akanbi 2"]
    frame = pd.DataFrame({"tpr": raw.to_numpy()})
    filled = impute(frame, ["tpr"], queen_neighbours(wards.geometry))
    assert filled.record["value"].tolist() == [pytest.approx(0.20148, abs=1e-5)]
    assert filled.record["method"].tolist() == ["spatial"]
