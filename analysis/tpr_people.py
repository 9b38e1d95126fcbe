"""Whom the cases of a burden are counted among, and what is asked to be done to their number. Needs no Django."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

YEAR = re.compile(r"\d{4}")
GROWTH_LIMITS = (-10.0, 20.0)
# Whom the cases of an age group are counted among; pregnant women among all women of that age.
PEOPLE_OF = {"u5": "u5", "o5": "o5", "pw": "women_15_49", "all_ages": "total"}
WORDS = {
    "u5": "children under five",
    "o5": "people of five and over",
    "women_15_49": "women of 15 to 49",
    "total": "people",
}
# Which raster counts them.
RASTER_OF = {
    "u5": "population_u5",
    "o5": "population_o5",
    "women_15_49": "population_women_15_49",
    "total": "population",
}
EXPECTED_PREGNANCIES = "expected pregnancies"


@dataclass(frozen=True)
class Adjustment:
    """What is done to a population before cases are counted among it; nothing, unless somebody says it and why.

    `growth_percent`: by how much the people grow in a year [%]. `pregnancy_factor`: expected pregnancies for each woman
    of 15 to 49 and year, for cases among pregnant women alone.
    """

    growth_percent: float | None = None
    growth_source: str = ""
    pregnancy_factor: float | None = None
    pregnancy_factor_source: str = ""

    def fault(self, year: str) -> tuple[str, str] | None:
        """Return what is wrong for a population of a year: the field and the words; None if nothing is."""
        low, high = GROWTH_LIMITS
        growth, factor = self.growth_percent, self.pregnancy_factor
        if (growth is None) != (not self.growth_source.strip()):
            return "growth_source", "A growth rate and its source belong together: give both or none."
        if growth is not None and not low <= growth <= high:
            return "growth_percent", f"People grow by {low:g} to {high:g} % a year, not by {growth:g} %."
        if growth is not None and not YEAR.fullmatch(year):
            return (
                "growth_percent",
                "A population is projected from one year, and it is not known which it is of.",
            )
        if (factor is None) != (not self.pregnancy_factor_source.strip()):
            return (
                "pregnancy_factor_source",
                "A pregnancy factor and its source belong together: give both or none.",
            )
        if factor is not None and not 0 < factor <= 1:
            return "pregnancy_factor", f"A pregnancy factor is more than 0 and at most 1, not {factor:g}."
        return None


@dataclass(frozen=True)
class People:
    """Where the people of a burden are from. `year` as its source has it, such as 2020.

    `growth_percent` and the others of `done`: see `Adjustment`; only what was done is in it.
    """

    source: str
    year: str
    done: Adjustment = Adjustment()

    def of(self, age_group: str) -> People:
        """Return the same without what does not concern the persons of an age group."""
        if age_group == "pw":
            return self
        return replace(self, done=replace(self.done, pregnancy_factor=None, pregnancy_factor_source=""))

    def among(self, age_group: str) -> str:
        """Return whom the cases are counted among, in words."""
        if age_group == "pw" and self.done.pregnancy_factor is not None:
            return EXPECTED_PREGNANCIES
        return WORDS[PEOPLE_OF[age_group]]

    def facts(self, projected_to: float) -> dict[str, Any]:
        """Return what every output says of the population."""
        done = self.done
        projected = projected_to if done.growth_percent is not None else None
        return {
            "population": self.source,
            "population_year": self.year,
            "projected_to": projected,
            **vars(done),
        }

    def sentence(self, projected_to: float | None) -> str:
        """Return the same in words, for tables and maps; None: to the middle of each year."""
        done, said = self.done, f"{self.source}, {self.year}"
        if done.growth_percent is None:
            said += ", not projected"
        else:
            when = "the middle of each year" if projected_to is None else f"{projected_to:.2f}"
            said += f", projected to {when} by {done.growth_percent:g} % a year ({done.growth_source})"
        if done.pregnancy_factor is not None:
            said += f"; expected pregnancies = women of 15 to 49 × {done.pregnancy_factor:g} ({done.pregnancy_factor_source})"
        return said


def raster_fault(name: str, variable: str, statistic: str, group: str) -> str:
    """Return why a raster can't count a group of people, in words; nothing if it can."""
    needed = RASTER_OF[group]
    if (variable, statistic) == (needed, "sum"):
        return ""
    groups = {of: one for one, of in RASTER_OF.items()} if statistic == "sum" else {}
    held_words, group_words = WORDS.get(groups.get(variable, ""), variable), WORDS[group]
    return (
        f"{name} holds {held_words}; the cases are counted among {group_words}: choose a raster of {needed}."
    )
