"""Files that must be refused, through the API and through the command: the code, the culprit, and nothing left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from analysis.tests.readers import test_boundaries as shapes
from analysis.tests.readers import test_tables as tables
from analysis.tests.test_analyse_command import last_json, run
from analysis.tests.test_runs import compute
from sessions_app.tests.people import alice, committed, person, problem

__all__ = ["alice", "committed", "person"]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
LOCKED = OLE + "EncryptedPackage".encode("utf-16-le")
NAMES = {"ward_table": "wards.csv", "boundaries": "wards.zip"}


@dataclass(frozen=True)
class Bad:
    """`make` takes a folder to work in; `where` stands behind the file's name; `at_upload`: the code there if it differs."""

    kind: str
    make: Callable[[Path], bytes]
    code: str
    where: str = ""
    name: str = ""
    at_upload: str = ""

    @property
    def filename(self) -> str:
        return self.name or NAMES[self.kind]

    @property
    def culprit(self) -> str:
        return f"{self.filename}{self.where}"


def text(content: str) -> Callable[[Path], bytes]:
    return lambda folder: content.encode()


def archive(members: dict[str, bytes]) -> Callable[[Path], bytes]:
    return lambda folder: shapes.zipped(members)


def without(part: str) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        members = shapes.shapefile(folder, shapes.wards())
        del members[f"wards{part}"]
        return shapes.zipped(members)

    return make


@cache
def crowded() -> bytes:
    return shapes.zipped({f"{number}.shp": b"" for number in range(50_000)})


@cache
def bomb() -> bytes:
    return shapes.zipped({"wards.shp": b"\x00" * 60_000_000})


@cache
def workbook_bomb() -> bytes:
    return tables.swollen("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>" + b" " * 60_000_000)


