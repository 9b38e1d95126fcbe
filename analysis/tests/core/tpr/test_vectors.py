"""Worked examples of the positivity workflow; where a number comes from stands beside it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.core.errors import BadInput
from analysis.core.tpr import burden, dhis2, months, outliers, positivity, quality, schema, trends
from analysis.core.tpr.fields import Indicator, indicator_of
from analysis.core.tpr.periods import read_period, read_periods

RDT_U5 = "Persons presenting with fever & tested by RDT <5yrs"
RDT_U5_POS = "Persons tested positive for malaria by RDT <5yrs"
MIC_U5 = "Persons presenting with fever and tested by Microscopy <5yrs"
MIC_U5_POS = "Persons tested positive for malaria by Microscopy <5yrs"


def table(**columns):
    made = {}
    for name, values in columns.items():
        texts = [value for value in values if isinstance(value, str)]
        made[name] = pd.Categorical(values) if texts else np.array(values, dtype=float)
    return pd.DataFrame(made)


def reports(frame, **options):
    lines = np.arange(2, len(frame) + 2)
    return months.facility_months(frame, lines, schema.detect(frame), **options)


@pytest.fixture
def t5():
    """Two facility rows: RDT 100/40 and 50/60 (more positive than tested), microscopy 10/9 and 0/0."""
    return table(**{"WardName": ["Afon", "Afon"], "HealthFacility": ["one", "two"], RDT_U5: [100, 50], RDT_U5_POS: [40, 60],
                    MIC_U5: [10, 0], MIC_U5_POS: [9, 0]})  # fmt: skip


def rate(frame, age_group="u5", method="pooled", **options):
    made = reports(frame, **options)
    cube, raw = (positivity.sum_reports(made, made.ward, len(made.wards), raw=flag) for flag in (False, True))
    sums = positivity.select_sums(cube, positivity.Choice(age_group, "all", method), raw=raw)
    return sums.join(positivity.rates(sums)).iloc[0]


def test_pooled_positivity_leaves_out_the_offending_method_of_a_row(t5):
    # (40 + 9) / (100 + 10): by hand
    found = rate(t5)
    assert (found["tested"], found["positive"]) == (110, 49)
    assert found["tpr_percent"] == pytest.approx(100 * 49 / 110, abs=1e-12)


def test_single_methods_and_the_legacy_maximum(t5):
    assert rate(t5, method="rdt")["tpr_percent"] == pytest.approx(40.0)
    # max(100/150, 9/10) on the counts as written
    assert rate(t5, method="legacy_max")["tpr_percent"] == pytest.approx(90.0)
    assert rate(t5, age_group="all_ages", method="legacy_max")["tpr_percent"] == pytest.approx(90.0)


def test_more_positive_than_tested_may_be_capped_or_kept(t5):
    assert rate(t5, above_tested="cap")["tpr_percent"] == pytest.approx(100 * 99 / 160)
    assert rate(t5, above_tested="keep")["tpr_percent"] == pytest.approx(100 * 109 / 160)


def test_wilson_interval():
    # Newcombe 1998, Stat Med 17:857, table I: 81 of 263 → 0.2553 to 0.3662; 0 of 20 → 0 to 0.1611.
    found = positivity.rates(pd.DataFrame({"tested": [263.0, 20.0], "positive": [81.0, 0.0]}))
    assert found["tpr_low"].round(2).tolist() == [25.53, 0.0]
    assert found["tpr_high"].round(2).tolist() == [36.62, 16.11]


def test_nobody_tested_is_missing_and_not_zero():
    frame = table(**{"WardName": ["A", "B", "C"], RDT_U5: [0, np.nan, 10], RDT_U5_POS: [0, 5, 0]})
    made = reports(frame)
    cube = positivity.sum_reports(made, made.ward, 3)
    sums = positivity.select_sums(cube, positivity.Choice())
    found = sums.join(positivity.rates(sums))
    assert np.isnan(found["tpr_percent"]).tolist() == [True, True, False]
    assert found["tested"].fillna(-1).tolist() == [0, -1, 10]
    assert "one_side_missing" in [note.code for note in made.notes]
    marks = positivity.flags(found, above=np.zeros(3, dtype=bool), reporting=np.array([1.0, 1.0, 0.5]))
    assert marks.tolist() == ["no_tests", "no_data", "small_numbers;low_reporting"]


def test_columns_that_look_exchanged_are_refused_with_the_way_out():
    counts = np.arange(20, 40, dtype=float)
    frame = table(**{"WardName": [f"W{i}" for i in range(20)], RDT_U5: counts / 2, RDT_U5_POS: counts})
    with pytest.raises(BadInput) as refusal:
        months.refuse_swapped(reports(frame), schema.detect(frame), ("u5",))
    assert refusal.value.code == "columns_look_swapped"
    assert f"tested_u5_rdt={RDT_U5_POS},positive_u5_rdt={RDT_U5}" in refusal.value.fix


def test_burden_per_year():
    # 1,200 positives in 24 months among 10,000 → 60; 25,000 in 12 months → 2,500, shown as 1,000.
    months_of_two_years = [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13)]
    assert burden.years_covered(months_of_two_years) == 2
    assert burden.per_1000_per_year([1200.0], [10000.0], 2.0) == pytest.approx([60.0])
    raw = burden.per_1000_per_year([25000.0, np.nan, 5.0], [10000.0, 10.0, 0.0], 1.0)
    assert raw[0] == 2500 and np.isnan(raw[1:]).all()
    assert burden.displayed(raw)[0] == 1000 and burden.exceeds_population(raw).tolist() == [
        True,
        False,
        False,
    ]


def test_adjusted_incidence():
    # C = 40, T = 100, P = 50: N1 = 40 + 50 · 0.4 = 60; reporting 0.75: N2 = 80; per 1,000 of 2,000 people in a year.
    found = burden.incidence([40.0], [100.0], [50.0], [0.75], [2000.0], 1.0).iloc[0]
    assert (found["cases_n1"], found["cases_n2"]) == (60, 80)
    assert (found["incidence_crude"], found["incidence_n1"], found["incidence_n2"]) == (20, 30, 40)
    without = burden.incidence([40.0], [100.0], None, [0.5], [2000.0], 1.0).iloc[0]
    assert np.isnan(without["cases_n1"]) and without["cases_n2"] == 80 and without["n2_without_presumed"]


@pytest.mark.parametrize(
    ("base", "copy", "period", "strategy", "merged"),
    [
        ([5, 5, None, None, None, None], [None, None, 1, 2, 3, 4], [2020, 2021, 2022, 2023, 2024, 2025], "sum", [5, 5, 1, 2, 3, 4]),
        ([None, None], [None, None], [2020, 2021], "sum", [None, None]),
        ([1, 2, 0], [1, 2, 0], [2020, 2021, 2022], "combine", [1, 2, 0]),
        ([1, None], [1, 5], [2020, 2021], "combine", [1, 5]),
        ([3, 4], [1, 5], [2020, 2021], "sum", [4, 9]),
    ],
)  # fmt: skip
def test_repeated_columns(base, copy, period, strategy, merged):
    frame = table(**{"Ward": ["a"] * len(base), "period0me": period, RDT_U5: base, f"{RDT_U5}.1": copy})
    cleaned, _, report = dhis2.clean(frame, np.arange(len(frame)) + 2)
    assert report.merges[0].strategy == strategy
    assert np.array_equal(cleaned[RDT_U5], np.array(merged, dtype=float), equal_nan=True)
    assert report.period_column == "periodname"
    kept, _, report = dhis2.clean(frame, np.arange(len(frame)) + 2, undo=[RDT_U5])
    assert report.merges[0].undone and np.array_equal(
        kept[RDT_U5], np.array(base, dtype=float), equal_nan=True
    )
    assert f"{RDT_U5}.1" in kept


def test_disagreeing_copies_are_added_and_marked_ambiguous():
    frame = table(**{"Ward": ["a"] * 2, "period": [2020, 2021], RDT_U5: [3, 4], f"{RDT_U5}.1": [1, 5]})
    merge = dhis2.clean(frame, np.array([2, 3]))[2].merges[0]
    assert merge.ambiguous and merge.conflicts == 2
    assert (merge.source_totals, merge.total) == ((7, 6), 13)


def test_a_copy_that_was_corrected_in_one_cell_is_no_form_that_changed():
    """Four of ten periods again: as many periods as of a changed form, but in rows that the first one fills, too."""
    again = [10, 10, 10, 11] + [np.nan] * 6
    columns = {"Ward": ["a"] * 10, "period": [f"2024-{k:02d}" for k in range(1, 11)], RDT_U5: [10] * 10}
    frame = table(**columns, **{f"{RDT_U5}.1": again})
    cleaned, _, report = dhis2.clean(frame, np.arange(10) + 2)
    merge = report.merges[0]
    assert merge.ambiguous and merge.reason.startswith("both filled in 4 rows, 3 of them equal")
    assert [(note.code, note.severity) for note in report.notes] == [("ambiguous_merge", "warning")]
    assert report.as_dict()["merges"][0]["ambiguous"] and merge.total == cleaned[RDT_U5].sum() == 141
    assert dhis2.clean(frame, np.arange(10) + 2, undo=[RDT_U5])[0][RDT_U5].sum() == 100
    # Few of the rows of the shorter one are shared while the form changes: no doubt.
    changing = table(
        **columns | {RDT_U5: [10] * 7 + [np.nan] * 3}, **{f"{RDT_U5}.1": [np.nan] * 6 + [9.0] * 3 + [np.nan]}
    )
    assert not dhis2.clean(changing, np.arange(10) + 2)[2].merges[0].ambiguous


def test_a_negative_count_is_missing_before_columns_are_added():
    frame = table(
        **{
            "Ward": ["a"] * 3,
            "period": [2020, 2021, 2022],
            RDT_U5: [-5, 4, -1],
            f"{RDT_U5}.1": [10, 5, np.nan],
        }
    )
    cleaned, _, report = dhis2.clean(frame, np.array([2, 3, 4]))
    assert np.array_equal(cleaned[RDT_U5], [10, 9, np.nan], equal_nan=True)
    merge = report.merges[0]
    assert (merge.negatives, merge.source_totals, merge.total) == (2, (4, 15), 19)
    note = next(note for note in report.notes if note.code == "negative_in_merge")
    assert (note.count, note.examples) == (2, ("row 2", "row 4"))
    kept, _, report = dhis2.clean(frame, np.array([2, 3, 4]), undo=[RDT_U5])
    assert kept[RDT_U5].tolist() == [-5, 4, -1]
    assert "negative_in_merge" not in [note.code for note in report.notes]


@pytest.mark.parametrize("column", ["Zone", "Ownership", "Remark"])
def test_a_row_of_no_ward_and_no_facility_is_a_total_by_any_column(column):
    frame = table(
        **{
            "Ward": ["Afon", "Oke", None],
            "Facility": ["a", "b", None],
            column: ["x", "Total", "TOTAL"],
            RDT_U5: [1, 8, 9],
        }
    )
    cleaned, lines, report = dhis2.clean(frame, np.array([2, 3, 4]))
    assert lines.tolist() == [2, 3] and cleaned[RDT_U5].tolist() == [1, 8], (
        "a total of a facility's own categories is a report"
    )
    assert [(drop.why, drop.examples) for drop in report.dropped] == [("a total, not a facility", ("row 4",))]


def test_total_rows_and_repeated_headers_are_left_out_and_told():
    frame = table(**{"WardName": ["Afon", "Total", "WardName", "Oke"], RDT_U5: [1, 9, np.nan, 8]})
    cleaned, lines, report = dhis2.clean(frame, np.array([2, 3, 4, 5]))
    assert cleaned["WardName"].tolist() == ["Afon", "Oke"] and lines.tolist() == [2, 5]
    assert [(drop.why, drop.count) for drop in report.dropped] == [
        ("a total, not a facility", 1),
        ("repeats the header", 1),
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (RDT_U5, "u5_rdt_tested"),
        ("Persons presenting with fever & tested by RDT  ≥5yrs (excl PW)", "o5_rdt_tested"),
        ("Persons presenting with fever & tested by RDT  â‰¥5yrs (excl PW)", "o5_rdt_tested"),
        ("Persons tested positive for malaria by Microscopy Preg Women (PW)", "pw_microscopy_positive"),
        ("Persons tested for malaria by RDT >=5", "o5_rdt_tested"),
        ("conf_a5_new", "o5_positive"),
        ("Persons tested positive for malaria by Microscopy", "all_microscopy_positive"),
        ("PW who received LLIN", None),
        ("Persons with confirmed uncomplicated malaria given ACT <5yrs", None),
        ("Malaria test positivity rate (%)", None),
    ],
)  # fmt: skip
def test_indicators_by_token_rules(header, field):
    found = indicator_of(header)
    assert (found.field if found else None) == field


def test_a_hierarchy_column_is_never_the_facility_level():
    frame = table(**{"orgunitlevel2": ["kw Kwara State"] * 4, "orgunitlevel3": ["primary"] * 4, "Ward": list("abcd"),
                     "organisationunit0me": list("wxyz"), "period0me": [2020, 2021, 2022, 2023],
                     "Facility level": ["Primary", "SECONDARY", "tertiary", "primary"], RDT_U5: [1, 2, 3, 4],
                     RDT_U5_POS: [1, 1, 1, 1]})  # fmt: skip
    found = schema.detect(dhis2.clean(frame, np.arange(4))[0])
    assert found.layout == "B"
    assert found.places == {"state": "orgunitlevel2", "lga": "orgunitlevel3", "ward": "Ward", "period": "periodname",
                            "facility": "organisationunitname", "facility_level": "Facility level"}  # fmt: skip
    assert found.pairs() == [("u5", "rdt")]


def test_the_header_is_found_below_blank_rows_and_titles():
    rows = [
        ["", "", ""],
        ["Malaria report", "", ""],
        ["State", "Ward", RDT_U5, RDT_U5_POS],
        ["Kwara", "Afon", 1, 2],
    ]
    assert schema.find_header(rows) == 2
    assert schema.find_header([["a", "b", "c"]] * 5) is None


def test_a_mapping_corrects_what_was_detected():
    frame = table(**{"Ward": ["a"], "conf_u5": [1], "tested_u5": [2]})
    found = schema.detect(frame, {"tested_u5": "conf_u5", "positive_u5": "tested_u5"})
    assert found.indicators == {
        Indicator("u5", "any", "tested"): "conf_u5",
        Indicator("u5", "any", "positive"): "tested_u5",
    }
    for wrong, code in (
        ({"tested_u5": "nothing"}, "unknown_column"),
        ({"tests": "conf_u5"}, "unknown_field"),
    ):
        with pytest.raises(BadInput) as refusal:
            schema.detect(frame, wrong)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "month", "year"),
    [("January 2021", 24252, 2021), ("Jan-21", 24252, 2021), ("202101", 24252, 2021), ("20210101", 24252, 2021),
     ("2021-01-31", 24252, 2021), ("31/01/2021", 24252, 2021), ("2021", -1, 2021), ("13/2021", -1, -1), ("soon", -1, -1),
     ("01-Jan-2021", 24252, 2021), ("1 January 2021", 24252, 2021), ("1-Jan-21", 24252, 2021), ("01/2021", 24252, 2021),
     ("1-2021", 24252, 2021), ("00/2021", -1, -1), ("01/01/21", 24252, 2021), ("31/01/1999", 23988, 1999),
     ("31/01/99", 23988, 1999), ("Jan-99", 23988, 1999), ("31/01/2021 00:00", 24252, 2021),
     ("31/01/2021 12:30:00 PM", 24252, 2021), ("2021-01-01 00:00:00", 24252, 2021), ("2021-01-01T00:00:00.000Z", 24252, 2021),
     ("2021 Q1", -1, -1), ("2021Q1", -1, -1), ("Jan to Mar 2021", -1, -1), ("January - March 2021", -1, -1),
     ("2021-01-01 to 2021-12-31", -1, -1), ("44197", -1, -1)],
)  # fmt: skip
def test_periods(text, month, year):
    assert read_period(text) == (month, year)


@pytest.mark.parametrize(
    ("dates", "months", "turned"),
    [
        # The first day of three months, as an American Excel writes it, and as everybody else does.
        (["1/1/2024", "2/1/2024", "3/1/2024"], [1, 2, 3], True),
        (["1/1/2024", "1/2/2024", "1/3/2024"], [1, 2, 3], False),
        # Their last days say it by themselves.
        (["1/31/2024", "2/29/2024", "12/31/2024"], [1, 2, 12], True),
        (["31/01/2024", "29/02/2024", "31/12/2024"], [1, 2, 12], False),
        (["05/03/2024", "05/03/2024"], [3, 3], False),
    ],
)
def test_whether_the_month_or_the_day_comes_first_the_column_says(dates, months, turned):
    read = read_periods(pd.Series(dates), None, None)
    assert read.month.tolist() == [12 * 2024 + month - 1 for month in months]
    assert bool(read.month_first) == turned


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        # One report of one month, and days of months that may be either.
        (["05/03/2024", "05/03/2024"], ("05/03/2024",)),
        (["05/03/2024", "07/04/2024"], ("05/03/2024", "07/04/2024")),
        # Both orders are the same month; each month on its first day; a day that can be no month.
        (["03/03/2024"], ()),
        (["01/02/2024", "01/03/2024"], ()),
        (["05/03/2024", "31/03/2024"], ()),
        (["2024-05-03"], ()),
    ],
)
def test_dates_that_may_be_read_either_way_are_told(dates, told):
    assert read_periods(pd.Series(dates), None, None).either_way == told
    frame = table(**{"LGA": ["L"] * len(dates), "Ward": ["Afon"] * len(dates), "Facility": ["f"] * len(dates),
                     "period": dates, RDT_U5: [10] * len(dates), RDT_U5_POS: [1] * len(dates)})  # fmt: skip
    notes = {note.code: note.examples for note in reports(frame).notes}
    assert notes.get("dates_either_way", ()) == told


@pytest.mark.parametrize(
    ("order", "months"), [("auto", [3, 4]), ("day_first", [3, 4]), ("month_first", [5, 7])]
)
def test_the_order_of_dates_can_be_said(order, months):
    read = read_periods(pd.Series(["05/03/2024", "07/04/2024"]), None, None, dates=order)
    assert read.month.tolist() == [12 * 2024 + month - 1 for month in months]
    assert bool(read.either_way) == (order == "auto"), "whoever said it need not be told"
    # Against what the column says, the day that is no month stays unread and is told.
    wrong = read_periods(pd.Series(["05/03/2024", "31/03/2024"]), None, None, dates="month_first")
    assert wrong.month.tolist() == [12 * 2024 + 4, -1] and wrong.unreadable == ("31/03/2024",)


def test_a_facility_lends_its_ward_to_rows_that_name_none():
    frame = table(**{"LGA": ["L"] * 4, "Ward": ["Afon", "Unknown", "Unknown", "Oke"], "Facility": ["f", "f", "g", "h"],
                     "period": [2020, 2021, 2021, 2021], RDT_U5: [10, 20, 30, 40], RDT_U5_POS: [1, 2, 3, 4]})  # fmt: skip
    made = reports(frame)
    assert made.ward.tolist() == [0, 0, -1, 1]
    lost = quality.unknown_wards(made, made.ward)
    assert lost[["lga_name", "reports", "tested", "positive"]].to_numpy().tolist() == [["L", 1, 30.0, 3.0]]
    assert quality.mapped_share(made, made.ward) == pytest.approx(0.7)


def test_same_ward_name_in_two_lgas_keeps_its_cases():
    frame = table(**{"LGA": ["X", "Y"], "Ward": ["Afon", "Afon"], RDT_U5: [10, 100], RDT_U5_POS: [1, 90]})
    made = reports(frame)
    sums = positivity.select_sums(positivity.sum_reports(made, made.ward, 2), positivity.Choice())
    assert sums["positive"].tolist() == [1, 90]


def test_copied_reports_count_once_and_unlike_ones_are_told():
    frame = table(**{"Ward": ["A"] * 4, "Facility": ["f", "f", "g", "g"], "period": [2020] * 4, RDT_U5: [10, 10, 5, 6],
                     RDT_U5_POS: [1, 1, 1, 1]})  # fmt: skip
    made = months.without_copies(reports(frame))
    assert made.line.tolist() == [2, 4, 5]
    assert {"copied_reports": 1, "repeated_reports": 2}.items() <= {
        n.code: n.count for n in made.notes
    }.items()


def test_reporting_rate_counts_months_nobody_reported():
    frame = table(**{"Ward": ["A", "A", "B"], "Facility": ["f", "f", "g"], "period": ["Jan 2024", "Mar 2024", "Mar 2024"],
                     RDT_U5: [1, 1, 1], RDT_U5_POS: [0, 0, 0]})  # fmt: skip
    made = reports(frame)
    found = quality.reporting(made, made.ward, 2)
    assert found.periods == ("2024-01", "2024-02", "2024-03")
    assert found.rate == pytest.approx([2 / 3, 1 / 3])


def test_a_report_hundred_times_the_usual_is_an_outlier_and_stays():
    values = [10.0, 11, 9, 12, 10, 1000, 11, 10]
    frame = table(**{"Ward": ["A"] * 8, "Facility": ["f"] * 8, "period": [f"2024-0{k}" for k in range(1, 9)], RDT_U5: values,
                     RDT_U5_POS: [1.0] * 8})  # fmt: skip
    made = reports(frame)
    found = outliers.outliers(made)
    assert found[["value", "median", "by_mad", "by_iqr", "period"]].to_numpy().tolist() == [
        [1000, 10.5, True, True, "2024-06"]
    ]
    assert made.raw[5, 0, 0] == 1000
    assert outliers.replace_outliers(made, found)[5, 0, 0] == 10.5 and made.raw[5, 0, 0] == 1000


def test_trend_agrees_with_scipy_and_counts_the_missing_year():
    time = np.array([2018.0, 2019, 2020, 2022, 2023])
    values = np.array(
        [[10.0, 14, 13, 30, 31], [5, 5, np.nan, 5, 4], [np.nan, 3, np.nan, np.nan, 9], [np.nan] * 5]
    )
    found = trends.trend(values, time)
    assert found["slope"][0] == pytest.approx(stats.linregress(time, values[0]).slope)
    assert found["sen_slope"][0] == pytest.approx(stats.theilslopes(values[0], time).slope)
    assert found["slope"][2] == pytest.approx(6 / 4)
    assert found["label"].tolist() == ["unclear", "unclear", "change", ""]
    # S = 8 of 10 pairs; variance 5·4·15/18; z = 7 / sqrt(16.667)
    assert found["mk_s"][0] == 8
    assert found["mk_p"][0] == pytest.approx(2 * stats.norm.sf(7 / np.sqrt(300 / 18)))
    # Ties of three: variance (4·3·13 − 3·2·11) / 18
    assert found["mk_p"][1] == pytest.approx(2 * stats.norm.sf(2 / np.sqrt((156 - 66) / 18)))


def test_partial_years_do_not_count_as_years():
    labels = tuple(f"2022-{m:02d}" for m in range(1, 13)) + tuple(f"2023-{m:02d}" for m in range(1, 6))
    assert trends.complete_years(labels) == ["2022"]
    found = trends.seasonality(np.arange(1.0, 18.0)[None, :], list(labels))
    assert found.iloc[0, :12].sum() == pytest.approx(1) and found["peak_month"][0] == 12


def test_a_level_or_group_the_file_lacks_is_refused_and_never_read_as_all(t5):
    made = reports(t5)
    cube = positivity.sum_reports(made, made.ward, 1)
    for choice, code in (
        (positivity.Choice(level="primary"), "no_such_level"),
        (positivity.Choice("pw"), "no_such_counts"),
        (positivity.Choice(period="2024"), "no_such_period"),
    ):
        with pytest.raises(BadInput) as refusal:
            positivity.select_sums(cube, choice)
        assert refusal.value.code == code


def test_boundaries_that_name_no_lga_lack_no_level(t5):
    made = reports(t5)
    cube = positivity.sum_reports(made, made.ward, 1)
    nowhere = positivity.Cube(cube.counts[:0], cube.cells[:0], cube.pairs, cube.periods)
    assert len(positivity.select_sums(nowhere, positivity.Choice(level="primary"))) == 0


def test_a_column_that_names_no_place_makes_no_total_of_a_row():
    frame = table(**{"WardName": ["Afon", "Oke"], "categoryoptioncombo0me": ["Total", "Total"], "Remark": ["Total", "x"],
                     RDT_U5: [1, 2]})  # fmt: skip
    cleaned, _, report = dhis2.clean(frame, np.array([2, 3]))
    assert len(cleaned) == 2 and report.dropped == ()


def test_what_every_row_says_of_its_place_makes_no_total_of_all():
    frame = table(**{"WardName": ["Afon", "Oke"], "Facility": ["Total", "Total"], RDT_U5: [1, 2]})
    assert len(dhis2.clean(frame, np.array([2, 3]))[0]) == 2
    frame = table(**{"WardName": ["Total", "Oke"], "Facility": ["f", "Total"], RDT_U5: [1, 2]})
    assert len(dhis2.clean(frame, np.array([2, 3]))[0]) == 2


def test_totals_are_told_with_the_persons_they_count():
    frame = table(**{"Unit": ["Afon", "Total", "Oke"], "period": [2020, 2020, 2020], RDT_U5: [1, 9, 3], f"{RDT_U5}.1": [np.nan, 2, np.nan],
                     RDT_U5_POS: [1, 4, 2]})  # fmt: skip
    # A person said which column names the facility. Repeated columns count as they were merged: 9 + 2.
    _, lines, report = dhis2.clean(frame, np.array([2, 3, 4]), mapping={"facility": "Unit"})
    assert lines.tolist() == [2, 4]
    assert (report.dropped[0].tested, report.dropped[0].positive) == (11, 4)
    note = next(note for note in report.notes if note.code == "rows_dropped")
    assert note.severity == "warning" and note.message.endswith("They count 4 positive of 11 tests.")


@pytest.mark.parametrize("base", [[None, None], [np.nan, np.nan]])
def test_a_repeated_column_without_any_value_is_no_text(base):
    frame = pd.DataFrame({"WardName": ["Afon", "Oke"], RDT_U5: base, f"{RDT_U5}.1": [10.0, 20.0]})
    cleaned, _, report = dhis2.clean(frame, np.array([2, 3]))
    assert report.merges[0].strategy == "sum" and cleaned[RDT_U5].tolist() == [10, 20]
    names = pd.DataFrame({"WardName": base, "WardName.1": ["Afon", "Oke"], RDT_U5: [1.0, 2.0]})
    assert dhis2.clean(names, np.array([2, 3]))[0]["WardName"].tolist() == ["Afon", "Oke"]


@pytest.mark.parametrize("name", ["nonsense", "WardName"])
def test_a_merge_that_was_none_cannot_be_taken_back(name):
    frame = table(**{"WardName": ["Afon"], RDT_U5: [1], f"{RDT_U5}.1": [2]})
    with pytest.raises(BadInput) as refusal:
        dhis2.clean(frame, np.array([2]), undo=[name])
    assert (refusal.value.code, refusal.value.examples) == ("unknown_merge", (RDT_U5,))
