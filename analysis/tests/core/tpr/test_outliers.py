"""Counts that stand out: also where most counts of a facility are equal; replaced only on request."""

import numpy as np
import pytest

from analysis.core.tpr import months, outliers, quality
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, reports, table


def series(values, positive=None):
    n = len(values)
    frame = table(**{"LGA": ["L"] * n, "Ward": ["A"] * n, "Facility": ["f"] * n,
                     "period": [f"{2023 + k // 12}-{k % 12 + 1:02d}" for k in range(n)], RDT_U5: values,
                     RDT_U5_POS: [np.nan] * n if positive is None else positive})  # fmt: skip
    return reports(frame)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        # Score (1000 − 10) / (1.2533 · 990 / 12) = 9.6, by Iglewicz and Hoaglin's rule for a MAD of 0.
        ([10.0] * 11 + [1000], [1000]),
        ([0.0] * 11 + [500], [500]),
        # One case among zeros is what counts do, though its score is the same 9.6.
        ([0.0] * 11 + [1], []),
        ([0.0] * 11 + [10], []),
        # 3.5 · √400 = 70
        ([400.0] * 11 + [460], []),
        ([400.0] * 11 + [480], [480]),
        ([400.0] * 11 + [0], [0]),
        ([7.0] * 12, []),
        # Five reports say nothing of what is usual.
        ([10.0] * 4 + [1000], []),
    ],
)
def test_a_spread_of_nothing_hides_no_outlier_and_makes_none(values, found):
    assert outliers.outliers(series(values))["value"].tolist() == found


def test_what_was_expected_is_what_would_not_stand_out():
    row = outliers.outliers(series([10.0] * 11 + [1000])).iloc[0]
    assert row["score"] == pytest.approx(990 / (1.2533 * 82.5))
    # Of the two rules the narrower range: the quartiles, 10 ± max(10, 3.5 · √10).
    assert (row["low"], row["high"]) == (0, pytest.approx(10 + 3.5 * np.sqrt(10)))
    for within in (0.0, 21.0):
        assert outliers.outliers(series([10.0] * 11 + [within])).empty
    assert len(outliers.outliers(series([10.0] * 11 + [22.0]))) == 1


def test_a_replaced_count_is_counted_and_recorded_with_the_old_one():
    made = series([10.0] * 11 + [1000], [2.0] * 12)
    found = outliers.outliers(made)
    kept = outliers.outlier_table(made, found, "keep").iloc[0]
    assert (kept["facility"], kept["ward_name"], kept["period"], kept["file_row"]) == (
        "f",
        "A",
        "2023-12",
        13,
    )
    assert (kept["value"], kept["used"], kept["replaced"]) == (1000, 1000, False)
    done = outliers.outlier_table(made, found, "median").iloc[0]
    assert (done["value"], done["used"], done["replaced"]) == (1000, 10, True)
    changed = months.with_raw(made, outliers.replace_outliers(made, found), "exclude")
    assert changed.counts[:, 0, 0].sum() == 120 and made.counts[:, 0, 0].sum() == 1110
    (note,) = outliers.replaced_notes(made, found, "median")
    assert (note.count, note.examples) == (1, ("row 13",)) and not outliers.replaced_notes(
        made, found, "keep"
    )


def test_the_rules_for_doubtful_cells_hold_after_replacing():
    made = series([10.0] * 11 + [1000], [9.0] * 11 + [12])
    assert not made.above.any()
    changed = months.with_raw(made, outliers.replace_outliers(made, outliers.outliers(made)), "exclude")
    # 12 positive of 10: left out, as it would be if it had been written so.
    assert changed.above[11, 0] and np.isnan(changed.counts[11, 0]).all()
    assert "positive_above_tested" in [note.code for note in changed.notes]


def test_quality_csv_has_the_expected_range():
    made = series([10.0] * 11 + [1000])
    places = made.wards.assign(ward_code="W1")
    listed = quality.quality_table(
        made, made.ward, places, quality.reporting(made, made.ward, 1), outliers.outliers(made), "median"
    )
    detail = listed.loc[listed["check"] == "outlier", "detail"].item()
    assert "expected 0 to 21.068" in detail and "replaced by the usual" in detail
