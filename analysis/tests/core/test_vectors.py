"""Numbers worked out by hand, or by an independent calculation, for single methods."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from analysis.core.compare import compare, jaccard
from analysis.core.composite import combinations, composite, model_scores, truncated_combinations
from analysis.core.errors import BadInput
from analysis.core.impute import impute
from analysis.core.normalise import normalise
from analysis.core.pca import pca
from analysis.core.ranks import competition_rank, row_median, stability, tier
from analysis.core.suitability import bartlett, kmo, kmo_label

# Six wards A–F with four variables; the expected values below were computed by hand to four decimals.
SIX = pd.DataFrame(
    {
        "burden": [120, 300, 45, 80, 200, 10],
        "rain": [1100, 1250, 900, 1000, 1300, 850],
        "distance": [500, 250, 4000, 1000, 2000, 8000],
        "housing": [0.10, 0.05, 0.60, 0.20, 0.15, 0.80],
    },
    index=list("ABCDEF"),
)
INVERSE = {"distance", "housing"}


def one(values, **options):
    return normalise(pd.DataFrame({"x": values}), {"x"}, **options)["x"].to_numpy()


def test_linear_inverse_mirrors_the_direct_scale():
    assert_allclose(one([100, 200, 400]), [1, 2 / 3, 0])


def test_reciprocal_inverse_is_convex():
    assert_allclose(one([100, 200, 400], rule="reciprocal"), [1, 1 / 3, 0], atol=1e-9)


def test_one_zero_presses_the_reciprocal_of_all_others_to_nothing():
    with pytest.raises(BadInput) as refusal:
        one([0, 10, 20], rule="reciprocal")
    assert refusal.value.code == "reciprocal_of_zero"
    assert_allclose(one([0, 10, 20], rule="reciprocal", refuse_nonpositive=False), [1, 0, 0], atol=1e-10)


def test_a_constant_says_nothing_and_was_a_half_in_the_predecessor():
    assert np.isnan(one([5, 5, 5])).all()
    assert_array_equal(one([5, 5, 5], constant="half"), [0.5, 0.5, 0.5])


def test_missing_stays_missing_and_does_not_spoil_the_others():
    assert_allclose(one([100, np.nan, 400]), [1, np.nan, 0])


def test_winsorising_draws_extremes_in():
    values = pd.DataFrame({"x": [0.0, 1, 2, 3, 1000]})
    assert_allclose(normalise(values, winsorise=(0, 75))["x"], [0, 1 / 3, 2 / 3, 1, 1])


def test_six_wards_linear():
    scaled = normalise(SIX, INVERSE)
    assert_allclose(scaled["burden"], [0.3793, 1, 0.1207, 0.2414, 0.6552, 0], atol=5e-5)
    assert_allclose(scaled["rain"], [0.5556, 0.8889, 0.1111, 0.3333, 1, 0], atol=5e-5)
    assert_allclose(scaled["distance"], [0.9677, 1, 0.5161, 0.9032, 0.7742, 0], atol=5e-5)
    assert_allclose(scaled["housing"], [0.9333, 1, 0.2667, 0.8, 0.8667, 0], atol=5e-5)
    result = composite(scaled)
    assert len(result.models) == 11
    assert_allclose(result.scores, [0.7090, 0.9630, 0.2536, 0.5695, 0.8240, 0], atol=5e-5)
    assert_array_equal(result.ranks, [3, 1, 5, 4, 2, 6])
    assert_array_equal(tier(result.ranks), ["Medium", "High", "Low", "Medium", "High", "Low"])


def test_six_wards_reciprocal():
    scaled = normalise(SIX, INVERSE, "reciprocal")
    assert_allclose(scaled["distance"], [0.4839, 1, 0.0323, 0.2258, 0.0968, 0], atol=5e-5)
    assert_allclose(scaled["housing"], [0.4667, 1, 0.0222, 0.2, 0.2889, 0], atol=5e-5)
    result = composite(scaled)
    assert_allclose(result.scores, [0.4714, 0.9630, 0.0716, 0.2530, 0.5102, 0], atol=5e-5)
    assert_array_equal(result.ranks, [3, 1, 5, 4, 2, 6])


def test_six_wards_by_median_rank_as_in_r():
    """The R tool counts from the lowest risk: A–F are 4, 6, 2, 3, 5, 1 there."""
    result = composite(normalise(SIX, INVERSE, "reciprocal"), aggregate="median_rank")
    assert_array_equal(competition_rank(result.scores, descending=False), [4, 6, 2, 3, 5, 1])
    assert_array_equal(result.ranks, [3, 1, 5, 4, 2, 6])


@pytest.mark.parametrize(("n", "models"), [(2, 1), (3, 4), (4, 11), (5, 26), (6, 57), (7, 120), (8, 247)])
def test_number_of_models(n, models):
    assert len(combinations([f"v{i}" for i in range(n)])) == models


@pytest.mark.parametrize(("n", "code"), [(1, "too_few_variables"), (9, "too_many_variables")])
def test_too_few_or_too_many_variables_are_refused(n, code):
    with pytest.raises(BadInput) as refusal:
        combinations([f"v{i}" for i in range(n)])
    assert refusal.value.code == code


def test_models_are_ordered_by_size_then_name_whatever_the_input_order():
    expected = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]
    assert combinations(["c", "a", "b"]) == expected == combinations(["b", "c", "a"])


def test_truncated_models_look_at_the_first_five_only():
    models = truncated_combinations(["f", "e", "d", "c", "b", "a"])
    assert len(models) == 16
    assert all("a" not in model for model in models)
    assert models[10:15] == [
        ("f", "e", "d"),
        ("f", "e", "c"),
        ("f", "e", "b"),
        ("f", "d", "c"),
        ("f", "d", "b"),
    ]


def test_a_missing_variable_takes_a_ward_out_of_the_models_that_use_it():
    scaled = pd.DataFrame({"a": [0.2, 0.4], "b": [0.6, np.nan], "c": [1.0, 0.0]})
    models = combinations(scaled.columns)
    assert_allclose(model_scores(scaled, models)[1], [np.nan, 0.2, np.nan, np.nan])
    assert_allclose(model_scores(scaled, models, skip_missing=True)[1], [0.4, 0.2, 0.0, 0.2])


def test_weights_make_a_weighted_mean():
    scaled = pd.DataFrame({"a": [0.2], "b": [0.8]})
    assert_allclose(model_scores(scaled, np.array([[1.0, 0.5]])), [[0.4]])


def test_ties_share_the_lowest_rank_and_noise_does_not_break_them():
    assert_array_equal(competition_rank([0.3, 0.1 + 0.2, 0.5, np.nan, 0.1]), [2, 2, 1, np.nan, 4])


def test_tier_of_a_tie_is_that_of_the_shared_rank():
    assert_array_equal(tier([1, 2, 2, 4, 5, 6]), ["High", "High", "High", "Medium", "Low", "Low"])
    assert_array_equal(tier([1, 2], None), ["Medium", "Medium"])
    assert_array_equal(
        tier(np.arange(1, 11), cut=(0.1, 0.3))[[0, 1, 6, 7]], ["High", "Medium", "Medium", "Low"]
    )


def test_row_median_equals_pandas_over_gaps():
    values = np.array([[1.0, 3, np.nan], [np.nan, np.nan, np.nan], [4, 1, 2]])
    assert_allclose(row_median(values), pd.DataFrame(values).median(axis=1))


def test_stability_over_three_models():
    """Ward 0 has ranks 1, 2, 4 of four in 3 models, so quartiles 1.5, 2, 3; it is in the top third (rank 1) once."""
    scores = np.array([[0.9, 0.5, 0.1], [0.8, 0.9, 0.2], [0.7, 0.4, 0.3], [0.6, 0.3, 0.4]])
    first = stability(scores).iloc[0]
    assert_allclose(first, [1, 1.5, 2, 3, 4, 3, 1 / 3])


def line_of_five(values, lga=None):
    frame = pd.DataFrame({"x": values})
    n = len(values)
    chain = sparse.diags([np.ones(4), np.ones(4)], [-1, 1], shape=(5, 5)).tocsr()
    neighbours = sparse.lil_matrix((n, n))
    neighbours[:5, :5] = chain
    return impute(frame, ["x"], neighbours.tocsr(), lga)


def test_gaps_in_a_line_take_original_neighbours_only():
    filled = line_of_five([10, np.nan, np.nan, 40, 50])
    assert_array_equal(filled.values["x"], [10, 10, 40, 40, 50])
    assert filled.record.to_dict("records") == [
        {"position": 1, "variable": "x", "value": 10.0, "method": "spatial", "donors": 1},
        {"position": 2, "variable": "x", "value": 40.0, "method": "spatial", "donors": 1},
    ]


def test_an_island_takes_the_mean_of_its_lga():
    filled = line_of_five([10, 20, 30, 40, 50, np.nan], lga=["a", "a", "b", "b", "b", "b"])
    assert filled.values["x"].iloc[5] == 40
    assert filled.record.iloc[0][["method", "donors"]].tolist() == ["lga_mean", 3]


def test_an_island_in_an_empty_lga_takes_the_mean_of_the_area():
    filled = line_of_five([10, 20, 30, 40, 50, np.nan], lga=["a", "a", "a", "a", "a", "c"])
    assert filled.values["x"].iloc[5] == 30
    assert filled.record.iloc[0][["method", "donors"]].tolist() == ["area_mean", 5]


@pytest.mark.parametrize(
    ("method", "value"), [("median", 20), ("mode", 10), ("mean", 30), ("lga_mean", 10), ("state_mean", 30)]
)
def test_other_ways_to_fill(method, value):
    frame = pd.DataFrame({"x": [10, 10, 20, 30, 80, np.nan]})
    filled = impute(frame, ["x"], sparse.csr_matrix((6, 6)), list("aabbba"), methods={"x": method})
    assert filled.values["x"].iloc[5] == value


def test_none_leaves_the_gap_and_an_unknown_way_is_refused():
    frame = pd.DataFrame({"x": [1.0, np.nan]})
    assert impute(frame, ["x"], sparse.csr_matrix((2, 2)), methods={"x": "none"}).values["x"].isna()[1]
    with pytest.raises(BadInput) as refusal:
        impute(frame, ["x"], sparse.csr_matrix((2, 2)), methods={"x": "zero"})
    assert refusal.value.code == "unknown_imputation"


def test_suitable_correlations():
    r = [[1, 0.6, 0.5], [0.6, 1, 0.4], [0.5, 0.4, 1]]
    assert kmo(r)[0] == pytest.approx(0.6578, abs=5e-5)
    chi2, df, p = bartlett(r, 30)
    assert (chi2, df) == (pytest.approx(20.5114, abs=5e-5), 3)
    assert p < 0.05


def test_unsuitable_correlations():
    r = [[1, 0.1, -0.1], [0.1, 1, 0.05], [-0.1, 0.05, 1]]
    assert kmo(r)[0] == pytest.approx(0.4639, abs=5e-5)
    chi2, _, p = bartlett(r, 30)
    assert chi2 == pytest.approx(0.6460, abs=5e-5)
    assert p > 0.05


def test_a_singular_matrix_fails_bartlett_instead_of_giving_a_huge_chi2():
    assert np.isnan(bartlett([[1, 1], [1, 1]], 30)[0])


def test_kaisers_words():
    assert [kmo_label(v) for v in (0.95, 0.85, 0.75, 0.65, 0.55, 0.3, None)] == [
        "marvelous", "meritorious", "middling", "mediocre", "miserable", "unacceptable", "not computable",
    ]  # fmt: skip


def correlated(n=60, seed=3):
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    return risk, pd.DataFrame(
        {
            "a": risk + rng.normal(0, 0.5, n),
            "b": 100 + 10 * risk + rng.normal(0, 5, n),
            "far": -risk + rng.normal(0, 0.5, n),
        }
    )


def test_pca_points_to_more_risk_and_turns_inverse_variables():
    risk, values = correlated()
    found = pca(values, {"far"})
    assert found.suitable and found.components_used == 1
    assert (found.loadings["PC1"] > 0).all()
    assert np.corrcoef(found.scores, risk)[0, 1] > 0.8
    assert sum(found.importance.values()) == pytest.approx(1)
    assert sum(found.explained) == pytest.approx(1)


def test_pca_scores_equal_the_singular_value_decomposition():
    _, values = correlated()
    z = (values - values.mean()) / values.std(ddof=0) * [1, 1, -1]
    expected = z.to_numpy() @ np.linalg.svd(z.to_numpy())[2][0]
    found = pca(values, {"far"}).scores
    assert_allclose(found, expected * np.sign(expected @ found), atol=1e-12)


def test_legacy_pca_adds_components_with_their_explained_share():
    _, values = correlated()
    found = pca(values, {"far"}, rule="legacy")
    z = ((values - values.mean()) / values.std(ddof=0)).to_numpy()
    vectors = found.loadings.to_numpy()[:, :2]
    assert found.components_used == 2  # floor(0.8 · 3)
    assert_allclose(found.scores, z @ vectors @ found.explained[:2], atol=1e-12)


def test_a_sum_of_loadings_near_zero_is_decided_by_the_outcome():
    rng = np.random.default_rng(5)
    risk = rng.normal(size=80)
    a, b = risk + rng.normal(0, 0.3, 80), -risk + rng.normal(0, 0.3, 80)
    values = pd.DataFrame({"a": a, "b": b, "c": -a, "d": -b, "e": rng.normal(size=80)})
    values["c"] += rng.normal(0, 0.2, 80)
    values["d"] += rng.normal(0, 0.2, 80)
    up, down = pca(values, outcome="a"), pca(values, outcome="b")
    assert up.suitable
    total = abs(up.loadings["PC1"].sum())
    assert total >= 1e-9  # not the tie itself: then the sum decides and the outcome does not
    assert_allclose(up.scores, down.scores)


def test_signs_of_an_exact_contrast():
    from analysis.core.pca import _signs

    contrast = np.array([[0.5], [0.5], [-0.5], [-0.5]])
    names = ["d", "c", "b", "a"]
    assert _signs(contrast, names, "d") == 1
    assert _signs(contrast, names, "b") == -1
    assert _signs(contrast, names, None) == -1  # "a" is alphabetically first and must point up
    assert _signs(contrast + 1e-12, names, "b") == -1


def test_unsuitable_pca_gives_reasons_and_no_scores():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(40, 3)), columns=list("abc"))
    found = pca(values)
    assert not found.suitable and found.reasons and np.isnan(found.scores).all()
    assert found.kmo is not None
    forced = pca(values, force=True)
    assert forced.forced and np.isfinite(forced.scores).all()


def test_two_variables_or_a_repeated_one_are_too_few_for_pca():
    assert "at least 3" in pca(pd.DataFrame({"a": [1, 2, 3.5], "b": [2, 1, 5.0]})).reasons[0]
    _, values = correlated()
    repeated = pca(values.drop(columns="b").assign(twin=values["a"] * 2 + 1))
    assert not repeated.suitable
    assert [note.code for note in repeated.notes] == ["pca_collinear"]


def test_compare_against_numbers_by_hand():
    """Ranks 1 2 3 4 against 2 1 3 4: Σd² = 2, ρ = 1 − 6·2/(4·15) = 0.8; 5 of 6 pairs agree, τ = 4/6."""
    tiers = np.array(["High", "Medium", "Medium", "Low"], dtype=object)
    other = np.array(["Medium", "High", "Medium", "Low"], dtype=object)
    found = compare([1, 2, 3, 4], [2, 1, 3, 4], tiers, other)
    assert found.spearman == pytest.approx(0.8)
    assert found.kendall == pytest.approx(2 / 3)
    assert found.jaccard_top10 == 1 and found.jaccard_top_third == 0
    assert found.tier_table.loc["High", "Medium"] == 1 and found.tier_table.to_numpy().sum() == 4
    assert found.largest["position"].tolist()[:2] == [0, 1]


def test_compare_with_nothing_to_compare():
    nothing = np.full(3, np.nan)
    found = compare(nothing, [1, 2, 3], [None] * 3, ["High", "Medium", "Low"])
    assert found.wards == 0 and found.spearman is None and found.jaccard_top10 is None
    assert jaccard([True, False], [True, True]) == 0.5
