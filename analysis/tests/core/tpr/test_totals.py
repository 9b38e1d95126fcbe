"""Rows that are the total of an area: found by name and size, told, and left out only when asked."""

import numpy as np
import pytest

from analysis.core.tpr import positivity, totals
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table

ROWS = [("L", "A", "one", 100, 40), ("L", "A", "two", 50, 10), ("L", "A", "kw A Ward", 149, 50),
        ("L", "B", "Health Post", 90, 30), ("L", "B", "Maternity Ward", 40, 5)]  # fmt: skip
WIDER = [("L", None, "kw L Local Government Area", 270, 80), (None, None, "kw Kwara State", 280, 85)]


def exported(rows):
    both = [(f"2024-{month:02d}", *row) for month in (1, 2) for row in rows]
    names = ("period", "LGA", "Ward", "Facility", RDT_U5, RDT_U5_POS)
    return reports(table(**{name: [row[k] for row in both] for k, name in enumerate(names)}))


@pytest.fixture
def made():
    """Ward A has two facilities and its total, in two months; the maternity ward of B is a place like the others."""
    return exported(ROWS)


def test_a_total_is_named_after_its_ward_and_as_large_as_all_its_other_facilities(made):
    found = totals.area_totals(made)
    # 149 + 50 in each of two months; the others 150 + 50.
    assert found[["name", "counted", "others", "reports"]].values.tolist() == [["kw A Ward", 398, 400, 2]]
    (note,) = totals.totals_notes(found, "keep")
    assert (note.severity, note.count, note.examples) == ("warning", 1, ("kw A Ward: 398 ≈ 400",))


def test_lgas_and_states_are_found_among_what_names_no_ward_and_no_total_is_part_of_another():
    found = totals.area_totals(exported([*ROWS, *WIDER]))
    # The facilities of both wards test 280 and find 85 a month.
    assert found[["name", "counted", "others"]].values.tolist() == [
        ["kw A Ward", 398, 400], ["kw L Local Government Area", 700, 730], ["kw Kwara State", 730, 730],
    ]  # fmt: skip


def test_without_it_the_persons_count_once_and_the_facility_is_none(made):
    left = totals.without_totals(made, totals.area_totals(made))
    sums = positivity.select_sums(positivity.sum_reports(left, left.ward, 2), positivity.Choice())
    assert sums[["tested", "positive"]].values.tolist() == [[300, 100], [260, 70]]
    assert left.facilities["facility"].tolist() == ["one", "two", "Health Post", "Maternity Ward"]
    assert np.array_equal(np.unique(left.facility), np.arange(4))
    assert totals.area_totals(left).empty and totals.totals_notes(totals.area_totals(left), "keep") == []
