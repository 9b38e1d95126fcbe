"""A register of facilities lends wards to reports that name none, and to nothing else."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.core.tpr import months, schema
from analysis.core.tpr.register import lend_wards
from analysis.readers.registers import read_register
from analysis.tests.core.tpr.test_vectors import RDT_U5, RDT_U5_POS, table

REGISTER = pd.DataFrame(
    [("kw Afon PHC", "Afon", "Asa"), ("General Hospital", "Balah", "Asa"), ("General Hospital", "Oke", "Moro"),
     ("Two places", "One", "Asa"), ("Two places", "Second", "Asa"), ("No LGA", "Far", None)],
    columns=["facility", "ward", "lga"],
)  # fmt: skip


def lent(**columns):
    n = len(next(iter(columns.values())))
    frame = table(**columns, **{RDT_U5: [10] * n, RDT_U5_POS: [1] * n})
    lines = np.arange(2, n + 2)
    frame, fields = lend_wards(frame, lines, schema.detect(frame), REGISTER)
    return months.facility_months(frame, lines, fields), {note.code: note for note in fields.notes}


def named(made):
    return [None if at < 0 else made.wards["ward_name"][at] for at in made.ward]


def test_only_reports_without_a_ward_take_one():
    made, told = lent(
        State=["kw Kwara State"] * 6,
        LGA=["Asa", "kw Asa Local Government Area", "Moro", "Asa", "Asa", "Asa"],
        Ward=["Unknown", "Unknown", "Unknown", "Unknown", "Elsewhere", "Unknown"],
        Facility=["AFON  PHC", "General Hospital", "General-Hospital", "Two places", "kw Afon PHC", "No LGA"],
    )  # fmt: skip
    assert named(made) == ["Afon", "Balah", "Oke", None, "Elsewhere", "Far"]
    assert told["ward_from_facility_register"].count == 4
    # Named twice in one LGA: nobody knows which.
    assert told["not_in_facility_register"].examples == ("Two places",)


def test_a_file_without_a_ward_column_is_read_by_the_register_alone():
    # Without an LGA a name that the register has twice decides nothing.
    made, _ = lent(Facility=["No LGA", "General Hospital", "Far away"])
    assert named(made) == ["Far", None, None]
    made, told = lent(LGA=["Asa", "Moro"], Facility=["General Hospital", "General Hospital"])
    assert named(made) == ["Balah", "Oke"] and made.wards["lga_name"].tolist() == ["Asa", "Moro"]
    assert told["ward_from_facility_register"].count == 2


def test_reports_without_facilities_can_not_be_looked_up():
    frame = table(**{"LGA": ["Asa"], RDT_U5: [10], RDT_U5_POS: [1]})
    with pytest.raises(BadInput) as refusal:
        lend_wards(frame, np.array([2]), schema.detect(frame), REGISTER)
    assert refusal.value.code == "no_facility_column"


def test_a_register_names_facilities_and_wards(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("Health Facility,Ward,LGA\nAfon PHC,Afon,Asa\nOke PHC,Oke,\n")
    register, _ = read_register(path, "r.csv")
    assert register["facility"].tolist() == ["Afon PHC", "Oke PHC"] and register["lga"].isna().tolist() == [
        False,
        True,
    ]
    path.write_text("Ward,LGA\nAfon,Asa\nOke,Asa\n")
    with pytest.raises(BadInput) as refusal:
        read_register(path, "r.csv")
    assert refusal.value.code == "no_register_columns"
