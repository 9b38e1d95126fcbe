"""Burden of the wards of an export, crude and adjusted; of LGAs that share a name; of people that were projected."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.selection import outcome_of
from analysis.core.tpr.positivity import Choice
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.tests.hostile_exports import HEADER, MONTHS, POSITIVE, TESTED, Export, written
from analysis.tpr_burden import RATE, ward_burden
from analysis.tpr_compute import Request, compute, lga_table
from analysis.tpr_people import Adjustment, People
from analysis.tpr_runs import _heat, ward_table

NAMES = [
    "Afon",
    "Oke",
    "Bala",
    "Dutse",
    "Fagge",
    "Gezawa",
    "Hotoro",
    "Jibia",
    "Kabo",
    "Lere",
    "Minjibir",
    "Ningi",
]
WIDE = [*HEADER, "Level", "Presumed malaria <5yrs"]
LIVING = 10_000.0
OF_2020 = People("census", "2020")


@pytest.fixture(scope="module")
def boundaries():
    """Six wards of an LGA Nasarawa in Kano, six of another Nasarawa in Nasarawa."""
    wards = make_state(seed=5, wards=12, lgas=2)[1].reset_index(drop=True)
    state = ["Kano"] * 6 + ["Nasarawa"] * 6
    return wards.assign(ward_name=NAMES, lga_name="Nasarawa", lga_code=["1"] * 6 + ["2"] * 6, state_name=state,
                        state_code=["KN"] * 6 + ["NA"] * 6)  # fmt: skip


@pytest.fixture(scope="module")
def export(boundaries):
    """The first ward missed its last month; the second states no presumed cases; ten a month elsewhere."""
    made = Export(boundaries[["ward_code", "ward_name", "lga_name", "state_name"]].to_dict("records"))
    made.lose(MONTHS - 1)
    made.rows = [
        [*row, "Secondary" if number // MONTHS == 11 else "Primary", None if number // MONTHS == 1 else 10]
        for number, row in enumerate(made.rows)
        if number != MONTHS - 1
    ]
    return made


@pytest.fixture(scope="module")
def result(export, boundaries, tmp_path_factory):
    path = written(export, tmp_path_factory.mktemp("burden") / "export.xlsx", WIDE)
    return compute(read_facilities(path, path.name), path.name, boundaries, Request(Choice(level="primary")))


def burden_of(result, choice=Choice(level="primary"), people=OF_2020):  # noqa: B008
    return ward_burden(result, choice, pd.Series(LIVING, index=result.wards.index), people)


def test_wards_have_crude_n1_and_n2_of_the_primary_facilities(result, export):
    found = burden_of(result)
    wards = found.wards.set_index("ward_name")
    tested, positive = (
        np.array([export.truth[code][k] for code in result.wards["ward_code"]]) for k in (0, 1)
    )
    for at, name in enumerate(NAMES[:11]):
        row = wards.loc[name]
        share = 5 / 6 if at == 0 else 1.0
        assert row["reporting_percent"] == pytest.approx(100 * share)
        assert row[RATE] == pytest.approx(1000 * positive[at] / (LIVING * 0.5))
        if name == "Oke":
            assert np.isnan(row["cases_n1"]) and np.isnan(row["incidence_n1"]) and row["n2_without_presumed"]
            first = positive[at]
        else:
            first = positive[at] + (50 if at == 0 else 60) * positive[at] / tested[at]
            assert row["cases_n1"] == pytest.approx(first) and not row["n2_without_presumed"]
            assert row["incidence_n1"] == pytest.approx(1000 * first / (LIVING * 0.5))
        assert row["cases_n2"] == pytest.approx(first / share)
        assert row["incidence_n2"] == pytest.approx(1000 * first / share / (LIVING * 0.5))
    # A ward with secondary facilities only has no cases in primary ones, which is not 0.
    assert wards.loc["Ningi", [RATE, "incidence_n1", "incidence_n2"]].isna().all()
    assert found.facts["has_presumed"] and found.facts["wards_with_n1"] == 10
    assert "burden_without_presumed" not in {note.code for note in found.notes}


def test_a_file_without_presumed_cases_says_so(export, boundaries, tmp_path):
    bare = Export([], [row[:8] for row in export.rows], export.truth)
    path = written(bare, tmp_path / "export.xlsx", WIDE[:8])
    found = burden_of(compute(read_facilities(path, path.name), path.name, boundaries, Request()), Choice())
    assert found.wards["incidence_n1"].isna().all() and found.wards["incidence_n2"].notna().all()
    assert found.wards["n2_without_presumed"].all() and found.facts["area"]["incidence_n1"] is None
    assert "burden_without_presumed" in {note.code for note in found.notes}


def test_a_ward_in_which_nobody_was_tested_has_no_burden(export, boundaries, tmp_path):
    """Missing is not 0 (D-6): nobody knows how many cases there were, and presumed ones have no positivity to go by."""
    code = boundaries["ward_code"].iloc[2]
    rows = [list(row) for row in export.rows]
    for row in rows[2 * MONTHS - 1 : 3 * MONTHS - 1]:
        row[WIDE.index(TESTED)] = row[WIDE.index(POSITIVE)] = 0
    path = written(Export([], rows, export.truth), tmp_path / "export.xlsx", WIDE)
    choice = Choice(level="primary")
    result = compute(read_facilities(path, path.name), path.name, boundaries, Request(choice))
    found, before = burden_of(result), result.wards.set_index("ward_code")
    assert before.loc[code, ["tested", "positive"]].tolist() == [0, 0]
    row = found.wards.set_index("ward_code").loc[code]
    assert row["presumed"] == 60 and row["flags"] == "nobody tested"
    rates = [RATE, "burden_shown", "cases_n1", "incidence_n1", "cases_n2", "incidence_n2"]
    assert row[rates].isna().all() and not row["n2_without_presumed"]
    (note,) = [note for note in found.notes if note.code == "burden_without_tests"]
    assert (note.count, note.examples) == (1, ("Bala",))
    # Neither its people nor its presumed cases stand in the sums of its LGA.
    kano = found.lgas.iloc[0]
    assert (kano["wards"], kano["population"], kano["wards_with_presumed"]) == (5, 5 * LIVING, 4)
    assert found.facts["wards_with_burden"] == 10
    handed = ward_table(result, choice, found).set_index("WardCode")
    assert np.isnan(handed.loc[code, RATE]) and handed.loc[code, "total_tested"] == 0


def test_all_ages_of_a_file_of_under_fives_are_told(export, boundaries, tmp_path):
    path = written(export, tmp_path / "export.xlsx", WIDE)
    found = [compute(read_facilities(path, path.name), path.name, boundaries, Request(Choice(group)))
             for group in ("all_ages", "u5")]  # fmt: skip
    told = ["all_ages_incomplete" in {note.code for note in one.notes} for one in found]
    assert told == [True, False]


def test_lgas_of_one_name_in_two_states_are_not_added_together(result):
    found, rates = burden_of(result), lga_table(result)
    for table in (found.lgas, rates):
        assert table[["state_name", "lga_name"]].to_numpy().tolist() == [
            ["Kano", "Nasarawa"],
            ["Nasarawa", "Nasarawa"],
        ]
    by_state = result.wards.groupby("state_name")["positive"].sum()
    assert rates["positive"].tolist() == by_state.tolist() == found.lgas["positive"].tolist()
    assert found.lgas["population"].tolist() == [6 * LIVING, 5 * LIVING]
    assert found.lgas["wards_with_presumed"].tolist() == [5, 5] and found.facts["several_states"]
    # Oke, a ward of Kano, states no presumed cases: 0 would be invented in the sum.
    kano, nasarawa = found.lgas.iloc[0], found.lgas.iloc[1]
    assert np.isnan(kano["cases_n1"]) and np.isnan(kano["incidence_n1"]) and kano["n2_without_presumed"]
    assert kano["presumed"] == 290 and kano["cases_n2"] == pytest.approx(kano["positive"] * 36 / 35)
    first = nasarawa["positive"] + 300 * nasarawa["positive"] / nasarawa["tested"]
    assert nasarawa["cases_n1"] == pytest.approx(first) == nasarawa["cases_n2"]
    assert not nasarawa["n2_without_presumed"] and found.facts["area"]["incidence_n1"] is None
    (note,) = [note for note in found.notes if note.code == "burden_presumed_partly"]
    assert (note.count, note.examples) == (1, ("Oke",))
    listed = result.quality[result.quality["scope"] == "lga"]
    assert set(listed["state_name"]) == {"Kano", "Nasarawa"}
    assert [row["lga"] for row in _heat(result)["rows"]] == ["Nasarawa (Kano)", "Nasarawa (Nasarawa)"]


def test_boundaries_without_lga_names_take_those_of_the_reports(export, boundaries, tmp_path):
    path = written(export, tmp_path / "export.xlsx", WIDE)
    nameless = boundaries.assign(lga_name=None)
    result = compute(read_facilities(path, path.name), path.name, nameless, Request())
    assert set(result.wards["lga_name"]) == {"Nasarawa"}
    assert len(lga_table(result)) == 2 and len(burden_of(result, Choice()).lgas) == 2
    assert (result.quality["scope"] == "lga").any()
    notes = {note.code: note.count for note in result.notes}
    assert notes["lga_names_from_table"] == 12


def test_people_are_projected_to_the_middle_of_the_reports_and_every_row_says_so(result):
    asked = Adjustment(3.0, "National Population Commission")
    found = burden_of(result, people=People("census", "2020", asked))
    # From the middle of 2020 to the middle of January to June 2023.
    assert found.wards["population"].iloc[0] == pytest.approx(LIVING * 1.03**2.75)
    assert found.facts["projected_to"] == pytest.approx(2023.25) and found.facts["growth_percent"] == 3.0
    for table in (found.wards, found.lgas):
        assert set(table["population_from"]) == {
            "census, 2020, projected to 2023.25 by 3 % a year (National Population Commission)"
        }
    plain = burden_of(result)
    assert plain.wards["population"].iloc[0] == LIVING and plain.facts["projected_to"] is None
    assert set(plain.wards["population_from"]) == {"census, 2020, not projected"}


def test_pregnant_women_are_counted_among_expected_pregnancies_only_when_asked(export, boundaries, tmp_path):
    header = [name.replace("<5", "Preg Women (PW)") for name in WIDE]
    path = written(export, tmp_path / "export.xlsx", header)
    choice = Choice("pw")
    result = compute(read_facilities(path, path.name), path.name, boundaries, Request(choice))
    asked = People("census", "2020", Adjustment(pregnancy_factor=0.2, pregnancy_factor_source="a survey"))
    found, plain = burden_of(result, choice, asked), burden_of(result, choice)
    assert (found.facts["among"], plain.facts["among"]) == ("expected pregnancies", "women of 15 to 49")
    assert found.wards[RATE].to_numpy() == pytest.approx(5 * plain.wards[RATE].to_numpy(), nan_ok=True)
    assert "× 0.2 (a survey)" in found.wards["population_from"].iloc[0]
    assert asked.of("u5").done == Adjustment()


@pytest.mark.parametrize(
    ("asked", "year", "field"),
    [
        (Adjustment(growth_percent=3.0), "2020", "growth_source"),
        (Adjustment(growth_source="somebody"), "2020", "growth_source"),
        (Adjustment(float("nan"), "somebody"), "2020", "growth_percent"),
        (Adjustment(300.0, "somebody"), "2020", "growth_percent"),
        (Adjustment(3.0, "somebody"), "2018-2020", "growth_percent"),
        (Adjustment(pregnancy_factor=0.2), "2020", "pregnancy_factor_source"),
        (Adjustment(pregnancy_factor=20.0, pregnancy_factor_source="somebody"), "2020", "pregnancy_factor"),
    ],
)
def test_what_is_not_known_of_a_population_is_asked_and_never_assumed(asked, year, field):
    assert asked.fault(year)[0] == field
    assert Adjustment().fault("") is None


def test_the_ward_table_takes_the_burden_along_and_positivity_stays_the_outcome(result):
    choice = Choice(level="primary")
    found = burden_of(result)
    handed = ward_table(result, choice, found)
    assert handed[RATE].to_numpy() == pytest.approx(found.wards[RATE].to_numpy(), nan_ok=True)
    assert handed[RATE].isna().sum() == 1
    assert outcome_of(list(handed.columns)) == "u5_tpr_rdt"
    assert outcome_of(list(handed.columns), "burden") == RATE
    assert RATE not in ward_table(result, choice).columns
