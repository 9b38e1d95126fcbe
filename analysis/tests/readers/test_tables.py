"""Ward tables as people really save them, and the ones that must be refused."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from analysis.core.errors import BadInput
from analysis.readers.formulas import find_formulas
from analysis.readers.tables import inspect_ward_table, read_table

HEADER = "WardName,LGA,rainfall,u5_tpr_rdt\n"
ROWS = "Gana,Oru,812.5,31\nTiti,Oru,790.25,28.5\nBoro,Aba,805,40\nKeko,Aba,799,22\n"
GOOD = HEADER + ROWS


def read(tmp_path, content, name="wards.csv", **options):
    path = tmp_path / "stored"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, name, **options)


def refusal(tmp_path, content, name="wards.csv"):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content, name)
    return caught.value


def codes(table):
    return {note.code: note for note in table.notes}


def workbook(rows, sheets=("Wards",)):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for name in sheets:
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    book.close()
    return buffer.getvalue()


SHEET = [["WardName", "rainfall", "tpr"], ["Gana", 812.5, 31], ["Titi", 790.25, 28], ["Boro", 805, 40]]


def test_plain_csv_gives_typed_columns_and_file_lines(tmp_path):
    table = read(tmp_path, GOOD)
    assert table.frame["rainfall"].tolist() == [812.5, 790.25, 805, 799]
    assert table.lines.tolist() == [2, 3, 4, 5]
    assert table.columns == {"ward_name": "WardName", "lga_name": "LGA"}
    assert table.notes == []


def test_blank_and_quoted_lines_keep_their_line_numbers(tmp_path):
    table = read(tmp_path, HEADER + '\n"Ga\nna",Oru,1,2\nTiti,Oru,3,4\n,,,\nBoro,Aba,5,6\n')
    assert table.lines.tolist() == [3, 5, 7]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    table = read(tmp_path, GOOD.replace(",", delimiter))
    assert table.delimiter == delimiter
    assert table.frame["u5_tpr_rdt"].tolist() == [31, 28.5, 40, 22]


def test_decimal_commas_with_ambiguous_numbers(tmp_path):
    text = "WardName;pop;tpr\nA;1.234;0,25\nB;12.500;31,5\nC;900;7,125\n"
    table = read(tmp_path, text)
    assert table.frame["tpr"].tolist() == [0.25, 31.5, 7.125]
    assert table.frame["pop"].tolist() == [1234, 12500, 900]
    assert {"decimal_comma", "thousands_separators", "delimiter"} <= set(codes(table))


def test_thousands_percent_and_spaces(tmp_path):
    text = (
        'WardName,pop,cover,area\nA,"1,234",45%,1 250\nB,"12,500",50.5 %,900\nC,"1,000,000",7%,12\u00a0000\n'
    )
    table = read(tmp_path, text)
    assert table.frame["pop"].tolist() == [1234, 12500, 1000000]
    assert table.frame["cover"].tolist() == [45, 50.5, 7]
    assert table.frame["area"].tolist() == [1250, 900, 12000]


@pytest.mark.parametrize("marker", ["", "NA", "N/A", "n/a", "-", "--", ".", "null", "NaN", "#N/A"])
def test_missing_markers_stay_missing(tmp_path, marker):
    table = read(tmp_path, GOOD.replace("805", marker))
    assert np.isnan(table.frame["rainfall"].iloc[2])
    assert "text_among_numbers" not in codes(table)


def test_infinity_is_not_a_number(tmp_path):
    table = read(tmp_path, GOOD.replace("805", "inf"))
    assert np.isnan(table.frame["rainfall"].iloc[2])
    assert codes(table)["text_among_numbers"].examples == ("row 4: inf",)


def test_codes_keep_their_zeros(tmp_path):
    table = read(tmp_path, "WardName,WardCode,facility,a,b\nA,007,01,1,2\nB,008,02,3,4\nC,009,11,5,7\n")
    assert table.frame["WardCode"].tolist() == ["007", "008", "009"]
    assert table.frame["facility"].tolist() == ["01", "02", "11"]


def test_windows_text_is_read_and_noted(tmp_path):
    table = read(tmp_path, GOOD.replace("Gana", "Gañá").encode("cp1252"))
    assert table.frame["WardName"].iloc[0] == "Gañá"
    assert table.encoding == "cp1252"
    assert codes(table)["encoding"].severity == "warning"


def test_text_that_was_encoded_twice_is_repaired_and_told(tmp_path):
    """As Excel leaves a UTF-8 file that it opened as Windows-1252 and saved as UTF-8."""
    header = HEADER.replace("rainfall", "précipitations")
    twice = (header + ROWS.replace("Gana", "Gaña")).encode().decode("cp1252")
    for content, name in (
        (twice, "wards.csv"),
        (workbook([line.split(",") for line in twice.splitlines()]), "wards.xlsx"),
    ):
        table = read(tmp_path, content, name)
        assert table.frame["WardName"].tolist() == ["Gaña", "Titi", "Boro", "Keko"]
        assert list(table.frame.columns) == ["WardName", "LGA", "précipitations", "u5_tpr_rdt"]
        told = codes(table)["double_encoding"]
        assert (told.severity, told.count) == ("warning", 2)
        assert told.examples == ("row 1: prÃ©cipitations → précipitations", "row 2, WardName: GaÃ±a → Gaña")


def test_text_that_only_looks_odd_is_left_alone(tmp_path):
    names = ("São Tomé", "AMANHÃ…", "Ọ̀yọ́", "Ɗan Ƙofa")
    content = GOOD
    for plain, odd in zip(("Gana", "Titi", "Boro", "Keko"), names, strict=True):
        content = content.replace(plain, odd)
    table = read(tmp_path, content)
    assert tuple(table.frame["WardName"]) == names
    assert "double_encoding" not in codes(table)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, encoding):
    table = read(tmp_path, GOOD.encode(encoding))
    assert table.columns["ward_name"] == "WardName"
    assert "byte_order_mark" in codes(table)


def test_long_and_right_to_left_names_survive(tmp_path):
    long, arabic = "N" * 200, "قرية الشمال"
    table = read(tmp_path, GOOD.replace("Gana", long).replace("Titi", arabic))
    assert table.frame["WardName"].tolist()[:2] == [long, arabic]
    assert codes(table)["long_names"].examples == (f"row 2: {long[:60]}… (200 characters)",)
    assert codes(table)["right_to_left_names"].examples == (f"row 3: {arabic}",)


def test_ordinary_names_get_no_note(tmp_path):
    table = read(tmp_path, GOOD.replace("Gana", "N" * 199).replace("Titi", "Ọ̀yọ́ Àkúrẹ́"))
    assert not {"long_names", "right_to_left_names"} & set(codes(table))


def test_formulas_stay_text_and_are_noted(tmp_path):
    table = read(tmp_path, GOOD.replace("Gana", "=HYPERLINK(1)").replace("Titi", "@x"))
    assert table.frame["WardName"].iloc[0] == "=HYPERLINK(1)"
    assert codes(table)["formulas_as_text"].count == 2


def test_formula_in_a_number_column_counts_as_missing(tmp_path):
    table = read(tmp_path, GOOD.replace("805", "=A1+1"))
    assert np.isnan(table.frame["rainfall"].iloc[2])
    assert codes(table)["text_among_numbers"].examples == ("row 4: =A1+1",)


@pytest.mark.parametrize(
    ("content", "name", "code", "where"),
    [
        ("", "wards.csv", "empty_file", "wards.csv"),
        ("\n \n", "wards.csv", "empty_file", "wards.csv"),
        (HEADER, "wards.csv", "no_rows", "wards.csv"),
        (b"\x89PNG\r\n\x1a\n0000", "wards.csv", "wrong_type", "wards.csv"),
        (b"%PDF-1.7 x", "wards.xlsx", "wrong_type", "wards.xlsx"),
        (GOOD, "wards.xlsx", "wrong_type", "wards.xlsx"),
        ("<html><table></table>", "wards.xls", "wrong_type", "wards.xls"),
        ('{"type": "FeatureCollection"}', "wards.csv", "wrong_type", "wards.csv"),
        (GOOD, "wards.exe", "unknown_file_type", "wards.exe"),
        (GOOD, "wards", "unknown_file_type", "wards"),
        (GOOD + "Zed,Aba,1\nYed,Aba,1,2\n", "wards.csv", "ragged_rows", "wards.csv: row 6"),
        (GOOD + "Zed,Aba,1,2,3\n", "wards.csv", "ragged_rows", "wards.csv: row 6"),
        (HEADER + "name,name,mm,%\n" + ROWS, "wards.csv", "two_header_rows", "wards.csv: row 2"),
        ("Health data,,,\n" + GOOD, "wards.csv", "two_header_rows", "wards.csv: row 2"),
        (GOOD + HEADER + ROWS, "wards.csv", "two_header_rows", "wards.csv: row 6"),
        (GOOD.replace("WardName", "Place"), "wards.csv", "no_ward_column", "wards.csv"),
        ("WardName,a,b\nA,1,x\nB,2,y\nC,3,z\n", "wards.csv", "too_few_variables", "wards.csv"),
        ("WardName,a,b\nA,1,5\nB,2,5\nC,3,5\n", "wards.csv", "too_few_variables", "wards.csv"),
        (HEADER + "A,B,1,2\nC,D,3,4\n", "wards.csv", "too_few_wards", "wards.csv"),
        (GOOD.replace("Boro", "Bo\x00ro"), "wards.csv", "nul_bytes", "wards.csv: row 4"),
        (GOOD + "Zed,Ab", "wards.csv", "truncated_file", "wards.csv: row 6"),
        (
            "WardName," + ",".join(f"v{i}" for i in range(2_500)) + "\n" + "A" + ",1" * 2_500,
            "wards.csv",
            "table_too_large",
            "wards.csv",
        ),
        (GOOD + '"Zed,Aba,1,2\n', "wards.csv", "truncated_file", "wards.csv: row 6"),
        ((GOOD + "Zé").encode()[:-1], "wards.csv", "truncated_file", "wards.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "wards.xls", "truncated_file", "wards.xls"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "wards.xlsx",
            "locked_workbook",
            "wards.xlsx",
        ),
        (workbook(SHEET)[:-400], "wards.xlsx", "truncated_file", "wards.xlsx"),
        (workbook(SHEET[:1]), "wards.xlsx", "no_rows", "wards.xlsx: Wards"),
        (workbook([]), "wards.xlsx", "empty_file", "wards.xlsx"),
        (workbook(SHEET, ("A", "B")), "wards.xlsx", "several_sheets", "wards.xlsx"),
    ],
)
def test_refusals_name_the_culprit(tmp_path, content, name, code, where):
    problem = refusal(tmp_path, content, name).problem()
    assert (problem["code"], problem["where"]) == (code, where)
    assert problem["detail"] and problem["fix"] and "/" not in problem["where"]


def test_workbook_cells_are_typed_and_dates_noted(tmp_path):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Wards")
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    for i, row in enumerate(
        [
            ["WardName", "LGACode", "rainfall", "tpr", "seen"],
            *[[f"W{k}", 24006, k + 0.5, k] for k in range(12)],
        ]
    ):
        sheet.write_row(i, 0, row)
    for i in range(1, 13):
        sheet.write_datetime(i, 4, __import__("datetime").datetime(2024, 5, 30), date)
    sheet.write_formula(3, 3, "=1/0", value="#DIV/0!")
    book.close()
    table = read(tmp_path, buffer.getvalue(), "wards.xlsx")
    assert table.frame["LGACode"].iloc[0] == "24006"
    assert table.frame["rainfall"].dtype == float
    assert table.frame["seen"].iloc[0] == "2024-05-30"
    assert np.isnan(table.frame["tpr"].iloc[2])
    assert codes(table)["excel_dates"].count == 12


def test_formulas_and_errors_of_a_workbook_are_told(tmp_path):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("About").write_formula(0, 0, "=1+1", value=2)
    sheet = book.add_worksheet("Wards & <areas>")
    for i, row in enumerate(SHEET):
        sheet.write_row(i, 0, row)
    for i in (1, 2, 3):
        sheet.write_formula(i, 1, "=RAND()*100", value=700 + i)
    sheet.write_formula(2, 0, '=CONCATENATE("Ti","ti")', value="Titi")
    sheet.write_formula(2, 2, "=1/0", value="#DIV/0!")
    sheet.write_formula(3, 2, "=NA()", value="#N/A")
    sheet.write_row(4, 0, ["Keko", 1, 2])
    sheet.write_row(5, 0, ["Lafi", 3, 4])
    book.close()
    table = read(tmp_path, buffer.getvalue(), "wards.xlsx")
    told = codes(table)["formulas_read_as_values"]
    assert told.count == 6
    assert told.examples == (
        "WardName: 1 cell, the first in row 3",
        "rainfall: 3 cells, the first in row 2",
        "tpr: 2 cells, the first in row 3",
    )
    assert table.frame["rainfall"].tolist() == [701, 702, 703, 1, 3]
    assert table.frame["WardName"].iloc[1] == "Titi"
    assert table.frame["tpr"].isna().tolist() == [False, True, True, False, False]
    assert codes(table)["error_cells"].examples == ("row 3, tpr: #DIV/0!", "row 4, tpr: #N/A")


def test_formulas_of_a_large_sheet_are_counted_across_pieces(tmp_path):
    rows = 30_000
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    sheet = book.add_worksheet("Wards")
    sheet.write_row(0, 0, ["WardName", "rainfall", "tpr"])
    for i in range(1, rows + 1):
        sheet.write_row(i, 0, [f"W{i}", i])
        sheet.write_formula(i, 2, "=RAND()", value=i / rows)
    book.close()
    table = read(tmp_path, buffer.getvalue(), "wards.xlsx")
    assert codes(table)["formulas_read_as_values"].count == rows


@pytest.mark.parametrize("filler", [b"a" * 4_000_000, b"<c " * 1_000_000, b'<sheet a="' * 300_000])
def test_a_workbook_of_endless_names_is_looked_through_in_no_time(tmp_path, filler):
    buffer = io.BytesIO()
    parts = {"xl/workbook.xml": b"<sheet " + filler + b'><sheet name="W" r:id="x"/>',
             "xl/_rels/workbook.xml.rels": b'<Relationship Id="x" Target="s.xml"/>',
             "xl/s.xml": filler + b'<c r="B7"><f>1</f></c>'}  # fmt: skip
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    path = tmp_path / "stored"
    path.write_bytes(buffer.getvalue())
    started = time.perf_counter()
    found = find_formulas(path, "wards.xlsx", "W")
    assert found.columns in ({2: (1, 7)}, {})
    # A search that went back over the text for each letter would take hours.
    assert time.perf_counter() - started < 20


def test_a_plain_workbook_tells_of_no_formula(tmp_path):
    assert "formulas_read_as_values" not in codes(read(tmp_path, workbook(SHEET), "wards.xlsx"))


def test_error_texts_of_a_csv_are_gaps_that_are_named(tmp_path):
    table = read(tmp_path, GOOD.replace("805", "#DIV/0!").replace("22", "#n/a"))
    assert codes(table)["error_cells"].examples == ("row 4, rainfall: #DIV/0!", "row 5, u5_tpr_rdt: #n/a")
    assert np.isnan(table.frame["rainfall"].iloc[2]) and "text_among_numbers" not in codes(table)


def test_the_sheet_with_wards_is_found(tmp_path):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("Read me").write(0, 0, "About")
    sheet = book.add_worksheet("Wards")
    for i, row in enumerate(SHEET):
        sheet.write_row(i + 2, 0, row)
    book.close()
    table = read(tmp_path, buffer.getvalue(), "wards.xlsx")
    assert (table.sheet, table.header_row, table.lines.tolist()) == ("Wards", 3, [4, 5, 6])
    assert codes(table)["sheet"].examples == ("Read me",)


def swollen(member, content):
    buffer = io.BytesIO(workbook(SHEET))
    with zipfile.ZipFile(buffer) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    parts[member] = content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def test_a_workbook_bomb_is_refused_before_it_is_opened(tmp_path):
    bomb = swollen("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>" + b" " * 60_000_000)
    assert refusal(tmp_path, bomb, "wards.xlsx").code == "archive_too_large"


@pytest.mark.parametrize(
    ("far", "member"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "xl/worksheets/sheet1.xml"),
        ("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>", "xl/worksheets/sheet1.xml"),
        ('<row r="1048576"><c s="1" r="xfd1048576"><v>1</v></c></row>', "xl/worksheets/sheet1.xml"),
        (
            '<row r="1">' + "<c><v>1</v></c>" * 900 + '</row><row r="1048576"><c><v>1</v></c></row>',
            "xl/a.bin",
        ),
    ],
)
def test_cells_far_apart_are_not_laid_out(tmp_path, far, member):
    head = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    near = '<row r="1"><c r="A1"><v>1</v></c></row>'
    content = swollen(member, f"{head}{near}{far}</sheetData></worksheet>".encode())
    assert refusal(tmp_path, content, "wards.xlsx").code == "workbook_too_large"


def test_one_long_text_repeated(tmp_path):
    text = "<sst><si><t>" + "x" * 300_000 + "</t></si></sst>"
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 9_000))
    content = swollen("xl/sharedStrings.xml", text.encode())
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", f"<worksheet><sheetData>{cells}</sheetData></worksheet>")
    assert refusal(tmp_path, buffer.getvalue(), "wards.xlsx").code == "workbook_too_large"


def test_inspection_is_ready_for_json(tmp_path):
    import json

    path = tmp_path / "stored"
    path.write_text(GOOD.replace("805", "NA"))
    report = json.loads(json.dumps(inspect_ward_table(path, "wards.csv"), allow_nan=False))
    assert report["rows"] == 4 and report["missing"] == {"rainfall": 1}
    assert report["first_rows"][2] == ["Boro", "Aba", None, 40.0]


@pytest.mark.realdata
def test_real_table_needs_no_notes(realdata):
    table = read_table(realdata / "niger/Niger_plus.csv", "Niger_plus.csv")
    # Counts from the data's own description.
    assert table.frame.isna().sum()[lambda s: s > 0].to_dict() == {
        "housing_quality": 17, "pfpr": 1, "NDWI": 1, "NDMI": 2, "u5_tpr_rdt": 1, "building_height": 3,
    }  # fmt: skip
    assert table.notes == []


def test_old_line_ends(tmp_path):
    for end in ("\r", "\r\n"):
        table = read(tmp_path, GOOD.replace("\n", end).encode())
        assert table.lines.tolist() == [2, 3, 4, 5]


def test_damage_anywhere_is_a_refusal_and_never_a_fault(tmp_path):
    draw = np.random.default_rng(7)
    for name, content in {"wards.csv": GOOD.encode(), "wards.xlsx": workbook(SHEET)}.items():
        for turn in range(60):
            data = bytearray(content)
            for at in draw.integers(0, len(data), 1 + turn % 6):
                data[at] = draw.integers(0, 256)
            try:
                read(tmp_path, bytes(data), name)
            except BadInput as error:
                assert error.where and error.fix


def test_an_old_workbook_is_read_by_what_it_is():
    # Written once with an .xls writer: four wards, a code column, two variables, dates, a name like a formula.
    path = Path(__file__).with_name("wards.xls")
    for name in ("wards.xls", "wards.xlsx"):
        table = read_table(path, name)
        assert table.frame["WardName"].tolist() == ["Gana", "Titi", "Boro", "=keko"]
        assert table.frame["LGACode"].tolist() == ["24006"] * 4
        assert table.frame["rainfall"].tolist() == [812.5, 790.25, 805, 799]
        assert table.frame["seen"].iloc[0] == "2024-05-30"


def test_a_damaged_old_workbook_is_refused(tmp_path):
    whole = Path(__file__).with_name("wards.xls").read_bytes()
    assert refusal(tmp_path, whole[: len(whole) // 2], "wards.xls").code == "truncated_file"
    draw = np.random.default_rng(3)
    for turn in range(150):
        data = bytearray(whole)
        for at in draw.integers(8, len(data), 1 + turn % 8):
            data[at] = draw.integers(0, 256)
        try:
            read(tmp_path, bytes(data), "wards.xls")
        except BadInput as error:
            assert error.where


def test_an_old_workbook_that_announces_billions_of_rows(tmp_path):
    whole = Path(__file__).with_name("wards.xls").read_bytes()
    # The record of a sheet's size: kind 0x0200, 14 bytes, first row 0, rows, first column 0, columns.
    size = b"\x00\x02\x0e\x00" + (0).to_bytes(4, "little")
    assert whole.count(size) == 1
    at = whole.index(size) + len(size)
    data = whole[:at] + (0xFFFF0000).to_bytes(4, "little") + whole[at + 4 :]
    assert refusal(tmp_path, data, "wards.xls").code == "workbook_too_large"
