"""Counts of reports without a ward, shared among the wards of their LGA: only when asked for, and told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note
from analysis.core.zones import State, lga_key, state_of

from .months import FacilityMonths, Floats
from .positivity import Cube, sum_reports

RULE = (
    "In proportion to the persons that each ward of the same LGA tested in the same period, with the same test, in "
    "facilities of the same level."
)


@dataclass(frozen=True)
class Shared:
    """A cube with what was shared added, which places took some, and the persons shared and left over.

    `shared`, `left`: tested and positive, in all pairs together.
    """

    cube: Cube
    taken: NDArray[np.bool_]
    shared: tuple[float, float]
    left: tuple[float, float]

    def notes(self) -> list[Note]:
        """Say what was done in words."""
        tested, positive = self.shared
        message = (
            f"{positive:,.0f} positive of {tested:,.0f} tests from reports without a ward were shared among the wards of "
            f"their LGA. {RULE}"
        )
        found = [Note("unknown_wards_shared", "warning", message, int(self.taken.sum()))]
        if self.left[0] > 0:
            rest = f"{self.left[1]:,.0f} positive of {self.left[0]:,.0f} tests have no ward to be shared among: no LGA is named, or none of its wards tested then."
            found.append(Note("unknown_wards_left", "warning", rest))
        return found


def lga_numbers(
    months: FacilityMonths, places: pd.DataFrame
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Give each report and each place the number of its LGA.

    Returns
    -------
    of_report : int array of n
        −1 where the report names no LGA that the map has once.
    of_place : int array of W
        −1 without an LGA.
    lgas : int
    """
    named = places["lga_name"].notna().to_numpy()
    units = months.facilities
    on_map, in_file = _states(places.get("state_name"), len(places)), _states(units["state_name"], len(units))
    known = {state.name: state for state in on_map if state} or {
        state.name: state for state in in_file if state
    }
    lone = next(iter(known.values())) if len(known) == 1 else None
    if not any(on_map) and lone is None:
        in_file = [None] * len(units)
    keys = [lga_key(name, state or lone) for name, state in zip(places["lga_name"], on_map, strict=True)]
    states = places["state_name"].fillna("") if "state_name" in places else [""] * len(places)
    states = [state.name if state else str(text) for state, text in zip(on_map, states, strict=True)]
    table = pd.DataFrame({"key": keys, "state": states})
    of_place = np.where(named, table.groupby(["key", "state"], sort=False).ngroup(), -1).astype(np.intp)
    lgas = table.assign(number=of_place)[named].drop_duplicates("number")
    single = lgas[~lgas["key"].duplicated(keep=False)].set_index("key")["number"]
    prefixes = {prefix for state in known.values() for prefix in state.prefixes}
    theirs = [
        lga_key(name, state or lone, prefixes) for name, state in zip(units["lga_name"], in_file, strict=True)
    ]
    of_facility = single.reindex(theirs).fillna(-1).to_numpy(dtype=np.intp)
    return of_facility[months.facility], of_place, int(of_place.max(initial=-1)) + 1


def _states(names: pd.Series | None, places: int) -> list[State | None]:
    """The state of each place, where it is known."""
    if names is None:
        return [None] * places
    found = {name: state_of(name) for name in names.dropna().unique()}
    return [found.get(name) for name in names]


def share_unknown(
    cube: Cube,
    months: FacilityMonths,
    place: NDArray[np.intp],
    of_report: NDArray[np.intp],
    of_place: NDArray[np.intp],
    lgas: int,
    *,
    raw: bool = False,
) -> Shared:
    """Share the counts of reports without a place among the places of their LGA.

    Parameters
    ----------
    cube : Cube of W places
    place : int array of n
        The place of each report; −1 for none.
    of_report, of_place, lgas
        From `lga_numbers`.
    raw : bool
        As `cube` was made.

    Notes
    -----
    In each level, period and pair, place i of an LGA takes the share tested_i / Σ tested of the LGA's tested and
    positive persons without a place. So a place that tested nobody then takes nothing, and no place gets data it had
    none of; the positivity of an LGA becomes that of all its reports. What can't be shared stays out.
    """
    lost = np.where(place < 0, of_report, -1)
    unknown = (
        sum_reports(months, lost, lgas, raw=raw).counts if lgas else np.zeros((0, *cube.counts.shape[1:]))
    )
    tested = np.where(cube.cells > 0, cube.counts[..., 0], 0.0)
    inside = of_place >= 0
    whole = np.zeros((lgas, *tested.shape[1:]))
    np.add.at(whole, of_place[inside], tested[inside])
    share = np.zeros(tested.shape)
    below = whole[of_place[inside]]
    share[inside] = np.divide(tested[inside], below, out=np.zeros(below.shape), where=below > 0)
    added: Floats = np.zeros(cube.counts.shape)
    added[inside] = share[inside][..., None] * unknown[of_place[inside]]
    everything = months.raw if raw else months.counts
    all_lost = np.nansum(everything[place < 0], axis=(0, 1))
    given = added.sum(axis=(0, 1, 2, 3))
    rest = np.maximum(all_lost - given, 0.0)
    taken = added[..., 0].sum(axis=(1, 2, 3)) > 0
    filled = Cube(cube.counts + added, cube.cells, cube.pairs, cube.periods)
    return Shared(filled, taken, (float(given[0]), float(given[1])), (float(rest[0]), float(rest[1])))
