"""Old workbooks (.xls) with formulas, errors and passwords, and a new one with a password."""

import hashlib
import io
import itertools
import struct

import msoffcrypto
import pytest
import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from xlwt.CompoundDoc import XlsDoc

from analysis.core.errors import BadInput
from analysis.readers.compound import records, workbook_stream
from analysis.readers.tables import read_table

ROWS = [
    ["WardName", "rainfall", "tpr"], ["Gana", 812.5, 31], ["Titi", 790.25, 28], ["Boro", 805, 40], ["Keko", 799, 22],
    ["Lafi", 801, 35],
]  # fmt: skip
PASSWORD = "ward 7"
# [MS-XLS] 2.5.10 BErr and 2.5.133 FormulaValue: an error is 02 00 code 00 00 00 FF FF.
DIVISION, NOT_AVAILABLE = 0x07, 0x2A


def old_workbook(fill, name="Wards"):
    book = xlwt.Workbook()
    book.add_sheet("About").write(0, 0, xlwt.Formula("1+1"))
    sheet = book.add_sheet(name)
    for i, row in enumerate(ROWS):
        for k, value in enumerate(row):
            if (i, k) not in fill:
                sheet.write(i, k, value)
    for (i, k), value in fill.items():
        if isinstance(value, int):
            sheet.row(i).set_cell_error(k, value)
        else:
            sheet.write(i, k, xlwt.Formula("RAND()*100"))
    buffer = io.BytesIO()
    book.save(buffer)
    data = buffer.getvalue()
    # The writer calculates nothing; what Excel would have stored is put in place of "no value".
    for (i, k), value in fill.items():
        if isinstance(value, bytes):
            at = _formula(data, i, k)
            data = data[:at] + value + data[at + 8 :]
    return data


def _formula(data, row, column):
    """Where the stored value of a formula begins: after kind, length, row, column and format."""
    unset = struct.pack("<Q", 0xFFFF000000000003)
    at = data.index(unset)
    while struct.unpack_from("<HH", data, at - 6) != (row, column):
        at = data.index(unset, at + 1)
    return at


def error(code):
    return bytes([2, 0, code, 0, 0, 0, 0xFF, 0xFF])


def read(tmp_path, data, name="wards.xls"):
    path = tmp_path / "stored"
    path.write_bytes(data)
    return read_table(path, name)


def codes(table):
    return {note.code: note for note in table.notes}


@pytest.mark.parametrize("name", ["Wards", "Wàrds & <areas>", "الأحياء"])
def test_formulas_and_errors_of_an_old_workbook_are_told_as_those_of_a_new_one(tmp_path, name):
    fill = {
        (1, 1): struct.pack("<d", 701.0), (3, 1): struct.pack("<d", 703.0), (2, 2): error(DIVISION),
        (3, 2): error(NOT_AVAILABLE), (4, 2): NOT_AVAILABLE,
    }  # fmt: skip
    table = read(tmp_path, old_workbook(fill, name))
    told = codes(table)
    assert told["formulas_read_as_values"].count == 4
    assert told["formulas_read_as_values"].examples == (
        "rainfall: 2 cells, the first in row 2", "tpr: 2 cells, the first in row 3",
    )  # fmt: skip
    assert told["error_cells"].examples == ("row 3, tpr: #DIV/0!", "row 4, tpr: #N/A", "row 5, tpr: #N/A")
    assert table.frame["rainfall"].tolist() == [701, 790.25, 703, 799, 801]
    assert table.frame["tpr"].isna().tolist() == [False, True, True, True, False]
    assert "formulas_without_value" not in told


def test_formulas_that_were_never_calculated_are_gaps_that_are_told(tmp_path):
    table = read(tmp_path, old_workbook({(1, 1): None, (2, 1): None}))
    assert codes(table)["formulas_without_value"].count == 2
    assert table.frame["rainfall"].isna().tolist() == [True, True, False, False, False]


def test_an_old_workbook_without_formulas_tells_of_none(tmp_path):
    assert not {"formulas_read_as_values", "error_cells"} & set(codes(read(tmp_path, old_workbook({}))))


