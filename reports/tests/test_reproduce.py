"""A data package gives the same numbers again: in another process, without a database, told where it doesn't."""

import hashlib
import io
import json
import os
import subprocess  # noqa: TID251
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from django.db import connections

from analysis.core.errors import BadInput
from itn.tests.test_plan_nets_command import run
from itn.tests.test_runs import COLUMN, artefact, compute, rows_of
from reports.reproduce import reproduce

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"risk_en": ["dataset", "risk"], "plan_en": ["dataset", "risk", "itn_plan"],
         "comparison_en": ["dataset", "risk", "itn_plan", "itn_plan"]}  # fmt: skip


@pytest.fixture
def package(rose, written, committed, tmp_path):
    def unpacked(name: str) -> Path:
        folder = tmp_path / name
        with zipfile.ZipFile(io.BytesIO(artefact(rose.api, written[name], "package.zip"))) as archive:
            archive.extractall(folder)
        return folder

    return unpacked


def changed(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its checksum, as somebody would who wants other numbers to pass."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    entry = next(entry for entry in manifest["files"] if entry["path"] == name)
    entry["sha256"], entry["bytes"] = hashlib.sha256(content).hexdigest(), len(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def command(*arguments: str, **more: str) -> subprocess.CompletedProcess:
    """As somebody runs it who has nothing but the program: another process, no database, no service."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "reproduce", *arguments],
        cwd=ROOT, env=environment | more, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_number_comes_again(package, name):
    found = reproduce(package(name) / "manifest.json")
    assert found["identical"] and found["status"] == "identical" and found["libraries_changed"] == {}
    assert [step["kind"] for step in found["steps"]] == KINDS[name]
    for step in found["steps"]:
        assert step["recomputed"] and step["identical"] and step["cells"] > 0
        assert step["largest_difference"] <= 1e-12 and step["taken"] == []
        if step["kind"] == "itn_plan":
            compared = {"curve", "evenness", "lgas", "totals", "wards"}
            assert set(step["tables"]) - {"candidates"} == compared
    # The second plan says from which share a ward is urban.
    listed = ["candidates" in step["tables"] for step in found["steps"] if step["kind"] == "itn_plan"]
    assert listed == {"risk_en": [], "plan_en": [False], "comparison_en": [False, True]}[name]


def test_the_command_says_so_from_the_zip_in_another_process(rose, written, committed, tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(artefact(rose.api, written["plan_en"], "package.zip"))
    done = command(str(path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["identical"]


def test_a_changed_number_is_told_by_ward_and_column(package, monkeypatch):
    folder = package("plan_en")
    rows = pd.read_parquet(folder / "maps/plan.parquet")
    rows.loc[3, "nets_allocated"] += 1
    sink = io.BytesIO()
    rows.to_parquet(sink)
    # pandas leaves the shapes as bytes without their description; the reader wants a GeoParquet file.
    import geopandas as gpd

    shapes = gpd.read_parquet(folder / "maps/plan.parquet")
    shapes["nets_allocated"] = rows["nets_allocated"]
    shapes.to_parquet(folder / "changed.parquet")
    content = (folder / "changed.parquet").read_bytes()
    (folder / "changed.parquet").unlink()
    changed(folder, "maps/plan.parquet", content)
    status, printed, err = run(monkeypatch, folder / "manifest.json", command="reproduce")
    assert status == 1
    found = json.loads(printed)
    (difference,) = found["steps"][-1]["differences"]
    assert (difference["ward"], difference["column"]) == (rows.loc[3, "ward_code"], "nets_allocated")
    assert difference["expected"] == difference["found"] + 1
    assert rows.loc[3, "ward_code"] in err and "nets_allocated" in err


def test_an_input_that_is_not_the_one_is_noticed(package):
    folder = package("risk_en")
    name = next(path.name for path in (folder / "inputs").iterdir() if path.name.startswith("ward_table"))
    content = (folder / "inputs" / name).read_bytes()
    (folder / "inputs" / name).write_bytes(content + b"\n")
    with pytest.raises(BadInput) as refused:
        reproduce(folder / "manifest.json")
    assert refused.value.problem()["code"] == "package_changed"
    assert refused.value.problem()["examples"] == [f"inputs/{name}"]


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a/../../b", "", 7, None])
def test_a_manifest_never_leads_out_of_its_folder(package, path):
    folder = package("risk_en")
    manifest = json.loads((folder / "manifest.json").read_text())
    for place in (manifest["files"][0], manifest["steps"][0]["inputs"]["ward_table"]):
        kept, place["path"] = place["path"], path
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(BadInput) as refused:
            reproduce(folder / "manifest.json")
        assert refused.value.problem()["code"] == "bad_manifest"
        place["path"] = kept


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "chatmrpt-package", "format_version": 99}',
                '{"format": "chatmrpt-package", "format_version": 1, "steps": [{}], "files": []}',
                '{"format": "chatmrpt-package", "format_version": 1, "files": [], "steps": '
                '[{"id": "x", "kind": "risk", "params": {}, "inputs": {"dataset": "y"}, "expected": {}}]}'],
)  # fmt: skip
def test_what_is_no_package_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    done_with = pytest.raises(BadInput)
    with done_with as refused:
        reproduce(tmp_path / "manifest.json")
    assert refused.value.problem()["code"] == "bad_manifest"


def test_a_zip_that_climbs_out_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.writestr("../evil.txt", "x")
    with pytest.raises(BadInput) as refused:
        reproduce(tmp_path / "package.zip")
    assert refused.value.problem()["code"] == "archive_path_traversal"
    assert not (tmp_path.parent / "evil.txt").exists()


def test_the_package_holds_what_its_manifest_says(rose, package):
    folder = package("plan_en")
    manifest = json.loads((folder / "manifest.json").read_text())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {entry["path"] for entry in manifest["files"]} | {"manifest.json"}
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert {
        "README.txt",
        "report.pdf",
        "report.docx",
        "report.html",
        "tables/plan.csv",
        "tables/columns.csv",
    } <= there
    assert {
        "tables/plan.xlsx",
        "maps/plan.gpkg",
        "figures/map_coverage.svg",
        "inputs/boundaries.gpkg",
    } <= there
    assert manifest["steps"][-1]["params"]["nets"] == 100_000
    assert manifest["results"][0]["id"] == rose.plans[0]["id"]
    columns = pd.read_csv(folder / "tables/columns.csv").set_index("column")
    assert columns.loc["nets_allocated", "unit"] == "nets"
    readme = (folder / "README.txt").read_text()
    assert rose.plans[0]["id"] in readme and "manage.py reproduce" in readme


def edited(folder: Path, change) -> dict:
    """Follow the manifest of a package after a change to it."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return reproduce(path)


def told(found: dict) -> set[tuple]:
    return {(one["table"], one["ward"], one["column"]) for one in found["steps"][-1]["differences"]}


def test_a_step_that_is_not_calculated_again_is_not_called_identical(package, monkeypatch):
    folder = package("plan_en")
    found = edited(folder, lambda manifest: manifest["steps"][0].update(from_uploads=False))
    assert [step["status"] for step in found["steps"]] == ["taken_as_given", "identical", "identical"]
    assert not found["identical"] and found["status"] == "taken_as_given"
    assert found["steps"][0]["taken"] == ["wards"] and not found["steps"][0]["identical"]
    status, _, err = run(monkeypatch, folder / "manifest.json", command="reproduce")
    assert status == 3 and "dataset: taken as the package gives it: wards" in err


def test_a_step_with_nothing_to_compare_is_not_called_identical(package):
    found = edited(package("risk_en"), lambda manifest: manifest["steps"][-1].update(expected={}))
    assert [step["status"] for step in found["steps"]] == ["identical", "taken_as_given"]
    assert found["steps"][-1]["cells"] == 0 and not found["identical"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda figures: figures.update(people_covered=figures["people_covered"] + 1), ("totals", "people_covered", "value")),
        (lambda figures: figures["reasons"].update(served_full=10_000), ("totals", "wards: served_full", "value")),
        (lambda figures: figures.update(cost_total=0.01), ("totals", "cost_total", "value")),
    ],
)  # fmt: skip
def test_totals_are_compared(package, change, where):
    found = edited(package("plan_en"), lambda manifest: change(manifest["steps"][-1]["figures"]))
    assert found["status"] == "different" and told(found) == {where}


