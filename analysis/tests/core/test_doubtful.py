"""Values that are hardly measurements are told with ward, row and value."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.doubtful import missing_codes, unit_of, value_notes
from analysis.core.pipeline import run_risk
from analysis.core.profile import profile_variables
from analysis.tests.core.conftest import wards_with
from analysis.writers.workbook import result_sheets

WARDS = 24


def world(**spoiled):
    """Wards with plausible values; `spoiled` puts a value into the fourth ward, whose row is 5."""
    rng = np.random.default_rng(3)
    wards = wards_with(
        {
            "pfpr": rng.uniform(0.1, 0.5, WARDS),
            "rainfall": rng.uniform(900, 1200, WARDS),
            "temp": rng.uniform(24, 31, WARDS),
            "score": rng.uniform(10, 60, WARDS),
        },
        6,
    )
    wards["table_row"] = np.arange(WARDS) + 2
    for name, value in spoiled.items():
        wards.loc[3, name] = value
    return wards


@pytest.mark.parametrize(
    ("name", "value"),
    [("pfpr", -999), ("rainfall", -999), ("temp", 9999), ("temp", -99), ("score", -99), ("score", 999),
     ("rainfall", 1e20)],
)  # fmt: skip
def test_a_missing_value_code_is_named_with_ward_and_row(name, value):
    wards = world(**{name: value})
    notes = run_risk(wards, variables=["pfpr", "rainfall", "temp", "score"]).notes
    (note,) = (note for note in notes if note.code == "missing_value_code")
    assert note.severity == "warning" and note.message.startswith(f"{name}: {value:g} ")
    assert note.examples == (f"{wards.loc[3, 'ward_name']}, row 5, {value:g}",)
    assert not any("do not depend" in note.message for note in notes)
    assert "out_of_range" not in [note.code for note in notes]


def test_it_is_told_before_the_ranking_and_the_value_stands():
    wards = world(pfpr=-999)
    profile = profile_variables(wards).set_index("variable")
    assert [note["code"] for note in profile.loc["pfpr", "notes"]] == ["missing_value_code"]
    assert profile.loc["rainfall", "notes"] == []
    assert run_risk(wards, variables=["pfpr", "rainfall"]).wards.loc[3, "pfpr"] == -999


@pytest.mark.parametrize(
    ("values", "valid"),
    [
        ([911, 999, 1500, 3467], (-1, 1)),  # a vegetation index stored ×10,000
        ([200, 9999, 14_000], (0, np.inf)),  # metres to water
        ([-999, -1200, -400, 300], None),  # negative values are usual here
        ([999, 1010, 950], (0, 6000)),
        ([np.nan, np.nan, 5.0], None),
    ],
)
def test_a_measurement_that_looks_like_a_code_is_not_one(values, valid):
    assert not missing_codes(np.array(values, dtype=float), valid).any()


def test_codes_are_found_with_and_without_a_range():
    assert missing_codes(np.array([-999, 911, 1500, 3467.0]), (-1, 1)).tolist() == [True, False, False, False]
    assert missing_codes(np.array([-999.0, -999.0, np.nan]), (0, 1)).tolist() == [True, True, False]
    assert missing_codes(np.array([5, 6, 7, 99999.0]), None).tolist() == [False, False, False, True]


def out_of_range(values):
    notes = value_notes(pd.DataFrame({"evi": values}), pd.DataFrame(index=range(len(values))))
    (note,) = (note for note in notes if note.code == "out_of_range")
    return note


def test_multiplied_is_said_only_where_all_values_agree():
    stored = np.linspace(911, 3467, 40)
    assert "multiplied by 10,000" in out_of_range(stored).message
    assert "ranks do not depend on that" in out_of_range(stored).message
    one = out_of_range(np.append(np.linspace(0.1, 0.4, 39), 3467))
    assert "multiplied" not in one.message and one.examples == ("3467",)
    assert "multiplied" not in out_of_range(np.append(stored, 20_000)).message
    with_code = out_of_range(np.append(stored, -9999))
    assert "multiplied" in with_code.message and "do not depend" not in with_code.message


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [
        ("mean_rainfall", [80, 100, 119], "unit not stated; usually mm per year, 200 to 6000"),
        ("mean_rainfall", [800, 1000, 1190], "mm per year"),
        ("mean_rainfall", [800, 1000, 1190, -999, -999, -999, -999], "mm per year"),
        ("mean_EVI", [911, 2000, 3467], "unit not stated; usually index, -1 to 1"),
        ("EVI", [0.1, 0.2, 0.3], "index"),
        ("distance", [np.nan, 200, 4000], "m"),
        ("flood", [5, 7], "share"),
        ("rainfall", [np.nan], "mm per year"),
        ("something", [1, 2], ""),
    ],
)
def test_a_unit_is_named_only_where_the_values_fit_it(name, values, unit):
    assert unit_of(name, np.array(values, dtype=float)) == unit


def test_profile_summary_and_workbook_tell_the_unit_alike():
    wards = world()
    wards["rainfall"] /= 12
    said = "unit not stated; usually mm per year, 200 to 6000"
    assert profile_variables(wards).set_index("variable").loc["rainfall", "unit"] == said
    result = run_risk(wards, variables=["pfpr", "rainfall"])
    assert result.summary()["units"] == {"pfpr": "proportion", "rainfall": said}
    columns = result_sheets(result)["Columns"].set_index("column")["unit"]
    assert columns["rainfall"] == said and columns["pfpr"] == "proportion"
