"""Reports that stand in a file twice: left out only where nothing speaks against a copy."""

import pytest

from analysis.core.tpr import months
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table

OUTPATIENTS = "Total number of all outpatient attendance"
PRESUMED = "Persons Clinically diagnosed with Malaria treated with ACT <5yrs"


def made(**columns):
    n = 3
    frame = table(**{"LGA": ["L"] * n, "Ward": ["A"] * n, "period": ["2024-01"] * n, RDT_U5: [10, 10, 20],
                     RDT_U5_POS: [4, 4, 5], **columns})  # fmt: skip
    found = months.without_copies(reports(frame))
    return found.line.tolist(), {note.code: note.examples for note in found.notes}


@pytest.mark.parametrize("columns", [{}, {"Facility": [None, None, "x"]}])
def test_without_a_facility_two_reports_may_be_of_two(columns):
    lines, told = made(**columns)
    assert lines == [2, 3, 4] and told["alike_reports"] == ("row 2", "row 3")
    assert "repeated_reports" not in told and "copied_reports" not in told


@pytest.mark.parametrize("column", [{"Sex": ["Male", "Female", "Male"]}, {OUTPATIENTS: [50, 70, 50]},
                                    {PRESUMED: [5, 7, 1]}, {OUTPATIENTS: [50, None, 50]}, {"Batch": [1, 2, 3]},
                                    {"Level": ["Primary", "Secondary", "Primary"]}])  # fmt: skip
def test_reports_that_differ_in_another_column_are_told_and_counted(column):
    lines, told = made(Facility=["f", "f", "g"], **column)
    assert lines == [2, 3, 4] and told["alike_reports"] == ("row 2", "row 3")


def test_a_report_that_repeats_another_in_all_its_cells_is_left_out():
    lines, told = made(Facility=["f", "F", "g"], Sex=["Male", "Male", None], **{OUTPATIENTS: [50, 50, None]})
    assert lines == [2, 4] and told["copied_reports"] == ("row 3",) and "alike_reports" not in told


@pytest.mark.parametrize(
    "column", [{"S/N": [1, 2, 3]}, {"UID": ["a7", "b8", "c9"]}, {"Level": ["Primary", None, "Primary"]}]
)
def test_a_running_number_and_a_blank_level_make_no_other_report(column):
    """The number is the row's; the level is the facility's, which its other rows state."""
    lines, told = made(Facility=["f", "f", "g"], **column)
    assert lines == [2, 4] and told["copied_reports"] == ("row 3",)


def test_a_column_named_as_a_running_number_that_has_one_twice_is_none():
    lines, told = made(Facility=["f", "f", "g"], **{"No": [1, 2, 2]})
    assert lines == [2, 3, 4] and told["alike_reports"] == ("row 2", "row 3")
