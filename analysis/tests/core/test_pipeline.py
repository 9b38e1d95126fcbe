"""The whole computation: what enters, what is refused, what is told, what comes out."""

import json
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.core.dataset import build_dataset
from analysis.core.errors import BadInput, Note
from analysis.core.matching import match_wards
from analysis.core.neighbours import queen_neighbours
from analysis.core.pipeline import STEPS, run_risk
from analysis.core.profile import PROFILE_COLUMNS, profile_variables
from analysis.core.selection import select
from analysis.tests.core.conftest import canonical_boundaries, square_wards, wards_with


def some_wards(n=24, seed=1, columns=6):
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    return wards_with(
        {
            "tpr": 50 + 10 * risk + rng.normal(0, 3, n),
            "rainfall": 1000 + 100 * risk + rng.normal(0, 50, n),
            "elevation": 300 - 50 * risk + rng.normal(0, 20, n),
            "housing_quality": rng.uniform(0.05, 0.6, n),
        },
        columns,
    )


CHOSEN = ["tpr", "rainfall", "elevation", "housing_quality"]


def codes(result):
    return [note.code for note in result.notes]


def refused(dataset, **options):
    with pytest.raises(BadInput) as refusal:
        run_risk(dataset, **options)
    return refusal.value


def test_result_has_one_row_per_ward_and_all_columns():
    dataset = some_wards()
    result = run_risk(dataset, variables=CHOSEN)
    wards = result.wards
    assert wards["ward_code"].tolist() == dataset["ward_code"].tolist()
    for column in (*CHOSEN, "composite_score", "composite_tier", "pca_score", "pca_rank", "pca_tier", "rank_min",
                   "rank_q1", "rank_median", "rank_q3", "rank_max", "share_top_third", "rank_difference", "zone",
                   "imputed_variables", "area_km2", "centroid_lat", "centroid_lon", "flags", "geometry"):  # fmt: skip
        assert column in wards.columns, column
    assert sorted(wards["composite_rank"]) == list(range(1, 25))
    assert wards["composite_tier"].value_counts().to_dict() == {"High": 8, "Medium": 8, "Low": 8}
    assert (wards["rank_difference"] == wards["composite_rank"] - wards["pca_rank"]).all()
    assert (wards["zone"] == "North Central").all()
    assert (wards["flags"] == "").all()
    assert len(result.models) == 11 and result.model_scores.shape == (24, 12)
    assert result.models.iloc[0].to_dict() == {
        "model": "model_1",
        "variables": "elevation;housing_quality",
        "size": 2,
    }


def test_summary_is_json():
    summary = run_risk(some_wards(), variables=CHOSEN).summary()
    assert json.loads(json.dumps(summary)) == summary
    assert (summary["wards"], summary["ranked"], summary["models"], summary["imputed_cells"]) == (
        24,
        24,
        11,
        0,
    )


def test_area_and_centroid_of_a_known_square():
    """A cell of 0.1° at 8° N: 111.195² · 0.01 · cos(8.05°) ≈ 122.4 km² on the sphere."""
    ward = run_risk(some_wards(), variables=CHOSEN).wards.iloc[0]
    assert ward["area_km2"] == pytest.approx(122.4, rel=0.01)
    assert (ward["centroid_lon"], ward["centroid_lat"]) == (
        pytest.approx(4.05),
        pytest.approx(8.05, abs=1e-3),
    )


def test_steps_are_told_in_order():
    told = []
    run_risk(some_wards(), variables=CHOSEN, on_step=lambda step, percent: told.append((step, percent)))
    assert list(dict.fromkeys(step for step, _ in told)) == [code for code, _ in STEPS]
    assert [percent for _, percent in told] == sorted(percent for _, percent in told)
    assert told[-1][1] == 100


def test_the_callers_frame_is_not_changed():
    dataset = some_wards()
    dataset.loc[3, "rainfall"] = np.nan
    before = dataset.copy(deep=True)
    run_risk(dataset, variables=CHOSEN)
    pd.testing.assert_frame_equal(dataset, before)


