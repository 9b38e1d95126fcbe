"""What a net plan is asked for, checked before anything is computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from analysis.core.errors import BadInput

STRATEGIES = ("proportional", "largest_remainder", "sequential", "weighted", "capped")
URBAN_RULES = ("off", "rural_first", "urban_first", "exclude")
SAME_SHARE = ("proportional", "largest_remainder")
"""Strategies in which ranks break ties and decide nothing else."""
QUANTITY_MODES = ("people_per_net", "household")
# A billion nets; with it every product of this package fits 64-bit whole numbers.
MOST_NETS = 1_000_000_000
PEOPLE_PER_NET = "1.8"
RISK_RATIO = "2"
LEGACY_THRESHOLD = "75"


@dataclass(frozen=True)
class PlanSettings:
    """A checked request for a plan. Decimal numbers are given as text or numbers and kept exact.

    Parameters
    ----------
    nets : int
        Nets in stock, 1 to 1,000,000,000. [nets]
    strategy : one of `STRATEGIES`
        How the stock is shared.
    urban_rule : one of `URBAN_RULES`
        Whether urban wards stand behind, before or outside the others.
    threshold : number, optional
        Urban share from which a ward counts as urban, 0 to 100; required with an urban rule,
        refused without one. [% of area]
    people_per_net : number
        1 to 3, at most 4 decimals. [people/net]
    buffer_percent : number
        Added to the people before counting nets, 0 to 100, at most 2 decimals. [%]
    quantity : one of `QUANTITY_MODES`
        "household" counts nets by households instead; approximate.
    household_size : number, optional
        1 to 20, at most 4 decimals; required with "household". [people/household]
    cap_percent : number, optional
        Most that one ward may get of the stock, above 0 to 100; required with "capped",
        refused otherwise. [% of nets in stock]
    risk_ratio : number
        With "weighted": how many times as heavily a needed net counts in the highest-ranked
        ward as in the lowest-ranked; 1 to 100, at most 1 decimal.
    parity : bool
        Repeat the predecessor: sequential, rural first, unknown urban share read as 50 %,
        missing population replaced by the mean.

    Raises
    ------
    BadInput
        Names the first setting that cannot be used.
    """

    nets: int
    strategy: str = "proportional"
    urban_rule: str = "off"
    threshold: Decimal | None = None
    people_per_net: Decimal = Decimal(PEOPLE_PER_NET)
    buffer_percent: Decimal = Decimal(0)
    quantity: str = "people_per_net"
    household_size: Decimal | None = None
    cap_percent: Decimal | None = None
    risk_ratio: Decimal = Decimal(RISK_RATIO)
    parity: bool = False

    def __post_init__(self) -> None:
        for name, low, high, places in (
            ("threshold", 0, 100, 6),
            ("people_per_net", 1, 3, 4),
            ("buffer_percent", 0, 100, 2),
            ("household_size", 1, 20, 4),
            ("cap_percent", 0, 100, 6),
            ("risk_ratio", 1, 100, 1),
        ):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, checked_decimal(name, value, low, high, places))
        object.__setattr__(self, "nets", _whole_nets(self.nets))
        _one_of("strategy", self.strategy, STRATEGIES)
        _one_of("urban_rule", self.urban_rule, URBAN_RULES)
        _one_of("quantity", self.quantity, QUANTITY_MODES)
        _belongs("threshold", self.threshold, "an urban rule", self.urban_rule != "off")
        _belongs("cap_percent", self.cap_percent, "the strategy “capped”", self.strategy == "capped")
        _belongs("household_size", self.household_size, "counting by household", self.quantity == "household")
        if self.cap_percent is not None and self.cap_percent == 0:
            raise _refused("cap_percent", "A cap of 0 % would give no ward any net.", "Give more than 0.")
        if self.parity and (self.strategy, self.urban_rule, self.quantity) != (
            "sequential",
            "rural_first",
            "people_per_net",
        ):
            raise _refused(
                "parity",
                "The predecessor knew one way only: sequential, rural first, people per net.",
                "Leave out the other strategy or rule, or plan without parity.",
            )

    @property
    def people_per_net_exact(self) -> Fraction:
        """People counted per net. [people/net]"""
        return Fraction(self.people_per_net)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready mapping; decimals as text, so that none is rounded."""
        return {
            name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()
        }


def ranks_decide(strategy: str, risk_ratio: Decimal | str) -> bool:
    """Return whether the ranks change who gets nets, rather than break ties alone; all weigh the same at a ratio of 1.

    Examples
    --------
    >>> [ranks_decide(name, "2") for name in STRATEGIES], ranks_decide("weighted", "1.0")
    ([False, False, True, True, True], False)
    """
    weighed = strategy in ("weighted", "best_split")
    return strategy not in SAME_SHARE and not (weighed and Decimal(risk_ratio) == 1)


def parity_settings(nets: int, *, threshold: object = LEGACY_THRESHOLD) -> PlanSettings:
    """Return the settings under which the predecessor's plans are repeated.

    Parameters
    ----------
    nets : int
        Nets in stock. [nets]
    threshold : number
        The predecessor's own default is 75. [% of area]
    """
    return PlanSettings(
        nets,
        strategy="sequential",
        urban_rule="rural_first",
        threshold=threshold,  # type: ignore[arg-type]
        parity=True,
    )


def _whole_nets(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number != int(number):
            raise _refused("nets", f"“{value}” is not a whole number of nets.", "Give a whole number.")
        value = int(number)
    if not 1 <= value <= MOST_NETS:
        raise _refused("nets", f"{value:,} nets can't be planned.", f"Give a number from 1 to {MOST_NETS:,}.")
    return value


def checked_decimal(name: str, value: object, low: int, high: int, places: int) -> Decimal:
    """Return a setting as the decimal number that was written; `BadInput` names it where it can't be used."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not low <= number <= high:
        raise _refused(name, f"“{value}” is not a number from {low} to {high}.", "Correct the number.")
    if not number:
        return Decimal(0)
    # The last digit, or the first one of a number too small for `normalize` to keep.
    exponent = number.normalize().as_tuple().exponent
    if -number.adjusted() > places or (isinstance(exponent, int) and -exponent > places):
        raise _refused(name, f"“{value}” has more than {places} decimals.", "Round it.")
    return number


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise _refused(name, f"“{value}” is not known.", "Choose one of the examples.", known)


def _belongs(name: str, value: object, what: str, wanted: bool) -> None:
    """Refuse a setting that is missing where it is needed, or given where it would be ignored."""
    if wanted and value is None:
        raise _refused(name, f"With {what} it has to be given; there is no silent default.", "Give a number.")
    if not wanted and value is not None:
        raise _refused(
            name, f"It only counts with {what}, and would be ignored.", f"Leave it out, or use {what}."
        )


def _refused(name: str, detail: str, fix: str, examples: tuple[str, ...] = ()) -> BadInput:
    return BadInput(
        f"bad_{name}", "A setting of the plan can't be used", detail, fix, where=name, examples=examples
    )
