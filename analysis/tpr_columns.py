"""What each column of the tables of a test positivity run means, and its unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

RATE = "cases per 1,000 people and year"
MEANINGS = {
    "ward_code": ("Code of the ward", ""),
    "ward_name": ("Ward", ""),
    "lga_code": ("Code of the LGA", ""),
    "lga_name": ("LGA", ""),
    "state_code": ("Code of the state", ""),
    "state_name": ("State", ""),
    "facility": ("Health facility, as the export spells it", ""),
    "tested": ("Tested for malaria, of the persons, facilities, tests and time chosen; empty where no report is known", "persons"),
    "positive": ("Tested positive among them", "persons"),
    "tpr_percent": ("Test positivity, Σ positive / Σ tested; empty where nobody is known to have been tested", "% of the tested"),
    "tpr_low": ("Lower end of its 95 % interval (Wilson)", "% of the tested"),
    "tpr_high": ("Upper end of its 95 % interval (Wilson)", "% of the tested"),
    "reporting_percent": ("Reports that came, of those expected; beside a burden, in the periods that its years are made of", "% of the expected reports"),
    "flags": ("Marks of the ward: why it has no rate, or what its rate rests on", ""),
    "presumed": ("Treated as malaria without a test; empty where not stated, of an LGA in the wards that state them", "persons"),
    "wards": ("Wards that the sums are made of", "wards"),
    "wards_with_presumed": ("Of these, wards whose presumed cases are known", "wards"),
    "population": ("People whom the cases are counted among", "people"),
    "population_from": ("Where the people are from, of which year, and what was done to them", ""),
    "burden_per_1000_per_year": ("Crude incidence: positive / (people × years); empty where cases or people are unknown", RATE),
    "burden_shown": ("The same, at most 1,000, as maps show it", RATE),
    "cases_n1": ("Cases adjusted for testing: positive + presumed × positivity; of an LGA only where all its wards state presumed cases", "persons"),
    "incidence_n1": ("Incidence of these", RATE),
    "cases_n2": ("Cases adjusted for reporting, too: divided by the share of expected reports that came", "persons"),
    "incidence_n2": ("Incidence of these", RATE),
    "n2_without_presumed": ("N2 is made of confirmed cases only: presumed ones are not known", "true or false"),
    "result_id": ("The result that the row is of", ""),
    "source": ("File of the reports", ""),
    "choice": ("Persons, facilities, tests and time", ""),
    "units": ("Units of the columns", ""),
    "scope": ("Whole map, state, LGA, ward, facility, column or file", ""),
    "age_group": ("u5 under five, o5 five and over, pw pregnant women, all_ages", ""),
    "level": ("Level of the facilities", ""),
    "method": ("Tests that are counted", ""),
    "period": ("Year or month; all: every one of the file", ""),
    "span": ("Whether the period is a month or a year", ""),
    "expected": ("Reports expected", "reports"),
    "reported": ("Reports that came", "reports"),
    "urban_percentage": ("Urban share of the ward", "% of area"),
    "outpatients": ("Outpatients of the reports that state both", "persons"),
    "outpatient_percent": ("Positive among outpatients, for urban wards of high positivity only", "% of outpatients"),
}  # fmt: skip
_MATCHES = {
    "table_row": ("Row of the file in which the ward is first named", ""),
    "table_name": ("The ward as the file names it", ""),
    "ward_code": ("Code of the ward on the map that it is, or is proposed to be", ""),
    "ward_name": ("Its name there", ""),
    "method": ("How it was found, or why it was not", ""),
    "score": ("Likeness of the two names, 0 to 1", "share"),
    "status": ("accepted, review (a person decides) or unmatched", ""),
}  # fmt: skip
_QUALITY = {
    "check": ("What was looked at", ""),
    "scope": ("What the finding is of: ward, lga, facility, column or file", ""),
    "place": ("The ward, LGA, facility or column", ""),
    "value": ("reporting_rate and missing_cells: a percentage; the other checks: persons", "% or persons"),
    "count": ("reporting_rate: reports expected; the other checks: reports, rows or columns it concerns", "reports, rows or columns"),
    "detail": ("The finding in words, with the row of the file", ""),
}  # fmt: skip
_OUTLIERS = {
    "facility": ("Health facility", ""),
    "ward_name": ("Its ward as the file names it", ""),
    "lga_name": ("Its LGA as the file names it", ""),
    "age_group": ("Persons counted", ""),
    "test": ("RDT, microscopy or not stated", ""),
    "count": ("Which count it is: tested or positive", ""),
    "file_row": ("Row of the file", ""),
    "value": ("The count as written", "persons"),
    "expected_low": ("Least that its other reports let expect", "persons"),
    "expected_high": ("Most that they let expect", "persons"),
    "median": ("Median of the facility's reports of this count", "persons"),
    "by_mad": ("Found by its distance from the median", "true or false"),
    "by_iqr": ("Found by the quartiles", "true or false"),
    "replaced": ("Whether the median was counted instead", "true or false"),
    "used": ("What was counted", "persons"),
}  # fmt: skip
_POINTS = "percentage points a year"


def _moves(unit: str) -> dict[str, tuple[str, str]]:
    return {
        "points": ("Complete years with a rate", "years"),
        "slope": ("Straight line through these years (least squares)", unit),
        "sen_slope": ("Median of the slopes between all pairs of these years (Sen)", unit),
        "mk_s": ("Mann-Kendall score of these years: pairs that rise less pairs that fall", "pairs"),
        "mk_p": ("How likely such a score is by chance, two-sided; from three years on", "probability"),
        "label": ("worsening or improving where that is more than chance (p below 0.05), else unclear; change for two years alone, whatever their months", ""),
    }  # fmt: skip


_BURDEN_TRENDS = _moves(f"{RATE}, a year") | {
    "hotspot": ("At least 200 cases per 1,000: lasting (all known years), emerging (the last, not the first), resolving (the "
                "first, not the last), returning (both, not all between); else empty", ""),
}  # fmt: skip
_TRENDS = _moves(_POINTS) | {
    "months": ("Months with a rate", "months"),
    "monthly_slope": ("Median of the slopes between equal months of different years", _POINTS),
    "monthly_s": ("Seasonal Mann-Kendall score: pairs of equal months that rise less pairs that fall", "pairs"),
    "month_years": ("Years that are compared: values that the middle one of the calendar months has, rounded down", "years"),
    "monthly_p": ("How likely such a score is by chance, two-sided; from three years on", "probability"),
    **{month: (f"Share of the positive tests of complete years in month {number}", "share of a year") for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)},
    "peak_month": ("Month with the largest share", "month, 1 to 12"),
}  # fmt: skip
_SERIES = {
    "reported": ("Months of the year, or the month itself, with a report", "periods"),
}
_UNUSUAL = {
    "value": ("Test positivity of the month", "% of the tested"),
    "usual": ("What place, season and year let expect", "% of the tested"),
    "score": ("How far the month is from that, by the place's own scatter", "standard deviations"),
    "q": ("Share of chance marks among all that are at least as far off, at most", "share"),
}
_HOTSPOTS = {
    "gi_z": ("Getis-Ord Gi* of the ward and those that touch it; empty where it can't be judged", "standard deviations"),
    "gi_p": ("How likely it is by chance, two-sided", "probability"),
    "hotspot": ("hot or cold where the ward stands out, else empty", ""),
}  # fmt: skip
_HANDED_OVER = {
    "WardCode": ("Code of the ward", ""),
    "WardName": ("Ward", ""),
    "LGAName": ("LGA", ""),
    "StateName": ("State", ""),
    "u5_tpr_rdt": ("Test positivity of children under five", "% of the tested"),
    "test_positivity_rate": ("Test positivity of the persons chosen", "% of the tested"),
    "total_tested": ("Tested for malaria", "persons"),
    "total_positive": ("Tested positive among them", "persons"),
}
# Where a table has columns of its own, or means something else by a name.
OF_FILES = {
    "matches.csv": _MATCHES, "quality.csv": _QUALITY, "outliers.csv": _OUTLIERS, "trends.csv": _TRENDS, "lga_trends.csv": _TRENDS,
    "ward_series.csv": _SERIES, "lga_series.csv": _SERIES, "unusual_months.csv": _UNUSUAL, "hotspots.csv": _HOTSPOTS,
    "ward_table.csv": _HANDED_OVER, "burden_trends.csv": _BURDEN_TRENDS, "burden_lga_trends.csv": _BURDEN_TRENDS,
}  # fmt: skip


def general_columns() -> pd.DataFrame:
    """``column, meaning, unit`` of the columns that mean the same wherever they stand."""
    return pd.DataFrame(_rows(MEANINGS), columns=["column", "meaning", "unit"], dtype="str")


def all_columns(files: Collection[str], years: Sequence[str]) -> pd.DataFrame:
    """The same with ``file``: empty where the row holds for every table that has no row of its own for the column.

    Parameters
    ----------
    files : collection of str
        The tables of the run.
    years : sequence of str
        Those of which the tables of trends have a column.
    """
    of_years = {f"tpr_{year}": (f"Test positivity of {year}", "% of the tested") for year in years}
    counted = {
        f"burden_{year}": (f"Positive of {year} / people in the middle of it", RATE) for year in years
    } | {
        f"wards_{year}": (f"Wards of the LGA whose cases and people are known in {year}", "wards")
        for year in years
    }
    rows = [(*row, "") for row in _rows(MEANINGS)]
    for name, meanings in ((name, OF_FILES[name]) for name in OF_FILES if name in files):
        added = of_years if meanings is _TRENDS else counted if meanings is _BURDEN_TRENDS else {}
        rows += [(*row, name) for row in _rows(added | meanings)]
    return pd.DataFrame(rows, columns=["column", "meaning", "unit", "file"], dtype="str")


def _rows(meanings: dict[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(name, meaning, unit) for name, (meaning, unit) in meanings.items()]