def test_a_filled_gap_is_recorded_and_flagged():
    dataset = some_wards()
    dataset.loc[0, "rainfall"] = np.nan
    result = run_risk(dataset, variables=CHOSEN)
    # The corner ward touches wards 1, 6 and 7 of the board of six columns.
    assert result.imputation.to_dict("records") == [
        {
            "ward_code": "KW0000", "ward_name": "Ward A0", "variable": "rainfall", "method": "spatial", "donors": 3,
            "value": pytest.approx(dataset["rainfall"].iloc[[1, 6, 7]].mean()),
        }
    ]  # fmt: skip
    assert result.wards.loc[0, "flags"] == "imputed"
    assert result.wards.loc[0, "imputed_variables"] == "rainfall"


def test_a_missing_outcome_stays_missing_and_the_ward_is_partial():
    dataset = some_wards()
    dataset.loc[0, "tpr"] = np.nan
    result = run_risk(dataset, variables=CHOSEN)
    ward = result.wards.iloc[0]
    assert np.isnan(ward["tpr"]) and ward["flags"] == "partial;missing:tpr"
    # Of the 2⁴ − 4 − 1 = 11 models over four variables, 2³ − 3 − 1 = 4 do without the outcome.
    assert ward["models_used"] == 4 == result.model_scores.drop(columns="ward_code").loc[ward.name].count()
    assert sorted(result.wards["models_used"].unique()) == [4, 11]
    assert ward["composite_rank"] >= 1 and pd.isna(ward["pca_rank"])
    assert "outcome_not_filled" in codes(result) and result.imputation.empty


def test_an_outcome_is_filled_when_asked_and_marked():
    dataset = some_wards()
    dataset.loc[0, "tpr"] = np.nan
    result = run_risk(dataset, variables=CHOSEN, imputation={"tpr": "spatial"})
    assert result.wards.loc[0, "flags"] == "imputed;outcome_imputed"


def test_counts_are_never_filled():
    dataset = some_wards().assign(population=np.arange(24.0))
    dataset.loc[0, "population"] = np.nan
    assert refused(dataset, variables=[*CHOSEN, "population"], imputation={"population": "spatial"}).code == (
        "counts_not_imputed"
    )
    assert run_risk(dataset, variables=[*CHOSEN, "population"]).imputation.empty


def test_a_ward_without_a_record_is_neither_filled_nor_ranked():
    dataset = some_wards().assign(table_row=pd.array(range(2, 26), dtype="Int64"))
    dataset.loc[5, "table_row"] = pd.NA
    dataset.loc[5, CHOSEN] = np.nan
    dataset.loc[6, CHOSEN] = np.nan
    result = run_risk(dataset, variables=CHOSEN)
    assert result.wards.loc[[5, 6], "flags"].tolist() == ["unmatched", "no_data"]
    assert result.wards.loc[[5, 6], ["composite_score", "composite_rank", "pca_rank"]].isna().all(axis=None)
    assert result.imputation.empty
    assert result.summary()["ranked"] == 22
    assert next(note for note in result.notes if note.code == "no_data").examples == ("Ward G6",)


def test_a_ward_with_a_single_usable_value_is_not_ranked():
    dataset = some_wards()
    dataset.loc[2, ["rainfall", "elevation", "housing_quality"]] = np.nan
    result = run_risk(dataset, variables=CHOSEN, imputation=dict.fromkeys(CHOSEN, "none"))
    assert (
        result.wards.loc[2, "flags"]
        == "not_ranked;missing:elevation;missing:housing_quality;missing:rainfall"
    )
    assert pd.isna(result.wards.loc[2, "composite_rank"])


