"""How the burden of wards and LGAs moves from one complete year to the next. Needs no Django."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.tpr import burden, trends
from analysis.core.tpr.positivity import Choice
from analysis.tpr_compute import WardPositivity
from analysis.tpr_trends import WARDS, draw_slopes, lgas_of
from analysis.trend_words import TOO_FEW_YEARS

YEAR, WARDS_OF_YEAR = "burden_{}", "wards_{}"
# The middle of a year: what its people are of.
MIDDLE = 0.5
# Cases per 1,000 people and year from which a ward is called a hotspot.
HOTSPOT = 200.0


@dataclass(frozen=True)
class BurdenYears:
    """One row per place: its burden of each complete year, and how it moves.

    `people`: whom the cases are counted among, and where these are from. `wards, lgas`: names, ``burden_<year>`` [cases per 1,000 people and year], for LGAs ``wards_<year>`` (wards whose
    cases and people are known), then the columns of `trends.trend` [per 1,000 a year] and, for wards, ``hotspot``.
    """

    years: tuple[str, ...]
    people: str
    wards: pd.DataFrame
    lgas: pd.DataFrame

    @property
    def move(self) -> bool:
        """Whether any ward has a burden in two years."""
        return bool((self.wards["points"] >= 2).any())


def burden_years(
    result: WardPositivity, choice: Choice, living: Callable[[float], np.ndarray], people_from: str
) -> BurdenYears:
    """Burden of each ward and LGA in every complete year of the file, whatever period was chosen.

    Parameters
    ----------
    living : callable
        The people of each ward at a time in years. [people]
    people_from : str
        Who they are and where their numbers are from.
    """
    years = trends.complete_years(result.cube.periods)
    tested, positive = trends.yearly(result.cube, choice, years, raw=result.raw)
    people = np.full(positive.shape, np.nan)
    for k, year in enumerate(years):
        people[:, k] = living(int(year) + MIDDLE)
    with np.errstate(invalid="ignore"):
        usable = (tested > 0) & ~np.isnan(positive) & (people > 0)
    positive, people = (np.where(usable, values, np.nan) for values in (positive, people))
    wards = pd.DataFrame(result.wards)[WARDS].reset_index(drop=True)
    rate = burden.per_1000_per_year(positive, people, 1.0)
    of_wards = pd.concat([wards, _moves(rate, years)], axis=1).assign(hotspot=hotspot_labels(rate))
    return BurdenYears(tuple(years), people_from, of_wards, _lgas(wards, years, positive, people))


def _lgas(wards: pd.DataFrame, years: list[str], positive: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """The LGAs, from the sums of the wards whose cases and people are known in a year."""
    at, number, names = lgas_of(wards)
    cases, living, counted = (np.zeros((len(names), len(years))) for _ in range(3))
    for sums, values in ((cases, positive), (living, people)):
        np.add.at(sums, number, np.nan_to_num(values[at]))
    np.add.at(counted, number, ~np.isnan(people[at]))
    rate = burden.per_1000_per_year(cases, living, 1.0)
    moved = _moves(rate, years)
    known = pd.DataFrame(
        counted.astype(np.int64), columns=pd.Index([WARDS_OF_YEAR.format(year) for year in years])
    )
    return pd.concat([names, moved.iloc[:, : len(years)], known, moved.iloc[:, len(years) :]], axis=1)


def _moves(rate: np.ndarray, years: list[str]) -> pd.DataFrame:
    by_year = pd.DataFrame(rate, columns=pd.Index([YEAR.format(year) for year in years]))
    return pd.concat([by_year, trends.trend(rate, np.array([float(year) for year in years]))], axis=1)


def hotspot_labels(rate: np.ndarray) -> np.ndarray:
    """Return which wards are, became or ceased to be hotspots: at least 200 cases per 1,000 people and year.

    Parameters
    ----------
    rate : float array (W, Y)
        Burden by complete year; missing years are passed over. [cases per 1,000 people and year]

    Returns
    -------
    str array of W
        "lasting" (all known years), "emerging" (the last one, not the first), "resolving" (the first one, not the last),
        "returning" (both, and not all between); empty for others, and with fewer than two known years.

    Examples
    --------
    >>> hotspot_labels(np.array([[250.0, 210.0], [150.0, 230.0], [np.nan, 230.0]])).tolist()
    ['lasting', 'emerging', '']
    """
    known = ~np.isnan(rate)
    if rate.shape[1] < 2:
        return np.full(len(rate), "", dtype=object)
    rows = np.arange(len(rate))
    first, last = known.argmax(axis=1), rate.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    with np.errstate(invalid="ignore"):
        high = rate >= HOTSPOT
    begins, ends, always = high[rows, first], high[rows, last], (high | ~known).all(axis=1)
    label = np.select(
        [always, begins & ends, ends, begins], ["lasting", "returning", "emerging", "resolving"], default=""
    )
    return np.where(known.sum(axis=1) >= 2, label, "").astype(object)


def burden_slope_map(result: WardPositivity, found: BurdenYears) -> str:
    """Return a map of how many cases per 1,000 people the burden of each ward rises or falls in a year."""
    said = ("Rise and fall of the burden", "Change of the burden", "per 1,000 a year", TOO_FEW_YEARS)
    return draw_slopes(result, found.wards["sen_slope"].to_numpy(), said, found.people)
