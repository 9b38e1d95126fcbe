"""What the headers and periods of an export are taken for, and what is told of the rest."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.names import COLUMN_ALIASES
from analysis.core.tpr import months, positivity, schema
from analysis.core.tpr.fields import counts_other_age, indicator_of, outpatient_group
from analysis.core.tpr.periods import read_periods
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table


@pytest.mark.parametrize(
    "header",
    ["PW tested positive for HIV", "PW tested for syphilis", "Tested for Hepatitis B", "Persons tested positive for TB",
     "Persons tested for COVID-19", "Pregnant women tested for Hep B"],
)  # fmt: skip
def test_tests_for_other_diseases_are_no_counts(header):
    assert indicator_of(header) is None and not counts_other_age(header)


@pytest.mark.parametrize(
    "header",
    ["Persons tested positive for malaria by RDT 5-14 yrs", "Persons tested for malaria by RDT 5–14yrs",
     "tested_rdt_5_14", "tested rdt 5-14", "pos_ov15", "Tested by RDT 15 yrs and older", "Tested by RDT 5 and below",
     "Tested by RDT >=15 yrs", "Tested by RDT 15+", "Tested by microscopy <1 year", "Tested by RDT 6-59 months",
     "PW tested by RDT 10-19 yrs", "Tested by RDT 50 years and above", "Tested by RDT <50"],
)  # fmt: skip
def test_other_age_groups_are_not_taken_for_everybody(header):
    assert indicator_of(header) is None and counts_other_age(header)


@pytest.mark.parametrize(
    ("header", "group"),
    [("Tested by RDT <5yrs", "u5"), ("Tested by RDT 0-59 months", "u5"), ("Tested by RDT 0 - 4 yrs", "u5"),
     ("Tested by RDT under five", "u5"), ("Tested by RDT ≥5yrs (excl PW)", "o5"), ("Tested by RDT 5yrs+", "o5"),
     ("Tested by RDT 5 years and above", "o5"), ("test_ov5", "o5"), ("test_over5", "o5"), ("Tested 5 yrs and older", "o5"),
     ("Tested 5yrs & above", "o5"), ("Tested 5yrs and above", "o5"), ("Tested 5years and older", "o5"),
     ("tested_0_4", "u5"), ("tested_rdt_0_59m", "u5"), ("Tested by RDT", "all"), ("Tested by RDT Preg Women (PW)", "pw")],
)  # fmt: skip
def test_the_age_groups_that_are_counted_stay(header, group):
    assert indicator_of(header).group == group


@pytest.mark.parametrize(
    "header",
    ["Tested negative by RDT <5yrs", "rdt_neg_u5", "Persons tested not positive", "Non-positive by RDT", "Persons not tested",
     "Persons with fever not yet tested"],
)  # fmt: skip
def test_those_without_malaria_are_neither_tested_nor_positive(header):
    assert indicator_of(header) is None and not counts_other_age(header)


def test_a_file_of_tested_and_negative_has_no_pair():
    found = schema.detect(table(**{"Ward": ["a"], RDT_U5: [9], "Tested negative by RDT <5yrs": [4]}))
    assert found.pairs() == [] and found.notes == []


@pytest.mark.parametrize(
    ("header", "field"),
    [("test_mic_u5", "u5_microscopy_tested"), ("pos_mic_u5", "u5_microscopy_positive"), ("pres_u5", "u5_presumed"),
     ("Presumed malaria (not tested) <5yrs", "u5_presumed"),
     ("Persons clinically diagnosed with Malaria treated with ACT <5yrs", "u5_presumed"),
     ("Presumed malaria cases given ACT <5yrs", "u5_presumed")],
)  # fmt: skip
def test_short_headers_and_presumed_cases(header, field):
    assert indicator_of(header).field == field


@pytest.mark.parametrize(
    "header",
    ["Malaria cases given ACT <5yrs", "Confirmed uncomplicated malaria given ACT <5yrs", "Presumed malaria deaths <5yrs",
     "PW given intermittent presumptive treatment", "Clinically diagnosed and tested positive, given ACT"],
)  # fmt: skip
def test_treatment_alone_counts_nothing(header):
    assert indicator_of(header) is None


def test_all_presumed_cases_come_before_the_treated_ones():
    given, whole = "Presumed malaria cases given ACT <5yrs", "Presumed malaria cases <5yrs"
    found = schema.detect(table(**{"Ward": ["a"], given: [2], whole: [3], RDT_U5: [2], RDT_U5_POS: [1]}))
    assert found.as_dict()["u5_presumed"] == whole
    (note,) = found.notes
    assert (note.code, note.examples) == ("columns_count_the_same", (f"{given} (taken: {whole})",))


def test_columns_without_an_age_beside_under_fives_alone_are_told():
    every = {"Tested by RDT": [5], "Positive by RDT": [2]}
    beside = {"Ward": ["a"], RDT_U5: [2], RDT_U5_POS: [1], **every}
    (note,) = schema.detect(table(**beside)).notes
    assert (note.code, note.examples) == ("all_ages_doubtful", tuple(every))
    assert "none is of five and over" in note.message
    older = {"Tested by RDT ≥5yrs": [3], "Positive by RDT ≥5yrs": [1]}
    assert schema.detect(table(**beside, **older)).notes == []
    said = {"o5_rdt_tested": "Tested by RDT", "o5_rdt_positive": "Positive by RDT"}
    found = schema.detect(table(**beside), said)
    assert found.pairs() == [("u5", "rdt"), ("o5", "rdt")] and found.notes == []
    assert schema.detect(table(Ward=["a"], **every)).notes == []


def test_figures_of_all_ages_say_which_age_is_missing():
    under, over, every, women = ("u5", "rdt"), ("o5", "rdt"), ("all", "rdt"), ("pw", "any")
    everybody = positivity.Choice("all_ages")
    (note,) = positivity.age_notes([under, women], everybody)
    assert note.code == "all_ages_incomplete"
    assert "no columns of five and over" in note.message
    assert "of under five, pregnant women only" in note.message
    for whole in ([under, over], [under, every], [every]):
        assert positivity.age_notes(whole, everybody) == []
    assert positivity.age_notes([under], positivity.Choice("u5")) == []


def test_columns_of_other_ages_are_named_in_a_note():
    other = "Persons tested positive for malaria by RDT 5-14 yrs"
    frame = table(**{"Ward": ["a"], RDT_U5: [2], RDT_U5_POS: [1], other: [7]})
    found = schema.detect(frame)
    assert found.pairs() == [("u5", "rdt")]
    (note,) = found.notes
    assert (note.code, note.examples) == ("other_age_groups", (other,))
    assert outpatient_group("Outpatients 5-14 yrs") is None and outpatient_group("Outpatients <5") == "u5"


def test_the_headers_of_places_are_those_of_every_table():
    """D-10: one registry."""
    for name, column in (
        ("state", "state_name"),
        ("lga", "lga_name"),
        ("ward", "ward_name"),
        ("ward_code", "ward_code"),
    ):
        for alias in COLUMN_ALIASES[column]:
            if alias == "Name":
                continue
            found = schema.detect(table(**{alias: ["x"], RDT_U5: [2], RDT_U5_POS: [1]}))
            assert found.places == {name: alias}


def test_rows_that_tell_only_a_year_among_months_are_counted_and_told():
    frame = table(**{"Ward": list("abcd"), "period": ["2024-01", "2023", "2022", "2022"], RDT_U5: [1, 2, 3, 4],
                     RDT_U5_POS: [1, 1, 1, 1]})  # fmt: skip
    made = reports(frame)
    (note,) = [note for note in made.notes if note.code == "periods_without_month"]
    assert (note.count, note.examples) == (3, ("2023", "2022"))
    kept = months.select(made, np.array([True, True, False, False]), made.notes)
    assert kept.periods.year_only_count == 3
    yearly = reports(frame.assign(period=pd.Categorical(["2024", "2023", "2022", "2022"])))
    assert not [note for note in yearly.notes if note.code == "periods_without_month"]
    parted = table(
        **{
            "Ward": ["a", "b"],
            "Year": [2024, 2023],
            "Month": ["Jan", None],
            RDT_U5: [1, 2],
            RDT_U5_POS: [1, 1],
        }
    )
    assert "periods_without_month" in [note.code for note in reports(parted).notes]


def test_days_as_excel_counts_them_are_dates_if_all_of_the_column_are():
    serials = pd.Series([44197.0, 44228.0, np.nan, 44228.0], name="period")
    read = read_periods(serials, None, None)
    assert read.month.tolist() == [24252, 24253, -1, 24253] and read.unreadable_count == 0
    mixed = read_periods(pd.Series(["44197", "Feb 2021"], name="period"), None, None)
    assert mixed.month.tolist() == [-1, 24253] and mixed.unreadable == ("44197",)
    # Numbers that an export gives its periods are no days.
    assert not read_periods(serials.rename("periodid"), None, None).known.any()


def test_dates_with_a_time_or_a_short_year_tell_which_comes_first():
    american = pd.Series(["1/1/24 0:00", "2/1/24 0:00", "3/1/24 0:00"])
    assert read_periods(american, None, None).month.tolist() == [24288, 24289, 24290]
    assert read_periods(pd.Series(["05/03/24", "07/04/24"]), None, None).either_way == (
        "05/03/24",
        "07/04/24",
    )


def test_of_several_columns_of_periods_the_one_that_can_be_read_is_taken():
    quarters = ["Jan to Mar 2024", "Apr to Jun 2024", "2024-07"]
    columns = {"Ward": list("abc"), RDT_U5: [2, 2, 2], RDT_U5_POS: [1, 1, 1], "periodname": quarters}
    codes = ["202401", "202404", "202407"]
    assert schema.detect(table(**columns, periodcode=codes)).places["period"] == "periodcode"
    named = {**columns, "periodname": ["Jan 2024", "Apr 2024", "Jul 2024"]}
    assert schema.detect(table(**named, periodcode=codes)).places["period"] == "periodname"
    assert schema.detect(table(**columns, periodcode=["a", "b", "c"])).places["period"] == "periodname"
    asked = schema.detect(table(**columns, periodcode=codes), {"period": "periodname"})
    assert asked.places["period"] == "periodname"


@pytest.mark.parametrize(("last", "told"), [("2024-07", False), ("Jul to Sep 2024", True)])
def test_where_most_periods_can_not_be_read_copies_can_not_be_found_and_that_is_said(last, told):
    period = ["2024-01", "2024-04", "Jan to Mar 2024", last, "Q4" if told else "2024-08"]
    made = reports(table(**{"Ward": list("abcde"), "period": period, RDT_U5: [2] * 5, RDT_U5_POS: [1] * 5}))
    (note,) = [note for note in made.notes if note.code == "unreadable_periods"]
    assert ("twice" in note.message) == told


def test_counts_that_are_no_whole_numbers_are_counted_and_told():
    frame = table(**{"Ward": ["a", "b", "c"], "period": ["2024-01"] * 3, RDT_U5: [1.234, np.nan, 7.0],
                     RDT_U5_POS: [1.0, 2.0, 2.5], "Presumed malaria <5yrs": [3.0, np.nan, 0.5]})  # fmt: skip
    made = reports(frame)
    (note,) = [note for note in made.notes if note.code == "counts_not_whole"]
    assert (note.severity, note.count) == ("warning", 3)
    told = ("2: " + RDT_U5 + ": 1.234", "4: " + RDT_U5_POS + ": 2.5", "4: Presumed malaria <5yrs: 0.5")
    assert [example.removeprefix("row ") for example in note.examples] == list(told)
    assert "sets off thousands" in note.message
    assert made.counts[0, 0].tolist() == [1.234, 1.0] and made.presumed["u5"][2] == 0.5
    whole = reports(
        frame.assign(**{RDT_U5: [9.0, 9, 9], RDT_U5_POS: [1.0, 2, 3], "Presumed malaria <5yrs": 1.0})
    )
    assert "counts_not_whole" not in [note.code for note in whole.notes]
