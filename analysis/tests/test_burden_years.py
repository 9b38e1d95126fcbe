"""The burden of complete years: from the persons of each year and the people in the middle of it, and how it moves."""

import numpy as np
import pandas as pd
import pytest
import scipy
from django.core.management import call_command
from django.urls import reverse

from analysis.core.tpr.positivity import Choice
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_burden import load
from analysis.tests.test_tpr_pages import stored, work
from analysis.tpr_burden import ward_burden
from analysis.tpr_burden_years import hotspot_labels
from analysis.tpr_compute import Request, compute
from analysis.tpr_people import Adjustment, People
from analysis.tpr_trends import ward_moves
from analysis.writers.geo import write_gpkg
from reference.tests.conftest import no_sets
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, committed, person

__all__ = ["alice", "committed", "no_sets", "person"]
WARDS, MONTHS, CHILDREN = 24, 53, 2_000.0
YEARS = ["2021", "2022", "2023", "2024"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An export of four complete years and five months; a population table without its last ward."""
    folder = tmp_path_factory.mktemp("years")
    boundaries = make_state(seed=3, wards=WARDS, lgas=3)[1]
    export = write_export(make_export(make_truth(boundaries, months=MONTHS), "B"), folder / "export.csv")
    people = boundaries.drop(columns="geometry").iloc[:-1].assign(under5_pop=int(CHILDREN))
    people.to_csv(folder / "people.csv", index=False)
    return (
        export,
        write_gpkg(boundaries, folder / "wards.gpkg", layer="wards"),
        folder / "people.csv",
        boundaries,
    )


@pytest.fixture(scope="module")
def result(made):
    export, _, _, boundaries = made
    asked = Request(Choice(), mapping={"ward": "Ward"}, accept_review=True)
    return compute(read_facilities(export, export.name), export.name, boundaries, asked)


def years_of(result, people=CHILDREN, done=Adjustment()):  # noqa: B008
    counted = pd.Series(people, index=result.wards.index)
    return ward_burden(result, Choice(), counted, People("census", "2020", done)).years


def test_each_year_has_its_cases_over_its_people(result):
    """The persons are those of the yearly series, which have tests of their own."""
    found = years_of(result)
    assert list(found.years) == YEARS, "the partial year 2025 is none"
    series = ward_moves(result, Choice()).series
    of_years = series[series["span"] == "year"]
    expected = of_years.pivot(index="ward_code", columns="period", values="positive") * 1000 / CHILDREN
    rows = found.wards.set_index("ward_code").loc[expected.index]
    got = rows[[f"burden_{year}" for year in YEARS]].to_numpy(dtype=float)
    np.testing.assert_allclose(got, expected[YEARS].to_numpy(dtype=float))
    assert np.isfinite(got).sum() > 3 * WARDS
    for values, row in zip(got, rows.itertuples(), strict=True):
        known = np.isfinite(values)
        if known.sum() < 3:
            continue
        time = np.array([float(year) for year in YEARS])[known]
        assert row.sen_slope == pytest.approx(scipy.stats.theilslopes(values[known], time).slope)
        assert row.slope == pytest.approx(scipy.stats.linregress(time, values[known]).slope)
    assert set(found.wards["label"]) <= {"worsening", "improving", "unclear", "change", ""}


def test_the_people_of_each_year_are_those_of_its_middle(result):
    plain, grown = years_of(result), years_of(result, done=Adjustment(3.0, "NPC"))
    for year in YEARS:
        ratio = (plain.wards[f"burden_{year}"] / grown.wards[f"burden_{year}"]).dropna()
        assert len(ratio) and ratio.to_numpy() == pytest.approx(1.03 ** (int(year) - 2020))


def test_an_lga_is_counted_over_the_wards_whose_people_are_known(result):
    people = pd.Series(CHILDREN, index=result.wards.index)
    lga = result.wards["lga_name"].iloc[0]
    theirs = (result.wards["lga_name"] == lga).to_numpy()
    lost, empty = np.flatnonzero(theirs)[:2]
    people.iloc[lost], people.iloc[empty] = np.nan, 0
    found = years_of(result, people)
    assert found.wards.loc[[lost, empty], [f"burden_{year}" for year in YEARS]].isna().all(axis=None), (
        "people that are not known, or nobody, give no rate, never 0"
    )
    assert found.wards.loc[[lost, empty], "label"].tolist() == ["", ""]
    row = found.lgas[found.lgas["lga_name"] == lga].iloc[0]
    wards = found.wards[theirs]
    for year in YEARS:
        known = wards[f"burden_{year}"].dropna()
        assert row[f"wards_{year}"] == len(known) <= theirs.sum() - 2
        # All have as many people, so the rate of the LGA is the mean of its wards.
        assert row[f"burden_{year}"] == pytest.approx(known.mean())


def test_hotspots_are_told_by_their_first_and_last_year():
    nan = np.nan
    rate = np.array([[200.0, 250, 300], [150, 250, 300], [250, 100, 199.9], [250, 100, 200], [10, 400, 20], [nan, 300, nan],
                     [nan, 199, 200], [nan, nan, nan]])  # fmt: skip
    expected = ["lasting", "emerging", "resolving", "returning", "", "", "emerging", ""]
    assert hotspot_labels(rate).tolist() == expected
    assert hotspot_labels(rate[:, :1]).tolist() == [""] * len(rate)


def test_the_command_and_the_page_tell_the_same_years(no_sets, alice, made, tmp_path):
    export, wards, people, boundaries = made
    call_command("tpr", "--facilities", str(export), "--boundaries", str(wards), "--out", str(tmp_path / "o"), "--map",
                 "ward=Ward", "--population", str(people), "--population-year", "2020")  # fmt: skip
    written = pd.read_csv(tmp_path / "o/burden_trends.csv", dtype={"ward_code": str})
    assert (tmp_path / "o/burden_trend_map.svg").read_text().startswith("<svg")
    columns = pd.read_csv(tmp_path / "o/positivity_columns.csv", dtype=str)
    for name in ("burden_trends.csv", "burden_lga_trends.csv"):
        meant = columns[columns["file"].isin([name]) | columns["file"].isna()]["column"]
        assert set(pd.read_csv(tmp_path / "o" / name)) <= set(meant), name
    last = written[written["ward_code"] == boundaries["ward_code"].iloc[-1]].iloc[0]
    assert last[[f"burden_{year}" for year in YEARS]].isna().all(), "its people are not known"

    row, session, browser = load(people), alice.session(), browse(alice)
    files = stored(alice, session, (export, wards))
    plain = alice.request(session, "tpr", **files, mapping={"ward": "Ward"})
    assert work(alice).pk == plain.pk
    assert "Burden, year by year" not in text_of(
        browser.get(reverse("tpr_trends", args=[session.pk, plain.pk]))
    )
    alice.request(session, "tpr", **files, mapping={"ward": "Ward"}, population=str(row.pk))
    counted = work(alice)
    page = reverse("tpr_trends", args=[session.pk, counted.pk])
    answer = browser.get(page)
    shown = answer.context["burden"]
    assert (shown["years"], shown["lgas_count"], shown["wards_count"]) == (YEARS, 3, WARDS)
    by_code = written.set_index("ward_code")
    for ward in shown["wards"]:
        of_file = by_code.loc[ward["ward_code"], [f"burden_{year}" for year in YEARS]].to_numpy(dtype=float)
        values = np.array([np.nan if value is None else value for _, value in ward["values"]])
        np.testing.assert_allclose(values, of_file)
    words = text_of(answer)
    assert "Cases per 1,000 children under five in each complete year" in words and "no data" in words
    assert sum(row["count"] for row in shown["legend"]) == WARDS
    one = browser.get(page, {"lga": "1"}).context["burden"]
    assert 0 < one["wards_count"] < WARDS and len({ward["lga_name"] for ward in one["wards"]}) == 1
    for figure in ("burden_trend_map", "table_burden_trends"):
        explained = text_of(browser.get(reverse("explain_figure", args=[session.pk, counted.pk, figure])))
        assert "from 2021 to 2024" in explained and "cases per 1,000 a year" in explained, figure
    link = f"{page}#burden"
    assert link in browser.get(reverse("tpr_result", args=[session.pk, counted.pk])).content.decode()
