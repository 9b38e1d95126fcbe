"""The 37 states of Nigeria (36 and the FCT), their zones, and each zone's default variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .names import clean_code, normalise_name


@dataclass(frozen=True)
class State:
    """A state: its name, zone, codes seen in boundary files (the first is GRID3's), other names.

    DHIS2 puts one of the codes, in lower case, before the names of facilities and wards.
    """

    name: str
    zone: str
    codes: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Prefixes DHIS2 may put before a name of this state."""
        return tuple(code.lower() for code in self.codes if len(code) == 2)


NORTH_CENTRAL, NORTH_EAST, NORTH_WEST = "North Central", "North East", "North West"
SOUTH_EAST, SOUTH_SOUTH, SOUTH_WEST = "South East", "South South", "South West"
ZONES = (NORTH_CENTRAL, NORTH_EAST, NORTH_WEST, SOUTH_EAST, SOUTH_SOUTH, SOUTH_WEST)

STATES: tuple[State, ...] = (
    State("Abia", SOUTH_EAST, ("AB",)),
    State("Adamawa", NORTH_EAST, ("AD",)),
    State("Akwa Ibom", SOUTH_SOUTH, ("AK",), ("Akwaibom",)),
    State("Anambra", SOUTH_EAST, ("AN",)),
    State("Bauchi", NORTH_EAST, ("BA", "BC")),
    State("Bayelsa", SOUTH_SOUTH, ("BY",)),
    State("Benue", NORTH_CENTRAL, ("BE", "BN")),
    State("Borno", NORTH_EAST, ("BR", "BO")),
    State("Cross River", SOUTH_SOUTH, ("CR",), ("Cross Rivers",)),
    State("Delta", SOUTH_SOUTH, ("DE", "DT")),
    State("Ebonyi", SOUTH_EAST, ("EB",)),
    State("Edo", SOUTH_SOUTH, ("ED",)),
    State("Ekiti", SOUTH_WEST, ("EK",)),
    State("Enugu", SOUTH_EAST, ("EN",)),
    State(
        "FCT",
        NORTH_CENTRAL,
        ("FC", "FCT"),
        ("Abuja", "Federal Capital Territory", "FCT Abuja", "Abuja FCT", "Federal Capital Territory Abuja"),
    ),
    State("Gombe", NORTH_EAST, ("GO", "GM")),
    State("Imo", SOUTH_EAST, ("IM",)),
    State("Jigawa", NORTH_WEST, ("JI", "JG")),
    State("Kaduna", NORTH_WEST, ("KD",)),
    State("Kano", NORTH_WEST, ("KN",)),
    State("Katsina", NORTH_WEST, ("KT",)),
    State("Kebbi", NORTH_WEST, ("KE", "KB")),
    State("Kogi", NORTH_CENTRAL, ("KO", "KG")),
    State("Kwara", NORTH_CENTRAL, ("KW",)),
    State("Lagos", SOUTH_WEST, ("LA", "LG")),
    State("Nasarawa", NORTH_CENTRAL, ("NA", "NS"), ("Nassarawa",)),
    State("Niger", NORTH_CENTRAL, ("NI", "NG")),
    State("Ogun", SOUTH_WEST, ("OG",)),
    State("Ondo", SOUTH_WEST, ("ON",)),
    State("Osun", SOUTH_WEST, ("OS",)),
    State("Oyo", SOUTH_WEST, ("OY",)),
    State("Plateau", NORTH_CENTRAL, ("PL",)),
    State("Rivers", SOUTH_SOUTH, ("RI", "RV")),
    State("Sokoto", NORTH_WEST, ("SO", "SK")),
    State("Taraba", NORTH_EAST, ("TA", "TR")),
    State("Yobe", NORTH_EAST, ("YO", "YB")),
    State("Zamfara", NORTH_WEST, ("ZA", "ZF")),
)

# Variable ids in their order; `u5_tpr_rdt` is the place of the malaria outcome, whichever there is.
OUTCOME_SLOT = "u5_tpr_rdt"
_SOUTH = ("u5_tpr_rdt", "ndwi", "housing_quality", "elevation", "urban_percentage")
ZONE_VARIABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        NORTH_CENTRAL: ("u5_tpr_rdt", "nighttime_lights", "housing_quality", "soil_wetness",
                        "distance_to_waterbodies", "ndmi", "urban_percentage"),
        NORTH_EAST: ("u5_tpr_rdt", "distance_to_waterbodies", "rainfall", "soil_wetness", "urban_percentage"),
        NORTH_WEST: ("u5_tpr_rdt", "rainfall", "ndwi", "housing_quality", "elevation", "urban_percentage"),
        SOUTH_EAST: _SOUTH,
        SOUTH_SOUTH: _SOUTH,
        SOUTH_WEST: _SOUTH,
    }
)  # fmt: skip

# LGA names that mean one LGA, in one state only: Kano Municipal is another LGA.
LGA_ALIASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "FCT": MappingProxyType(
            {
                "amac": "municipal area council",
                "abuja municipal": "municipal area council",
                "abuja municipal area council": "municipal area council",
                "municipal": "municipal area council",
            }
        )
    }
)

_BY_NAME = MappingProxyType(
    {
        normalise_name(name, level="state").replace(" ", ""): state
        for state in STATES
        for name in (state.name, *state.aliases)
    }
)
_BY_CODE = MappingProxyType({code: state for state in STATES for code in state.codes})


def state_of(text: object) -> State | None:
    """Return the state a name or code stands for, by alias table only; None when unknown.

    Examples
    --------
    >>> state_of("kw Kwara State").name
    'Kwara'
    >>> state_of("NI").name
    'Niger'
    """
    if not isinstance(text, str) or not text.strip():
        return None
    normalised = normalise_name(text, level="state")
    found = _BY_NAME.get(normalised.replace(" ", "")) or _BY_CODE.get(clean_code(text))
    if found:
        return found
    prefix, _, rest = normalised.partition(" ")
    named = _BY_NAME.get(rest.replace(" ", ""))
    return named if named and prefix in named.prefixes else None


def lga_key(name: object, state: State | None = None, prefixes: Collection[str] = ()) -> str:
    """Return an LGA in the form in which two spellings are compared, by the prefix and the aliases of its own state.

    Parameters
    ----------
    name : str
        As written. Anything that is not text gives an empty string.
    state : State, optional
        Where the LGA lies.
    prefixes : collection of str
        What DHIS2 may put before the name where its state is not known.

    Examples
    --------
    >>> lga_key("fc AMAC", state_of("FCT")), lga_key("Municipal", state_of("Kano"))
    ('municipal area council', 'municipal')
    """
    first = name.split(maxsplit=1)[0].casefold() if isinstance(name, str) and name.strip() else ""
    known = state.prefixes if state else prefixes
    plain = normalise_name(name, level="lga", state_prefix=first if first in known else None)
    return LGA_ALIASES.get(state.name if state else "", {}).get(plain, plain)


def zone_of(text: object) -> str | None:
    """Return the zone of a state given by name or code; None when the state is unknown."""
    state = state_of(text)
    return state.zone if state else None


def zone_variables(zones: Iterable[str]) -> tuple[str, ...]:
    """Return the default variable ids common to all `zones`, in the order of the first."""
    lists = [ZONE_VARIABLES[zone] for zone in sorted(set(zones)) if zone in ZONE_VARIABLES]
    if not lists:
        return ()
    return tuple(name for name in lists[0] if all(name in other for other in lists[1:]))
