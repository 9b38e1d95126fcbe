"""Reports without a ward, shared within their LGA when asked: by hand, by sums, and never by default."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.tpr import months, positivity, schema, unknown

TESTED, POSITIVE = "Tested by RDT <5", "Positive by RDT <5"
MAP = pd.DataFrame(
    {
        "ward_code": ["A", "B", "C", "D"],
        "ward_name": ["Afon", "Balah", "Owode", "Titi"],
        "lga_name": ["Asa", "Asa", "Asa", "Offa"],
        "state_name": ["Kwara"] * 4,
    }
)
ROWS = [
    # LGA, ward, facility, period, tested, positive
    ("kw Asa Local Government Area", "Afon", "a", "2023-01", 100, 20),
    ("kw Asa Local Government Area", "Balah", "b", "2023-01", 300, 30),
    ("kw Asa Local Government Area", "Unknown", "x", "2023-01", 40, 20),
    # In February nobody else of the LGA tested.
    ("kw Asa Local Government Area", "Unknown", "x", "2023-02", 7, 3),
    ("Offa", "Titi", "d", "2023-01", 50, 5),
    # An LGA that the map does not have.
    ("Elsewhere", "Unknown", "y", "2023-01", 11, 2),
]


def made():
    frame = pd.DataFrame(ROWS, columns=["LGA", "Ward", "Facility", "Period", TESTED, POSITIVE])
    frame = frame.assign(State="Kwara").astype({TESTED: float, POSITIVE: float})
    for name in ("State", "LGA", "Ward", "Facility", "Period"):
        frame[name] = frame[name].astype("category")
    reports = months.facility_months(frame, np.arange(2, len(frame) + 2), schema.detect(frame))
    place = np.array([{"Afon": 0, "Balah": 1, "Titi": 3}.get(row[1], -1) for row in ROWS], dtype=np.intp)
    return reports, place


def shared(*, raw=False):
    reports, place = made()
    cube = positivity.sum_reports(reports, place, 4, raw=raw)
    return unknown.share_unknown(cube, reports, place, *unknown.lga_numbers(reports, MAP), raw=raw)


def test_a_ward_takes_the_part_of_its_tests():
    """Asa, January: 40 tests and 20 positive without a ward; Afon did 100 of 400 tests, so it takes 10 and 5."""
    found = shared()
    sums = positivity.select_sums(found.cube, positivity.Choice())
    assert sums["tested"].tolist()[:2] == [110, 330]
    assert sums["positive"].tolist()[:2] == [25, 45]
    # Who had no report gets none; another LGA is not touched.
    assert np.isnan(sums["tested"][2])
    assert sums.loc[3, ["tested", "positive"]].tolist() == [50, 5]
    assert found.taken.tolist() == [True, True, False, False]


def test_the_lga_becomes_the_sum_of_all_its_reports_and_the_rest_is_told():
    found = shared()
    sums = positivity.select_sums(found.cube, positivity.Choice(period="2023-01"))
    assert sums["tested"][:2].sum() == 100 + 300 + 40
    assert sums["positive"][:2].sum() == 20 + 30 + 20
    assert found.shared == pytest.approx((40, 20))
    assert found.left == pytest.approx((7 + 11, 3 + 2))
    notes = {note.code: note for note in found.notes()}
    assert notes["unknown_wards_shared"].count == 2
    assert "20 positive of 40 tests" in notes["unknown_wards_shared"].message
    assert "5 positive of 18 tests" in notes["unknown_wards_left"].message


def test_the_counts_as_written_are_shared_by_the_same_rule():
    assert np.array_equal(shared(raw=True).cube.counts, shared().cube.counts)


def test_an_lga_name_of_two_states_shares_nothing():
    reports, place = made()
    twice = pd.concat(
        [MAP, MAP.assign(ward_code=["E", "F", "G", "H"], state_name="Niger")], ignore_index=True
    )
    of_report, of_place, lgas = unknown.lga_numbers(reports, twice)
    assert lgas == 4
    assert (of_report == -1).all()
    cube = positivity.sum_reports(reports, place, 8)
    found = unknown.share_unknown(cube, reports, place, of_report, of_place, lgas)
    assert np.array_equal(found.cube.counts, cube.counts)
    assert not found.taken.any()


def test_a_map_without_lgas_shares_nothing():
    reports, place = made()
    numbers = unknown.lga_numbers(reports, MAP.assign(lga_name=None))
    cube = positivity.sum_reports(reports, place, 4)
    assert np.array_equal(unknown.share_unknown(cube, reports, place, *numbers).cube.counts, cube.counts)
