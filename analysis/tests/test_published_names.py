"""Taraba's 167 wards: names as its campaign wrote them, and as a DHIS2 export garbles them, against its published map."""

import pandas as pd
import pytest

from analysis.core.matching import match_wards
from analysis.readers.boundaries import read_boundaries

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def taraba(realdata):
    folder = realdata / "taraba"
    names = pd.read_csv(folder / "taraba_pop_all.csv")["WardName"]
    table = pd.DataFrame({"table_row": range(2, len(names) + 2), "ward_name": names, "state_name": "Taraba"})
    return table, read_boundaries(folder / "ta-wards.geojson", "ta-wards.geojson").frame


def test_every_name_finds_its_ward_and_the_same_name_in_two_lgas_is_not_guessed(taraba):
    """166 of 167 names are equal; “Kussum/Badakoshi” is “Kussum / Badakoshi” there; two wards are called Suntai."""
    table, wards = taraba
    once = table[~table["ward_name"].duplicated(keep=False)]
    assert len(table) - len(once) == 2
    report = match_wards(once, wards)
    pairs = report.pairs
    assert pairs["status"].eq("accepted").all()
    assert len(pairs) == 165
    unlike = pairs[pairs["table_name"] != pairs["ward_name"]]
    assert unlike[["table_name", "ward_name"]].values.tolist() == [["Kussum/Badakoshi", "Kussum / Badakoshi"]]
    assert report.unmatched_boundaries["ward_name"].tolist() == ["Suntai", "Suntai"]


def test_zero_for_na_is_read_the_right_way_round_and_asked_about(taraba):
    """As DHIS2 garbles them: Akwana becomes Akwa0. Never “a” for the zero, and never without a person's word."""
    table, wards = taraba
    garbled = table.assign(meant=table["ward_name"], ward_name=table["ward_name"].str.replace("na", "0"))
    garbled = garbled[garbled["ward_name"] != garbled["meant"]]
    assert garbled["ward_name"].tolist() == ["Akwa0", "Do0dda", "Galimji0", "Ko0", "Man0ng", "Nam0i"]
    pairs = match_wards(garbled.drop(columns="meant"), wards).pairs
    assert pairs["ward_name"].tolist() == garbled["meant"].tolist()
    assert set(pairs["method"]) == {"dhis2_repair"}
    assert set(pairs["status"]) == {"review"}
