"""What each facility of a run reported: its counts for a choice, and how many of its reports came. Needs no Django."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.core.names import normalise_name
from analysis.core.tpr import positivity, quality
from analysis.core.tpr.schema import LEVELS
from analysis.tpr_compute import WardPositivity


def facility_table(result: WardPositivity, choice: positivity.Choice) -> pd.DataFrame:
    """Return one row per facility of the export, of every level.

    Parameters
    ----------
    result : WardPositivity
        Of a computation.
    choice : Choice
        Persons, tests and time are taken from it; its facility level is not, as each row names its own.

    Returns
    -------
    pandas.DataFrame
        ``facility, level, ward_code, ward_name, lga_name``; ``tested, positive`` [persons]; ``tpr_percent, tpr_low,
        tpr_high`` [% of the tested]; ``reported, expected`` [reports]; ``reporting_percent`` [% of the expected reports].
        ``level`` is missing where not stated, ``ward_code`` where the ward is not on the map, and the counts where no
        report has both. Empty where the export names no facilities.
    """
    made = result.reports.months
    known, count = made.facilities, len(made.facilities)
    if known["facility"].isna().all():
        return pd.DataFrame(columns=[*_names(result), "tested"]).iloc[:0]
    sums = _sums(result, choice)
    received = quality.reporting(made, made.facility, count, period=choice.period)
    counted = pd.DataFrame(
        {
            "reported": received.received.sum(axis=1) if received.periods else np.nan,
            "expected": received.expected.sum(axis=1) if received.periods else np.nan,
            "reporting_percent": 100 * received.rate if received.periods else np.nan,
        },
        index=range(count),
    )
    table = pd.concat([_names(result), sums[["tested", "positive"]], positivity.rates(sums), counted], axis=1)
    return table[known["facility"].notna().to_numpy()].reset_index(drop=True)


def _sums(result: WardPositivity, choice: positivity.Choice) -> pd.DataFrame:
    """Of each facility over the whole time of the choice, in which no period is told apart."""
    made = result.reports.months
    index = made.periods.index
    stamps = np.unique(index[made.reported])
    asked = positivity.period_positions(result.cube.periods, choice.period)
    inside = np.isin(index, stamps[asked])
    place = np.where(inside, made.facility, -1)
    years = np.zeros_like(made.periods.year)
    timeless = replace(made, periods=replace(made.periods, year=years, annual=True))
    cubes = [positivity.sum_reports(timeless, place, len(made.facilities), raw=raw) for raw in (False, True)]
    return positivity.select_sums(
        cubes[0], positivity.Choice(choice.age_group, "all", choice.method), raw=cubes[1]
    )


def _names(result: WardPositivity) -> pd.DataFrame:
    """The facilities with their wards, as the map names them, else as the export does."""
    made, wards = result.reports.months, pd.DataFrame(result.wards)
    known = made.facilities
    place = np.full(len(known), -1, dtype=np.intp)
    on_map = result.place >= 0
    place[made.facility[on_map]] = result.place[on_map]
    code, ward, lga = (_at(wards[name], place) for name in ("ward_code", "ward_name", "lga_name"))
    written = _at(made.wards["ward_name"], known["ward"].to_numpy())
    return pd.DataFrame(
        {
            "facility": known["facility"].to_numpy(dtype=object),
            "level": _at(pd.Series(LEVELS), known["level"].to_numpy()),
            "ward_code": code,
            "ward_name": np.where(place >= 0, ward, written),
            "lga_name": np.where(pd.notna(lga), lga, _lgas(wards, known["lga_name"])),
        }
    )


def _at(values: pd.Series, places: np.ndarray) -> np.ndarray:
    """The values at some places; none at −1."""
    return values.reset_index(drop=True).astype(object).reindex(places).to_numpy(dtype=object)


def _lgas(wards: pd.DataFrame, written: pd.Series) -> np.ndarray:
    """LGAs as the map spells them, where it has one of that name."""
    names = {normalise_name(name, level="lga"): name for name in wards["lga_name"].dropna().unique()}
    return np.array(
        [
            names.get(normalise_name(name, level="lga"), name) if isinstance(name, str) else None
            for name in written
        ],
        dtype=object,
    )