def test_a_column_more_than_half_empty_is_not_filled():
    dataset = some_wards()
    dataset.loc[:12, "rainfall"] = np.nan
    result = run_risk(dataset, variables=CHOSEN)
    assert "too_sparse_to_fill" in codes(result) and result.imputation.empty
    dataset = some_wards()
    dataset.loc[:10, "rainfall"] = np.nan
    result = run_risk(dataset, variables=CHOSEN)
    assert "sparse" in codes(result) and len(result.imputation) == 11


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: d.assign(rainfall=7.0), "constant"),
        (lambda d: d.assign(rainfall=np.nan), "all_missing"),
        (lambda d: d.assign(rainfall=3 - 2 * d["elevation"]), "collinear"),
    ],
)
def test_a_useless_variable_is_left_out_with_a_note(spoil, code):
    result = run_risk(spoil(some_wards()), variables=CHOSEN)
    assert code in codes(result)
    assert result.parameters["variables"] == ["elevation", "housing_quality", "tpr"]
    assert refused(spoil(some_wards()), variables=["rainfall", "elevation"]).code == "too_few_variables"


@pytest.mark.parametrize("twin", ["a_housing_pct", "zz_housing_pct"])
def test_of_two_that_repeat_each_other_the_known_one_stays_and_gives_the_direction(twin):
    dataset = some_wards()
    alone = run_risk(dataset, variables=CHOSEN)
    doubled = dataset.assign(**{twin: 100 * dataset["housing_quality"]})
    result = run_risk(doubled, variables=[twin, *CHOSEN])
    (note,) = (note for note in result.notes if note.code == "collinear")
    assert note.examples == (f"{twin} (repeats housing_quality)",)
    assert "housing_quality" in result.parameters["inverse"]
    assert result.wards["composite_rank"].tolist() == alone.wards["composite_rank"].tolist()


def test_of_two_that_repeat_each_other_the_outcome_stays_and_among_equals_the_first():
    dataset = some_wards()
    doubled = dataset.assign(
        burden=2 * dataset["tpr"], b=dataset["rainfall"] * 1.0, a=dataset["rainfall"] + 1
    )
    assert select(doubled, variables=["burden", "tpr", "elevation"]).variables == ("tpr", "elevation")
    unknown = doubled.drop(columns="rainfall")
    assert select(unknown, variables=["b", "a", "tpr"]).variables == ("a", "tpr")


def test_a_table_with_one_known_variable_is_refused_without_speaking_of_a_choice():
    one = refused(wards_with({"urbanPercentage": [1.0, 2, 3, 4], "population": [5.0, 6, 7, 9]}))
    assert one.code == "too_few_variables" and "chosen" not in one.detail and "only 1 variable" in one.detail
    asked = refused(some_wards().assign(rainfall=7.0), variables=["rainfall", "tpr"])
    assert "1 of 2 chosen variables" in asked.detail


def test_constant_is_a_half_in_the_legacy_method():
    result = run_risk(some_wards().assign(rainfall=7), variables=CHOSEN, method="mrpt-legacy")
    assert (result.normalised["rainfall"] == 0.5).all() and len(result.models) == 11


def test_truncated_legacy_looks_at_five_variables():
    dataset = some_wards().assign(v1=np.arange(24.0), v2=np.arange(24.0) % 5, v3=np.arange(24.0) % 7)
    result = run_risk(dataset, variables=[*CHOSEN, "v1", "v2", "v3"], method="mrpt-legacy-truncated")
    assert len(result.models) == 16
    assert not result.models["variables"].str.contains("v2|v3").any()


def test_no_outcome_is_a_warning():
    result = run_risk(some_wards(), variables=["rainfall", "elevation", "housing_quality"])
    assert [note.severity for note in result.notes if note.code == "no_outcome"] == ["warning"]


def test_unsuitable_pca_leaves_empty_columns_and_reasons():
    rng = np.random.default_rng(0)
    result = run_risk(wards_with({name: rng.normal(size=30) for name in "abc"}, 6), variables=list("abc"))
    assert result.wards[["pca_score", "pca_rank", "pca_tier", "rank_difference"]].isna().all(axis=None)
    assert "pca_not_suitable" in codes(result) and result.pca.reasons
    assert result.comparison.spearman is None and result.summary()["ranked"] == 30


