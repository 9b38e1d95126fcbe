"""What holds for any data."""

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analysis.core.composite import combinations, composite
from analysis.core.errors import BadInput
from analysis.core.impute import METHODS, impute
from analysis.core.neighbours import queen_neighbours
from analysis.core.normalise import normalise
from analysis.core.pipeline import run_risk
from analysis.core.ranks import competition_rank, stability, tier
from analysis.tests.core.conftest import square_wards

values = st.floats(-1000, 1000, allow_nan=False).map(lambda x: round(x, 3))
gappy = st.one_of(values, values, values, st.just(float("nan")))


@st.composite
def datasets(draw, cells=gappy):
    n, k = draw(st.integers(4, 14)), draw(st.integers(2, 5))
    table = draw(npst.arrays(np.float64, (n, k), elements=cells))
    wards = square_wards(-(-n // 4), 4, per_lga=3).iloc[:n].reset_index(drop=True)
    return gpd.GeoDataFrame(
        pd.concat([wards, pd.DataFrame(table, columns=[f"v{i}" for i in range(k)])], axis=1), crs=wards.crs
    )


def variables_of(dataset):
    return [name for name in dataset.columns if name.startswith("v")]


def ranked(dataset, **options):
    try:
        return run_risk(dataset, variables=variables_of(dataset), **options)
    except BadInput as refusal:
        assert refusal.code in {"too_few_variables", "too_few_wards"}
        return None


@given(datasets(), st.sampled_from(["recommended", "mrpt-legacy"]), st.randoms(use_true_random=False))
def test_results_do_not_depend_on_the_order_of_rows_or_columns(dataset, method, random):
    rows, columns = list(range(len(dataset))), list(dataset.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    first, second = ranked(dataset, method=method), ranked(dataset.iloc[rows][columns], method=method)
    assert (first is None) == (second is None)
    if first is None:
        return
    names = [name for name in first.wards.columns if name != "geometry"]
    a = pd.DataFrame(first.wards[names]).sort_values("ward_code", ignore_index=True)
    b = pd.DataFrame(second.wards[names]).sort_values("ward_code", ignore_index=True)
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    pd.testing.assert_frame_equal(first.models, second.models)
    key = ["ward_code", "variable"]
    pd.testing.assert_frame_equal(
        first.imputation.sort_values(key, ignore_index=True),
        second.imputation.sort_values(key, ignore_index=True),
    )


@given(datasets(), st.sampled_from(["recommended", "mrpt-legacy", "mrpt-legacy-truncated"]))
def test_nothing_missing_becomes_a_number_without_a_record(dataset, method):
    result = ranked(dataset, method=method)
    if result is None:
        return
    names = result.parameters["variables"]
    before, after = dataset[names], result.wards[names]
    filled = (before.isna() & after.notna()).to_numpy()
    recorded = set(zip(result.imputation["ward_code"], result.imputation["variable"], strict=True))
    codes = dataset["ward_code"].to_numpy()
    assert recorded == {(codes[i], names[j]) for i, j in zip(*np.nonzero(filled), strict=True)}
    values_by = after.set_index(codes).stack()
    for row in result.imputation.itertuples():
        assert values_by[(row.ward_code, row.variable)] == row.value
        assert row.donors >= 1
    kept = before.notna().to_numpy()
    assert (before.to_numpy()[kept] == after.to_numpy()[kept]).all()


@given(datasets(), st.sampled_from(["recommended", "mrpt-legacy"]))
def test_a_gap_left_open_gives_no_pca_score(dataset, method):
    filled = ranked(dataset, method=method)
    if filled is None:
        return
    open_gaps = dict.fromkeys(filled.parameters["variables"], "none")
    result = ranked(dataset, method=method, imputation=open_gaps, force_pca=True)
    lacking = result.wards[list(result.pca.variables)].isna().any(axis=1)
    assert result.imputation.empty and result.wards.loc[lacking, "pca_score"].isna().all()


@given(datasets(), st.data())
def test_no_way_of_filling_leaves_the_range_of_the_observed(dataset, data):
    names = variables_of(dataset)
    methods = {name: data.draw(st.sampled_from(METHODS)) for name in names}
    filled = impute(dataset, names, queen_neighbours(dataset.geometry), dataset["lga_name"], methods=methods)
    for name in names:
        seen = dataset[name].dropna()
        got = filled.record.loc[filled.record["variable"] == name, "value"]
        assert got.empty or (got.min() >= seen.min() - 1e-9 and got.max() <= seen.max() + 1e-9)
        if methods[name] == "none":
            assert got.empty


@given(npst.arrays(np.float64, st.integers(1, 30), elements=gappy))
def test_ties_share_ranks(scores):
    ranks = competition_rank(scores)
    assert (np.isnan(ranks) == np.isnan(scores)).all()
    for i in np.flatnonzero(~np.isnan(scores)):
        # 1 + how many are higher: the definition, written another way.
        assert ranks[i] == 1 + (np.round(scores, 12) > np.round(scores[i], 12)).sum()
    tiers = tier(ranks)
    assert all(len(set(tiers[ranks == rank])) == 1 for rank in set(ranks[~np.isnan(ranks)]))


@given(
    npst.arrays(np.float64, st.tuples(st.integers(4, 12), st.integers(2, 4)), elements=values),
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(-1000, 1000)), min_size=4, max_size=4),
    st.booleans(),
)
def test_a_change_of_units_changes_no_linear_score(table, changes, inverse):
    frame = pd.DataFrame(table, columns=[f"v{i}" for i in range(table.shape[1])])
    spread = frame.max() - frame.min()
    assume((spread > 100).all())  # so that rounding in a·x + b stays far below the tolerance
    changed = frame.copy()
    for name, (a, b) in zip(frame.columns, changes, strict=False):
        changed[name] = a * frame[name] + a * b
    turned = {"v0"} if inverse else set()
    first, second = composite(normalise(frame, turned)), composite(normalise(changed, turned))
    np.testing.assert_allclose(first.scores, second.scores, rtol=0, atol=1e-12)
    np.testing.assert_allclose(first.model_scores, second.model_scores, rtol=0, atol=1e-12)


@given(npst.arrays(np.int64, st.integers(3, 20), elements=st.integers(-500, 500)), st.booleans())
def test_an_increasing_change_keeps_the_wards_order_in_that_variable(whole, inverse):
    assume(len(set(whole.tolist())) > 1)
    x = whole.astype(float)
    turned = {"x"} if inverse else set()
    for change in (lambda v: v**3, lambda v: np.sqrt(v + 501), lambda v: 5 * v - 3):
        before = normalise(pd.DataFrame({"x": x}), turned)["x"].to_numpy()
        after = normalise(pd.DataFrame({"x": change(x)}), turned)["x"].to_numpy()
        assert (np.sign(np.subtract.outer(before, before)) == np.sign(np.subtract.outer(after, after))).all()
        assert after.min() == 0 and after.max() == 1


@given(datasets(cells=values))
def test_scores_stay_between_no_and_full_risk(dataset):
    result = ranked(dataset)
    if result is None:
        return
    scores = result.wards["composite_score"]
    assert scores.between(0, 1).all()
    assert result.wards["composite_rank"].min() == 1
    assert result.wards["share_top_third"].between(0, 1).all()
    assert (result.wards["rank_min"] <= result.wards["rank_max"]).all()


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 10), st.integers(1, 8)), elements=gappy))
def test_stability_equals_pandas(scores):
    ranks = pd.DataFrame(np.round(scores, 12)).rank(ascending=False, method="min")
    found = stability(scores)
    expected = {"rank_min": 0, "rank_q1": 0.25, "rank_median": 0.5, "rank_q3": 0.75, "rank_max": 1}
    for column, share in expected.items():
        np.testing.assert_allclose(found[column], ranks.quantile(share, axis=1))
    third = np.floor(ranks.notna().sum() / 3)
    top = (ranks <= third).sum(axis=1) / ranks.notna().sum(axis=1).where(lambda count: count > 0)
    np.testing.assert_allclose(found["share_top_third"], top)
    np.testing.assert_array_equal(found["models_used"], ranks.notna().sum(axis=1))


@given(st.sets(st.text("abcxyz", min_size=1, max_size=3), min_size=2, max_size=8))
def test_models_are_all_subsets_of_two_or_more(names):
    models = combinations(names)
    assert len(set(models)) == len(models) == 2 ** len(names) - len(names) - 1
    assert all(set(model) <= names and len(model) >= 2 and list(model) == sorted(model) for model in models)
