"""Every combination in one table: each way of counting tests, each state and each LGA, from sums."""

import pandas as pd
import pytest

from analysis.core.tpr.positivity import COMBINATION, Choice, rates, select_sums
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tpr_combinations import of_areas, of_map, of_wards
from analysis.tpr_compute import Request, compute, lga_table
from analysis.tpr_headless import write_files


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two states whose first LGAs have the same name."""
    folder = tmp_path_factory.mktemp("two")
    boundaries = make_state(seed=9, wards=30, lgas=3)[1]
    boundaries["state_name"] = ["Kano" if k % 2 else "Kaduna" for k in range(30)]
    boundaries["state_code"] = None
    path = write_export(make_export(make_truth(boundaries, months=26), "A", damaged=False), folder / "a.csv")
    return compute(read_facilities(path, path.name), path.name, boundaries, Request()), folder


def test_every_test_method_of_the_file_is_there_and_each_rate_is_that_of_its_choice(run):
    result, _ = run
    table = result.combinations
    assert set(table["method"]) == {"pooled", "rdt", "microscopy"}
    assert set(table["period"]) == {"all", "2021", "2022", "2023"}
    assert len(table[list(COMBINATION)].drop_duplicates()) == 4 * 4 * 3 * 4
    for key, part in table.groupby(list(COMBINATION), observed=True):
        sums = select_sums(result.cube, Choice(*key), raw=result.raw)
        expected = sums.join(rates(sums)).loc[part["place"]]
        for name in ("tested", "positive", "tpr_percent", "tpr_low", "tpr_high"):
            assert part[name].tolist() == pytest.approx(expected[name].tolist(), nan_ok=True), key


def test_states_and_lgas_are_sums_of_their_wards_and_namesakes_stay_apart(run):
    result, _ = run
    areas = of_areas(result)
    assert areas["scope"].value_counts().index.tolist()[0] == "lga"
    assert set(areas["state_name"].dropna()) == {"Kano", "Kaduna"}
    lgas = areas[areas["scope"] == "lga"]
    assert len(lgas[["state_name", "lga_name"]].drop_duplicates()) == 6
    assert lgas["lga_name"].nunique() == 3
    whole = of_map(result)
    for scope in ("state", "lga"):
        sums = (
            areas[areas["scope"] == scope]
            .groupby(list(COMBINATION), observed=True)[["tested", "positive"]]
            .sum()
        )
        both = whole.set_index(list(COMBINATION)).join(sums, suffixes=("", "_parts"))
        assert (both["tested"] == both["tested_parts"]).all() and (
            both["positive"] == both["positive_parts"]
        ).all()
    assert lgas["tpr_percent"].tolist() == pytest.approx((100 * lgas["positive"] / lgas["tested"]).tolist())
    assert lgas["tpr_low"].notna().all() and (lgas["tpr_low"] < lgas["tpr_percent"]).all()


def test_the_files_hold_them(run):
    result, folder = run
    (folder / "out").mkdir()
    write_files(result, folder / "out")
    wards = pd.read_csv(folder / "out/combinations.csv", dtype={"ward_code": str, "period": str})
    assert wards["method"].tolist() == of_wards(result)["method"].tolist()
    assert {"tpr_low", "tpr_high"} <= set(wards)
    assert lga_table(result)["tested"].sum() == result.wards["tested"].sum()
    areas = pd.read_csv(folder / "out/area_combinations.csv")
    assert list(areas)[:3] == ["scope", "state_name", "lga_name"] and set(areas["scope"]) == {
        "map",
        "state",
        "lga",
    }
