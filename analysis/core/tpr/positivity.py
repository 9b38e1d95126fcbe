"""Test positivity: sums of tested and positive persons, never means of rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput, Note

from .fields import GROUP_LABELS
from .months import FacilityMonths, Floats
from .periods import month_name
from .schema import LEVELS
from .spans import read_span

AGE_GROUPS = ("u5", "o5", "pw", "all_ages")
FACILITY_LEVELS = (*LEVELS, "all")
TEST_METHODS = ("pooled", "rdt", "microscopy", "legacy_max")
ALL_PERIODS = "all"
COMBINATION = ("age_group", "level", "method", "period")
SMALL_NUMBER = 30
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Choice:
    """Which persons, facilities, tests and time a rate is made of.

    `period`: "all", a year ("2024"), a month ("2024-03") or a span ("2023-07..2024-06").
    """

    age_group: str = "u5"
    level: str = "all"
    method: str = "pooled"
    period: str = ALL_PERIODS

    def label(self) -> str:
        """Return the choice in words."""
        age = {"all_ages": "all ages"}.get(self.age_group, GROUP_LABELS.get(self.age_group, self.age_group))
        level = "all facilities" if self.level == "all" else f"{self.level} facilities"
        method = {"pooled": "RDT and microscopy pooled", "rdt": "RDT only", "microscopy": "microscopy only",
                  "legacy_max": "method with the higher positivity (legacy)"}[self.method]  # fmt: skip
        period = "all periods" if self.period == ALL_PERIODS else self.period
        return f"{age}, {level}, {method}, {period}"


@dataclass(frozen=True)
class Cube:
    """Sums over the reports of each place, facility level and period.

    `counts`: float array (W, 4, T, P, 2) of tested and positive; the fourth level is "not
    stated". `cells`: int array (W, 4, T, P), how many reports each sum is made of; 0 means that
    nothing is known, which is not 0 persons. `periods`: T labels, such as ``2024-03``, ``2024`` or
    ``""`` (not stated).
    """

    counts: Floats
    cells: NDArray[np.int64]
    pairs: tuple[tuple[str, str], ...]
    periods: tuple[str, ...]


def sum_reports(months: FacilityMonths, place: NDArray[np.intp], places: int, *, raw: bool = False) -> Cube:
    """Sum the reports of each place by facility level and period.

    Parameters
    ----------
    months : FacilityMonths of n reports
    place : int array of n
        Which of `places` wards, LGAs … a report belongs to; −1 to none.
    raw : bool
        Sum the counts as written, without the rule for more positive than tested; a pair of which one side is missing is
        none here either.
    """
    index = months.periods.index
    # A period whose cells are all empty, as in a grid that reaches into the future, is none of the file.
    stamps = np.unique(index[months.reported])
    time = np.searchsorted(stamps, index)
    labels = period_labels(stamps, annual=months.periods.annual)
    span, pairs = len(stamps), len(months.pairs)
    size = places * 4 * span
    cell = (place * 4 + np.where(months.level < 0, 3, months.level)) * span + time
    source = np.where(months.one_sided[:, :, None], np.nan, months.raw) if raw else months.counts
    counts, cells = np.zeros((size, pairs, 2)), np.zeros((size, pairs), dtype=np.int64)
    for k in range(pairs):
        use = (place >= 0) & ~np.isnan(source[:, k, 0])
        cells[:, k] = np.bincount(cell[use], minlength=size)
        for side in range(2):
            counts[:, k, side] = np.bincount(cell[use], weights=source[use, k, side], minlength=size)
    shape = (places, 4, span, pairs)
    return Cube(counts.reshape(*shape, 2), cells.reshape(shape), months.pairs, labels)


def period_labels(stamps: NDArray[np.int64], *, annual: bool) -> tuple[str, ...]:
    """Labels of period numbers: months, or years of a yearly file; empty where not stated."""
    return tuple("" if s < 0 else str(s) if annual else month_name(int(s)) for s in stamps)


def pairs_of(pairs: Sequence[tuple[str, str]], age_group: str, method: str) -> list[int]:
    """Positions of the pairs that a choice adds up.

    A column without age group counts only where the age groups are absent, one without test
    method only where the methods are; otherwise persons would be counted twice.
    """
    groups = {group for group, _ in pairs}
    wanted = [age_group]
    if age_group == "all_ages":
        split: list[str] = [group for group in ("u5", "o5", "pw") if group in groups]
        wanted = split if "all" not in groups or {"u5", "o5"} <= groups else ["all"]
    found = []
    for group in wanted:
        named = [k for k, (g, m) in enumerate(pairs) if g == group and m != "any"]
        stated = {"pooled": ("rdt", "microscopy"), "legacy_max": ("rdt", "microscopy")}.get(method, (method,))
        found += [k for k in named if pairs[k][1] in stated]
        if not named and method in ("pooled", "legacy_max"):
            found += [k for k, (g, m) in enumerate(pairs) if g == group and m == "any"]
    return found


def age_notes(pairs: Sequence[tuple[str, str]], choice: Choice) -> list[Note]:
    """Tell which age group is missing in figures of all ages that are made of the age groups."""
    groups = {group for group, _ in pairs}
    lacking = [group for group in ("u5", "o5") if group not in groups]
    if choice.age_group != "all_ages" or "all" in groups or not lacking:
        return []
    there = ", ".join(GROUP_LABELS[group] for group in ("u5", "o5", "pw") if group in groups)
    message = (
        f"The file has no columns of {', '.join(GROUP_LABELS[group] for group in lacking)} and none without an age "
        f"group: figures of all ages are of {there} only."
    )
    return [Note("all_ages_incomplete", "warning", message)]


def period_positions(labels: Sequence[str], period: str) -> list[int]:
    """Positions of the periods a choice means.

    Raises
    ------
    BadInput
        If it is no period, a part of a year of a file of years, or none of the file.
    """
    if period == ALL_PERIODS:
        return list(range(len(labels)))
    asked, named = read_span(period), [label for label in labels if label]
    fix = "Choose all, a year, a month such as 2024-03, or a span such as 2023-07..2024-06."
    if asked is None:
        raise BadInput("period_unreadable", "The period can't be read",
                       f"{period} is neither a year nor a month, nor a span of them that runs forwards.", fix,
                       where="period", examples=named)  # fmt: skip
    # A year of the file lies within the time as a whole or not at all.
    spans = [read_span(label) or (-1, -1) for label in labels]
    whole_years = asked[0] % 12 == 0 and asked[1] % 12 == 11
    if not whole_years and any(first < last for first, last in spans):
        raise BadInput("period_cuts_years", "The file tells years, and no months",
                       f"{period} is not made of whole years; what was counted in a part of a year is not known.",
                       "Choose all, a year, or a span of years such as 2023..2024.", where="period", examples=named)  # fmt: skip
    found = [k for k, (first, last) in enumerate(spans) if asked[0] <= first and last <= asked[1]]
    if not found:
        raise BadInput("no_such_period", "The file has no such period", f"No report is of {period}.", fix,
                       where="period", examples=named)  # fmt: skip
    return found


def levels_of(choice: Choice) -> list[int]:
    """Positions of the facility levels a choice means, along the second axis of a cube."""
    return list(range(4)) if choice.level == "all" else [LEVELS.index(choice.level)]


def of_choice(months: FacilityMonths, choice: Choice) -> NDArray[np.bool_]:
    """Whether a report is of the facilities and the time of a choice: bool array of n.

    Raises
    ------
    BadInput
        If the file has no such period.
    """
    use = np.ones(len(months.line), dtype=bool)
    if choice.level != "all":
        use &= months.level == LEVELS.index(choice.level)
    if choice.period != ALL_PERIODS:
        stamps, time = np.unique(months.periods.index, return_inverse=True)
        labels = period_labels(stamps, annual=months.periods.annual)
        use &= np.isin(time, period_positions(labels, choice.period))
    return use


def has_reports(cube: Cube, choice: Choice) -> NDArray[np.bool_]:
    """Whether a place has a report of a choice in each period of the cube: bool array (W, T).

    A period that the choice does not mean has none.
    """
    found = np.zeros((len(cube.cells), len(cube.periods)), dtype=bool)
    columns = pairs_of(cube.pairs, choice.age_group, choice.method)
    times = period_positions(cube.periods, choice.period)
    block = np.ix_(range(len(cube.cells)), levels_of(choice), times, columns)
    found[:, times] = cube.cells[block].any(axis=(1, 3))
    return found


def reported_periods(cube: Cube, choice: Choice) -> list[str]:
    """Labels of the periods in which some place has a report of a choice.

    Raises
    ------
    BadInput
        If the file has none of the periods asked for.
    """
    reported = np.flatnonzero(has_reports(cube, choice).any(axis=0))
    return [cube.periods[k] for k in reported]


def select_sums(cube: Cube, choice: Choice, *, raw: Cube | None = None) -> pd.DataFrame:
    """Tested and positive persons of each place for a choice.

    Parameters
    ----------
    cube : Cube of W places
    raw : Cube, optional
        The counts as written; needed for ``legacy_max`` alone.

    Returns
    -------
    pandas.DataFrame of W rows
        ``tested, positive`` [persons], missing where no report has both; ``reports``, how many.

    Raises
    ------
    BadInput
        If the file has no such age group, test method, facility level or period.
    """
    source = raw if choice.method == "legacy_max" and raw is not None else cube
    columns = pairs_of(source.pairs, choice.age_group, choice.method)
    if not columns:
        have = sorted({f"{group}, {method}" for group, method in source.pairs})
        raise BadInput("no_such_counts", "The file has no such counts", f"No columns count tests of {choice.label()}.",
                       "Choose an age group and test method that the file has.", where="age_group", examples=have)  # fmt: skip
    levels = levels_of(choice)
    # Of no place at all, such as the LGAs of boundaries that name none, nothing can be missing.
    if choice.level != "all" and len(cube.cells) and not cube.cells[:, levels].any():
        have = [name for k, name in enumerate(LEVELS) if cube.cells[:, k].any()]
        raise BadInput("no_such_level", "The file has no such facilities", f"No report comes from a {choice.level} facility.",
                       "Choose another facility level, or all.", where="level", examples=have)  # fmt: skip
    times = period_positions(source.periods, choice.period)
    block = np.ix_(range(len(source.counts)), levels, times)
    counts, cells = source.counts[block].sum(axis=(1, 2)), source.cells[block].sum(axis=(1, 2))
    if choice.method == "legacy_max":
        tested, positive, reports = _higher_method(counts, cells, [(k, source.pairs[k][1]) for k in columns])
    else:
        tested, positive = counts[:, columns, 0].sum(axis=1), counts[:, columns, 1].sum(axis=1)
        reports = cells[:, columns].max(axis=1)
    none = reports == 0
    return pd.DataFrame({"tested": np.where(none, np.nan, tested), "positive": np.where(none, np.nan, positive),
                         "reports": reports})  # fmt: skip


def _higher_method(
    counts: Floats, cells: NDArray[np.int64], columns: Sequence[tuple[int, str]]
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Sums of the method with the higher positivity; RDT on ties."""
    methods = [m for m in ("rdt", "microscopy", "any") if any(m == name for _, name in columns)]
    members = [[k for k, name in columns if name == method] for method in methods]
    tested = np.stack([counts[:, m, 0].sum(axis=1) for m in members], axis=1)
    positive = np.stack([counts[:, m, 1].sum(axis=1) for m in members], axis=1)
    reports = np.stack([cells[:, m].max(axis=1) for m in members], axis=1)
    rate = np.divide(positive, tested, out=np.full(tested.shape, -1.0), where=(tested > 0) & (reports > 0))
    # Of methods without a rate, one that is known to have tested nobody says more than one that is missing.
    best, rows = np.where(reports > 0, rate, -2.0).argmax(axis=1), np.arange(len(rate))
    return tested[rows, best], positive[rows, best], reports[rows, best]


