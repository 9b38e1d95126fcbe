"""Units that people give an amount in, and how much it is in the unit of a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

# "300 cases per 1,000 people"
PER_THOUSAND = "‰"
# Unit -> how it is written behind a number.
_NAMES = {
    "km": "km kms kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "mi": "mi mile miles",
    "yd": "yd yds yard yards",
    "ft": "ft foot feet pied pieds",
    "in": "inch inches pouce pouces",
    "°": "degree degrees degre degres deg",
    "°C": "c celsius centigrade",
    "°F": "f fahrenheit",
    "K": "kelvin kelvins",
    PER_THOUSAND: "permille",
}
UNITS: Mapping[str, str] = MappingProxyType(
    {name: unit for unit, names in _NAMES.items() for name in names.split()}
)
# Units of what lies between nothing and the whole.
SHARES = frozenset({"proportion", "share", "fraction"})
# Unit of a variable -> units that an amount of it may be given in -> what one of them is of it.
_METRES = {"m": 1.0, "km": 1_000.0, "cm": 0.01, "mi": 1_609.344, "yd": 0.9144, "ft": 0.3048}
FITTING: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "m": _METRES,
        "mm per year": {"mm": 1.0, "cm": 10.0, "m": 1_000.0, "in": 25.4},
        "°C": {"°": 1.0, "°C": 1.0, "°F": 5 / 9, "K": 1.0},
        "°": {"°": 1.0},
        "cases per 1,000 people": {PER_THOUSAND: 1.0},
        "%": {PER_THOUSAND: 0.1},
        **{share: {PER_THOUSAND: 0.001} for share in SHARES},
    }
)
# Where a scale of temperatures has its zero, in its own degrees above that of Celsius.
FREEZING: Mapping[str, float] = MappingProxyType({"°F": 32.0, "K": 273.15})
# Spans of time, which amounts are given for.
_PERIODS_TEXT = """
    day days daily week weeks weekly month months monthly quarter season hour year years yearly annum annually annual jour jours
    semaine semaines mois mensuel mensuelle trimestre saison an ans annee annees
"""
PERIODS = frozenset(_PERIODS_TEXT.split())
DECIMALS = 6


def unit_at(words: Sequence[str]) -> tuple[str, int]:
    """Return the unit that words begin with and how many of them name it; "" and 0 where they name none.

    Parameters
    ----------
    words : sequence of str
        Folded words behind a number.

    Returns
    -------
    (str, int)
        A key of `FITTING`'s inner tables: "ft" and 1 for "feet", "°F" and 2 for "degrees Fahrenheit".
    """
    first, second = (UNITS.get(word, "") for word in (*words[:2], "", "")[:2])
    if first == "°" and second in ("°C", "°F", "K"):
        return second, 2
    return first, int(bool(first))


def converted(amount: float, given: str, unit: str) -> float | None:
    """Return an amount in the unit of a variable; None where the one that it was given in doesn't fit that.

    Parameters
    ----------
    amount : float
        In `given`.
    given : str
        As `unit_at` names it; "" where a number stands alone and is taken as it is.
    unit : str
        As the registry of variables has it.

    Returns
    -------
    float or None
    """
    if not given:
        return amount
    factor = FITTING.get(unit, {}).get(given)
    return None if factor is None else round((amount - FREEZING.get(given, 0.0)) * factor, DECIMALS)
