"""Wards of one LGA whose names differ only in how they are written: counted apart, or told by name."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from analysis.core.errors import BadInput
from analysis.core.matching import match_wards
from analysis.core.names import identify_columns
from analysis.core.tpr import months, schema
from analysis.readers.facilities import FacilityFile
from analysis.tpr_compute import Request, compute

FILLER = ("Afon", "Balogun", "Ganmo", "Zango")


def export(*rows):
    """A facility table of (ward, lga, facility, tested, positive)."""
    names, lgas, units, tested, positive = zip(*rows, strict=True)
    frame = pd.DataFrame({"Ward": names, "LGA": lgas, "Facility": units,
                          "Persons presenting with fever & tested by RDT <5yrs": np.array(tested, dtype=float),
                          "Persons tested positive for malaria by RDT <5yrs": np.array(positive, dtype=float)})  # fmt: skip
    return frame.astype(dict.fromkeys(("Ward", "LGA", "Facility"), "category"))


def boundaries(*pairs):
    """Square wards of (name, LGA)."""
    return gpd.GeoDataFrame(
        {"ward_code": [f"B{k}" for k in range(len(pairs))], "ward_name": [name for name, _ in pairs],
         "lga_code": pd.NA, "lga_name": [lga for _, lga in pairs], "state_code": pd.NA, "state_name": "Kwara"},
        geometry=[box(k, 0, k + 1, 1) for k in range(len(pairs))], crs=4326,
    )  # fmt: skip


def rates(frame, wards):
    found = compute(
        FacilityFile(frame, np.arange(len(frame)) + 2, 1), "x.csv", wards, Request(least_mapped=None)
    )
    table = pd.DataFrame(found.wards).set_index("ward_code")
    return table["tested"].to_dict(), table["positive"].to_dict(), found


def rest(lga="Asa"):
    return [(name, lga, f"{name} PHC", 10, 5) for name in FILLER]


def test_wards_that_a_hyphen_tells_apart_keep_their_own_tests():
    frame = export(("Eha-Uno", "Asa", "one", 100, 40), ("Eha Uno", "Asa", "two", 50, 10),
                   ("eha-uno", "Asa", "three", 7, 1), *rest())  # fmt: skip
    wards = boundaries(("Eha-Uno", "Asa"), ("Eha Uno", "Asa"), *((name, "Asa") for name in FILLER))
    tested, positive, found = rates(frame, wards)
    assert (tested["B0"], positive["B0"]) == (107, 41)
    assert (tested["B1"], positive["B1"]) == (50, 10)
    assert "ward_spellings_joined" not in [note.code for note in found.notes]


def test_without_facility_names_they_stay_apart_too():
    frame = export(("Eha-Uno", "Asa", "one", 100, 40), ("Eha Uno", "Asa", "two", 50, 10), *rest())
    wards = boundaries(("Eha-Uno", "Asa"), ("Eha Uno", "Asa"), *((name, "Asa") for name in FILLER))
    tested, _, found = rates(frame.drop(columns="Facility"), wards)
    assert (tested["B0"], tested["B1"]) == (100, 50)
    assert len(found.reports.months.facilities) == 2 + len(FILLER)


def test_spellings_of_a_single_ward_are_joined_and_named():
    frame = export(("Eha-Uno", "Asa", "one", 100, 40), ("Eha Uno", "Asa", "one", 50, 10), *rest())
    wards = boundaries(("Eha Uno", "Asa"), *((name, "Asa") for name in FILLER))
    tested, _, found = rates(frame, wards)
    assert tested["B0"] == 150
    note = next(note for note in found.notes if note.code == "ward_spellings_joined")
    assert note.count == 1 and note.examples == ("Eha Uno = Eha-Uno",)
    assert len(found.reports.months.facilities) == 1 + len(FILLER)


def test_only_the_lga_that_has_both_wards_keeps_the_spellings_apart():
    frame = export(("Eha-Uno", "Asa", "one", 100, 40), ("Eha Uno", "Asa", "two", 50, 10),
                   ("Eha-Uno", "Moro", "three", 4, 1), ("Eha Uno", "Moro", "four", 3, 1), *rest())  # fmt: skip
    wards = boundaries(
        ("Eha-Uno", "Asa"), ("Eha Uno", "Asa"), ("Eha Uno", "Moro"), *((name, "Asa") for name in FILLER)
    )
    tested, _, found = rates(frame, wards)
    assert (tested["B0"], tested["B1"], tested["B2"]) == (100, 50, 7)
    assert next(note for note in found.notes if note.code == "ward_spellings_joined").count == 1


def test_a_spelling_that_fits_neither_ward_is_refused_by_name():
    frame = export(("Eha-Uno", "Asa", "one", 100, 40), ("Eha Uno", "Asa", "two", 50, 10),
                   ("Eha/Uno", "Asa", "three", 5, 1), *rest())  # fmt: skip
    wards = boundaries(("Eha-Uno", "Asa"), ("Eha Uno", "Asa"), *((name, "Asa") for name in FILLER))
    with pytest.raises(BadInput) as refusal:
        rates(frame, wards)
    assert any("Eha/Uno" in text for text in refusal.value.examples)


@pytest.mark.realdata
def test_no_ward_of_the_country_is_lost(realdata):
    """Each of the 9,308 wards reports its own number of tests, and that number arrives at that ward."""
    found = gpd.read_parquet(realdata / "national/nigeria_wards_9308.parquet")
    wards = found.rename(columns=canonical_names(found)).reset_index(drop=True)
    wards["ward_code"] = (
        wards["state_code"].astype(str) + wards["ward_code"].astype(str) + wards.index.astype(str)
    )
    own = np.arange(len(wards)) + 1.0
    frame = export(
        *((*names, "PHC", n, 0) for *names, n in zip(wards["ward_name"], wards["lga_name"], own, strict=True))
    )
    frame["State"] = pd.Categorical(wards["state_name"])
    made = months.facility_months(frame, np.arange(len(frame)) + 2, schema.detect(frame), boundaries=wards)
    assert len(made.wards) == len(wards) == 9308
    pairs = match_wards(made.wards, wards).pairs.set_index("table_row")
    arrived = pairs["ward_code"][pairs["status"] == "accepted"]
    expected = pd.Series(wards["ward_code"].to_numpy(), index=np.arange(len(wards)) + 2)
    assert len(arrived) == 9308 and (arrived == expected.loc[arrived.index]).all()


def canonical_names(frame):
    return {header: name for name, header in identify_columns(frame.columns).items()}
