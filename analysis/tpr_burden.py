"""Cases per 1,000 people and year for the wards of a test positivity run, with the population they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.errors import Note
from analysis.core.tpr import burden
from analysis.core.tpr.positivity import Choice, reported_periods
from analysis.tpr_burden_years import BurdenYears, burden_years
from analysis.tpr_compute import WardPositivity
from analysis.tpr_people import People

RATE = "burden_per_1000_per_year"
RATES = (RATE, "incidence_n1", "incidence_n2")
NAMES = ["ward_code", "ward_name", "lga_name", "state_name"]
LGA = ["state_name", "lga_name"]
SUMMED = ["positive", "tested", "presumed", "received", "expected", "population"]
ADJUSTED = ["cases_n1", "incidence_n1", "cases_n2", "incidence_n2", "n2_without_presumed"]
# The middle of a year: what a population of that year is of.
MIDDLE = 0.5


@dataclass(frozen=True)
class Burden:
    """`wards` and `lgas` as their files have them; `facts`: years covered, mid-year, whom it is counted among.

    `years`: the same year by year.
    """

    wards: pd.DataFrame
    lgas: pd.DataFrame
    facts: dict[str, Any]
    notes: tuple[Note, ...]
    years: BurdenYears


def ward_burden(result: WardPositivity, choice: Choice, counted: pd.Series, people: People) -> Burden | None:
    """Burden of each ward, crude and adjusted: what is not known of cases or people stays missing.

    Parameters
    ----------
    counted : pandas.Series
        One for each ward of `result`, in its order. [people]
    people : People
        Where those are from, and what is to be done to them.

    Returns
    -------
    Burden or None
        None for an export without dates: it is not known how many years its cases are of.
    """
    periods = reported_periods(result.cube, choice)
    years = burden.years_covered(periods)
    if not years:
        return None
    middle, people = burden.mid_period(periods), people.of(choice.age_group)
    living = living_at(counted, people, middle)
    counts, has_presumed = _counts(result, choice, periods, living)
    names = pd.DataFrame(result.wards)[NAMES].reset_index(drop=True)
    rates = _rates(counts, years)
    raw = rates[RATE].to_numpy(dtype=np.float64)
    above, untested = burden.exceeds_population(raw), counts["tested"].eq(0).to_numpy()
    said = people.sentence(middle)
    wards = pd.concat(
        [names, counts[["positive", "tested", "presumed"]], rates[["reporting_percent"]], counts[["population"]],
         rates[[RATE]].assign(burden_shown=burden.displayed(raw)), rates[ADJUSTED]], axis=1,
    ).assign(
        flags=np.select([above, untested], ["exceeds population", "nobody tested"], default=""), population_from=said
    )  # fmt: skip
    lgas = _sums(pd.concat([names, counts], axis=1), LGA, years).assign(population_from=said)
    whole = _sums(counts.assign(whole=1), ["whole"], years)
    among = people.among(choice.age_group)
    by_year = burden_years(
        result, choice, lambda at: living_at(counted, people, at), f"Among {among}: {people.sentence(None)}"
    )
    facts = people.facts(middle) | {
        "years": years,
        "mid_period": middle,
        "among": among,
        "has_presumed": has_presumed,
        "wards_with_burden": int(np.isfinite(raw).sum()),
        "wards_with_n1": int(rates["incidence_n1"].notna().sum()),
        "wards_with_n2": int(rates["incidence_n2"].notna().sum()),
        "exceeds_population": int(above.sum()),
        "several_states": bool(lgas["state_name"].nunique() > 1),
        "area": {name: _number(whole[name]) for name in RATES},
    }
    return Burden(wards, lgas, facts, tuple(_notes(wards, above, untested, has_presumed)), by_year)


def _number(column: pd.Series) -> float | None:
    """The one value of a column, if there is one."""
    return float(column.iloc[0]) if column.notna().any() else None


def living_at(counted: pd.Series, people: People, middle: float) -> np.ndarray:
    """Return those that cases are counted among, at a time in years: projected where a growth is known. [people]"""
    done, known = people.done, counted.to_numpy(dtype=np.float64)
    if done.growth_percent is not None:
        growth = done.growth_percent / 100
        year = int(people.year) + MIDDLE
        known = burden.Population(known, people.source, year, growth, done.growth_source).at(middle)
    return known if done.pregnancy_factor is None else known * done.pregnancy_factor


def _counts(
    result: WardPositivity, choice: Choice, periods: list[str], living: np.ndarray
) -> tuple[pd.DataFrame, bool]:
    """Persons, reports and people of each ward, and whether the file has presumed cases of these persons."""
    made, place, wards = result.reports.months, result.place, len(result.wards)
    presumed = burden.presumed_cases(made, place, wards, choice, periods)
    received, expected = burden.reports_due(made, place, wards, choice, periods)
    counts = pd.DataFrame({
        "positive": result.wards["positive"].to_numpy(dtype=np.float64),
        "tested": result.wards["tested"].to_numpy(dtype=np.float64),
        "presumed": np.full(wards, np.nan) if presumed is None else presumed,
        "received": received.astype(np.float64), "expected": expected.astype(np.float64), "population": living,
    })  # fmt: skip
    return counts, presumed is not None


def _rates(counts: pd.DataFrame, years: float) -> pd.DataFrame:
    """All rates of the places of `counts`, with the share of the reports that came [%]."""
    column = {name: counts[name].to_numpy(dtype=np.float64) for name in SUMMED}
    share = np.divide(column["received"], column["expected"], out=np.full(len(counts), np.nan),
                      where=column["expected"] > 0)  # fmt: skip
    found = burden.incidence(
        column["positive"], column["tested"], column["presumed"], share, column["population"], years
    )
    return found.rename(columns={"incidence_crude": RATE}).assign(reporting_percent=100 * share)


def _sums(wards: pd.DataFrame, keys: list[str], years: float) -> pd.DataFrame:
    """Rates of areas, from the sums of the wards that have tests, cases and people.

    N1 only where each of these wards states its presumed cases: one that states none had some all the same.
    """
    both = wards[wards["positive"].notna() & wards["tested"].gt(0) & wards["population"].gt(0)]
    both = both[both[keys[-1]].notna()]
    grouped = both.groupby(keys, dropna=False)
    sums = grouped[SUMMED].sum(min_count=1).assign(
        wards=grouped.size(), wards_with_presumed=grouped["presumed"].count()
    )  # fmt: skip
    sums = sums.reset_index()
    whole = sums["wards_with_presumed"] == sums["wards"]
    rates = _rates(sums.assign(presumed=sums["presumed"].where(whole)), years)
    return pd.concat(
        [sums[[*keys, "wards", "positive", "tested", "presumed", "wards_with_presumed"]],
         rates[["reporting_percent"]], sums[["population"]], rates[[RATE, *ADJUSTED]]], axis=1,
    )  # fmt: skip


def _notes(wards: pd.DataFrame, above: np.ndarray, untested: np.ndarray, has_presumed: bool) -> list[Note]:
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
    if untested.any():
        message = "Wards in which nobody was tested have no burden: how many cases they had is not known."
        notes.append(
            Note("burden_without_tests", "warning", message, int(untested.sum()), tuple(names[untested][:20]))
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
    if not has_presumed:
        message = "The file has no column of presumed cases for these persons: there is no N1, and N2 goes without it."
        notes.append(Note("burden_without_presumed", "info", message))
    silent = (wards[RATE].notna() & wards["presumed"].isna()).to_numpy()
    if has_presumed and silent.any():
        message = (
            "Wards state no presumed cases: neither they nor the areas they lie in have an N1, and N2 there is the "
            "confirmed cases divided by the share of expected reports that came."
        )
        notes.append(
            Note("burden_presumed_partly", "info", message, int(silent.sum()), tuple(names[silent][:20]))
        )
    return notes
