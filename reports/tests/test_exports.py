"""What other programs get: a GeoPackage in its colours, tables that say what they are, formulas made harmless."""

import io
import json
import os
import sqlite3
import subprocess  # noqa: TID251
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyogrio
import pytest

from analysis.readers.boundaries import read_boundaries
from itn.tests.test_runs import artefact
from reports.tests.conftest import HOSTILE, WARDS

CASES = (("risk", "wards"), ("plan", "plan"))


@pytest.fixture
def book(rose, committed, tmp_path):
    def opened(kind: str, layer: str):
        result = rose.risk if kind == "risk" else rose.plans[0]
        path = tmp_path / f"{layer}.gpkg"
        path.write_bytes(artefact(rose.api, result, path.name))
        return result, path

    return opened


@pytest.mark.parametrize(("kind", "layer"), CASES)
def test_the_geopackage_brings_its_colours(book, kind, layer):
    _, path = book(kind, layer)
    with closing(sqlite3.connect(path)) as rows:
        (style,) = rows.execute(
            "SELECT s.styleQML FROM layer_styles s JOIN gpkg_geometry_columns g ON g.table_name = s.f_table_name "
            "AND g.column_name = s.f_geometry_column WHERE s.useAsDefault AND s.f_table_name = ?", (layer,)
        ).fetchall()  # fmt: skip
        tables = dict(rows.execute("SELECT table_name, data_type FROM gpkg_contents"))
    assert tables == {
        layer: "features",
        "layer_styles": "attributes",
        "about": "attributes",
        "columns": "attributes",
    }
    qgis = ElementTree.fromstring(style[0].partition(">")[2])
    rules, symbols = qgis.findall(".//rule"), qgis.findall(".//symbol")
    assert [rule.get("symbol") for rule in rules] == [symbol.get("name") for symbol in symbols]
    assert rules[-1].get("filter") == "ELSE" and all(rule.get("label") for rule in rules)


@pytest.mark.parametrize(("kind", "layer"), CASES)
def test_every_ward_falls_under_one_colour(book, kind, layer):
    """The rules of QGIS, read by SQLite: their expressions are plain comparisons."""
    _, path = book(kind, layer)
    with closing(sqlite3.connect(path)) as rows:
        (style,) = rows.execute("SELECT styleQML FROM layer_styles").fetchone()
        filters = [
            r.get("filter") for r in ElementTree.fromstring(style.partition(">")[2]).findall(".//rule")
        ][:-1]
        matched = " + ".join(f"COALESCE(({one}), 0)" for one in filters)
        counts = dict(rows.execute(f'SELECT {matched}, COUNT(*) FROM "{layer}" GROUP BY 1'))
        column = "composite_tier" if kind == "risk" else "reason"
        unknown = "composite_tier IS NULL" if kind == "risk" else "reason = 'no_population'"
        (others,) = rows.execute(f'SELECT COUNT(*) FROM "{layer}" WHERE {unknown}').fetchone()
        assert rows.execute(f'SELECT COUNT(DISTINCT "{column}") FROM "{layer}"').fetchone()[0] >= 2
    assert counts.get(0, 0) == others and counts[1] == WARDS - others and set(counts) <= {0, 1}


@pytest.fixture(scope="session")
def qgis_python() -> str:
    """The Python of this machine that can import QGIS, which no wheel brings."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if (
            Path(path).exists()
            and not subprocess.run(
                [path, "-c", "import qgis.core"], capture_output=True, check=False
            ).returncode
        ):
            return path
    pytest.skip("no QGIS on this machine (Debian: apt-get install python3-qgis)")


@pytest.mark.parametrize(("kind", "layer"), CASES)
def test_qgis_itself_opens_it_in_colour(book, qgis_python, kind, layer):
    _, path = book(kind, layer)
    told = subprocess.run(
        [qgis_python, Path(__file__).with_name("in_qgis.py"), path, layer],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": ""}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(told.stdout.splitlines()[-1])
    assert (seen["valid"], seen["wards"], seen["drawn"]) == (True, WARDS, WARDS)
    with closing(sqlite3.connect(path)) as rows:
        (style,) = rows.execute("SELECT styleQML FROM layer_styles").fetchone()
    meant = [rule.get("label") for rule in ElementTree.fromstring(style.partition(">")[2]).findall(".//rule")]
    assert [label for label, _ in seen["rules"]] == meant
    assert len({colour for _, colour in seen["rules"]}) == len(meant)


@pytest.mark.parametrize(("kind", "layer"), CASES)
def test_exports_say_what_they_are(book, rose, kind, layer):
    result, path = book(kind, layer)
    about = pyogrio.read_dataframe(path, layer="about").set_index("parameter")["value"]
    assert result["id"] in set(about)
    columns = pyogrio.read_dataframe(path, layer="columns").set_index("column")
    assert columns.loc["area_km2" if kind == "risk" else "nets_allocated", "unit"] in ("km²", "nets")
    sheets = pd.read_excel(
        io.BytesIO(artefact(rose.api, result, f"{layer}.xlsx")), sheet_name=None, engine="calamine"
    )
    assert {"Columns", "Parameters"} <= set(sheets)
    assert result["id"] in set(sheets["Parameters"]["value"].astype(str))
    texts = pd.read_csv(io.BytesIO(artefact(rose.api, result, f"{layer}.csv")))["ward_name"].dropna()
    assert not texts.str.match(r"[=+\-@]").any() and f"'{HOSTILE[2]}" in set(texts)


def test_an_export_can_be_uploaded_again_as_boundaries(book):
    _, path = book("risk", "wards")
    assert len(read_boundaries(path, path.name).frame) == WARDS
