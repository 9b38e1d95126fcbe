"""What the headers and periods of an export are taken for, and what is told of the rest."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.names import COLUMN_ALIASES
from analysis.core.tpr import months, schema
from analysis.core.tpr.fields import counts_other_age, indicator_of, outpatient_group
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
     "Tested by RDT >=15 yrs", "Tested by RDT 15+", "Tested by microscopy <1 year", "Tested by RDT 6-59 months",
     "PW tested by RDT 10-19 yrs", "Tested by RDT 50 years and above", "Tested by RDT <50"],
)  # fmt: skip
def test_other_age_groups_are_not_taken_for_everybody(header):
    assert indicator_of(header) is None and counts_other_age(header)


@pytest.mark.parametrize(
    ("header", "group"),
    [("Tested by RDT <5yrs", "u5"), ("Tested by RDT 0-59 months", "u5"), ("Tested by RDT 0 - 4 yrs", "u5"),
     ("Tested by RDT under five", "u5"), ("Tested by RDT ≥5yrs (excl PW)", "o5"), ("Tested by RDT 5yrs+", "o5"),
     ("Tested by RDT 5 years and above", "o5"), ("Tested by RDT", "all"), ("Tested by RDT Preg Women (PW)", "pw")],
)  # fmt: skip
def test_the_age_groups_that_are_counted_stay(header, group):
    assert indicator_of(header).group == group


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
