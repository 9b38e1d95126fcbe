"""Cases per 1,000 people and year for the wards of a test positivity run, with the population they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.errors import Note
from analysis.core.tpr import burden
from analysis.core.tpr.positivity import Choice, period_positions
from analysis.tpr_compute import WardPositivity

# Whom the cases of an age group are counted among; pregnant women among all women of that age.
PEOPLE_OF = {"u5": "u5", "o5": "o5", "pw": "women_15_49", "all_ages": "total"}
WORDS = {
    "u5": "children under five",
    "o5": "people of five and over",
    "women_15_49": "women of 15 to 49",
    "total": "people",
}
RATE = "burden_per_1000_per_year"


@dataclass(frozen=True)
class Burden:
    """`wards` and `lgas` as their files have them; `facts`: years covered, mid-year, whom it is counted among."""

    wards: pd.DataFrame
    lgas: pd.DataFrame
    facts: dict[str, Any]
    notes: tuple[Note, ...]


def ward_burden(result: WardPositivity, choice: Choice, people: pd.Series) -> Burden | None:
    """Burden of each ward: what is not known of cases or people stays missing, and nothing is projected.

    Parameters
    ----------
    people : pandas.Series
        One for each ward of `result`, in its order. [people]

    Returns
    -------
    Burden or None
        None for an export without dates: it is not known how many years its cases are of.
    """
    periods = [
        result.cube.periods[position] for position in period_positions(result.cube.periods, choice.period)
    ]
    years = burden.years_covered(periods)
    if not years:
        return None
    living = people.to_numpy(dtype=np.float64)
    cases = result.wards["positive"].to_numpy(dtype=np.float64)
    tested = result.wards["tested"].to_numpy(dtype=np.float64)
    reporting = result.wards["reporting_percent"].to_numpy(dtype=np.float64) / 100
    if (choice.period, choice.level) != ("all", "all"):
        reporting = np.full(len(cases), np.nan)  # the rate is of all reports, not of these
    rates = burden.incidence(cases, tested, None, reporting, living, years)
    raw = rates["incidence_crude"].to_numpy(dtype=np.float64)
    above = burden.exceeds_population(raw)
    names = pd.DataFrame(result.wards)[["ward_code", "ward_name", "lga_name"]].reset_index(drop=True)
    wards = names.assign(
        positive=cases,
        population=living,
        **{RATE: raw},
        burden_shown=burden.displayed(raw),
        reporting_adjusted=rates["incidence_n2"].to_numpy(dtype=np.float64),
        flags=np.where(above, "exceeds population", ""),
    )
    facts = {
        "years": years,
        "mid_period": burden.mid_period(periods),
        "among": WORDS[PEOPLE_OF[choice.age_group]],
        "wards_with_burden": int(np.isfinite(raw).sum()),
        "exceeds_population": int(above.sum()),
    }
    return Burden(wards, _lgas(wards, years), facts, tuple(_notes(wards, above)))


def _lgas(wards: pd.DataFrame, years: float) -> pd.DataFrame:
    """From the sums of the wards that have both cases and people."""
    both = wards[wards["positive"].notna() & wards["population"].gt(0)]
    sums = both.groupby("lga_name", dropna=True)[["positive", "population"]].sum()
    rate = burden.per_1000_per_year(sums["positive"], sums["population"], years)
    return sums.assign(**{RATE: rate}, wards=both.groupby("lga_name").size()).reset_index()


def _notes(wards: pd.DataFrame, above: np.ndarray) -> list[Note]:
    names = wards["ward_name"].astype("str")
    lacking = (wards["population"].isna() & wards["positive"].notna()).to_numpy()
    notes = []
    if above.any():
        message = (
            "More cases in a year than people: shown as 1,000 per 1,000, kept as computed in burden.csv."
        )
        notes.append(
            Note("burden_exceeds_population", "warning", message, int(above.sum()), tuple(names[above][:20]))
        )
    if lacking.any():
        message = "Wards with cases and no known population have no burden."
        notes.append(
            Note(
                "burden_without_population",
                "warning",
                message,
                int(lacking.sum()),
                tuple(names[lacking][:20]),
            )
        )
    return notes
