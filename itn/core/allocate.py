"""Who gets how many nets of a stock that does not suffice."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.core.ranks import competition_rank

from .divisor import largest_remainder, sainte_lague
from .settings import PlanSettings

Whole = NDArray[np.int64]
EXCLUDED = -1


def urban_groups(urban_percent: NDArray[np.float64], settings: PlanSettings) -> Whole:
    """In which turn each ward is served.

    Parameters
    ----------
    urban_percent : float array, shape (n,)
        Urban share, NaN where unknown. [% of area]
    settings : PlanSettings
        Rule and threshold.

    Returns
    -------
    int64 array, shape (n,)
        0 is served first, 1 from what is then left, −1 not at all.

    Notes
    -----
    A ward is urban when its share is known and at least the threshold. A ward of unknown share is
    never taken for urban: it is neither put back nor excluded nor preferred on a guess.
    """
    if settings.urban_rule == "off":
        return np.zeros(len(urban_percent), dtype=np.int64)
    assert settings.threshold is not None  # checked by the settings
    with np.errstate(invalid="ignore"):
        urban = urban_percent >= float(settings.threshold)
    behind = {"rural_first": 1, "urban_first": 0, "exclude": EXCLUDED}[settings.urban_rule]
    return np.where(urban, behind, 1 if settings.urban_rule == "urban_first" else 0).astype(np.int64)


def allocate(need: Whole, ranks: NDArray[np.float64], groups: Whole, settings: PlanSettings) -> Whole:
    """Share the stock among wards in order of priority.

    Parameters
    ----------
    need : int64 array, shape (n,)
        Nets needed; rows in order of priority (rank, then ward code). [nets]
    ranks : float array, shape (n,)
        Ascending, 1 = highest risk.
    groups : int64 array, shape (n,)
        From `urban_groups`; a later group gets what the earlier ones leave.
    settings : PlanSettings
        Stock and strategy.

    Returns
    -------
    int64 array, shape (n,)
        0 ≤ nets ≤ need, in sum at most the stock. [nets]

    Notes
    -----
    proportional
        Sainte-Laguë on the needs. Its shares never exceed the needs, since the last net that a
        ward needs has a quotient above one half and any further one below.
    largest_remainder
        Shares rounded down, the rest to the largest remainders; paradoxes included.
    sequential
        Full need by rank until the stock ends; at most one ward of a group is partial.
    weighted
        Sainte-Laguë on need × weight, capped at need. The weight falls evenly by rank, from the
        risk ratio at the highest rank to 1 at the lowest.
    capped
        As sequential, no ward above the cap: a percentage of the whole stock, rounded down.
    """
    given = np.zeros(len(need), dtype=np.int64)
    left = settings.nets
    for group in (0, 1):
        members = np.flatnonzero(groups == group)
        if left and members.size:
            given[members] = _share(need[members], ranks[members], left, settings)
            left -= int(given[members].sum())
    return given


def _share(need: Whole, ranks: NDArray[np.float64], stock: int, settings: PlanSettings) -> Whole:
    if settings.strategy == "capped":
        assert settings.cap_percent is not None  # checked by the settings
        return in_turn(np.minimum(need, int(settings.nets * Fraction(settings.cap_percent) / 100)), stock)
    if stock >= int(need.sum()):
        return need.copy()
    if settings.strategy == "sequential":
        return in_turn(need, stock)
    if settings.strategy == "proportional":
        return sainte_lague(need, need, stock)
    if settings.strategy == "largest_remainder":
        return largest_remainder(need, stock)
    return sainte_lague(need * risk_weights(ranks, Fraction(settings.risk_ratio)), need, stock)


def in_turn(wanted: Whole, stock: int) -> Whole:
    """Give from the first row on what each wants, until the stock ends."""
    before = np.cumsum(wanted) - wanted
    return np.asarray(np.clip(stock - before, 0, wanted), dtype=np.int64)


def risk_weights(ranks: NDArray[np.float64], ratio: Fraction) -> Whole:
    """Whole-number weights that fall evenly by rank.

    Parameters
    ----------
    ranks : float array, shape (n,)
        Smaller = higher risk; ties allowed, gaps count for nothing.
    ratio : Fraction
        Weight of the first rank over that of the last.

    Returns
    -------
    int64 array, shape (n,)

    Examples
    --------
    >>> risk_weights(np.array([1.0, 2.0, 7.0]), Fraction(2))
    array([4, 3, 2])
    """
    if not len(ranks):
        return np.zeros(0, dtype=np.int64)
    places = competition_rank(ranks, descending=False).astype(np.int64)
    steps = places.max() - places
    span = max(int(steps.max()), 1)
    return np.asarray(
        span * ratio.denominator + (ratio.numerator - ratio.denominator) * steps, dtype=np.int64
    )