def test_evenness_and_candidates_are_compared(package):
    def change(manifest):
        figures = manifest["steps"][-1]["figures"]
        figures["gini"] += 1e-6
        codes.append(figures["candidates"]["wards"][0]["ward_code"])
        figures["candidates"]["wards"][0]["nets_allocated"] += 1
        codes.append(
            figures["candidates"]["rural"].pop()["ward_code"] if figures["candidates"]["rural"] else None
        )

    codes: list = []
    found = edited(package("comparison_en"), change)
    expected = {("evenness", "gini", "value"), ("candidates", codes[0], "nets_allocated")}
    expected |= {("candidates", codes[1], "ward_code")} if codes[1] else set()
    assert found["status"] == "different" and told(found) == expected


def test_the_curve_is_compared(package):
    folder, stocks = package("plan_en"), []

    def change(manifest):
        row = manifest["steps"][-1]["figures"]["curve"][3]
        row["people_covered"] -= 1
        stocks.append(str(row["nets"]))

    assert told(edited(folder, change)) == {("curve", stocks[0], "people_covered")}


def test_the_sums_of_lgas_are_compared(package):
    folder = package("plan_en")
    lgas = pd.read_csv(folder / "tables/plan_lgas.csv", dtype=str)
    lgas.loc[1, "need"] = str(int(lgas.loc[1, "need"]) + 1)
    changed(folder, "tables/plan_lgas.csv", lgas.to_csv(index=False).encode())
    found = reproduce(folder / "manifest.json")
    ((table, place, column),) = told(found)
    assert (table, column) == ("lgas", "need") and lgas.loc[1, "lga_name"] in place


