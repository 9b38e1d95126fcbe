"""One level for a facility, in its counts and in what is expected of it alike."""

import numpy as np
import pytest

from analysis.core.tpr import burden, months, positivity, quality
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table

PRIMARY = positivity.Choice(level="primary")


def made(levels, facilities="f", periods=None):
    n = len(levels)
    periods = periods or [f"2024-{month:02d}" for month in range(1, n + 1)]
    units = [facilities] * n if isinstance(facilities, (str, type(None))) else facilities
    return reports(table(**{"LGA": ["L"] * n, "Ward": ["A"] * n, "Facility": units, "period": periods, "Level": levels,
                            RDT_U5: [10] * n, RDT_U5_POS: [1] * n}))  # fmt: skip


def told(found):
    return {note.code: (note.severity, note.examples) for note in found.notes}


def test_a_blank_level_is_that_of_the_facility_in_counts_and_in_reporting():
    found = made([None, "Primary", "Primary", "Primary", "Primary", "Primary"])
    by_level = quality.reporting(found, found.ward, 1, level="primary")
    cube = positivity.sum_reports(found, found.ward, 1)
    sums = positivity.select_sums(cube, PRIMARY)
    periods = positivity.reported_periods(cube, PRIMARY)
    assert (by_level.received.sum(), by_level.expected.sum(), by_level.rate[0]) == (6, 6, 1.0)
    assert burden.reports_due(found, found.ward, 1, PRIMARY, periods) == (np.array([6]), np.array([6]))
    assert sums.loc[0, ["tested", "reports"]].tolist() == [60, 6]
    assert told(found) == {"levels_filled": ("info", ("row 2",))}


@pytest.mark.parametrize(
    ("levels", "level", "differs"),
    [
        (["Primary", "Primary", "Secondary"], 0, ("row 4",)),
        (["Primary", "Secondary"], 1, ("row 2",)),
        (["Secondary", "Primary"], 0, ("row 2",)),
    ],
)
def test_of_several_levels_a_facility_has_the_one_most_reports_state_or_else_the_latest(
    levels, level, differs
):
    found = made(levels)
    assert set(found.level) == {level} and found.facilities["level"].tolist() == [level]
    assert told(found)["levels_differ"] == ("warning", differs)


@pytest.mark.parametrize("facilities", [None, "f"])
def test_reports_that_may_be_of_several_facilities_keep_their_levels(facilities):
    found = made(["Primary", "Secondary"], facilities, ["2024-01"] * 2)
    assert found.level.tolist() == [0, 1] and "levels_differ" not in told(found)
    by_level = quality.reporting(found, found.ward, 1, level="secondary")
    assert (by_level.received.sum(), by_level.expected.sum()) == (1, 1)


def test_levels_survive_the_search_for_copies():
    found = months.without_copies(made(["Primary", None, None]))
    assert found.level.tolist() == [0, 0, 0] and "levels_filled" in told(found)
