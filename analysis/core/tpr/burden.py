"""Cases per 1,000 people and year: crude, capped for display, and adjusted for testing and reporting."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import quality
from .months import FacilityMonths, Floats
from .positivity import Choice, pairs_of, period_labels
from .schema import LEVELS

DISPLAY_CAP = 1000.0


@dataclass(frozen=True)
class Population:
    """People of each place, where the figures come from and of which time they are.

    `year`: with decimals; the middle of 2020 is 2020.5. `growth`: share by which they grow in a year, with its source;
    None if they are not projected.
    """

    people: Floats
    source: str
    year: float
    growth: float | None = None
    growth_source: str = ""

    def at(self, year: float) -> Floats:
        """Return the people of another year, or as they are when no growth is known."""
        return project(self.people, self.year, year, self.growth)


def project(people: ArrayLike, from_year: float, to_year: float, growth: float | None) -> Floats:
    """Return people projected from one year to another by constant yearly growth.

    Examples
    --------
    >>> project([1000.0], 2020, 2022, 0.03).round(1).tolist()
    [1060.9]
    """
    known = np.asarray(people, dtype=np.float64)
    return known if growth is None else known * (1 + growth) ** (to_year - from_year)


def years_covered(labels: tuple[str, ...] | list[str]) -> float:
    """Return how many years the reported periods make up: months / 12, or the number of years.

    Examples
    --------
    >>> years_covered([f"2023-{month:02d}" for month in range(1, 7)])
    0.5
    >>> years_covered(["2022", "2023"])
    2.0
    """
    named = {label for label in labels if label}
    monthly = [label for label in named if len(label) == 7]
    return len(monthly) / 12 if monthly else float(len(named))


def mid_period(labels: tuple[str, ...] | list[str]) -> float:
    """Return the middle of the reported time as a year with decimals; NaN when no period is known.

    Examples
    --------
    >>> mid_period(["2022", "2023"])
    2023.0
    """
    named = sorted(label for label in labels if label)
    if not named:
        return float("nan")
    starts = [int(label[:4]) + ((int(label[5:]) - 1) / 12 if len(label) == 7 else 0.0) for label in named]
    step = 1 / 12 if len(named[0]) == 7 else 1.0
    return (starts[0] + starts[-1] + step) / 2


def presumed_cases(
    months: FacilityMonths, place: NDArray[np.intp], places: int, choice: Choice, periods: Collection[str]
) -> Floats | None:
    """Cases that were treated as malaria without a test, of the persons and facilities of a choice.

    Parameters
    ----------
    months : FacilityMonths of n reports
    place : int array of n
        Which of `places` a report belongs to; −1 to none.
    periods : collection of str
        The time, as `reported_periods` has it: what is confirmed and what is presumed are of the same periods.

    Returns
    -------
    float array of W, or None
        Missing where no report of the choice states any. None where the file has no such column for all the persons
        asked for. [cases]
    """
    groups = _presumed_groups(months, choice)
    if not groups:
        return None
    stated = np.stack([months.presumed[group] for group in groups], axis=1)
    use = (place >= 0) & ~np.isnan(stated).all(axis=1)
    if choice.level != "all":
        use &= months.level == LEVELS.index(choice.level)
    stamps, time = np.unique(months.periods.index, return_inverse=True)
    labels = period_labels(stamps, annual=months.periods.annual)
    use &= np.array([label in periods for label in labels], dtype=bool)[time]
    cases = np.bincount(place[use], weights=np.nansum(stated[use], axis=1), minlength=places)
    return np.where(np.bincount(place[use], minlength=places) > 0, cases, np.nan)


def _presumed_groups(months: FacilityMonths, choice: Choice) -> list[str]:
    """Age groups whose presumed cases make up those of a choice; a column of all ages stands for all of them only."""
    have = set(months.presumed)
    counted = {months.pairs[k][0] for k in pairs_of(months.pairs, choice.age_group, choice.method)}
    wanted = counted - {"all"} or {"u5", "o5"} | (have & {"pw"})
    if wanted <= have:
        return sorted(wanted)
    return ["all"] if choice.age_group == "all_ages" and "all" in have else []


def reports_due(
    months: FacilityMonths, place: NDArray[np.intp], places: int, choice: Choice, periods: Collection[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Reports received and expected of the facilities of a choice in `periods`: two int arrays of W.

    `periods`: as `reported_periods` has it, so that what is missing and the years are of the same time. A month that no
    facility reported is in neither: expected here, it would be made up for twice.
    """
    if choice.level != "all":
        place = np.where(months.level == LEVELS.index(choice.level), place, -1)
    found = quality.reporting(months, place, places)
    times = [k for k, label in enumerate(found.periods) if label in periods]
    return found.received[:, times].sum(axis=1), found.expected[:, times].sum(axis=1)


