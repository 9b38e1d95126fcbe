"""Presumed cases, reporting and years are those of the persons, facilities and time asked for; blank months are none."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.tpr import burden, positivity, quality, trends
from analysis.core.tpr.positivity import Choice
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table

PRESUMED = "Presumed malaria <5yrs"


def year(first, count, number=2023):
    return [f"{number}-{month:02d}" for month in range(first, first + count)]


@pytest.fixture
def made():
    """Ward A with a primary (f) and a secondary facility (g), ward B with a primary one (h) that missed February."""
    return reports(table(**{
        "Ward": ["A", "A", "A", "A", "B"], "Facility": ["f", "f", "g", "g", "h"],
        "Level": ["Primary", "Primary", "Secondary", "Secondary", "Primary"],
        "Period": ["2023-01", "2023-02", "2023-01", "2023-02", "2023-01"],
        RDT_U5: [100, 100, 50, 50, 10], RDT_U5_POS: [40, 50, 5, 5, 1], PRESUMED: [5, np.nan, 7, 1, np.nan],
    }))  # fmt: skip


def presumed(made, choice):
    cube = positivity.sum_reports(made, made.ward, 2)
    return burden.presumed_cases(made, made.ward, 2, choice, positivity.reported_periods(cube, choice))


def test_presumed_cases_follow_level_and_period_and_stay_missing(made):
    for choice, expected in (
        (Choice(), 13.0),
        (Choice(level="primary"), 5.0),
        (Choice(period="2023-01"), 12.0),
        (Choice(level="secondary", period="2023-02"), 1.0),
    ):
        found = presumed(made, choice)
        assert found[0] == expected and np.isnan(found[1]), choice


def test_a_column_of_all_ages_stands_for_all_ages_only():
    columns = {
        "Ward": ["A"],
        "Period": ["2023-01"],
        RDT_U5: [9],
        RDT_U5_POS: [3],
        "Presumed malaria cases": [4],
    }
    made = reports(table(**columns))
    assert list(made.presumed) == ["all"]
    cube = positivity.sum_reports(made, made.ward, 1)
    months = positivity.reported_periods(cube, Choice())
    assert burden.presumed_cases(made, made.ward, 1, Choice(), months) is None
    assert burden.presumed_cases(made, made.ward, 1, Choice("all_ages"), months).tolist() == [4]


def test_reports_are_due_from_the_facilities_and_in_the_time_of_the_choice(made):
    for choice, received, expected in (
        (Choice(), [4, 1], [4, 2]),
        (Choice(level="primary"), [2, 1], [2, 2]),
        (Choice(level="secondary"), [2, 0], [2, 0]),
        (Choice(level="primary", period="2023-02"), [1, 0], [1, 1]),
    ):
        months = positivity.reported_periods(positivity.sum_reports(made, made.ward, 2), choice)
        got, due = burden.reports_due(made, made.ward, 2, choice, months)
        assert (got.tolist(), due.tolist()) == (received, expected), choice


@pytest.mark.parametrize(
    ("missed", "choice", "crude", "second"),
    [
        # Twelve reports of 5 cases in half a year among 10,000; a report that is missing is made up for once.
        (None, Choice(), 12, 12),
        ("2023-12", Choice(), 11, 12),
        # The secondary facility reported July alone: its month of 30 cases is a twelfth of a year.
        (None, Choice(level="secondary"), 36, 36),
    ],
)
def test_months_that_nobody_reported_are_made_up_for_once(missed, choice, crude, second):
    half = year(1, 3) + year(10, 3)
    rows = [("f", "Primary", month, 5) for month in half] + [("g", "Primary", month, 5) for month in half]
    rows = [row for row in rows if (row[0], row[2]) != ("f", missed)]
    if choice.level == "secondary":
        rows.append(("h", "Secondary", "2023-07", 30))
    facility, level, period, cases = zip(*rows, strict=True)
    made = reports(table(**{"Ward": ["A"] * len(rows), "Facility": facility, "Level": level, "Period": period,
                            RDT_U5: [100] * len(rows), RDT_U5_POS: cases}))  # fmt: skip
    cube = positivity.sum_reports(made, made.ward, 1)
    months, sums = positivity.reported_periods(cube, choice), positivity.select_sums(cube, choice)
    got, due = burden.reports_due(made, made.ward, 1, choice, months)
    years = burden.years_covered(months)
    found = burden.incidence(sums["positive"], sums["tested"], None, got / due, [10_000.0], years).iloc[0]
    assert found[["incidence_crude", "incidence_n2"]].tolist() == pytest.approx([crude, second])


def test_six_blank_months_at_the_end_are_no_months_of_the_file():
    counts = [10.0] * 6 + [np.nan] * 6
    made = reports(table(**{"Ward": ["A"] * 12, "Facility": ["f"] * 12, "Period": year(1, 12), RDT_U5: counts,
                            RDT_U5_POS: [c / 2 for c in counts]}))  # fmt: skip
    cubes = [positivity.sum_reports(made, made.ward, 1, raw=raw) for raw in (False, True)]
    assert all(list(cube.periods) == year(1, 6) for cube in cubes)
    assert burden.years_covered(positivity.reported_periods(cubes[0], Choice())) == 0.5
    assert trends.complete_years(cubes[0].periods) == []
    received = quality.reporting(made, made.ward, 1)
    assert list(received.periods) == year(1, 6) and received.rate.tolist() == [1.0]


def test_years_are_those_of_the_choice(made):
    cube = positivity.sum_reports(made, made.ward, 2)
    later = reports(table(**{"Ward": ["A", "A"], "Level": ["Primary", "Secondary"], "Period": ["2022-01", "2023-01"],
                             RDT_U5: [9, 9], RDT_U5_POS: [3, 3]}))  # fmt: skip
    assert positivity.reported_periods(cube, Choice()) == ["2023-01", "2023-02"]
    both = positivity.sum_reports(later, later.ward, 1)
    assert positivity.reported_periods(both, Choice(level="secondary")) == ["2023-01"]


def test_a_ward_that_reported_two_months_has_no_point_of_the_year():
    months = year(1, 12) + year(7, 2) + year(1, 10)
    wards = ["A"] * 12 + ["B"] * 2 + ["C"] * 10
    made = reports(
        table(**{"Ward": wards, "Facility": wards, "Period": months, RDT_U5: [10] * 24, RDT_U5_POS: [4] * 24})
    )
    cube = positivity.sum_reports(made, made.ward, 3)
    years = trends.complete_years(cube.periods)
    assert trends.reported_in(cube, Choice(), years).tolist() == [[12], [2], [10]]
    tested, positive = trends.yearly(cube, Choice(), years)
    assert tested[[0, 2], 0].tolist() == [120, 100] and positive[[0, 2], 0].tolist() == [48, 40]
    assert np.isnan(tested[1, 0]) and np.isnan(positive[1, 0])
    assert trends.reported_in(cube, Choice(), []).shape == (3, 0)


def test_lgas_of_one_name_are_numbered_by_state_and_without_a_name_not_at_all():
    places = pd.DataFrame({"state_name": ["Oyo", "Lagos", None, "Oyo", "Oyo"],
                           "lga_name": ["Surulere", "Surulere", "Surulere", None, "Surulere"]})  # fmt: skip
    number, named = quality.lga_groups(places)
    assert number.tolist() == [1, 0, 2, -1, 1]
    assert named["state_name"].iloc[:2].tolist() == ["Lagos", "Oyo"] and set(named["lga_name"]) == {
        "Surulere"
    }
    without = quality.lga_groups(places[["lga_name"]])
    assert without[0].tolist() == [0, 0, 0, -1, 0]
    assert len(quality.lga_groups(places.assign(lga_name=None))[1]) == 0