@pytest.fixture
def split_package(rose, committed, tmp_path):
    """A best split under a minimum and a budget, as a package."""
    asked = {
        "risk": rose.risk["id"], "population": COLUMN, "nets": 60_000, "strategy": "best_split",
        "limits": {"lga_minimum": "2", "ward_floor": "1"},
        "costs": {"per_net": "2", "per_lga": "1000", "budget": "110000", "currency": "NGN"},
    }  # fmt: skip
    plan = compute(rose.person, rose.api, rose.session, "itn_plan", asked)
    report = compute(
        rose.person, rose.api, rose.session, "report", {"of": plan["id"], "formats": ["package", "html"]}
    )
    with zipfile.ZipFile(io.BytesIO(artefact(rose.api, report, "package.zip"))) as archive:
        archive.extractall(tmp_path / "split")
    return tmp_path / "split", plan


def test_a_proven_best_split_comes_again(split_package):
    folder, plan = split_package
    assert plan["summary"]["split"]["proven"] and plan["summary"]["cost_total"] <= 110_000
    found = reproduce(folder / "manifest.json")
    assert found["identical"] and found["steps"][-1]["tables"] == ["evenness", "lgas", "totals", "wards"]


def test_a_split_that_time_cut_short_is_kept_and_checked(split_package):
    folder, plan = split_package
    cut_short = plan["summary"]["split"] | {"proven": False, "gap": 0.05}
    found = edited(folder, lambda manifest: manifest["steps"][-1].update(split=cut_short))
    assert [step["status"] for step in found["steps"]] == ["identical", "identical", "taken_as_given"]
    assert found["steps"][-1]["taken"] == ["nets_allocated"] and found["steps"][-1]["cells"] > 0
    # Its value and its limits are checked with it.
    better = cut_short | {"value": cut_short["value"] * 1.01}
    found = edited(folder, lambda manifest: manifest["steps"][-1].update(split=better))
    assert told(found) == {("split", None, "value")} and found["status"] == "different"
    dearer = plan["params"] | {"costs": {"per_net": "2", "per_lga": "1000", "budget": "100"}}
    found = edited(folder, lambda manifest: manifest["steps"][-1].update(split=cut_short, params=dearer))
    assert ("split", None, "budget") in told(found)


NEXT = {"DJANGO_SETTINGS_MODULE": "tests.next_version.settings"}


def migrated(*target: str) -> None:
    """The database of this run, by the migrations of the next version, as they are run against a living system."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--no-input", *target],
        cwd=ROOT, env=os.environ | NEXT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def columns_of(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.slow
def test_numbers_come_again_after_the_database_was_migrated_and_after_it_was_migrated_back(
    rose, written, committed, tmp_path
):
    def packed(name: str, report: dict) -> Path:
        (tmp_path / f"{name}.zip").write_bytes(artefact(rose.api, report, "package.zip"))
        return tmp_path / f"{name}.zip"

    def tables(path: Path) -> dict[str, str]:
        """The checksum of every table that a step of the package must give again."""
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        named = {place for step in manifest["steps"] for place in step["expected"].values()}
        return {entry["path"]: entry["sha256"] for entry in manifest["files"] if entry["path"] in named}

    def again() -> dict:
        asked = {"of": rose.plans[0]["id"], "against": [rose.plans[1]["id"]], "formats": ["package"]}
        return compute(rose.person, rose.api, rose.session, "report", asked)

    before = packed("before", written["comparison_en"])
    rows = [rows_of(rose.api, plan) for plan in rose.plans]
    try:
        migrated("next_version")
        assert "next_remark" in columns_of("sessions_app_analysisresult")
        after = packed("after", again())
        assert [rows_of(rose.api, plan) for plan in rose.plans] == rows
        # The other package holds the same tables, as is seen below; the old one meets the new version.
        done = command(str(before), **NEXT)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["identical"] and max(step["largest_difference"] for step in found["steps"]) <= 1e-12
    finally:
        migrated("next_version", "zero")
    assert "next_remark" not in columns_of("sessions_app_analysisresult")
    back = packed("back", again())
    assert tables(before) == tables(after) == tables(back) and len(tables(before)) >= 4
    assert [rows_of(rose.api, plan) for plan in rose.plans] == rows
    assert reproduce(after)["identical"]