def per_1000_per_year(cases: ArrayLike, people: ArrayLike, years: float) -> Floats:
    """Cases per 1,000 people and year.

    Parameters
    ----------
    cases : float array of W
        Over the whole time; missing stays missing. [persons]
    people : float array of W
        Missing or 0 gives missing, never 0. [people]
    years : float
        From `years_covered`. [years]

    Returns
    -------
    float array of W
        1000 · cases / (people · years), as it is: `exceeds_population` and `displayed` deal with
        what is more than 1,000. [cases per 1,000 people and year]

    Examples
    --------
    >>> per_1000_per_year([1200.0], [10000.0], 2.0).tolist()
    [60.0]
    """
    counted, living = np.asarray(cases, dtype=np.float64), np.asarray(people, dtype=np.float64)
    below = living * years
    return np.divide(1000 * counted, below, out=np.full(counted.shape, np.nan), where=below > 0)


def exceeds_population(rate: Floats) -> NDArray[np.bool_]:
    """Return where there are more cases in a year than people."""
    with np.errstate(invalid="ignore"):
        return np.asarray(rate > DISPLAY_CAP)


def displayed(rate: Floats) -> Floats:
    """Return rates as they are shown: at most 1,000 per 1,000."""
    return np.minimum(rate, DISPLAY_CAP)


def incidence(
    confirmed: ArrayLike, tested: ArrayLike, presumed: ArrayLike | None, reporting_rate: ArrayLike, people: ArrayLike,
    years: float,
) -> pd.DataFrame:  # fmt: skip
    """Crude incidence, N1 adjusted for testing, and N2 adjusted for reporting too.

    Parameters
    ----------
    confirmed, tested : float arrays of W
        Persons tested positive, and tested. Where nobody was tested it is not known how many cases there
        were: nothing is then returned of the place, never 0. [persons]
    presumed : float array of W, optional
        Cases treated as malaria without a test; missing where not known. [persons]
    reporting_rate : float array of W
        Reports received / expected. [0–1]
    people : float array of W
    years : float

    Returns
    -------
    pandas.DataFrame of W rows
        ``incidence_crude``; ``cases_n1, incidence_n1`` (missing when presumed cases are not known);
        ``cases_n2, incidence_n2``; ``n2_without_presumed``. [cases; cases per 1,000 people and year]

    Notes
    -----
    N1 = C + P · C/T: of the presumed cases as many are malaria as of the tested ones [1]_.
    N2 = N1 / R: facilities that did not report had as many cases as those that did [2]_. Where presumed
    cases are not known, N2 = C / R and ``n2_without_presumed`` says so. These are the
    first two factors of the World malaria report's estimate [3]_; care sought elsewhere is not adjusted for.

    References
    ----------
    .. [1] AHADI, sntmethods, "Routine incidence" (N1: presumed cases by test positivity),
       https://ahadi-analytics.github.io/sntmethods/articles/routine-incidence.html
    .. [2] AHADI, Code library for subnational tailoring, "Incidence adjustment 2: incomplete reporting" (N2 = N1/d),
       https://ahadi-analytics.github.io/snt-code-library/dev/english/library/stratification/epidemiological/adjusted2.html
    .. [3] R. E. Cibulskis, M. Aregawi, R. Williams, M. Otten, C. Dye, "Worldwide incidence of malaria in 2009:
       estimates, time trends, and a critique of methods," PLoS Med., vol. 8, e1001142, 2011,
       doi:10.1371/journal.pmed.1001142.
    """
    seen = np.asarray(tested, dtype=np.float64)
    sure = np.where(seen > 0, np.asarray(confirmed, dtype=np.float64), np.nan)
    rate = np.asarray(reporting_rate, dtype=np.float64)
    share = np.divide(sure, seen, out=np.full(sure.shape, np.nan), where=seen > 0)
    first = (
        np.full(sure.shape, np.nan)
        if presumed is None
        else sure + np.asarray(presumed, dtype=np.float64) * share
    )
    base = np.where(np.isnan(first), sure, first)
    second = np.divide(base, rate, out=np.full(sure.shape, np.nan), where=rate > 0)
    return pd.DataFrame({
        "incidence_crude": per_1000_per_year(sure, people, years),
        "cases_n1": first,
        "incidence_n1": per_1000_per_year(first, people, years),
        "cases_n2": second,
        "incidence_n2": per_1000_per_year(second, people, years),
        "n2_without_presumed": np.isnan(first) & ~np.isnan(second),
    })  # fmt: skip