GOOD, HEADER = tables.GOOD, tables.HEADER
BAD = {
    "an empty table": Bad("ward_table", text(""), "empty_file", at_upload="file_empty"),
    "a header only": Bad("ward_table", text(HEADER), "no_rows"),
    "a picture named .csv": Bad("ward_table", lambda folder: b"\x89PNG\r\n\x1a\n0000", "wrong_type"),
    "a CSV named .xlsx": Bad("ward_table", text(GOOD), "wrong_type", name="wards.xlsx"),
    "ragged rows": Bad("ward_table", text(GOOD + "Zed,Aba,1\n"), "ragged_rows", ": row 6"),
    "two header rows": Bad(
        "ward_table", text(HEADER + "name,name,mm,%\n" + tables.ROWS), "two_header_rows", ": row 2"
    ),
    "no ward column": Bad("ward_table", text(GOOD.replace("WardName", "Place")), "no_ward_column"),
    "one usable variable": Bad(
        "ward_table", text("WardName,a,b\nA,1,5\nB,2,5\nC,3,5\n"), "too_few_variables"
    ),
    "two rows": Bad("ward_table", text(HEADER + "A,B,1,2\nC,D,3,4\n"), "too_few_wards"),
    "NUL bytes": Bad("ward_table", text(GOOD.replace("Boro", "Bo\x00ro")), "nul_bytes", ": row 4"),
    "a locked workbook": Bad("ward_table", lambda folder: LOCKED, "locked_workbook", name="wards.xlsx"),
    "a workbook bomb": Bad(
        "ward_table", lambda folder: workbook_bomb(), "archive_too_large", ": xl/worksheets/sheet1.xml", "wards.xlsx"
    ),
    "empty boundaries": Bad("boundaries", text(""), "empty_file", at_upload="file_empty"),
    "a table named .zip": Bad("boundaries", text(GOOD), "wrong_type"),
    "no .shp": Bad("boundaries", without(".shp"), "missing_member", ": .shp"),
    "no .shx": Bad("boundaries", without(".shx"), "missing_member", ": .shx"),
    "no shape at all": Bad(
        "boundaries",
        lambda folder: shapes.geojson(shapes.wards().set_geometry([None] * 4)),
        "no_geometry",
        name="wards.geojson",
    ),
    "two shapes": Bad(
        "boundaries", lambda folder: shapes.geojson(shapes.wards(2)), "too_few_wards", name="wards.geojson"
    ),
    "NUL bytes in boundaries": Bad(
        "boundaries", lambda folder: b'{"type": "Featu\x00re"}', "nul_bytes", ": line 1", "wards.geojson"
    ),
    "a zip bomb": Bad("boundaries", lambda folder: bomb(), "archive_too_large", ": wards.shp"),
    "a member that climbs out": Bad(
        "boundaries", archive({"../wards.shp": b"x"}), "archive_path_traversal", ": ../wards.shp"
    ),
    "an absolute member": Bad(
        "boundaries", archive({"/etc/wards.shp": b"x"}), "archive_absolute_path", ": /etc/wards.shp"
    ),
    "a symlink": Bad("boundaries", lambda folder: shapes.linked("/etc/passwd"), "archive_link", ": wards.shp"),
    "50 000 members": Bad("boundaries", lambda folder: crowded(), "archive_too_many_members"),
}  # fmt: skip
# Each file is good by itself; that they don't fit shows when they are matched.
TOLD_APART = "WardName,rainfall,tpr\nWard 0,1,2\nWard 1,3,4\nWard 2,5,7\nWard 3,6,9\n"
UNFIT = {
    "wards that can't be told apart": (TOLD_APART + "Ward 2,6,8\n", "duplicate_wards", "rows 4, 6"),
    "files of different states": (GOOD, "no_overlap", "ward_name"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_upload_is_refused_and_nothing_is_stored(alice, tmp_path, case):
    bad, session = BAD[case], alice.session()
    sent = {"kind": bad.kind, "file": SimpleUploadedFile(bad.filename, bad.make(tmp_path))}
    answer = alice.browser().post(f"/api/sessions/{session.pk}/files/", sent)
    assert problem(answer, 422, bad.at_upload or bad.code)["where"] == bad.culprit
    assert (alice.files(), alice.objects()) == ([], [])
    assert [event.data["code"] for event in alice.events("upload.failed")] == [bad.at_upload or bad.code]


@pytest.mark.parametrize("case", BAD)
def test_the_command_refuses_and_writes_nothing(monkeypatch, tmp_path, case):
    bad, out = BAD[case], tmp_path / "out"
    given = {"ward_table": tmp_path / "good.csv", "boundaries": tmp_path / "good.geojson"}
    given["ward_table"].write_text(TOLD_APART)
    given["boundaries"].write_bytes(shapes.geojson(shapes.wards()))
    given[bad.kind] = tmp_path / bad.filename
    given[bad.kind].write_bytes(bad.make(tmp_path))
    status, stdout, stderr = run(
        monkeypatch, "--table", given["ward_table"], "--boundaries", given["boundaries"], "--out", out
    )
    assert (status, stdout) == (2, "")
    told = last_json(stderr)
    assert (told["code"], told["where"]) == (bad.code, bad.culprit)
    assert told["detail"] and told["fix"]
    assert not out.exists() and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("case", UNFIT)
def test_files_that_do_not_fit_fail_when_they_are_matched(alice, case):
    content, code, where = UNFIT[case]
    api, session = alice.browser(), alice.session()
    files = {
        "ward_table": alice.upload(session, content.encode(), "wards.csv", "ward_table"),
        "boundaries": alice.upload(session, shapes.geojson(shapes.wards()), "wards.geojson", "boundaries"),
    }
    stored = alice.objects()
    asked = {kind: str(file.pk) for kind, file in files.items()}
    failed = compute(alice, api, str(session.pk), "dataset", asked)
    error = failed["error"]
    assert (failed["status"], error["code"], error["where"]) == ("failed", code, where)
    assert error["detail"] and error["fix"] and error["examples"]
    assert failed["artifacts"] == [] and alice.objects() == stored


@pytest.mark.parametrize("case", UNFIT)
def test_the_command_refuses_files_that_do_not_fit(monkeypatch, tmp_path, case):
    content, code, where = UNFIT[case]
    (tmp_path / "wards.csv").write_text(content)
    (tmp_path / "wards.geojson").write_bytes(shapes.geojson(shapes.wards()))
    status, stdout, stderr = run(
        monkeypatch, "--table", tmp_path / "wards.csv", "--boundaries", tmp_path / "wards.geojson",
        "--out", tmp_path / "out",
    )  # fmt: skip
    told = last_json(stderr)
    assert (status, stdout, told["code"], told["where"]) == (2, "", code, where)
    assert not (tmp_path / "out").exists()
