"""Sharing whole things by the divisor method of Sainte-Laguë, exactly and without a loop over wards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
# Of one weight: a factor of four below what 64 bits hold, which the comparison of quotients needs.
MOST_WEIGHT = 2**59
_DIGITS = 31


def sainte_lague(weights: Whole, limits: Whole, seats: int) -> Whole:
    """Give `seats` one by one to the largest quotient weight / (2k − 1), k the ward's next seat.

    Parameters
    ----------
    weights : int64 array, shape (n,)
        Claims, 0 to 2⁵⁹. Rows stand in order of priority: of equal quotients the earlier row wins.
    limits : int64 array, shape (n,)
        Most that a row may get, below 2³¹; rows of weight 0 get nothing. [seats]
    seats : int
        What there is to give.

    Returns
    -------
    int64 array, shape (n,)
        Whole, at most `limits`; sums to `seats`, or to all that the limits allow. With one seat
        more no row gets less (house monotone).

    Notes
    -----
    A threshold t is found by bisection such that rows hold exactly the seats whose quotient is at
    least t / M, M a power of two. Seats between t − 1 and t are compared digit by digit of their
    quotients, 62 binary digits beyond t: their dividends are multiples of four and their divisors below
    2³², so that unequal ones are further apart. All in whole numbers, O(n log(weight)).

    Examples
    --------
    >>> sainte_lague(np.array([53, 24, 23]), np.array([9, 9, 9]), 7)
    array([3, 2, 2])
    """
    if len(weights) and int(weights.max()) > MOST_WEIGHT:
        raise ValueError(f"a weight exceeds {MOST_WEIGHT}")
    limits = np.where(weights > 0, limits, 0).astype(np.int64)
    if seats >= int(limits.sum()):
        return limits
    if seats <= 0:
        return np.zeros(len(weights), dtype=np.int64)
    shift = 62 - int(weights.max()).bit_length()
    scaled = weights.astype(np.int64) << shift
    low, high = 0, int(scaled.max()) + 1  # held(high) is nothing, held(low) more than there is
    while high - low > 1:
        middle = (low + high) // 2
        if int(_held(scaled, limits, middle).sum()) <= seats:
            high = middle
        else:
            low = middle
    given = _held(scaled, limits, high)
    left = seats - int(given.sum())
    if left == 0:
        return given
    more = (_held(scaled, limits, low) if low else limits) - given
    rows = np.repeat(np.arange(len(weights)), more)
    turn = np.arange(len(rows)) - np.repeat(np.cumsum(more) - more, more)
    order = _by_quotient(scaled[rows], 2 * (given[rows] + turn) + 1, rows)
    return given + np.bincount(rows[order[:left]], minlength=len(weights))


def _held(scaled: Whole, limits: Whole, threshold: int) -> Whole:
    """Seats k with scaled / (2k − 1) ≥ threshold."""
    return np.asarray(np.minimum((scaled // threshold + 1) // 2, limits), dtype=np.int64)


def _by_quotient(dividends: Whole, divisors: Whole, rows: Whole) -> NDArray[np.intp]:
    """Order by quotient, largest first; equal ones by row."""
    first, rest = np.divmod(dividends, divisors)
    second, rest = np.divmod(rest << _DIGITS, divisors)
    third = (rest << _DIGITS) // divisors
    return np.lexsort((rows, -third, -second, -first))


def largest_remainder(weights: Whole, seats: int) -> Whole:
    """Share `seats` in proportion to `weights`, the rest going to the largest remainders.

    Parameters
    ----------
    weights : int64 array, shape (n,)
        Claims in order of priority; weight × seats must fit 64 bits.
    seats : int
        What there is to give, at most the sum of `weights`.

    Returns
    -------
    int64 array, shape (n,)
        ``floor(seats × weight / Σ weights)``, plus one for the rows with the largest remainders
        until all is given. Not house monotone: with more seats a row can get less.

    Examples
    --------
    Row 3 loses a seat when there is one more to share (the Alabama paradox):

    >>> largest_remainder(np.array([6, 6, 2]), 10), largest_remainder(np.array([6, 6, 2]), 11)
    (array([4, 4, 2]), array([5, 5, 1]))
    """
    total = int(weights.sum())
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    given, remainder = np.divmod(weights * np.int64(seats), total)
    left = seats - int(given.sum())
    order = np.lexsort((np.arange(len(weights)), -remainder))
    given[order[:left]] += 1
    return np.asarray(given, dtype=np.int64)
