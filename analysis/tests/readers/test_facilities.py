"""Damaged facility exports are read or refused with the culprit, never a fault."""

import zipfile

import numpy as np
import pytest
import xlsxwriter

from analysis.core.errors import BadInput
from analysis.readers.facilities import read_facilities

HEADER = "State,Ward,Facility,Tested by RDT <5,Positive by RDT <5"


def read(tmp_path, text, name="f.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_facilities(path, name)


def refusal(tmp_path, text, name="f.csv"):
    with pytest.raises(BadInput) as found:
        read(tmp_path, text, name)
    return found.value


def test_titles_blank_rows_words_and_thousands(tmp_path):
    text = f'Malaria,,,,\n,,,,\n{HEADER}\nK,Afon,f,"1,200",10\n\nK,Oke,g,none yet,3\nK,Oke,h,5,-\n'
    found = read(tmp_path, text)
    assert found.header_row == 3 and found.lines.tolist() == [4, 6, 7]
    assert np.array_equal(found.frame["Tested by RDT <5"], [1200, np.nan, 5], equal_nan=True)
    assert np.isnan(found.frame["Positive by RDT <5"][2])
    assert [(n.code, n.examples) for n in found.notes] == [("text_among_numbers", ("row 6: none yet",))]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_encodings_and_separators(tmp_path, encoding, sign):
    text = f"{HEADER}\nK,Ibadánté,f,5,1\n".replace(",", sign)
    found = read(tmp_path, text, encoding=encoding)
    assert found.frame["Ward"].tolist() == ["Ibadánté"] and found.frame.iloc[0, 3] == 5


def test_repeated_headers_are_told_apart(tmp_path):
    found = read(tmp_path, "State,Ward,Tested by RDT <5,Tested by RDT <5\nK,Afon,1,2\n")
    assert list(found.frame) == ["State", "Ward", "Tested by RDT <5", "Tested by RDT <5.1"]


def test_zipped_csv(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/f.csv", f"{HEADER}\nK,Afon,f,5,1\n")
    assert read_facilities(tmp_path / "f.zip", "f.zip").frame.iloc[0, 3] == 5
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", HEADER)
        archive.writestr("b.csv", HEADER)
    with pytest.raises(BadInput) as found:
        read_facilities(tmp_path / "two.zip", "two.zip")
    assert found.value.code == "not_one_table"


def test_refusals_name_the_place(tmp_path):
    assert refusal(tmp_path, "a,b,c\n1,2,3\n").code == "no_header"
    assert refusal(tmp_path, f"{HEADER}\n").code == "no_rows"
    assert refusal(tmp_path, f"{HEADER}\nK,Afon,f,5\n").code == "ragged_rows"
    assert refusal(tmp_path, HEADER, "f.pdf").code == "unknown_file_type"


def test_merged_cells_repeat_their_value_and_other_sheets_are_told(tmp_path):
    path = tmp_path / "m.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "made up")
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.merge_range(1, 0, 3, 0, "Kwara")
        for row in range(1, 4):
            sheet.write_row(row, 1, ["Afon", f"f{row}", 10, 1])
    found = read_facilities(path, "m.xlsx")
    assert found.frame["State"].tolist() == ["Kwara"] * 3 and found.sheet == "Data"
    assert {note.code for note in found.notes} == {"merged_cells", "sheet"}


def test_a_damaged_workbook_is_refused(tmp_path):
    path = tmp_path / "m.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Data").write_row(0, 0, HEADER.split(","))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(BadInput) as found:
        read_facilities(path, "m.xlsx")
    assert found.value.code == "truncated_file"


@pytest.mark.parametrize("columns", [4, 12])
def test_a_sheet_that_is_full_to_its_last_row_is_told_so(tmp_path, columns):
    """Excel keeps 1,048,576 rows and drops the rest of an export without a word."""
    path = tmp_path / "m.xlsx"
    header = ["Ward", "Facility", "Tested by RDT <5", "Positive by RDT <5", *(f"c{k}" for k in range(8))]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, header[:columns])
        for row in (1, 1_048_575):
            sheet.write_row(row, 0, ["Afon", "f", *([1] * (columns - 2))])
    if columns == 4:
        notes = {note.code: note for note in read_facilities(path, "m.xlsx").notes}
        assert "Export it as CSV" in notes["excel_row_limit"].message
        return
    with pytest.raises(BadInput) as found:
        read_facilities(path, "m.xlsx")
    assert found.value.code == "workbook_too_large"
    assert "Excel's last row" in found.value.problem()["detail"]
