"""Rows that are the total of a ward: found by name and size, told, and left out only when asked."""

import numpy as np
import pytest

from analysis.core.tpr import positivity, totals
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table


@pytest.fixture
def made():
    """Ward A has two facilities and its total, in two months; the maternity ward of B is a place like the others."""
    rows = [("A", "one", 100, 40), ("A", "two", 50, 10), ("A", "kw A Ward", 149, 50), ("B", "Health Post", 90, 30),
            ("B", "Maternity Ward", 40, 5)]  # fmt: skip
    both = [(f"2024-{month:02d}", *row) for month in (1, 2) for row in rows]
    return reports(table(**{"LGA": ["L"] * 10, "Ward": [row[1] for row in both], "Facility": [row[2] for row in both],
                            "period": [row[0] for row in both], RDT_U5: [row[3] for row in both],
                            RDT_U5_POS: [row[4] for row in both]}))  # fmt: skip


def test_a_total_is_named_after_its_ward_and_as_large_as_all_its_other_facilities(made):
    found = totals.ward_totals(made)
    # 149 + 50 in each of two months; the others 150 + 50.
    assert found[["name", "counted", "others", "reports"]].values.tolist() == [["kw A Ward", 398, 400, 2]]
    (note,) = totals.totals_notes(found, "keep")
    assert (note.severity, note.count, note.examples) == ("warning", 1, ("kw A Ward: 398 ≈ 400",))


def test_without_it_the_persons_count_once_and_the_facility_is_none(made):
    left = totals.without_totals(made, totals.ward_totals(made))
    sums = positivity.select_sums(positivity.sum_reports(left, left.ward, 2), positivity.Choice())
    assert sums[["tested", "positive"]].values.tolist() == [[300, 100], [260, 70]]
    assert left.facilities["facility"].tolist() == ["one", "two", "Health Post", "Maternity Ward"]
    assert np.array_equal(np.unique(left.facility), np.arange(4))
    assert totals.ward_totals(left).empty and totals.totals_notes(totals.ward_totals(left), "keep") == []
