"""The time that is asked for: whole months and years, compared as numbers."""

import pytest

from analysis.core.errors import BadInput
from analysis.core.tpr.positivity import period_positions

MONTHS = ("", "2023-12", "2024-01", "2024-02", "2024-10")
YEARS = ("2023", "2024", "2025")


@pytest.mark.parametrize(
    ("labels", "period", "found"),
    [
        (MONTHS, "all", [0, 1, 2, 3, 4]),
        (MONTHS, "2024", [2, 3, 4]),
        (MONTHS, "2024-01", [2]),
        (MONTHS, "2023-12..2024-02", [1, 2, 3]),
        (MONTHS, "2023..2024-01", [1, 2]),
        (YEARS, "2024", [1]),
        (YEARS, "2023..2024", [0, 1]),
        (YEARS, "2023-01..2024-12", [0, 1]),
    ],
)
def test_a_time_is_the_months_or_years_it_names(labels, period, found):
    assert period_positions(labels, period) == found


@pytest.mark.parametrize("period", ["2024-1", "20", "202", "2024-", "2024-13", "2024-00", "..", "2024..", "..2024", "soon",
                                    "2024-06..2024-01", "2024-1..2024-3", "", "2024-01-02"])  # fmt: skip
def test_what_is_no_time_is_refused(period):
    with pytest.raises(BadInput) as refusal:
        period_positions(MONTHS, period)
    assert (refusal.value.code, refusal.value.where) == ("period_unreadable", "period") and refusal.value.fix


@pytest.mark.parametrize("period", ["2024-03", "2023-07..2024-06", "2023..2024-06"])
def test_a_file_of_years_does_not_tell_what_a_part_of_one_counted(period):
    with pytest.raises(BadInput) as refusal:
        period_positions(YEARS, period)
    assert refusal.value.code == "period_cuts_years" and refusal.value.examples == YEARS


@pytest.mark.parametrize("labels", [MONTHS, YEARS, (), ("",)])
def test_a_time_without_reports_is_refused(labels):
    with pytest.raises(BadInput) as refusal:
        period_positions(labels, "2019")
    assert refusal.value.code == "no_such_period"