def test_a_variable_left_out_of_the_pca_stays_in_the_composite():
    dataset = some_wards()
    whole = run_risk(dataset, variables=CHOSEN)
    without = run_risk(dataset, variables=CHOSEN, pca_without=["Housing Quality"])
    three = run_risk(dataset, variables=["tpr", "rainfall", "elevation"])
    assert without.pca.variables == three.pca.variables == ("elevation", "rainfall", "tpr")
    assert np.allclose(without.wards["pca_score"], three.wards["pca_score"], rtol=0, atol=1e-12)
    assert (without.wards["composite_score"] == whole.wards["composite_score"]).all()
    assert without.parameters["pca_without"] == without.summary()["pca_without"] == ["housing_quality"]
    (note,) = (note for note in without.notes if note.code == "pca_without")
    assert note.examples == ("housing_quality",) and "pca_without" not in codes(whole)


def test_a_pca_left_with_two_variables_says_that_it_needs_three():
    result = run_risk(some_wards(), variables=CHOSEN, pca_without=["tpr", "rainfall"])
    assert result.wards["pca_score"].isna().all() and "there are 2" in result.pca.reasons[0]


def test_a_name_to_leave_out_of_the_pca_that_no_column_has_is_refused():
    refusal = refused(some_wards(), variables=CHOSEN, pca_without=["rain fell", "tpr"])
    assert refusal.problem()["examples"] == ["rain fell"]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_wards_are_refused(n):
    assert refused(some_wards().iloc[:n], variables=CHOSEN).code == "too_few_wards"


def test_fewer_than_three_wards_with_data_are_refused():
    dataset = some_wards()
    dataset.loc[2:, CHOSEN] = np.nan
    assert refused(dataset, variables=CHOSEN).code == "too_few_wards"


def test_three_wards_are_enough():
    result = run_risk(wards_with({"a": [1.0, 2, 9], "b": [5.0, 1, 7]}), variables=["a", "b"])
    assert result.wards["composite_tier"].tolist() == ["Medium", "Low", "High"]


def test_more_than_eight_variables_are_refused():
    rng = np.random.default_rng(0)
    dataset = wards_with({f"v{i}": rng.normal(size=12) for i in range(9)}, 4)
    problem = refused(dataset, variables=[f"v{i}" for i in range(9)]).problem()
    assert problem["code"] == "too_many_variables" and "8" in problem["fix"]


def test_unknown_variables_are_refused_with_suggestions():
    problem = refused(some_wards(), variables=["tpr", "rainfal"]).problem()
    assert (problem["code"], problem["where"]) == ("unknown_variable", "rainfal")
    assert problem["examples"][0] == "rainfall"
    assert refused(some_wards(), variables=CHOSEN, inverse=["elevatoin"]).code == "unknown_variable"


def test_text_as_a_variable_is_refused_with_the_values():
    dataset = some_wards().assign(note=["high", "low"] * 12)
    problem = refused(dataset, variables=["tpr", "note"]).problem()
    assert (problem["code"], problem["examples"]) == ("not_numeric", ["high", "low"])


def test_dates_as_a_variable_are_refused():
    dataset = some_wards().assign(seen=pd.date_range("2024-01-01", periods=24))
    assert refused(dataset, variables=["tpr", "seen"]).code == "not_numeric"


def test_unknown_methods_are_refused():
    assert refused(some_wards(), variables=CHOSEN, method="magic").code == "unknown_method"
    assert (
        refused(some_wards(), variables=CHOSEN, imputation={"rainfall": "zero"}).code == "unknown_imputation"
    )


def test_repeated_ward_codes_are_refused():
    assert refused(some_wards().assign(ward_code="KW1"), variables=CHOSEN).code == "duplicate_ward_code"


def test_inverse_replaces_all_directions():
    dataset = some_wards()
    assert run_risk(dataset, variables=CHOSEN).parameters["inverse"] == ["elevation", "housing_quality"]
    assert run_risk(dataset, variables=CHOSEN, inverse=["tpr"]).parameters["inverse"] == ["tpr"]
    assert run_risk(dataset, variables=CHOSEN, inverse=[]).parameters["inverse"] == []


