"""How a rate moves over the years and within the year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from .months import Floats
from .periods import month_name
from .positivity import Choice, Cube, has_reports, select_sums

# What is less likely by chance is more than chance, as the words of the pages have it.
CLEAR = 0.05
YEARS_FOR_A_LABEL = 3
MAD_SCALE = 1.4826
LEAST_REPORTED = 0.8


def complete_years(labels: tuple[str, ...]) -> list[str]:
    """Return the years of which the file has all twelve months, or all years of a yearly file."""
    named = [label for label in labels if label]
    if all(len(label) == 4 for label in named):
        return sorted(set(named))
    years = sorted({label[:4] for label in named})
    return [year for year in years if sum(label.startswith(year) for label in named) == 12]


def reported_in(cube: Cube, choice: Choice, years: list[str]) -> NDArray[np.int64]:
    """In how many periods of each year a place has a report of a choice: int array (W, Y)."""
    if not years:
        return np.zeros((len(cube.counts), 0), dtype=np.int64)
    reported = has_reports(cube, Choice(choice.age_group, choice.level, choice.method))
    of_year = [[label.startswith(year) for label in cube.periods] for year in years]
    return np.stack([reported[:, at].sum(axis=1) for at in of_year], axis=1)


def yearly(cube: Cube, choice: Choice, years: list[str], *, raw: Cube | None = None) -> tuple[Floats, Floats]:
    """Tested and positive persons by place and complete year: two float arrays (W, Y).

    Missing where a place reported in fewer than 80 % of the year's periods: two months with their season are no year.
    """
    found = [
        select_sums(cube, Choice(choice.age_group, choice.level, choice.method, year), raw=raw)
        for year in years
    ]
    if not found:
        nothing = np.full((len(cube.counts), 0), np.nan)
        return nothing, nothing
    due = np.array([sum(label.startswith(year) for label in cube.periods) for year in years])
    enough = reported_in(cube, choice, years) >= LEAST_REPORTED * due
    tested, positive = (np.column_stack([sums[name] for sums in found]) for name in ("tested", "positive"))
    return np.where(enough, tested, np.nan), np.where(enough, positive, np.nan)


def monthly(cube: Cube, choice: Choice, *, raw: Cube | None = None) -> tuple[Floats, Floats, list[str]]:
    """Tested and positive persons by place and calendar month, gaps in the calendar as missing columns."""
    named = sorted(label for label in cube.periods if len(label) == 7)
    if not named:
        nothing = np.full((len(cube.counts), 0), np.nan)
        return nothing, nothing, []
    first, last = (12 * int(label[:4]) + int(label[5:]) - 1 for label in (named[0], named[-1]))
    labels = [month_name(month) for month in range(first, last + 1)]
    tested = np.full((len(cube.counts), len(labels)), np.nan)
    positive = tested.copy()
    for k, label in enumerate(labels):
        if label in cube.periods:
            sums = select_sums(cube, Choice(choice.age_group, choice.level, choice.method, label), raw=raw)
            tested[:, k], positive[:, k] = sums["tested"], sums["positive"]
    return tested, positive, labels


def trend(values: Floats, time: NDArray[np.float64]) -> pd.DataFrame:
    """Direction of each row of values against real time.

    Parameters
    ----------
    values : float array (W, Y)
        One row per place; NaN where nothing is known.
    time : float array of Y
        The time of each column, in years; gaps stay gaps.

    Returns
    -------
    pandas.DataFrame of W rows
        ``points``; ``slope`` (least squares), ``sen_slope`` (median of all pairwise slopes [1]_) [unit per year];
        ``mk_s, mk_p`` (Mann-Kendall, two-sided, corrected for ties and continuity [2]_); ``label`` as
        `trend_label` has it.

    References
    ----------
    .. [1] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau," J. Am. Stat. Assoc.,
       vol. 63, pp. 1379-1389, 1968, doi:10.1080/01621459.1968.10480934.
    .. [2] M. G. Kendall, Rank Correlation Methods, 4th ed., London: Griffin, 1975.
    """
    present = ~np.isnan(values)
    points = present.sum(axis=1)
    weight = present.astype(np.float64)
    filled = np.where(present, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_t = (weight * time).sum(axis=1) / points
        mean_v = filled.sum(axis=1) / points
        off = (time[None, :] - mean_t[:, None]) * weight
        slope = (off * (filled - mean_v[:, None])).sum(axis=1) / (off**2).sum(axis=1)
    sen, mk_s, mk_p = _pairwise(values, time)
    return pd.DataFrame({"points": points, "slope": np.where(points >= 2, slope, np.nan), "sen_slope": sen, "mk_s": mk_s,
                         "mk_p": mk_p, "label": trend_label(sen, mk_p, points)})  # fmt: skip


def trend_label(slope: Floats, p: Floats, points: NDArray[np.intp]) -> NDArray[np.str_]:
    """Return how rates move: worsening or improving where that is more than chance, else unclear.

    Parameters
    ----------
    slope, p : float arrays of W
        The slope and the p value of its Mann-Kendall test; missing where there is none.
    points : int array of W
        Years that are compared. Two of them are a "change" whatever p is, fewer have no label.

    Examples
    --------
    >>> trend_label(np.array([4.8, -0.2, 9.0]), np.array([0.0085, 0.01, 0.3]), np.array([6, 6, 6])).tolist()
    ['worsening', 'improving', 'unclear']
    """
    with np.errstate(invalid="ignore"):
        clear = p < CLEAR
        label = np.select([clear & (slope > 0), clear & (slope < 0)], ["worsening", "improving"], "unclear")
    few = np.isnan(slope) | (points < YEARS_FOR_A_LABEL)
    return np.where(few, np.where((points == 2) & ~np.isnan(slope), "change", ""), label)


def seasonal_trend(values: Floats, labels: list[str]) -> pd.DataFrame:
    """Direction of monthly values, each month compared with the same month of other years only.

    Parameters
    ----------
    values : float array (W, M)
        One row per place, one column per month of `labels`; NaN where nothing is known.
    labels : list of str
        ``2024-03`` and the like.

    Returns
    -------
    pandas.DataFrame of W rows
        ``months`` (months with a value); ``month_years`` (years that are compared: as many values as the middle one of the
        calendar months has that have any, rounded down); ``monthly_slope``, the seasonal Kendall slope: median of the slopes between
        equal months [unit of values per year]; ``monthly_s, monthly_p``, the seasonal Mann-Kendall test [1]_ (two-sided,
        corrected for ties and continuity; no correction for dependence between months). Missing without a pair; p also
        with fewer than three years.

    References
    ----------
    .. [1] R. M. Hirsch, J. R. Slack and R. A. Smith, "Techniques of trend analysis for monthly water quality data,"
       Water Resources Research, vol. 18, pp. 107-121, 1982, doi:10.1029/WR018i001p00107.
    """
    slopes: list[Floats] = [np.full((len(values), 0), np.nan)]
    score, variance = np.zeros(len(values)), np.zeros(len(values))
    of_month = np.zeros((len(values), 12))
    for month in range(1, 13):
        columns = [k for k, label in enumerate(labels) if label.endswith(f"-{month:02d}")]
        block = values[:, columns]
        early, late = np.triu_indices(len(columns), 1)
        years = np.array([float(labels[k][:4]) for k in columns])
        rise = block[:, late] - block[:, early]
        slopes.append(rise / (years[late] - years[early]))
        score += np.sign(np.nan_to_num(rise)).sum(axis=1)
        variance += _variance(block)
        of_month[:, month - 1] = (~np.isnan(block)).sum(axis=1)
    ordered = np.sort(np.concatenate(slopes, axis=1), axis=1)
    pairs = (~np.isnan(ordered)).sum(axis=1)
    # Every month of two years rises or falls together with its year: twelve pairs say no more than one, and neither do they
    # with a month or two of a third year beside them.
    ordered_years = np.sort(np.where(of_month > 0, of_month, np.nan), axis=1)
    compared = np.floor(np.nan_to_num(_middle(ordered_years, (of_month > 0).sum(axis=1)))).astype(np.intp)
    p = np.where(compared >= YEARS_FOR_A_LABEL, _two_sided(score, variance), np.nan)
    return pd.DataFrame({"months": (~np.isnan(values)).sum(axis=1), "month_years": compared, "monthly_slope": _middle(ordered, pairs),
                         "monthly_s": np.where(pairs > 0, score, np.nan), "monthly_p": p})  # fmt: skip


def _variance(values: Floats) -> Floats:
    n = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    return np.asarray((n * (n - 1) * (2 * n + 5) - _tie_term(values)) / 18)


def _two_sided(score: Floats, variance: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (score - np.sign(score)) / np.sqrt(variance)
    return np.where(variance > 0, 2 * scipy.stats.norm.sf(np.abs(z)), np.nan)


def _middle(ordered: Floats, count: NDArray[np.intp]) -> Floats:
    """The median of the first `count` values of each row, which are in order."""
    if not ordered.shape[1]:
        return np.full(len(ordered), np.nan)
    rows = np.arange(len(ordered))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, np.maximum(count - 1, 0))
    return np.where(count > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan)


def _pairwise(values: Floats, time: NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
    early, late = np.triu_indices(values.shape[1], 1)
    n = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    if not len(early):
        nothing = np.full(len(values), np.nan)
        return nothing, nothing, nothing
    rise = values[:, late] - values[:, early]
    known = ~np.isnan(rise)
    slopes = np.sort(rise / (time[late] - time[early]), axis=1)
    pairs = known.sum(axis=1)
    sen = _middle(slopes, pairs)
    score = np.where(known, np.sign(np.nan_to_num(rise)), 0.0).sum(axis=1)
    p = _two_sided(score, _variance(values))
    return sen, np.where(pairs > 0, score, np.nan), np.where(n >= YEARS_FOR_A_LABEL, p, np.nan)


def _tie_term(values: Floats) -> Floats:
    """Sum over groups of t tied values of t(t−1)(2t+5), for each row."""
    ordered = np.sort(values, axis=1)
    same = np.zeros(ordered.shape)
    for back in range(1, ordered.shape[1]):
        same[:, back:] += ordered[:, back:] == ordered[:, :-back]
    # The k-th member of a group adds what takes the sum from k−1 to k members.
    k = same + 1
    return np.asarray(
        np.where(same > 0, k * (k - 1) * (2 * k + 5) - (k - 1) * (k - 2) * (2 * k + 3), 0.0).sum(axis=1)
    )


def seasonality(positive: Floats, labels: list[str]) -> pd.DataFrame:
    """Share of the year's cases in each month, over complete years.

    Parameters
    ----------
    positive : float array (W, M)
        By calendar month, from `monthly`. [persons]

    Returns
    -------
    pandas.DataFrame of W rows
        ``jan`` … ``dec`` [share, the twelve add up to 1], ``peak_month`` (1-12); missing without a complete year.
    """
    wide = np.full((len(positive), 12), np.nan)
    years = sorted({label[:4] for label in labels})
    whole = [year for year in years if sum(label.startswith(year) for label in labels) == 12]
    if whole:
        columns = [[labels.index(f"{year}-{month:02d}") for month in range(1, 13)] for year in whole]
        by_year = positive[:, columns]
        usable = ~np.isnan(by_year).any(axis=2, keepdims=True)
        total = np.where(usable, by_year, 0.0).sum(axis=1)
        yearly_sum = total.sum(axis=1, keepdims=True)
        wide = np.divide(total, yearly_sum, out=wide, where=yearly_sum > 0)
    frame = pd.DataFrame(
        wide,
        columns=pd.Index(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        ),
    )
    known = ~np.isnan(wide[:, 0])
    frame["peak_month"] = np.where(known, np.nan_to_num(wide).argmax(axis=1) + 1.0, np.nan)
    return frame
