"""Several names in facility reports that a person confirmed for one ward: no case is lost, no facility counted twice."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.readers.facilities import FacilityFile
from analysis.tests.core.tpr.test_ward_spellings import boundaries, export, rest
from analysis.tpr_compute import Request, compute

WARDS = boundaries(*((name, "Asa") for name, *_ in rest()), ("Okelele", "Asa"))
AFON, OKELELE = "B0", "B4"


def run(frame, confirmed=None, aliases=None, asked=None):
    """Compute with decisions by name; None means no ward."""

    def decided(wards):
        row = wards.set_index("ward_name")["table_row"]
        return {int(row[name]): code for name, code in (confirmed or {}).items()}

    found = compute(FacilityFile(frame, np.arange(len(frame)) + 2, 1), "x.csv", WARDS, asked or Request(least_mapped=None),
                    confirmed=decided, aliases=aliases)  # fmt: skip
    return found, pd.DataFrame(found.wards).set_index("ward_code")


def remembered(*pairs):
    """Names of Asa that were confirmed for an earlier file."""
    return pd.DataFrame({"table_name": [name for name, _ in pairs], "lga_name": "Asa",
                         "ward_code": [code for _, code in pairs], "status": "accepted"})  # fmt: skip


def test_a_spelling_confirmed_beside_the_wards_own_name_adds_its_cases():
    frame = export(*rest(), ("Afonnu-Isale", "Asa", "two", 100, 40))
    _, before = run(frame)
    assert before.loc[AFON, "tested"] == 10
    found, after = run(frame, {"Afonnu-Isale": AFON})
    assert after.loc[AFON, ["tested", "positive"]].tolist() == [110, 45]
    pairs = found.matches.pairs.set_index("table_name")
    assert pairs.loc[["Afon", "Afonnu-Isale"], "ward_code"].tolist() == [AFON, AFON]
    assert pairs.loc["Afonnu-Isale", ["method", "status"]].tolist() == ["confirmed", "accepted"]
    note = next(note for note in found.notes if note.code == "spellings_confirmed")
    assert note.examples == ("Afonnu-Isale = Afon",) and found.mapped_share == 1


def test_two_spellings_of_a_ward_that_no_row_names_are_both_counted():
    frame = export(*rest(), ("Oke-Lele One", "Asa", "two", 100, 40), ("Lele", "Asa", "three", 50, 5))
    found, wards = run(frame, {"Oke-Lele One": OKELELE, "Lele": OKELELE})
    assert wards.loc[OKELELE, ["tested", "positive"]].tolist() == [150, 45]
    assert found.matches.counts() == {"accepted": 6, "review": 0, "unmatched": 0, "unmatched_boundaries": 0}


def test_a_facility_under_both_spellings_is_one_and_its_copies_count_once():
    rows = [(*row, f"2024-{month:02d}") for month in (1, 2) for row in rest()]
    rows += [("Afonnu", "Asa", "PHC", 30, 3, "2024-01"), ("Afon", "Asa", "phc", 40, 4, "2024-02")]
    rows += [("Afonnu", "Asa", "PHC", 40, 4, "2024-02")]
    frame = export(*(row[:5] for row in rows)).assign(period=pd.Categorical([row[5] for row in rows]))
    found, wards = run(frame, {"Afonnu": AFON})
    # Own facility 10 + 10, the shared one 30 in January and 40 in February, which both spellings have.
    assert wards.loc[AFON, ["tested", "positive"]].tolist() == [90, 17]
    assert wards.loc[AFON, "reporting_percent"] == 100
    assert len(found.reports.months.facilities) == len(rest()) + 1


def test_names_remembered_for_one_ward_count_together_in_the_next_file():
    known = remembered(("Oke-Lele One", OKELELE), ("Lele", OKELELE), ("Afonnu-Isale", AFON))
    frame = export(*rest(), ("Oke-Lele One", "Asa", "two", 100, 40), ("Lele", "Asa", "three", 50, 5),
                   ("Afonnu-Isale", "Asa", "four", 7, 1))  # fmt: skip
    found, wards = run(frame, aliases=known)
    assert wards.loc[[OKELELE, AFON], "tested"].tolist() == [150, 17]
    assert set(
        found.matches.pairs.set_index("table_name").loc[["Oke-Lele One", "Lele", "Afonnu-Isale"], "method"]
    ) == {"alias"}


def test_a_name_that_is_no_ward_stays_out_and_an_unknown_code_is_refused():
    frame = export(*rest(), ("Afonnu-Isale", "Asa", "two", 100, 40))
    found, wards = run(frame, {"Afonnu-Isale": None})
    assert wards.loc[AFON, "tested"] == 10 and found.matches.counts()["unmatched"] == 1
    with pytest.raises(BadInput) as refusal:
        run(frame, {"Afonnu-Isale": "B99"})
    assert refusal.value.code == "unknown_confirmed"