def test_zone_defaults_and_what_is_not_available():
    result = run_risk(some_wards())
    assert result.parameters["variables"] == ["housing_quality", "tpr"]
    missing = next(note for note in result.notes if note.code == "not_available")
    assert set(missing.examples) == {
        "nighttime_lights", "soil_wetness", "distance_to_waterbodies", "ndmi", "urban_percentage",
    }  # fmt: skip


def test_registry_variables_when_no_zone_is_known():
    chosen = select(some_wards().drop(columns="state_name"))
    assert set(chosen.variables) == set(CHOSEN) and "registry_variables" in [
        note.code for note in chosen.notes
    ]


# 12 known columns beside the outcome; in brackets how many zone lists name each.
MANY = {
    "urban_percentage": 6, "housing_quality": 5, "ndwi": 4, "elevation": 4, "rainfall": 2, "soil_wetness": 2,
    "distance_to_waterbodies": 2, "ndmi": 1, "nighttime_lights": 1, "temp": 0, "evi": 0, "flood": 0,
}  # fmt: skip


def many_wards():
    rng = np.random.default_rng(7)
    return wards_with({name: rng.normal(size=24) for name in sorted([*MANY, "tpr"])}, 6).drop(
        columns="state_name"
    )


def test_of_many_known_variables_the_outcome_and_those_in_most_zone_lists_are_proposed():
    chosen = select(many_wards())
    assert set(chosen.variables) == {"tpr", *(name for name, lists in MANY.items() if lists > 1)}
    note = next(note for note in chosen.notes if note.code == "beyond_limit")
    assert note.examples == ("ndmi", "nighttime_lights", "temp", "evi", "flood")
    assert len(run_risk(many_wards()).models) == 247
    profile = profile_variables(many_wards()).set_index("variable")
    assert set(profile.index[profile["included"]]) == set(chosen.variables)


def test_a_known_variable_that_cannot_be_used_takes_nobodys_place():
    dataset = many_wards().assign(urban_percentage=50.0)
    dataset["ndwi"] = 2 * dataset["rainfall"]
    chosen = select(dataset)
    assert len(chosen.variables) == 8 and {"ndmi", "nighttime_lights"} <= set(chosen.variables)
    assert not {"urban_percentage", "rainfall"} & set(chosen.variables)
    profile = profile_variables(dataset).set_index("variable")
    assert set(profile.index[profile["included"]]) == set(chosen.variables)


def test_the_truncated_method_takes_all_known_variables():
    assert len(run_risk(many_wards(), method="mrpt-legacy-truncated").parameters["variables"]) == 13
    assert len(run_risk(many_wards(), method="mrpt-legacy").models) == 247


def test_nothing_to_analyse_is_refused():
    dataset = square_wards(4, 4).assign(population=np.arange(16), other=np.arange(16) % 5)
    assert refused(dataset).code == "too_few_variables"


def test_missing_and_invalid_geometries_do_not_stop_a_run():
    dataset = some_wards()
    dataset.loc[0, "rainfall"] = np.nan
    dataset.loc[1, "rainfall"] = np.nan
    geometry = dataset.geometry.to_numpy().copy()
    geometry[0] = None
    geometry[7] = shapely.Polygon([(4.1, 8.1), (4.2, 8.2), (4.2, 8.1), (4.1, 8.2)])
    dataset = dataset.set_geometry(gpd.GeoSeries(geometry, crs="EPSG:4326"))
    result = run_risk(dataset, variables=CHOSEN)
    assert result.imputation["method"].tolist() == ["lga_mean", "spatial"]
    assert np.isnan(result.wards.loc[0, "area_km2"]) and result.summary()["ranked"] == 24


