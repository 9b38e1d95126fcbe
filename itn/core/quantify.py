"""How many nets each ward needs, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput

from .settings import PlanSettings

# Of one ward; the most crowded hold a few million.
MOST_PEOPLE = 100_000_000
MILLION = 1_000_000
Whole = NDArray[np.int64]


def whole_people(population: pd.Series) -> tuple[Whole, NDArray[np.bool_]]:
    """Population as whole people.

    Parameters
    ----------
    population : pandas.Series of n numbers
        Missing stays missing. Gridded estimates have fractions; halves are rounded up. [people]

    Returns
    -------
    people : int64 array, shape (n,)
        0 where unknown; at least 1 where an estimate is above 0.
    known : bool array, shape (n,)

    Raises
    ------
    BadInput
        Negative, infinite or more than a hundred million people in a ward.
    """
    if population.isna().all():
        return np.zeros(len(population), dtype=np.int64), np.zeros(len(population), dtype=np.bool_)
    if not pd.api.types.is_numeric_dtype(population) or pd.api.types.is_bool_dtype(population):
        raise BadInput(
            "population_not_numeric",
            "The population is not a number",
            f"The column {population.name} holds other things than numbers.",
            "Choose the column that counts people.",
            where=str(population.name),
            examples=[str(value) for value in population.dropna().unique()[:20]],
        )
    values = population.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    wrong = known & ((values < 0) | (values > MOST_PEOPLE))
    if wrong.any():
        raise BadInput(
            "impossible_population",
            "A population can't be right",
            f"{int(wrong.sum())} wards have fewer than 0 or more than {MOST_PEOPLE:,} people.",
            "Correct these values, or leave them empty if they are unknown.",
            where=str(population.name),
            examples=[f"{values[i]:g}" for i in np.flatnonzero(wrong)[:20]],
        )
    people = np.zeros(len(values), dtype=np.int64)
    people[known] = np.maximum(np.floor(values[known] + 0.5), values[known] > 0).astype(np.int64)
    return people, known


def nets_needed(people: Whole | NDArray[np.float64], settings: PlanSettings) -> Whole:
    """Nets each ward needs.

    Parameters
    ----------
    people : array of n numbers
        People living in each ward, 0 where unknown. Not rounded: a fraction of an estimate counts. [people]
    settings : PlanSettings
        People per net and buffer; or household size.

    Returns
    -------
    int64 array, shape (n,)
        Rounded up within each ward. [nets]

    Notes
    -----
    ``ceil(people × (1 + buffer/100) / people_per_net)`` in whole numbers: 1.8 is 9/5, so that
    9,000 people need exactly 5,000 nets, and 9,000.4 need 5,001. People are counted in millionths, since
    sums of fractions are not exact beyond. By household: ``round(people / size)`` households, at least
    one where somebody lives, times ``ceil(size / 2)`` nets, then the buffer; approximate, because households differ in size.
    Parity divides as the predecessor does, in floating point.

    Households of odd size need one net more than half their members, so buying uses 1.8 people
    per net although sharing is two per net [1]_; 1.78 was found in surveys [2]_.

    References
    ----------
    .. [1] WHO, "Achieving and maintaining universal coverage with long-lasting insecticidal nets
       for malaria control," WHO/HTM/GMP/2017.20, Dec. 2017.
    .. [2] A. Kilian et al., "How many mosquito nets are needed to achieve universal coverage?"
       Malaria Journal, vol. 9, 330, 2010, doi:10.1186/1475-2875-9-330.

    Examples
    --------
    >>> nets_needed(np.array([9000, 9000.4, 18001, 0]), PlanSettings(1))
    array([ 5000,  5001, 10001,     0])
    """
    counted = np.asarray(people, dtype=np.float64)
    extra = 1 + Fraction(settings.buffer_percent) / 100
    if settings.parity:
        needed = np.ceil(counted * float(extra) / float(settings.people_per_net))
        return np.asarray(needed, dtype=np.int64)
    millionths = np.maximum(np.rint(counted * MILLION), counted > 0).astype(np.int64)
    if settings.quantity == "household":
        assert settings.household_size is not None  # checked by the settings
        size = Fraction(settings.household_size) * MILLION
        households = (2 * millionths * size.denominator + size.numerator) // (2 * size.numerator)
        households = np.maximum(households, counted > 0)
        return _ceil_times(households * -(-Fraction(settings.household_size) // 2), extra)
    return _ceil_times(millionths, extra / settings.people_per_net_exact / MILLION)


def _ceil_times(whole: Whole, factor: Fraction) -> Whole:
    """``ceil(whole × factor)``. The bounds of people and settings keep the product in 64 bits."""
    return np.asarray(-((-whole * factor.numerator) // factor.denominator), dtype=np.int64)


def people_covered(nets: Whole, need: Whole, people: Whole, settings: PlanSettings) -> Whole:
    """People for whom the nets of their ward suffice.

    Parameters
    ----------
    nets, need, people : int64 arrays, shape (n,)
        Nets given and needed, and people, of each ward. [nets, nets, people]

    Returns
    -------
    int64 array, shape (n,)
        Whole people, never more than live there. Per net as many as when counting the need: a
        ward that gets all it needs is covered whole. [people]
    """
    if settings.quantity == "household":
        reached = people * nets // np.maximum(need, 1)
    else:
        ratio = settings.people_per_net_exact
        reached = nets * ratio.numerator // ratio.denominator
    # The whole people can be half a person more than the need was counted from.
    reached = np.where((need > 0) & (nets >= need), people, reached)
    return np.asarray(np.minimum(reached, people), dtype=np.int64)
