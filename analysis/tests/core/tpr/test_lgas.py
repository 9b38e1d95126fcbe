"""LGAs that rows leave out, misspell, or name as one state does."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from analysis.core.tpr import months, schema, unknown
from analysis.core.tpr.register import lend_wards
from analysis.readers.facilities import FacilityFile
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS
from analysis.tpr_compute import Request, compute

HEADERS = ["State", "LGA", "Ward", "Facility", "period"]
MAP = [
    ("Kwara", "Asa", "Afon"),
    ("Kwara", "Asa", "Ballah"),
    ("Kwara", "Ilorin", "Oke Ose"),
    ("Kwara", "Ilorin", "Zone 4"),
]
FCT = [("FCT", "AMAC", "Wuse"), ("FCT", "AMAC", "Garki"), ("Kano", "Kano Municipal", "Dala")]


def table(rows):
    frame = pd.DataFrame(rows, columns=[*HEADERS, RDT_U5, RDT_U5_POS])
    return frame.astype({**dict.fromkeys(HEADERS, "category"), RDT_U5: float, RDT_U5_POS: float})


def wards(places):
    return gpd.GeoDataFrame(
        {"ward_code": [f"W{k}" for k in range(len(places))], "ward_name": [ward for *_, ward in places],
         "lga_code": pd.NA, "lga_name": [lga for _, lga, _ in places], "state_code": pd.NA,
         "state_name": [state for state, *_ in places]},
        geometry=[box(k, 0, k + 1, 1) for k in range(len(places))], crs=4326,
    )  # fmt: skip


def run(rows, places=MAP, confirmed=None, **asked):
    frame = table(rows)
    found = compute(FacilityFile(frame, np.arange(len(frame)) + 2, 1), "x.csv", wards(places),
                    Request(least_mapped=None, **asked), confirmed=lambda _: confirmed or {})  # fmt: skip
    tested = dict(zip(found.wards["ward_name"], found.wards["tested"], strict=True))
    return found, tested, {note.code: note for note in found.notes}


def whole(months=4):
    """Each ward has a facility that reports every month: 10 tests, 2 positive."""
    return [
        (*place, f"{place[2]} PHC", f"2024-{month:02d}", 10, 2)
        for place in MAP
        for month in range(1, months + 1)
    ]


def with_lga(rows, at, lga):
    return [(row[0], lga, *row[2:]) if k == at else row for k, row in enumerate(rows)]


@pytest.mark.parametrize("at", [8, 9, 11])
def test_one_misspelt_lga_takes_only_its_own_row_from_the_ward(at):
    found, tested, _ = run(with_lga(whole(), at, "Illorin"))
    assert tested == {"Afon": 40, "Ballah": 40, "Oke Ose": 30, "Zone 4": 40}
    pairs = found.matches.pairs.set_index("table_row")
    assert pairs.loc[at + 2, ["ward_code", "status"]].tolist() == ["W2", "review"]
    assert found.matches.counts() == {"accepted": 4, "review": 1, "unmatched": 0, "unmatched_boundaries": 0}


@pytest.mark.parametrize("decided", [{"confirmed": {11: "W2"}}, {"accept_review": True}])
def test_a_misspelt_lga_that_is_confirmed_counts_as_a_further_spelling(decided):
    found, tested, told = run(with_lga(whole(), 9, "Illorin"), **decided)
    assert tested["Oke Ose"] == 40 and len(found.reports.months.facilities) == 4
    assert told["spellings_confirmed"].count == 1 and found.reporting.rate.tolist() == [1, 1, 1, 1]


def test_a_facility_of_a_common_name_lends_no_lga_where_the_map_has_two_such_wards():
    """Both reports may be of the General Hospital of either Central."""
    places = [("Kwara", "Asa", "Central"), ("Kwara", "Edu", "Central")]
    named = [("Kwara", "Asa", "Central", "General Hospital", f"2024-0{month}", 10, 4) for month in (1, 2, 3)]
    bare = [("Kwara", None, "Central", "General Hospital", f"2024-0{month}", 20, 5) for month in (1, 2, 3)]
    found, _, told = run(named + bare, places)
    assert found.wards["tested"].tolist()[0] == 30 and "lga_lent" not in told
    assert np.isnan(found.wards["tested"].tolist()[1]), "nobody says that they are of Edu either"


def test_a_row_without_an_lga_takes_that_of_its_facility_and_ward():
    rows = [(row[0], None, *row[2:]) if k % 4 == 1 else row for k, row in enumerate(whole())]
    found, tested, told = run(rows)
    assert set(tested.values()) == {40} and found.matches.counts()["unmatched"] == 0
    assert (told["lga_lent"].severity, told["lga_lent"].count) == ("info", 4)
    assert len(found.reports.months.facilities) == 4


def test_a_ward_that_file_and_map_have_once_lends_its_lga_to_other_facilities():
    rows = [*whole(), ("Kwara", None, "Afon", "Other", "2024-01", 7, 1)]
    assert run(rows)[1]["Afon"] == 47
    # The map has the name twice: nobody knows which is meant.
    found, tested, told = run(rows, [*MAP, ("Kwara", "Moro", "Afon")])
    assert tested["Afon"] != 47 and "lga_lent" not in told
    assert found.matches.pairs.set_index("table_row").loc[18, "status"] != "accepted"


def test_a_facility_of_two_lgas_lends_none():
    rows = [
        *whole(),
        ("Kwara", "Moro", "Afon", "Afon PHC", "2024-01", 5, 1),
        ("Kwara", None, "Afon", "Afon PHC", "2024-02", 7, 1),
    ]
    assert "lga_lent" not in run(rows)[2]


@pytest.mark.parametrize(("lga", "status"), [(None, "review"), ("Moro", "unmatched")])
def test_a_name_that_a_ward_has_already_is_proposed_but_not_from_another_lga(lga, status):
    rows = [
        *whole(),
        ("Kwara", "Ilorin", "Afon", "Hospital", "2024-01", 5, 1),
        ("Kwara", lga, "Afon", "Other", "2024-01", 7, 1),
    ]
    found, tested, _ = run(rows)
    assert tested["Afon"] == 40
    assert found.matches.pairs.set_index("table_row").loc[19, "status"] == status


@pytest.mark.parametrize("states", [["FCT"], ["FCT", "Kano"]])
def test_the_municipal_area_council_is_one_lga_whatever_other_states_the_file_holds(states):
    rows = [("FCT", "AMAC", "Wuse", "one", "2024-01", 10, 1), ("FCT", "Municipal Area Council", "Wuse", "two", "2024-01", 20, 2),
            ("FCT", "Abuja Municipal", "Unknown", "three", "2024-01", 6, 3), ("FCT", "AMAC", "Garki", "four", "2024-01", 10, 1),
            ("Kano", "Kano Municipal", "Dala", "five", "2024-01", 30, 3)]  # fmt: skip
    places = [place for place in FCT if place[0] in states]
    kept = [row for row in rows if row[0] in states]
    _, tested, _ = run(kept, places)
    assert (tested["Wuse"], tested["Garki"]) == (30, 10)
    # Of 40 tests with a ward Wuse did 30: it takes 4.5 of the 6 without one.
    found, tested, _ = run(kept, places, unknown_wards="share")
    assert tested["Wuse"] == pytest.approx(34.5) and tested["Garki"] == pytest.approx(11.5)
    of_report, of_place, _ = unknown.lga_numbers(found.reports.months, wards(places))
    assert len(set(of_report[:4])) == 1 and of_report[0] == of_place[0]


def test_a_register_is_read_by_the_aliases_of_the_reports_own_state():
    rows = [("FCT", "AMAC", None, "General Hospital", "2024-01", 10, 1), ("Kano", "Kano Municipal", "Dala", "x", "2024-01", 5, 1),
            ("Kano", "Municipal", None, "General Hospital", "2024-01", 10, 1)]  # fmt: skip
    register = pd.DataFrame([("General Hospital", "Wuse", "Municipal Area Council"), ("General Hospital", "Dala", "Municipal"),
                             ("General Hospital", "Elsewhere", "Bwari")], columns=["facility", "ward", "lga"])  # fmt: skip
    frame = table(rows)
    lines = np.arange(2, len(frame) + 2)
    frame, fields = lend_wards(frame, lines, schema.detect(frame), register.iloc[[0, 2]])
    made = months.facility_months(frame, lines, fields)
    names = [None if at < 0 else made.wards["ward_name"][at] for at in made.ward]
    assert names == ["Wuse", "Dala", None]