def rates(sums: pd.DataFrame) -> pd.DataFrame:
    """Positivity with its 95 % interval.

    Parameters
    ----------
    sums : pandas.DataFrame
        With ``tested`` and ``positive`` [persons].

    Returns
    -------
    pandas.DataFrame
        ``tpr_percent, tpr_low, tpr_high`` [%] on the index of `sums`. Missing where nobody was tested; the
        interval also where there are more positive than tested.

    Notes
    -----
    Wilson score interval [1]_.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference,"
       J. Am. Stat. Assoc., vol. 22, pp. 209-212, 1927, doi:10.1080/01621459.1927.10502953.
    """
    tested = sums["tested"].to_numpy(dtype=np.float64)
    positive = sums["positive"].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(tested > 0, positive / tested, np.nan)
        inside = share <= 1
        middle = (share + Z95**2 / (2 * tested)) / (1 + Z95**2 / tested)
        half = Z95 / (1 + Z95**2 / tested) * np.sqrt(share * (1 - share) / tested + Z95**2 / (4 * tested**2))
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return pd.DataFrame({"tpr_percent": 100 * share, "tpr_low": np.where(inside, 100 * low, np.nan),
                         "tpr_high": np.where(inside, 100 * high, np.nan)}, index=sums.index)  # fmt: skip


