"""Positive among outpatients: for urban wards of high positivity, in a table of its own, with the reason elsewhere."""

import numpy as np
import pytest

from analysis.core.tpr import outpatients
from analysis.core.tpr.positivity import Choice
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table

ATTENDANCE = "Total number of all outpatient attendance"


def found_for(seen, urban, choice=Choice(), **more):  # noqa: B008
    n = len(urban)
    frame = table(**{"Ward": list("ABCDEF"[:n]), **({ATTENDANCE: seen} if seen else {}), RDT_U5: [100] * n,
                     RDT_U5_POS: more.pop("positive", [80] * n), **more})  # fmt: skip
    made = reports(frame)
    rates = 100 * made.counts[:, 0, 1] / made.counts[:, 0, 0]
    wards = made.wards.assign(ward_code=list("ABCDEF"[:n]), tpr_percent=rates)
    return made, outpatients.outpatient_table(made, made.ward, wards, choice, np.array(urban, dtype=float))


def test_it_is_for_urban_wards_of_high_positivity_and_says_why_not_elsewhere():
    _, found = found_for(
        [200, 200, 0, 200, 200, 200], [90, 10, 90, np.nan, 50, 90], positive=[80, 80, 80, 80, 80, 50]
    )
    assert found["outpatient_percent"][[0, 4]].tolist() == pytest.approx([40, 40])
    assert found["outpatient_percent"][[1, 2, 3, 5]].isna().all()
    assert found["flags"].tolist() == [
        "outpatient_rate", "not_urban", "no_outpatients", "urban_unknown", "outpatient_rate", "positivity_not_high",
    ]  # fmt: skip


def test_a_negative_attendance_is_missing_and_told_with_its_place():
    made, found = found_for([200, -5], [90, 90])
    assert found["outpatient_percent"].notna().tolist() == [True, False]
    (note,) = (one for one in made.notes if one.code == "negative_counts")
    assert (note.count, note.examples) == (1, (f"row 3: {ATTENDANCE}",))


def test_attendance_of_the_age_group_goes_before_that_of_all():
    _, found = found_for([400], [90], **{"Outpatient attendance <5yrs": [160]})
    assert found["outpatient_percent"][0] == pytest.approx(50)


def test_a_file_without_attendance_and_a_map_without_urban_shares_are_told():
    made, found = found_for(None, [90])
    (note,) = outpatients.outpatient_notes(made, found, Choice())
    assert note.code == "no_outpatient_rate" and "no column of these outpatients" in note.message
    assert found["outpatient_percent"].isna().all() and found["outpatients"].isna().all()
    made, found = found_for([200], [np.nan])
    (note,) = outpatients.outpatient_notes(made, found, Choice())
    assert note.code == "no_outpatient_rate" and "urban share" in note.message
    made, found = found_for([200], [90])
    (note,) = outpatients.outpatient_notes(made, found, Choice())
    assert (note.code, note.count) == ("outpatient_rate", 1) and "of all ages" in note.message
