"""Which columns are one variable in several years."""

import pytest

from analysis.core.year_series import YearSeries, year_series


def test_columns_of_one_variable_are_told_by_the_year_in_their_names():
    found = year_series(
        ["TPR 2023", "tpr_2021", "tpr-2022", "2020_rain_mm", "2021 Rain mm", "evi", "pop_2020"]
    )
    assert found == [
        YearSeries("rain_mm", ((2020, "2020_rain_mm"), (2021, "2021 Rain mm"))),
        YearSeries("tpr", ((2021, "tpr_2021"), (2022, "tpr-2022"), (2023, "TPR 2023"))),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ["x_2020"],  # one year is no series
        ["x_2020", "X 2020"],  # which of them is the year's
        ["x_2020", "X 2020", "x_2021"],
        ["2020", "2021"],  # of what
        ["mean_2015_2020", "mean_2016_2021"],  # spans of years
        ["x12020", "x12021"],  # no years
        ["x_1802", "x_1803"],
    ],
)
def test_what_is_no_series_is_left_alone(headers):
    assert year_series(headers) == []
