"""`manage.py tpr` as other programs call it: files, exit status, last lines."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command
from shapely.geometry import box

from analysis.management.commands.tpr import mapping
from analysis.tpr_headless import FILES

MAP = "tested_u5=conf_u5_new,positive_u5=tested_u5_new"


def run(capsys, *arguments):
    """Run the command and return status, stdout and stderr."""
    status = 0
    try:
        call_command("tpr", *map(str, arguments))
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def ilorin(realdata):
    folder = realdata / "ilorin"
    return [
        "--facilities",
        folder / "ward_level_unsmoothed_tpr_u5.csv",
        "--boundaries",
        folder / "Ilorin_3LGA.zip",
    ]


@pytest.mark.realdata
def test_published_positivity_of_ilorin(capsys, ilorin, realdata, tmp_path):
    status, out, _ = run(
        capsys, *ilorin, "--out", tmp_path / "o", "--map", MAP, "--positive-above-tested", "keep"
    )
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == sorted(FILES)
    wards = pd.read_csv(tmp_path / "o/wards.csv")
    assert list(wards) == ["ward_code", "ward_name", "lga_name", "tested", "positive", "tpr_percent", "tpr_low", "tpr_high",
                           "flags"]  # fmt: skip
    golden = pd.read_csv(realdata / "ilorin/golden/ward_levelsmoothed_tpr_u5.csv").dropna(subset="tpr_u5")
    both = golden.merge(wards, left_on="WardName", right_on="ward_name")
    assert len(both) == 34 and np.allclose(both["tpr_percent"], 100 * both["tpr_u5"], rtol=1e-12)
    empty = wards[wards["tpr_percent"].isna()]
    assert empty["ward_name"].tolist() == ["Akanbi 2"] and empty["flags"].tolist() == ["no_tests"]
    assert json.loads(out.splitlines()[-1])["wards_with_tpr"] == 34
    assert (tmp_path / "o/map.svg").read_text(encoding="utf-8").count("No data") >= 1


@pytest.mark.realdata
def test_totals_of_wards_in_ilorin_are_told_and_left_out_when_asked(capsys, ilorin, tmp_path):
    """Each ward with data has a row named after it that is the sum of its facilities: they count twice."""
    asked = [*ilorin, "--map", MAP, "--positive-above-tested", "keep"]
    kept, left = (
        json.loads(run(capsys, *asked, "--out", tmp_path / rule, "--totals", rule)[1])
        for rule in ("keep", "drop")
    )
    notes = {note["code"]: note["count"] for note in kept["notes"]}
    assert notes["area_totals"] == 34
    # The facilities alone add up to 249,052 tested, the rows of the wards to 247,654.
    assert (kept["tested"], left["tested"]) == (249_052 + 247_654, 249_052)
    assert kept["facilities"] - left["facilities"] == 34 and kept["wards_with_tpr"] == left["wards_with_tpr"]
    assert abs(kept["tpr_percent"] - left["tpr_percent"]) < 1
    quality = pd.read_csv(tmp_path / "drop/quality.csv")
    assert (quality["check"] == "area_total").sum() == 34


@pytest.mark.realdata
def test_exchanged_columns_end_with_2_and_nothing_written(capsys, ilorin, tmp_path):
    status, out, err = run(capsys, *ilorin, "--out", tmp_path / "o")
    assert (status, out) == (2, "")
    problem = json.loads(err.splitlines()[-1])
    assert problem["code"] == "columns_look_swapped" and MAP in problem["fix"]
    assert not (tmp_path / "o").exists()


@pytest.mark.realdata
def test_a_level_the_file_lacks_is_refused(capsys, ilorin, tmp_path):
    status, _, err = run(capsys, *ilorin, "--out", tmp_path / "o", "--map", MAP, "--level", "primary")
    assert status == 2 and json.loads(err.splitlines()[-1])["code"] == "no_such_level"


def test_column_names_with_commas_stay_whole():
    assert mapping("ward=Ward, new,tested_u5=T (RDT, <5)") == {
        "ward": "Ward, new",
        "tested_u5": "T (RDT, <5)",
    }


@pytest.fixture
def small(tmp_path):
    """Facilities that tell years, and their wards."""
    rows = "State,LGA,WardName,HealthFacility,period,Tested by RDT <5,Positive by RDT <5"
    names = ("Afon", "Ballah", "Oke Ose")
    rows += "".join(f"\nKwara,Asa,{name},PHC,{year},10,2" for name in names for year in (2023, 2024)) + "\n"
    (tmp_path / "reports.csv").write_text(rows, encoding="utf-8")
    wards = {"ward_code": ["A", "B", "C"], "ward_name": names, "lga_name": "Asa", "state_name": "Kwara"}
    squares = [box(4 + k, 8, 5 + k, 9) for k in range(3)]
    gpd.GeoDataFrame(wards, geometry=squares, crs=4326).to_file(tmp_path / "wards.geojson")
    return [
        "--facilities",
        tmp_path / "reports.csv",
        "--boundaries",
        tmp_path / "wards.geojson",
        "--out",
        tmp_path / "o",
    ]


@pytest.mark.parametrize(
    ("option", "value", "code", "where"),
    [
        ("--period", "2024-1", "period_unreadable", "period"),
        ("--period", "..", "period_unreadable", "period"),
        ("--period", "2023-07..2024-06", "period_cuts_years", "period"),
        ("--undo-merge", "nonsense", "unknown_merge", "undo"),
    ],
)
def test_what_the_file_cannot_tell_ends_with_2_and_nothing_written(
    capsys, small, tmp_path, option, value, code, where
):
    status, out, err = run(capsys, *small, option, value)
    problem = json.loads(err.splitlines()[-1])
    assert (status, out) == (2, "") and not (tmp_path / "o").exists()
    assert (problem["code"], problem["where"]) == (code, where) and problem["fix"]
    assert run(capsys, *small, "--period", "2024")[0] == 0
