"""How far reports can be trusted: nothing that is missing is counted as 0."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from analysis.core.tpr import outliers, positivity, quality
from analysis.tests.core.tpr.test_vectors import MIC_U5, MIC_U5_POS, RDT_U5, RDT_U5_POS, reports, table
from analysis.tpr_compute import _ward_table


def test_wards_not_on_the_map_without_counts_are_missing_and_not_0():
    frame = table(**{"LGA": ["L"] * 4, "Ward": ["Oke", "Oke", "Afon", "Ile"], "Facility": list("abcd"), "period": [2021] * 4,
                     RDT_U5: [10, np.nan, np.nan, 0], RDT_U5_POS: [4, np.nan, np.nan, 0]})  # fmt: skip
    made = reports(frame)
    nowhere = np.full(len(made.ward), -1)
    lost = quality.unknown_wards(made, nowhere).set_index("ward_name")
    assert lost.loc["Oke", ["reports", "tested", "positive"]].tolist() == [2, 10, 4]
    assert lost.loc["Ile", ["tested", "positive"]].tolist() == [0, 0]
    assert lost.loc["Afon", "reports"] == 1 and lost.loc["Afon", ["tested", "positive"]].isna().all()
    places = made.wards.assign(ward_code=["1", "2", "3"])
    received = quality.reporting(made, nowhere, 3)
    listed = quality.quality_table(made, nowhere, places, received, outliers.outliers(made))
    rows = listed[listed["check"] == "not_on_the_map"].set_index("place")
    assert (
        np.isnan(rows.loc["Afon (L)", "value"])
        and rows.loc["Afon (L)", "detail"] == "no report has both counts"
    )
    assert rows.loc["Ile (L)", "value"] == 0


def test_the_earlier_maximum_has_no_rate_of_a_method_whose_positive_are_missing():
    frame = table(**{"WardName": ["A", "B"], RDT_U5: [100, 100], RDT_U5_POS: [np.nan, 30], MIC_U5: [np.nan, 50],
                     MIC_U5_POS: [np.nan, np.nan]})  # fmt: skip
    made = reports(frame)
    cube, raw = (positivity.sum_reports(made, made.ward, 2, raw=flag) for flag in (False, True))
    sums = positivity.select_sums(cube, positivity.Choice(method="legacy_max"), raw=raw)
    found = positivity.rates(sums)["tpr_percent"]
    assert np.isnan(found[0]) and sums.loc[0, ["tested", "positive"]].isna().all()
    assert found[1] == pytest.approx(30)


def test_the_earlier_maximum_makes_no_rate_of_the_sides_of_two_reports():
    """40 positive of facility y, of whom nobody knows how many were tested, are not of the 100 that x tested."""
    frame = table(**{"WardName": ["A", "A", "A", "B", "B"], "HealthFacility": ["x", "y", "z", "x", "y"],
                     RDT_U5: [100, np.nan, 50, 100, np.nan], RDT_U5_POS: [np.nan, 40, 60, np.nan, 40]})  # fmt: skip
    made = reports(frame)
    cube, raw = (positivity.sum_reports(made, made.ward, 2, raw=flag) for flag in (False, True))
    sums = positivity.select_sums(cube, positivity.Choice(method="legacy_max"), raw=raw)
    # As written: the report with more positive than tested stays.
    assert sums.loc[0].tolist() == [50, 60, 1]
    assert sums.loc[1, ["tested", "positive"]].isna().all() and sums.loc[1, "reports"] == 0


@pytest.fixture
def two_levels():
    """Two facilities of ward A over four months: the primary one reported all, the secondary one January only."""
    rows = [("p", "Primary", month) for month in range(1, 5)] + [("s", "Secondary", 1)]
    frame = table(**{"LGA": ["L"] * 5, "Ward": ["A"] * 5, "Facility": [row[0] for row in rows],
                     "Facility level": [row[1] for row in rows], "period": [f"2024-{row[2]:02d}" for row in rows],
                     RDT_U5: [40] * 5, RDT_U5_POS: [4] * 5})  # fmt: skip
    return reports(frame)


def test_reporting_is_of_the_chosen_level_and_time(two_levels):
    made = two_levels
    assert quality.reporting(made, made.ward, 1).rate == pytest.approx([5 / 8])
    assert quality.reporting(made, made.ward, 1, level="primary").rate == pytest.approx([1.0])
    assert quality.reporting(made, made.ward, 1, level="secondary").rate == pytest.approx([1 / 4])
    january = quality.reporting(made, made.ward, 1, level="secondary", period="2024-01")
    assert january.rate == pytest.approx([1.0]) and january.periods == ("2024-01",)
    assert np.isnan(quality.reporting(made, made.ward, 1, level="tertiary").rate).all()


def test_every_month_of_a_ward_is_a_row(two_levels):
    made = two_levels
    places = made.wards.assign(ward_code="W1")
    found = quality.reporting_table(quality.reporting(made, made.ward, 1), places)
    assert found[["period", "expected", "reported", "reporting_percent"]].to_numpy().tolist() == [
        ["2024-01", 2, 2, 100.0],
        ["2024-02", 2, 1, 50.0],
        ["2024-03", 2, 1, 50.0],
        ["2024-04", 2, 1, 50.0],
    ]
    assert set(found["ward_code"]) == {"W1"}


def test_a_contradiction_counts_for_the_facilities_and_the_time_that_are_asked_for():
    frame = table(**{"WardName": ["A", "A"], "HealthFacility": ["x", "y"], "Level": ["Primary", "Secondary"],
                     "periodname": ["2023-01", "2024-01"], RDT_U5: [10, 50], RDT_U5_POS: [20, 10]})  # fmt: skip
    made = reports(frame, above_tested="keep")
    cube, raw = (positivity.sum_reports(made, made.ward, 1, raw=flag) for flag in (False, True))
    place = gpd.GeoDataFrame(
        {"ward_code": ["1"], "ward_name": ["A"], "lga_name": ["L"]}, geometry=[box(0, 0, 1, 1)]
    )

    def flagged(**choice):
        found = _ward_table(place, made, made.ward, cube, raw, positivity.Choice(**choice))
        return "positive_above_tested" in found["flags"].iloc[0]

    assert flagged() and flagged(level="primary") and flagged(period="2023")
    assert not flagged(period="2024") and not flagged(level="secondary")
