"""Workbooks of facility reports, new and old: several sheets, formulas, errors, and the layouts of old exports."""

import struct

import pytest
import xlsxwriter
import xlwt

from analysis.core.errors import BadInput
from analysis.readers.facilities import read_facilities
from analysis.tests.readers.test_old_workbooks import DIVISION, NOT_AVAILABLE, _formula, error
from analysis.tpr_inspect import inspect_facilities

HEADER = ["State", "Ward", "Facility", "Tested by RDT <5", "Positive by RDT <5"]
ROWS = [["Kwara", "Afon", "one", 10, 1], ["Kwara", "Oke", "two", 20, 2], ["Kwara", "Ajase", "three", 30, 3]]


def notes_of(found):
    return {note.code: note for note in found.notes}


def test_formulas_and_errors_of_a_new_workbook_are_told(tmp_path):
    path = tmp_path / "new.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "made up")
        sheet = book.add_worksheet("Data")
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
        sheet.write_formula("D2", "=5+6", None, 11)
        sheet.write_formula("E3", "=NA()", None, "#N/A")
        sheet.write_formula("E4", "=1/0", None, "#DIV/0!")
    found = read_facilities(path, "new.xlsx")
    told = notes_of(found)
    assert told["error_cells"].examples == (
        "row 3, Positive by RDT <5: #N/A",
        "row 4, Positive by RDT <5: #DIV/0!",
    )
    assert told["formulas_read_as_values"].count == 3
    assert found.frame["Tested by RDT <5"].tolist() == [11, 20, 30]
    assert found.frame["Positive by RDT <5"].isna().tolist() == [False, True, True]


def test_formulas_and_errors_of_an_old_workbook_are_told(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet 1")
    # Header in the second row, as raw exports have it.
    for number, row in enumerate([HEADER, *ROWS], 1):
        for column, cell in enumerate(row):
            if (number, column) not in ((2, 3), (3, 4), (4, 3), (4, 4)):
                sheet.write(number, column, cell)
    sheet.write(2, 3, xlwt.Formula("RAND()*100"))
    sheet.row(3).set_cell_error(4, NOT_AVAILABLE)
    sheet.write(4, 3, xlwt.Formula("RAND()*100"))
    sheet.write(4, 4, xlwt.Formula("RAND()*100"))
    book.save(str(tmp_path / "old.xls"))
    data = (tmp_path / "old.xls").read_bytes()
    for place, value in (((2, 3), struct.pack("<d", 12.0)), ((4, 4), error(DIVISION))):
        at = _formula(data, *place)
        data = data[:at] + value + data[at + 8 :]
    (tmp_path / "old.xls").write_bytes(data)
    found = read_facilities(tmp_path / "old.xls", "old.xls")
    told = notes_of(found)
    assert found.header_row == 2 and found.frame["Ward"].tolist() == ["Afon", "Oke", "Ajase"]
    assert told["error_cells"].examples == (
        "row 4, Positive by RDT <5: #N/A",
        "row 5, Positive by RDT <5: #DIV/0!",
    )
    assert told["formulas_without_value"].count == 1
    assert found.frame["Tested by RDT <5"].tolist()[:2] == [12, 20]
    assert found.frame["Tested by RDT <5"].isna().tolist() == [False, False, True]
    assert found.frame["Positive by RDT <5"].isna().tolist() == [False, True, True]


def write_sheets(path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_an_upload_tells_how_dates_were_read_that_may_be_read_either_way(tmp_path):
    header = [*HEADER, "periodname"]
    for dates, told in ((["05/03/2024"] * 3, True), (["05/03/2024", "31/03/2024", "01/03/2024"], False)):
        path = write_sheets(tmp_path / "dates.xlsx", Data=[header, *([*row, day] for row, day in zip(ROWS, dates, strict=True))])  # fmt: skip
        report = inspect_facilities(path, "dates.xlsx")
        assert ("dates_either_way" in {note["code"] for note in report["notes"]}) == told
        assert (report["counts"]["first_period"], report["counts"]["last_period"]) == ("2024-03", "2024-03")


def test_an_upload_tells_counts_that_are_no_whole_numbers(tmp_path):
    path = write_sheets(
        tmp_path / "parted.xlsx", Data=[HEADER, *ROWS[:2], ["Kwara", "Ajase", "three", 1.234, 3]]
    )
    (note,) = [
        note
        for note in inspect_facilities(path, "parted.xlsx")["notes"]
        if note["code"] == "counts_not_whole"
    ]
    assert note["examples"] == ["row 4: Tested by RDT <5: 1.234"]


def test_of_several_sheets_with_counts_one_is_named(tmp_path):
    path = write_sheets(tmp_path / "two.xlsx", Y2022=[HEADER, *ROWS[:1]], About=[["made up"]], Y2023=[HEADER, *ROWS],
                        Y2024=[HEADER])  # fmt: skip
    with pytest.raises(BadInput) as asked:
        inspect_facilities(path, "two.xlsx")
    # A sheet without rows is no choice.
    assert (asked.value.code, asked.value.examples) == ("several_sheets", ("Y2022", "Y2023"))
    assert asked.value.detail.endswith("Rows of each: Y2022 (1); Y2023 (3).")
    first, second = (inspect_facilities(path, "two.xlsx", sheet=name) for name in ("Y2022", "Y2023"))
    assert (first["rows"], second["rows"]) == (1, 3)
    assert second["counts"]["tested"] == {"u5:rdt": 60.0}
    assert second["sheets"] == ["Y2022", "About", "Y2023", "Y2024"] and second["sheet"] == "Y2023"
    assert first["sheet_rows"] == second["sheet_rows"] == {"Y2022": 1, "Y2023": 3, "Y2024": 0}
    only = inspect_facilities(write_sheets(tmp_path / "one.xlsx", Y2022=[HEADER, *ROWS]), "one.xlsx")
    assert only["sheets"] == []
    lonely = write_sheets(tmp_path / "lonely.xlsx", A=[HEADER], B=[HEADER, *ROWS])
    assert inspect_facilities(lonely, "lonely.xlsx")["sheet"] == "B"
    with pytest.raises(BadInput) as refusal:
        inspect_facilities(write_sheets(tmp_path / "none.xlsx", A=[HEADER], B=[HEADER]), "none.xlsx")
    assert refusal.value.code == "no_rows"
