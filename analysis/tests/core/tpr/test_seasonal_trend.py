"""Trends of months: each month against itself in other years."""

import numpy as np
import pandas as pd
import pytest

from analysis import trend_words
from analysis.core.tpr import positivity, trends
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table
from analysis.tpr_trends import _moves


def months(first, last):
    return [f"{year}-{month:02d}" for year in range(first, last + 1) for month in range(1, 13)]


def test_one_month_of_the_year_is_the_trend_of_its_years():
    rates = np.array([[40.0, 37.0, 38.0, 30.0, 28.0]])
    labels = [f"{year}-03" for year in range(2019, 2024)]
    found = trends.seasonal_trend(rates, labels).iloc[0]
    yearly = trends.trend(rates, np.arange(2019.0, 2024.0)).iloc[0]
    assert found["monthly_slope"] == yearly["sen_slope"]
    assert (found["monthly_s"], found["monthly_p"]) == (yearly["mk_s"], pytest.approx(yearly["mk_p"]))


def test_a_season_alone_is_no_trend_and_a_step_a_year_is_found_through_it():
    season = np.tile(30 + 20 * np.sin(2 * np.pi * np.arange(12) / 12), 4)
    rates = np.vstack([season, season + 2 * np.repeat(np.arange(4), 12)])
    found = trends.seasonal_trend(rates, months(2020, 2023))
    assert found["monthly_slope"].tolist() == pytest.approx([0, 2])
    # Twelve months of 4 · 3 / 2 rising pairs each; variance 12 · 4 · 3 · 13 / 18 = 104, z = (72 − 1) / √104.
    assert found["monthly_s"].tolist() == [0, 72]
    assert found["monthly_p"][1] == pytest.approx(2 * 1.676e-12, rel=0.01)
    assert np.isnan(found["monthly_p"][0])


def test_gaps_stay_gaps_and_a_single_year_says_nothing():
    rates = np.full((2, 36), np.nan)
    rates[0, [5, 29]] = 10.0, 16.0
    rates[1, :12] = 20.0
    found = trends.seasonal_trend(rates, months(2021, 2023))
    # June 2021 and June 2023: 6 points in two years.
    assert found["monthly_slope"][0] == 3 and np.isnan(found["monthly_slope"][1])
    assert found["months"].tolist() == [2, 12]
    assert trends.seasonal_trend(np.full((1, 0), np.nan), [])["monthly_slope"].isna().all()


@pytest.mark.parametrize(
    ("row", "words", "way"),
    [
        ({"monthly_slope": 3.2, "monthly_p": 0.004}, "Rises by about 3.2 points a year; more than chance", "rises"),
        ({"monthly_slope": -3.2, "monthly_p": 0.4}, "Falls by about 3.2 points a year; that may well be", "unclear"),
        ({"monthly_slope": 0.2, "monthly_p": None}, "Hardly changes (+0.2 points a year); too few", "unclear"),
        ({"monthly_slope": None, "sen_slope": -6.0, "mk_p": 0.02}, "Falls by about 6.0", "falls"),
        ({"monthly_slope": None, "sen_slope": None}, "Too few months to tell.", "unknown"),
    ],
)  # fmt: skip
def test_trends_in_words(row, words, way):
    assert trend_words.sentence(row).startswith(words) and trend_words.direction(row) == way


def test_the_legend_counts_the_classes_of_the_map():
    slopes = [7, 5, 4.9, 1, 0.9, -0.9, -1, -4.9, -5, None]
    legend = trend_words.slope_legend([{"monthly_slope": slope, "sen_slope": None} for slope in slopes])
    assert [row["count"] for row in legend] == [2, 2, 2, 2, 1, 1]
    assert trend_words.SLOPE_EDGES[0] == -trend_words.SLOPE_EDGES[-1]


def test_the_label_of_a_trend_is_what_its_words_say():
    """4.8 points more in each of six years is more than chance (p = 0.0085), and 9 more in three years is not."""
    assert (trends.CLEAR, trends.YEARS_FOR_A_LABEL) == (trend_words.CLEAR, trend_words.YEARS_FOR_A_TEST)
    years = np.arange(2018.0, 2024)
    steady = 30 + 4.8 * (years - 2018)
    three = np.where(years >= 2021, 9 * (years - 2020), np.nan)
    two = np.where(years >= 2022, 9 * (years - 2020), np.nan)
    found = trends.trend(np.stack([steady, steady[::-1], three, np.full(6, 40.0), two, two * np.nan]), years)
    assert found["mk_p"][0] == pytest.approx(0.0085, abs=5e-5)
    assert found["label"].tolist() == ["worsening", "improving", "unclear", "unclear", "change", ""]
    words = {"rises": "worsening", "falls": "improving", "unclear": "unclear"}
    for row in found.astype(object).where(found.notna(), None).to_dict("records")[:4]:
        assert words[trend_words.direction(row)] == row["label"]


def test_the_label_is_of_the_months_where_the_words_are():
    """Three years whose every month rises, the last one not over yet: the words of the page and the label both say so."""
    row = moved(months(2022, 2024)[:31])
    assert (row["label"], trend_words.direction(row), row["month_years"]) == ("worsening", "rises", 3)
    assert "more than chance would explain" in trend_words.sentence(row)


@pytest.mark.parametrize(
    "labels",
    [
        months(2022, 2023),
        months(2022, 2024)[6:30],
        months(2022, 2024)[:25],
        months(2022, 2024)[:30],
        ["2021-06", "2024-06"],
    ],
)
def test_two_years_are_too_few_for_a_direction_however_many_months_they_have(labels):
    """Each of twelve months rises, and each may do so because the second year was a bad one."""
    row = moved(labels)
    assert (row["label"], trend_words.direction(row), row["month_years"]) == ("change", "unclear", 2)
    assert row["monthly_slope"] > 0 and row["monthly_p"] is None is trend_words.chance_of(row)
    assert trend_words.sentence(row).endswith("; too few years to say whether that is more than chance.")


def test_what_is_the_same_throughout_is_not_called_too_short():
    row = {"monthly_slope": 0.0, "monthly_p": None, "month_years": 4, "sen_slope": 0.0, "points": 4}
    assert trend_words.sentence(row) == "Hardly changes (0.0 points a year); it is the same throughout."
    assert trend_words.direction(row) == "unclear"


def test_one_year_has_no_label():
    row = moved(months(2022, 2022))
    assert (row["label"], trend_words.direction(row)) == ("", "unknown")


def moved(labels):
    """The trend of a ward of which every month is a point higher than the one before, as the page reads it."""
    n = len(labels)
    made = reports(table(**{"Ward": ["A"] * n, "Facility": ["f"] * n, "Period": labels, RDT_U5: [100] * n,
                            RDT_U5_POS: np.arange(20, 20 + n)}))  # fmt: skip
    cube, raw = (positivity.sum_reports(made, made.ward, 1, raw=raw) for raw in (False, True))
    found = _moves(pd.DataFrame({"ward_name": ["A"]}), cube, raw, positivity.Choice()).table.astype(object)
    return found.where(found.notna(), None).iloc[0].to_dict()