def rc4(key):
    """The cipher's stream of bytes; as Rivest's cipher is published (RFC 6229 has test vectors)."""
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    while True:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        yield box[(box[i] + box[j]) % 256]


def block_key(password, salt, block):
    """[MS-OFFCRYPTO] 2.3.6.2: the key of a block of 1,024 bytes."""
    short = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    short = hashlib.md5((short + salt) * 16).digest()[:5]
    return hashlib.md5(short + struct.pack("<I", block)).digest()


def locked(tmp_path, data, password=PASSWORD):
    """Encrypt an .xls as Excel 97 does ([MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.6): contents of records, not their heads."""
    path = tmp_path / "open"
    path.write_bytes(data)
    stream = workbook_stream(path, "open.xls")
    # The writer fills up with zeros; what is cut off is filled again, in whole heads of records.
    end = max(body + length for _, body, length in records(stream, 0))
    spare = -(end + 4 + 58) % 4
    stream = stream[:end] + struct.pack("<HH", 0, spare) + bytes(spare)
    salt, verifier = bytes(range(16)), bytes(range(100, 116))
    keys = rc4(block_key(password, salt, 0))
    proof = bytes(a ^ b for a, b in zip(verifier + hashlib.md5(verifier).digest(), keys, strict=False))
    file_pass = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof
    first = 4 + struct.unpack_from("<H", stream, 2)[0]
    plain = stream[:first] + file_pass + stream[first:]
    streams = (rc4(block_key(password, salt, block)) for block in itertools.count())
    pad = b"".join(
        bytes(itertools.islice(keys, 1024)) for keys in itertools.islice(streams, len(plain) // 1024 + 1)
    )
    out, at = bytearray(plain), 0
    while at + 4 <= len(plain):
        kind, length = struct.unpack_from("<HH", plain, at)
        start, end = at + 4, at + 4 + length
        if kind == 0x85:
            # The place of a sheet stays in clear, and has moved by the record put in.
            place = struct.unpack_from("<I", plain, start)[0] + len(file_pass)
            out[start : start + 4] = struct.pack("<I", place)
            start += 4
        if kind not in (0x0809, 0x002F, 0x00E1):
            out[start:end] = bytes(a ^ b for a, b in zip(plain[start:end], pad[start:end], strict=True))
        at = end
    made = tmp_path / "locked.xls"
    XlsDoc().save(str(made), bytes(out))
    return made.read_bytes()


def opened(data, password=PASSWORD):
    """The same file as another program decrypts it."""
    book = msoffcrypto.OfficeFile(io.BytesIO(data))
    book.load_key(password=password)
    buffer = io.BytesIO()
    book.decrypt(buffer)
    return buffer.getvalue()


def assert_locked(tmp_path, data, name):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, data, name)
    problem = caught.value.problem()
    assert (problem["code"], problem["where"]) == ("locked_workbook", name)
    assert "password" in problem["detail"] and "Remove the password" in problem["fix"]


@pytest.mark.parametrize("name", ["wards.xls", "wards.xlsx"])
def test_an_encrypted_old_workbook_is_refused_as_locked(tmp_path, name):
    data = locked(tmp_path, old_workbook({}))
    # It is encrypted indeed: its names are unreadable, and with the password another program reads them.
    assert b"Gana" not in data
    assert read(tmp_path, opened(data)).frame["WardName"].tolist() == ["Gana", "Titi", "Boro", "Keko", "Lafi"]
    assert_locked(tmp_path, data, name)


@pytest.mark.parametrize("name", ["wards.xls", "wards.xlsx"])
def test_an_encrypted_workbook_is_refused_as_locked(tmp_path, name):
    plain, buffer = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(plain)
    sheet = book.add_worksheet("Wards")
    for i, row in enumerate(ROWS):
        sheet.write_row(i, 0, row)
    book.close()
    plain.seek(0)
    OOXMLFile(plain).encrypt(PASSWORD, buffer)
    data = buffer.getvalue()
    assert read(tmp_path, opened(data), "wards.xlsx").frame["rainfall"].tolist() == [
        812.5,
        790.25,
        805,
        799,
        801,
    ]
    assert_locked(tmp_path, data, name)