def test_touching_wards_of_a_board_and_across_a_hairline_gap():
    board = square_wards(3, 3)
    degrees = np.asarray(queen_neighbours(board.geometry).sum(axis=1)).ravel()
    assert degrees.tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    gap = gpd.GeoSeries(
        [shapely.box(0, 0, 1, 1), shapely.box(1 + 5e-6, 0, 2, 1), shapely.box(2.001, 0, 3, 1)]
    )
    assert queen_neighbours(gap).toarray().tolist() == [
        [False, True, False],
        [True, False, False],
        [False] * 3,
    ]
    assert queen_neighbours(gap, 0).nnz == 0


def joined(table, boundaries):
    return build_dataset(table, boundaries, match_wards(table, boundaries))


def test_join_keeps_headers_and_fills_places_from_the_table():
    boundaries = square_wards(2, 3).drop(columns="lga_name")
    table = pd.DataFrame(
        {
            "Unnamed: 0": range(5), "WardName": boundaries["ward_name"][:5], "LGA": list("xxyyy"), "Pop": range(5),
            "urbanPercentage": [0.0, 10, 20, 30, 40], "mean_rainfall": [1.0, 2, 9, 4, 5], "flags": range(5),
        }
    )  # fmt: skip
    dataset, notes = joined(table.iloc[::-1].reset_index(drop=True), boundaries)
    assert dataset["ward_code"].tolist() == boundaries["ward_code"].tolist()
    assert dataset["table_row"].tolist()[:5] == [6, 5, 4, 3, 2] and pd.isna(dataset["table_row"].iloc[5])
    assert dataset["mean_rainfall"].tolist()[:5] == [1, 2, 9, 4, 5] and np.isnan(
        dataset["mean_rainfall"].iloc[5]
    )
    assert dataset["lga_name"].tolist()[:5] == list("xxyyy") and pd.isna(dataset["lga_name"].iloc[5])
    assert dataset["population"].tolist()[:5] == list(range(5))
    assert "Unnamed: 0" not in dataset.columns and "flags_uploaded" in dataset.columns
    assert {note.code for note in notes} == {"renamed_columns", "wards_without_record"}
    chosen = select(dataset[dataset["table_row"].notna()], variables=["rainfall", "urban_percentage"])
    assert chosen.variables == ("mean_rainfall", "urban_percentage")
    assert profile_variables(dataset)["variable"].tolist().count("urban_percentage") == 0


def test_yes_and_no_become_an_urban_share_and_the_rest_stays_missing():
    boundaries = square_wards(1, 4)
    table = pd.DataFrame({"WardName": boundaries["ward_name"], "Urban": ["Yes", "no", "?", None]})
    dataset, notes = joined(table, boundaries)
    assert (
        dataset["urban_percentage"].tolist()[:2] == [100, 0] and dataset["urban_percentage"][2:].isna().all()
    )
    assert "urban_from_yes_no" in [note.code for note in notes]


def test_true_and_false_join_as_numbers():
    boundaries = square_wards(1, 4)
    table = pd.DataFrame({"WardName": boundaries["ward_name"][:3], "clinic": [True, False, True]})
    assert joined(table, boundaries)[0]["clinic"].tolist()[:3] == [1, 0, 1]


def test_nothing_accepted_is_refused():
    boundaries = square_wards(1, 4)
    table = pd.DataFrame({"WardName": ["Ward A00", "Ward B01", "Ward C02", "Ward D03"]})
    report = match_wards(table, boundaries)
    with pytest.raises(BadInput) as refusal:
        build_dataset(table, boundaries, report)
    assert refusal.value.code == "nothing_joined"


