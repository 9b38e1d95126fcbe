"""Rows of one ward that nothing tells apart: refused, averaged or the first kept."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.duplicates import RULES, merge_rows
from analysis.core.errors import BadInput
from analysis.core.matching import match_wards
from analysis.core.names import canonical_table
from analysis.core.pipeline import run_risk
from analysis.joining import join_wards
from analysis.params import DUPLICATES
from analysis.synthetic import make_state

# The mean of 10, 40 and 100, and of 7 alone: what is missing takes no part.
RAIN, MEAN_RAIN, HEIGHT = (10.0, 40.0, 100.0), 50.0, (7.0, np.nan, np.nan)


@pytest.fixture(scope="module")
def state():
    """Forty wards with LGAs but no codes; the third row comes three times with different numbers and words."""
    table, boundaries = make_state(wards=40, lgas=4)
    table = table.drop(columns=[name for name in table.columns if "code" in name.lower()])
    table = pd.concat([table, table.iloc[[2]], table.iloc[[2]]], ignore_index=True)
    table["table_row"] = np.arange(2, len(table) + 2)
    table["remark"] = [f"remark {row}" for row in table["table_row"]]
    table.loc[[2, 40, 41], "rainfall"] = RAIN
    table.loc[[2, 40, 41], "elevation"] = HEIGHT
    return table, boundaries


def joined(state, rule, table=None):
    table, boundaries = (state[0] if table is None else table), state[1]
    report = match_wards(canonical_table(table), boundaries, duplicates=rule)
    return report, *join_wards(table, boundaries, report)


def test_they_are_refused_unless_something_else_is_asked_for(state):
    table, boundaries = state
    for options in ({}, {"duplicates": "refuse"}):
        with pytest.raises(BadInput) as refusal:
            match_wards(canonical_table(table), boundaries, **options)
        assert refusal.value.problem()["where"] == "rows 4, 42, 43"
    assert "average" in refusal.value.problem()["fix"]


@pytest.mark.parametrize(
    ("rule", "rain", "height", "code", "method"),
    [
        ("average", MEAN_RAIN, 7.0, "duplicates_averaged", "averaged_with_row_4"),
        ("first", RAIN[0], HEIGHT[0], "duplicates_first", "duplicate_of_row_4"),
    ],
)
def test_one_row_is_left_and_the_others_are_told(state, rule, rain, height, code, method):
    report, dataset, notes = joined(state, rule)
    (ward,) = dataset[dataset["table_row"] == 4].to_dict("records")
    assert (ward["rainfall"], ward["elevation"]) == (pytest.approx(rain), height)
    assert ward["remark"] == "remark 4"
    pairs = report.pairs.set_index("table_row")
    assert pairs.loc[[42, 43], "method"].tolist() == [method] * 2
    assert pairs.loc[[42, 43], "status"].tolist() == ["unmatched"] * 2
    assert pairs.loc[4, "status"] == "accepted" and len(pairs) == len(state[0])
    (note,) = (note for note in notes if note.code == code)
    assert (note.count, note.severity) == (2, "warning")
    assert note.examples == (f"rows 4, 42, 43: {pairs.loc[4, 'table_name']}",)
    # They are not spoken of as lost: the synthetic state has one row that belongs nowhere, or none.
    clean, clean_dataset, clean_notes = joined(state, "refuse", state[0].iloc[:40])
    assert clean.stands_in == {}
    told = {note.code: note.count for note in [*clean.notes, *clean_notes]}
    assert {note.code: note.count for note in [*report.notes, *notes] if note.code != code} == told
    others = dataset["table_row"] != 4
    assert dataset.loc[others, "rainfall"].equals(clean_dataset.loc[others, "rainfall"])


def test_a_ranking_of_averaged_rows_is_that_of_a_table_with_the_averages(state):
    _, averaged, _ = joined(state, "average")
    by_hand = state[0].iloc[:40].copy()
    by_hand.loc[2, ["rainfall", "elevation"]] = MEAN_RAIN, 7.0
    _, expected, _ = joined(state, "refuse", by_hand)
    names = ["rainfall", "elevation", "u5_tpr_rdt", "housing_quality"]
    ours, theirs = (run_risk(dataset, variables=names).wards for dataset in (averaged, expected))
    assert np.allclose(ours["composite_score"], theirs["composite_score"], rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("rule", ["average", "first"])
def test_rows_with_one_code_and_name_are_settled_alike(state, rule):
    table, boundaries = state
    code = boundaries.loc[boundaries["ward_name"] == table.loc[5, "ward_name"], "ward_code"].iloc[0]
    coded = table.iloc[:40].assign(WardCode="")
    coded.loc[5, "WardCode"] = code
    coded = pd.concat([coded, coded.iloc[[5]].assign(table_row=60, rainfall=1.0)], ignore_index=True)
    report, dataset, _ = joined(state, rule, coded)
    assert report.stands_in == {60: 7}
    (rain,) = dataset.loc[dataset["table_row"] == 7, "rainfall"]
    assert rain == pytest.approx(
        coded.loc[5, "rainfall"] if rule == "first" else (coded.loc[5, "rainfall"] + 1) / 2
    )


def test_a_table_without_them_is_the_same_by_every_rule(state):
    whole = state[0].iloc[:40]
    tables = [merge_rows(whole, joined(state, rule, whole)[0])[0] for rule in RULES]
    assert all(table.equals(whole) for table in tables)


def test_the_order_of_rows_decides_which_is_first_and_nothing_of_the_average(state):
    turned = state[0].iloc[::-1].reset_index(drop=True)
    _, dataset, _ = joined(state, "average", turned)
    assert dataset["rainfall"].tolist() == pytest.approx(
        joined(state, "average")[1]["rainfall"].tolist(), nan_ok=True
    )
    _, dataset, _ = joined(state, "first", turned)
    (ward,) = dataset[dataset["table_row"] == 43].to_dict("records")
    assert ward["rainfall"] == RAIN[2]


def test_rules_are_those_that_the_api_offers_and_no_others(state):
    assert DUPLICATES == RULES
    with pytest.raises(BadInput):
        match_wards(canonical_table(state[0]), state[1], duplicates="guess")