def flags(
    table: pd.DataFrame,
    *,
    above: NDArray[np.bool_],
    reporting: Floats,
    low_reporting: float = 0.8,
    shared: NDArray[np.bool_] | None = None,
) -> pd.Series:
    """Return the marks of each place, separated by semicolons.

    ``no_data``, ``no_tests``, ``small_numbers`` (fewer than 30 tested), ``above_100``,
    ``positive_above_tested`` (some report), ``low_reporting`` (below 80 % of the expected reports),
    ``unknown_shared`` (`shared`: took a part of its LGA's reports without a ward).
    """
    tested = table["tested"].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        marks = {
            "no_data": np.isnan(tested),
            "no_tests": tested == 0,
            "small_numbers": (tested > 0) & (tested < SMALL_NUMBER),
            "above_100": table["tpr_percent"].to_numpy(dtype=np.float64) > 100,
            "positive_above_tested": above,
            "low_reporting": (reporting < low_reporting) & ~np.isnan(tested),
            "unknown_shared": np.zeros(len(table), dtype=bool) if shared is None else shared & (tested > 0),
        }
    joined = np.full(len(table), "", dtype=object)
    for name, where in marks.items():
        joined = np.where(where, np.where(joined == "", name, joined + ";" + name), joined)
    return pd.Series(joined, index=table.index, dtype="str")


