"""What a user may decide beside the variables: zone, outcome, where tiers are cut, a PCA against its tests."""

import numpy as np
import pytest

from analysis.core.dataset import build_dataset
from analysis.core.matching import match_wards
from analysis.core.pipeline import run_risk
from analysis.figures.charts import figure_specs
from analysis.synthetic import make_state
from analysis.tests.core.test_pipeline import CHOSEN, codes, refused, some_wards
from analysis.writers.workbook import result_sheets

FORCED = "; forced although the tests do not allow a PCA"


def unrelated():
    """A made-up state with three columns of noise, for which the tests of the PCA fail."""
    table, boundaries = make_state(seed=5, wards=40, lgas=4)
    noise = {
        name: table["rainfall"].sample(frac=1, random_state=k).to_numpy() for k, name in enumerate("abc")
    }
    return build_dataset(table.assign(**noise), boundaries, match_wards(table, boundaries))[0]


def test_a_chosen_zone_decides_which_variables_are_the_default():
    """North East: outcome, rainfall of its list; South East: outcome, housing quality, elevation (zones.py)."""
    north = run_risk(some_wards(), zone="North East")
    south = run_risk(some_wards(), zone="South East")
    assert north.parameters["variables"] == ["rainfall", "tpr"]
    assert south.parameters["variables"] == ["elevation", "housing_quality", "tpr"]
    assert (north.parameters["zones"], south.summary()["zones"]) == (["North East"], ["South East"])


def test_the_chosen_outcome_takes_the_slot_and_is_not_filled():
    dataset = some_wards()
    dataset.loc[3, "rainfall"] = np.nan
    usual = run_risk(dataset, zone="South East")
    chosen = run_risk(dataset, zone="South East", outcome="Rainfall")
    assert (usual.parameters["outcome"], chosen.parameters["outcome"]) == ("tpr", "rainfall")
    assert chosen.parameters["variables"] == ["elevation", "housing_quality", "rainfall"]
    assert chosen.parameters["imputation"]["rainfall"] == "none"
    assert "outcome_not_filled" in codes(chosen) and not len(chosen.imputation)


def test_an_outcome_that_is_not_used_is_noted():
    result = run_risk(some_wards(), variables=["tpr", "rainfall"], outcome="elevation")
    assert result.parameters["outcome"] == "tpr"
    (note,) = (note for note in result.notes if note.code == "outcome_not_used")
    assert note.examples == ("elevation",)


@pytest.mark.parametrize(
    ("cut", "high", "low"), [("thirds", 8, 8), ("quartiles", 6, 6), ("quintiles", 4, 4), ((0.1, 0.5), 2, 12)]
)
def test_tiers_are_cut_where_asked(cut, high, low):
    """Of 24 wards: ⌊24·share⌋ are High and Low."""
    result = run_risk(some_wards(), variables=CHOSEN, cut=cut)
    for tiers in (result.wards["composite_tier"], result.wards["pca_tier"]):
        assert (tiers == "High").sum() == high and (tiers == "Low").sum() == low
    assert result.parameters["cut"] == result.summary()["cut"] == (cut if isinstance(cut, str) else list(cut))


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ({"zone": "Middle Belt"}, "unknown_zone"),
        ({"outcome": "fever"}, "unknown_variable"),
        ({"cut": "halves"}, "unknown_cut"),
        ({"cut": (0.7, 0.4)}, "unknown_cut"),
        ({"cut": (0.0, 0.4)}, "unknown_cut"),
        ({"cut": (float("nan"), 0.4)}, "unknown_cut"),
        ({"cut": (0.2,)}, "unknown_cut"),
    ],
)
def test_what_makes_no_sense_is_refused(option, code):
    problem = refused(some_wards(), variables=CHOSEN, **option).problem()
    assert problem["code"] == code and problem["fix"]


def test_a_forced_pca_is_called_forced_wherever_its_numbers_stand():
    plain = run_risk(unrelated(), variables=list("abc"))
    forced = run_risk(unrelated(), variables=list("abc"), force_pca=True)
    ranked = forced.wards["composite_rank"].notna()
    assert plain.wards["pca_rank"].isna().all() and not plain.summary()["pca_forced"]
    assert (forced.wards["pca_rank"].notna() == ranked).all() and forced.summary()["pca_forced"]
    assert forced.parameters["force_pca"] and forced.parameters["pca_forced"]
    assert (forced.wards["flags"].str.contains("pca_forced") == ranked).all()
    assert not plain.wards["flags"].str.contains("pca_forced").any()
    sheets = result_sheets(forced)
    meanings = sheets["Columns"].set_index("column")["meaning"]
    assert all(meanings[name].endswith(FORCED) for name in ("pca_score", "pca_rank", "pca_tier"))
    assert "pca_forced" in codes(forced)
    titles = {name: figure.title for name, figure in figure_specs(forced).items()}
    for name in ("map_pca_rank", "map_pca_tier", "comparison_ranks"):
        assert "forced" in titles[name], name
    assert "forced" in figure_specs(forced)["workflow"].alt
    for name in ("map_pca_rank", "comparison_ranks", "tier_table"):
        assert "forced" in figure_specs(forced)[name].svg(), name


def test_a_pca_that_its_tests_allow_is_not_called_forced():
    result = run_risk(some_wards(), variables=CHOSEN, force_pca=True)
    assert result.pca.suitable and not result.summary()["pca_forced"]
    assert not result.wards["flags"].str.contains("pca_forced").any()