def test_profile_describes_every_column():
    dataset = some_wards().assign(population=range(24), flat=1.0, empty=np.nan)
    dataset.loc[:5, "elevation"] = np.nan
    profile = profile_variables(dataset).set_index("variable")
    assert list(profile.reset_index().columns) == list(PROFILE_COLUMNS)
    assert profile.index.tolist()[:2] == ["tpr", "housing_quality"]
    assert not profile["included"]["rainfall"]
    assert profile["outcome"]["tpr"] and profile["imputation"]["tpr"] == "none"
    assert profile["coverage_percent"]["elevation"] == 75 and profile["missing"]["elevation"] == 6
    assert sum(profile["histogram_counts"]["rainfall"]) == 24
    assert profile["reason"][["flat", "empty"]].tolist() == [
        "all wards have the same value", "no ward has a value",
    ]  # fmt: skip
    assert json.dumps(profile["histogram_edges"].tolist())


def test_refusals_survive_a_process_boundary_and_keep_twenty_examples():
    import copy

    refusal = BadInput("code", "Title", "Detail", "Fix", where="row 3", examples=[str(i) for i in range(50)])
    assert copy.copy(refusal).problem() == refusal.problem()
    assert len(refusal.problem()["examples"]) == 20
    assert len(Note("n", "info", "m", 50, tuple(map(str, range(50)))).as_dict()["examples"]) == 20


@pytest.mark.realdata
def test_nine_thousand_wards_take_seconds(published):
    wards = canonical_boundaries(published / "national" / "nigeria_wards_9308.parquet")
    rng = np.random.default_rng(1)
    names = [f"v{i}" for i in range(8)]
    values = pd.DataFrame(rng.normal(size=(len(wards), 8)), columns=names).mask(
        rng.random((len(wards), 8)) < 0.05
    )
    dataset = gpd.GeoDataFrame(pd.concat([wards, values], axis=1), crs=wards.crs)
    start = time.process_time()
    result = run_risk(dataset, variables=names)
    assert time.process_time() - start < 10  # takes 1 to 2 s; a loop over wards or models takes minutes
    assert result.summary()["models"] == 247
    assert len(result.imputation) == int(values.isna().sum().sum())


def test_where_the_outcome_is_required_a_ward_without_it_has_no_rank():
    dataset = some_wards()
    dataset.loc[0, ["tpr", "elevation"]] = np.nan, 99_999
    dataset.loc[1, "rainfall"] = np.nan
    result = run_risk(dataset, variables=CHOSEN, require_outcome=True)
    ward = result.wards.iloc[0]
    assert ward["flags"] == "no_outcome_data"
    unranked = ["composite_score", "composite_rank", "composite_tier", "pca_score", "pca_rank", "pca_tier"]
    assert ward[unranked].isna().all()
    assert sorted(result.wards["composite_rank"].dropna()) == list(range(1, 24))
    # It sets no scale, and is still a donor of its neighbours: ward 1 touches five.
    assert (result.normalised["elevation"].min(), result.normalised["elevation"].max()) == (0, 1)
    assert result.normalised.drop(columns="ward_code").iloc[0].isna().all()
    assert result.imputation[["ward_code", "donors"]].to_numpy().tolist() == [["KW0001", 5]]
    note = next(note for note in result.notes if note.code == "no_outcome_data")
    assert (note.count, note.examples) == (1, ("Ward A0",))
    assert not {"outcome_not_filled", "no_data"} & set(codes(result)) and result.parameters["require_outcome"]


def test_a_required_outcome_that_is_filled_is_ranked_and_marked():
    dataset = some_wards()
    dataset.loc[0, "tpr"] = np.nan
    result = run_risk(dataset, variables=CHOSEN, imputation={"tpr": "spatial"}, require_outcome=True)
    assert result.wards.loc[0, "flags"] == "imputed;outcome_imputed"
    assert result.wards["composite_rank"].notna().all()


def test_a_ranking_without_the_outcome_requires_none():
    dataset = some_wards()
    dataset.loc[0, "tpr"] = np.nan
    result = run_risk(dataset, variables=CHOSEN[1:], require_outcome=True)
    assert result.wards["composite_rank"].notna().all()


def test_too_few_wards_with_the_required_outcome_are_refused():
    dataset = some_wards()
    dataset.loc[2:, "tpr"] = np.nan
    assert refused(dataset, variables=CHOSEN, require_outcome=True).code == "too_few_wards"