def methods_of(cube: Cube) -> tuple[str, ...]:
    """Return the ways of counting tests that the columns allow: together, and each test that is named."""
    named = {method for _, method in cube.pairs}
    return ("pooled", *(method for method in ("rdt", "microscopy") if method in named))


def combinations(
    cube: Cube, raw: Cube, *, methods: Sequence[str] = ("pooled",), periods: Sequence[str] = (ALL_PERIODS,)
) -> pd.DataFrame:
    """Rates of every age group × facility level × method × period the file has.

    Returns
    -------
    pandas.DataFrame
        ``place`` (0 … W−1), ``age_group, level, method, period`` (categories), ``tested, positive, tpr_percent,
        tpr_low, tpr_high``; places without data are left out.
    """
    # The time is summed once for all that is asked of it.
    spans = {period: (_over(cube, period), _over(raw, period)) for period in periods}
    parts, keys = [], []
    for age_group, method in product(AGE_GROUPS, methods):
        if not pairs_of(cube.pairs, age_group, method):
            continue
        for level, period in product(FACILITY_LEVELS, periods):
            source = spans[period][method == "legacy_max"]
            if level != "all" and not source.cells[:, LEVELS.index(level)].any():
                continue
            sums = select_sums(source, Choice(age_group, level, method), raw=source)
            sums.insert(0, "place", sums.index)
            parts.append(sums[sums["tested"].notna()].drop(columns="reports"))
            keys.append((age_group, level, method, period))
    table = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["place", "tested", "positive"])
    )
    sizes = np.array([len(part) for part in parts], dtype=np.intp)
    for at, name in enumerate(COMBINATION, 1):
        table.insert(at, name, pd.Categorical([key[at - 1] for key in keys]).repeat(sizes))
    return table.join(rates(table))


def _over(cube: Cube, period: str) -> Cube:
    """The cube of one span of time."""
    times = period_positions(cube.periods, period)
    counts, cells = (array[:, :, times].sum(axis=2, keepdims=True) for array in (cube.counts, cube.cells))
    return Cube(counts, cells, cube.pairs, (period,))


def years_of(cube: Cube) -> list[str]:
    """Return the years of the file, ascending."""
    return sorted({label[:4] for label in cube.periods if label})
